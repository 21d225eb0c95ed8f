#include "command/new_rule.h"

#include "rule/lua_text.h"

#include <inttypes.h>

/* Conditions of the where: with more it would match this one event only. */
#define CONDITIONS_MAX 3
/* Longer texts are sentences, which differ from event to event. */
#define TELLING_SIZE_MAX 40

/* ---- Lua's spelling ---- */

static bool is_name(struct text text) {
  static const char *const reserved[] = {"and",   "break", "do",       "else", "elseif", "end",
                                         "false", "for",   "function", "goto", "if",     "in",
                                         "local", "nil",   "not",      "or",   "repeat", "return",
                                         "then",  "true",  "until",    "while"};
  for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
    if (text_equal(text, text_from(reserved[i])))
      return false;
  for (size_t i = 0; i < text.size; i++) {
    char c = text.data[i];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!letter && (i == 0 || c < '0' || c > '9'))
      return false;
  }
  return text.size > 0;
}

static void write_key(struct buffer *out, struct text key) {
  if (is_name(key)) {
    buffer_append_text(out, key);
  } else {
    buffer_append_char(out, '[');
    lua_text_write(out, key);
    buffer_append_char(out, ']');
  }
  buffer_append_string(out, " = ");
}

static void write_value(struct buffer *out, const struct json_node *node, int depth);

static void write_container(struct buffer *out, const struct json_node *node, int depth) {
  buffer_append_char(out, '{');
  for (JSON_EACH(child, node)) {
    if (child->type == JSON_TYPE_NULL && child->key)
      continue; /* nil is the same as no such field */
    buffer_printf(out, "\n%*s", (depth + 1) * 2, "");
    if (child->key)
      write_key(out, json_key(child));
    write_value(out, child, depth + 1);
    buffer_append_char(out, ',');
  }
  if (node->size)
    buffer_printf(out, "\n%*s", depth * 2, "");
  buffer_append_char(out, '}');
}

static void write_value(struct buffer *out, const struct json_node *node, int depth) {
  switch ((enum json_type)node->type) {
  case JSON_TYPE_STRING:
    lua_text_write(out, json_text(node));
    break;
  case JSON_TYPE_ARRAY:
  case JSON_TYPE_OBJECT:
    write_container(out, node, depth);
    break;
  case JSON_TYPE_NULL:
    buffer_append_string(out, "false"); /* keeps its place in a list */
    break;
  default:
    json_write(out, node);
    break;
  }
}

/* ---- what distinguishes the event ---- */

struct condition_choice {
  struct text field, value;
};

static bool is_telling(const struct field *field, const struct json_node *node) {
  if (!node || node->type != JSON_TYPE_STRING || field->type != FIELD_STRING || field->indicators ||
      field->mask.kind != MASK_NONE || node->size == 0 || node->size > TELLING_SIZE_MAX)
    return false;
  struct text text = json_text(node);
  for (size_t i = 0; i < text.size; i++)
    if ((text.data[i] >= '0' && text.data[i] <= '9') || text.data[i] == '@')
      return false;
  return true;
}

static size_t choose(const struct event *event, struct condition_choice choices[CONDITIONS_MAX]) {
  const struct schema *schema = event->schema;
  size_t count = 0;
  for (size_t i = 0; i < schema->field_count && count < CONDITIONS_MAX; i++) {
    const struct field *field = &schema->fields[i];
    bool distinguishes = is_telling(field, event->slots[i]);
    if (schema->discriminator)
      distinguishes = field == schema->discriminator && event->slots[i];
    if (distinguishes)
      choices[count++] = (struct condition_choice){field->name, json_text(event->slots[i])};
  }
  return count;
}

/* Wildcards in a value stand for themselves. */
static void write_where_value(struct buffer *out, struct text value) {
  struct buffer escaped = BUFFER_NONE;
  for (size_t i = 0; i < value.size; i++) {
    char c = value.data[i];
    if (c == '*' || c == '?' || c == '\\')
      buffer_append_char(&escaped, '\\');
    buffer_append_char(&escaped, c);
  }
  lua_text_write(out, buffer_text(&escaped));
  buffer_free(&escaped);
}

/* ---- the file ---- */

static void write_metadata(const struct new_rule *rule, const struct condition_choice *choices,
                           size_t count, struct buffer *out) {
  buffer_append_string(out, "metadata {\n  id = ");
  lua_text_write(out, rule->id);
  buffer_append_string(out, ",\n  display_name = ");
  lua_text_write(out, rule->id);
  buffer_append_string(out, ",\n  log_types = { ");
  lua_text_write(out, rule->event->log_type);
  buffer_printf(out, " },\n  severity = \"%s\",\n", rule->severity);
  buffer_append_string(out, "  description = \"What happened, and why it matters.\\n\\n\"\n"
                            "    .. \"False positives: when it is harmless.\",\n"
                            "  runbook = \"1. What to look at first.\\n\"\n"
                            "    .. \"2. Whom to ask.\\n\"\n"
                            "    .. \"3. What to do when nobody can explain it.\",\n");
  if (count) {
    buffer_append_string(out, "  where = {\n");
    for (size_t i = 0; i < count; i++) {
      buffer_append_string(out, "    ");
      write_key(out, choices[i].field);
      write_where_value(out, choices[i].value);
      buffer_append_string(out, ",\n");
    }
    buffer_append_string(out, "  },\n");
  }
  buffer_append_string(out, "}\n");
}

/* Names who did it, where a field says so. */
static void write_title(const struct new_rule *rule, struct buffer *out) {
  const struct schema *schema = rule->event->schema;
  const struct field *who = NULL;
  for (size_t i = 0; i < schema->field_count && !who; i++)
    if (schema->fields[i].indicators >> INDICATOR_EMAIL & 1 && is_name(schema->fields[i].name))
      who = &schema->fields[i];
  buffer_printf(out, "\nfunction title(%s)\n  return ", who ? "event" : "");
  lua_text_write(out, rule->id);
  if (who)
    buffer_printf(out, " .. \" by \" .. (event.%.*s or \"somebody\")", TEXT_ARGS(who->name));
  buffer_append_string(out, "\nend\n");
}

static void write_tests(const struct condition_choice *choices, size_t count, struct buffer *out) {
  buffer_append_string(out, "\ntests {\n"
                            "  { name = \"what it looks for\", event = sample, expect = true },\n");
  if (count) {
    struct buffer other = BUFFER_NONE;
    buffer_append_text(&other, choices[0].value);
    buffer_append_string(&other, "_other");
    buffer_append_string(out, "  { name = \"something else\", event = sample, set = { ");
    write_key(out, choices[0].field);
    lua_text_write(out, buffer_text(&other));
    buffer_append_string(out, " },\n    expect = false },\n");
    buffer_free(&other);
  }
  buffer_append_string(out, "}\n");
}

void new_rule_write(const struct new_rule *rule, struct buffer *out) {
  struct condition_choice choices[CONDITIONS_MAX];
  size_t count = choose(rule->event, choices);
  write_metadata(rule, choices, count, out);
  if (count == 0)
    buffer_append_string(out, "\n-- Decides what the where cannot say.\n"
                              "function rule(event)\n  return true\nend\n");
  write_title(rule, out);
  buffer_append_string(out, "\nlocal sample = ");
  write_value(out, rule->event->root, 0);
  buffer_append_char(out, '\n');
  write_tests(choices, count, out);
}

/* ---- a made-up record ---- */

static void write_sample_object(const struct field *fields, size_t count, struct buffer *json);

static void write_sample_time(const struct field *field, struct buffer *json) {
  static const int64_t since_1970 = INT64_C(1704103200); /* 2024-01-01T10:00:00Z */
  switch (field->time_formats[0].kind) {
  case TIME_UNIX:
    buffer_printf(json, "%" PRId64, since_1970);
    break;
  case TIME_UNIX_MS:
    buffer_printf(json, "%" PRId64, since_1970 * 1000);
    break;
  case TIME_UNIX_US:
    buffer_printf(json, "%" PRId64, since_1970 * 1000000);
    break;
  case TIME_UNIX_NS:
    buffer_printf(json, "%" PRId64, since_1970 * 1000000000);
    break;
  default: /* a custom strftime format may refuse this */
    buffer_append_string(json, "\"2024-01-01T10:00:00Z\"");
    break;
  }
}

static void write_sample_string(const struct field *field, struct buffer *json) {
  const struct field_validate *validate = &field->validate;
  if (validate->allow_count)
    buffer_append_json_string(json, validate->allow[0]);
  else if (validate->startswith_count)
    buffer_append_json_string(json, validate->startswith[0]);
  else if (field->indicators >> INDICATOR_EMAIL & 1)
    buffer_append_string(json, "\"someone@example.com\"");
  else if (validate->cidr)
    buffer_append_string(json, validate->cidr == 6 ? "\"2001:db8::/32\"" : "\"192.0.2.0/24\"");
  else if (validate->ip || field->indicators >> INDICATOR_IP & 1)
    buffer_append_string(json, validate->ip == 6 ? "\"2001:db8::1\"" : "\"192.0.2.1\"");
  else
    buffer_append_string(json, "\"Example\"");
}

static void write_sample(const struct field *field, struct buffer *json) {
  switch (field->type) {
  case FIELD_STRING:
    write_sample_string(field, json);
    break;
  case FIELD_TIMESTAMP:
    write_sample_time(field, json);
    break;
  case FIELD_BOOLEAN:
    buffer_append_string(json, "true");
    break;
  case FIELD_ARRAY:
    buffer_append_char(json, '[');
    write_sample(field->element, json);
    buffer_append_char(json, ']');
    break;
  case FIELD_OBJECT:
    write_sample_object(field->fields, field->field_count, json);
    break;
  default:
    buffer_append_string(json, "1");
    break;
  }
}

static void write_sample_object(const struct field *fields, size_t count, struct buffer *json) {
  bool first = true;
  buffer_append_char(json, '{');
  for (size_t i = 0; i < count; i++) {
    bool made = fields[i].transform.kind != TRANSFORM_NONE || fields[i].embedded_json;
    if (!fields[i].required && !fields[i].identifies &&
        (made || fields[i].type == FIELD_OBJECT || fields[i].type == FIELD_ARRAY ||
         fields[i].type == FIELD_JSON))
      continue;
    if (!first)
      buffer_append_char(json, ',');
    first = false;
    buffer_append_json_string(json, fields[i].name);
    buffer_append_char(json, ':');
    write_sample(&fields[i], json);
  }
  buffer_append_char(json, '}');
}

void new_rule_sample(const struct schema *schema, struct buffer *json) {
  write_sample_object(schema->fields, schema->field_count, json);
}
