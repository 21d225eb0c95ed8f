/*
 * The bodies of webhooks that are sent: the lines of a file, or made-up ones. One thread at a time.
 */
#ifndef SIM_SENDER_BODY_H
#define SIM_SENDER_BODY_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"

struct body_source;

/* `path` NULL: made up from `seed`. NULL with the reason: the file cannot be read. */
struct body_source *body_source_new(const char *path, uint64_t seed, struct error *error);
void body_source_free(struct body_source *source); /* NULL is fine */

/* Lines that are not empty; 0 for made-up ones, which have no end. */
uint64_t body_source_count(const struct body_source *source);

/* Replaces `out` by the body of event `number` (from 0), which happens at `now`. A file begins anew
 * after its last line. A made-up body is different for each number, and the same for the same seed,
 * number and time. */
void body_source_read(struct body_source *source, uint64_t number, time_us now, struct buffer *out);

#endif
