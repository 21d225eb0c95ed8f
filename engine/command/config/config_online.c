#include "command/config/config_online.h"

#include "base/web/http_client.h"
#include "daemon/source_store.h"
#include "delivery/trial.h"

#include <unistd.h>

#define TIMEOUT_MS 20000             /* for one request; a person waits */
#define ANSWER_MAX ((size_t)1 << 20) /* a page that nobody reads */

struct online {
  FILE *out;
  const char *kind; /* "source", "destination" */
  struct text id;
  size_t failures;
  config_open_state *open_state;
};

/* "source 'zoom': access token: Zoom gave one" */
static void report(struct online *online, const char *what, const char *found,
                   const struct error *error) {
  char id[128], shown[sizeof error->text];
  fprintf(online->out, "%s '%s': %s%s%s%s\n", online->kind,
          text_printable(online->id, id, sizeof id), what, *what ? ": " : "",
          error ? "FAILED: " : "",
          text_printable(text_from(error ? error->text : found), shown, sizeof shown));
  fflush(online->out);
  online->failures += error != NULL;
}

/* ---- sources ----------------------------------------------------------------------------- */

static void step(void *context, const char *what, const char *found, const struct error *error) {
  report(context, what, found, error);
}

/* Nothing is kept between two runs. */
static bool no_token(void *context, struct text key, struct buffer *token, time_us *expires,
                     bool *found, struct error *error) {
  (void)context, (void)key, (void)token, (void)expires, (void)error;
  *found = false;
  return true;
}

static bool keep_nothing(void *context, struct text key, struct text token, time_us expires,
                         struct error *error) {
  (void)context, (void)key, (void)token, (void)expires, (void)error;
  return true;
}

static const struct source_memory nothing_kept = {.token_get = no_token, .token_set = keep_nothing};

static void probe(struct online *online, const struct source *source,
                  const struct source_memory *memory, struct log *log) {
  const atomic_bool stop = false;
  const struct source_run run = {.source = source,
                                 .memory = *memory,
                                 .log = log,
                                 .clock = clock_system(),
                                 .stop = &stop,
                                 .stop_fd = -1};
  const struct source_probe probe = {step, online};
  source->type->probe(&run, &probe);
}

/* With the tokens of the state file, beside a daemon that may be at work. */
static void probe_with_tokens(struct online *online, const struct config *config,
                              const struct source *source, struct log *log) {
  struct error error = ERROR_NONE;
  struct store *store = online->open_state(config->state_path, &error);
  if (!store && access(config->state_path, F_OK) != 0) {
    probe(online, source, &nothing_kept, log);
    return;
  }
  if (!store) {
    report(online, "access token", "", &error);
    return;
  }
  struct token_seal *seal = token_seal_new(config->state_key);
  struct source_store *kept = source_store_new(store, source->id, seal, log);
  source_store_share(kept, config->state_path);
  const struct source_memory memory = source_store_memory(kept);
  probe(online, source, &memory, log);
  source_store_free(kept);
  token_seal_free(seal);
  store_close(store);
}

static void try_source(struct online *online, const struct config *config,
                       const struct source *source, struct log *log) {
  const struct source_type *type = source->type;
  online->kind = "source";
  online->id = source->id;
  if (!type->probe)
    report(online, "", "there is nothing to try online", NULL);
  else if (type->probes_with_tokens && type->probes_with_tokens(source->options))
    probe_with_tokens(online, config, source, log);
  else
    probe(online, source, &nothing_kept, log);
}

/* ---- destinations ------------------------------------------------------------------------ */

/* A GET of the address to which messages are sent. */
static void look(struct online *online, const struct destination *destination,
                 const struct delivery_request *rendered) {
  const struct http_request request = {.method = "GET",
                                       .url = buffer_text(&rendered->url).data,
                                       .timeout_ms = TIMEOUT_MS,
                                       .body_max = ANSWER_MAX,
                                       .plain = true,
                                       .ca_file = rendered->tls.ca_file,
                                       .cert_file = rendered->tls.cert_file,
                                       .key_file = rendered->tls.key_file,
                                       .proxy = destination->proxy,
                                       .guarded = !destination->allow_private};
  struct http_response response = HTTP_RESPONSE_NONE;
  struct error error = ERROR_NONE;
  CURL *handle = NULL;
  char found[128];
  if (http_perform(&handle, &request, &response, &error)) {
    snprintf(found, sizeof found,
             "something answers there (a GET, with the status %ld); --send posts a test message",
             response.status);
    report(online, "address", found, NULL);
  } else {
    report(online, "address", "", &error);
  }
  curl_easy_cleanup(handle);
  http_response_free(&response);
}

static void note_answer(void *context, const struct trial_answer *answer) {
  bool good = answer->verdict == DELIVERY_DONE || answer->verdict == DELIVERY_MORE;
  struct error reason = *answer->reason;
  if (!good && !reason.set)
    error_set(&reason, "it was answered with the status %ld", answer->status);
  report(context, "test message", answer->status ? "it was taken" : "it was handed over",
         good ? NULL : &reason);
}

static void send_test(struct online *online, const struct destination *destination,
                      const struct alert *alert) {
  const struct trial trial = {.destination = destination,
                              .alert = alert,
                              .idempotency_key = TEXT("margay-check"),
                              .now = alert->created_at,
                              .transfer_us = TIMEOUT_MS * US_PER_MS,
                              .console = online->out,
                              .each = note_answer,
                              .context = online};
  trial_run(&trial);
}

static void try_destination(struct online *online, const struct destination *destination,
                            bool send) {
  const struct clock clock = clock_system();
  const struct alert alert = trial_alert(clock_now(&clock));
  const struct delivery_try tried = {.idempotency_key = TEXT("margay-check"),
                                     .attempt = 1,
                                     .state = TEXT(""),
                                     .now = alert.created_at};
  struct delivery_request rendered = {.method = NULL};
  struct error error = ERROR_NONE;
  online->kind = "destination";
  online->id = destination->id;
  if (send) {
    send_test(online, destination, &alert);
    return;
  }
  if (!destination->type->render(destination, &alert, &tried, &rendered, &error))
    report(online, "test message", "", &error);
  else if (rendered.transport == DELIVERY_HTTP)
    look(online, destination, &rendered);
  else if (rendered.transport == DELIVERY_MAIL)
    report(online, "", "it sends mails; --send tries one", NULL);
  else if (rendered.transport == DELIVERY_WORK)
    report(online, "", "it is no web service; --send tries it", NULL);
  else
    report(online, "", "it prints; there is nothing to try online", NULL);
  delivery_request_free(&rendered);
}

size_t config_try_online(const struct config *config, bool send, config_open_state *open_state,
                         FILE *out) {
  struct online online = {.out = out, .open_state = open_state};
  struct log *log = log_new(stderr, LOG_LEVEL_WARN, LOG_FORMAT_LOGFMT, clock_system());
  config_hide_secrets(config, log);
  for (size_t i = 0; i < config->source_count; i++)
    try_source(&online, config, &config->sources[i], log);
  for (size_t i = 0; i < config->destination_count; i++)
    try_destination(&online, &config->destinations[i], send);
  log_free(log);
  return online.failures;
}
