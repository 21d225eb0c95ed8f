/*
 * An external sort: takes items in any order and gives them back by (key, order), holding at most
 * SPILL_MEMORY_MAX bytes of memory for them; the rest waits in a temporary file without a name, in
 * the folder that TMPDIR names, else in /var/tmp (/tmp is memory on many systems).
 *
 * Belongs to one thread. Errors are those of the temporary file: no space, no folder.
 */
#ifndef EVENT_BATCH_SPILL_H
#define EVENT_BATCH_SPILL_H

#include "base/error.h"
#include "base/text.h"

#define SPILL_MEMORY_MAX ((size_t)16 * 1024 * 1024)

struct spill;

/* `what` says in errors what is sorted ("matches"); it must outlive the spill. */
struct spill *spill_new(const char *what);
void spill_free(struct spill *spill); /* NULL is fine */

/* Copies the bytes. False when the temporary file cannot be written. */
bool spill_add(struct spill *spill, int64_t key, uint64_t order, struct text bytes,
               struct error *error);

/* Calls `each` for every item in order; it returns false with the error to stop. Once. */
bool spill_read(struct spill *spill,
                bool (*each)(void *context, struct text bytes, struct error *error), void *context,
                struct error *error);

#endif
