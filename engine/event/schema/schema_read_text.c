/* Texts of a schema, copied into its arena. */
#include "event/schema/schema_read.h"

bool schema_read_text(struct schema_reader *reader, const struct yaml_node *value, const char *what,
                      struct text *out) {
  struct text text;
  if (!yaml_string(&reader->context, value, what, &text))
    return false;
  if (text.size == 0)
    return yaml_problem(&reader->context, value, "%s: must not be empty", what);
  *out = arena_copy(reader->arena, text);
  return true;
}

bool schema_read_texts(struct schema_reader *reader, const struct yaml_node *value,
                       const char *what, bool may_be_empty, const struct text **out,
                       size_t *count) {
  bool good = true;
  if (!yaml_expect(&reader->context, value, YAML_SEQUENCE, what))
    return false;
  if (value->count == 0)
    return yaml_problem(&reader->context, value, "%s: the list is empty", what);
  struct text *texts = arena_alloc(reader->arena, value->count * sizeof *texts);
  for (size_t i = 0; i < value->count; i++) {
    struct text text;
    if (!yaml_string(&reader->context, value->items[i], what, &text))
      good = false;
    else if (text.size == 0 && !may_be_empty)
      good = yaml_problem(&reader->context, value->items[i], "%s: must not be empty", what);
    else
      texts[i] = arena_copy(reader->arena, text);
  }
  *out = texts;
  *count = value->count;
  return good;
}
