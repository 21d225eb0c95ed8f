#include "rule/sigma/sigma_search.h"

#include "base/memory.h"

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

static const struct condition *wrong(const struct search *search, const struct yaml_node *node,
                                     const char *cause) {
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

/* Whether a key has a modifier. */
static bool has_modifier(struct text key, const char *name) {
  for (const char *at = memchr(key.data, '|', key.size), *end = key.data + key.size; at;) {
    const char *next = memchr(at + 1, '|', (size_t)(end - at - 1));
    if (text_is((struct text){at + 1, (size_t)((next ? next : end) - at - 1)}, name))
      return true;
    at = next;
  }
  return false;
}

static struct text events_name(const struct search *search, struct text field) {
  return sigma_mapping_field(search->detection->reader->mapping, search->detection->source, field);
}

/* "Image|endswith" with the name that the field has in the events. */
static struct text events_key(const struct search *search, struct text key) {
  const char *bar = memchr(key.data, '|', key.size);
  struct text name = {key.data, bar ? (size_t)(bar - key.data) : key.size};
  struct text mapped = events_name(search, name);
  if (name.size == 0 || text_equal(name, mapped))
    return key;
  return text_from(arena_printf(search->arena, "%.*s%.*s", TEXT_ARGS(mapped),
                                (int)(key.size - name.size), key.data + name.size));
}

/* A list of scalars, or one; `key` empty: keywords. */
static const struct condition *compile_values(const struct search *search, struct text key,
                                              const struct yaml_node *place,
                                              const struct yaml_node *const *nodes, size_t count) {
  struct error error = ERROR_NONE;
  if (!spend(search, place, count ? count : 1))
    return NULL;
  struct condition_value *values = arena_alloc(search->arena, (count + 1) * sizeof *values);
  bool refers = has_modifier(key, "fieldref");
  values[0].type = VALUE_NULL; /* an empty list says that there is no value */
  for (size_t i = 0; i < count; i++) {
    if (nodes[i]->type != YAML_SCALAR)
      return wrong(search, nodes[i], "a map or a list among a field's values");
    values[i] = sigma_value(nodes[i]);
    if (refers)
      values[i].text = events_name(search, values[i].text);
  }
  if (has_modifier(key, "expand")) {
    sigma_refuse(search->detection->reader, place,
                 "'expand' wants placeholders, which margay has none of (in '%.*s')",
                 TEXT_ARGS(key));
    return NULL;
  }
  struct text events = key.size ? events_key(search, key) : TEXT("|contains");
  const struct condition *condition = condition_field_called(
      search->arena, search->detection->reader->set->fields, key.size ? "key" : "keywords", events,
      values, count ? count : 1, &error);
  if (!condition)
    return wrong(search, place, error.text);
  return spend_forms(search, place, condition);
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
