#include "rule/load/rule_require.h"

#include <ctype.h>

static const char *skip(const char *at, const char *end, const char *characters) {
  while (at < end && *at && strchr(characters, *at))
    at++;
  return at;
}

/* The quoted name at the beginning, when that is all of it; else empty. */
static struct text quoted_name(const char *at, const char *end) {
  static const struct text none = TEXT_INIT("");
  at = skip(at, end, " \t\r\n(");
  if (at >= end || (*at != '"' && *at != '\''))
    return none;
  const char *close = memchr(at + 1, *at, (size_t)(end - at - 1));
  if (!close)
    return none;
  struct text name = {at + 1, (size_t)(close - at - 1)};
  close = skip(close + 1, end, " \t\r\n");
  return (close >= end || *close != '.') && !memchr(name.data, '\\', name.size) ? name : none;
}

/* Moves on to `at`, counting lines; true when `--` stands before it in its line. */
static bool pass(struct text *rest, const char *at, unsigned *line) {
  bool commented = false;
  for (const char *c = rest->data; c < at; c++) {
    if (*c == '\n')
      ++*line;
    commented = *c != '\n' && (commented || (*c == '-' && c + 1 < at && c[1] == '-'));
  }
  rest->size -= (size_t)(at - rest->data);
  rest->data = at;
  return commented;
}

/* The next "require" that is a word of its own, or NULL. */
static const char *find_word(const char *at, const char *end) {
  static const struct text word = TEXT_INIT("require");
  while (at && (at = memmem(at, (size_t)(end - at), word.data, word.size))) {
    at += word.size;
    if (at == end || !(isalnum((unsigned char)*at) || *at == '_'))
      return at - word.size;
  }
  return NULL;
}

bool rule_require_next(struct text *rest, unsigned *line, struct rule_require *out) {
  const char *end = rest->data + rest->size, *at = find_word(rest->data, end);
  if (!at)
    return false;
  out->is_commented = pass(rest, at, line);
  out->line = *line;
  at += sizeof "require" - 1;
  out->name = quoted_name(at, end);
  *rest = (struct text){at, (size_t)(end - at)};
  return true;
}
