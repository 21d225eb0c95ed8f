#include "detect/window/rule_error.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/memory.h"

#include <stdlib.h>
#include <strings.h>

/* Shorter texts of an event stand in an error by chance. */
#define VALUE_LEAST 4
/* Values of an event that are looked for. */
#define VALUES_MAX 10000
#define MASK "..."

#define OTHER_ERRORS "other errors"

/* ---- the reason ---- */

static bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (c & 0x80);
}

/* Marks where the value stands as a whole word, in any case of ASCII letters. */
static void cover_value(const char *text, size_t size, struct text value, bool *covered) {
  if (value.size < VALUE_LEAST || value.size > size)
    return;
  for (size_t i = 0; i + value.size <= size; i++) {
    size_t end = i + value.size;
    if (strncasecmp(text + i, value.data, value.size) != 0 ||
        (i > 0 && is_word(text[i - 1]) && is_word(text[i])) ||
        (end < size && is_word(text[end]) && is_word(text[end - 1])))
      continue;
    memset(covered + i, true, value.size);
  }
}

static void cover_event(const char *text, size_t size, const struct event *event, bool *covered) {
  const struct json_node *node = event->root;
  for (uint32_t i = 0; i < event->root->skip && i < VALUES_MAX; i++)
    if (node[i].type == JSON_TYPE_STRING)
      cover_value(text, size, json_text(&node[i]), covered);
}

/* Long numbers: ids, times, amounts. */
static void cover_numbers(const char *text, size_t size, bool *covered) {
  for (size_t i = 0; i < size;) {
    size_t digits = strspn(text + i, "0123456789");
    if (digits >= VALUE_LEAST)
      memset(covered + i, true, digits);
    i += digits ? digits : 1;
  }
}

static void write_uncovered(const char *text, size_t size, const bool *covered, char *out,
                            size_t out_size) {
  struct buffer written = BUFFER_NONE;
  for (size_t i = 0; i < size; i++) {
    if (!covered[i])
      buffer_append_char(&written, text[i]);
    else if (i == 0 || !covered[i - 1])
      buffer_append_string(&written, MASK);
  }
  snprintf(out, out_size, "%.*s", TEXT_ARGS(buffer_text(&written)));
  buffer_free(&written);
}

void rule_error_reason(const struct error *error, const struct event *event, struct buffer *out) {
  struct error bare = *error;
  struct error_line line;
  bool covered[sizeof bare.text] = {false};
  size_t size = strlen(error->text);
  for (size_t i = 0; i < error->data_size && error->data_at + i < size; i++)
    covered[error->data_at + i] = true;
  cover_event(error->text, size, event, covered);
  cover_numbers(error->text, size, covered);
  bare.data_size = 0;
  write_uncovered(error->text, size, covered, bare.text, sizeof bare.text);
  buffer_append_string(out, error_reason(&bare, &line));
}

/* ---- how many ---- */

struct seen {
  uint64_t version; /* of the rule */
  uint64_t reasons[RULE_ERROR_REASONS_MAX];
  size_t count;
};

struct rule_errors {
  struct map rules; /* rule id -> struct seen */
};

struct rule_errors *rule_errors_new(void) {
  return memory_alloc(sizeof(struct rule_errors));
}

void rule_errors_free(struct rule_errors *errors) {
  if (!errors)
    return;
  map_clear(&errors->rules, free);
  free(errors);
}

static struct seen *seen_of(struct rule_errors *errors, const struct rule *rule) {
  struct seen *seen = map_get(&errors->rules, rule->id);
  if (!seen) {
    seen = memory_alloc(sizeof *seen);
    map_put(&errors->rules, rule->id, seen);
  }
  if (seen->version != rule->version)
    *seen = (struct seen){.version = rule->version};
  return seen;
}

void rule_errors_bound(struct rule_errors *errors, struct match *match) {
  struct seen *seen = seen_of(errors, match->rule);
  uint64_t reason = hash_text(match->outcome.dedup);
  for (size_t i = 0; i < seen->count; i++)
    if (seen->reasons[i] == reason)
      return;
  if (seen->count < RULE_ERROR_REASONS_MAX) {
    seen->reasons[seen->count++] = reason;
    return;
  }
  match->outcome.dedup = TEXT(OTHER_ERRORS);
}
