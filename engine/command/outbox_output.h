/* How deliveries are shown, wherever. */
#ifndef COMMAND_OUTBOX_OUTPUT_H
#define COMMAND_OUTBOX_OUTPUT_H

#include "command/terminal/table.h"
#include "store/store_outbox.h"

#include <jansson.h>

/* As table_add takes colours. */
const char *outbox_state_colour(enum outbox_state state);

/* A new reference, never NULL. */
json_t *outbox_row_json(const struct outbox_row *row);

/* A table of deliveries, and its next row. */
struct table *outbox_table_new(void);
void outbox_table_add(struct table *table, const struct outbox_row *row);

#endif
