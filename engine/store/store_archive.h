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

/* Whether events that this handle adds are compressed, where there is a dictionary for their log
 * type; they are not until this was called. Events are read in either form. */
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

#endif
