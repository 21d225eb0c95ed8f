#include "http/internal.h"

#include "base/memory.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static bool is_own_header(const char *name) {
  static const char *const names[] = {"Connection", "Content-Length", "Content-Type", "Date",
                                      "Transfer-Encoding"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcasecmp(name, names[i]) == 0)
      return true;
  return false;
}

/* Headers stand in the buffer as name, NUL, value, NUL. False leaves the buffer as it was. */
static bool add_header(struct buffer *headers, const char *name, const char *value) {
  if (!head_is_token(name) || !head_is_value(value))
    return false;
  buffer_append(headers, name, strlen(name) + 1);
  buffer_append(headers, value, strlen(value) + 1);
  return true;
}

bool http_answer_header(struct http_answer *answer, const char *name, const char *format, ...) {
  char *text = NULL;
  va_list arguments;
  va_start(arguments, format);
  if (vasprintf(&text, format, arguments) < 0)
    memory_exhausted();
  va_end(arguments);
  bool good = !is_own_header(name) && add_header(&answer->headers, name, text);
  free(text);
  return good;
}

void http_answer_free(struct http_answer *answer) {
  buffer_free(&answer->headers);
  buffer_free(&answer->body);
}

void answer_seal(struct http_answer *answer) {
  assert(answer->status >= 200 && answer->status <= 599);
  if (answer->content_type)
    add_header(&answer->headers, "Content-Type", answer->content_type);
  answer->content_type = NULL;
}

void answer_make_line(struct http_answer *answer, unsigned status, const char *line) {
  *answer = HTTP_ANSWER(status);
  answer->content_type = "text/plain; charset=utf-8";
  buffer_printf(&answer->body, "%s\n", line);
}
