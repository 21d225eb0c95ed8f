/* What one running source remembers (source/source.h), kept in a store handle of its own. Any
 * thread of the source may use the memory: calls take turns. */
#ifndef DAEMON_SOURCE_STORE_H
#define DAEMON_SOURCE_STORE_H

#include "base/log/log.h"
#include "daemon/token_seal.h"
#include "source/source.h"
#include "store/store.h"

struct source_store;

/* The handle stays the caller's, who leaves it alone while the source runs. It, the id, which is
 * the source's, the seal of its access tokens and the log must outlive the source_store. */
struct source_store *source_store_new(struct store *store, struct text source_id,
                                      const struct token_seal *seal, struct log *log);
/* Where other processes may use the same tokens: their locks are in `<state_path>.lock`, which
 * state_lock.h makes, too. To be called before anybody uses the memory; `state_path` is copied. */
void source_store_share(struct source_store *memory, const char *state_path);
void source_store_free(struct source_store *memory); /* NULL is fine; nobody may be using it */

/* Lives as long as the source_store. */
struct source_memory source_store_memory(struct source_store *memory);

#endif
