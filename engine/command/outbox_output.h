/* How deliveries are shown, wherever. */
#ifndef COMMAND_OUTBOX_OUTPUT_H
#define COMMAND_OUTBOX_OUTPUT_H

#include "command/terminal/table.h"
#include "store/store_outbox.h"

/* As table_add takes colours. */
const char *outbox_state_colour(enum outbox_state state);

/* A table of deliveries, and its next row. */
struct table *outbox_table_new(void);
void outbox_table_add(struct table *table, const struct outbox_row *row);

#endif
