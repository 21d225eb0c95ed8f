/*
 * The room event turns records into events.
 *
 * Events: records that passed their schema.
 *
 * A reader turns one record after another into the one event that it holds, so the record path
 * allocates nothing. The event, its nodes and every text in it live until the reader's next
 * record, and as long as the record's bytes. A reader serves one thread; the schema set is shared
 * and must outlive it.
 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include "event/json/json.h"
#include "event/schema/schema.h"
#include "event/schema/schema_errors.h"

#define ROW_ID_SIZE 32 /* characters: half a SHA-256 in hex */

/* Nodes that paths through lists may gather of one event. A list of so many is megabytes long. */
#define EVENT_GATHERED_MAX 262144

#define EVENT_MEMBERS_MAX 65536 /* of a record's top level; hostile ones have more */

struct event_reader;

struct event {
  const struct schema *schema; /* NULL when records are taken unchecked */
  struct text log_type;
  struct text record;             /* the raw bytes */
  const struct json_node *root;   /* always an object */
  const struct json_node **slots; /* per top-level field of the schema: its value, or NULL.
                                     Transforms, masks and embedded JSON are applied here. A
                                     value's own `key` may be another name than the field's. */
  time_us event_time;             /* of the first event-time field that holds a time; for unchecked
                                     events what time_guess finds; else parse_time */
  bool untimed;                   /* an unchecked event in which no time was found */
  bool undated;                   /* a time was looked for, and none was found: event_time is that
                                     of the reading. Not where the schema has no event-time field */
  time_us parse_time;
  struct text source_id, source_label; /* may be empty */
  /* What is not as the schema says, and p_event_time when the schema has event-time fields and none
   * of them holds a time. Slots have such values as they came; indicators and times are read from
   * none of them. */
  const struct schema_errors *schema_errors;
  /* For event_row_id. */
  struct event_reader *reader;
  uint64_t occurrence;
  bool identified;              /* the occurrence is known */
  char row_id[ROW_ID_SIZE + 1]; /* "" until somebody asked for it */
  uint32_t unknown_fields;      /* top-level fields that the schema does not name */
  uint32_t repeated_keys;       /* members that were dropped: their key comes again later */
  uint32_t cut_lists; /* paths that were asked for and led to more than EVENT_GATHERED_MAX */
};

/* Which log type a record has. */
struct event_typing {
  const struct schema_set *schemas; /* may be NULL with `unchecked` */
  struct text log_type;   /* given from outside: wins; empty = by p_log_type, else by schema */
  bool unchecked;         /* no schema: any object is an event of its named log type */
  struct text time_field; /* the path of an unchecked event's time; empty: it is looked for */
};

struct event_reader *event_reader_new(const struct event_typing *typing, struct text source_id,
                                      struct text source_label);
void event_reader_free(struct event_reader *reader); /* NULL is fine */

/*
 * Reads one record. The record must be followed by JSON_PADDING readable bytes. `log_type`
 * overrides the reader's (empty = none). Returns NULL with the reason when it is a dead letter:
 * not JSON, no object, no schema takes it, a required field missing or null, none of the fields
 * that identify the schema's records, a validation that fails, no time though the field of the
 * event's time is required, a field that is given both under its own name and under the one that it
 * is renamed from. A value that does not fit is listed in the event's schema_errors; for a strict
 * schema it makes a dead letter, too.
 *
 * Without a given log type and p_log_type, a schema with a discriminator (`validate: {startswith:
 * …}`) whose value begins so is the record's own, whatever other keys there are. Otherwise those
 * are tried that the keys allow: the
 * one with most required fields first, then the one that knows more of the fields, then by name;
 * first for one that the record fits in all, then for one with schema errors. So the choice depends
 * on nothing but the record.
 */
const struct event *event_read(struct event_reader *reader, struct text record,
                               struct text log_type, time_us parse_time, struct error *error);

/* Where the next records lie, as json_read_ahead (event/json/json.h). */
void event_read_ahead(struct event_reader *reader, struct text block);

/*
 * Row identity: hex of the first half of SHA-256 over source id, log type, the record's canonical
 * bytes and its occurrence number. For re-read sources the number counts identical records within
 * the re-read window; for files it is the record's position, which never changes.
 *
 * event_identify says which occurrence the record is; the id is computed when it is first asked
 * for, because most events are never asked. "" when the occurrence is not known.
 */
void event_identify(struct event_reader *reader, uint64_t occurrence);
/* Gives the event an id that it has already: it comes from the archive. Longer ones are cut. */
void event_identify_as(struct event_reader *reader, struct text row_id);
const char *event_row_id(const struct event *event);

/* The same for a record outside the reader; canonical bytes given by the caller. */
void row_id_compute(struct text source_id, struct text log_type, struct text canonical,
                    uint64_t occurrence, char out[ROW_ID_SIZE + 1]);

/* A top-level value: the slot of a schema field (transforms applied) or a kept unknown field;
 * NULL when absent. */
const struct json_node *event_get(const struct event *event, struct text key);

/* Goes over the top level: the record's members in their order (the value of the slot where it is a
 * schema field, under the field's name; p_ fields that came in included), then the fields that
 * transforms made. Begin with EVENT_CURSOR_START; false at the end. */
struct event_cursor {
  const struct json_node *member; /* the next of the record, NULL when not begun */
  size_t slot;                    /* the next made field */
};
#define EVENT_CURSOR_START ((struct event_cursor){.member = NULL})
bool event_next(const struct event *event, struct event_cursor *cursor, struct text *key,
                const struct json_node **value);

/*
 * The one walk of conditions, group_by, data models, summaries and schemas. A dotted path: first
 * part as event_get, the rest as json_gather_path: through lists it leads to an array of what their
 * elements have, which lives as long as the event. A place in a list is a number, `.0` or `[0]`. An
 * exact top-level key that itself contains dots or brackets wins. In a path of more than
 * EVENT_PATH_MAX bytes brackets mean nothing.
 */
#define EVENT_PATH_MAX 1024
const struct json_node *event_path(const struct event *event, struct text dotted_path);

/* The rest of a path, below a value of the event; NULL when that is NULL. */
const struct json_node *event_path_below(const struct event *event, const struct json_node *value,
                                         struct text rest);

/* Calls `each` for every indicator value, lower-cased where its kind is case-insensitive
 * (`name` is "p_any_emails", …). A value may come more than once. Texts live during the call. */
void event_indicators(const struct event *event,
                      void (*each)(void *context, const char *name, struct text value),
                      void *context);

/* The indicators that a text can be, as event_indicators names and folds them: "Homer@Example.com"
 * is an e-mail address and a user name. */
void indicators_of_text(struct text text,
                        void (*each)(void *context, const char *name, struct text value),
                        void *context);

/* A number that stands for an indicator in the archive's index: the same for ever, on every
 * machine. Different indicators have the same one rarely, unless somebody makes them so: who finds
 * an event by its number must look at the event's indicators. */
uint64_t indicator_number(const char *name, struct text value);

/* Whether the event shows how far time is. The time of the reading does not, in the place of one
 * that the record lacks: the others may be years old. Nor does a time that was in the future when
 * the record was read (a wrong clock, or a forged record). */
static inline bool event_moves_time(const struct event *event) {
  return !event->undated && event->event_time <= event->parse_time;
}

/* One JSON object: the event's fields, then p_log_type, p_event_time, p_parse_time, p_row_id and
 * p_source_id / p_source_label where set, the paths of schema errors as p_schema_errors where there
 * are any, and the p_any_ fields (sorted, distinct). p_ fields that
 * came in with the record are replaced. Unchecked events are written as they came. */
void event_write(const struct event *event, struct buffer *buffer);

#endif
