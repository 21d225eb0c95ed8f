/*
 * The source `zoom_webhook`: events that Zoom sends to a path of the listener. A source is one path
 * and one account (one secret token); there may be any number of them.
 *
 * A request is looked at on the listener's thread (webhook_check.h), and is answered when its body
 * is durable (webhook_queue.h). What is signed is never refused for what it holds: a body that is
 * no event becomes a dead letter, and is answered with 200, because Zoom could only send it again.
 *
 * What is sent again is known by its row id, which depends on the source and the body alone
 * (batch.resends). Two different events with the same body do not exist: event_ts counts
 * milliseconds, and the payload names what happened to whom.
 */
#include "event/json/json.h"
#include "source/source.h"
#include "source/zoom/webhook/webhook_challenge.h"
#include "source/zoom/webhook/webhook_check.h"
#include "source/zoom/webhook/webhook_queue.h"
#include "source/zoom/webhook/webhook_report.h"
#include "source/zoom/zoom_report.h"

#include <pthread.h>
#include <strings.h>

/* A time as old as this has no events that are still to come: Zoom has sent each four times by then
 * (85 minutes). */
#define COMPLETE_AFTER_US (90 * US_PER_MINUTE)
#define COMPLETE_EVERY_US US_PER_MINUTE

#define TICK_US US_PER_SECOND
/* A fraction of what a stop may take (two seconds), and a hundred commits. */
#define FINISH_US (US_PER_SECOND / 2)

/* Of the source's paths. */
enum { ROUTE_EVENTS, ROUTE_TOKENS };
#define TOKEN_BODY_MAX ((size_t)4096) /* a form of three fields */

struct webhook_options {
  struct text path;
  struct webhook_secrets secrets; /* of which `authentication` has all but the token */
  int64_t body_max;
};

struct webhook {
  const struct source_run *run;
  const struct webhook_options *options;
  const struct source_intake *intake;
  struct webhook_queue *queue;
  struct webhook_report *report;
  time_us completed_at; /* monotonic: when a batch last had a watermark; the pusher's */
};

/* ---- one request ------------------------------------------------------------------------- */

/* What may be forged, or be real with a secret that is not the app's. What shows nothing of who
 * sent it is what every path on the internet gets. */
static bool is_rejected(enum intake_outcome outcome) {
  return outcome == INTAKE_BAD_SIGNATURE || outcome == INTAKE_BAD_CREDENTIALS ||
         outcome == INTAKE_BAD_TIME;
}

static void refuse(struct webhook *webhook, const struct intake_request *request,
                   enum intake_outcome outcome, unsigned status, const char *line) {
  char text[160];
  snprintf(text, sizeof text, "%s\n", line);
  const struct intake_answer answer = {.outcome = outcome,
                                       .status = status,
                                       .content_type = "text/plain; charset=utf-8",
                                       .body = text_from(text),
                                       /* RFC 9110 sections 11.6.1 and 15.5.16 want these. */
                                       .header_name = status == 401   ? "WWW-Authenticate"
                                                      : status == 415 ? "Accept-Encoding"
                                                                      : NULL,
                                       .header_value =
                                           status == 401 ? "x-zm-signature" : "identity"};
  webhook_report(webhook->report, outcome, 1, &request->client);
  source_rejects(webhook->run, is_rejected(outcome));
  webhook->intake->answer(webhook->intake->context, request, &answer);
}

static bool is_encoded(const struct webhook *webhook, const struct intake_request *request) {
  const char *encoding = webhook->intake->header(request, "Content-Encoding");
  return encoding && *encoding && strcasecmp(encoding, "identity") != 0;
}

static enum intake_outcome check(const struct webhook *webhook,
                                 const struct intake_request *request, const char **reason) {
  const struct webhook_secrets *secrets = &webhook->options->secrets;
  const struct source_intake *intake = webhook->intake;
  const struct webhook_head head = {.signature = intake->header(request, "x-zm-signature"),
                                    .timestamp = intake->header(request, "x-zm-request-timestamp"),
                                    .authorization = intake->header(request, "Authorization"),
                                    .own = secrets->header_name.size > 0
                                               ? intake->header(request, secrets->header_name.data)
                                               : NULL};
  return webhook_check(secrets, &head, request->body, clock_now(&webhook->run->clock), reason);
}

static void answer_challenge(const struct webhook *webhook, const struct intake_request *request,
                             const struct buffer *json) {
  struct ip_string client;
  LOG_INFO(webhook->run->log, "a challenge of Zoom was answered",
           LOG_TEXT("source", webhook->run->source->id),
           LOG_STRING("client", ip_format(&request->client, &client)));
  const struct intake_answer answer = {.outcome = INTAKE_CHALLENGE,
                                       .status = 200,
                                       .content_type = "application/json",
                                       .body = buffer_text(json)};
  webhook->intake->answer(webhook->intake->context, request, &answer);
}

static void take_event(struct webhook *webhook, const struct intake_request *request) {
  struct ip client = request->client;
  enum intake_outcome outcome = webhook_queue_put(webhook->queue, request);
  if (outcome == INTAKE_ACCEPTED)
    return; /* the request is the queue's, and may be gone */
  webhook_report(webhook->report, outcome, 1, &client);
  webhook_refuse_for_now(webhook->intake, request, outcome);
}

/* A request for an access token. */
static void receive_for_token(struct webhook *webhook, const struct intake_request *request) {
  const struct webhook_client *client = &webhook->options->secrets.client;
  struct buffer json = BUFFER_NONE;
  const char *authorization = webhook->intake->header(request, "Authorization");
  const char *wrong = webhook_token_refuse(client, authorization, request->body);
  bool unknown = wrong && strcmp(wrong, "invalid_client") == 0;
  if (wrong)
    buffer_printf(&json, "{\"error\":\"%s\"}", wrong);
  else
    webhook_token_give(client, clock_now(&webhook->run->clock), &json);
  const struct intake_answer answer = {
      .outcome = wrong ? INTAKE_BAD_CREDENTIALS : INTAKE_TOKEN,
      .status = unknown ? 401
                : wrong ? 400
                        : 200,
      .content_type = "application/json",
      .body = buffer_text(&json),
      .header_name = unknown ? "WWW-Authenticate" : "Cache-Control", /* RFC 6749 section 5 */
      .header_value = unknown ? "Basic" : "no-store"};
  if (wrong)
    webhook_report(webhook->report, answer.outcome, 1, &request->client);
  webhook->intake->answer(webhook->intake->context, request, &answer);
  buffer_free(&json);
}

static void receive_event(struct webhook *webhook, const struct intake_request *request) {
  struct buffer json = BUFFER_NONE;
  const char *reason;
  enum intake_outcome outcome;
  if (is_encoded(webhook, request)) {
    refuse(webhook, request, INTAKE_ENCODED, 415, "the body must not be compressed");
  } else if ((outcome = check(webhook, request, &reason)) != INTAKE_ACCEPTED) {
    refuse(webhook, request, outcome, 401, reason);
  } else {
    switch (webhook_challenge(webhook->options->secrets.secret_token, request->body, &json)) {
    case WEBHOOK_CHALLENGE:
      answer_challenge(webhook, request, &json);
      break;
    case WEBHOOK_BAD_CHALLENGE:
      refuse(webhook, request, INTAKE_BAD_CHALLENGE, 400, "the challenge cannot be answered");
      break;
    case WEBHOOK_NO_CHALLENGE:
      take_event(webhook, request);
      break;
    }
  }
  buffer_free(&json);
}

static void receive(void *context, const struct intake_request *request) {
  if (request->route == ROUTE_TOKENS)
    receive_for_token(context, request);
  else
    receive_event(context, request);
}

/* ---- batches ----------------------------------------------------------------------------- */

static void complete(struct webhook *webhook, struct batch *batch) {
  time_us now = clock_monotonic();
  if (webhook->completed_at != 0 && now - webhook->completed_at < COMPLETE_EVERY_US)
    return;
  webhook->completed_at = now;
  batch->watermark = batch->received_at - COMPLETE_AFTER_US;
}

/* The thread that pushes, which may have to wait for room in the pipeline. */
static void *push_all(void *context) {
  struct webhook *webhook = context;
  const struct source_run *run = webhook->run;
  struct batch *batch;
  /* To the end of the queue, also after the run was asked to stop: whoever sent what was taken
   * waits for its fate. */
  while ((batch = webhook_queue_take(webhook->queue, COMPLETE_EVERY_US)) != NULL) {
    batch->resends = true;
    /* An odd microsecond, which no time of Zoom's is: what has this time has none of its own. */
    batch->received_at = clock_now(&run->clock) | 1;
    complete(webhook, batch);
    run->output.push(run->output.context, batch);
    source_works(run, "");
  }
  return NULL;
}

/* ---- the run ----------------------------------------------------------------------------- */

static void wait_for_stop(struct webhook *webhook) {
  int64_t wait = TICK_US;
  while (source_wait(webhook->run, wait)) {
    struct ip client;
    size_t late;
    time_us next = webhook_queue_expire(webhook->queue, &late, &client) - clock_monotonic();
    wait = next < TICK_US ? next : TICK_US;
    if (late > 0)
      webhook_report(webhook->report, INTAKE_LATE, late, &client);
  }
}

/* What was received before the stop is stored, if that takes no longer than FINISH_US; what is in
 * flight then is waited for, and the rest answered with 503. */
static bool run_until_stopped(struct webhook *webhook, struct error *error) {
  const struct source_run *run = webhook->run;
  pthread_t pusher;
  if (pthread_create(&pusher, NULL, push_all, webhook) != 0)
    return error_set(error, "cannot start a thread: the system gives no more");
  bool open = webhook->intake->open(webhook->intake->context, receive, webhook, error);
  if (open) {
    LOG_INFO(run->log, "webhooks are received", LOG_TEXT("source", run->source->id),
             LOG_TEXT("path", webhook->options->path));
    source_works(run, "");
    source_receives(run);
    wait_for_stop(webhook);
    webhook->intake->close(webhook->intake->context, webhook);
    webhook_queue_finish(webhook->queue, FINISH_US);
  }
  webhook_queue_close(webhook->queue);
  pthread_join(pusher, NULL);
  run->output.drain(run->output.context);
  return open;
}

static bool run_zoom_webhook(const struct source_run *run, struct error *error) {
  if (!run->intake)
    return error_set(error, "nothing listens for requests: a section 'http' that was added takes "
                            "effect when margay is started again");
  struct webhook_report report = {.source_id = run->source->id, .log = run->log};
  struct webhook webhook = {.run = run,
                            .options = run->source->options,
                            .intake = run->intake,
                            .queue = webhook_queue_new(run->intake),
                            .report = &report};
  bool ok = run_until_stopped(&webhook, error);
  webhook_queue_release(webhook.queue);
  return ok;
}

static size_t takes(const void *options, struct intake_route routes[INTAKE_ROUTES_MAX]) {
  const struct webhook_options *webhook = options;
  routes[ROUTE_EVENTS] =
      (struct intake_route){.path = webhook->path, .body_max = (size_t)webhook->body_max};
  routes[ROUTE_TOKENS] =
      (struct intake_route){.path = webhook->secrets.token_path, .body_max = TOKEN_BODY_MAX};
  return webhook->secrets.token_path.size > 0 ? 2 : 1;
}

/* Anything but what only reports hold. */
static bool brings_type(const void *options, struct text log_type) {
  (void)options;
  for (size_t i = 0; i < ZOOM_REPORT_COUNT; i++)
    if (text_is(log_type, zoom_report_table[i].log_type))
      return false;
  return true;
}

/* ---- settings ---------------------------------------------------------------------------- */

static bool is_path_character(char c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || strchr("/-._~", c);
}

/* Whether a segment is "." or "..", which somebody on the way would take out. */
static bool has_dots(const char *path) {
  while ((path = strchr(path, '/')) != NULL) {
    size_t size = strcspn(++path, "/");
    if ((size == 1 || size == 2) && strspn(path, ".") == size)
      return true;
  }
  return false;
}

/* What needs no escaping in a URL (RFC 3986 section 2.3). */
static bool check_path(const char *key, struct text path, struct error *error) {
  bool good =
      path.size > 1 && path.data[0] == '/' && !strstr(path.data, "//") && !has_dots(path.data);
  for (size_t i = 0; good && i < path.size; i++)
    good = is_path_character(path.data[i]);
  char shown[128];
  return good || error_set(error,
                           "'%s' cannot be \"%s\": begin with '/', and use letters, digits and "
                           "- . _ ~, and no segment . or .., like /zoom/main",
                           key, text_printable(path, shown, sizeof shown));
}

static bool check_together(const char *names, struct text a, struct text b, struct error *error) {
  return (a.size > 0) == (b.size > 0) ||
         error_set(error, "'authentication': %s belong together: give them all", names);
}

static bool check_pairs(const struct webhook_secrets *secrets, struct error *error) {
  static const char client[] = "'client_id', 'client_secret' and 'token_path'";
  return check_together("'user' and 'password'", secrets->user, secrets->password, error) &&
         check_together("'header_name' and 'header_value'", secrets->header_name,
                        secrets->header_value, error) &&
         check_together(client, secrets->client.id, secrets->client.secret, error) &&
         check_together(client, secrets->client.id, secrets->token_path, error) &&
         (secrets->token_path.size == 0 || check_path("token_path", secrets->token_path, error));
}

static bool check_zoom_webhook(const void *options, struct error *error) {
  const struct webhook_options *webhook = options;
  const struct webhook_secrets *secrets = &webhook->secrets;
  int ways = (secrets->authorization.size > 0) + (secrets->user.size > 0) +
             (secrets->bearer.size > 0) + (secrets->client.id.size > 0);
  if (!check_path("path", webhook->path, error) || !check_pairs(secrets, error))
    return false;
  if (ways > 1)
    return error_set(error, "'authentication': a request has one header 'authorization': give one "
                            "of 'authorization', 'user', 'bearer' and 'client_id'");
  if (secrets->user.size > 0 && memchr(secrets->user.data, ':', secrets->user.size))
    return error_set(error, "'authentication': 'user' has a colon, which no client can send");
  return secrets->secret_token.size + secrets->header_name.size > 0 || ways > 0 ||
         error_set(error,
                   "there is no 'secret_token', so anybody could send events: copy the Secret "
                   "Token of the app (its page Features, Access)");
}

#define SECRET(name) offsetof(struct webhook_secrets, name)

static const struct setting authentication_settings[] = {
    {.key = "authorization",
     .kind = SETTING_SECRET,
     .offset = SECRET(authorization),
     .help = "the whole value of the header `authorization`: the verification token of older apps"},
    {.key = "user",
     .kind = SETTING_TEXT,
     .offset = SECRET(user),
     .help = "the user of basic authentication"},
    {.key = "password",
     .kind = SETTING_SECRET,
     .offset = SECRET(password),
     .help = "the password that belongs to it"},
    {.key = "bearer",
     .kind = SETTING_SECRET,
     .offset = SECRET(bearer),
     .help = "the access token that Zoom sends as `Bearer`, if your authorization server always "
             "gives the same one"},
    {.key = "client_id",
     .kind = SETTING_TEXT,
     .offset = SECRET(client.id),
     .help = "the client ID of OAuth, where margay itself gives the access tokens"},
    {.key = "client_secret",
     .kind = SETTING_SECRET,
     .offset = SECRET(client.secret),
     .help = "the client secret that belongs to it"},
    {.key = "token_path",
     .kind = SETTING_TEXT,
     .offset = SECRET(token_path),
     .help = "the path of the token URL, such as `/zoom/token`"},
    {.key = "header_name",
     .kind = SETTING_TEXT,
     .offset = SECRET(header_name),
     .help = "the name of a header of one's own"},
    {.key = "header_value",
     .kind = SETTING_SECRET,
     .offset = SECRET(header_value),
     .help = "the value that it must have"},
};
static const struct settings_table authentication_table =
    SETTINGS(authentication_settings, struct webhook_secrets);
#undef SECRET

#define OPTION(name) offsetof(struct webhook_options, name)

static const struct setting webhook_settings[] = {
    {.key = "path",
     .kind = SETTING_TEXT,
     .offset = OPTION(path),
     .required = true,
     .help =
         "the path of the notification endpoint URL, such as `/zoom/main`; one for each source"},
    {.key = "authentication",
     .kind = SETTING_MAPPING,
     .offset = OPTION(secrets),
     .table = &authentication_table,
     .help = "what else the subscription sends to show who it is; all that is given must hold"},
    {.key = "secret_token",
     .kind = SETTING_SECRET,
     .offset = OPTION(secrets.secret_token),
     .help = "the app's secret token, with which Zoom signs; may be left out only where "
             "`authentication` has something, for apps without one"},
    {.key = "age_max",
     .kind = SETTING_DURATION,
     .offset = OPTION(secrets.age_max),
     .fallback = "5m",
     .min = US_PER_MINUTE,
     .max = 2 * US_PER_HOUR, /* what is sent again in that time is known: RECEIPTS_KEPT_US */
     .help = "how long ago a request may have been signed"},
    {.key = "body_max",
     .kind = SETTING_SIZE,
     .offset = OPTION(body_max),
     .fallback = "1MiB",
     .min = 1024,
     .max = (int64_t)JSON_SIZE_MAX,
     .help = "the body of a request; larger ones are refused"},
};

const struct source_type source_zoom_webhook = {
    .kind = {.name = "zoom_webhook",
             .help = "events that Zoom sends to the listener (`http`)",
             .settings = SETTINGS(webhook_settings, struct webhook_options),
             .check = check_zoom_webhook},
    .run = run_zoom_webhook,
    .takes = takes,
    .resends = true,
    .brings = brings_type,
};
