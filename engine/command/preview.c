#include "command/preview.h"

#include "alert/message/markup.h"
#include "alert/message/stored_json.h"
#include "base/digest.h"
#include "base/memory.h"
#include "base/suggestion.h"
#include "command/config/config.h"
#include "command/config/load.h"
#include "command/terminal/exit_status.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#define HIDDEN "***"
#define PAGE_MAX ((size_t)4 << 20)

const char *const preview_occasions[] = {
    "opened", "grew", "rose", "acknowledged", "resolved", "reopened", "assigned", "noted", NULL};

struct preview {
  const struct command *command;
  const struct preview_options *options;
  const struct config *config; /* whose secrets are not shown */
  const struct destination *destination;
  int status;
};

/* Headers whose values anybody may see. */
static const char *const shown_headers[] = {"content-type", "idempotency-key", "webhook-id",
                                            "webhook-timestamp", "accept"};

static struct alert sample_alert(time_us now) {
  return (struct alert){
      .id = TEXT("3f9c21aa0123456789abcdef01234567"),
      .type = ALERT_RULE,
      .severity = SEVERITY_HIGH,
      .rule_id = TEXT("Zoom.PasscodeDisabled"),
      .display_name = TEXT("Passcode turned off"),
      .log_type = TEXT("Zoom.Operation"),
      .source_id = TEXT("zoom"),
      .source_label = TEXT("Zoom of Springfield"),
      .title = TEXT("Passcode turned off for group Springfield"),
      .description = TEXT("Without a passcode anyone with the link can join."),
      .runbook = TEXT("Ask the administrator whether it was meant.\nTurn it on again."),
      .reference = TEXT("https://support.zoom.com/"),
      .tags = TEXT("[\"Zoom\"]"),
      .reports = TEXT("{}"),
      .context = TEXT("{\"group\":\"Springfield\",\"change\":\"from On to Off\"}"),
      .event = TEXT("{\"operator\":\"homer@example.com\",\"action\":\"Update\"}"),
      .actor = TEXT("homer@example.com"),
      .created_at = now,
      .first_event_time = now - 20 * US_PER_MINUTE,
      .last_event_time = now,
      .match_count = 12,
  };
}

static int by_size(const void *a, const void *b) {
  const struct text *first = a, *second = b;
  return (first->size < second->size) - (first->size > second->size);
}

/* Replaces the bytes in `text` by HIDDEN, wherever they are. */
static void hide(struct buffer *text, struct text secret) {
  struct buffer hidden = BUFFER_NONE;
  for (size_t at = 0; at < text->size;) {
    const char *found = memmem(text->data + at, text->size - at, secret.data, secret.size);
    size_t end = found ? (size_t)(found - text->data) : text->size;
    buffer_append(&hidden, text->data + at, end - at);
    buffer_append_string(&hidden, found ? HIDDEN : "");
    at = found ? end + secret.size : end;
  }
  buffer_free(text);
  *text = hidden;
}

/* Hides every secret of the configuration, as it is and as JSON writes it: the longest first, which
 * may hold a shorter one. */
static void hide_secrets(struct buffer *text, const struct config *config) {
  struct text *secrets = memory_alloc_array(config->secret_count, sizeof *secrets);
  struct buffer quoted = BUFFER_NONE;
  for (size_t i = 0; i < config->secret_count; i++)
    secrets[i] = config->secrets[i];
  qsort(secrets, config->secret_count, sizeof *secrets, by_size);
  for (size_t i = 0; i < config->secret_count && secrets[i].size > 0; i++) {
    buffer_reset(&quoted);
    buffer_append_json_string(&quoted, secrets[i]);
    hide(text, (struct text){quoted.data + 1, quoted.size - 2});
    hide(text, secrets[i]);
  }
  buffer_free(&quoted);
  free(secrets);
}

static void append_header(struct buffer *out, const char *line) {
  size_t size = strcspn(line, ":");
  bool shown = false;
  for (size_t i = 0; i < sizeof shown_headers / sizeof *shown_headers; i++)
    shown = shown || text_equal_folded((struct text){line, size}, text_from(shown_headers[i]));
  if (shown)
    buffer_printf(out, "%s\n", line);
  else
    buffer_printf(out, "%.*s: " HIDDEN "\n", (int)size, line);
}

/* Up to the end of the host, without a name and a password before it: the path may be a secret. */
static void append_target(struct buffer *out, const struct delivery_request *request) {
  struct text url = buffer_text(&request->url);
  const char *host = url.size > 0 ? strstr(url.data, "://") : NULL;
  size_t start = host ? (size_t)(host - url.data) + 3 : 0;
  size_t size = strcspn(url.size > 0 ? url.data + start : "", "/?#");
  const char *at = size > 0 ? memchr(url.data + start, '@', size) : NULL;
  size_t skipped = at ? (size_t)(at - url.data) + 1 - start : 0;
  buffer_printf(out, "%s %.*s%.*s/…\n", request->method ? request->method : "POST", (int)start,
                url.size > 0 ? url.data : "", (int)(size - skipped),
                url.size > 0 ? url.data + start + skipped : "");
}

/* A mail with its parts decoded, as a mail program shows their source. */
static void append_mail(struct buffer *out, struct text mail) {
  bool encoded = false;
  for (size_t at = 0; at < mail.size;) {
    const char *line = mail.data + at, *end = memchr(line, '\n', mail.size - at);
    size_t size = end ? (size_t)(end - line) : mail.size - at;
    at += size + 1;
    struct text words = text_trim((struct text){line, size});
    encoded = encoded && !text_starts_folded(words, TEXT("--"));
    if (encoded && words.size > 0 && base64_decode(words, out))
      continue;
    buffer_append_text(out, words);
    buffer_append_char(out, '\n');
    encoded = encoded || text_is(words, "Content-Transfer-Encoding: base64");
  }
}

static void append_request(struct buffer *out, const struct config *config,
                           const struct delivery_request *request) {
  struct buffer plain = BUFFER_NONE;
  json_t *json = NULL;
  if (request->transport == DELIVERY_HTTP) {
    append_target(&plain, request);
    for (const struct curl_slist *header = request->headers; header; header = header->next)
      append_header(&plain, header->data);
    buffer_append_char(&plain, '\n');
    json = json_loadb(request->body.size ? request->body.data : "", request->body.size, 0, NULL);
  }
  if (request->transport == DELIVERY_MAIL)
    append_mail(&plain, buffer_text(&request->body));
  else if (json)
    stored_json_append_indented(&plain, buffer_text(&request->body));
  else
    buffer_append_text(&plain, buffer_text(&request->body));
  if (plain.size > 0 && plain.data[plain.size - 1] != '\n')
    buffer_append_char(&plain, '\n');
  hide_secrets(&plain, config);
  buffer_append_text(out, buffer_text(&plain));
  json_decref(json);
  buffer_free(&plain);
}

/* What an alert looks like when this has happened to it. */
static struct alert alert_after(const struct alert *alert, enum alert_occasion occasion) {
  struct alert after = *alert;
  if (occasion == OCCASION_RESOLVED) {
    after.state = ALERT_RESOLVED;
    after.resolution = after.resolution ? after.resolution : RESOLUTION_FALSE_POSITIVE;
  } else if (occasion == OCCASION_ACKNOWLEDGED) {
    after.state = ALERT_ACKNOWLEDGED;
  } else if (occasion == OCCASION_ASSIGNED && after.assignee.size == 0) {
    after.assignee = TEXT("lisa");
  } else if (occasion == OCCASION_REOPENED) {
    after.state = ALERT_OPEN;
  }
  return after;
}

static bool append_occasion(const struct preview *preview, enum alert_occasion occasion,
                            const struct alert *alert, struct buffer *out, struct error *error) {
  const struct destination *destination = preview->destination;
  const struct clock clock = clock_system();
  const struct alert after = alert_after(alert, occasion);
  bool by_somebody = occasion >= OCCASION_ACKNOWLEDGED;
  struct error failed = ERROR_NONE;
  struct error_line line;
  const struct delivery_try tried = {
      .idempotency_key = TEXT("0123456789abcdef0123456789abcdef"),
      .attempt = 1,
      .state = TEXT(""),
      .now = clock_now(&clock),
      .occasion = {.occasion = occasion,
                   .by = by_somebody ? TEXT("lisa") : TEXT(""),
                   .note = occasion == OCCASION_NOTED ? TEXT("Homer says it was him.") : TEXT(""),
                   .template_error = &failed}};
  struct delivery_request request = {.method = NULL};
  bool ok = destination->type->render(destination, &after, &tried, &request, error);
  buffer_printf(out, "── %s\n", alert_occasion_name(occasion));
  if (failed.set)
    options_report(preview->command, "the template failed, so this is the message without it: %s",
                   error_line(&failed, &line));
  if (ok)
    append_request(out, preview->config, &request);
  delivery_request_free(&request);
  return ok;
}

static void print(void *context, const struct alert *alert) {
  struct preview *preview = context;
  static const struct markup lines = {.lines = true}; /* hostile text cannot steer a terminal */
  int occasion = preview->options->occasion;
  uint32_t wanted = occasion == PREVIEW_EVERY_OCCASION
                        ? ALERT_WHEN(OCCASION_OPENED) | preview->destination->occasions
                        : ALERT_WHEN(occasion);
  struct buffer page = BUFFER_NONE, shown = BUFFER_NONE;
  struct error error = ERROR_NONE;
  bool ok = true;
  for (unsigned i = 0; ok && i < ALERT_OCCASION_COUNT; i++)
    if (wanted & ALERT_WHEN(i))
      ok = append_occasion(preview, (enum alert_occasion)i, alert, &page, &error);
  markup_append(&shown, &lines, buffer_text(&page), PAGE_MAX);
  fwrite(shown.data, 1, shown.size, stdout);
  if (!ok)
    options_report(preview->command, "the message cannot be written: %s", error.text);
  preview->status = ok ? EXIT_DONE : EXIT_FAILURES;
  buffer_free(&shown);
  buffer_free(&page);
}

static void print_sample(struct preview *preview) {
  const struct clock clock = clock_system();
  const struct alert sample = sample_alert(clock_now(&clock));
  print(preview, &sample);
}

static void print_stored(struct preview *preview) {
  struct error error = ERROR_NONE;
  struct store *store = store_open_to_read(preview->config->state_path, &error);
  preview->status = EXIT_FAILURES;
  if (!store ||
      !store_alert_show(store, text_from(preview->options->alert_id), print, preview, &error))
    options_report(preview->command, "%s", error.text);
  store_close(store);
}

static const struct destination *find(const struct config *config, const struct command *command,
                                      const char *name) {
  const char **names = memory_alloc_array(config->destination_count, sizeof *names);
  const struct destination *found = NULL;
  struct suggestion suggestion;
  for (size_t i = 0; i < config->destination_count; i++) {
    names[i] = config->destinations[i].id.data;
    found = strcmp(names[i], name) == 0 ? &config->destinations[i] : found;
  }
  if (!found)
    options_wrong(command, "--destination: there is no destination '%s'%s", name,
                  suggestion_find(text_from(name), names, config->destination_count, &suggestion));
  free(names);
  return found;
}

int preview_run(const struct command *command, const struct preview_options *options) {
  struct preview preview = {.command = command, .options = options, .status = EXIT_USAGE};
  struct problems problems = PROBLEMS_NONE;
  if (!options->destination)
    return options_wrong(command, "preview needs --destination NAME");
  struct config *config =
      config_load(options->config ? options->config : CONFIG_DEFAULT_PATH, &problems);
  if (load_report(&problems) && config) {
    preview.config = config;
    preview.destination = find(config, command, options->destination);
  }
  if (preview.destination && options->alert_id)
    print_stored(&preview);
  else if (preview.destination)
    print_sample(&preview);
  config_free(config);
  problems_clear(&problems);
  return preview.status;
}
