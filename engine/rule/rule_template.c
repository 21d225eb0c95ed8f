#include "rule/rule_template.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/suggestion.h"
#include "event/event.h"
#include "event/schema/schema_path.h"
#include "rule/correlation.h"

#include <stdlib.h>

/* What begins the name of a data model's field. */
#define MODEL_PREFIX "udm:"
#define ANSWER_PREFIX "answer:"

/* A text that is read from its beginning to its end. */
struct cursor {
  const char *at, *end;
};

static bool at_end(const struct cursor *cursor) {
  return cursor->at == cursor->end;
}

static void skip_spaces(struct cursor *cursor) {
  while (!at_end(cursor) && *cursor->at == ' ')
    cursor->at++;
}

/* ---- values ---- */

static bool take_quoted(struct cursor *cursor, const struct rule_template_reading *reading,
                        struct rule_template_value *value, struct error *error) {
  char quote = *cursor->at++;
  const char *start = cursor->at;
  const char *end = memchr(start, quote, (size_t)(cursor->end - start));
  if (!end)
    return error_set(error, "a text in quotes does not end");
  cursor->at = end + 1;
  value->otherwise = arena_copy(reading->arena, (struct text){start, (size_t)(end - start)});
  value->otherwise_given = true;
  return true;
}

static bool begins_or(const struct cursor *cursor) {
  return cursor->end - cursor->at > 4 && memcmp(cursor->at, " or ", 4) == 0;
}

#define IN " in "

/* The pattern that the word begins with, which it then begins behind; NULL = none. */
static const struct rule_pattern *take_pattern(const struct rule_pattern_list *patterns,
                                               struct text *word) {
  const char *in = memmem(word->data, word->size, IN, strlen(IN));
  if (!in)
    return NULL;
  struct text name = text_trim((struct text){word->data, (size_t)(in - word->data)});
  for (size_t i = 0; i < patterns->count; i++) {
    if (!text_equal(patterns->items[i].name, name))
      continue;
    in += strlen(IN);
    *word = text_trim((struct text){in, (size_t)(word->data + word->size - in)});
    return &patterns->items[i];
  }
  return NULL;
}

/* Up to ` or `, the closing brace or the end. */
static bool take_source(struct cursor *cursor, const struct rule_template_reading *reading,
                        struct rule_template_source *source, struct error *error) {
  const char *start = cursor->at;
  while (!at_end(cursor) && *cursor->at != '}' && !begins_or(cursor))
    cursor->at++;
  struct text word = text_trim((struct text){start, (size_t)(cursor->at - start)});
  char shown[80];
  if (word.size == 0)
    return error_set(error, "a field's name is missing");
  if (word.size > EVENT_PATH_MAX)
    return error_set(error, "a path has more than %d bytes", EVENT_PATH_MAX);
  if (memchr(word.data, '{', word.size))
    return error_set(error, "'%s': { in a field's name", text_printable(word, shown, sizeof shown));
  source->pattern = take_pattern(&reading->patterns, &word);
  if (text_starts_folded(word, TEXT(MODEL_PREFIX))) {
    word.data += strlen(MODEL_PREFIX);
    word.size -= strlen(MODEL_PREFIX);
    source->name = arena_copy(reading->arena, word);
    return true;
  }
  word = arena_copy(reading->arena, word);
  if (text_starts_folded(word, TEXT(ANSWER_PREFIX))) {
    word.data += strlen(ANSWER_PREFIX);
    word.size -= strlen(ANSWER_PREFIX);
    source->answer = word;
    return true;
  }
  source->path = reading->name_in_events ? reading->name_in_events(reading->context, word) : word;
  source->field = field_table_intern(reading->fields, source->path);
  return true;
}

static void add_source(struct arena *arena, struct rule_template_value *value,
                       const struct rule_template_source *source) {
  struct rule_template_source *sources = arena_alloc(arena, (value->count + 1) * sizeof *sources);
  if (value->count)
    memcpy(sources, value->sources, value->count * sizeof *sources);
  sources[value->count++] = *source;
  value->sources = sources;
}

/* What a missing value reads: the last part of the first name is what it is. */
static struct text missing_text(struct arena *arena, const struct rule_template_value *value) {
  const struct rule_template_source *first = value->sources;
  struct text name = first->pattern       ? first->pattern->name
                     : first->name.size   ? first->name
                     : first->answer.size ? first->answer
                                          : first->path;
  for (size_t i = name.size; i > 0; i--)
    if (name.data[i - 1] == '.') {
      name = (struct text){name.data + i, name.size - i};
      break;
    }
  return text_from(arena_printf(arena, "(no %.*s)", TEXT_ARGS(name)));
}

/* `a or b or 'text'`, up to the closing brace or the end. NULL with the reason. */
static const struct rule_template_value *take_value(struct cursor *cursor,
                                                    const struct rule_template_reading *reading,
                                                    struct error *error) {
  struct rule_template_value *value = arena_alloc(reading->arena, sizeof *value);
  for (;;) {
    struct rule_template_source source = {.path = TEXT("")};
    skip_spaces(cursor);
    bool quoted = value->count && !at_end(cursor) && (*cursor->at == '\'' || *cursor->at == '"');
    if (quoted ? !take_quoted(cursor, reading, value, error)
               : !take_source(cursor, reading, &source, error))
      return NULL;
    if (quoted)
      break;
    add_source(reading->arena, value, &source);
    if (!begins_or(cursor))
      break;
    cursor->at += strlen(" or ");
  }
  skip_spaces(cursor);
  if (!at_end(cursor) && *cursor->at != '}') {
    error_set(error, "a text in quotes is not the last of its values");
    return NULL;
  }
  if (!value->otherwise_given)
    value->otherwise = missing_text(reading->arena, value);
  return value;
}

/* A value that is the whole text. */
static const struct rule_template_value *read_value(const struct rule_template_reading *reading,
                                                    struct text text, struct error *error) {
  struct cursor cursor = {text.data, text.data + text.size};
  const struct rule_template_value *value = take_value(&cursor, reading, error);
  if (value && !at_end(&cursor)) {
    error_set(error, "} without a {");
    return NULL;
  }
  return value;
}

/* ---- texts ---- */

/* Appends up to the next value or the end. */
static bool take_literal(struct cursor *cursor, struct buffer *literal, struct error *error) {
  while (!at_end(cursor)) {
    char c = *cursor->at;
    bool twice = cursor->end - cursor->at > 1 && cursor->at[1] == c;
    if (c == '{' && !twice)
      return true;
    if (c == '}' && !twice)
      return error_set(error, "} without a { (write }} for a brace)");
    buffer_append_char(literal, c);
    cursor->at += c == '{' || c == '}' ? 2 : 1;
  }
  return true;
}

static bool take_part(struct cursor *cursor, const struct rule_template_reading *reading,
                      struct buffer *literal, struct rule_template_part *part,
                      struct error *error) {
  buffer_reset(literal);
  if (!take_literal(cursor, literal, error))
    return false;
  part->before = arena_copy(reading->arena, buffer_text(literal));
  if (at_end(cursor))
    return true;
  cursor->at++;
  if (!(part->value = take_value(cursor, reading, error)))
    return false;
  if (at_end(cursor))
    return error_set(error, "a { without a } (write {{ for a brace)");
  cursor->at++;
  return true;
}

const struct rule_template *rule_template_text(const struct rule_template_reading *reading,
                                               struct text text, struct error *error) {
  struct rule_template *template = arena_alloc(reading->arena, sizeof *template);
  struct cursor cursor = {text.data, text.data + text.size};
  struct buffer literal = BUFFER_NONE;
  size_t most = 1;
  for (size_t i = 0; i < text.size; i++)
    most += text.data[i] == '{';
  struct rule_template_part *parts = arena_alloc(reading->arena, most * sizeof *parts);
  bool ok = true;
  while (ok && !at_end(&cursor))
    ok = take_part(&cursor, reading, &literal, &parts[template->count++], error);
  buffer_free(&literal);
  template->written = arena_copy(reading->arena, text);
  template->parts = parts;
  return ok ? template : NULL;
}

const struct rule_template *rule_template_key(const struct rule_template_reading *reading,
                                              struct text text, struct error *error) {
  if (text.size && (memchr(text.data, '{', text.size) || memchr(text.data, '}', text.size)))
    return rule_template_text(reading, text, error);
  struct rule_template *template = arena_alloc(reading->arena, sizeof *template);
  struct rule_template_part *part = arena_alloc(reading->arena, sizeof *part);
  part->before = TEXT("");
  if (!(part->value = read_value(reading, text, error)))
    return NULL;
  *template = (struct rule_template){
      .written = arena_copy(reading->arena, text), .parts = part, .count = 1, .plain = true};
  return template;
}

/* ---- alert_context ---- */

/* What a member is called that has no name of its own. */
static struct text name_of(const struct rule_template_member *member) {
  if (member->name.size)
    return member->name;
  struct text name = member->value;
  if (text_starts_folded(name, TEXT(MODEL_PREFIX)))
    name = (struct text){name.data + strlen(MODEL_PREFIX), name.size - strlen(MODEL_PREFIX)};
  else if (text_starts_folded(name, TEXT(ANSWER_PREFIX)))
    name = (struct text){name.data + strlen(ANSWER_PREFIX), name.size - strlen(ANSWER_PREFIX)};
  return name;
}

static bool check_name(const struct rule_template_member *members, size_t i, struct error *error) {
  struct text name = name_of(&members[i]);
  char shown[80];
  for (size_t k = 0; k < i; k++)
    if (text_equal(name_of(&members[k]), name))
      return error_set(error, "'%s' is there twice", text_printable(name, shown, sizeof shown));
  return true;
}

static void write_member(struct buffer *written, const struct rule_template_member *member) {
  if (written->size)
    buffer_append_string(written, ", ");
  if (member->name.size)
    buffer_printf(written, "%.*s = ", TEXT_ARGS(member->name));
  buffer_append_text(written, member->value);
}

const struct rule_template *rule_template_context(const struct rule_template_reading *reading,
                                                  const struct rule_template_member *members,
                                                  size_t count, struct error *error) {
  struct rule_template *template = arena_alloc(reading->arena, sizeof *template);
  struct rule_template_part *parts = arena_alloc(reading->arena, (count + 1) * sizeof *parts);
  struct buffer name = BUFFER_NONE, written = BUFFER_NONE;
  bool ok = true;
  for (size_t i = 0; ok && i < count; i++) {
    parts[i].value = read_value(reading, members[i].value, error);
    if (parts[i].value && !members[i].name.size &&
        (parts[i].value->count > 1 || parts[i].value->otherwise_given))
      error_set(error, "a member that chooses between values needs a name");
    ok = !error->set && check_name(members, i, error);
    buffer_reset(&name);
    buffer_append_json_string(&name, name_of(&members[i]));
    buffer_append_char(&name, ':');
    parts[i].before = arena_copy(reading->arena, buffer_text(&name));
    write_member(&written, &members[i]);
  }
  *template = (struct rule_template){
      .written = arena_copy(reading->arena, buffer_text(&written)), .parts = parts, .count = count};
  buffer_free(&name);
  buffer_free(&written);
  return ok ? template : NULL;
}

/* ---- what events have ---- */

static struct text first_part(struct text path) {
  const char *end = memchr(path.data, '.', path.size);
  return end ? (struct text){path.data, (size_t)(end - path.data)} : path;
}

/* The event of an instance has these, and the fields of its key (correlation_event.h). */
static bool check_correlation(const struct rule *rule, const struct rule_template_source *source,
                              struct error *error) {
  static const char *const own[] = {"first_event_time", "last_event_time", "measured", "steps"};
  enum { OWN = sizeof own / sizeof *own };
  const struct text_list *keys = &rule->correlation->key_names;
  const char *names[OWN + CORRELATION_FIELDS_MAX];
  size_t count = 0;
  struct text part = first_part(source->path);
  if (text_starts_folded(part, TEXT("p_")))
    return true;
  for (size_t i = 0; i < OWN; i++)
    names[count++] = own[i];
  for (size_t i = 0; i < keys->count && i < CORRELATION_FIELDS_MAX; i++)
    names[count++] = keys->items[i].data;
  for (size_t i = 0; i < count; i++)
    if (text_is(part, names[i]) || text_is(source->path, names[i]))
      return true;
  struct suggestion suggestion;
  char shown[80];
  return error_set(error, "events of the correlation have no field '%s'%s",
                   text_printable(part, shown, sizeof shown),
                   suggestion_find(part, names, count, &suggestion));
}

static bool check_name_in(const struct schema *schema, struct text name, struct error *error) {
  const struct data_model *model = schema->model;
  if (model && data_model_find(model, name))
    return true;
  const char **names = model ? memory_alloc_array(model->count + 1, sizeof *names) : NULL;
  for (size_t i = 0; model && i < model->count; i++)
    names[i] = model->fields[i].name.data;
  struct suggestion suggestion;
  char shown[80];
  error_set(error, "the data model of %.*s has no '%s'%s", TEXT_ARGS(schema->name),
            text_printable(name, shown, sizeof shown),
            suggestion_find(name, names, model ? model->count : 0, &suggestion));
  free(names);
  return false;
}

/* Whether a path that no schema has was meant as `PATTERN in FIELD`; then says which are there. One
 * that is there was not taken, because this is no text but a question's field. */
static bool names_no_pattern(const struct rule *rule, struct text path, struct error *error) {
  const char *in = memmem(path.data, path.size, IN, strlen(IN));
  if (!in)
    return false;
  struct text name = text_trim((struct text){path.data, (size_t)(in - path.data)});
  const struct rule_pattern_list *patterns = &rule->patterns;
  const char **names = memory_alloc_array(patterns->count + 1, sizeof *names);
  bool is_there = false;
  for (size_t i = 0; i < patterns->count; i++) {
    names[i] = patterns->items[i].name.data;
    is_there |= text_equal(patterns->items[i].name, name);
  }
  struct suggestion suggestion;
  char shown[80];
  text_printable(name, shown, sizeof shown);
  if (is_there)
    error_set(error, "'%s' is a pattern, which only texts may use: name a field", shown);
  else
    error_set(error, "the rule has no pattern '%s'%s", shown,
              suggestion_find(name, names, patterns->count, &suggestion));
  free(names);
  return true;
}

static bool check_path_in(const struct rule *rule, const struct schema *schema, struct text path,
                          struct error *error) {
  struct arena arena = ARENA_NONE;
  struct schema_path_end end;
  struct suggestion suggestion;
  char shown[80];
  bool found = schema_path_find(schema, path, &arena, &end);
  if (!found && !names_no_pattern(rule, path, error))
    error_set(error, "the schema %.*s has no field '%s'%s", TEXT_ARGS(schema->name),
              text_printable(end.part, shown, sizeof shown),
              suggestion_write(end.nearest, &suggestion));
  arena_free(&arena);
  return found;
}

/* The members of a kind's answers (detect/stateful/question_answer.c) beside `question` and `per`;
 * NULL ends them. */
#define ANSWER_NAMES_MAX 5
static const char *const answer_names[QUESTION_KIND_COUNT][ANSWER_NAMES_MAX] = {
    [QUESTION_NEW_VALUE] = {"value", "count", "known", "since"},
    [QUESTION_RATE] = {"count"},
    [QUESTION_DISTINCT] = {"value", "count", "values"},
    [QUESTION_DORMANT] = {"last", "days"},
    [QUESTION_UNUSUAL_HOUR] = {"hour", "usual", "since"},
    [QUESTION_SPIKE] = {"count", "usual", "since"},
    [QUESTION_TRAVEL] = {"value", "kilometres", "last"},
};

struct answer_names {
  const char *items[2 + QUESTIONS_MAX * ANSWER_NAMES_MAX];
  size_t count;
};

static bool has_name(const struct answer_names *names, struct text name) {
  for (size_t i = 0; i < names->count; i++)
    if (text_is(name, names->items[i]))
      return true;
  return false;
}

/* What any of the rule's questions may answer: the first that has a name counts. */
static struct answer_names names_of_answers(const struct rule *rule) {
  struct answer_names names = {{"question", "per"}, 2};
  for (size_t i = 0; i < rule->questions.count; i++) {
    const char *const *of_kind = answer_names[rule->questions.items[i].kind];
    for (size_t k = 0; k < ANSWER_NAMES_MAX && of_kind[k]; k++)
      if (!has_name(&names, text_from(of_kind[k])))
        names.items[names.count++] = of_kind[k];
  }
  return names;
}

static bool check_answer(const struct rule *rule, struct text name, struct error *error) {
  struct suggestion suggestion;
  char shown[80];
  text_printable(name, shown, sizeof shown);
  if (rule->questions.count == 0)
    return error_set(error, "answer:%s: the rule has no question", shown);
  const struct answer_names names = names_of_answers(rule);
  if (has_name(&names, name))
    return true;
  error_set(error, "answers to %s have no '%s'%s; they have",
            rule->questions.count > 1 ? "the rule's questions"
                                      : question_kind_names[rule->questions.items[0].kind],
            shown, suggestion_find(name, names.items, names.count, &suggestion));
  for (size_t i = 0; i < names.count; i++) {
    error_append(error, i ? ", " : " ");
    error_append(error, names.items[i]);
  }
  return false;
}

static bool check_source(const struct rule *rule, const struct rule_template_source *source,
                         const struct schema_set *schemas, struct error *error) {
  struct error first = ERROR_NONE;
  if (source->answer.size)
    return check_answer(rule, source->answer, error);
  if (rule->correlation)
    return source->name.size || check_correlation(rule, source, error);
  for (size_t i = 0; i < rule->log_types.count; i++) {
    const struct schema *schema = schemas ? schema_find(schemas, rule->log_types.items[i]) : NULL;
    if (!schema || (source->name.size ? check_name_in(schema, source->name, &first)
                                      : check_path_in(rule, schema, source->path, &first)))
      return true;
  }
  if (first.set)
    *error = first;
  return !first.set;
}

bool rule_template_check(const struct rule_template *template, const struct rule *rule,
                         const struct schema_set *schemas, struct error *error) {
  for (size_t i = 0; i < template->count; i++)
    for (size_t k = 0; template->parts[i].value && k < template->parts[i].value->count; k++)
      if (!check_source(rule, &template->parts[i].value->sources[k], schemas, error))
        return false;
  return true;
}
