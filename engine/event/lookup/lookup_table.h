/*
 * One lookup table in memory, and how it is made: rows are put in one after the other, then it is
 * finished and never changes. Private to the lookup files.
 *
 * A million rows are a block of bytes and four bytes per slot of a hash table (or 24 bytes per
 * network), so that a table costs about what its file does.
 *
 * Threads: one makes a table. Once it is finished any thread may look rows up, hold it and release
 * it; references are counted with atomic operations.
 */
#ifndef EVENT_LOOKUP_LOOKUP_TABLE_H
#define EVENT_LOOKUP_LOOKUP_TABLE_H

#include "base/arena.h"
#include "base/map.h"
#include "event/lookup/lookup.h"
#include "event/lookup/lookup_network.h"

#include <stdatomic.h>

#define LOOKUP_COLUMNS_MAX 4096
#define LOOKUP_KEY_SIZE_MAX 4096

struct lookup_mmdb;

struct lookup_table {
  atomic_int references;
  struct arena arena; /* the columns' names and numbers */
  struct text *columns;
  enum lookup_match match;
  char *bytes; /* each row: its key's size and bytes, then its value */
  size_t size, row_count;
  uint32_t *slots; /* by hash of the key: 1 + the row's place in `bytes`; 0 = free */
  size_t slot_count;
  struct lookup_networks networks; /* LOOKUP_CIDR */
  struct lookup_mmdb *mmdb;        /* NULL = the rows are here */
};

/* One reference is the caller's; lookup_table_hold gives one more, and the last release frees. */
struct lookup_table *lookup_table_new(enum lookup_match match);
struct lookup_table *lookup_table_hold(struct lookup_table *table);
void lookup_table_release(struct lookup_table *table); /* NULL is fine */

enum lookup_found lookup_table_find(const struct lookup_table *table, struct text key,
                                    struct buffer *scratch, struct lookup_cursor *row,
                                    struct error *error);

/* As lookup_set_each. */
void lookup_table_each(const struct lookup_table *table,
                       void (*each)(void *context, struct lookup_cursor row), void *context);

/* A table that is being read from a file. */
struct lookup_builder {
  const struct lookup_options *options;
  struct problems *problems;
  const char *place_word; /* what `place` counts: "line", or "row" where lines are not known */
  struct lookup_table *table;
  struct buffer bytes;
  struct map columns; /* name to its number, an int */
  size_t column_capacity;
  struct lookup_place {
    uint32_t row;   /* its place in `bytes` */
    uint32_t place; /* in the file */
  } * places;
  size_t place_capacity, mistakes;
};

#define LOOKUP_MISTAKES_MAX 20 /* of one file that are reported */

void lookup_builder_begin(struct lookup_builder *builder, const struct lookup_options *options,
                          struct problems *problems);
/* A mistake at a place of the file (0 = the whole). False, for `return`. */
bool lookup_builder_mistake(struct lookup_builder *builder, size_t place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The number of a column, made when it is new; -1 with a mistake when there are too many. */
int lookup_builder_column(struct lookup_builder *builder, struct text name, size_t place);
/* Starts a row: its value, a LOOKUP_ROW, is to be put into `bytes` next. False with a mistake when
 * the key cannot be one. */
bool lookup_builder_row(struct lookup_builder *builder, struct text key, size_t place);
/* The finished table; NULL when there was a mistake. */
struct lookup_table *lookup_builder_finish(struct lookup_builder *builder);

/* Each reads a whole file's text into the builder. */
void lookup_read_csv(struct lookup_builder *builder, struct text text);
void lookup_read_json(struct lookup_builder *builder, struct text text);
void lookup_read_yaml(struct lookup_builder *builder, struct text text);

/* Takes the bytes of an MMDB file, which it keeps; NULL with the reason. */
struct lookup_mmdb *lookup_mmdb_new(struct text bytes, struct error *error);
void lookup_mmdb_free(struct lookup_mmdb *mmdb); /* NULL is fine */
enum lookup_found lookup_mmdb_find(const struct lookup_mmdb *mmdb, struct text key,
                                   struct buffer *scratch, struct lookup_cursor *row,
                                   struct error *error);

#endif
