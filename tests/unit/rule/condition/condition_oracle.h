/*
 * The meaning of conditions, written a second time for clarity alone: it interprets a key and its
 * values as written, anew for each event, and by other means than the program.
 */
#ifndef TEST_CONDITION_ORACLE_H
#define TEST_CONDITION_ORACLE_H

#include "rule/condition/condition.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { TESTS_MAX = 3, VALUES_MAX = 24, TEXT_MAX = 64 };

struct field_test {
  char path[16], modifiers[32];
  struct condition_value values[VALUES_MAX];
  char texts[VALUES_MAX][TEXT_MAX];
  size_t count;
  bool negated;
};

/* Nodes that a path through a list may lead to. */
#define GATHERED_MAX 256

struct scene {
  struct field_test tests[TESTS_MAX];
  size_t test_count;
  bool any; /* OR instead of AND */
};

static inline bool asks_time(const struct field_test *test) {
  return strstr(test->modifiers, "|hour") || strstr(test->modifiers, "|minute") ||
         strstr(test->modifiers, "|day");
}

static inline const struct json_node *oracle_member(const struct json_node *node,
                                                    const char *name) {
  if (node->type == JSON_TYPE_OBJECT)
    for (JSON_EACH(child, node))
      if (text_is(json_key(child), name))
        return child;
  return NULL;
}

/* Appends what each object of a list of lists has under the name. */
static inline void oracle_gather(struct json_node *array, const struct json_node *list,
                                 const char *name) {
  for (JSON_EACH(element, list)) {
    const struct json_node *found = oracle_member(element, name);
    if (element->type == JSON_TYPE_ARRAY)
      oracle_gather(array, element, name);
    if (!found)
      continue;
    assert_true(array->skip + found->skip <= GATHERED_MAX);
    memcpy(array + array->skip, found, found->skip * sizeof *found);
    array->skip += found->skip;
    array->size++;
  }
}

/* As an array, which lives until some more were asked for. */
static inline const struct json_node *oracle_through(const struct json_node *list,
                                                     const char *name) {
  static struct json_node arrays[8][GATHERED_MAX];
  static unsigned next;
  struct json_node *array = arrays[next++ % 8];
  *array = (struct json_node){.type = JSON_TYPE_ARRAY, .skip = 1};
  oracle_gather(array, list, name);
  return array->size ? array : NULL;
}

static inline const struct json_node *oracle_find(const struct json_node *root, const char *path) {
  char first[16];
  const char *dot = strchr(path, '.');
  const struct json_node *node = oracle_member(root, path);
  if (node || !dot)
    return node;
  snprintf(first, sizeof first, "%.*s", (int)(dot - path), path);
  node = oracle_member(root, first);
  if (node && node->type == JSON_TYPE_ARRAY && strcmp(dot, ".1") == 0)
    return node->size > 1 ? json_next(node + 1) : NULL;
  if (node && node->type == JSON_TYPE_ARRAY)
    return oracle_through(node, dot + 1);
  return node ? oracle_member(node, dot + 1) : NULL;
}

static inline bool oracle_spell(const struct json_node *node, char out[TEXT_MAX]) {
  struct buffer buffer = BUFFER_NONE;
  if (node->type == JSON_TYPE_STRING)
    snprintf(out, TEXT_MAX, "%.*s", TEXT_ARGS(json_text(node)));
  else if (node->type == JSON_TYPE_NULL || json_is_container(node))
    return false;
  else {
    json_write(&buffer, node);
    snprintf(out, TEXT_MAX, "%s", buffer.data);
    buffer_free(&buffer);
  }
  return true;
}

/* The letters beyond ASCII of which the texts here are made, as CaseFolding.txt has them. */
static const char *const oracle_letters[][2] = {
    {"\u212A", "k"},      {"\u017F", "s"},      {"\u00C9", "\u00E9"},
    {"\u1E9E", "\u00DF"}, {"\u03A3", "\u03C3"}, {"\u03C2", "\u03C3"},
    {"\u023A", "\u2C65"}, {"\uAB70", "\u13A0"}, {"\U00010400", "\U00010428"},
};

enum { FOLDED_MAX = 4 * TEXT_MAX };

/* Letter by letter, into `out`. */
static inline const char *oracle_fold(const char *text, bool cased, char out[FOLDED_MAX]) {
  char *end = out;
  while (*text) {
    const char *to = NULL;
    bool is_letter = !cased && ((unsigned char)*text & 0x80); /* perhaps one of those above */
    for (size_t i = 0; i < sizeof oracle_letters / sizeof *oracle_letters && !to && is_letter;
         i++) {
      size_t size = strlen(oracle_letters[i][0]);
      if (strncmp(text, oracle_letters[i][0], size) == 0) {
        to = oracle_letters[i][1];
        text += size;
      }
    }
    if (to)
      end = stpcpy(end, to);
    else
      *end++ = !cased && *text >= 'A' && *text <= 'Z' ? (char)(*text + 32) : *text;
    text += to ? 0 : 1;
  }
  *end = '\0';
  return out;
}

/* By trying everything. `open` at the pattern's end means that anything may follow. */
static inline bool oracle_tries(const char *pattern, const char *subject, bool open) {
  if (*pattern == '\0')
    return open || *subject == '\0';
  if (*pattern == '*')
    return oracle_tries(pattern + 1, subject, open) ||
           (*subject && oracle_tries(pattern, subject + 1, open));
  if (*pattern == '?') {
    if (*subject == '\0')
      return false;
    for (subject++; ((unsigned char)*subject & 0xC0) == 0x80;)
      subject++;
    return oracle_tries(pattern + 1, subject, open);
  }
  if (*pattern == '\\' && (pattern[1] == '*' || pattern[1] == '?' || pattern[1] == '\\'))
    pattern++;
  return *subject && *pattern == *subject && oracle_tries(pattern + 1, subject + 1, open);
}

static inline bool oracle_fits(const char *pattern, const char *subject, bool cased, bool open) {
  char x[FOLDED_MAX], y[FOLDED_MAX];
  return oracle_tries(oracle_fold(pattern, cased, x), oracle_fold(subject, cased, y), open);
}

static inline bool oracle_regex(const char *pattern, const char *subject, bool fold) {
  regex_t compiled;
  assert_int_equal(regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB | (fold ? REG_ICASE : 0)),
                   0);
  bool found = regexec(&compiled, subject, 0, NULL, 0) == 0;
  regfree(&compiled);
  return found;
}

/* "1.2.3.4" up to the end or a slash; the rest goes to *rest. */
static inline bool oracle_address(const char *text, unsigned long out[4], const char **rest) {
  for (int i = 0; i < 4; i++) {
    char *end;
    if (*text < '0' || *text > '9')
      return false;
    out[i] = strtoul(text, &end, 10);
    if (i < 3 && *end != '.')
      return false;
    text = i < 3 ? end + 1 : end;
  }
  *rest = text;
  return true;
}

static inline bool oracle_network(const char *network, const char *address) {
  unsigned long n[4], a[4], prefix = 32;
  const char *rest;
  if (!oracle_address(address, a, &rest) || *rest || !oracle_address(network, n, &rest))
    return false;
  if (*rest == '/')
    prefix = strtoul(rest + 1, NULL, 10);
  for (unsigned long bit = 0; bit < prefix; bit++)
    if ((n[bit / 8] >> (7 - bit % 8) & 1) != (a[bit / 8] >> (7 - bit % 8) & 1))
      return false;
  return true;
}

static inline bool oracle_number(const struct json_node *node, double *number) {
  if (node->type == JSON_TYPE_INT)
    *number = (double)node->value.integer;
  else if (node->type == JSON_TYPE_DOUBLE)
    *number = node->value.real;
  else
    return false;
  return true;
}

/* Two scalars of the event. */
static inline bool oracle_same(const struct json_node *a, const struct json_node *b, bool cased) {
  char x[TEXT_MAX], y[TEXT_MAX], folded_x[FOLDED_MAX], folded_y[FOLDED_MAX];
  double m, n;
  if (oracle_number(a, &m) && oracle_number(b, &n))
    return m == n;
  return oracle_spell(a, x) && oracle_spell(b, y) &&
         strcmp(oracle_fold(x, cased, folded_x), oracle_fold(y, cased, folded_y)) == 0;
}

/* Looks for the whole of one text in another at every place that the modifiers allow. */
static inline bool oracle_part(const char *modifiers, const char *subject, const char *part) {
  char x[FOLDED_MAX], y[FOLDED_MAX];
  subject = oracle_fold(subject, strstr(modifiers, "cased"), x);
  part = oracle_fold(part, strstr(modifiers, "cased"), y);
  size_t size = strlen(subject), part_size = strlen(part);
  for (size_t at = 0; at + part_size <= size; at++) {
    bool same = !(strstr(modifiers, "startswith") && at > 0) &&
                !(strstr(modifiers, "endswith") && at + part_size < size);
    if (same && memcmp(subject + at, part, part_size) == 0)
      return true;
  }
  return false;
}

static inline bool oracle_refers(const char *modifiers, const struct json_node *a,
                                 const struct json_node *b) {
  char x[TEXT_MAX], y[TEXT_MAX];
  if (strstr(modifiers, "contains") || strstr(modifiers, "with"))
    return oracle_spell(a, x) && oracle_spell(b, y) && oracle_part(modifiers, x, y);
  return oracle_same(a, b, strstr(modifiers, "cased"));
}

static inline bool oracle_some_same(const struct json_node *a, const struct json_node *b,
                                    const char *modifiers) {
  if (a->type == JSON_TYPE_ARRAY) {
    for (JSON_EACH(element, a))
      if (element->type != JSON_TYPE_ARRAY && oracle_some_same(element, b, modifiers))
        return true;
    return false;
  }
  if (b->type == JSON_TYPE_ARRAY) {
    for (JSON_EACH(element, b))
      if (element->type != JSON_TYPE_ARRAY && oracle_refers(modifiers, a, element))
        return true;
    return false;
  }
  return oracle_refers(modifiers, a, b);
}

static inline bool oracle_order(const char *modifiers, double left, double right) {
  const char *last = strrchr(modifiers, '|');
  return strcmp(last, "|gt") == 0    ? left > right
         : strcmp(last, "|gte") == 0 ? left >= right
         : strcmp(last, "|lt") == 0  ? left < right
         : strcmp(last, "|lte") == 0 ? left <= right
                                     : left == right;
}

/* Base64, bit by bit. */
static inline void oracle_base64(const char *bytes, size_t size, char *out) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t length = 0;
  for (size_t bit = 0; bit < size * 8; bit += 6) {
    unsigned digit = 0;
    for (size_t i = bit; i < bit + 6; i++)
      digit = digit * 2 + (i < size * 8 && ((unsigned char)bytes[i / 8] >> (7 - i % 8) & 1));
    out[length++] = digits[digit];
  }
  while (length % 4)
    out[length++] = '=';
  out[length] = '\0';
}

/* What stays the same of the encoding of `shift` bytes, the value and three bytes, whatever those
 * other bytes are: found by trying two kinds of them. */
static inline void oracle_offset(const char *value, size_t size, size_t shift, char *out) {
  char bytes[TEXT_MAX], made[2][2 * TEXT_MAX];
  const char *first = made[0], *second = made[1];
  size_t all = shift + size + 3, length = 0;
  for (int kind = 0; kind < 2; kind++) {
    memset(bytes, kind ? 0xff : 0, all);
    memcpy(bytes + shift, value, size);
    oracle_base64(bytes, all, made[kind]);
  }
  for (size_t i = 0; first[i]; i++)
    if (first[i] == second[i] && first[i] != '=')
      out[length++] = first[i];
  out[length] = '\0';
}

static inline bool oracle_text_test(const char *modifiers, const char *pattern,
                                    const char *subject);

static inline bool oracle_encoded(const char *modifiers, const char *value, const char *subject) {
  char bytes[TEXT_MAX], encoded[2 * TEXT_MAX];
  size_t size = 0;
  for (const char *c = value; *c; c++) {
    bytes[size++] = *c;
    if (strstr(modifiers, "wide"))
      bytes[size++] = '\0';
  }
  const char *rest = strstr(modifiers, "contains") ? strstr(modifiers, "|contains") : "";
  if (!strstr(modifiers, "offset")) {
    oracle_base64(bytes, size, encoded);
    return oracle_text_test(rest, encoded, subject);
  }
  for (size_t shift = 0; shift < 3; shift++) {
    oracle_offset(bytes, size, shift, encoded);
    if (oracle_text_test(rest, encoded, subject))
      return true;
  }
  return false;
}

static const char *const oracle_dashes[] = {"-", "/", "\xE2\x80\x93", "\xE2\x80\x94",
                                            "\xE2\x80\x95"};

static inline size_t oracle_dash(const char *at) {
  for (size_t i = 0; i < 5; i++)
    if (strncmp(at, oracle_dashes[i], strlen(oracle_dashes[i])) == 0)
      return strlen(oracle_dashes[i]);
  return 0;
}

static inline bool oracle_is_word(char c) {
  return c && !strchr(" -/*?\\.", c); /* of the characters that the texts are made of */
}

/* Tries every dash that may vary, from `from` on, in each of its forms. */
static inline bool oracle_windash(const char *modifiers, const char *pattern, size_t from,
                                  const char *subject) {
  for (size_t at = from, size; pattern[at]; at += size ? size : 1) {
    size = oracle_dash(pattern + at);
    bool after_dash = at >= 3 && oracle_dash(pattern + at - 3) == 3;
    if (!size || (at > 0 && !after_dash && oracle_is_word(pattern[at - 1])) ||
        oracle_dash(pattern + at + size) || !oracle_is_word(pattern[at + size]))
      continue;
    for (size_t i = 0; i < 5; i++) {
      char changed[2 * TEXT_MAX];
      snprintf(changed, sizeof changed, "%.*s%s%s", (int)at, pattern, oracle_dashes[i],
               pattern + at + size);
      if (oracle_windash(modifiers, changed, at + strlen(oracle_dashes[i]), subject))
        return true;
    }
    return false;
  }
  return oracle_text_test(modifiers, pattern, subject);
}

static inline bool oracle_text_test(const char *modifiers, const char *pattern,
                                    const char *subject) {
  bool cased = strstr(modifiers, "cased");
  if (strstr(modifiers, "|re"))
    return oracle_regex(pattern, subject, strstr(modifiers, "|i"));
  if (strstr(modifiers, "cidr"))
    return oracle_network(pattern, subject);
  if (strstr(modifiers, "startswith"))
    return oracle_fits(pattern, subject, cased, true);
  if (!strstr(modifiers, "contains") && !strstr(modifiers, "endswith"))
    return oracle_fits(pattern, subject, cased, false);
  for (const char *from = subject;; from++) {
    bool inside = ((unsigned char)*from & 0xC0) == 0x80; /* of a character */
    if (!inside && oracle_fits(pattern, from, cased, strstr(modifiers, "contains") != NULL))
      return true;
    if (*from == '\0')
      return false;
  }
}

/* All numbers here are within the first minute of Unix time. */
static inline bool oracle_time(const char *modifiers, const struct json_node *node, double *part) {
  int at[6] = {1970, 1, 1, 0, 0, 0};
  char text[TEXT_MAX];
  if (node->type == JSON_TYPE_STRING) {
    oracle_spell(node, text);
    if (sscanf(text, "%d-%d-%dT%d:%d:%dZ", &at[0], &at[1], &at[2], &at[3], &at[4], &at[5]) != 6)
      return false;
  } else if (node->type != JSON_TYPE_INT) {
    return false;
  } else if (node->value.integer < 0) { /* the last minute of 1969 */
    at[2] = 31;
    at[3] = 23;
    at[4] = 59;
  }
  *part = strstr(modifiers, "hour") ? at[3] : strstr(modifiers, "day") ? at[2] : at[4];
  return true;
}

static inline bool oracle_value(const struct field_test *test, const struct condition_value *value,
                                const struct json_node *node, const struct json_node *root) {
  char subject[TEXT_MAX];
  double left, right;
  if (strstr(test->modifiers, "fieldref")) {
    const struct json_node *other = oracle_find(root, value->text.data);
    return node && other && oracle_some_same(node, other, test->modifiers);
  }
  if (value->type == VALUE_NULL && (!node || node->type == JSON_TYPE_NULL))
    return true;
  if (!node)
    return false;
  if (node->type == JSON_TYPE_ARRAY) {
    for (JSON_EACH(element, node))
      if (oracle_value(test, value, element, root))
        return true;
    return false;
  }
  if (!oracle_spell(node, subject) || value->type == VALUE_NULL)
    return false;
  if (asks_time(test))
    return oracle_time(test->modifiers, node, &left) &&
           oracle_order(test->modifiers, left, (double)value->integer);
  if (value->type == VALUE_TEXT && strstr(test->modifiers, "64"))
    return oracle_encoded(test->modifiers, value->text.data, subject);
  if (value->type == VALUE_TEXT && strstr(test->modifiers, "windash"))
    return oracle_windash(!test->path[0] ? "|contains" : test->modifiers, value->text.data, 0,
                          subject);
  if (value->type == VALUE_TEXT)
    return oracle_text_test(
        strcmp(test->modifiers, "|all") == 0 && !test->path[0] ? "|contains" : test->modifiers,
        value->text.data, subject);
  if (value->type == VALUE_BOOL)
    return strcasecmp(subject, value->boolean ? "true" : "false") == 0;
  right = value->type == VALUE_INT ? (double)value->integer : value->real;
  if (test->modifiers[0]) {
    char *end = subject;
    left = strtod(subject, &end); /* no text here is a number to strtod that is none to JSON */
    return end != subject && *end == '\0' && subject[0] != ' ' &&
           oracle_order(test->modifiers, left, right);
  }
  if (oracle_number(node, &left))
    return left == right;
  char spelling[TEXT_MAX];
  if (value->text.size) /* as the rule has it */
    snprintf(spelling, sizeof spelling, "%.*s", TEXT_ARGS(value->text));
  else
    snprintf(spelling, sizeof spelling, "%g", right);
  return strcasecmp(subject, spelling) == 0;
}

/* Some value at any depth. */
static inline bool oracle_anywhere(const struct field_test *test,
                                   const struct condition_value *value,
                                   const struct json_node *node, const struct json_node *root) {
  if (!json_is_container(node))
    return oracle_value(test, value, node, root);
  for (JSON_EACH(child, node))
    if (oracle_anywhere(test, value, child, root))
      return true;
  return false;
}

static inline bool oracle_test(const struct field_test *test, const struct json_node *root) {
  const struct json_node *node = oracle_find(root, test->path);
  bool every = strstr(test->modifiers, "all");
  if (strstr(test->modifiers, "exists"))
    return test->values[0].boolean == (node != NULL);
  size_t fits = 0;
  for (size_t i = 0; i < test->count; i++)
    fits += test->path[0] ? oracle_value(test, &test->values[i], node, root)
                          : oracle_anywhere(test, &test->values[i], root, root);
  if (strstr(test->modifiers, "neq"))
    return node && node->type != JSON_TYPE_NULL && node->type != JSON_TYPE_OBJECT && fits == 0;
  return every ? fits == test->count : fits > 0;
}

static inline bool oracle_scene(const struct scene *scene, const struct json_node *root) {
  size_t fits = 0;
  for (size_t i = 0; i < scene->test_count; i++)
    fits += oracle_test(&scene->tests[i], root) != scene->tests[i].negated;
  return scene->any ? fits > 0 : fits == scene->test_count;
}

#endif
