/* Vectorscan behind literal_set.c; every function does nothing useful where the library was missing
 * at build time. Threads: as literal_set.h says. */
#ifndef RULE_INDEX_LITERAL_VECTORSCAN_H
#define RULE_INDEX_LITERAL_VECTORSCAN_H

#include "base/text.h"

struct hs_database;
struct hs_scratch;

/* NULL when the library is missing, the processor too old, or the set not to its liking. */
struct hs_database *literal_vectorscan_new(const struct text *literals, size_t count);
void literal_vectorscan_free(struct hs_database *database);

/* Makes room in *scratch (NULL at first) for the database. */
void literal_vectorscan_prepare(const struct hs_database *database, struct hs_scratch **scratch);
void literal_vectorscan_release(struct hs_scratch *scratch);

void literal_vectorscan_scan(const struct hs_database *database, struct hs_scratch *scratch,
                             struct text subject, void (*found)(void *context, unsigned literal),
                             void *context);
const char *literal_vectorscan_version(void); /* NULL without the library */

#endif
