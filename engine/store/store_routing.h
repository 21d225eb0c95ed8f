/* What routing decided of alerts. The rules of store.h hold. */
#ifndef STORE_STORE_ROUTING_H
#define STORE_STORE_ROUTING_H

#include "store/store.h"

/* Notes which route sends an alert nowhere, in words for people; as long as the alert is there, and
 * it must be when the transaction commits. */
bool store_alert_mute(struct store *store, struct text alert_id, struct text route,
                      struct error *error);

/* Appends those words; nothing for an alert that no route mutes. */
bool store_alert_muted(struct store *store, struct text alert_id, struct buffer *route,
                       struct error *error);

#endif
