/* Mappings by their tables: rows, and the mappings and lists that rows may stand for. */
#include "base/settings/settings.h"

#include "base/settings/internal.h"
#include "base/settings/kind.h"
#include "base/suggestion.h"

/* How a mapping is named in messages, and what those within it begin with. */
struct place {
  const char *where;  /* "http", "source 'zoom'" */
  const char *prefix; /* "http.", "source 'zoom', "; "" at the top */
};

static bool read_rows(const struct settings_reader *reader, const struct yaml_node *mapping,
                      const struct place *place, const struct settings_table *table, void *options);

/* ---- one mapping ------------------------------------------------------------------------- */

/* Every key must be one of these tables'; the second one may be NULL. */
static bool check_keys(const struct settings_reader *reader, const struct yaml_node *mapping,
                       const char *where, const struct settings_table *table,
                       const struct settings_table *more) {
  size_t known = 0, count = table->count + (more ? more->count : 0);
  const char **keys = arena_alloc(reader->arena, (count + 1) * sizeof *keys);
  for (size_t i = 0; i < table->count; i++)
    keys[known++] = table->rows[i].key;
  for (size_t i = 0; more && i < more->count; i++)
    keys[known++] = more->rows[i].key;
  return yaml_known_keys(&reader->context, mapping, where, keys, known);
}

static bool read_mapping(const struct settings_reader *reader, const struct yaml_node *mapping,
                         const struct place *place, const struct settings_table *table,
                         void *options) {
  static const struct yaml_node nothing = {.type = YAML_MAPPING};
  if (!mapping)
    mapping = &nothing;
  if (!yaml_expect(&reader->context, mapping, YAML_MAPPING, place->where))
    return false;
  bool ok = check_keys(reader, mapping, place->where, table, NULL);
  ok = read_rows(reader, mapping, place, table, options) && ok;
  return ok && (!table->check || table->check(reader, mapping, place->where, options));
}

static bool read_nested(const struct settings_reader *reader, const struct yaml_node *mapping,
                        const struct place *place, const struct setting *setting, void *target) {
  const char *where = arena_printf(reader->arena, "%s%s", place->prefix, setting->key);
  const struct place nested = {where, arena_printf(reader->arena, "%s.", where)};
  return read_mapping(reader, mapping, &nested, setting->table, target);
}

/* ---- lists of mappings ------------------------------------------------------------------- */

struct text settings_entry_name(const struct settings_table *table, const void *entry) {
  for (size_t i = 0; table->name && i < table->count; i++)
    if (strcmp(table->rows[i].key, table->name) == 0)
      return *(const struct text *)((const char *)entry + table->rows[i].offset);
  return TEXT("");
}

/* "source 'zoom'", or "a source" while it has no name. */
static struct place entry_place(const struct settings_reader *reader,
                                const struct settings_table *table, struct text name) {
  char shown[64];
  const char *article = strchr("aeiou", *table->what) ? "an" : "a";
  const char *where = name.size == 0 ? arena_printf(reader->arena, "%s %s", article, table->what)
                                     : arena_printf(reader->arena, "%s '%s'", table->what,
                                                    text_printable(name, shown, sizeof shown));
  return (struct place){where, arena_printf(reader->arena, "%s, ", where)};
}

static bool name_is_taken(const struct settings_reader *reader, const struct yaml_node *item,
                          const struct settings_table *table, const void *options,
                          const struct setting_entries *others) {
  struct text name = settings_entry_name(table, options);
  for (size_t i = 0; table->name && i < others->count; i++)
    if (text_equal(settings_entry_name(table, (const char *)others->items + i * table->size),
                   name)) {
      yaml_problem(&reader->context, yaml_get(item, table->name),
                   "a second %s with the %s '%.*s': give it another", table->what, table->name,
                   TEXT_ARGS(name));
      return true;
    }
  return false;
}

static bool unknown_kind(const struct settings_reader *reader, const struct yaml_node *node,
                         const char *what, const struct kind_list *kinds, struct text type) {
  struct buffer known = BUFFER_NONE;
  kind_append_names(&known, kinds);
  const struct kind *near = kind_nearest(kinds, type);
  struct suggestion suggestion;
  char shown[64];
  yaml_problem(&reader->context, node, "unknown %s type '%s' (%sknown: %s)", what,
               text_printable(type, shown, sizeof shown),
               suggestion_write_within(near ? near->name : NULL, &suggestion), known.data);
  buffer_free(&known);
  return false;
}

static bool find_kind(const struct settings_reader *reader, const struct yaml_node *item,
                      const char *where, const struct setting *setting, const struct kind **kind) {
  const struct yaml_node *node = yaml_get(item, "type");
  struct text type;
  if (!node) {
    struct buffer known = BUFFER_NONE;
    kind_append_names(&known, setting->kinds);
    yaml_problem(&reader->context, item, "%s needs 'type' (known: %s)", where, known.data);
    buffer_free(&known);
    return false;
  }
  if (!yaml_string(&reader->context, node, "type", &type))
    return false;
  *kind = kind_find(setting->kinds, type);
  return *kind || unknown_kind(reader, node, setting->table->what, setting->kinds, type);
}

/* What the entry's kind adds to what every entry has. */
static bool read_kind(const struct settings_reader *reader, const struct yaml_node *item,
                      const struct place *place, const struct kind *kind, void *options) {
  struct kind_entry *entry = options;
  *entry = (struct kind_entry){kind, arena_alloc(reader->arena, kind->settings.size)};
  return read_rows(reader, item, place, &kind->settings, entry->options);
}

static bool check_kind(const struct settings_reader *reader, const struct yaml_node *item,
                       const struct place *place, const struct kind *kind, void *options) {
  const struct kind_entry *entry = options;
  struct error error = ERROR_NONE;
  if (kind->settings.check && !kind->settings.check(reader, item, place->where, entry->options))
    return false;
  if (kind->check && !kind->check(entry->options, &error))
    return yaml_problem(&reader->context, item, "%s: %s", place->where, error.text);
  return true;
}

static bool read_entry(const struct settings_reader *reader, const struct yaml_node *item,
                       const struct setting *setting, void *options) {
  const struct settings_table *table = setting->table;
  const struct place nameless = entry_place(reader, table, TEXT(""));
  const struct kind *kind = NULL;
  if (!yaml_expect(&reader->context, item, YAML_MAPPING, nameless.where) ||
      (setting->kind == SETTING_KINDS && !find_kind(reader, item, nameless.where, setting, &kind)))
    return false;
  bool ok = read_rows(reader, item, &nameless, table, options);
  const struct place place = entry_place(reader, table, settings_entry_name(table, options));
  ok = check_keys(reader, item, place.where, table, kind ? &kind->settings : NULL) && ok;
  if (kind)
    ok = read_kind(reader, item, &place, kind, options) && ok;
  ok = ok && (!table->check || table->check(reader, item, place.where, options));
  return ok && (!kind || check_kind(reader, item, &place, kind, options));
}

static bool read_entries(const struct settings_reader *reader, const struct yaml_node *list,
                         const struct setting *setting, struct setting_entries *out) {
  const struct settings_table *table = setting->table;
  *out = (struct setting_entries){NULL, 0};
  if (!list || yaml_is_null(list))
    return true;
  bool alone = setting->alone && list->type == YAML_MAPPING;
  if (!alone && !yaml_expect(&reader->context, list, YAML_SEQUENCE, setting->key))
    return false;
  size_t count = alone ? 1 : list->count;
  out->items = arena_alloc(reader->arena, (count + 1) * table->size);
  bool ok = true;
  for (size_t i = 0; i < count; i++) {
    char *options = (char *)out->items + out->count * table->size;
    const struct yaml_node *item = alone ? list : list->items[i];
    memset(options, 0, table->size);
    if (setting->max && out->count >= (size_t)setting->max)
      ok = yaml_problem(&reader->context, item, "more than %lld %s", (long long)setting->max,
                        setting->key);
    else if (!read_entry(reader, item, setting, options) ||
             name_is_taken(reader, item, table, options, out))
      ok = false;
    else
      out->count++;
  }
  return ok;
}

/* ---- rows -------------------------------------------------------------------------------- */

/* `node` NULL: there is no such key. */
static bool read_row(const struct settings_reader *reader, const struct yaml_node *node,
                     const struct place *place, const struct setting *setting, void *target) {
  switch (setting->kind) {
  case SETTING_MAPPING:
    return read_nested(reader, node && yaml_is_null(node) ? NULL : node, place, setting, target);
  case SETTING_OPTIONAL:
    if (!node)
      return true;
    *(void **)target = arena_alloc(reader->arena, setting->table->size);
    return read_nested(reader, node, place, setting, *(void **)target);
  case SETTING_MAPPINGS:
  case SETTING_KINDS:
    return read_entries(reader, node, setting, target);
  default:
    return node ? settings_read_value(reader, node, setting, target)
                : settings_read_fallback(reader, setting, target);
  }
}

static bool is_skipped(const struct settings_reader *reader, const struct place *place,
                       const char *key) {
  bool is_top = !*place->prefix;
  for (size_t i = 0; is_top && reader->skipped && reader->skipped[i]; i++)
    if (strcmp(reader->skipped[i], key) == 0)
      return true;
  return false;
}

static bool read_rows(const struct settings_reader *reader, const struct yaml_node *mapping,
                      const struct place *place, const struct settings_table *table,
                      void *options) {
  bool ok = true;
  for (size_t i = 0; i < table->count; i++) {
    const struct setting *setting = &table->rows[i];
    const struct yaml_node *node = yaml_get(mapping, setting->key);
    if (is_skipped(reader, place, setting->key))
      continue;
    if (!node && setting->required)
      ok = yaml_problem(&reader->context, mapping, "%s needs '%s': %s", place->where, setting->key,
                        setting->help);
    else
      ok = read_row(reader, node, place, setting, (char *)options + setting->offset) && ok;
  }
  return ok;
}

bool settings_read(const struct settings_reader *reader, const struct yaml_node *mapping,
                   const char *where, const struct settings_table *table, void *options) {
  const struct place top = {where, ""};
  return read_mapping(reader, mapping, &top, table, options);
}
