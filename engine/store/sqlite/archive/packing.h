/*
 * The dictionaries that a handle knows, and events as they are packed with them (packer.h).
 *
 * Dictionaries are rows that never change: an event names the one that it was packed with, so a
 * log type may have several. A handle reads each when it first needs it. The latest of a log type
 * is the one that events are packed with.
 *
 * Private to the store. Threads: as in store/store.h.
 */
#ifndef STORE_SQLITE_ARCHIVE_PACKING_H
#define STORE_SQLITE_ARCHIVE_PACKING_H

#include "base/arena.h"
#include "base/map.h"
#include "store/sqlite/archive/packer.h"
#include "store/sqlite/handle/handle.h"

/* A log type whose events this handle has added. */
struct packed_type {
  struct text name;
  struct dictionary *current; /* NULL: there is none */
  /* With a dictionary: the id of the last event when another one was tried, and how often. */
  int64_t tried_event, tries;
  /* Without: how many were added, and how many it takes to try. */
  int64_t added, wanted;
};

struct packing {
  bool compress;
  struct packer *packer;
  struct dictionary **dictionaries; /* all that were read */
  size_t count, capacity;
  struct arena arena;
  struct map types;         /* of struct packed_type */
  struct packed_type *last; /* that was asked for */
};

/* A row of the table of dictionaries: its id, bytes, checksum and format are the columns 0 to 3.
 * NULL when it is damaged or of a later format; *why then says so. */
struct dictionary *dictionary_from_row(sqlite3_stmt *statement, const char **why);

/* Keeps a dictionary for the handle, which frees it. */
struct dictionary *packing_keep(struct packing *packing, struct dictionary *dictionary);

/* Before events are packed: reads the dictionaries of their log types. */
bool packing_prepare(struct store *store, const struct store_event *events, size_t count,
                     struct error *error);

/* The packed bytes of an event; they live until the next call. False: it is to be kept as it is. */
bool packing_pack(struct store *store, const struct store_event *event, struct text *packed);

/* After they were added. */
void packing_added(struct store *store, const struct store_event *events, size_t count);

/* The source's id and the record of packed bytes, in `unpacked`. What the error says is to be put
 * behind a place. */
bool packing_unpack(struct store *store, struct text packed, struct buffer *unpacked,
                    struct text *source_id, struct text *record, struct error *error);

#endif
