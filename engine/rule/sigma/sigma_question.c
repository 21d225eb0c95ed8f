#include "rule/sigma/sigma_question.h"

#include "rule/question_read.h"
#include "rule/sigma/sigma_value.h"

struct reading {
  struct sigma_reader *reader;
  const struct yaml_node *mapping;
};

static bool take_mistake(void *context, enum question_kind kind, struct text key,
                         const char *message) {
  const struct reading *reading = context;
  const struct yaml_node *node = yaml_get(reading->mapping, question_kind_names[kind]);
  for (size_t i = 0; node->type == YAML_MAPPING && i < node->count; i++)
    if (key.size && text_equal(node->keys[i]->value, key))
      return yaml_problem(&reading->reader->context, node->keys[i], "%s", message);
  return yaml_problem(&reading->reader->context, node, "%s", message);
}

static const struct time_zone *find_zone(void *context, struct text name, struct error *error) {
  const struct reading *reading = context;
  return rule_set_zone(reading->reader->set, name, error);
}

bool sigma_questions_read(struct sigma_reader *reader, const struct rule_template_reading *fields,
                          const struct yaml_node *mapping, struct rule *rule) {
  struct reading reading = {reader, mapping};
  const struct question_reader questions = {
      .fields = *fields, .zone = find_zone, .mistake = take_mistake, .context = &reading};
  struct json_reader *nodes = json_reader_new();
  struct buffer json = BUFFER_NONE;
  bool ok = true;
  for (int i = 0; i < QUESTION_KIND_COUNT; i++) {
    const struct yaml_node *node = yaml_get(mapping, question_kind_names[i]);
    if (!node)
      continue;
    buffer_reset(&json);
    sigma_json_write(&json, node);
    const struct json_node *root = json_read_copy(nodes, buffer_text(&json), NULL);
    ok &= root ? question_read(&questions, (enum question_kind)i, root, &rule->questions)
               : yaml_problem(&reader->context, node, "%s is no table", question_kind_names[i]);
  }
  json_reader_free(nodes);
  buffer_free(&json);
  return ok && question_check(&questions, rule, reader->logsources->schemas);
}
