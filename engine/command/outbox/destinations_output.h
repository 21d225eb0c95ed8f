/*
 * The room command/outbox shows and changes what delivery does: `margay outbox` and `margay
 * destinations`.
 *
 * What `margay destinations` lists, and the alert that it sends.
 */
#ifndef COMMAND_OUTBOX_DESTINATIONS_OUTPUT_H
#define COMMAND_OUTBOX_DESTINATIONS_OUTPUT_H

#include "alert/destination/destination.h"
#include "store/store_health.h"
#include "store/store_outbox.h"

/* Prints a table, or a JSON object per line, on stdout: the destinations that are configured, and
 * others for which something waits or is parked. store NULL: nothing is known of how they are. */
bool destinations_print(const struct destination *destinations, size_t count, struct store *store,
                        bool json, struct error *error);

#endif
