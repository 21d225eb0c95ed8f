/*
 * The room event/lookup reads lookup tables from files and finds rows in them.
 *
 * Lookup tables: what is known beside the events (who is an administrator, whose network an
 * address is in), read from CSV, JSON and YAML files and from MMDB files (GeoIP).
 *
 * A set of tables never changes, is counted, and is shared by all threads. Files that change are
 * read into a new set, which takes over the tables whose files are as they were.
 */
#ifndef EVENT_LOOKUP_LOOKUP_H
#define EVENT_LOOKUP_LOOKUP_H

#include "base/buffer.h"
#include "base/yaml/problems.h"
#include "event/lookup/lookup_value.h"

#define LOOKUP_TABLES_MAX 64

/* How a key of the table is compared with what is looked up. */
enum lookup_match {
  LOOKUP_EXACT,
  LOOKUP_IGNORE_CASE, /* of letters, as base/unicode/fold.h */
  LOOKUP_CIDR         /* keys are networks; the longest prefix that holds the address wins */
};
extern const char *const lookup_match_names[]; /* as configured; ends with NULL */

/* A table as it is configured. */
struct lookup_options {
  struct text name;
  const char *path; /* .csv, .json, .yml, .yaml or .mmdb: the format */
  struct text key;  /* the column of the key; empty: the first of a CSV file, or what a JSON or YAML
                       file maps to its rows */
  enum lookup_match match; /* MMDB: is not asked for */
  bool optional;           /* without its file the table is empty */
  const char *file;        /* where it is configured, for errors; may be NULL */
  unsigned line;
};

/* Whether a path ends like one that can be read. */
bool lookup_format_known(const char *path);
/* Whether it is an MMDB file, which brings its own keys. */
bool lookup_is_mmdb(const char *path);

struct lookup_set;

/* Reads every file; each mistake adds a problem with file and line. A table that is wrong stands
 * empty in the set, which is usable whatever happened. The options are copied. */
struct lookup_set *lookup_set_load(const struct lookup_options *options, size_t count,
                                   struct problems *problems);

/* One more reference, which the holder releases; the last one frees the set. Any thread. */
struct lookup_set *lookup_set_hold(struct lookup_set *set);
void lookup_set_release(struct lookup_set *set); /* NULL is fine */

/* A set with what has changed on disk since, or NULL when nothing has. A file that is wrong now, or
 * gone though it is needed, adds problems once and leaves its old table in place. */
struct lookup_set *lookup_set_refresh(const struct lookup_set *set, struct problems *problems);

/* A number that no other set of the process has, not even at the same place later; 0 for NULL. What
 * was found in a set of this number can be found there again. */
uint64_t lookup_set_number(const struct lookup_set *set);

size_t lookup_set_count(const struct lookup_set *set); /* 0 for NULL */
struct text lookup_set_name(const struct lookup_set *set, size_t index);

/* Rows in memory; 0 for an MMDB file, which keeps its own. */
size_t lookup_set_rows(const struct lookup_set *set, size_t index);

/* Calls `each` for every row, in the order of the file, with a cursor behind the row's key. None
 * for an MMDB file. */
void lookup_set_each(const struct lookup_set *set, size_t index,
                     void (*each)(void *context, struct lookup_cursor row), void *context);

enum lookup_found {
  LOOKUP_FOUND,
  LOOKUP_NO_ROW,
  LOOKUP_NO_TABLE, /* none of that name is configured */
  LOOKUP_DAMAGED   /* the error says what is wrong with the file */
};

/* Finds the row of a key. It can be read from the cursor as long as the set is held and the scratch
 * buffer is left alone. `set` may be NULL: it has no tables. */
enum lookup_found lookup_find(const struct lookup_set *set, struct text table, struct text key,
                              struct buffer *scratch, struct lookup_cursor *row,
                              struct error *error);

#endif
