#include "rule/tuning/tuning_exception.h"

#include "base/buffer.h"
#include "base/suggestion.h"
#include "rule/sigma/sigma_value.h"

#define DEPTH_MAX 32       /* as where */
#define ENTRIES_MAX 100000 /* as where: of one exception */
#define LOOKUPS_MAX 16     /* of one exception */
#define VALUES_SHOWN_MAX 5 /* of a list, for people */
#define LOOKUP_SUFFIX "|lookup"

struct compiler {
  struct rule_set *set;
  struct yaml_context context;
  const struct tuning_world *world;
  struct rule_lookup_test lookups[LOOKUPS_MAX];
  size_t lookup_count, entries;
};

/* Where in the table a value stands. */
struct spot {
  struct text prefix; /* path of the fields above with a final dot, or empty */
  unsigned depth;
  bool is_choice; /* within a list of tables, of which any must hold */
};

static const struct condition *
compile_table(struct compiler *compiler, const struct yaml_node *table, const struct spot *spot);

/* Nothing to ask a condition for, but no mistake. */
static const struct condition nothing;

static const struct condition *wrong(const struct compiler *compiler, const struct yaml_node *node,
                                     const char *cause) {
  yaml_problem(&compiler->context, node, "except: %s", cause);
  return NULL;
}

static bool enter(struct compiler *compiler, const struct yaml_node *node,
                  const struct spot *spot) {
  compiler->entries += node->count;
  if (spot->depth > DEPTH_MAX)
    wrong(compiler, node, "tables nested deeper than 32 levels");
  else if (compiler->entries > ENTRIES_MAX)
    wrong(compiler, node, "more than 100,000 entries");
  else
    return true;
  return false;
}

/* All parts compiled: their AND or OR. Otherwise releases those that did. */
static const struct condition *join(struct compiler *compiler, enum condition_kind kind,
                                    const struct condition **parts, size_t count) {
  bool complete = true;
  size_t asked = 0;
  for (size_t i = 0; i < count; i++) {
    complete = complete && parts[i];
    if (parts[i] && parts[i] != &nothing)
      parts[asked++] = parts[i];
  }
  if (complete && asked == 0)
    return &nothing;
  if (complete && asked == 1)
    return parts[0];
  if (complete)
    return kind == CONDITION_ALL ? condition_all(&compiler->set->arena, parts, asked)
                                 : condition_any(&compiler->set->arena, parts, asked);
  for (size_t i = 0; i < asked; i++)
    condition_release(parts[i]);
  return NULL;
}

/* ---- lookups ----------------------------------------------------------------------------- */

static bool is_lookup(struct text key) {
  size_t size = sizeof LOOKUP_SUFFIX - 1;
  return key.size > size && memcmp(key.data + key.size - size, LOOKUP_SUFFIX, size) == 0;
}

static bool table_exists(const struct compiler *compiler, const struct yaml_node *node) {
  const struct tuning_world *world = compiler->world;
  struct suggestion suggestion;
  char shown[64];
  for (size_t i = 0; i < world->table_count; i++)
    if (text_equal(world->tables[i], node->value))
      return true;
  const char **names = arena_alloc(&compiler->set->arena, (world->table_count + 1) * sizeof *names);
  for (size_t i = 0; i < world->table_count; i++)
    names[i] = arena_copy(&compiler->set->arena, world->tables[i]).data;
  return yaml_problem(
      &compiler->context, node,
      "except: no lookup table is called '%s'%s: 'lookups' names those that are there",
      text_printable(node->value, shown, sizeof shown),
      suggestion_find(node->value, names, world->table_count, &suggestion));
}

static const struct condition *compile_lookup(struct compiler *compiler, struct text key,
                                              const struct yaml_node *place,
                                              const struct yaml_node *value,
                                              const struct spot *spot) {
  struct text path = {key.data, key.size - (sizeof LOOKUP_SUFFIX - 1)};
  if (memchr(path.data, '|', path.size))
    return wrong(compiler, place, "'lookup' goes with no other modifier");
  if (value->type != YAML_SCALAR || yaml_is_null(value))
    return wrong(compiler, value, "'lookup' takes the name of one lookup table");
  if (spot->is_choice)
    return wrong(compiler, place,
                 "'lookup' cannot stand in a list of tables within an exception: write another "
                 "exception");
  if (compiler->lookup_count == LOOKUPS_MAX)
    return wrong(compiler, place, "more than 16 lookups in one exception");
  if (!table_exists(compiler, value))
    return NULL;
  compiler->lookups[compiler->lookup_count++] =
      (struct rule_lookup_test){.field = field_table_intern(compiler->set->fields, path),
                                .table = arena_copy(&compiler->set->arena, value->value)};
  return &nothing;
}

/* ---- fields ------------------------------------------------------------------------------ */

static const struct condition *compile_values(struct compiler *compiler, struct text key,
                                              const struct yaml_node *place,
                                              const struct yaml_node *const *nodes, size_t count) {
  struct condition_value *values = arena_alloc(&compiler->set->arena, (count + 1) * sizeof *values);
  struct error error = ERROR_NONE;
  for (size_t i = 0; i < count; i++) {
    if (nodes[i]->type != YAML_SCALAR)
      return wrong(compiler, nodes[i],
                   "a list entry that is no text, number, true or false (nor are all tables)");
    values[i] = sigma_value(nodes[i]);
  }
  const struct condition *condition = condition_field_called(
      &compiler->set->arena, compiler->set->fields, "except key", key, values, count, &error);
  if (!condition)
    yaml_problem(&compiler->context, place, "%s", error.text);
  return condition;
}

/* A list of tables: any must hold. */
static const struct condition *
compile_tables(struct compiler *compiler, const struct yaml_node *list, const struct spot *spot) {
  const struct condition **parts =
      arena_alloc(&compiler->set->arena, (list->count + 1) * sizeof(struct condition *));
  struct spot inner = *spot;
  inner.is_choice = true;
  for (size_t i = 0; i < list->count; i++)
    parts[i] = list->items[i]->type == YAML_MAPPING
                   ? compile_table(compiler, list->items[i], &inner)
                   : wrong(compiler, list->items[i],
                           "a list entry that is no table of fields (this list holds tables only)");
  return join(compiler, CONDITION_ANY, parts, list->count);
}

static bool enter_field(const struct compiler *compiler, const struct yaml_node *place,
                        struct text key, const struct spot *spot, struct spot *inner) {
  if (memchr(key.data, '|', key.size))
    return wrong(compiler, place, "a table of fields under a modifier") != NULL;
  *inner = (struct spot){
      .prefix = text_from(arena_printf(&compiler->set->arena, "%.*s.", TEXT_ARGS(key))),
      .depth = spot->depth + 1,
      .is_choice = spot->is_choice};
  return true;
}

static const struct condition *compile_field(struct compiler *compiler,
                                             const struct yaml_node *place,
                                             const struct yaml_node *value,
                                             const struct spot *spot) {
  struct text key = text_from(arena_printf(&compiler->set->arena, "%.*s%.*s",
                                           TEXT_ARGS(spot->prefix), TEXT_ARGS(place->value)));
  struct spot inner;
  bool tables = value->type == YAML_MAPPING || (value->type == YAML_SEQUENCE && value->count > 0 &&
                                                value->items[0]->type == YAML_MAPPING);
  if (place->value.size == 0)
    return wrong(compiler, place, "a field without a name");
  if (is_lookup(key))
    return compile_lookup(compiler, key, place, value, spot);
  if (value->type == YAML_SCALAR)
    return compile_values(compiler, key, place, &value, 1);
  if (value->count == 0)
    return wrong(compiler, value, "an empty table or list (give it values, or leave it out)");
  if (!tables)
    return enter(compiler, value, spot)
               ? compile_values(compiler, key, place, (const struct yaml_node *const *)value->items,
                                value->count)
               : NULL;
  if (!enter_field(compiler, place, key, spot, &inner) || !enter(compiler, value, &inner))
    return NULL;
  return value->type == YAML_MAPPING ? compile_table(compiler, value, &inner)
                                     : compile_tables(compiler, value, &inner);
}

static const struct condition *
compile_table(struct compiler *compiler, const struct yaml_node *table, const struct spot *spot) {
  if (table->count == 0)
    return wrong(compiler, table, "an empty table (give it values, or leave it out)");
  if (!enter(compiler, table, spot))
    return NULL;
  const struct condition **parts =
      arena_alloc(&compiler->set->arena, (table->count + 1) * sizeof(struct condition *));
  for (size_t i = 0; i < table->count; i++)
    parts[i] = compile_field(compiler, table->keys[i], table->items[i], spot);
  return join(compiler, CONDITION_ALL, parts, table->count);
}

bool tuning_exception_compile(struct rule_set *set, const struct tuning *tuning,
                              const struct tuning_world *world, const struct yaml_node *table,
                              struct rule_suppressor *suppressor) {
  struct compiler compiler = {
      .set = set, .context = {tuning->yaml, world->problems}, .world = world};
  const struct spot top = {.prefix = TEXT("")};
  const struct condition *condition;
  if (table->type != YAML_MAPPING)
    condition = wrong(&compiler, table, "an exception is a table of fields, in where's words");
  else if (table->count == 0)
    condition =
        wrong(&compiler, table,
              "an exception without a field takes every match: mute_until or mode says that");
  else
    condition = compile_table(&compiler, table, &top);
  if (!condition)
    return false;
  size_t size = compiler.lookup_count * sizeof *compiler.lookups;
  struct rule_lookup_test *lookups = arena_alloc(&set->arena, size + 1);
  memcpy(lookups, compiler.lookups, size);
  suppressor->kind = RULE_EXCEPTED;
  suppressor->condition = condition == &nothing ? NULL : condition;
  suppressor->lookups = lookups;
  suppressor->lookup_count = compiler.lookup_count;
  return true;
}

/* ---- for people -------------------------------------------------------------------------- */

static void write_condition(const struct condition *condition, bool inner, struct buffer *out) {
  if (condition->kind == CONDITION_FIELD) {
    condition_field_write(condition, VALUES_SHOWN_MAX, out);
    return;
  }
  buffer_append_string(out, inner ? "(" : "");
  for (size_t i = 0; i < condition->child_count; i++) {
    if (i)
      buffer_append_string(out, condition->kind == CONDITION_ANY ? " or " : " and ");
    write_condition(condition->children[i], true, out);
  }
  buffer_append_string(out, inner ? ")" : "");
}

void tuning_exception_write(const struct rule_set *set, const struct rule_suppressor *suppressor,
                            struct buffer *out) {
  if (suppressor->condition)
    write_condition(suppressor->condition, suppressor->lookup_count > 0, out);
  for (size_t i = 0; i < suppressor->lookup_count; i++) {
    struct text path = field_table_path(set->fields, suppressor->lookups[i].field);
    buffer_printf(out, "%s%.*s" LOOKUP_SUFFIX " = ", i || suppressor->condition ? " and " : "",
                  TEXT_ARGS(path));
    buffer_append_json_string(out, suppressor->lookups[i].table);
  }
}
