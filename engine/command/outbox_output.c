#include "command/outbox_output.h"

#include "alert/message/summary.h"

/* Characters of an id in a table: enough to be unique in practice. */
#define ID_SHOWN 12

static const char *const headings[] = {"CHANGED",     "STATE",    "SEVERITY", "ALERT",
                                       "DESTINATION", "ATTEMPTS", "NEXT",     "ERROR"};

const char *outbox_state_colour(enum outbox_state state) {
  static const char *const colours[] = {[OUTBOX_PENDING] = "33",
                                        [OUTBOX_DELIVERED] = "32",
                                        [OUTBOX_PARKED] = "31",
                                        [OUTBOX_HELD] = "36"};
  return colours[state];
}

struct table *outbox_table_new(void) {
  return table_new(headings, sizeof headings / sizeof *headings);
}

void outbox_table_add(struct table *table, const struct outbox_row *row) {
  struct time_string time;
  bool waits = row->state == OUTBOX_PENDING;
  table_add(table, text_from(alert_time(row->updated_at, &time)), NULL);
  table_add(table, text_from(outbox_state_name(row->state)), outbox_state_colour(row->state));
  table_add(table, text_from(severity_name(row->severity)), severity_colour(row->severity));
  table_add(table, text_cut(row->alert_id, ID_SHOWN), NULL);
  table_add(table, row->destination_id, NULL);
  table_add_number(table, row->attempts);
  table_add(table, waits ? text_from(alert_time(row->due, &time)) : TEXT("-"), NULL);
  table_add(table, row->last_error, NULL);
}
