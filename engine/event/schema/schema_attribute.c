/* The keys of a field description that have an inner form: times, indicators, validation,
 * transforms and masks. */
#include "event/schema/schema_read.h"

#include "base/suggestion.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The index of a word in a table, or -1 with a problem that suggests the nearest. */
static int read_word(struct schema_reader *reader, const struct yaml_node *value, const char *what,
                     const char *const *words, size_t count) {
  struct text word;
  char shown[80];
  if (!yaml_string(&reader->context, value, what, &word))
    return -1;
  for (size_t i = 0; i < count; i++)
    if (text_is(word, words[i]))
      return (int)i;
  struct suggestion suggestion;
  yaml_problem(&reader->context, value, "%s: unknown '%s'%s", what,
               text_printable(word, shown, sizeof shown),
               suggestion_find(word, words, count, &suggestion));
  return -1;
}

static bool read_one_time_format(struct schema_reader *reader, const struct yaml_node *value,
                                 const char *what, struct field_time_format *format) {
  static const char *const words[] = {[TIME_RFC3339] = "rfc3339",
                                      [TIME_UNIX] = "unix",
                                      [TIME_UNIX_MS] = "unix_ms",
                                      [TIME_UNIX_US] = "unix_us",
                                      [TIME_UNIX_NS] = "unix_ns"};
  struct text word;
  if (!yaml_string(&reader->context, value, what, &word))
    return false;
  if (memchr(word.data, '%', word.size)) {
    struct error error = ERROR_NONE;
    if (!time_form_check(word, &error))
      return yaml_problem(&reader->context, value, "%s: %s", what, error.text);
    format->kind = TIME_STRFTIME;
    format->strftime = arena_copy_string(reader->arena, word.data);
    return true;
  }
  int kind = read_word(reader, value, what, words, COUNT(words));
  if (kind < 0)
    return false;
  format->kind = (enum time_format)kind;
  return true;
}

static bool set_time_formats(struct schema_reader *reader, const struct yaml_node *const *values,
                             size_t count, const char *what, struct field *field) {
  bool good = true;
  struct field_time_format *formats = arena_alloc(reader->arena, count * sizeof *formats);
  for (size_t i = 0; i < count; i++)
    good &= read_one_time_format(reader, values[i], what, &formats[i]);
  if (field->time_format_count > 0)
    good = yaml_problem(&reader->context, values[0], "give timeFormat or timeFormats, not both");
  field->time_formats = formats;
  field->time_format_count = count;
  return good;
}

bool schema_read_time_format(struct schema_reader *reader, const struct yaml_node *value,
                             struct field *field) {
  return set_time_formats(reader, &value, 1, "timeFormat", field);
}

bool schema_read_time_formats(struct schema_reader *reader, const struct yaml_node *value,
                              struct field *field) {
  if (!yaml_expect(&reader->context, value, YAML_SEQUENCE, "timeFormats"))
    return false;
  if (value->count == 0)
    return yaml_problem(&reader->context, value, "timeFormats: the list is empty");
  return set_time_formats(reader, (const struct yaml_node *const *)value->items, value->count,
                          "timeFormats", field);
}

const char *const indicator_words[INDICATOR_COUNT] = {[INDICATOR_IP] = "ip",
                                                      [INDICATOR_DOMAIN] = "domain",
                                                      [INDICATOR_HOSTNAME] = "hostname",
                                                      [INDICATOR_URL] = "url",
                                                      [INDICATOR_NET_ADDR] = "net_addr",
                                                      [INDICATOR_EMAIL] = "email",
                                                      [INDICATOR_USERNAME] = "username",
                                                      [INDICATOR_MD5] = "md5",
                                                      [INDICATOR_SHA1] = "sha1",
                                                      [INDICATOR_SHA256] = "sha256",
                                                      [INDICATOR_TRACE_ID] = "trace_id",
                                                      [INDICATOR_ACTOR_ID] = "actor_id",
                                                      [INDICATOR_MAC] = "mac",
                                                      [INDICATOR_SERIAL_NUMBER] = "serial_number",
                                                      [INDICATOR_AWS_ACCOUNT_ID] = "aws_account_id",
                                                      [INDICATOR_AWS_ARN] = "aws_arn",
                                                      [INDICATOR_AWS_INSTANCE_ID] =
                                                          "aws_instance_id",
                                                      [INDICATOR_AWS_TAG] = "aws_tag"};

/* Reads a list of indicators into bits; only those of `allowed` may stand in it. */
static bool read_indicators(struct schema_reader *reader, const struct yaml_node *value,
                            const char *what, uint32_t allowed, uint32_t *indicators) {
  bool good = true;
  if (!yaml_expect(&reader->context, value, YAML_SEQUENCE, what))
    return false;
  for (size_t i = 0; i < value->count; i++) {
    int indicator =
        read_word(reader, value->items[i], what, indicator_words, COUNT(indicator_words));
    if (indicator >= 0 && !(allowed >> indicator & 1))
      good = yaml_problem(&reader->context, value->items[i],
                          "%s: '%s' cannot be found within a text; email and ip can", what,
                          indicator_words[indicator]);
    else if (indicator < 0)
      good = false;
    else
      *indicators |= 1u << indicator;
  }
  return good;
}

bool schema_read_indicators(struct schema_reader *reader, const struct yaml_node *value,
                            struct field *field) {
  return read_indicators(reader, value, "indicators", UINT32_MAX, &field->indicators);
}

bool schema_read_find_indicators(struct schema_reader *reader, const struct yaml_node *value,
                                 struct field *field) {
  return read_indicators(reader, value, "findIndicators",
                         1u << INDICATOR_EMAIL | 1u << INDICATOR_IP, &field->find_indicators);
}

static bool read_family(struct schema_reader *reader, const struct yaml_node *value,
                        const char *what, uint8_t *family) {
  static const char *const words[] = {"ipv4", "ipv6", "any"};
  static const uint8_t families[] = {4, 6, 10};
  if (!value)
    return true;
  int word = read_word(reader, value, what, words, COUNT(words));
  if (word >= 0)
    *family = families[word];
  return word >= 0;
}

bool schema_read_validate(struct schema_reader *reader, const struct yaml_node *value,
                          struct field *field) {
  static const char *const known[] = {"allow", "deny", "startswith", "ip", "cidr"};
  struct field_validate *validate = &field->validate;
  if (!yaml_expect(&reader->context, value, YAML_MAPPING, "validate"))
    return false;
  const struct yaml_node *allow = yaml_get(value, "allow"), *deny = yaml_get(value, "deny");
  const struct yaml_node *startswith = yaml_get(value, "startswith");
  const struct yaml_node *ip = yaml_get(value, "ip"), *cidr = yaml_get(value, "cidr");
  validate->asked = true;
  bool good = yaml_known_keys(&reader->context, value, "validate", known, COUNT(known));
  good &= !allow || schema_read_texts(reader, allow, "validate allow", true, &validate->allow,
                                      &validate->allow_count);
  good &= !deny || schema_read_texts(reader, deny, "validate deny", true, &validate->deny,
                                     &validate->deny_count);
  good &= !startswith || schema_read_texts(reader, startswith, "validate startswith", false,
                                           &validate->startswith, &validate->startswith_count);
  good &= read_family(reader, ip, "validate ip", &validate->ip);
  good &= read_family(reader, cidr, "validate cidr", &validate->cidr);
  if (ip && cidr)
    good = yaml_problem(&reader->context, cidr, "validate: give ip or cidr, not both");
  if (value->count == 0)
    good = yaml_problem(&reader->context, value,
                        "validate: give one of allow, deny, startswith, ip, cidr");
  return good;
}

/* What all transforms share: a mapping with these keys, and no other transform on the field. */
static bool begin_transform(struct schema_reader *reader, const struct yaml_node *value,
                            const char *word, const char *const *known, size_t known_count,
                            const struct field *field) {
  bool good = yaml_expect(&reader->context, value, YAML_MAPPING, word) &&
              yaml_known_keys(&reader->context, value, word, known, known_count);
  if (field->transform.kind != TRANSFORM_NONE)
    good = yaml_problem(&reader->context, value,
                        "%s: the field has another transform already; give one", word);
  return good;
}

static bool read_from(struct schema_reader *reader, const struct yaml_node *value, const char *word,
                      struct field *field) {
  const struct yaml_node *from = yaml_get(value, "from");
  struct text *text = arena_alloc(reader->arena, sizeof *text);
  char what[32];
  if (!from)
    return yaml_problem(&reader->context, value, "%s: the key 'from' is missing", word);
  snprintf(what, sizeof what, "%s from", word);
  if (!schema_read_text(reader, from, what, text))
    return false;
  if (text_equal(*text, field->name))
    return yaml_problem(&reader->context, from, "%s: it is the field itself", what);
  field->transform.from = text;
  field->transform.from_count = 1;
  return true;
}

static bool read_separator(struct schema_reader *reader, const struct yaml_node *value,
                           const char *what, struct field *field) {
  const struct yaml_node *separator = yaml_get(value, "separator");
  if (!separator)
    return yaml_problem(&reader->context, value, "%s is missing", what);
  struct text text;
  if (!yaml_string(&reader->context, separator, what, &text))
    return false;
  field->transform.separator = arena_copy(reader->arena, text);
  return true;
}

bool schema_read_rename(struct schema_reader *reader, const struct yaml_node *value,
                        struct field *field) {
  static const char *const known[] = {"from"};
  if (!begin_transform(reader, value, "rename", known, COUNT(known), field))
    return false;
  field->transform.kind = TRANSFORM_RENAME;
  return read_from(reader, value, "rename", field);
}

bool schema_read_copy(struct schema_reader *reader, const struct yaml_node *value,
                      struct field *field) {
  static const char *const known[] = {"from"};
  if (!begin_transform(reader, value, "copy", known, COUNT(known), field))
    return false;
  field->transform.kind = TRANSFORM_COPY;
  return read_from(reader, value, "copy", field);
}

bool schema_read_concat(struct schema_reader *reader, const struct yaml_node *value,
                        struct field *field) {
  static const char *const known[] = {"paths", "separator"};
  if (!begin_transform(reader, value, "concat", known, COUNT(known), field))
    return false;
  const struct yaml_node *paths = yaml_get(value, "paths");
  field->transform.kind = TRANSFORM_CONCAT;
  if (!paths)
    return yaml_problem(&reader->context, value, "concat: the key 'paths' is missing");
  bool good =
      !yaml_get(value, "separator") || read_separator(reader, value, "concat separator", field);
  return schema_read_texts(reader, paths, "concat paths", false, &field->transform.from,
                           &field->transform.from_count) &&
         good;
}

bool schema_read_split(struct schema_reader *reader, const struct yaml_node *value,
                       struct field *field) {
  static const char *const known[] = {"from", "separator", "index"};
  if (!begin_transform(reader, value, "split", known, COUNT(known), field))
    return false;
  const struct yaml_node *index = yaml_get(value, "index");
  field->transform.kind = TRANSFORM_SPLIT;
  bool good = read_from(reader, value, "split", field);
  good &= read_separator(reader, value, "split separator", field);
  if (good && field->transform.separator.size == 0)
    good = yaml_problem(&reader->context, value, "split separator: must not be empty");
  if (!index)
    return yaml_problem(&reader->context, value, "split: the key 'index' is missing");
  return yaml_int(&reader->context, index, "split index", 0, INT32_MAX, &field->transform.index) &&
         good;
}

bool schema_read_mask(struct schema_reader *reader, const struct yaml_node *value,
                      struct field *field) {
  static const char *const known[] = {"type", "to"};
  static const char *const types[] = {"redact"};
  const struct yaml_node *type = yaml_get(value, "type"), *to = yaml_get(value, "to");
  struct text text;
  if (!yaml_expect(&reader->context, value, YAML_MAPPING, "mask") ||
      !yaml_known_keys(&reader->context, value, "mask", known, COUNT(known)))
    return false;
  if (!type)
    return yaml_problem(&reader->context, value, "mask: the key 'type' is missing");
  if (read_word(reader, type, "mask type", types, COUNT(types)) < 0)
    return false;
  field->mask.kind = MASK_REDACT;
  field->mask.to = TEXT("REDACTED");
  if (to) {
    if (!yaml_string(&reader->context, to, "mask to", &text))
      return false;
    field->mask.to = arena_copy(reader->arena, text);
  }
  return true;
}
