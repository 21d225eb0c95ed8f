/*
 * The archive's own work: events as few bytes, and looking after them. Events themselves are added
 * and read in store/store.h.
 *
 * Threads, transactions, errors and callbacks: as in store/store.h.
 */
#ifndef STORE_STORE_ARCHIVE_H
#define STORE_STORE_ARCHIVE_H

#include "store/store.h"

/* ---- compression ------------------------------------------------------------------------- */

/* Whether events that this handle adds are compressed: those of one log type that are added
 * together, and others where there is a dictionary for their log type. They are not until this was
 * called. Events are read in any form. */
void store_archive_compress(struct store *store, bool compress);

/* A dictionary that was made. */
struct store_dictionary {
  struct text log_type;  /* empty: none was made; lives until the next call */
  int64_t id, bytes;     /* its own size */
  int64_t samples;       /* of its events, that it was tried on */
  int64_t plain, packed; /* what these take without and with it, in bytes */
};

/*
 * Makes a dictionary for one log type whose events this handle has added, if it is time: at 500
 * events for the first one, which further ones replace where their events take a tenth less. That
 * is tried after 65,536 events, then after each million. Outside of a transaction; takes up to a
 * fifth of a second when there is something to do, else nothing.
 */
bool store_archive_train(struct store *store, struct store_dictionary *made, struct error *error);

/* ---- retention --------------------------------------------------------------------------- */

/* Events of this log type that came in before `before` are past their retention. */
struct store_retention {
  struct text log_type;
  time_us before; /* TIME_NONE: none are */
};

/*
 * Deletes a slice of what is past it: `others` says that of the log types that are not listed, each
 * of which is listed once. The same rules hold as for store_prune of STORE_EVENTS, which this is
 * when nothing is listed. How far each log type was looked at is kept, so that what another one
 * keeps for longer is not looked at again and again.
 */
struct store_event_retention {
  time_us others;
  const struct store_retention *log_types;
  size_t count;
};
bool store_event_prune(struct store *store, const struct store_event_retention *retention,
                       const struct store_slice *slice, struct store_pruned *pruned,
                       struct error *error);

/* ---- looking after it -------------------------------------------------------------------- */

/* What the archive has of one log type. */
struct store_log_type {
  struct text log_type;
  int64_t events, compressed; /* of them */
  time_us first, last;        /* event times */
  int64_t plain, kept;        /* bytes of sources and records: as they came, as they are kept */
  int64_t dictionaries;
};

/* Calls `each` for the log types of the archive in order of their names: quick. Texts live during
 * the call. */
bool store_archive_log_types(struct store *store, void (*each)(void *context, struct text log_type),
                             void *context, struct error *error);

/* The same with everything that store_log_type says: reads every event. */
bool store_archive_stats(struct store *store,
                         void (*each)(void *context, const struct store_log_type *log_type),
                         void *context, struct error *error);

/*
 * Reads the whole archive, and whether each event can be unpacked, the dictionaries and the index
 * by indicators are what was written, SQLite's index agrees with the events, and their counts by
 * hour too. `damaged` gets each fault as a line for people, and the number of the event that it is
 * about (0: of none), for store_archive_delete. `progress` (NULL: nobody wants it) is called now
 * and then.
 */
struct store_archive_check {
  void (*damaged)(void *context, int64_t event, struct text what);
  void (*progress)(void *context, int64_t done, int64_t events);
  void *context;
};
bool store_archive_check(struct store *store, const struct store_archive_check *check,
                         int64_t *events, struct error *error);

/* Deletes one event that cannot be read. */
bool store_archive_delete(struct store *store, int64_t event, struct error *error);

#endif
