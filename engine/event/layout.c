#include "event/layout.h"

#include "base/memory.h"

#include <stdlib.h>

#define TABLE_SIZE 64 /* layouts remembered; a power of two */
/* Records with more members, or with longer keys, are worked out each time, so that hostile ones
 * cannot fill the memory. */
#define MEMBERS_KEPT_MAX 512
#define KEYS_KEPT_MAX 16384

struct layout_table {
  const struct schema_set *schemas;
  struct layout *recent;          /* one of the below */
  uint32_t changes;               /* how often one was worked out */
  struct layout kept[TABLE_SIZE]; /* by hash; a newer one takes the place of an older */
  struct layout large;            /* for what is not kept */
};

struct layout_table *layout_table_new(const struct schema_set *schemas) {
  struct layout_table *table = memory_alloc(sizeof *table);
  table->schemas = schemas;
  table->recent = &table->large;
  return table;
}

void layout_table_free(struct layout_table *table) {
  if (!table)
    return;
  for (size_t i = 0; i < TABLE_SIZE; i++)
    arena_free(&table->kept[i].arena);
  arena_free(&table->large.arena);
  free(table);
}

static bool layout_fits(const struct layout *layout, const struct json_node *object,
                        const struct schema *given) {
  if (layout->member_count != object->size || layout->given != given || !layout->schemas)
    return false;
  const struct text *key = layout->keys;
  for (JSON_EACH(member, object)) {
    if (!text_equal_short(json_key(member), *key++))
      return false;
  }
  return true;
}

static uint64_t layout_hash(const struct json_node *object, const struct schema *given,
                            uint64_t *key_bytes) {
  uint64_t hash = (uintptr_t)given ^ object->size;
  *key_bytes = 0;
  for (JSON_EACH(member, object)) {
    uint64_t ends = member->key_size ? (uint64_t)(uint8_t)member->key[0] << 8 |
                                           (uint8_t)member->key[member->key_size - 1]
                                     : 0;
    hash = (hash ^ member->key_size ^ ends << 32) * UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 29;
    *key_bytes += member->key_size;
  }
  return hash;
}

bool layout_is_own(struct text key) {
  static const char *const own[] = {"p_log_type",     "p_row_id",    "p_event_time",
                                    "p_parse_time",   "p_source_id", "p_source_label",
                                    "p_schema_errors"};
  if (key.size < 2 || memcmp(key.data, "p_", 2) != 0)
    return false;
  if (key.size > 6 && memcmp(key.data, "p_any_", 6) == 0)
    return true;
  for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
    if (text_is(key, own[i]))
      return true;
  return false;
}

/* The field that is made by renaming this key, or NULL. */
static const struct field *renamed_field(const struct schema *schema, struct text key) {
  for (size_t i = 0; schema->reshapes && i < schema->field_count; i++)
    if (schema->fields[i].transform.kind == TRANSFORM_RENAME &&
        text_equal(schema->fields[i].transform.from[0], key))
      return &schema->fields[i];
  return NULL;
}

/* What the keys mean to a schema. */
static void examine(struct arena *arena, const struct layout *layout, const struct schema *schema,
                    struct layout_schema *view) {
  int16_t *slots = arena_alloc(arena, layout->member_count * sizeof *slots);
  bool seen[SCHEMA_FIELDS_MAX] = {false}, filled[SCHEMA_FIELDS_MAX] = {false};
  uint8_t *plain = arena_alloc(arena, layout->member_count);
  *view = (struct layout_schema){.schema = schema,
                                 .slots = slots,
                                 .plain = plain,
                                 .discriminator = -1,
                                 .unidentified = schema->identified};
  for (uint32_t i = 0; i < layout->member_count; i++) {
    struct text key = layout->keys[i];
    const struct field *renamed = NULL;
    int slot = schema_slot(schema, key);
    slots[i] = (int16_t)slot;
    plain[i] = LAYOUT_CHECKED;
    if (slot >= 0) {
      const struct field *field = &schema->fields[slot];
      filled[slot] = true;
      if (field->type == FIELD_STRING && !field->validate.asked)
        plain[i] = JSON_TYPE_STRING;
    }
    if (slot >= 0 && &schema->fields[slot] == schema->discriminator)
      view->discriminator = (int32_t)i;
    if (slot < 0 && (renamed = renamed_field(schema, key)))
      slot = (int)(renamed - schema->fields);
    if (slot >= 0 && seen[slot] && !view->duplicate)
      view->duplicate = &schema->fields[slot];
    if (slot >= 0 && schema->fields[slot].identifies)
      view->unidentified = false;
    if (slot >= 0)
      seen[slot] = true;
    else if (!layout_is_own(key))
      view->unknown_fields++;
  }
  uint16_t *empty = arena_alloc(arena, schema->field_count * sizeof *empty);
  for (size_t i = 0; i < schema->field_count; i++)
    if (!filled[i])
      empty[view->empty_count++] = (uint16_t)i;
  view->empty = empty;
  for (size_t i = 0; i < schema->field_count && !view->missing; i++) {
    const struct field *field = &schema->fields[i];
    /* What is copied, joined or split is known only when it is made. */
    bool made =
        field->transform.kind != TRANSFORM_NONE && field->transform.kind != TRANSFORM_RENAME;
    if (field->required && !seen[i] && !made)
      view->missing = field;
  }
}

static size_t required_count(const struct schema *schema) {
  size_t count = 0;
  for (size_t i = 0; i < schema->field_count; i++)
    count += schema->fields[i].required;
  return count;
}

static size_t known_count(const struct layout *layout, const struct layout_schema *view) {
  size_t count = 0;
  for (uint32_t i = 0; i < layout->member_count; i++)
    count += view->slots[i] >= 0;
  return count;
}

static bool has_defect(const struct layout_schema *view) {
  return view->missing || view->duplicate || view->unidentified;
}

/* Which of two views has the better claim. Schemas come in order of name, which decides a tie. */
static bool claims_more(const struct layout *layout, const struct layout_schema *a,
                        const struct layout_schema *b) {
  bool a_fits = !has_defect(a), b_fits = !has_defect(b);
  if (a_fits != b_fits)
    return a_fits;
  size_t a_required = required_count(a->schema), b_required = required_count(b->schema);
  if (a_fits && a_required != b_required)
    return a_required > b_required;
  return known_count(layout, a) > known_count(layout, b);
}

static void rank_schemas(struct layout *layout, const struct schema_set *set) {
  struct layout_schema *views = arena_alloc(&layout->arena, set->count * sizeof *views);
  for (size_t i = 0; i < set->count; i++) {
    struct layout_schema view;
    examine(&layout->arena, layout, &set->schemas[i], &view);
    size_t at = i;
    for (; at > 0 && claims_more(layout, &view, &views[at - 1]); at--)
      views[at] = views[at - 1];
    views[at] = view;
  }
  layout->schemas = views;
  while (layout->schema_count < set->count && !has_defect(&views[layout->schema_count]))
    layout->schema_count++;
  layout->named = arena_alloc(&layout->arena, set->count * sizeof *layout->named);
  for (size_t i = 0; i < set->count; i++)
    if (views[i].discriminator >= 0)
      layout->named[layout->named_count++] = &views[i];
  layout->named_by = layout->named_count ? layout->named[0]->discriminator : -1;
  for (size_t i = 0; i < layout->named_count; i++)
    if (layout->named[i]->discriminator != layout->named_by)
      layout->named_by = -1;
}

static void build(struct layout *layout, const struct json_node *object,
                  const struct schema_set *set, const struct schema *given, uint64_t hash) {
  struct arena *arena = &layout->arena;
  arena_reset(arena);
  struct text *keys = arena_alloc(arena, object->size * sizeof *keys), *key = keys;
  layout->names_log_type = false;
  for (JSON_EACH(member, object)) {
    *key = arena_copy(arena, json_key(member));
    layout->names_log_type |= text_is(*key++, "p_log_type");
  }
  layout->hash = hash;
  layout->keys = keys;
  layout->repeats = json_may_repeat_members(object);
  layout->member_count = object->size;
  layout->given = given;
  layout->schema_count = layout->named_count = 0;
  layout->named_by = -1;
  if (given) {
    struct layout_schema *view = arena_alloc(arena, sizeof *view);
    examine(arena, layout, given, view);
    layout->schemas = view;
    layout->schema_count = 1;
  } else {
    rank_schemas(layout, set);
  }
}

/* Not inlined: what it needs of the stack would cost every record of the usual layout. */
static __attribute__((noinline)) const struct layout *
find_other(struct layout_table *table, const struct json_node *object, const struct schema *given) {
  uint64_t key_bytes, hash = layout_hash(object, given, &key_bytes);
  bool keep = object->size <= MEMBERS_KEPT_MAX && key_bytes <= KEYS_KEPT_MAX;
  struct layout *layout = keep ? &table->kept[hash % TABLE_SIZE] : &table->large;
  if (!keep)
    arena_free(&layout->arena);
  if (!keep || layout->hash != hash || !layout_fits(layout, object, given)) {
    build(layout, object, table->schemas, given, hash);
    table->changes++;
  }
  table->recent = layout;
  return layout;
}

uint32_t layout_changes(const struct layout_table *table) {
  return table->changes;
}

const struct layout *layout_find(struct layout_table *table, const struct json_node *object,
                                 const struct schema *given) {
  const struct layout *recent = table->recent;
  return layout_fits(recent, object, given) ? recent : find_other(table, object, given);
}
