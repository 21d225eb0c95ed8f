/*
 * E-mail addresses that stand for people. Zoom writes the same person's address as it was typed at
 * some time, so Homer@Example.com and homer@example.com are one person wherever people are
 * compared: as keys of correlations, in dedup strings and among `unique` values. (RFC 5321 leaves
 * the case of what stands before the @ to the receiver; no mail provider of today distinguishes
 * it.)
 *
 * Any thread.
 */
#ifndef BASE_UNICODE_ADDRESS_H
#define BASE_UNICODE_ADDRESS_H

#include "base/arena.h"
#include "base/text.h"

#define ADDRESS_SIZE_MAX 320 /* RFC 5321, 4.5.3.1: 64 bytes, the @, and 255 */

/* Whether the whole text is one address: an @ with something on both sides, and no space. */
bool address_is(struct text text);

/* An address folded (base/unicode/fold.h), in the arena; any other text itself. */
struct text address_fold(struct arena *arena, struct text text);

#endif
