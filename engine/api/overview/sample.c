#include "api/overview/sample.h"

#include "api/search/stored_reader.h"
#include "store/store_overview.h"

#define PARTS 8         /* of the time */
#define PART_EVENTS 125 /* of each part and log type: 1000 of a log type in all */

struct sampling {
  struct sample *sample;
  struct stored_reader *reader;
  struct lookup_set *tables;
  struct buffer scratch;
  const struct data_model *model; /* of the log type that is read */
};

/* The first value that the model's paths lead to; what a function makes is not asked for. */
static const struct json_node *find_field(const struct sampling *sampling,
                                          const struct event *event, struct text name) {
  const struct data_model_field *field = data_model_find(sampling->model, name);
  for (size_t i = 0; field && i < field->count; i++) {
    const struct json_node *node =
        field->sources[i].path.size > 0 ? event_path(event, field->sources[i].path) : NULL;
    if (node && node->type != JSON_TYPE_NULL)
      return node;
  }
  return NULL;
}

/* ---- countries ----------------------------------------------------------------------------- */

/* Moves the cursor to the value of a key; false when there is none. */
static bool find_key(struct lookup_cursor *cursor, struct text key) {
  const struct lookup_value value = lookup_take(cursor);
  if (value.type != LOOKUP_MAP && value.type != LOOKUP_ROW)
    return false;
  for (size_t i = 0; i < value.of.count; i++) {
    if (text_equal(lookup_take_key(cursor, value.type), key))
      return true;
    lookup_skip(cursor);
  }
  return false;
}

static bool count_country(struct sampling *sampling, struct text table, struct text address) {
  struct lookup_cursor cursor;
  struct error error = ERROR_NONE;
  if (lookup_find(sampling->tables, table, address, &sampling->scratch, &cursor, &error) !=
          LOOKUP_FOUND ||
      !find_key(&cursor, TEXT("country")) || !find_key(&cursor, TEXT("iso_code")))
    return false;
  const struct lookup_value code = lookup_take(&cursor);
  if (code.type == LOOKUP_TEXT)
    value_counts_add(&sampling->sample->countries, code.of.text);
  return code.type == LOOKUP_TEXT;
}

/* GeoIP files are the tables that keep their rows to themselves. */
static void take_country(struct sampling *sampling, const struct event *event) {
  const struct json_node *country = find_field(sampling, event, TEXT("country")),
                         *address = find_field(sampling, event, TEXT("source_ip"));
  if (country) {
    value_counts_add_node(&sampling->sample->countries, country);
    return;
  }
  if (!address || address->type != JSON_TYPE_STRING)
    return;
  for (size_t i = 0; i < lookup_set_count(sampling->tables); i++)
    if (lookup_set_rows(sampling->tables, i) == 0 &&
        count_country(sampling, lookup_set_name(sampling->tables, i), json_text(address)))
      return;
}

/* ---- the sample ---------------------------------------------------------------------------- */

static bool take_event(void *context, const struct store_event *stored) {
  struct sampling *sampling = context;
  struct sample *sample = sampling->sample;
  const struct event *event = stored_reader_read(sampling->reader, stored);
  sample->events++;
  if (!event)
    return true;
  value_counts_add_node(&sample->actions, find_field(sampling, event, TEXT("action")));
  value_counts_add_node(&sample->clients, find_field(sampling, event, TEXT("client")));
  take_country(sampling, event);
  return true;
}

static bool says_something(const struct data_model *model) {
  static const char *const names[] = {"action", "client", "country", "source_ip"};
  for (size_t i = 0; model && i < sizeof names / sizeof *names; i++)
    if (data_model_find(model, text_from(names[i])))
      return true;
  return false;
}

static bool take_type(const struct overview_ask *ask, struct sampling *sampling,
                      struct text log_type, struct error *error) {
  const struct schema *schema = schema_find(ask->detection->schemas, log_type);
  const int64_t part = (ask->now - ask->since) / PARTS + 1;
  bool ok = true;
  if (!schema || !says_something(schema->model))
    return true;
  sampling->model = schema->model;
  for (int i = 0; ok && i < PARTS; i++) {
    const struct store_event_range range = {
        .log_type = log_type, .since = ask->since + i * part, .until = ask->since + (i + 1) * part};
    ok = store_event_latest(ask->store, &range, PART_EVENTS, take_event, sampling, error);
  }
  return ok;
}

bool sample_take(const struct overview_ask *ask, const struct text *log_types, size_t count,
                 struct sample *sample, struct error *error) {
  struct lookup_watch *lookups = ask->detection->lookups;
  struct sampling sampling = {.sample = sample,
                              .reader = stored_reader_new(ask->detection->schemas),
                              .tables = lookups ? lookup_watch_current(lookups) : NULL};
  bool ok = true;
  for (size_t i = 0; ok && i < count; i++)
    ok = take_type(ask, &sampling, log_types[i], error);
  stored_reader_free(sampling.reader);
  lookup_set_release(sampling.tables);
  buffer_free(&sampling.scratch);
  return ok;
}

void sample_clear(struct sample *sample) {
  value_counts_clear(&sample->actions);
  value_counts_clear(&sample->clients);
  value_counts_clear(&sample->countries);
}
