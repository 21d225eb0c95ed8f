#include "source/zoom/page.h"

const struct page_kind page_kinds[] = {
    {"operation_logs", "Zoom.Operation"},
    {"activity_logs", "Zoom.Activity"},
    {"meeting_activity_logs", "Zoom.MeetingActivity"},
    {NULL, NULL},
};

/* Every function below takes the place where something starts and returns the place after it.
 * They never pass `end`, whatever the bytes are. */

static const char *skip_space(const char *at, const char *end) {
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
    at++;
  return at;
}

static const char *skip_string(const char *at, const char *end) {
  for (at++; at < end && *at != '"'; at++)
    if (*at == '\\' && at + 1 < end)
      at++;
  return at < end ? at + 1 : end;
}

static const char *skip_value(const char *at, const char *end) {
  const struct text bare_end = TEXT(",]} \t\r\n");
  size_t depth = 0;
  while (at < end) {
    switch (*at) {
    case '"':
      at = skip_string(at, end);
      break;
    case '{':
    case '[':
      depth++;
      at++;
      break;
    case '}':
    case ']':
      if (depth == 0)
        return at;
      depth--;
      at++;
      break;
    default: /* a bare word, number, colon, comma or space within a container */
      if (depth == 0) {
        while (at < end && !memchr(bare_end.data, *at, bare_end.size))
          at++;
        return at;
      }
      at++;
      continue;
    }
    if (depth == 0)
      return at;
  }
  return at;
}

static bool walk_array(const char *at, const char *end,
                       void (*each)(void *context, struct text record), void *context) {
  for (at++; at < end; at++) {
    at = skip_space(at, end);
    if (at == end || *at == ']')
      break;
    const char *start = at;
    at = skip_value(at, end);
    if (at > start)
      each(context, (struct text){start, (size_t)(at - start)});
    at = skip_space(at, end);
    if (at == end || *at != ',')
      break;
  }
  return true;
}

bool page_records(struct text page, struct text array,
                  void (*each)(void *context, struct text record), void *context) {
  const char *end = page.data + page.size;
  const char *at = skip_space(page.data, end);
  if (at == end || *at != '{')
    return false;
  for (at++; at < end; at++) {
    at = skip_space(at, end);
    if (at == end || *at != '"')
      return false;
    const char *key = at;
    at = skip_string(at, end);
    struct text name = {key + 1, at - key >= 2 ? (size_t)(at - key - 2) : 0};
    at = skip_space(at, end);
    if (at == end || *at != ':')
      return false;
    at = skip_space(at + 1, end);
    if (text_equal(name, array))
      return at < end && *at == '[' && walk_array(at, end, each, context);
    at = skip_space(skip_value(at, end), end);
    if (at == end || *at != ',')
      return false;
  }
  return false;
}
