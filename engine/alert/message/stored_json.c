#include "alert/message/stored_json.h"

#include <assert.h>
#include <stdlib.h>

/* Whole numbers of so many characters fit jansson's whatever they are. */
#define NUMBER_SIZE_SAFE 18

#define LOAD_FLAGS (JSON_DECODE_ANY | JSON_ALLOW_NUL)

/* The string that starts at `at`, with its quotes. */
static struct text string_at(struct text json, size_t at) {
  size_t end = at + 1;
  while (end < json.size && json.data[end] != '"')
    end += json.data[end] == '\\' ? 2 : 1;
  end = end < json.size ? end + 1 : json.size;
  return (struct text){json.data + at, end - at};
}

static bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The next character that is no white space, or '\0'. */
static char next_visible(struct text json, size_t at) {
  while (at < json.size && is_space(json.data[at]))
    at++;
  return at < json.size ? json.data[at] : '\0';
}

static size_t number_size(struct text json, size_t at) {
  size_t end = at;
  while (end < json.size && json.data[end] && strchr("+-.eE0123456789", json.data[end]))
    end++;
  return end - at;
}

static void append_number(struct buffer *out, struct text number) {
  bool exact = number.size <= NUMBER_SIZE_SAFE;
  for (size_t i = 0; i < number.size; i++)
    exact = exact && !strchr(".eE", number.data[i]);
  if (!exact)
    buffer_append_char(out, '"');
  buffer_append_text(out, number);
  if (!exact)
    buffer_append_char(out, '"');
}

static void append_key(struct buffer *out, struct text key) {
  for (size_t i = 0; i < key.size;) {
    size_t size = key.data[i] == '\\' && i + 1 < key.size ? 2 : 1;
    if (key.size - i > 6 && memcmp(key.data + i, "\\u0000", 6) == 0) {
      buffer_append_string(out, "\\\\u{0}");
      size = 6;
    } else {
      buffer_append(out, key.data + i, size);
    }
    i += size;
  }
}

/* What jansson can hold. */
static void append_for_jansson(struct buffer *out, struct text json) {
  for (size_t at = 0; at < json.size;) {
    size_t number = number_size(json, at);
    if (json.data[at] == '"') {
      struct text string = string_at(json, at);
      at += string.size;
      if (next_visible(json, at) == ':')
        append_key(out, string);
      else
        buffer_append_text(out, string);
    } else if (number && strchr("-0123456789", json.data[at])) {
      append_number(out, (struct text){json.data + at, number});
      at += number;
    } else {
      buffer_append_char(out, json.data[at++]);
    }
  }
}

static json_t *load(struct text json, size_t flags) {
  return json_loadb(json.data, json.size, LOAD_FLAGS | flags, NULL);
}

static json_t *load_for_people(struct text stored, size_t flags) {
  struct buffer copy = BUFFER_NONE;
  append_for_jansson(&copy, stored);
  json_t *json = load(buffer_text(&copy), flags);
  buffer_free(&copy);
  return json;
}

json_t *stored_json_load(struct text stored) {
  if (stored.size == 0)
    return json_null();
  json_t *json = load_for_people(stored, 0);
  if (!json) {
    struct buffer quoted = BUFFER_NONE;
    buffer_append_json_string(&quoted, stored);
    json = load(buffer_text(&quoted), 0);
    buffer_free(&quoted);
  }
  assert(json);
  return json;
}

/* Takes the reference. */
static void append_dumped(struct buffer *out, json_t *json) {
  char *dumped = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
  assert(dumped);
  buffer_append_string(out, dumped);
  free(dumped);
  json_decref(json);
}

void stored_json_append(struct buffer *out, struct text stored) {
  json_t *json = stored.size ? load_for_people(stored, JSON_REJECT_DUPLICATES) : NULL;
  if (json) {
    buffer_append_text(out, stored);
    json_decref(json);
    return;
  }
  json = stored.size ? load(stored, 0) : NULL;
  append_dumped(out, json ? json : stored_json_load(stored));
}

static void append_line(struct buffer *out, size_t depth) {
  buffer_append_char(out, '\n');
  for (size_t i = 0; i < depth; i++)
    buffer_append_string(out, "  ");
}

/* `json` is valid. */
static void append_indented(struct buffer *out, struct text json) {
  size_t depth = 0;
  for (size_t at = 0; at < json.size;) {
    char c = json.data[at], next = next_visible(json, at + 1);
    if (c == '"') {
      struct text string = string_at(json, at);
      buffer_append_text(out, string);
      at += string.size;
      continue;
    }
    at++;
    if (is_space(c))
      continue;
    if ((c == '}' || c == ']') && depth > 0)
      append_line(out, --depth);
    buffer_append_char(out, c);
    if ((c == '{' || c == '[') && (next == '}' || next == ']')) {
      buffer_append_char(out, next);
      at = (size_t)((const char *)memchr(json.data + at, next, json.size - at) - json.data) + 1;
    } else if (c == '{' || c == '[') {
      append_line(out, ++depth);
    } else if (c == ',') {
      append_line(out, depth);
    } else if (c == ':') {
      buffer_append_char(out, ' ');
    }
  }
}

void stored_json_append_indented(struct buffer *out, struct text stored) {
  struct buffer json = BUFFER_NONE;
  stored_json_append(&json, stored);
  append_indented(out, buffer_text(&json));
  buffer_free(&json);
}
