#include "rule/load/question_metadata.h"

#include "rule/binding/lua_json.h"
#include "rule/question_read.h"
#include "rule/sandbox/source_line.h"

/* A table of a question names a few fields. */
#define QUESTION_BYTES_MAX ((size_t)16 << 10)

static bool take_mistake(void *context, enum question_kind kind, struct text key,
                         const char *message) {
  struct metadata_reader *reader = context;
  const struct rule *rule = reader->rule;
  unsigned line =
      source_line_of_key(rule->source, rule->metadata_line, text_from(question_kind_names[kind]));
  if (key.size)
    line = source_line_of_key(rule->source, line, key);
  return problems_add(reader->problems, rule->file, line, 0, "%s", message);
}

static const struct time_zone *find_zone(void *context, struct text name, struct error *error) {
  const struct metadata_reader *reader = context;
  return rule_set_zone(reader->set, name, error);
}

static struct question_reader reader_of(struct metadata_reader *reader) {
  return (struct question_reader){
      .fields = {.arena = &reader->set->arena, .fields = reader->set->fields},
      .zone = find_zone,
      .mistake = take_mistake,
      .context = reader};
}

static void read_question(struct metadata_reader *reader, enum question_kind kind) {
  struct question_reader questions = reader_of(reader);
  struct buffer json = BUFFER_NONE;
  struct error error = ERROR_NONE;
  struct json_reader *nodes = json_reader_new();
  if (!lua_json_write(reader->lua, -1, QUESTION_BYTES_MAX, &json, &error))
    metadata_mistake(reader, "%s: %s", question_kind_names[kind], error.text);
  else
    question_read(&questions, kind, json_read_copy(nodes, buffer_text(&json), &error),
                  &reader->rule->questions);
  json_reader_free(nodes);
  buffer_free(&json);
}

void question_metadata_new_value(struct metadata_reader *reader) {
  read_question(reader, QUESTION_NEW_VALUE);
}

void question_metadata_rate(struct metadata_reader *reader) {
  read_question(reader, QUESTION_RATE);
}

void question_metadata_distinct(struct metadata_reader *reader) {
  read_question(reader, QUESTION_DISTINCT);
}

void question_metadata_dormant(struct metadata_reader *reader) {
  read_question(reader, QUESTION_DORMANT);
}

void question_metadata_unusual_hour(struct metadata_reader *reader) {
  read_question(reader, QUESTION_UNUSUAL_HOUR);
}

void question_metadata_spike(struct metadata_reader *reader) {
  read_question(reader, QUESTION_SPIKE);
}

void question_metadata_travel(struct metadata_reader *reader) {
  read_question(reader, QUESTION_TRAVEL);
}

bool questions_check(struct rule_set *set, struct rule *rule, const struct schema_set *schemas,
                     struct problems *problems) {
  struct metadata_reader reader = {
      .set = set, .rule = rule, .problems = problems, .line = rule->metadata_line};
  struct question_reader questions = reader_of(&reader);
  return question_check(&questions, rule, schemas);
}
