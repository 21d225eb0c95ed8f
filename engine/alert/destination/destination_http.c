#include "alert/destination/destination_http.h"

#include "alert/message/markup.h"
#include "base/digest.h"
#include "base/web/form.h"

#include <stdlib.h>

enum {
  WORDS_MAX = 160, /* of an answer, in a reason */
  WORD_MAX = 24,   /* keys and tokens of services have 32 and more */
};

void destination_append_url(struct buffer *out, struct text base, const char *path) {
  while (base.size > 0 && base.data[base.size - 1] == '/')
    base.size--;
  buffer_append_text(out, base);
  buffer_append_string(out, path);
}

void destination_append_part(struct buffer *out, struct text part) {
  form_append_escaped(out, text_cut(part, DESTINATION_PART_MAX));
}

bool destination_json_headers(struct delivery_request *request, struct error *error) {
  return delivery_request_header(request, "Content-Type", TEXT("application/json"), error) &&
         delivery_request_header(request, "Accept", TEXT("application/json"), error);
}

bool destination_token(struct delivery_request *request, const char *scheme, struct text token,
                       struct error *error) {
  struct buffer value = BUFFER_NONE;
  buffer_printf(&value, "%s ", scheme);
  buffer_append_text(&value, token);
  bool ok = delivery_request_header(request, "Authorization", buffer_text(&value), error);
  buffer_free(&value);
  return ok;
}

bool destination_basic(struct delivery_request *request, struct text user, struct text password,
                       struct error *error) {
  struct buffer pair = BUFFER_NONE, encoded = BUFFER_NONE;
  buffer_append_text(&pair, user);
  buffer_append_char(&pair, ':');
  buffer_append_text(&pair, password);
  base64_encode(pair.data, pair.size, &encoded);
  bool ok = destination_token(request, "Basic", buffer_text(&encoded), error);
  buffer_free(&pair);
  buffer_free(&encoded);
  return ok;
}

json_t *answer_load(const struct http_response *response) {
  return json_loadb(buffer_text(&response->body).data, response->body.size, 0, NULL);
}

const char *answer_string(const json_t *json, const char *const *path) {
  for (; json && *path; path++)
    json = json_is_array(json) ? json_array_get(json, strtoul(*path, NULL, 10))
                               : json_object_get(json, *path);
  return json_is_string(json) ? json_string_value(json) : "";
}

/* Appends the text word by word. */
static void append_words(struct buffer *out, struct text said) {
  for (size_t at = 0; at < said.size;) {
    size_t end = at;
    while (end < said.size && said.data[end] != ' ')
      end++;
    if (end - at > WORD_MAX)
      buffer_append_string(out, "\xe2\x80\xa6");
    else
      buffer_append(out, said.data + at, end - at);
    if (end < said.size)
      buffer_append_char(out, ' ');
    at = end + 1;
  }
}

void answer_explain(struct delivery_judgement *judgement, const char *said) {
  struct buffer line = BUFFER_NONE, words = BUFFER_NONE;
  markup_append(&line, &markup_line, text_trim(text_from(said)), WORDS_MAX);
  append_words(&words, buffer_text(&line));
  if (words.size > 0) {
    error_append(&judgement->reason, " (");
    error_append(&judgement->reason, words.data);
    error_append(&judgement->reason, ")");
  }
  buffer_free(&line);
  buffer_free(&words);
}

void answer_judge(const struct http_response *response, const char *const *const *paths,
                  struct delivery_judgement *judgement) {
  delivery_judge_status(response, judgement);
  json_t *json = judgement->verdict == DELIVERY_DONE ? NULL : answer_load(response);
  const char *said = "";
  for (; json && !*said && *paths; paths++)
    said = answer_string(json, *paths);
  answer_explain(judgement, said);
  json_decref(json);
}
