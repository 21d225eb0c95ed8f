/* Sets of lookup tables: reading their files, noticing that they changed. */
#include "event/lookup/lookup_table.h"

#include "base/digest.h"
#include "base/file_text.h"
#include "base/memory.h"

#include <stdlib.h>
#include <sys/stat.h>

#define MIB ((size_t)1 << 20)

const char *const lookup_match_names[] = {"exact", "ignore_case", "cidr", NULL};

/* A file as it was when it was read. */
struct signature {
  bool there;
  dev_t device;
  ino_t inode;
  off_t size;
  struct timespec changed;
};

struct entry {
  struct lookup_options options;
  struct signature signature;
  struct lookup_table *table; /* NULL = it has no rows */
};

struct lookup_set {
  atomic_int references;
  uint64_t number;
  struct arena arena; /* the options' texts */
  struct entry *entries;
  size_t count;
};

static const struct format {
  const char *suffix;
  size_t size_max; /* of the file; what reads it needs a multiple of that for a while */
  void (*read)(struct lookup_builder *builder, struct text text); /* NULL = MMDB */
} formats[] = {
    {".csv", 1024 * MIB, lookup_read_csv}, {".json", 64 * MIB, lookup_read_json},
    {".yml", 4 * MIB, lookup_read_yaml},   {".yaml", 4 * MIB, lookup_read_yaml},
    {".mmdb", 1024 * MIB, NULL},
};

static const struct format *format_of(const char *path) {
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
    if (text_ends_folded(text_from(path), text_from(formats[i].suffix)))
      return &formats[i];
  return NULL;
}

bool lookup_format_known(const char *path) {
  return format_of(path) != NULL;
}

bool lookup_is_mmdb(const char *path) {
  const struct format *format = format_of(path);
  return format && !format->read;
}

/* ---- files ---- */

static struct signature signature_of(const struct stat *status) {
  return (struct signature){.there = true,
                            .device = status->st_dev,
                            .inode = status->st_ino,
                            .size = status->st_size,
                            .changed = status->st_mtim};
}

static bool signature_equal(const struct signature *a, const struct signature *b) {
  if (!a->there || !b->there)
    return a->there == b->there;
  return a->device == b->device && a->inode == b->inode && a->size == b->size &&
         a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

static struct lookup_table *read_mmdb(const struct lookup_options *options, struct text bytes,
                                      struct problems *problems) {
  struct error error = ERROR_NONE;
  struct lookup_mmdb *mmdb = lookup_mmdb_new(bytes, &error);
  if (!mmdb) {
    problems_add(problems, options->path, 0, 0, "%s", error.text);
    return NULL;
  }
  struct lookup_table *table = lookup_table_new(LOOKUP_CIDR);
  table->mmdb = mmdb;
  return table;
}

static struct lookup_table *read_table(const struct lookup_options *options,
                                       const struct format *format, struct text bytes,
                                       struct problems *problems) {
  static const char byte_order_mark[] = "\xef\xbb\xbf";
  struct lookup_builder builder;
  if (!format->read)
    return read_mmdb(options, bytes, problems);
  if (bytes.size >= 3 && memcmp(bytes.data, byte_order_mark, 3) == 0)
    bytes = (struct text){bytes.data + 3, bytes.size - 3};
  lookup_builder_begin(&builder, options, problems);
  format->read(&builder, bytes);
  return lookup_builder_finish(&builder);
}

static bool report_unreadable(const struct lookup_options *options, enum file_result result,
                              const struct error *error, struct problems *problems) {
  return problems_add(problems, options->file ? options->file : options->path, options->line, 0,
                      "lookup '%.*s': %s: %s%s", TEXT_ARGS(options->name), options->path,
                      error->text,
                      result == FILE_MISSING ? " (with optional: true it may come later)" : "");
}

static void replace_table(struct entry *entry, struct lookup_table *table) {
  lookup_table_release(entry->table);
  entry->table = table;
}

/* Reads the entry's file when it is not as the signature says. False with a problem: the table
 * stays as it was. */
static bool read_entry(struct entry *entry, struct problems *problems) {
  const struct lookup_options *options = &entry->options;
  const struct format *format = format_of(options->path);
  struct buffer bytes = BUFFER_NONE;
  struct stat status;
  struct error error = ERROR_NONE;
  struct lookup_table *table = NULL;
  enum file_result result =
      file_read(options->path, FILE_REGULAR, format->size_max, &bytes, &status, &error);
  entry->signature = status.st_ino ? signature_of(&status) : (struct signature){.there = false};
  if (result == FILE_MISSING && options->optional) {
    replace_table(entry, NULL);
    return true;
  }
  if (result == FILE_READ)
    table = read_table(options, format, buffer_text(&bytes), problems);
  else
    report_unreadable(options, result, &error, problems);
  buffer_free(&bytes);
  if (table)
    replace_table(entry, table);
  return table != NULL;
}

/* ---- sets ---- */

static struct lookup_set *set_new(size_t count) {
  struct lookup_set *set = memory_alloc(sizeof *set);
  atomic_init(&set->references, 1);
  set->arena = ARENA_NONE;
  do /* of so many numbers none is drawn twice */
    random_bytes(&set->number, sizeof set->number);
  while (set->number == 0);
  set->entries = memory_alloc_array(count, sizeof *set->entries);
  set->count = count;
  return set;
}

static struct lookup_options copy_options(struct arena *arena,
                                          const struct lookup_options *options) {
  struct lookup_options copy = *options;
  copy.name = arena_copy(arena, options->name);
  copy.key = arena_copy(arena, options->key);
  copy.path = arena_copy_string(arena, options->path);
  copy.file = arena_copy_string(arena, options->file);
  return copy;
}

struct lookup_set *lookup_set_load(const struct lookup_options *options, size_t count,
                                   struct problems *problems) {
  struct lookup_set *set = set_new(count);
  for (size_t i = 0; i < count; i++) {
    set->entries[i].options = copy_options(&set->arena, &options[i]);
    read_entry(&set->entries[i], problems);
  }
  return set;
}

static bool has_changed(const struct entry *entry) {
  struct stat status;
  struct signature now = {.there = false};
  if (stat(entry->options.path, &status) == 0)
    now = signature_of(&status);
  return !signature_equal(&now, &entry->signature);
}

struct lookup_set *lookup_set_refresh(const struct lookup_set *set, struct problems *problems) {
  bool changed = false;
  for (size_t i = 0; i < set->count && !changed; i++)
    changed = has_changed(&set->entries[i]);
  if (!changed)
    return NULL;
  struct lookup_set *next = set_new(set->count);
  for (size_t i = 0; i < set->count; i++) {
    struct entry *entry = &next->entries[i];
    *entry = set->entries[i];
    entry->options = copy_options(&next->arena, &set->entries[i].options);
    if (entry->table)
      lookup_table_hold(entry->table);
    if (has_changed(entry))
      read_entry(entry, problems);
  }
  return next;
}

struct lookup_set *lookup_set_hold(struct lookup_set *set) {
  atomic_fetch_add(&set->references, 1);
  return set;
}

void lookup_set_release(struct lookup_set *set) {
  if (!set || atomic_fetch_sub(&set->references, 1) > 1)
    return;
  for (size_t i = 0; i < set->count; i++)
    lookup_table_release(set->entries[i].table);
  free(set->entries);
  arena_free(&set->arena);
  free(set);
}

uint64_t lookup_set_number(const struct lookup_set *set) {
  return set ? set->number : 0;
}

size_t lookup_set_count(const struct lookup_set *set) {
  return set ? set->count : 0;
}

struct text lookup_set_name(const struct lookup_set *set, size_t index) {
  return set->entries[index].options.name;
}

size_t lookup_set_rows(const struct lookup_set *set, size_t index) {
  return set->entries[index].table ? set->entries[index].table->row_count : 0;
}

void lookup_set_each(const struct lookup_set *set, size_t index,
                     void (*each)(void *context, struct lookup_cursor row), void *context) {
  if (set->entries[index].table)
    lookup_table_each(set->entries[index].table, each, context);
}

enum lookup_found lookup_find(const struct lookup_set *set, struct text table, struct text key,
                              struct buffer *scratch, struct lookup_cursor *row,
                              struct error *error) {
  for (size_t i = 0; i < lookup_set_count(set); i++) {
    const struct entry *entry = &set->entries[i];
    if (!text_equal(entry->options.name, table))
      continue;
    if (!entry->table)
      return LOOKUP_NO_ROW;
    enum lookup_found found = lookup_table_find(entry->table, key, scratch, row, error);
    if (found == LOOKUP_DAMAGED)
      error_prefix(error, "%s", entry->options.path);
    return found;
  }
  return LOOKUP_NO_TABLE;
}
