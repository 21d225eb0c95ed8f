/* A delivery as JSON. Any thread. */
#ifndef API_JSON_OUTBOX_JSON_H
#define API_JSON_OUTBOX_JSON_H

#include "store/store_outbox.h"

#include <jansson.h>

/* A new reference, never NULL. */
json_t *outbox_row_json(const struct outbox_row *row);

#endif
