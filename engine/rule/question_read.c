#include "rule/question_read.h"

#include "base/suggestion.h"
#include "base/unicode/fold.h"

#include <stdarg.h>
#include <stdio.h>

/* What a table of one kind is read into. */
struct reading {
  const struct question_reader *reader;
  enum question_kind kind;
  struct question *question;
  struct text key; /* that is being read */
};

enum form { FORM_SPAN, FORM_COUNT, FORM_TIMES, FORM_BOOL, FORM_PARTS, FORM_TEXTS, FORM_ZONE };

#define KIND(name) (1u << QUESTION_##name)
#define ALL_KINDS ((1u << QUESTION_KIND_COUNT) - 1)
#define MEMBER(name) offsetof(struct question, name)

/* `least` and `most`: of spans in seconds. */
static const struct entry {
  const char *name;
  unsigned kinds, required_in;
  enum form form;
  size_t member;
  int64_t least, most;
} entries[] = {
    {"of", KIND(NEW_VALUE) | KIND(DISTINCT) | KIND(TRAVEL), 0, FORM_PARTS, MEMBER(of), 1, 0},
    {"of_any", KIND(NEW_VALUE) | KIND(DISTINCT), 0, FORM_PARTS, MEMBER(of), 1, 0},
    {"per", ALL_KINDS, 0, FORM_PARTS, MEMBER(per), 0, 0},
    {"learn", KIND(NEW_VALUE) | KIND(UNUSUAL_HOUR) | KIND(SPIKE), 0, FORM_SPAN, MEMBER(learn), 0,
     INT64_C(86400) * QUESTION_DAYS_MAX},
    {"learn_together", KIND(NEW_VALUE), 0, FORM_BOOL, MEMBER(learn_together), 0, 0},
    {"never_new", KIND(NEW_VALUE), 0, FORM_TEXTS, MEMBER(never_new), 0, QUESTION_NEVER_NEW_MAX},
    {"keep", KIND(NEW_VALUE) | KIND(UNUSUAL_HOUR) | KIND(DORMANT) | KIND(TRAVEL), 0, FORM_SPAN,
     MEMBER(keep), 60, INT64_C(86400) * QUESTION_DAYS_MAX},
    {"within", KIND(RATE) | KIND(DISTINCT) | KIND(SPIKE) | KIND(TRAVEL),
     KIND(RATE) | KIND(DISTINCT), FORM_SPAN, MEMBER(within), 1, INT64_C(86400) * 366},
    {"past", KIND(SPIKE), 0, FORM_SPAN, MEMBER(past), 60, INT64_C(86400) * QUESTION_DAYS_MAX},
    {"at_least", KIND(RATE) | KIND(DISTINCT), KIND(RATE) | KIND(DISTINCT), FORM_COUNT,
     MEMBER(at_least), 2, QUESTION_COUNT_MAX},
    {"at_least", KIND(SPIKE), 0, FORM_COUNT, MEMBER(at_least), 1, 1000000000},
    {"at_least", KIND(DORMANT), KIND(DORMANT), FORM_SPAN, MEMBER(quiet), 60,
     INT64_C(86400) * QUESTION_DAYS_MAX},
    {"near", KIND(UNUSUAL_HOUR), 0, FORM_COUNT, MEMBER(near), 0, 11},
    {"at_most", KIND(UNUSUAL_HOUR), 0, FORM_COUNT, MEMBER(at_most), 0, 9},
    {"time_zone", KIND(UNUSUAL_HOUR), 0, FORM_ZONE, MEMBER(zone), 0, 0},
    {"times", KIND(SPIKE), 0, FORM_TIMES, MEMBER(times), 1, 1000},
    {"farther_than", KIND(TRAVEL), 0, FORM_COUNT, MEMBER(farther_than), 1, 20000},
    {"faster_than", KIND(TRAVEL), 0, FORM_COUNT, MEMBER(faster_than), 1, 100000},
    {"shared_by", KIND(TRAVEL), 0, FORM_COUNT, MEMBER(shared_by), 2, QUESTION_SHARED_MAX},
};
enum { ENTRY_COUNT = sizeof entries / sizeof *entries };

static const struct question defaults[QUESTION_KIND_COUNT] = {
    [QUESTION_NEW_VALUE] = {.learn = 14 * US_PER_DAY, .keep = 90 * US_PER_DAY},
    [QUESTION_DORMANT] = {.keep = 400 * US_PER_DAY},
    [QUESTION_UNUSUAL_HOUR] = {.learn = 30 * US_PER_DAY, .keep = 90 * US_PER_DAY, .near = 2},
    [QUESTION_SPIKE] = {.learn = 7 * US_PER_DAY,
                        .within = US_PER_DAY,
                        .past = 30 * US_PER_DAY,
                        .times = 5,
                        .at_least = 20},
    [QUESTION_TRAVEL] = {.keep = 90 * US_PER_DAY,
                         .within = US_PER_DAY,
                         .farther_than = 500,
                         .faster_than = 1000,
                         .shared_by = 5}};

static bool mistake(const struct reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* At the key that is being read, which the message begins with. Always false. */
static bool mistake(const struct reading *reading, const char *format, ...) {
  char text[400], shown[40];
  int used =
      snprintf(text, sizeof text, "%s%s%s", question_kind_names[reading->kind],
               reading->key.size ? "." : "", text_printable(reading->key, shown, sizeof shown));
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text + used, sizeof text - (size_t)used, format, arguments);
  va_end(arguments);
  return reading->reader->mistake(reading->reader->context, reading->kind, reading->key, text);
}

/* ---- values ---- */

static bool read_span(const struct reading *reading, const struct entry *entry,
                      const struct json_node *node) {
  struct error error = ERROR_NONE;
  struct time_string least, most;
  int64_t span = 0;
  if (node->type != JSON_TYPE_STRING)
    return mistake(reading, " must be a span of time such as \"14d\" or \"1h\"");
  if (!duration_parse(json_text(node), &span, &error))
    return mistake(reading, ": %s", error.text);
  if (span < entry->least * US_PER_SECOND || span > entry->most * US_PER_SECOND)
    return mistake(reading, " must be from %s to %s",
                   duration_format(entry->least * US_PER_SECOND, &least),
                   duration_format(entry->most * US_PER_SECOND, &most));
  memcpy((char *)reading->question + entry->member, &span, sizeof span);
  return true;
}

static bool read_count(const struct reading *reading, const struct entry *entry,
                       const struct json_node *node) {
  if (node->type != JSON_TYPE_INT || node->value.integer < entry->least ||
      node->value.integer > entry->most)
    return mistake(reading, " must be a whole number from %lld to %lld", (long long)entry->least,
                   (long long)entry->most);
  memcpy((char *)reading->question + entry->member, &node->value.integer, sizeof(int64_t));
  return true;
}

static bool read_times(const struct reading *reading, const struct entry *entry,
                       const struct json_node *node) {
  double times = 0;
  if (!json_number(node, &times) || times < (double)entry->least || times > (double)entry->most)
    return mistake(reading, " must be a number from %lld to %lld", (long long)entry->least,
                   (long long)entry->most);
  reading->question->times = times;
  return true;
}

static bool read_bool(const struct reading *reading, const struct entry *entry,
                      const struct json_node *node) {
  bool value = node->type == JSON_TYPE_TRUE;
  if (!value && node->type != JSON_TYPE_FALSE)
    return mistake(reading, " must be true or false");
  memcpy((char *)reading->question + entry->member, &value, sizeof value);
  return true;
}

static bool read_zone(const struct reading *reading, const struct json_node *node) {
  const struct question_reader *reader = reading->reader;
  struct question *question = reading->question;
  struct error error = ERROR_NONE;
  if (node->type != JSON_TYPE_STRING)
    return mistake(reading, " must be the name of a time zone, such as \"Europe/Zurich\"");
  question->zone_name = arena_copy(reader->fields.arena, json_text(node));
  question->zone = reader->zone(reader->context, question->zone_name, &error);
  return question->zone || mistake(reading, ": %s", error.text);
}

/* A list, or one of them. An empty table of Lua is {} in JSON. */
static bool read_texts(const struct reading *reading, const struct entry *entry,
                       const struct json_node *node) {
  struct arena *arena = reading->reader->fields.arena;
  bool list = node->type == JSON_TYPE_ARRAY || (json_is_container(node) && node->size == 0);
  size_t count = list ? node->size : 1;
  struct text *items = arena_alloc(arena, (count + 1) * sizeof *items);
  for (size_t i = 0; i < count; i++) {
    const struct json_node *item = list ? json_at(node, (uint32_t)i) : node;
    if (item->type != JSON_TYPE_STRING || count > (size_t)entry->most)
      return mistake(reading, " must be a text, or a list of at most %lld", (long long)entry->most);
    char *folded = arena_alloc(arena, fold_size_max(item->size));
    items[i] = (struct text){folded, fold_write(json_text(item), folded)};
  }
  const struct question_texts texts = {items, count};
  memcpy((char *)reading->question + entry->member, &texts, sizeof texts);
  return true;
}

/* ---- where values come from ---- */

static bool keep_text(const struct reading *reading, const struct json_node *node, const char *what,
                      struct text *out) {
  if (!node || node->type != JSON_TYPE_STRING || node->size == 0 ||
      memchr(node->value.string, '\0', node->size))
    return mistake(reading, ": %s must be a text", what);
  *out = arena_copy(reading->reader->fields.arena, json_text(node));
  return true;
}

static bool read_field(const struct reading *reading, const struct json_node *node,
                       const char *what, struct question_part *part) {
  struct error error = ERROR_NONE;
  struct text text = TEXT("");
  if (!keep_text(reading, node, what, &text))
    return false;
  part->field = rule_template_key(&reading->reader->fields, text, &error);
  if (!part->field)
    return mistake(reading, ": %s", error.text);
  const struct rule_template_value *value =
      part->field->plain && part->field->count ? part->field->parts[0].value : NULL;
  if (!value || value->otherwise_given)
    return mistake(reading, ": '%.*s' is no field, and no fields with `or` between them",
                   (int)(text.size > 60 ? 60 : text.size), text.data);
  for (size_t i = 0; i < value->count; i++)
    if (value->sources[i].answer.size)
      return mistake(reading, ": an answer is no field of the event");
  return true;
}

static bool read_columns(const struct reading *reading, const struct json_node *node,
                         struct question_part *part) {
  bool list = node->type == JSON_TYPE_ARRAY;
  size_t count = list ? node->size : 1;
  struct text *columns = arena_alloc(reading->reader->fields.arena, (count + 1) * sizeof *columns);
  part->columns = columns;
  part->column_count = count;
  if (!list)
    return keep_text(reading, node, "value", columns);
  for (JSON_EACH(item, node))
    if (!keep_text(reading, item, "value", columns++))
      return false;
  return count > 0 || mistake(reading, ": value is empty");
}

enum part_key { PART_FIELD, PART_LOOKUP, PART_KEY, PART_VALUE, PART_PART, PART_KEYS };
static const char *const part_keys[PART_KEYS] = {"field", "lookup", "key", "value", "part"};

/* Says what a table may have. */
static bool check_part_keys(const struct reading *reading, const struct json_node *node,
                            const struct json_node *values[PART_KEYS]) {
  char shown[40];
  for (JSON_EACH(member, node)) {
    int at = 0;
    while (at < PART_KEYS && !text_is(json_key(member), part_keys[at]))
      at++;
    struct suggestion suggestion;
    if (at == PART_KEYS)
      return mistake(reading, ": unknown key '%s'%s",
                     text_printable(json_key(member), shown, sizeof shown),
                     suggestion_find(json_key(member), part_keys, PART_KEYS, &suggestion));
    values[at] = member;
  }
  bool is_lookup = values[PART_LOOKUP] && values[PART_KEY] && values[PART_VALUE];
  bool is_field =
      values[PART_FIELD] && !values[PART_LOOKUP] && !values[PART_KEY] && !values[PART_VALUE];
  return is_field || (is_lookup && !values[PART_FIELD]) ||
         mistake(reading, ": a table is { field = \"FIELD\", part = \"domain\" } or { lookup = "
                          "\"TABLE\", key = \"FIELD\", value = \"COLUMN\" }");
}

static bool read_part_table(const struct reading *reading, const struct json_node *node,
                            struct question_part *part) {
  const struct json_node *values[PART_KEYS] = {NULL};
  if (!check_part_keys(reading, node, values))
    return false;
  if (values[PART_PART]) {
    if (values[PART_PART]->type != JSON_TYPE_STRING ||
        !text_is(json_text(values[PART_PART]), "domain"))
      return mistake(reading, ": part must be \"domain\"");
    part->cut = QUESTION_DOMAIN;
  }
  if (values[PART_FIELD])
    return read_field(reading, values[PART_FIELD], "field", part);
  const struct json_node *columns = values[PART_VALUE];
  return columns && keep_text(reading, values[PART_LOOKUP], "lookup", &part->lookup) &&
         read_field(reading, values[PART_KEY], "key", part) && read_columns(reading, columns, part);
}

static bool read_part(const struct reading *reading, const struct json_node *node,
                      struct question_part *part) {
  if (node->type == JSON_TYPE_OBJECT)
    return read_part_table(reading, node, part);
  if (node->type != JSON_TYPE_STRING)
    return mistake(reading, " must name a field, or be a list of fields");
  return read_field(reading, node, "a field", part);
}

/* A field, a table, or a list of them. An empty table of Lua is {} in JSON. */
static bool read_parts(const struct reading *reading, const struct entry *entry,
                       const struct json_node *node) {
  struct question_parts *parts =
      (struct question_parts *)(void *)((char *)reading->question + entry->member);
  bool list = node->type == JSON_TYPE_ARRAY || (json_is_container(node) && node->size == 0);
  size_t count = list ? node->size : 1;
  if (count < (size_t)entry->least || count > QUESTION_PARTS_MAX)
    return mistake(reading, " must have %lld to %d fields", (long long)entry->least,
                   QUESTION_PARTS_MAX);
  struct question_part *items =
      arena_alloc(reading->reader->fields.arena, (count + 1) * sizeof *items);
  *parts = (struct question_parts){.items = items, .count = count};
  if (strcmp(entry->name, "per") != 0)
    reading->question->of_any = strcmp(entry->name, "of_any") == 0;
  if (!list)
    return read_part(reading, node, items);
  for (JSON_EACH(item, node))
    if (!read_part(reading, item, items++))
      return false;
  return true;
}

/* ---- tables ---- */

static const struct entry *find_entry(enum question_kind kind, struct text name) {
  for (size_t i = 0; i < ENTRY_COUNT; i++)
    if (entries[i].kinds >> kind & 1 && text_is(name, entries[i].name))
      return &entries[i];
  return NULL;
}

static bool refuse_key(struct reading *reading) {
  const char *names[ENTRY_COUNT];
  char shown[40];
  size_t count = 0;
  for (size_t i = 0; i < ENTRY_COUNT; i++)
    if (entries[i].kinds >> reading->kind & 1)
      names[count++] = entries[i].name;
  struct suggestion suggestion;
  suggestion_find(reading->key, names, count, &suggestion);
  text_printable(reading->key, shown, sizeof shown);
  char message[200];
  snprintf(message, sizeof message, "unknown key '%s' in %s%s", shown,
           question_kind_names[reading->kind], suggestion.text);
  return reading->reader->mistake(reading->reader->context, reading->kind, reading->key, message);
}

static bool read_entry(struct reading *reading, const struct json_node *node) {
  reading->key = json_key(node);
  const struct entry *entry = find_entry(reading->kind, reading->key);
  if (!entry)
    return refuse_key(reading);
  switch (entry->form) {
  case FORM_SPAN:
    return read_span(reading, entry, node);
  case FORM_COUNT:
    return read_count(reading, entry, node);
  case FORM_TIMES:
    return read_times(reading, entry, node);
  case FORM_BOOL:
    return read_bool(reading, entry, node);
  case FORM_TEXTS:
    return read_texts(reading, entry, node);
  case FORM_ZONE:
    return read_zone(reading, node);
  case FORM_PARTS:
    break;
  }
  return read_parts(reading, entry, node);
}

static bool is_set(const struct question *question, const struct entry *entry) {
  int64_t value;
  memcpy(&value, (const char *)question + entry->member, sizeof value);
  return value != 0;
}

static bool check(struct reading *reading) {
  const struct question *question = reading->question;
  reading->key = TEXT("");
  for (size_t i = 0; i < ENTRY_COUNT; i++)
    if (entries[i].required_in >> reading->kind & 1 && !is_set(question, &entries[i]))
      return mistake(reading, " lacks %s", entries[i].name);
  if ((KIND(NEW_VALUE) | KIND(DISTINCT)) >> reading->kind & 1 && question->of.count == 0)
    return mistake(reading, " lacks of");
  if (reading->kind == QUESTION_TRAVEL && question->of.count != 2 && question->of.count != 3)
    return mistake(reading,
                   ": of must be a latitude, a longitude and, where networks may be shared, "
                   "an address");
  if (reading->kind == QUESTION_DORMANT && question->keep <= question->quiet)
    return mistake(reading, ": keep must be longer than at_least");
  if (reading->kind == QUESTION_SPIKE && question->past < question->within)
    return mistake(reading, ": past must not be shorter than within");
  if (reading->kind == QUESTION_SPIKE && question->past / question->within > QUESTION_WINDOWS_MAX)
    return mistake(reading,
                   ": past (30d unless it is given) must not be longer than %d times within",
                   QUESTION_WINDOWS_MAX);
  return true;
}

static bool read_table(struct reading *reading, const struct json_node *node) {
  bool ok = true;
  reading->key = TEXT("");
  if (node->type != JSON_TYPE_OBJECT)
    return mistake(reading, " must be a table, or a list of tables");
  if (json_get(node, TEXT("of")) && json_get(node, TEXT("of_any")))
    return mistake(reading, " has of or of_any, not both");
  for (JSON_EACH(member, node))
    ok &= read_entry(reading, member);
  return ok && check(reading);
}

/* ---- meaning ---- */

static void mix_text(struct buffer *bytes, struct text text) {
  buffer_append_text(bytes, text);
  buffer_append_char(bytes, '\0');
}

static void mix_parts(struct buffer *bytes, const struct question_parts *parts) {
  for (size_t i = 0; i < parts->count; i++) {
    const struct question_part *part = &parts->items[i];
    buffer_printf(bytes, "%d ", part->cut);
    mix_text(bytes, part->field->written);
    mix_text(bytes, part->lookup);
    for (size_t k = 0; k < part->column_count; k++)
      mix_text(bytes, part->columns[k]);
  }
  buffer_append_char(bytes, ';');
}

/* Not the numbers that only say what is judged of what is remembered. */
static uint64_t meaning_of(const struct question *question) {
  struct buffer bytes = BUFFER_NONE;
  buffer_printf(&bytes, "%s %d ", question_kind_names[question->kind], question->of_any);
  mix_parts(&bytes, &question->of);
  mix_parts(&bytes, &question->per);
  if (question->kind == QUESTION_SPIKE)
    buffer_printf(&bytes, "%lld", (long long)question->within);
  if (question->kind == QUESTION_UNUSUAL_HOUR)
    buffer_printf(&bytes, "%.*s %lld", TEXT_ARGS(question->zone_name),
                  (long long)question->at_most);
  uint64_t meaning = text_hash(buffer_text(&bytes));
  buffer_free(&bytes);
  return meaning;
}

/* ---- sharing ---- */

/* By where values come from, as what they are called may mean something else in another log type.
 */
static void number_parts(const struct question_reader *reader, struct question_parts *parts,
                         bool any) {
  struct buffer bytes = BUFFER_NONE;
  buffer_printf(&bytes, "question %d", any);
  for (size_t i = 0; i < parts->count; i++) {
    const struct question_part *part = &parts->items[i];
    const struct rule_template_value *value = part->field->parts->value;
    buffer_printf(&bytes, ";%d %zu %zu ", part->cut, value->count, part->column_count);
    mix_text(&bytes, part->lookup);
    for (size_t k = 0; k < part->column_count; k++)
      mix_text(&bytes, part->columns[k]);
    for (size_t k = 0; k < value->count; k++) {
      mix_text(&bytes, value->sources[k].path);
      mix_text(&bytes, value->sources[k].name);
    }
  }
  parts->shared = field_table_share(reader->fields.fields, buffer_text(&bytes));
  buffer_free(&bytes);
}

/* ---- lists ---- */

static const struct question *find_kind(const struct question_list *list, enum question_kind kind,
                                        size_t *count) {
  const struct question *found = NULL;
  *count = 0;
  for (size_t i = 0; i < list->count; i++)
    if (list->items[i].kind == kind) {
      found = &list->items[i];
      ++*count;
    }
  return found;
}

/* The list without the kind, with room for more. */
static struct question *copy_others(const struct question_reader *reader, enum question_kind kind,
                                    const struct question_list *list, size_t *count) {
  struct question *items =
      arena_alloc(reader->fields.arena, (size_t)2 * QUESTIONS_MAX * sizeof *items);
  for (size_t i = 0; i < list->count; i++)
    if (list->items[i].kind != kind)
      items[(*count)++] = list->items[i];
  return items;
}

static struct text write_table(const struct question_reader *reader, const struct json_node *node) {
  struct buffer json = BUFFER_NONE;
  json_write(&json, node);
  struct text copy = arena_copy(reader->fields.arena, buffer_text(&json));
  buffer_free(&json);
  return copy;
}

static void finish(const struct question_reader *reader, struct question *question) {
  question->meaning = meaning_of(question);
  number_parts(reader, &question->of, question->of_any);
  number_parts(reader, &question->per, false);
}

bool question_read(const struct question_reader *reader, enum question_kind kind,
                   const struct json_node *node, struct question_list *list) {
  struct reading reading = {.reader = reader, .kind = kind};
  bool several = node->type == JSON_TYPE_ARRAY, ok = true;
  size_t inherited, count = 0, added = several ? node->size : node->type != JSON_TYPE_FALSE;
  const struct question *base = find_kind(list, kind, &inherited);
  struct question *items = copy_others(reader, kind, list, &count);
  if (count + added > QUESTIONS_MAX)
    return mistake(&reading, ": a rule has at most %d questions", QUESTIONS_MAX);
  for (size_t i = 0; i < added; i++) {
    reading.question = &items[count++];
    *reading.question = inherited == 1 && !several ? *base : defaults[kind];
    reading.question->kind = kind;
    ok &= read_table(&reading, several ? json_at(node, (uint32_t)i) : node);
    reading.question->written = write_table(reader, several ? json_at(node, (uint32_t)i) : node);
    if (ok)
      finish(reader, reading.question);
  }
  if (ok)
    *list = (struct question_list){items, count};
  return ok;
}

/* ---- fields ---- */

static bool check_parts(struct reading *reading, const struct rule *rule,
                        const struct schema_set *schemas, const struct question_parts *parts) {
  bool ok = true;
  for (size_t i = 0; i < parts->count; i++) {
    struct error error = ERROR_NONE;
    if (!rule_template_check(parts->items[i].field, rule, schemas, &error))
      ok = mistake(reading, ": %s", error.text);
  }
  return ok;
}

bool question_check(const struct question_reader *reader, const struct rule *rule,
                    const struct schema_set *schemas) {
  bool ok = true;
  for (size_t i = 0; i < rule->questions.count; i++) {
    const struct question *question = &rule->questions.items[i];
    struct reading reading = {.reader = reader, .kind = question->kind};
    reading.key = question->of_any ? TEXT("of_any") : TEXT("of");
    ok &= check_parts(&reading, rule, schemas, &question->of);
    reading.key = TEXT("per");
    ok &= check_parts(&reading, rule, schemas, &question->per);
  }
  return ok;
}
