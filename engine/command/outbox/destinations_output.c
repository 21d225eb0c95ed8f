#include "command/outbox/destinations_output.h"

#include "alert/message/alert_json.h"
#include "alert/message/summary.h"
#include "base/memory.h"
#include "command/terminal/table.h"
#include "command/terminal/terminal.h"

#include <stdlib.h>

static const char *const headings[] = {"DESTINATION", "KIND",    "GETS",   "RATE",
                                       "CIRCUIT",     "WAITING", "PARKED", "LAST TAKEN",
                                       "LAST FAILED", "ERROR"};

struct entry {
  struct text id;
  const struct destination *destination; /* NULL: it is not configured */
  int64_t waiting, parked;
  struct store_destination_health health;
};

struct listing {
  struct arena arena;
  struct entry *entries;
  size_t count, capacity;
};

static struct entry *find(struct listing *listing, struct text id) {
  for (size_t i = 0; i < listing->count; i++)
    if (text_equal(listing->entries[i].id, id))
      return &listing->entries[i];
  return NULL;
}

static struct entry *add(struct listing *listing, struct text id) {
  listing->entries = memory_reserve(listing->entries, &listing->capacity, listing->count + 1,
                                    sizeof *listing->entries);
  struct entry *entry = &listing->entries[listing->count++];
  *entry = (struct entry){.id = arena_copy(&listing->arena, id),
                          .health = {.failing_since = TIME_NONE,
                                     .probe_at = TIME_NONE,
                                     .last_success = TIME_NONE,
                                     .last_failure = TIME_NONE}};
  return entry;
}

static void take_backlog(void *context, const struct store_outbox_backlog *backlog) {
  struct listing *listing = context;
  struct entry *entry = find(listing, backlog->destination_id);
  if (!entry)
    entry = add(listing, backlog->destination_id);
  entry->waiting = backlog->waiting;
  entry->parked = backlog->parked;
}

static void take_health(void *context, const struct store_destination_health *health) {
  struct listing *listing = context;
  struct entry *entry = find(listing, health->destination_id);
  if (!entry)
    return;
  entry->health = *health;
  entry->health.last_error = arena_copy(&listing->arena, health->last_error);
}

/* ---- words ------------------------------------------------------------------------------- */

/* "high, critical"; nothing when it is all of them. */
static void append_bits(struct buffer *out, uint32_t bits, size_t count,
                        const char *(*name)(size_t)) {
  bool all = (bits & ((1u << count) - 1)) == (1u << count) - 1;
  const char *separator = out->size > 0 ? "; " : "";
  for (size_t i = 0; !all && i < count; i++)
    if (bits >> i & 1) {
      buffer_printf(out, "%s%s", separator, name(i));
      separator = ", ";
    }
}

static const char *severity_at(size_t i) {
  return severity_name((enum severity)i);
}

static const char *type_at(size_t i) {
  return alert_type_name((enum alert_type)i);
}

static void append_gets(struct buffer *out, const struct destination *destination) {
  if (destination->severities == 0 || destination->alert_types == 0) {
    buffer_append_string(out, "what names it");
    return;
  }
  append_bits(out, destination->severities, SEVERITY_COUNT, severity_at);
  append_bits(out, destination->alert_types, ALERT_TYPE_COUNT, type_at);
  if (out->size == 0)
    buffer_append_string(out, "everything");
}

static const char *circuit_word(const struct entry *entry) {
  const struct clock clock = clock_system();
  if (!entry->health.circuit_open)
    return "closed";
  return entry->health.probe_at <= clock_now(&clock) ? "probing" : "open";
}

/* ---- output ------------------------------------------------------------------------------ */

static void print_json(const struct entry *entry) {
  const struct destination *destination = entry->destination;
  const struct store_destination_health *health = &entry->health;
  struct buffer gets = BUFFER_NONE, line = BUFFER_NONE;
  json_t *json = json_object();
  if (destination)
    append_gets(&gets, destination);
  json_object_set_new(json, "id", json_from_text(entry->id));
  json_object_set_new(json, "configured", json_boolean(destination));
  json_object_set_new(json, "kind",
                      destination ? json_string(destination->type->kind.name) : json_null());
  json_object_set_new(json, "gets", destination ? json_from_text(buffer_text(&gets)) : json_null());
  json_object_set_new(json, "max_per_second",
                      json_integer(destination ? destination->max_per_second : 0));
  json_object_set_new(json, "circuit", json_string(circuit_word(entry)));
  json_object_set_new(json, "waiting", json_integer(entry->waiting));
  json_object_set_new(json, "parked", json_integer(entry->parked));
  json_object_set_new(json, "failures", json_integer(health->failures));
  json_object_set_new(json, "failing_since", json_from_time(health->failing_since));
  json_object_set_new(json, "last_success", json_from_time(health->last_success));
  json_object_set_new(json, "last_failure", json_from_time(health->last_failure));
  json_object_set_new(json, "last_error", json_from_text(health->last_error));
  json_append_and_free(&line, json);
  json_print(stdout, buffer_text(&line));
  buffer_free(&line);
  buffer_free(&gets);
}

static void add_time(struct table *table, time_us time) {
  struct time_string string;
  table_add(table, time == TIME_NONE ? TEXT("-") : text_from(alert_time(time, &string)), NULL);
}

static void add_row(struct table *table, const struct entry *entry) {
  const struct destination *destination = entry->destination;
  const struct store_destination_health *health = &entry->health;
  struct buffer gets = BUFFER_NONE;
  char rate[32] = "-";
  if (destination)
    append_gets(&gets, destination);
  if (destination && destination->max_per_second > 0)
    snprintf(rate, sizeof rate, "%lld/s", (long long)destination->max_per_second);
  table_add(table, entry->id, NULL);
  table_add(table, destination ? text_from(destination->type->kind.name) : TEXT("not configured"),
            destination ? NULL : "31");
  table_add(table, gets.size ? buffer_text(&gets) : TEXT("-"), NULL);
  table_add(table, text_from(rate), NULL);
  table_add(table, text_from(circuit_word(entry)), health->circuit_open ? "31" : NULL);
  table_add_number(table, entry->waiting);
  table_add_number(table, entry->parked);
  add_time(table, health->last_success);
  add_time(table, health->last_failure);
  /* Of what is over, nobody wants to read. */
  table_add(table, health->failures > 0 ? health->last_error : TEXT(""), NULL);
  buffer_free(&gets);
}

static void print_table(const struct listing *listing) {
  struct table *table = table_new(headings, sizeof headings / sizeof *headings);
  struct buffer page = BUFFER_NONE;
  for (size_t i = 0; i < listing->count; i++)
    add_row(table, &listing->entries[i]);
  table_write(table, terminal_colours(stdout), terminal_width(stdout), &page);
  fwrite(page.data, 1, page.size, stdout);
  buffer_free(&page);
  table_free(table);
}

bool destinations_print(const struct destination *destinations, size_t count, struct store *store,
                        bool json, struct error *error) {
  struct listing listing = {.arena = ARENA_NONE};
  for (size_t i = 0; i < count; i++)
    add(&listing, destinations[i].id)->destination = &destinations[i];
  bool ok = !store || (store_outbox_backlog(store, take_backlog, &listing, error) &&
                       store_destination_health_list(store, take_health, &listing, error));
  if (ok && json)
    for (size_t i = 0; i < listing.count; i++)
      print_json(&listing.entries[i]);
  else if (ok && listing.count > 0)
    print_table(&listing);
  else if (ok)
    fprintf(stderr, "no destinations: alerts are kept, and sent nowhere\n");
  free(listing.entries);
  arena_free(&listing.arena);
  return ok;
}
