/*
 * Notes: what optional functions of rules did wrong. A rule that goes wrong does so on every
 * match, so each distinct note is reported once an hour. One thread at a time.
 */
#ifndef DETECT_NOTES_H
#define DETECT_NOTES_H

#include "base/clock.h"
#include "base/error.h"

struct notes;

struct notes *notes_new(void);
void notes_free(struct notes *notes); /* NULL is fine */

/* True when this note (its place and text) was not asked for in the last hour. Bounded: beyond
 * 1024 different notes it begins to forget. */
bool notes_is_new(struct notes *notes, const struct error *note, time_us now);

#endif
