#include "source/zoom/page.h"

/* The operation logs of phones and of the Video SDK have the same keys as the account's. */
const struct page_kind page_kinds[] = {
    {"operation_logs", "Zoom.Operation", NULL},
    {"operation_logs", "Zoom.ContactCenterOperation", "operation_log_id"},
    {"activity_logs", "Zoom.Activity", NULL},
    {"meeting_activity_logs", "Zoom.MeetingActivity", NULL},
    {"remote_support_logs", "Zoom.RemoteSupport", NULL},
    {"channel_activity_logs", "Zoom.ChatChannelActivity", NULL},
    {NULL, NULL, NULL},
};

const struct page_kind *page_kind_find(struct text array) {
  for (const struct page_kind *kind = page_kinds; kind->array; kind++)
    if (text_is(array, kind->array))
      return kind;
  return NULL;
}

/* Whether "key": is in the bytes. Within a text its quotes would be escaped. */
static bool has_key(struct text record, const char *key) {
  size_t size = strlen(key);
  const char *end = record.data + record.size;
  for (const char *at = record.data; (at = memmem(at, (size_t)(end - at), key, size)); at++) {
    const char *after = at + size;
    if (at == record.data || at[-1] != '"' || after == end || *after != '"')
      continue;
    for (after++; after < end && (*after == ' ' || *after == '\t' || *after == '\n'); after++)
      continue;
    if (after < end && *after == ':')
      return true;
  }
  return false;
}

const char *page_kind_log_type(const struct page_kind *kind, struct text record) {
  for (const struct page_kind *other = kind + 1;
       other->array && strcmp(other->array, kind->array) == 0; other++)
    if (has_key(record, other->mark))
      return other->log_type;
  return kind->log_type;
}

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

static void walk_array(const char *at, const char *end,
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
}

bool page_records(struct text page, struct text array,
                  void (*each)(void *context, struct text record), void *context) {
  const char *end = page.data + page.size;
  const char *at = skip_space(page.data, end);
  bool found = false;
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
    if (text_equal(name, array)) {
      if (found || at == end || *at != '[')
        return false;
      walk_array(at, end, each, context);
      found = true;
    }
    at = skip_space(skip_value(at, end), end);
    if (at == end || *at != ',')
      return found;
  }
  return found;
}
