/*
 * An external sort: takes items in any order and gives them back by (time, order), holding at most
 * 16 MiB of them in memory; the rest waits in a temporary file without a name. One thread at a
 * time.
 */
#ifndef DETECT_HISTORY_SPILL_H
#define DETECT_HISTORY_SPILL_H

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

struct spill;

struct spill *spill_new(void);
void spill_free(struct spill *spill); /* NULL is fine */

/* Copies the bytes. False when the temporary file cannot be written. */
bool spill_add(struct spill *spill, time_us time, uint64_t order, struct text bytes,
               struct error *error);

/* Calls `each` for every item in order; it returns false with the error to stop. Once. */
bool spill_read(struct spill *spill,
                bool (*each)(void *context, struct text bytes, struct error *error), void *context,
                struct error *error);

#endif
