/* The reader: from a record's bytes to the event, or to the reason why not. */
#include "event/event.h"

#include "base/memory.h"
#include "event/event_reader.h"
#include "event/event_time.h"
#include "event/form_plan.h"
#include "event/layout.h"
#include "event/reshape.h"
#include "event/schema/check.h"
#include "event/time_guess.h"

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
  reader->event.schema_errors = &reader->errors;
  reader->event.source_id = arena_copy(&reader->arena, source_id);
  reader->event.source_label = arena_copy(&reader->arena, source_label);
  reader->event.slots = memory_alloc_array(slots, sizeof(const struct json_node *));
  reader->json = json_reader_new();
  reader->layouts = layout_table_new(typing->schemas);
  reader->plans = form_plans_new();
  reader->day = EVENT_DAY_FIRST;
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
  form_plans_free(reader->plans);
  reshaper_free(reader->reshaper);
  digest_free(reader->digest);
  buffer_free(&reader->identity);
  schema_errors_free(&reader->errors);
  arena_free(&reader->gathered);
  free(reader);
}

/* Names the fields of which a record of the schema has at least one. */
static __attribute__((cold)) bool refuse_stranger(const struct schema *schema,
                                                  struct error *error) {
  struct buffer names = BUFFER_NONE;
  char name[80];
  for (size_t i = 0; i < schema->field_count; i++)
    if (schema->fields[i].identifies)
      buffer_printf(&names, "%s'%s'", names.size ? ", " : "",
                    text_printable(schema->fields[i].name, name, sizeof name));
  error_set(error, "the record has none of the fields that identify its records (%.*s)",
            TEXT_ARGS(buffer_text(&names)));
  buffer_free(&names);
  return false;
}

static __attribute__((cold)) bool refuse_layout(const struct layout_schema *view,
                                                struct error *error) {
  char name[80];
  if (view->duplicate)
    return error_set(error, "field '%s': the value is given twice",
                     text_printable(view->duplicate->name, name, sizeof name));
  if (!view->missing)
    return refuse_stranger(view->schema, error);
  return error_set(error, "field '%s': the value is required, but missing or null",
                   text_printable(view->missing->name, name, sizeof name));
}

/* Whether what does not fit makes a record a dead letter, or only costs the value. */
enum strictness { STRICT, LENIENT };

static bool check_field(struct event_reader *reader, const struct field *field,
                        const struct json_node *value, enum strictness strictness,
                        struct error *error) {
  time_us ignored;
  if (!value || value->type == JSON_TYPE_NULL)
    return !field->required || refuse_layout(&(struct layout_schema){.missing = field}, error);
  return strictness == STRICT ? check_value(field, value, &ignored, error)
                              : check_leniently(field, value, &ignored, &reader->errors, error);
}

/* An event without a time of its own gets that of its reading, and says so, unless its schema
 * requires the field that should hold it. */
static bool settle_time(struct event_reader *reader, struct error *error) {
  struct event *event = &reader->event;
  const struct schema *schema = event->schema;
  time_us ignored;
  event->event_time = schema->has_event_time ? event_time_find(event) : event->parse_time;
  if (event->event_time != TIME_NONE)
    return true;
  for (size_t i = 0; i < schema->field_count; i++)
    if (schema->fields[i].event_time && schema->fields[i].required &&
        !check_value(&schema->fields[i], event->slots[i], &ignored, error))
      return false;
  event->event_time = event->parse_time;
  event->undated = true;
  return schema_errors_add(&reader->errors, TEXT("p_event_time"),
                           TEXT("no field holds the event's time; it is that of the reading"));
}

static bool first_place_holds_time(const struct event *event) {
  int slot = event->schema->first_event_time;
  const struct json_node *value = slot < 0 ? NULL : event->slots[slot];
  time_us ignored;
  return value && check_reads_time(&event->schema->fields[slot], value, &ignored);
}

/* Checks one value after another, in the schema's order, so that what is reported of a record with
 * several mistakes does not depend on the record's order. */
static bool check_fields(struct event_reader *reader, enum strictness strictness,
                         struct error *error) {
  const struct event *event = &reader->event;
  reader->errors.on_demand = !first_place_holds_time(event);
  for (size_t i = 0; i < event->schema->field_count; i++)
    if (!check_field(reader, &event->schema->fields[i], event->slots[i], strictness, error))
      return false;
  return settle_time(reader, error);
}

/* By itself: an error is large, and most values need none. */
static __attribute__((noinline)) bool value_passes(const struct field *field,
                                                   const struct json_node *value, time_us *time) {
  struct error ignored;
  error_clear(&ignored);
  return check_value(field, value, time, &ignored);
}

static bool value_is_fine(struct event_day *day, const struct field *field,
                          const struct json_node *value, time_us *time) {
  if (value->type == JSON_TYPE_NULL)
    return !field->required;
  if (value->type == JSON_TYPE_INT &&
      (field->type == FIELD_BIGINT ||
       (field->type == FIELD_INT && value->value.integer == (int32_t)value->value.integer)))
    return true;
  if (field->type == FIELD_TIMESTAMP && field->time_formats[0].kind == TIME_RFC3339 &&
      value->type == JSON_TYPE_STRING && event_time_parse(day, json_text(value), time))
    return true;
  return value_passes(field, value, time);
}

/* Puts the members in their slots and checks those that need it, in one go. False when something is
 * wrong, or has to be looked at in the schema's order. */
static bool take_usual(struct event *event, const struct layout_schema *view) {
  const struct schema *schema = view->schema;
  const int16_t *slot = view->slots;
  const uint8_t *plain = view->plain;
  bool fine = !schema->reshapes;
  event->event_time = schema->has_event_time ? TIME_NONE : event->parse_time;
  for (JSON_EACH(member, event->root)) {
    if (*slot >= 0) {
      event->slots[*slot] = member;
      if (member->type != *plain) {
        time_us time = TIME_NONE;
        fine = fine && value_is_fine(&event->reader->day, &schema->fields[*slot], member, &time);
        if (*slot == schema->first_event_time)
          event->event_time = time;
      }
    }
    slot++;
    plain++;
  }
  return fine && event->event_time != TIME_NONE;
}

/* The rest of what take does, for records that take_usual leaves. */
static __attribute__((noinline)) bool
take_unusual(struct event_reader *reader, enum strictness strictness, struct error *error) {
  const struct event *event = &reader->event;
  const struct schema *schema = event->schema;
  schema_errors_reset(&reader->errors);
  if (schema->strict)
    strictness = STRICT;
  struct schema_errors *lenient = strictness == LENIENT ? &reader->errors : NULL;
  if (schema->reshapes && !reshape_values(reader->reshaper, event, lenient, error))
    return false;
  if (!check_fields(reader, strictness, error))
    return false;
  return !schema->reshapes || reshape_masks(reader->reshaper, event, error);
}

static void fill_slots(struct event_reader *reader, const struct layout_schema *view) {
  struct event *event = &reader->event;
  const int16_t *slot = view->slots;
  for (size_t i = 0; i < view->empty_count; i++)
    event->slots[view->empty[i]] = NULL;
  for (JSON_EACH(member, event->root)) {
    if (*slot >= 0)
      event->slots[*slot] = member;
    slot++;
  }
  reader->in_slots = view;
  reader->in_slots_root = event->root;
  reader->in_slots_form = reader->plan->form;
}

/* What take does for a record with a plan. The slots of the record before are its own, too, when
 * that had the same form and stood at the same place. False: it has to be looked at. */
static bool take_planned(struct event_reader *reader, const struct layout_schema *view) {
  struct event *event = &reader->event;
  struct form_plan *plan = reader->plan;
  if (__builtin_expect(plan->view != view, 0)) {
    form_plan_make(plan, view, event->root);
    reader->in_slots = NULL;
  }
  if (!plan->usable)
    return false;
  if (reader->in_slots != view || reader->in_slots_root != event->root ||
      reader->in_slots_form != plan->form)
    fill_slots(reader, view);
  event->event_time = view->schema->has_event_time ? TIME_NONE : event->parse_time;
  for (size_t i = 0; i < plan->check_count; i++) {
    const struct form_check *check = &plan->checks[i];
    time_us time = TIME_NONE;
    if (!value_is_fine(&reader->day, check->field, event->root + check->node, &time))
      return false;
    if (check->is_time)
      event->event_time = time;
  }
  return event->event_time != TIME_NONE;
}

/* Makes the record an event of one schema. */
static bool take(struct event_reader *reader, const struct layout_schema *view,
                 enum strictness strictness, struct error *error) {
  struct event *event = &reader->event;
  const struct schema *schema = view->schema;
  if (view->missing || view->duplicate || view->unidentified)
    return refuse_layout(view, error);

  event->schema = schema;
  event->log_type = schema->name;
  event->unknown_fields = view->unknown_fields;
  event->undated = false;
  if (reader->plan && take_planned(reader, view))
    return true;
  reader->in_slots = NULL;
  for (size_t i = 0; i < view->empty_count; i++)
    event->slots[view->empty[i]] = NULL;
  return __builtin_expect(take_usual(event, view), 1) || take_unusual(reader, strictness, error);
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
  if (member->type == JSON_TYPE_NULL)
    return CLAIM_OPEN;
  return member->type == JSON_TYPE_STRING &&
                 check_start(view->schema->discriminator, json_text(member))
             ? CLAIM_OWN
             : CLAIM_NOT;
}

/* The schema that the record's discriminator names, or NULL. */
static const struct layout_schema *own_schema(const struct layout *layout,
                                              const struct json_node *root) {
  for (size_t i = 0; i < layout->named_count; i++)
    if (claim_of(layout->named[i], root) == CLAIM_OWN)
      return layout->named[i];
  return NULL;
}

/* The same of a record with a plan: the value of the record before names the same schema. */
static const struct layout_schema *planned_schema(struct form_plan *plan,
                                                  const struct json_node *root) {
  const struct layout *layout = plan->layout;
  const struct json_node *member = root + 1;
  if (layout->named_by < 0)
    return own_schema(layout, root);
  for (int32_t i = 0; i < layout->named_by; i++)
    member = json_next(member);
  if (member->type != JSON_TYPE_STRING || member->size > FORM_PLAN_OWN_MAX)
    return own_schema(layout, root);
  if (plan->own && text_equal(json_text(member), (struct text){plan->own_text, plan->own_size}))
    return plan->own;
  plan->own = own_schema(layout, root);
  plan->own_size = member->size;
  memcpy(plan->own_text, member->value.string, member->size);
  return plan->own;
}

/* The same after another one refused it, whose reason stays. */
static __attribute__((noinline)) bool take_after(struct event_reader *reader,
                                                 const struct layout_schema *view,
                                                 enum strictness strictness, struct error *error) {
  struct error other = ERROR_NONE;
  bool taken = take(reader, view, strictness, &other);
  if (taken)
    error_clear(error);
  return taken;
}

/* Tries what the record's keys allow. When none takes it the reason is that of the schema with the
 * best claim, in *nearest; that is NULL when another's discriminator rules all of them out. */
static bool try_all(struct event_reader *reader, const struct layout *layout,
                    enum strictness strictness, const struct layout_schema **nearest,
                    struct error *error) {
  *nearest = NULL;
  for (size_t i = 0; i < layout->schema_count; i++) {
    const struct layout_schema *view = &layout->schemas[i];
    if (claim_of(view, reader->event.root) == CLAIM_NOT)
      continue;
    if (*nearest ? take_after(reader, view, strictness, error)
                 : take(reader, view, strictness, error))
      return true;
    if (!*nearest)
      *nearest = view;
  }
  return false;
}

/* The schema that the discriminator names is the record's own: when it cannot take the record, no
 * other does. */
static bool classify(struct event_reader *reader, const struct layout *layout,
                     struct error *error) {
  const struct layout_schema *nearest;
  if (reader->schemas->count == 0)
    return error_set(error, "there are no schemas");
  const struct layout_schema *own = reader->plan ? planned_schema(reader->plan, reader->event.root)
                                                 : own_schema(layout, reader->event.root);
  if (own)
    return take(reader, own, LENIENT, error) || error_prefix(error, "%s", own->schema->name.data);
  if (__builtin_expect(try_all(reader, layout, STRICT, &nearest, error), 1))
    return true;
  error_clear(error);
  if (nearest && try_all(reader, layout, LENIENT, &nearest, error))
    return true;
  if (!nearest) {
    nearest = layout->schemas;
    take(reader, nearest, LENIENT, error);
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
static __attribute__((noinline)) const struct layout *
look_for_layout(struct event_reader *reader, const struct schema *given, uint32_t form) {
  const struct layout *layout = layout_find(reader->layouts, reader->event.root, given);
  if (form > 0)
    reader->plan = form_plans_add(reader->plans, form, given, reader->layouts, layout);
  if (__builtin_expect(!layout->repeats, 1))
    return layout;
  unify_members(reader);
  return layout_find(reader->layouts, reader->event.root, given);
}

static const struct layout *find_layout(struct event_reader *reader, const struct schema *given) {
  const uint32_t form = json_record_form(reader->json);
  reader->plan = form > 0 ? form_plans_find(reader->plans, form, given, reader->layouts) : NULL;
  return reader->plan ? reader->plan->layout : look_for_layout(reader, given, form);
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
  return take(reader, layout->schemas, LENIENT, error) ||
         error_prefix(error, "%s", schema->name.data);
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
  event->untimed = !time_guess(event, reader->time_field, &event->event_time);
  event->undated = event->untimed;
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
  schema_errors_reset(&reader->errors);
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
