#include "command/outbox/destinations_output.h"

#include "alert/message/alert_json.h"
#include "alert/message/summary.h"
#include "api/json/destination_list.h"
#include "command/terminal/table.h"
#include "command/terminal/terminal.h"

static const char *const headings[] = {"DESTINATION", "KIND",    "GETS",   "RATE",
                                       "CIRCUIT",     "WAITING", "PARKED", "LAST TAKEN",
                                       "LAST FAILED", "ERROR"};

/* ---- output ------------------------------------------------------------------------------ */

static void add_time(struct table *table, time_us time) {
  struct time_string string;
  table_add(table, time == TIME_NONE ? TEXT("-") : text_from(alert_time(time, &string)), NULL);
}

static void add_row(struct table *table, const struct destination_entry *entry) {
  const struct destination *destination = entry->destination;
  const struct store_destination_health *health = &entry->health;
  struct buffer gets = BUFFER_NONE;
  char rate[32] = "-";
  if (destination)
    destination_append_gets(&gets, destination);
  if (destination && destination->max_per_second > 0)
    snprintf(rate, sizeof rate, "%lld/s", (long long)destination->max_per_second);
  table_add(table, entry->id, NULL);
  table_add(table, destination ? text_from(destination->type->kind.name) : TEXT("not configured"),
            destination ? NULL : "31");
  table_add(table, gets.size ? buffer_text(&gets) : TEXT("-"), NULL);
  table_add(table, text_from(rate), NULL);
  table_add(table, text_from(destination_circuit(entry)), health->circuit_open ? "31" : NULL);
  table_add_number(table, entry->waiting);
  table_add_number(table, entry->parked);
  add_time(table, health->last_success);
  add_time(table, health->last_failure);
  /* Of what is over, nobody wants to read. */
  table_add(table, health->failures > 0 ? health->last_error : TEXT(""), NULL);
  buffer_free(&gets);
}

static void print_table(const struct destination_list *list) {
  struct table *table = table_new(headings, sizeof headings / sizeof *headings);
  struct buffer page = BUFFER_NONE;
  for (size_t i = 0; i < list->count; i++)
    add_row(table, &list->entries[i]);
  table_write(table, terminal_colours(stdout), terminal_width(stdout), &page);
  fwrite(page.data, 1, page.size, stdout);
  buffer_free(&page);
  table_free(table);
}

bool destinations_print(const struct destination *destinations, size_t count, struct store *store,
                        bool json, struct error *error) {
  struct destination_list list = {.arena = ARENA_NONE};
  bool ok = destination_list_read(destinations, count, store, &list, error);
  if (ok && json)
    for (size_t i = 0; i < list.count; i++)
      json_print_and_free(stdout, destination_json(&list.entries[i]));
  else if (ok && list.count > 0)
    print_table(&list);
  else if (ok)
    fprintf(stderr, "no destinations: alerts are kept, and sent nowhere\n");
  destination_list_clear(&list);
  return ok;
}
