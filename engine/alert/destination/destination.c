#include "alert/destination/destination.h"

uint32_t destination_occasions(const struct destination *destination) {
  const struct destination_type *type = destination->type;
  return type->occasions_of ? type->occasions_of(destination->options) : type->occasions;
}

/* Statuses that deserve more than "answered N". */
static const struct {
  long status;
  const char *words;
} status_words[] = {
    {400, "it did not accept the message"},
    {401, "it wants other credentials"},
    {403, "it forbids this"},
    {404, "nothing is there: check the URL"},
    {405, "it takes no POST: check the URL"},
    {408, "it waited too long for the message"},
    {410, "it is gone for good"},
    {413, "the message is too large for it"},
    {415, "it does not take JSON"},
    {422, "it did not accept the message"},
    {429, "too many messages"},
    {500, "it failed"},
    {502, "what is behind it failed"},
    {503, "it is not available now"},
    {504, "what is behind it did not answer in time"},
};

void delivery_judge_status(const struct http_response *response,
                           struct delivery_judgement *judgement) {
  long status = response->status;
  judgement->verdict = DELIVERY_DONE;
  if (status >= 200 && status <= 299)
    return;
  const char *words = NULL;
  for (size_t i = 0; i < sizeof status_words / sizeof status_words[0]; i++)
    if (status_words[i].status == status)
      words = status_words[i].words;
  if (!words && status >= 300 && status <= 399)
    words = "redirects are not followed: give the final URL";
  if (!words && status <= 199)
    words = "no answer that counts followed";
  error_set(&judgement->reason, "answered %ld%s%s", status, words ? ": " : "", words ? words : "");
  bool passes = status <= 199 || status == 408 || status == 425 || status == 429 || status >= 500;
  judgement->verdict = passes ? DELIVERY_RETRY : DELIVERY_PARK;
}

void delivery_judgement_keep(struct delivery_judgement *judgement, struct text state) {
  judgement->has_state = true;
  buffer_reset(&judgement->state);
  buffer_append_text(&judgement->state, state);
}

void delivery_judgement_free(struct delivery_judgement *judgement) {
  buffer_free(&judgement->state);
  *judgement = (struct delivery_judgement){.verdict = DELIVERY_DONE};
}

bool delivery_request_header(struct delivery_request *request, const char *name, struct text value,
                             struct error *error) {
  struct buffer line = BUFFER_NONE;
  buffer_append_string(&line, name);
  buffer_append_string(&line, ": ");
  buffer_append_text(&line, value);
  bool ok = true;
  for (size_t i = 0; i < line.size; i++)
    if ((unsigned char)line.data[i] < 0x20 || line.data[i] == 0x7f)
      ok = false;
  struct curl_slist *headers = ok ? curl_slist_append(request->headers, line.data) : NULL;
  if (headers)
    request->headers = headers;
  else
    error_set(error, "header '%s' has a control character in its value", name);
  buffer_free(&line);
  return headers != NULL;
}

void delivery_request_free(struct delivery_request *request) {
  buffer_free(&request->url);
  buffer_free(&request->body);
  buffer_free(&request->work.arguments);
  curl_slist_free_all(request->headers);
  curl_slist_free_all(request->mail.to);
  *request = (struct delivery_request){.headers = NULL};
}
