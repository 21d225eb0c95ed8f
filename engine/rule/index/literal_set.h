/*
 * Many literals at once: which of them a text contains, without looking for each by itself.
 * ASCII case does not matter.
 *
 * A set never changes and is shared by threads; the scratch serves one thread. Two engines give
 * the same answers: our own, whose cost for short texts is the lowest, and Vectorscan (where it
 * was there at build time and the processor can run it), whose cost grows least with very many
 * literals.
 */
#ifndef RULE_INDEX_LITERAL_SET_H
#define RULE_INDEX_LITERAL_SET_H

#include "base/text.h"
#include "rule/condition/work.h"

#define LITERAL_SIZE_MIN 4 /* bytes of a literal at least */

struct literal_set;
struct literal_scratch;

enum literal_engine {
  LITERAL_ENGINE_BEST, /* by the number of literals */
  LITERAL_ENGINE_OWN,
  LITERAL_ENGINE_VECTORSCAN /* our own where it cannot be had */
};

/* The literals are in lower case and are copied; at least one. */
struct literal_set *literal_set_new(const struct text *literals, size_t count,
                                    enum literal_engine engine);
void literal_set_free(struct literal_set *set); /* NULL is fine */

struct literal_scratch *literal_scratch_new(void);
void literal_scratch_free(struct literal_scratch *scratch); /* NULL is fine */
/* Makes the scratch fit for the set as well. Must be called before literal_set_scan. */
void literal_scratch_prepare(struct literal_scratch *scratch, const struct literal_set *set);

/* Whether one of its literals is contained in texts that are not ASCII and not equal by ASCII's
 * case alone: they are to be folded (base/unicode/fold.h) before they are scanned. */
bool literal_set_reaches_beyond(const struct literal_set *set);

/* Calls `found` with the number of each literal that the subject contains: at least once, in no
 * order. Allocates nothing. False: there was not enough work left to find them all. */
bool literal_set_scan(const struct literal_set *set, struct literal_scratch *scratch,
                      struct work *work, struct text subject,
                      void (*found)(void *context, unsigned literal), void *context);

/* What our own engine built: for tests and for measuring. All 0 with the other engine. */
struct literal_set_size {
  unsigned gram_size, stride; /* bytes */
  size_t grams;
};
struct literal_set_size literal_set_size(const struct literal_set *set);

/* "5.4.9 2023-…", or NULL without the library. */
const char *literal_set_vectorscan_version(void);

#endif
