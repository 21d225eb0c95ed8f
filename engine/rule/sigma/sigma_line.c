#include "rule/sigma/sigma_line.h"

#include "base/yaml/yaml.h"

bool sigma_is_file(const char *path) {
  struct text text = text_from(path);
  return text_ends_folded(text, TEXT(".yml")) || text_ends_folded(text, TEXT(".yaml"));
}

/* The list of tests that begins there; a file may hold several rules. */
static const struct yaml_node *find_tests(const struct yaml *yaml, unsigned line) {
  for (size_t i = 0; i < yaml_document_count(yaml); i++) {
    const struct yaml_node *tests = yaml_get(yaml_document(yaml, i), "tests");
    if (tests && tests->line == line)
      return tests;
  }
  return NULL;
}

/* One step down; the place of a mapping's value is that of its key. */
static const struct yaml_node *step_down(const struct yaml_node *node,
                                         const struct source_step *step, unsigned *line) {
  if (!step->key.data) {
    if (node->type != YAML_SEQUENCE || step->index >= node->count)
      return NULL;
    *line = node->items[step->index]->line;
    return node->items[step->index];
  }
  for (size_t i = 0; node->type == YAML_MAPPING && i < node->count; i++)
    if (text_equal(node->keys[i]->value, step->key)) {
      *line = node->keys[i]->line;
      return node->items[i];
    }
  return NULL;
}

unsigned sigma_line_of_test(struct text source, unsigned tests_line,
                            const struct source_step *steps, size_t count) {
  unsigned line = tests_line;
  struct yaml *yaml = yaml_load_documents(source, "", NULL);
  const struct yaml_node *node = yaml ? find_tests(yaml, tests_line) : NULL;
  for (size_t i = 0; node && i < count; i++)
    node = step_down(node, &steps[i], &line);
  yaml_free(yaml);
  return line;
}
