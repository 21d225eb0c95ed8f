#include "api/json/destination_list.h"

#include "alert/message/alert_json.h"
#include "base/memory.h"

#include <stdlib.h>

static struct destination_entry *find(struct destination_list *list, struct text id) {
  for (size_t i = 0; i < list->count; i++)
    if (text_equal(list->entries[i].id, id))
      return &list->entries[i];
  return NULL;
}

static struct destination_entry *add(struct destination_list *list, struct text id) {
  list->entries =
      memory_reserve(list->entries, &list->capacity, list->count + 1, sizeof *list->entries);
  struct destination_entry *entry = &list->entries[list->count++];
  *entry = (struct destination_entry){.id = arena_copy(&list->arena, id),
                                      .health = {.failing_since = TIME_NONE,
                                                 .probe_at = TIME_NONE,
                                                 .last_success = TIME_NONE,
                                                 .last_failure = TIME_NONE}};
  return entry;
}

static void take_backlog(void *context, const struct store_outbox_backlog *backlog) {
  struct destination_list *list = context;
  struct destination_entry *entry = find(list, backlog->destination_id);
  if (!entry)
    entry = add(list, backlog->destination_id);
  entry->waiting = backlog->waiting;
  entry->parked = backlog->parked;
}

static void take_health(void *context, const struct store_destination_health *health) {
  struct destination_list *list = context;
  struct destination_entry *entry = find(list, health->destination_id);
  if (!entry)
    return;
  entry->health = *health;
  entry->health.last_error = arena_copy(&list->arena, health->last_error);
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

void destination_append_gets(struct buffer *out, const struct destination *destination) {
  if (destination->severities == 0 || destination->alert_types == 0) {
    buffer_append_string(out, "what names it");
    return;
  }
  append_bits(out, destination->severities, SEVERITY_COUNT, severity_at);
  append_bits(out, destination->alert_types, ALERT_TYPE_COUNT, type_at);
  if (out->size == 0)
    buffer_append_string(out, "everything");
}

const char *destination_circuit(const struct destination_entry *entry) {
  const struct clock clock = clock_system();
  if (!entry->health.circuit_open)
    return "closed";
  return entry->health.probe_at <= clock_now(&clock) ? "probing" : "open";
}

/* ---- the list ---------------------------------------------------------------------------- */

bool destination_list_read(const struct destination *destinations, size_t count,
                           struct store *store, struct destination_list *list,
                           struct error *error) {
  for (size_t i = 0; i < count; i++)
    add(list, destinations[i].id)->destination = &destinations[i];
  return !store || (store_outbox_backlog(store, take_backlog, list, error) &&
                    store_destination_health_list(store, take_health, list, error));
}

void destination_list_clear(struct destination_list *list) {
  free(list->entries);
  arena_free(&list->arena);
}

json_t *destination_json(const struct destination_entry *entry) {
  const struct destination *destination = entry->destination;
  const struct store_destination_health *health = &entry->health;
  struct buffer gets = BUFFER_NONE;
  json_t *json = json_object();
  if (destination)
    destination_append_gets(&gets, destination);
  json_object_set_new(json, "id", json_from_text(entry->id));
  json_object_set_new(json, "configured", json_boolean(destination));
  json_object_set_new(json, "kind",
                      destination ? json_string(destination->type->kind.name) : json_null());
  json_object_set_new(json, "gets", destination ? json_from_text(buffer_text(&gets)) : json_null());
  json_object_set_new(json, "max_per_second",
                      json_integer(destination ? destination->max_per_second : 0));
  json_object_set_new(json, "circuit", json_string(destination_circuit(entry)));
  json_object_set_new(json, "waiting", json_integer(entry->waiting));
  json_object_set_new(json, "parked", json_integer(entry->parked));
  json_object_set_new(json, "failures", json_integer(health->failures));
  json_object_set_new(json, "failing_since", json_from_time(health->failing_since));
  json_object_set_new(json, "last_success", json_from_time(health->last_success));
  json_object_set_new(json, "last_failure", json_from_time(health->last_failure));
  json_object_set_new(json, "last_error", json_from_text(health->last_error));
  buffer_free(&gets);
  return json;
}
