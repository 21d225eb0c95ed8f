#include "alert/destination/chat/chat.h"

#include "alert/message/alert_json.h"

#include <ctype.h>

const struct chat_detail chat_details[CHAT_DETAIL_COUNT] = {
    {.words = 3000,
     .label = 40,
     .value = 240,
     .link = 2000,
     .fields = 10,
     .steps = 12,
     .events = 3},
    {.words = 1500,
     .label = 40,
     .value = 160,
     .link = 1000,
     .fields = 10,
     .steps = 12,
     .events = 3},
    {.words = 700, .label = 40, .value = 120, .link = 500, .fields = 8, .steps = 12, .events = 1},
    {.words = 300, .label = 30, .value = 80, .link = 300, .fields = 6, .steps = 6, .events = 1},
    {.words = 150, .label = 20, .value = 50, .link = 200, .fields = 3, .steps = 3, .events = 0},
    {.words = 60, .label = 20, .value = 30, .link = 100, .fields = 0, .steps = 0, .events = 0},
};

void chat_append_headline(struct buffer *out, const struct message *message,
                          const struct markup *markup, size_t limit) {
  struct buffer severity = BUFFER_NONE;
  buffer_printf(&severity, "%s %s: ", severity_emoji(message->severity),
                severity_name(message->severity));
  buffer_append_text(out, buffer_text(&severity));
  markup_append(out, markup, message->headline, limit - markup_length(buffer_text(&severity)));
  buffer_free(&severity);
}

uint32_t chat_colour(enum severity severity) {
  static const uint32_t colours[SEVERITY_COUNT] = {0x8a8f98, 0x3b82f6, 0xeab308, 0xf97316,
                                                   0xdc2626};
  return colours[severity];
}

json_t *chat_json_string(const struct buffer *text) {
  return json_from_text(buffer_text(text));
}

bool chat_headers(struct delivery_request *request, const struct delivery_try *attempt,
                  struct error *error) {
  return delivery_request_header(request, "Content-Type", TEXT("application/json; charset=utf-8"),
                                 error) &&
         delivery_request_header(request, "Idempotency-Key", attempt->idempotency_key, error);
}

bool chat_bearer(struct delivery_request *request, struct text token, struct error *error) {
  struct buffer value = BUFFER_NONE;
  buffer_append_string(&value, "Bearer ");
  buffer_append_text(&value, token);
  bool ok = delivery_request_header(request, "Authorization", buffer_text(&value), error);
  buffer_free(&value);
  return ok;
}

void chat_append_fitting_json(struct buffer *out, const struct message *message,
                              json_t *(*make)(const struct message *message,
                                              const struct chat_detail *detail, void *context),
                              void *context, size_t limit) {
  size_t start = out->size;
  for (size_t i = 0; i < CHAT_DETAIL_COUNT; i++) {
    out->size = start;
    json_append_and_free(out, make(message, &chat_details[i], context));
    if (out->size - start <= limit)
      return;
  }
}

/* ---- answers -------------------------------------------------------------------------------- */

bool chat_judge_code(const struct chat_answer *answers, size_t count, struct text code, long status,
                     struct delivery_judgement *judgement) {
  for (size_t i = 0; i < count; i++)
    if (text_is(code, answers[i].code)) {
      judgement->verdict = answers[i].verdict;
      if (judgement->verdict != DELIVERY_DONE)
        error_set(&judgement->reason, "%s (%ld %s)", answers[i].words, status, answers[i].code);
      return true;
    }
  return false;
}

bool chat_is_code(struct text text) {
  enum { CODE_MAX = 64 };
  for (size_t i = 0; i < text.size; i++)
    if (!isalnum((unsigned char)text.data[i]) &&
        (text.data[i] == '\0' || !strchr("._-", text.data[i])))
      return false;
  return text.size > 0 && text.size <= CODE_MAX;
}

struct text chat_answer_code(const json_t *json, const char *key) {
  const json_t *value = json_object_get(json, key);
  struct text code = {json_string_value(value), json_string_length(value)};
  return chat_is_code(code) ? code : TEXT("");
}

json_t *chat_answer_json(const struct http_response *response) {
  struct text body = buffer_text(&response->body);
  return json_loadb(body.data, body.size, 0, NULL);
}

static int64_t delay_of(double seconds) {
  enum { DELAY_MAX = 3600 };
  if (!(seconds > 0))
    return 0;
  return (int64_t)((seconds < DELAY_MAX ? seconds : DELAY_MAX) * US_PER_SECOND);
}

int64_t chat_answer_delay(const json_t *seconds) {
  return delay_of(json_number_value(seconds)); /* 0 for what is no number */
}

int64_t chat_answer_delay_ms(const json_t *milliseconds) {
  return delay_of(json_number_value(milliseconds) / 1000);
}
