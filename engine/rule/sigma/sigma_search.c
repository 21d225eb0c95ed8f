#include "rule/sigma/sigma_search.h"

#include "base/memory.h"
#include "rule/sigma/sigma_value.h"

#include <stdlib.h>

/* What a definition is compiled with. */
struct search {
  const struct sigma_detection *detection;
  struct arena *arena;
  const struct yaml_context *context;
};

const struct condition *sigma_join(struct arena *arena, enum condition_kind kind,
                                   const struct condition *const *parts, size_t count) {
  bool complete = count > 0;
  for (size_t i = 0; i < count; i++)
    complete = complete && parts[i];
  if (complete && count == 1)
    return parts[0];
  if (complete)
    return kind == CONDITION_ALL ? condition_all(arena, parts, count)
                                 : condition_any(arena, parts, count);
  for (size_t i = 0; i < count; i++)
    condition_release(parts[i]);
  return NULL;
}

static void *wrong(const struct search *search, const struct yaml_node *node, const char *cause) {
  yaml_problem(search->context, node, "%s", cause);
  return NULL;
}

static bool spend(const struct search *search, const struct yaml_node *node, size_t values) {
  struct sigma_reader *reader = search->detection->reader;
  if (values <= reader->values_left) {
    reader->values_left -= values;
    return true;
  }
  if (!reader->values_reported)
    yaml_problem(search->context, node, "more than %d values in one rule", SIGMA_VALUES_MAX);
  reader->values_reported = true;
  return false;
}

static size_t count_forms(const struct condition *condition) {
  size_t forms = condition->value_count;
  for (size_t i = 0; i < condition->child_count; i++)
    forms += count_forms(condition->children[i]);
  return forms;
}

/* Takes what the condition holds off what the set may hold; releases it when that is too much. */
static const struct condition *spend_forms(const struct search *search,
                                           const struct yaml_node *node,
                                           const struct condition *condition) {
  struct sigma_reader *reader = search->detection->reader;
  size_t forms = count_forms(condition);
  if (forms <= *reader->forms_left) {
    *reader->forms_left -= forms;
    return condition;
  }
  condition_release(condition);
  if (!reader->values_reported)
    yaml_problem(search->context, node, "the rules' values stand for more than %d texts in all",
                 SIGMA_FORMS_MAX);
  reader->values_reported = true;
  return NULL;
}

/* One test of a key against values, any of which may fit; with `all` in the key, all. */
static const struct condition *compile_test(const struct search *search, struct text key,
                                            const struct yaml_node *place,
                                            const struct condition_value *values, size_t count) {
  struct error error = ERROR_NONE;
  const struct condition *condition = condition_field_called(
      search->arena, search->detection->reader->set->fields, key.size ? "key" : "keywords",
      key.size ? key : TEXT("|contains"), values, count, &error);
  if (!condition)
    return wrong(search, place, error.text);
  return spend_forms(search, place, condition);
}

/* With `all`, where one value stands for several: each value's test by itself. `ends` says where
 * each value's part of the list ends. */
static const struct condition *compile_each(const struct search *search,
                                            const struct sigma_key *key,
                                            const struct yaml_node *place,
                                            const struct sigma_values *values, const size_t *ends,
                                            size_t count) {
  const struct condition **parts =
      arena_alloc(search->arena, (count + 1) * sizeof(struct condition *));
  for (size_t i = 0, start = 0; i < count; start = ends[i++])
    parts[i] = compile_test(search, key->single, place, values->items + start, ends[i] - start);
  return sigma_join(search->arena, CONDITION_ALL, parts, count);
}

/* What the scalars stand for. False on a mistake, or when the rule is refused. */
static bool gather(const struct search *search, const struct sigma_key *key,
                   const struct yaml_node *const *nodes, size_t count, struct sigma_values *values,
                   size_t *ends) {
  for (size_t i = 0; i < count; i++) {
    size_t before = values->count;
    if (nodes[i]->type != YAML_SCALAR)
      return wrong(search, nodes[i], "a map or a list among a field's values");
    if (!sigma_values_add(search->detection->reader, key, nodes[i], values))
      return false;
    ends[i] = values->count;
    if (!spend(search, nodes[i], values->count - before))
      return false;
  }
  return true;
}

/* A list of scalars, or one; `text` empty: keywords. */
static const struct condition *compile_values(const struct search *search, struct text text,
                                              const struct yaml_node *place,
                                              const struct yaml_node *const *nodes, size_t count) {
  /* An empty list says that there is no value. */
  static const struct condition_value none = {.type = VALUE_NULL};
  const struct sigma_key key =
      sigma_key_read(search->detection->reader, search->detection->source, place, text);
  struct sigma_values values = {NULL, 0, 0};
  size_t *ends = arena_alloc(search->arena, (count + 1) * sizeof *ends);
  const struct condition *condition = NULL;
  if (!gather(search, &key, nodes, count, &values, ends))
    goto done;
  if (key.every && values.count > count)
    condition = compile_each(search, &key, place, &values, ends, count);
  else if (values.count == 0)
    condition = compile_test(search, key.whole, place, &none, 1);
  else
    condition = compile_test(search, key.whole, place, values.items, values.count);
  if (condition && key.differs)
    condition = condition_not(search->arena, condition);
done:
  free(values.items);
  return condition;
}

static const struct condition *compile_item(const struct search *search,
                                            const struct yaml_node *key,
                                            const struct yaml_node *value) {
  if (key->value.size == 0)
    return wrong(search, key, "a field without a name");
  if (value->type == YAML_MAPPING)
    return wrong(search, value,
                 "a map below a field (a field that lies deeper is named with dots: 'a.b')");
  if (value->type == YAML_SCALAR)
    return compile_values(search, key->value, key, &value, 1);
  return compile_values(search, key->value, key, (const struct yaml_node *const *)value->items,
                        value->count);
}

static const struct condition *compile_map(const struct search *search,
                                           const struct yaml_node *map) {
  const struct condition **parts =
      arena_alloc(search->arena, (map->count + 1) * sizeof(struct condition *));
  for (size_t i = 0; i < map->count; i++)
    parts[i] = compile_item(search, map->keys[i], map->items[i]);
  return sigma_join(search->arena, CONDITION_ALL, parts, map->count);
}

static const struct condition *compile_keyword(const struct search *search,
                                               const struct yaml_node *keyword) {
  if (yaml_is_null(keyword))
    return wrong(search, keyword, "a keyword that is null (null belongs to a field)");
  return compile_values(search, TEXT(""), keyword, &keyword, 1);
}

static const struct condition *compile(const struct search *search, const struct yaml_node *node);

/* Keywords, maps or both: any of them. */
static const struct condition *compile_list(const struct search *search,
                                            const struct yaml_node *list) {
  const struct condition **parts =
      arena_alloc(search->arena, (list->count + 1) * sizeof(struct condition *));
  bool keywords = true;
  for (size_t i = 0; i < list->count; i++)
    keywords = keywords && list->items[i]->type == YAML_SCALAR && !yaml_is_null(list->items[i]);
  if (keywords)
    return compile_values(search, TEXT(""), list, (const struct yaml_node *const *)list->items,
                          list->count);
  for (size_t i = 0; i < list->count; i++)
    parts[i] = compile(search, list->items[i]);
  return sigma_join(search->arena, CONDITION_ANY, parts, list->count);
}

/* The YAML reader bounds how deep lists lie in lists. */
static const struct condition *compile(const struct search *search, const struct yaml_node *node) {
  if (node->type == YAML_SCALAR)
    return compile_keyword(search, node);
  if (node->count == 0)
    return wrong(search, node, "a search identifier without a field or a keyword");
  return node->type == YAML_MAPPING ? compile_map(search, node) : compile_list(search, node);
}

const struct condition *sigma_search_compile(const struct sigma_detection *detection,
                                             const struct yaml_node *definition) {
  const struct search search = {detection, &detection->reader->set->arena,
                                &detection->reader->context};
  return compile(&search, definition);
}
