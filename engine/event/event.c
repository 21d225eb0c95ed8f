/* The reader: from a record's bytes to the event, or to the reason why not. */
#include "event/event.h"

#include "base/memory.h"
#include "event/event_reader.h"
#include "event/event_time.h"
#include "event/layout.h"
#include "event/reshape.h"
#include "event/schema/check.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of gathered nodes whose memory is kept for the next event. */
#define GATHERED_KEPT ((size_t)256 * 1024)

struct event_reader *event_reader_new(const struct event_typing *typing, struct text source_id,
                                      struct text source_label) {
  struct event_reader *reader = memory_alloc(sizeof *reader);
  size_t slots = 1;
  reader->schemas = typing->schemas;
  reader->unchecked = typing->unchecked;
  reader->log_type = arena_copy(&reader->arena, typing->log_type);
  reader->time_field = arena_copy(&reader->arena, typing->time_field);
  for (size_t i = 0; typing->schemas && i < typing->schemas->count; i++)
    if (typing->schemas->schemas[i].field_count > slots)
      slots = typing->schemas->schemas[i].field_count;
  reader->event.reader = reader;
  reader->event.source_id = arena_copy(&reader->arena, source_id);
  reader->event.source_label = arena_copy(&reader->arena, source_label);
  reader->event.slots = memory_alloc_array(slots, sizeof(const struct json_node *));
  reader->json = json_reader_new();
  reader->layouts = layout_table_new(typing->schemas);
  reader->reshaper = reshaper_new();
  reader->digest = digest_new();
  reader->gathering = (struct json_gather){.arena = &reader->gathered, .room = EVENT_GATHERED_MAX};
  return reader;
}

void event_reader_free(struct event_reader *reader) {
  if (!reader)
    return;
  arena_free(&reader->arena);
  free(reader->event.slots);
  json_reader_free(reader->json);
  layout_table_free(reader->layouts);
  reshaper_free(reader->reshaper);
  digest_free(reader->digest);
  buffer_free(&reader->identity);
  arena_free(&reader->gathered);
  free(reader);
}

static __attribute__((cold)) bool refuse_layout(const struct layout_schema *view,
                                                struct error *error) {
  char name[80];
  if (view->duplicate)
    return error_set(error, "field '%s': the value is given twice",
                     text_printable(view->duplicate->name, name, sizeof name));
  return error_set(error, "field '%s': the value is required, but missing or null",
                   text_printable(view->missing->name, name, sizeof name));
}

/* Checks one value after another, in the schema's order, so that what is reported of a record with
 * several mistakes does not depend on the record's order. */
static __attribute__((noinline)) bool check_fields(struct event *event, struct error *error) {
  const struct schema *schema = event->schema;
  event->event_time = TIME_NONE;
  for (size_t i = 0; i < schema->field_count; i++) {
    const struct field *field = &schema->fields[i];
    const struct json_node *value = event->slots[i];
    time_us time = TIME_NONE;
    if (!value || value->type == JSON_TYPE_NULL) {
      if (field->required)
        return refuse_layout(&(struct layout_schema){.missing = field}, error);
      continue;
    }
    if (!check_value(field, value, &time, error))
      return false;
    if (field->event_time && event->event_time == TIME_NONE)
      event->event_time = time;
  }
  if (event->event_time == TIME_NONE)
    event->event_time = event->parse_time;
  return true;
}

static __attribute__((noinline)) bool value_passes(const struct field *field,
                                                   const struct json_node *value, time_us *time) {
  struct error ignored;
  error_clear(&ignored);
  return check_value(field, value, time, &ignored);
}

static bool value_is_fine(const struct field *field, const struct json_node *value, time_us *time) {
  if (value->type == JSON_TYPE_NULL)
    return !field->required;
  if (field->type == FIELD_TIMESTAMP && field->time_formats[0].kind == TIME_RFC3339 &&
      value->type == JSON_TYPE_STRING && time_parse(json_text(value), time))
    return true;
  return value_passes(field, value, time);
}

/* Puts the members in their slots and checks those that need it, in one go. False when something is
 * wrong, or has to be looked at in the schema's order. */
static bool take_usual(struct event *event, const struct layout_schema *view) {
  const struct schema *schema = view->schema;
  const int16_t *slot = view->slots;
  const uint8_t *plain = view->plain;
  bool fine = !schema->reshapes && schema->event_times <= 1;
  event->event_time = event->parse_time;
  for (JSON_EACH(member, event->root)) {
    if (*slot >= 0) {
      event->slots[*slot] = member;
      if (member->type != *plain) {
        const struct field *field = &schema->fields[*slot];
        time_us time = TIME_NONE;
        fine = fine && value_is_fine(field, member, &time);
        if (field->event_time && time != TIME_NONE)
          event->event_time = time;
      }
    }
    slot++;
    plain++;
  }
  return fine;
}

/* Makes the record an event of one schema. */
static bool take(struct event_reader *reader, const struct layout_schema *view,
                 struct error *error) {
  struct event *event = &reader->event;
  const struct schema *schema = view->schema;
  if (view->missing || view->duplicate)
    return refuse_layout(view, error);

  for (size_t i = 0; i < view->empty_count; i++)
    event->slots[view->empty[i]] = NULL;
  event->schema = schema;
  event->log_type = schema->name;
  event->unknown_fields = view->unknown_fields;
  bool fine = take_usual(event, view);
  if (__builtin_expect(!schema->reshapes, 1))
    return fine || check_fields(event, error);
  if (!reshape_values(reader->reshaper, event, error) || !check_fields(event, error))
    return false;
  reshape_masks(reader->reshaper, event);
  return true;
}

/* What a schema's discriminator says about a record: it is another's, it may be any's, it is this
 * schema's. */
enum claim { CLAIM_NOT, CLAIM_OPEN, CLAIM_OWN };

static enum claim claim_of(const struct layout_schema *view, const struct json_node *root) {
  if (view->discriminator < 0)
    return CLAIM_OPEN;
  const struct json_node *member = root + 1;
  for (int32_t i = 0; i < view->discriminator; i++)
    member = json_next(member);
  if (member->type != JSON_TYPE_STRING)
    return CLAIM_OPEN;
  return check_start(view->schema->discriminator, json_text(member)) ? CLAIM_OWN : CLAIM_NOT;
}

/* The same after another one refused it, whose reason stays unless the schema owns the record. */
static __attribute__((noinline)) bool take_after(struct event_reader *reader,
                                                 const struct layout_schema *view, enum claim claim,
                                                 struct error *error) {
  struct error other = ERROR_NONE;
  bool taken = take(reader, view, &other);
  if (taken)
    error_clear(error);
  else if (claim == CLAIM_OWN)
    *error = other;
  return taken;
}

/* Tries what the record's keys allow. A schema that the discriminator names is the record's own:
 * when it cannot take the record, no other does. Otherwise the reason is that of the schema with
 * the best claim. */
static bool classify(struct event_reader *reader, const struct layout *layout,
                     struct error *error) {
  const struct layout_schema *nearest = NULL;
  if (layout->schema_count == 0)
    return error_set(error, "there are no schemas");
  for (size_t i = 0; i < layout->schema_count; i++) {
    const struct layout_schema *view = &layout->schemas[i];
    enum claim claim = claim_of(view, reader->event.root);
    if (claim == CLAIM_NOT)
      continue;
    if (nearest ? take_after(reader, view, claim, error) : take(reader, view, error))
      return true;
    if (claim == CLAIM_OWN)
      return error_prefix(error, "%s", view->schema->name.data);
    if (!nearest)
      nearest = view;
  }
  if (!nearest) {
    nearest = layout->schemas;
    take(reader, nearest, error);
  }
  if (reader->schemas->count == 1)
    return error_prefix(error, "%s", nearest->schema->name.data);
  return error_prefix(error, "no schema takes it, the nearest is %s", nearest->schema->name.data);
}

static __attribute__((cold)) void unify_members(struct event_reader *reader) {
  json_unify_members(reader->json);
  reader->event.repeated_keys = json_repeated_keys(reader->json);
}

/* A layout says whether a key is there twice, so nobody looks for that in every record. */
static const struct layout *find_layout(struct event_reader *reader, const struct schema *given) {
  const struct layout *layout = layout_find(reader->layouts, reader->event.root, given);
  if (__builtin_expect(!layout->repeats, 1))
    return layout;
  unify_members(reader);
  return layout_find(reader->layouts, reader->event.root, given);
}

static bool take_given(struct event_reader *reader, struct text log_type, struct error *error) {
  const struct schema *schema = reader->given;
  if (!schema || !text_equal(schema->name, log_type)) {
    char shown[120];
    schema = reader->schemas ? schema_find(reader->schemas, log_type) : NULL;
    if (!schema) {
      error_set(error, "no schema for log type '%s'",
                text_printable(log_type, shown, sizeof shown));
      return error_mark_data(error, strlen("no schema for log type '"), strlen(shown));
    }
    reader->given = schema;
  }
  const struct layout *layout = find_layout(reader, schema);
  return take(reader, layout->schemas, error) || error_prefix(error, "%s", schema->name.data);
}

/* The log type that the record itself names; empty when it names none. */
static bool named_type(const struct json_node *root, struct text *log_type, struct error *error) {
  const struct json_node *node = json_get(root, TEXT("p_log_type"));
  if (!node || node->type == JSON_TYPE_NULL)
    return true;
  if (node->type != JSON_TYPE_STRING)
    return error_set(error, "field 'p_log_type': expected a string");
  *log_type = json_text(node);
  return true;
}

/* Any object, without a schema. */
static bool take_unchecked(struct event_reader *reader, struct text log_type, struct error *error) {
  struct event *event = &reader->event;
  unify_members(reader);
  if (log_type.size == 0 && !named_type(event->root, &log_type, error))
    return false;
  if (log_type.size == 0)
    return error_set(error, "no log type is given, and the record has no p_log_type");
  event->schema = NULL;
  event->log_type = log_type;
  event->unknown_fields = 0;
  event->untimed = !event_time_find(event, reader->time_field, &event->event_time);
  if (event->untimed)
    event->event_time = event->parse_time;
  return true;
}

static bool take_any(struct event_reader *reader, struct error *error) {
  struct text log_type = {NULL, 0};
  if (!reader->schemas)
    return error_set(error, "there are no schemas");
  const struct layout *layout = find_layout(reader, NULL);
  if (layout->names_log_type && !named_type(reader->event.root, &log_type, error))
    return false;
  return log_type.size > 0 ? take_given(reader, log_type, error) : classify(reader, layout, error);
}

void event_read_ahead(struct event_reader *reader, struct text block) {
  json_read_ahead(reader->json, block);
}

/* What a large record needed is given back. */
static void forget_gathered(struct event_reader *reader) {
  if (arena_size(&reader->gathered) > GATHERED_KEPT)
    arena_free(&reader->gathered);
  arena_reset(&reader->gathered);
  reader->gathering.room = EVENT_GATHERED_MAX;
}

const struct event *event_read(struct event_reader *reader, struct text record,
                               struct text log_type, time_us parse_time, struct error *error) {
  struct event *event = &reader->event;
  event->record = record;
  event->parse_time = parse_time;
  event->identified = false;
  event->row_id[0] = '\0';
  event->cut_lists = 0;
  if (__builtin_expect(reader->gathering.room < EVENT_GATHERED_MAX, 0))
    forget_gathered(reader);
  event->root = json_read_record(reader->json, record, error);
  if (!event->root)
    return NULL;
  event->repeated_keys = json_repeated_keys(reader->json);
  if (event->root->type != JSON_TYPE_OBJECT) {
    error_set(error, "not a JSON object");
    return NULL;
  }
  if (event->root->size > EVENT_MEMBERS_MAX) {
    error_set(error, "more than %d members", EVENT_MEMBERS_MAX);
    return NULL;
  }
  if (log_type.size == 0)
    log_type = reader->log_type;
  bool taken = reader->unchecked    ? take_unchecked(reader, log_type, error)
               : log_type.size == 0 ? take_any(reader, error)
                                    : take_given(reader, log_type, error);
  return taken ? event : NULL;
}
