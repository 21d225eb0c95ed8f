#include "event/schema/check.h"

#include "base/ip.h"
#include "event/schema/time_value.h"

#include <stdio.h>
#include <string.h>

/* From a value up to its top-level field, for the error; on the stack of the checks. */
struct place {
  const struct place *parent;
  const struct field *field; /* NULL for an array's element */
  uint32_t index;
  bool masked;                  /* the value, or one that it is within, is to be seen nowhere */
  struct schema_errors *errors; /* of the top: takes what costs a value only; NULL: nothing does */
};

static const struct place *top_of(const struct place *place) {
  while (place->parent)
    place = place->parent;
  return place;
}

/* As messages spell it (`indexed`), or as conditions do: "a.b[2].c", "a.b.c". */
static const char *place_path(const struct place *place, bool indexed, char *out, size_t size) {
  const struct place *from_top[256];
  size_t depth = 0, used = 0;
  for (; place && depth < sizeof from_top / sizeof from_top[0]; place = place->parent)
    from_top[depth++] = place;
  out[0] = '\0';
  while (depth-- > 0 && used + 1 < size) {
    char name[64];
    int written = 0;
    if (from_top[depth]->field)
      written = snprintf(out + used, size - used, "%s%s", used ? "." : "",
                         text_printable(from_top[depth]->field->name, name, sizeof name));
    else if (indexed)
      written = snprintf(out + used, size - used, "[%u]", from_top[depth]->index);
    used += written > 0 ? (size_t)written : 0;
  }
  return out;
}

/* Of a member of an object. */
static struct place place_of(const struct place *object, const struct field *field) {
  return (struct place){
      .parent = object, .field = field, .masked = object->masked || field->mask.kind != MASK_NONE};
}

/* What refuses is not inlined, so that its texts take no room on the stacks of what is fine. */

/* "field 'a.b': WHAT", with the value where that helps and may be. */
static __attribute__((cold)) bool refuse(const struct place *place, const struct json_node *value,
                                         const char *what, struct error *error) {
  char path[256], shown[64];
  place_path(place, true, path, sizeof path);
  if (value && value->type == JSON_TYPE_STRING && !place->masked) {
    text_printable(json_text(value), shown, sizeof shown);
    error_set(error, "field '%s': '%s' %s", path, shown, what);
    return error_mark_data(error, strlen("field '': '") + strlen(path), strlen(shown));
  }
  return error_set(error, "field '%s': the value %s", path, what);
}

/* Whether a value that does not fit this field costs the value only: it is left as it came. What a
 * schema asks of a text it asks of every value. */
static bool costs_value(const struct place *place, const struct field *field) {
  return top_of(place)->errors && !field->validate.asked;
}

/* Lists the value as one that its event does without. Always true. */
static bool list_error(const struct place *place, const char *reason) {
  struct schema_errors *errors = top_of(place)->errors;
  char path[256];
  return errors->seen >= SCHEMA_ERRORS_SEEN_MAX ||
         schema_errors_add(errors, text_from(place_path(place, false, path, sizeof path)),
                           text_from(reason));
}

/* A value of the right type that is none of the field's. */
static __attribute__((cold)) bool misfit(const struct place *place, const struct field *field,
                                         const struct json_node *value, const char *what,
                                         struct error *error) {
  if (costs_value(place, field))
    return list_error(place, what);
  return refuse(place, value, what, error);
}

static __attribute__((cold)) bool mistyped(const struct place *place, const struct field *field,
                                           const struct json_node *value, struct error *error) {
  static const char *const found[] = {
      [JSON_TYPE_NULL] = "null",
      [JSON_TYPE_FALSE] = "a boolean",
      [JSON_TYPE_TRUE] = "a boolean",
      [JSON_TYPE_INT] = "a whole number",
      [JSON_TYPE_UINT] = "a whole number past 64 bits",
      [JSON_TYPE_LARGE] = "a number past 64 bits",
      [JSON_TYPE_DOUBLE] = "a number with a fraction or exponent",
      [JSON_TYPE_STRING] = "a string",
      [JSON_TYPE_ARRAY] = "an array",
      [JSON_TYPE_OBJECT] = "an object",
  };
  char path[256], reason[96];
  snprintf(reason, sizeof reason, "expected %s, found %s", field_type_word(field->type),
           found[value->type]);
  if (costs_value(place, field))
    return list_error(place, reason);
  return error_set(error, "field '%s': %s", place_path(place, true, path, sizeof path), reason);
}

/* A whole number is one however it is written: 1.0 and 1e3 are, as is what is left of a fraction
 * past 2^53. As it is written of an event, it is read as one. */
static bool is_whole(const struct json_node *value, int64_t *number) {
  const double beyond = 9223372036854775808.0; /* 2^63 */
  double real = value->value.real;
  if (value->type == JSON_TYPE_INT)
    *number = value->value.integer;
  else if (value->type == JSON_TYPE_DOUBLE && real >= -beyond && real < beyond)
    *number = (int64_t)real;
  else
    return false;
  return value->type == JSON_TYPE_INT || (double)*number == real;
}

static __attribute__((noinline)) bool check_integer(const struct place *place,
                                                    const struct field *field,
                                                    const struct json_node *value,
                                                    struct error *error) {
  static const int64_t limits[] = {
      [FIELD_INT] = INT32_MAX, [FIELD_SMALLINT] = INT16_MAX, [FIELD_BIGINT] = INT64_MAX};
  if (value->type == JSON_TYPE_UINT || value->type == JSON_TYPE_LARGE)
    return misfit(place, field, NULL, "is too large for a bigint", error);
  int64_t limit = limits[field->type], number;
  if (!is_whole(value, &number))
    return mistyped(place, field, value, error);
  if (number > limit || number < -limit - 1) {
    char what[96], shown[24];
    if (place->masked || costs_value(place, field))
      return misfit(place, field, NULL, "is outside its type's range", error);
    snprintf(shown, sizeof shown, "%lld", (long long)number);
    snprintf(what, sizeof what, "%s is outside the range of %s", shown,
             field_type_word(field->type));
    refuse(place, NULL, what, error);
    return error_mark_data(error, strlen(error->text) - strlen(what), strlen(shown));
  }
  return true;
}

static bool listed(const struct text *list, size_t count, struct text text) {
  for (size_t i = 0; i < count; i++)
    if (text_equal(list[i], text))
      return true;
  return false;
}

bool check_start(const struct field *field, struct text text) {
  const struct field_validate *validate = &field->validate;
  for (size_t i = 0; i < validate->startswith_count; i++) {
    struct text start = validate->startswith[i];
    if (text.size >= start.size && *text.data == *start.data &&
        memcmp(text.data, start.data, start.size) == 0)
      return true;
  }
  return false;
}

static bool is_address(struct text text, uint8_t family) {
  struct ip ip;
  return ip_parse(text, &ip) && (family == 10 || ip.family == family);
}

static bool is_network(struct text text, uint8_t family) {
  struct ip_network network;
  return text.size && memchr(text.data, '/', text.size) && ip_network_parse(text, &network) &&
         (family == 10 || network.address.family == family);
}

static __attribute__((noinline)) bool check_string(const struct place *place,
                                                   const struct field *field,
                                                   const struct json_node *value,
                                                   struct error *error) {
  const struct field_validate *validate = &field->validate;
  struct text text = json_text(value);
  if (validate->allow && !listed(validate->allow, validate->allow_count, text))
    return refuse(place, value, "is not one of the allowed values", error);
  if (validate->deny && listed(validate->deny, validate->deny_count, text))
    return refuse(place, value, "is a denied value", error);
  if (validate->startswith && !check_start(field, text))
    return refuse(place, value, "does not begin with an allowed text", error);
  if (validate->ip && !is_address(text, validate->ip))
    return refuse(place, value,
                  validate->ip == 4   ? "is not an IPv4 address"
                  : validate->ip == 6 ? "is not an IPv6 address"
                                      : "is not an IP address",
                  error);
  if (validate->cidr && !is_network(text, validate->cidr))
    return refuse(place, value,
                  validate->cidr == 4   ? "is not an IPv4 network (a.b.c.d/n)"
                  : validate->cidr == 6 ? "is not an IPv6 network (a:b::/n)"
                                        : "is not a network (address/n)",
                  error);
  return true;
}

bool check_reads_time(const struct field *field, const struct json_node *value, time_us *time) {
  for (size_t i = 0; i < field->time_format_count; i++)
    if (time_value_read(&field->time_formats[i], value, time))
      return true;
  return false;
}

static __attribute__((noinline)) bool check_time(const struct place *place,
                                                 const struct field *field,
                                                 const struct json_node *value, time_us *time,
                                                 struct error *error) {
  static const char *const words[] = {
      [TIME_RFC3339] = "is not a time (expected rfc3339, as 2024-03-21T07:09:03Z)",
      [TIME_UNIX] = "is not a time in seconds since 1970",
      [TIME_UNIX_MS] = "is not a time in milliseconds since 1970",
      [TIME_UNIX_US] = "is not a time in microseconds since 1970",
      [TIME_UNIX_NS] = "is not a time in nanoseconds since 1970",
      [TIME_STRFTIME] = "is not a time of the schema's form",
  };
  if (check_reads_time(field, value, time))
    return true;
  if (json_is_container(value) || value->type == JSON_TYPE_TRUE || value->type == JSON_TYPE_FALSE)
    return mistyped(place, field, value, error);
  const struct field_time_format *format = field->time_formats;
  if (field->time_format_count > 1)
    return misfit(place, field, value, "is not a time in any of the schema's forms", error);
  if (format->kind == TIME_STRFTIME && strstr(format->strftime, "%Z"))
    return misfit(place, field, value,
                  "is not a time of the schema's form (zone: UTC, GMT, Z or an offset)", error);
  return misfit(place, field, value, words[format->kind], error);
}

static bool check(const struct place *place, const struct field *field,
                  const struct json_node *value, time_us *time, struct error *error);

/* Times that are looked at because no earlier one is one. */
static bool check_on_demand(const struct place *place, const struct field *field,
                            const struct json_node *value, struct error *error) {
  time_us ignored;
  for (size_t i = 0; i < field->field_count; i++) {
    struct place inner = place_of(place, &field->fields[i]);
    const struct json_node *member =
        inner.field->on_demand ? json_get(value, inner.field->name) : NULL;
    if (member && member->type != JSON_TYPE_NULL &&
        !check(&inner, inner.field, member, &ignored, error))
      return false;
  }
  return true;
}

static bool check_required(const struct place *place, const struct field *field,
                           const struct json_node *value, struct error *error) {
  for (size_t i = 0; i < field->field_count; i++) {
    struct place inner = place_of(place, &field->fields[i]);
    const struct json_node *member =
        inner.field->required ? json_get(value, inner.field->name) : NULL;
    if (inner.field->required && (!member || member->type == JSON_TYPE_NULL))
      return refuse(&inner, NULL, "is required, but missing or null", error);
  }
  return true;
}

static bool check_object(const struct place *place, const struct field *field,
                         const struct json_node *value, struct error *error) {
  time_us ignored;
  size_t expected = 0;
  for (JSON_EACH(member, value)) {
    int at = field_find_near(field, json_key(member), expected);
    if (at < 0)
      continue;
    expected = (size_t)at + 1;
    struct place inner = place_of(place, &field->fields[at]);
    if (member->type != JSON_TYPE_NULL && !check(&inner, inner.field, member, &ignored, error))
      return false;
  }
  if (field->requires_fields && !check_required(place, field, value, error))
    return false;
  if (!field->holds_event_time)
    return true;
  const struct schema_errors *errors = top_of(place)->errors;
  return !errors || !errors->on_demand || check_on_demand(place, field, value, error);
}

static bool check_array(const struct place *place, const struct field *field,
                        const struct json_node *value, struct error *error) {
  struct place inner = {.parent = place,
                        .masked = place->masked || field->element->mask.kind != MASK_NONE};
  time_us ignored;
  for (JSON_EACH(element, value)) {
    if (element->type != JSON_TYPE_NULL && !check(&inner, field->element, element, &ignored, error))
      return false;
    inner.index++;
  }
  return true;
}

/* The depth of the recursion is bounded by the reader's depth of nesting. */
static bool check(const struct place *place, const struct field *field,
                  const struct json_node *value, time_us *time, struct error *error) {
  switch (field->type) {
  case FIELD_STRING:
    if (value->type != JSON_TYPE_STRING)
      return mistyped(place, field, value, error);
    return !field->validate.asked || check_string(place, field, value, error);
  case FIELD_INT:
  case FIELD_SMALLINT:
  case FIELD_BIGINT:
    return check_integer(place, field, value, error);
  case FIELD_FLOAT:
    return (value->type >= JSON_TYPE_INT && value->type <= JSON_TYPE_DOUBLE) ||
           mistyped(place, field, value, error);
  case FIELD_BOOLEAN:
    return value->type == JSON_TYPE_TRUE || value->type == JSON_TYPE_FALSE ||
           mistyped(place, field, value, error);
  case FIELD_TIMESTAMP:
    return check_time(place, field, value, time, error);
  case FIELD_ARRAY:
    return value->type == JSON_TYPE_ARRAY ? check_array(place, field, value, error)
                                          : mistyped(place, field, value, error);
  case FIELD_OBJECT:
    return value->type == JSON_TYPE_OBJECT ? check_object(place, field, value, error)
                                           : mistyped(place, field, value, error);
  case FIELD_JSON:
    break;
  }
  return true;
}

bool check_value(const struct field *field, const struct json_node *value, time_us *time,
                 struct error *error) {
  struct place place = {.field = field, .masked = field->mask.kind != MASK_NONE};
  return value->type == JSON_TYPE_NULL || check(&place, field, value, time, error);
}

bool check_leniently(const struct field *field, const struct json_node *value, time_us *time,
                     struct schema_errors *errors, struct error *error) {
  struct place place = {.field = field, .masked = field->mask.kind != MASK_NONE, .errors = errors};
  return value->type == JSON_TYPE_NULL || check(&place, field, value, time, error);
}
