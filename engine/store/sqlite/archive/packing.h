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
  /* Its events in the batch that is added (event_block.c). */
  struct packed_type *next_in_batch;
  size_t in_batch, batch_begin;
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

/* What the handle has; made at first use. */
struct packing *packing_of(struct store *store);

/* Keeps a dictionary for the handle, which frees it. */
struct dictionary *packing_keep(struct packing *packing, struct dictionary *dictionary);

/* A dictionary by its id. NULL with the error. */
struct dictionary *packing_dictionary(struct store *store, int64_t id, struct error *error);

/* Before events are packed: reads the dictionaries of their log types. */
bool packing_prepare(struct store *store, const struct store_event *events, size_t count,
                     struct error *error);

/* What the handle knows of a log type that is prepared. */
struct packed_type *packing_type(struct store *store, struct text log_type);

/* The packed bytes of an event by itself; they live until the next call. False: it is to be kept as
 * it is. */
bool packing_pack(struct store *store, const struct store_event *event, struct text *packed);

/* After they were added. */
void packing_added(struct store *store, const struct store_event *events, size_t count);

/* The source's id and the record of an event that was packed by itself, in `unpacked`. What the
 * error says is to be put behind a place. */
bool packing_unpack(struct store *store, struct text packed, struct buffer *unpacked,
                    struct text *source_id, struct text *record, struct error *error);

#endif
