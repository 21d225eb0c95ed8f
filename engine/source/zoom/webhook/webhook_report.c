#include "source/zoom/webhook/webhook_report.h"

#define REPORT_INTERVAL_US US_PER_HOUR

/* What is wrong, and what to do. */
static const char *const reasons[INTAKE_OUTCOMES] = {
    [INTAKE_UNSIGNED] = "they have no signature, so they do not come from Zoom: find out who knows "
                        "the path, or subscribe again with an app that has a secret token",
    [INTAKE_BAD_SIGNATURE] = "the signature is wrong: compare secret_token with the app's secret "
                             "token, and see that no proxy changes the body; or somebody forges",
    [INTAKE_BAD_CREDENTIALS] = "the authorization is not what the settings below authentication "
                               "say: compare them with the subscription's",
    [INTAKE_BAD_TIME] = "they are signed well, and for another time: set this machine's clock "
                        "(NTP); or somebody sends again what was recorded",
    [INTAKE_BAD_CHALLENGE] = "a challenge of Zoom cannot be answered: it has no plainToken, or "
                             "this source has no secret_token",
    [INTAKE_ENCODED] = "their bodies are compressed, which Zoom does not do: see what the proxy "
                       "in between does",
    [INTAKE_OVERLOADED] = "more come than can be stored; Zoom sends them again: give the machine "
                          "a faster disk or more processors",
    [INTAKE_LATE] = "they could not be stored within two seconds; Zoom sends them again: see what "
                    "the log says of the store",
    [INTAKE_UNAVAILABLE] = "nothing can be stored; Zoom sends them again: see what the log says of "
                           "the store",
};

void webhook_report(struct webhook_report *report, enum intake_outcome outcome, uint64_t requests,
                    const struct ip *client) {
  struct ip_string address;
  int64_t now = clock_monotonic();
  int64_t at = atomic_load(&report->outcomes[outcome].reported_at);
  atomic_fetch_add(&report->outcomes[outcome].times, requests);
  if (!reasons[outcome] || (at != 0 && now - at < REPORT_INTERVAL_US) ||
      !atomic_compare_exchange_strong(&report->outcomes[outcome].reported_at, &at, now))
    return;
  LOG_WARN(report->log, "webhook requests are refused", LOG_TEXT("source", report->source_id),
           LOG_STRING("outcome", intake_outcome_names[outcome]),
           LOG_STRING("reason", reasons[outcome]),
           LOG_INT("requests", atomic_exchange(&report->outcomes[outcome].times, 0)),
           LOG_STRING("latest_client", ip_format(client, &address)));
}
