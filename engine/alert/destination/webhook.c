/* Any HTTP receiver: the alert as JSON, signed as Standard Webhooks has it. */
#include "alert/destination/destination.h"
#include "alert/destination/destination_tls.h"
#include "alert/destination/webhook_signature.h"
#include "alert/message/alert_json.h"
#include "base/memory.h"

#include <ctype.h>
#include <stdlib.h>

struct webhook_options {
  struct text url, secret;
  struct setting_list headers;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "url",
     .kind = SETTING_SECRET_URL,
     .offset = offsetof(struct webhook_options, url),
     .required = true,
     .help = "the URL to which alerts are posted"},
    {.key = "secret",
     .kind = SETTING_SECRET,
     .offset = offsetof(struct webhook_options, secret),
     .help = "signs every request: `whsec_` and base64, or any text; without it, requests are not "
             "signed"},
    {.key = "headers",
     .kind = SETTING_HEADERS,
     .offset = offsetof(struct webhook_options, headers),
     .help = "a list of further headers to send, each as `Name: value`"},
    DESTINATION_TLS_SETTINGS(offsetof(struct webhook_options, tls)),
};

/* What margay sets itself or would break the request. */
static const char *const reserved[] = {
    "content-type",      "content-length",    "transfer-encoding", "host",  "webhook-id",
    "webhook-timestamp", "webhook-signature", "connection",        "expect"};

static bool is_token(struct text name) { /* RFC 9110 5.6.2 */
  for (size_t i = 0; i < name.size; i++)
    if (!isalnum((unsigned char)name.data[i]) &&
        (!name.data[i] || !strchr("!#$%&'*+-.^_`|~", name.data[i])))
      return false;
  return name.size > 0;
}

/* The header's name is reported in errors, if it can be one; its value never: it may be a token. */
static bool header_split(struct text header, struct text *name, struct text *value,
                         struct error *error) {
  const char *colon = header.size > 0 ? memchr(header.data, ':', header.size) : NULL;
  if (!colon)
    return error_set(error, "a header must be written as 'Name: value'");
  *name = text_trim((struct text){header.data, (size_t)(colon - header.data)});
  *value = text_trim((struct text){colon + 1, header.size - (size_t)(colon + 1 - header.data)});
  char shown[64];
  if (!is_token(*name))
    return error_set(error, "what stands before the ':' of a header cannot be its name");
  for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
    if (text_equal_folded(*name, text_from(reserved[i])))
      return error_set(error, "header '%s' is set by margay", reserved[i]);
  for (size_t i = 0; i < value->size; i++)
    if ((unsigned char)value->data[i] < 0x20 || value->data[i] == 0x7f)
      return error_set(error, "header '%s' has a control character in its value",
                       text_printable(*name, shown, sizeof shown));
  return true;
}

static bool check(const void *untyped, struct error *error) {
  const struct webhook_options *options = untyped;
  struct buffer key = BUFFER_NONE;
  bool ok = options->secret.size == 0 || webhook_key(options->secret, &key, error);
  buffer_free(&key);
  struct text name = TEXT(""), value = TEXT("");
  for (size_t i = 0; ok && i < options->headers.count; i++)
    ok = header_split(options->headers.items[i], &name, &value, error);
  return ok && destination_tls_check(&options->tls, error);
}

static bool append_signature(const struct webhook_options *options, struct text idempotency_key,
                             int64_t timestamp, struct delivery_request *request,
                             struct error *error) {
  struct buffer key = BUFFER_NONE, signature = BUFFER_NONE;
  bool ok = webhook_key(options->secret, &key, error);
  if (ok) {
    webhook_sign(buffer_text(&key), idempotency_key, timestamp, buffer_text(&request->body),
                 &signature);
    ok = delivery_request_header(request, "webhook-signature", buffer_text(&signature), error);
  }
  buffer_free(&key);
  buffer_free(&signature);
  return ok;
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct webhook_options *options = destination->options;
  int64_t timestamp = attempt->now / US_PER_SECOND;
  buffer_append_text(&request->url, options->url);
  request->tls = destination_tls_files(&options->tls);
  alert_json_append_sent(&request->body, alert, &attempt->occasion);

  struct buffer seconds = BUFFER_NONE;
  buffer_printf(&seconds, "%lld", (long long)timestamp);
  bool ok = delivery_request_header(request, "Content-Type", TEXT("application/json"), error) &&
            delivery_request_header(request, "webhook-id", attempt->idempotency_key, error) &&
            delivery_request_header(request, "webhook-timestamp", buffer_text(&seconds), error) &&
            (options->secret.size == 0 ||
             append_signature(options, attempt->idempotency_key, timestamp, request, error));
  buffer_free(&seconds);

  for (size_t i = 0; ok && i < options->headers.count; i++) {
    struct text name = TEXT(""), value = TEXT("");
    ok = header_split(options->headers.items[i], &name, &value, error);
    if (ok) {
      char *name_string = memory_copy_bytes(name.data, name.size);
      ok = delivery_request_header(request, name_string, value, error);
      free(name_string);
    }
  }
  return ok;
}

const struct destination_type destination_webhook = {
    .kind = {.name = "webhook",
             .help = "any HTTP receiver, signed as Standard Webhooks has it",
             .settings = SETTINGS(settings, struct webhook_options),
             .check = check},
    .occasions = ALERT_WHEN_ALWAYS,
    .render = render,
};
