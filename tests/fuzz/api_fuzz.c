/*
 * A request for the API: the first line is a path, the second the headers that say who asks, the
 * third a query, the rest a body. Which operation is meant, its parameters, and what the audit log
 * would have of them: whatever comes in, values are within what their rows say, and the log is
 * JSON.
 */
#include "api/access/session.h"
#include "api/arguments.h"
#include "api/operation/list.h"
#include "base/web/form.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW (INT64_C(1700000000) * US_PER_SECOND)

static void must(bool holds) {
  if (!holds)
    abort();
}

static struct text take_line(struct text *rest) {
  const char *end = rest->size > 0 ? memchr(rest->data, '\n', rest->size) : NULL;
  size_t size = end ? (size_t)(end - rest->data) : rest->size;
  struct text line = {rest->data, size};
  size += end != NULL;
  *rest = (struct text){rest->data + size, rest->size - size};
  return line;
}

static void check_text(const struct api_parameter *row, struct text text) {
  must(text.size <= (row->max > 0 ? (size_t)row->max : API_TEXT_MAX));
  must(text_is_utf8(text));
  for (size_t i = 0; i < text.size; i++)
    must((unsigned char)text.data[i] >= ' ' || strchr("\t\n\r", text.data[i]));
}

static void check_value(const struct api_parameter *row, const struct api_value *value) {
  if (!value->given) {
    must(!row->required && row->place != API_PATH);
    return;
  }
  switch (row->type) {
  case API_TEXT:
    check_text(row, value->text);
    break;
  case API_INTEGER:
    must(value->integer >= row->min && value->integer <= row->max);
    break;
  case API_LIST:
    must(value->count <= API_LIST_MAX);
    for (size_t i = 0; i < value->count; i++)
      check_text(row, value->items[i]);
    break;
  case API_OBJECT:
    must(json_is_object(value->json));
    break;
  default:
    break;
  }
}

static void check_audit(const struct api_arguments *arguments,
                        const struct api_operation *operation) {
  struct buffer audit = BUFFER_NONE;
  api_arguments_append(arguments, operation, 50, &audit);
  json_t *json = json_loadb(audit.data, audit.size, JSON_REJECT_DUPLICATES, NULL);
  must(json_is_object(json));
  json_decref(json);
  buffer_free(&audit);
}

static void read_as(const struct api_operation *operation, const struct api_input *input) {
  struct api_arguments arguments = API_ARGUMENTS_NONE;
  struct api_answer answer = {.status = 200};
  bool ok = api_arguments_read(&arguments, operation, input, NOW, &answer);
  must(ok == !answer.refusal.set && answer.status == (ok ? 200u : 400u));
  if (ok) {
    for (size_t i = 0; i < operation->parameter_count; i++)
      check_value(&operation->parameters[i], &arguments.values[i]);
    check_audit(&arguments, operation);
  }
  api_arguments_free(&arguments);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct text rest = {(const char *)data, size};
  struct text id = take_line(&rest), cookies = take_line(&rest), query = take_line(&rest);
  const struct text path[] = {id, id, id, id};
  const struct api_input input = {path, sizeof path / sizeof *path, query, rest};
  struct text session = session_cookie(cookies, SESSION_COOKIE "=");
  must(session.size <= cookies.size);
  for (const struct api_operation *const *each = api_operations; *each; each++)
    read_as(*each, &input);
  return 0;
}
