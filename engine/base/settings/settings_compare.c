/* Two structs of one table, setting by setting. */
#include "base/buffer.h"
#include "base/settings/internal.h"
#include "base/settings/kind.h"

struct comparison {
  void (*each)(void *context, const struct settings_difference *difference);
  void *context;
  size_t count;
};

/* `restart`: everything in the mapping needs one. */
static void compare_rows(struct comparison *comparison, const char *path,
                         const struct settings_table *table, bool restart, const void *old,
                         const void *new);

static void report(struct comparison *comparison, const char *path, enum setting_change change,
                   bool restart) {
  const struct settings_difference difference = {path, change, restart};
  comparison->count++;
  if (comparison->each)
    comparison->each(comparison->context, &difference);
}

static bool lists_equal(const struct setting_list *old, const struct setting_list *new) {
  bool equal = old->count == new->count;
  for (size_t i = 0; equal && i < old->count; i++)
    equal = text_equal(old->items[i], new->items[i]);
  return equal;
}

/* For rows of one value. */
static bool values_equal(enum setting_kind kind, const void *old, const void *new) {
  switch (kind) {
  case SETTING_CHOICE:
    return *(const int *)old == *(const int *)new;
  case SETTING_BOOL:
    return *(const bool *)old == *(const bool *)new;
  case SETTING_INT:
  case SETTING_DURATION:
  case SETTING_SIZE:
    return *(const int64_t *)old == *(const int64_t *)new;
  case SETTING_LIST:
  case SETTING_HEADERS:
  case SETTING_PATHS:
    return lists_equal(old, new);
  default:
    return text_equal(*(const struct text *)old, *(const struct text *)new);
  }
}

static void compare_optional(struct comparison *comparison, const char *path,
                             const struct setting *setting, bool restart, const void *old,
                             const void *new) {
  const void *was = *(void *const *)old, *is = *(void *const *)new;
  if (was && is)
    compare_rows(comparison, path, setting->table, restart, was, is);
  else if (was || is)
    report(comparison, path, is ? SETTING_ADDED : SETTING_REMOVED, restart);
}

/* ---- lists of mappings ------------------------------------------------------------------- */

static const void *entry_at(const struct settings_table *table,
                            const struct setting_entries *entries, size_t index) {
  return (const char *)entries->items + index * table->size;
}

/* The entry of `others` that is this one: of the same name, or at the same place where entries have
 * no names. */
static const void *counterpart(const struct settings_table *table,
                               const struct setting_entries *entries, size_t index,
                               const struct setting_entries *others) {
  if (!table->name)
    return index < others->count ? entry_at(table, others, index) : NULL;
  struct text name = settings_entry_name(table, entry_at(table, entries, index));
  for (size_t i = 0; i < others->count; i++)
    if (text_equal(settings_entry_name(table, entry_at(table, others, i)), name))
      return entry_at(table, others, i);
  return NULL;
}

/* "sources[zoom]" */
static void append_entry(struct buffer *out, const char *path, const struct settings_table *table,
                         const void *entry, size_t index) {
  char shown[64];
  buffer_reset(out);
  if (table->name)
    buffer_printf(out, "%s[%s]", path,
                  text_printable(settings_entry_name(table, entry), shown, sizeof shown));
  else
    buffer_printf(out, "%s[%zu]", path, index);
}

static void compare_entry(struct comparison *comparison, struct buffer *path,
                          const struct setting *setting, bool restart, const void *old,
                          const void *new) {
  if (setting->kind != SETTING_KINDS) {
    compare_rows(comparison, path->data, setting->table, restart, old, new);
    return;
  }
  const struct kind_entry *was = old, *is = new;
  if (was->kind != is->kind) {
    buffer_append_string(path, ".type");
    report(comparison, path->data, SETTING_CHANGED, restart);
    return;
  }
  compare_rows(comparison, path->data, setting->table, restart, old, new);
  compare_rows(comparison, path->data, &was->kind->settings, restart, was->options, is->options);
}

static void compare_entries(struct comparison *comparison, const char *path,
                            const struct setting *setting, bool restart,
                            const struct setting_entries *old, const struct setting_entries *new) {
  const struct settings_table *table = setting->table;
  struct buffer name = BUFFER_NONE;
  for (size_t i = 0; i < old->count; i++) {
    const void *entry = entry_at(table, old, i), *other = counterpart(table, old, i, new);
    append_entry(&name, path, table, entry, i);
    if (other)
      compare_entry(comparison, &name, setting, restart, entry, other);
    else
      report(comparison, name.data, SETTING_REMOVED, restart);
  }
  for (size_t i = 0; i < new->count; i++) {
    if (counterpart(table, new, i, old))
      continue;
    append_entry(&name, path, table, entry_at(table, new, i), i);
    report(comparison, name.data, SETTING_ADDED, restart);
  }
  buffer_free(&name);
}

/* ---- rows -------------------------------------------------------------------------------- */

static void compare_row(struct comparison *comparison, const char *path,
                        const struct setting *setting, bool restart, const void *old,
                        const void *new) {
  switch (setting->kind) {
  case SETTING_MAPPING:
    compare_rows(comparison, path, setting->table, restart, old, new);
    break;
  case SETTING_OPTIONAL:
    compare_optional(comparison, path, setting, restart, old, new);
    break;
  case SETTING_MAPPINGS:
  case SETTING_KINDS:
    compare_entries(comparison, path, setting, restart, old, new);
    break;
  default:
    if (!values_equal(setting->kind, old, new))
      report(comparison, path, SETTING_CHANGED, restart);
  }
}

static void compare_rows(struct comparison *comparison, const char *path,
                         const struct settings_table *table, bool restart, const void *old,
                         const void *new) {
  struct buffer name = BUFFER_NONE;
  for (size_t i = 0; i < table->count; i++) {
    const struct setting *setting = &table->rows[i];
    buffer_reset(&name);
    buffer_printf(&name, "%s%s%s", path, *path ? "." : "", setting->key);
    compare_row(comparison, name.data, setting, restart || setting->restart,
                (const char *)old + setting->offset, (const char *)new + setting->offset);
  }
  buffer_free(&name);
}

size_t settings_compare(const struct settings_table *table, const void *old, const void *new,
                        void (*each)(void *context, const struct settings_difference *difference),
                        void *context) {
  struct comparison comparison = {each, context, 0};
  compare_rows(&comparison, "", table, false, old, new);
  return comparison.count;
}
