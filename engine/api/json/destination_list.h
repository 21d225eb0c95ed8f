/* Destinations, and how they are: the configured ones, and those for which something still waits. A
 * list serves one thread. */
#ifndef API_JSON_DESTINATION_LIST_H
#define API_JSON_DESTINATION_LIST_H

#include "alert/destination/destination.h"
#include "base/arena.h"
#include "store/store_health.h"
#include "store/store_outbox.h"

#include <jansson.h>

struct destination_entry {
  struct text id;
  const struct destination *destination; /* NULL: it is not configured */
  int64_t waiting, parked;
  struct store_destination_health health;
};

/* Starts zeroed; to be cleared whatever happens. */
struct destination_list {
  struct arena arena; /* owns the texts */
  struct destination_entry *entries;
  size_t count, capacity;
};

/* `store` NULL: there is no state file yet. False with the reason. */
bool destination_list_read(const struct destination *destinations, size_t count,
                           struct store *store, struct destination_list *list, struct error *error);
void destination_list_clear(struct destination_list *list);

/* "high, critical; rule", "everything" */
void destination_append_gets(struct buffer *out, const struct destination *destination);
/* "closed", "open" or "probing" */
const char *destination_circuit(const struct destination_entry *entry);

/* A new reference, never NULL. */
json_t *destination_json(const struct destination_entry *entry);

#endif
