#include "rule/condition/condition_key.h"

#include "base/suggestion.h"

#include <stdarg.h>
#include <stdio.h>

/* Which values a comparison takes. */
enum {
  TAKES_TEXT = 1 << VALUE_TEXT,
  TAKES_NUMBER = 1 << VALUE_INT | 1 << VALUE_REAL,
  TAKES_BOOL = 1 << VALUE_BOOL,
  TAKES_NULL = 1 << VALUE_NULL
};

/* What goes with a comparison besides its values. */
enum {
  WITH_LIST = 1 << 0, /* several values, `all` */
  WITH_CASED = 1 << 1,
  WITH_ANY_FIELD = 1 << 2,
  WITH_REFERENCE = 1 << 3, /* fieldref */
  WITH_ENCODING = 1 << 4,
  WITH_DIFFERS = 1 << 5, /* neq */
  WITH_PART = 1 << 6     /* hour and its like */
};

static const struct {
  const char *name;
  unsigned takes, with;
} comparisons[] = {
    [COMPARE_EQUAL] = {"", TAKES_TEXT | TAKES_NUMBER | TAKES_BOOL | TAKES_NULL, ~0u},
    [COMPARE_CONTAINS] = {"contains", TAKES_TEXT | TAKES_NUMBER, ~(unsigned)WITH_PART},
    [COMPARE_STARTS] = {"startswith", TAKES_TEXT | TAKES_NUMBER, ~(unsigned)WITH_PART},
    [COMPARE_ENDS] = {"endswith", TAKES_TEXT | TAKES_NUMBER, ~(unsigned)WITH_PART},
    [COMPARE_REGEX] = {"re", TAKES_TEXT, WITH_LIST | WITH_ANY_FIELD | WITH_DIFFERS},
    [COMPARE_CIDR] = {"cidr", TAKES_TEXT, WITH_LIST | WITH_ANY_FIELD | WITH_DIFFERS},
    [COMPARE_EXISTS] = {"exists", TAKES_BOOL, 0},
    [COMPARE_GT] = {"gt", TAKES_NUMBER, WITH_PART},
    [COMPARE_GTE] = {"gte", TAKES_NUMBER, WITH_PART},
    [COMPARE_LT] = {"lt", TAKES_NUMBER, WITH_PART},
    [COMPARE_LTE] = {"lte", TAKES_NUMBER, WITH_PART},
    [COMPARE_LOOKUP] = {"lookup", TAKES_TEXT, WITH_LIST | WITH_DIFFERS},
};

enum modifier_kind {
  MODIFIER_COMPARISON,
  MODIFIER_ALL,
  MODIFIER_CASED,
  MODIFIER_DIFFERS,
  MODIFIER_REFERENCE,
  MODIFIER_PART,
  MODIFIER_ENCODING,
  MODIFIER_REGEX_OPTION,
  MODIFIER_PLACEHOLDERS
};

static const struct modifier {
  const char *name;
  enum modifier_kind kind;
  unsigned value; /* comparison, encoding, part or regex option */
} modifiers[] = {
    {"contains", MODIFIER_COMPARISON, COMPARE_CONTAINS},
    {"startswith", MODIFIER_COMPARISON, COMPARE_STARTS},
    {"endswith", MODIFIER_COMPARISON, COMPARE_ENDS},
    {"all", MODIFIER_ALL, 0},
    {"re", MODIFIER_COMPARISON, COMPARE_REGEX},
    {"cidr", MODIFIER_COMPARISON, COMPARE_CIDR},
    {"exists", MODIFIER_COMPARISON, COMPARE_EXISTS},
    {"gt", MODIFIER_COMPARISON, COMPARE_GT},
    {"gte", MODIFIER_COMPARISON, COMPARE_GTE},
    {"lt", MODIFIER_COMPARISON, COMPARE_LT},
    {"lte", MODIFIER_COMPARISON, COMPARE_LTE},
    {"lookup", MODIFIER_COMPARISON, COMPARE_LOOKUP},
    {"cased", MODIFIER_CASED, 0},
    {"neq", MODIFIER_DIFFERS, 0},
    {"fieldref", MODIFIER_REFERENCE, 0},
    {"i", MODIFIER_REGEX_OPTION, REGEX_FOLD},
    {"ignorecase", MODIFIER_REGEX_OPTION, REGEX_FOLD},
    {"m", MODIFIER_REGEX_OPTION, REGEX_MULTILINE},
    {"multiline", MODIFIER_REGEX_OPTION, REGEX_MULTILINE},
    {"s", MODIFIER_REGEX_OPTION, REGEX_DOT_ALL},
    {"dotall", MODIFIER_REGEX_OPTION, REGEX_DOT_ALL},
    {"windash", MODIFIER_ENCODING, ENCODING_DASHES},
    {"wide", MODIFIER_ENCODING, ENCODING_UTF16LE},
    {"utf16le", MODIFIER_ENCODING, ENCODING_UTF16LE},
    {"utf16be", MODIFIER_ENCODING, ENCODING_UTF16BE},
    {"utf16", MODIFIER_ENCODING, ENCODING_UTF16},
    {"base64", MODIFIER_ENCODING, ENCODING_BASE64},
    {"base64offset", MODIFIER_ENCODING, ENCODING_BASE64_OFFSET},
    {"minute", MODIFIER_PART, PART_MINUTE},
    {"hour", MODIFIER_PART, PART_HOUR},
    {"day", MODIFIER_PART, PART_DAY},
    {"week", MODIFIER_PART, PART_WEEK},
    {"month", MODIFIER_PART, PART_MONTH},
    {"year", MODIFIER_PART, PART_YEAR},
    {"expand", MODIFIER_PLACEHOLDERS, 0},
};
enum { MODIFIER_COUNT = sizeof modifiers / sizeof modifiers[0] };
_Static_assert(MODIFIER_COUNT <= 64, "a bit for each modifier");

bool condition_key_wrong(const struct condition_key *key, const char *format, ...) {
  char cause[sizeof key->error->text];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(cause, sizeof cause, format, arguments);
  va_end(arguments);
  return error_set(key->error, "%s in %s '%s'", cause, key->noun, key->shown);
}

const char *comparison_name(enum comparison comparison) {
  return comparisons[comparison].name;
}

static const char *name_of(enum modifier_kind kind, unsigned value) {
  for (size_t i = 0; i < MODIFIER_COUNT; i++)
    if (modifiers[i].kind == kind && modifiers[i].value == value)
      return modifiers[i].name;
  return "";
}

const char *time_part_name(enum time_part part) {
  return name_of(MODIFIER_PART, part);
}

const char *condition_key_taker(const struct condition_key *key) {
  return key->part             ? time_part_name(key->part)
         : key->reference      ? "fieldref"
         : key->encoding_count ? name_of(MODIFIER_ENCODING, key->encodings[0])
                               : comparisons[key->comparison].name;
}

unsigned condition_key_takes(const struct condition_key *key) {
  if (key->part)
    return TAKES_NUMBER;
  if (key->reference || key->encoding_count)
    return TAKES_TEXT;
  return comparisons[key->comparison].takes;
}

bool condition_key_takes_list(const struct condition_key *key) {
  return comparisons[key->comparison].with & WITH_LIST;
}

static bool unknown_modifier(const struct condition_key *key, struct text name) {
  const char *names[MODIFIER_COUNT];
  char shown[64];
  for (size_t i = 0; i < MODIFIER_COUNT; i++)
    names[i] = modifiers[i].name;
  struct suggestion suggestion;
  return error_set(key->error, "unknown modifier '%s' in %s '%s'%s",
                   text_printable(name, shown, sizeof shown), key->noun, key->shown,
                   suggestion_find(name, names, MODIFIER_COUNT, &suggestion));
}

static const struct modifier *find_modifier(struct text name) {
  for (size_t i = 0; i < MODIFIER_COUNT; i++)
    if (text_is(name, modifiers[i].name))
      return &modifiers[i];
  return NULL;
}

static bool exclude(const struct condition_key *key, const char *one, const char *other) {
  return condition_key_wrong(key, "modifiers '%s' and '%s' exclude each other", one, other);
}

/* Modifiers are applied in their order, so what is looked for has to be known before how. */
static bool add_encoding(struct condition_key *key, const struct modifier *modifier) {
  bool dashes = modifier->value == ENCODING_DASHES;
  if (key->comparison != COMPARE_EQUAL && !dashes)
    return condition_key_wrong(key, "'%s' has to stand before '%s'", modifier->name,
                               comparisons[key->comparison].name);
  if (key->encoding_count && dashes)
    return condition_key_wrong(key, "'windash' has to stand before '%s'",
                               name_of(MODIFIER_ENCODING, key->encodings[0]));
  key->encodings[key->encoding_count++] = (enum condition_encoding)modifier->value;
  return true;
}

static bool apply_modifier(struct condition_key *key, const struct modifier *modifier) {
  switch (modifier->kind) {
  case MODIFIER_COMPARISON:
    if (key->comparison != COMPARE_EQUAL)
      return exclude(key, comparisons[key->comparison].name, modifier->name);
    key->comparison = (enum comparison)modifier->value;
    break;
  case MODIFIER_ALL:
    key->every = true;
    break;
  case MODIFIER_CASED:
    key->cased = true;
    break;
  case MODIFIER_DIFFERS:
    key->differs = true;
    break;
  case MODIFIER_REFERENCE:
    key->reference = true;
    break;
  case MODIFIER_PART:
    if (key->part)
      return exclude(key, time_part_name(key->part), modifier->name);
    key->part = (enum time_part)modifier->value;
    break;
  case MODIFIER_ENCODING:
    return add_encoding(key, modifier);
  case MODIFIER_REGEX_OPTION:
    if (key->comparison != COMPARE_REGEX)
      return condition_key_wrong(key, "modifier '%s' without 're' before it", modifier->name);
    key->regex_options |= modifier->value;
    break;
  case MODIFIER_PLACEHOLDERS:
    return condition_key_wrong(key, "'expand' wants placeholders (%%name%%), which there are none "
                                    "of here: write the values out");
  }
  return true;
}

/* Takes the part before the next separator off `rest`. */
static struct text take_part(struct text *rest, char separator) {
  const char *end = memchr(rest->data, separator, rest->size);
  struct text part = {rest->data, end ? (size_t)(end - rest->data) : rest->size};
  *rest = end ? (struct text){end + 1, rest->size - part.size - 1} : (struct text){NULL, 0};
  return part;
}

static bool check_path(const struct condition_key *key) {
  if (!text_is_utf8(key->path))
    return condition_key_wrong(key, "a field name that is not valid UTF-8");
  for (struct text rest = key->path; rest.data;)
    if (take_part(&rest, '.').size == 0)
      return condition_key_wrong(key, "an empty part of a field's path");
  return true;
}

/* Each thing that a key can have besides its comparison, and what else it does not go with. */
static bool check_combination(const struct condition_key *key) {
  const struct {
    bool there;
    unsigned with;
    const char *name;
  } parts[] = {
      {key->cased, WITH_CASED, "cased"},
      {key->every, WITH_LIST, "all"},
      {key->differs, WITH_DIFFERS, "neq"},
      {key->reference, WITH_REFERENCE, "fieldref"},
      {key->encoding_count > 0, WITH_ENCODING,
       key->encoding_count ? name_of(MODIFIER_ENCODING, key->encodings[0]) : ""},
      {key->part != PART_NONE, WITH_PART, time_part_name(key->part)},
  };
  const char *name = comparisons[key->comparison].name;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (parts[i].there && !(comparisons[key->comparison].with & parts[i].with))
      return error_set(key->error, "'%s' does not go with '%s' in %s '%s'%s", parts[i].name, name,
                       key->noun, key->shown,
                       key->cased && key->comparison == COMPARE_REGEX
                           ? " (regexes keep to case unless 're|i')"
                           : "");
  if (key->differs && key->every)
    return condition_key_wrong(key, "'all' does not go with 'neq' (which means: none of these)");
  if (key->reference && key->encoding_count)
    return exclude(key, "fieldref", parts[4].name);
  if (key->part && (key->reference || key->encoding_count || key->cased || key->every))
    return exclude(key, parts[5].name,
                   key->reference        ? "fieldref"
                   : key->encoding_count ? parts[4].name
                   : key->cased          ? "cased"
                                         : "all");
  if (key->path.size == 0 && (key->differs || key->reference || key->part ||
                              !(comparisons[key->comparison].with & WITH_ANY_FIELD)))
    return condition_key_wrong(key, "no field name");
  return true;
}

bool condition_key_read(struct condition_key *key, struct text text) {
  struct text rest = text;
  text_printable(text, key->shown, sizeof key->shown);
  if (text.size == 0)
    return condition_key_wrong(key, "no field name");
  key->path = take_part(&rest, '|');
  if (key->path.size && !check_path(key))
    return false;
  uint64_t seen = 0;
  while (rest.data) {
    struct text name = take_part(&rest, '|');
    const struct modifier *modifier = find_modifier(name);
    if (!modifier)
      return name.size ? unknown_modifier(key, name)
                       : condition_key_wrong(key, "an empty modifier");
    if (seen & UINT64_C(1) << (modifier - modifiers))
      return condition_key_wrong(key, "modifier '%s' twice", modifier->name);
    seen |= UINT64_C(1) << (modifier - modifiers);
    if (!apply_modifier(key, modifier))
      return false;
  }
  if (!check_combination(key))
    return false;
  /* Somewhere in the event means somewhere in a text of it. */
  if (key->path.size == 0 && key->comparison == COMPARE_EQUAL)
    key->comparison = COMPARE_CONTAINS;
  return true;
}
