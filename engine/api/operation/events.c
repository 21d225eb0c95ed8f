/* Events of the archive: found, counted, and one by one. */
#include "api/api.h"
#include "api/search/event_json.h"
#include "api/search/field_values.h"
#include "api/search/histogram.h"
#include "api/search/stored_reader.h"
#include "base/json_member.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#define SAMPLE 1000 /* events whose fields are looked at */
#define VALUES 10   /* of each field */
#define BUCKETS 60  /* when nobody says how many */
#define AROUND 200  /* events around another one, at most */
#define AROUND_MAX US_PER_DAY

/* What is left for writing the answer. */
#define MARGIN_US US_PER_SECOND

/* ---- parameters ---------------------------------------------------------------------------- */

/* What every search takes. */
#define ASK_ROWS                                                                                   \
  {.name = "where",                                                                                \
   .place = API_QUERY,                                                                             \
   .type = API_LIST,                                                                               \
   .help = "A condition in where's words (FIELD=VALUE, FIELD|contains=VALUE), or a word that any " \
           "field may hold; again for another one: all must hold, of one field any value"},        \
      {.name = "lua",                                                                              \
       .place = API_QUERY,                                                                         \
       .type = API_TEXT,                                                                           \
       .help =                                                                                     \
           "A Lua expression that is true of the event, as in a rule: event.action == \"Add\""},   \
      {.name = "log_type",                                                                         \
       .place = API_QUERY,                                                                         \
       .type = API_LIST,                                                                           \
       .max = 256,                                                                                 \
       .help = "Only this log type; again for another one"},                                       \
      {.name = "actor",                                                                            \
       .place = API_QUERY,                                                                         \
       .type = API_TEXT,                                                                           \
       .max = 512,                                                                                 \
       .help = "Only what this person did; an e-mail address is found by an index"},               \
      {.name = "ip",                                                                               \
       .place = API_QUERY,                                                                         \
       .type = API_TEXT,                                                                           \
       .max = 64,                                                                                  \
       .help = "Only events with this IP address, found by an index"},                             \
      {.name = "indicator",                                                                        \
       .place = API_QUERY,                                                                         \
       .type = API_TEXT,                                                                           \
       .max = 512,                                                                                 \
       .help = "Only events with this address, host, user name or hash in any field, found by an " \
               "index"},                                                                           \
      API_SINCE_ROW, API_UNTIL_ROW

static const struct api_parameter search_parameters[] = {ASK_ROWS, API_LIMIT_ROW, API_CURSOR_ROW};

static const struct api_parameter histogram_parameters[] = {
    ASK_ROWS,
    {.name = "buckets",
     .place = API_QUERY,
     .type = API_INTEGER,
     .min = 1,
     .max = HISTOGRAM_BUCKETS_MAX,
     .help = "At most so many bars; 60 when not given"}};

static const struct api_parameter fields_parameters[] = {
    ASK_ROWS,
    {.name = "fields",
     .place = API_QUERY,
     .type = API_TEXT,
     .help = "Paths of fields with commas between them; all fields when not given"}};

static const struct api_parameter show_parameters[] = {
    {.name = "row_id",
     .place = API_PATH,
     .type = API_TEXT,
     .max = 256,
     .help = "As search gives it"},
    {.name = "around",
     .place = API_QUERY,
     .type = API_TEXT,
     .max = 16,
     .help = "Also the events from so long before to so long after it: 10m, at most 1d"},
};

/* ---- a search ------------------------------------------------------------------------------ */

/* Half of the processors, so that a search leaves room for the daemon's own work. */
static unsigned workers(void) {
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  return processors < 3 ? 1 : (unsigned)processors / 2;
}

static const char *text_or_null(const struct api_request *request, const char *name) {
  struct text text = api_text(request, name);
  return text.size > 0 ? text.data : NULL;
}

/* NULL: refused. Texts live in the arena. */
static struct search *make_search(const struct api_world *world, const struct api_request *request,
                                  struct arena *arena, struct api_answer *answer) {
  struct detection *live = world->setup->detection;
  struct problems problems = PROBLEMS_NONE;
  const char *part = "where";
  size_t count, type_count;
  const struct text *where = api_list(request, "where", &count);
  const struct text *types = api_list(request, "log_type", &type_count);
  const char **conditions = arena_alloc(arena, (count + 1) * sizeof *conditions);
  for (size_t i = 0; i < count; i++)
    conditions[i] = where[i].data;
  const struct search_ask ask = {.where = conditions,
                                 .where_count = count,
                                 .actor = text_or_null(request, "actor"),
                                 .lua = text_or_null(request, "lua"),
                                 .ip = text_or_null(request, "ip"),
                                 .indicator = text_or_null(request, "indicator"),
                                 .log_types = types,
                                 .log_type_count = type_count,
                                 .since = api_time(request, "since"),
                                 .until = api_time(request, "until")};
  struct search *search = search_new(&ask, live->schemas, &part, &problems);
  if (search)
    search_use_lookups(search, live->lookups);
  else
    api_refuse(answer, API_BAD, part, "%s: %s", part,
               problems.count > 0 ? problems.items[0].text : "nothing can be asked so");
  problems_clear(&problems);
  return search;
}

static struct search_run run_of(const struct api_world *world, size_t limit) {
  return (struct search_run){.store = world->store,
                             .workers = workers(),
                             .limit = limit,
                             .deadline = world->deadline - MARGIN_US,
                             .ending = world->ending};
}

/* ---- events.search ------------------------------------------------------------------------- */

/* A cursor is the last event's time, a dot and its row id; without a row id the search goes on with
 * what was before that time. */
struct page {
  struct api_answer *answer;
  struct buffer next;
};

static bool add_event(void *context, const struct store_event *stored, const struct event *event) {
  struct page *page = context;
  event_json_append(api_list_next(page->answer), stored, event);
  buffer_reset(&page->next);
  buffer_printf(&page->next, "%" PRId64 ".", stored->event_time);
  buffer_append_text(&page->next, stored->row_id);
  return true;
}

static bool read_cursor(const struct api_request *request, struct search_run *run,
                        struct api_answer *answer) {
  struct text cursor = api_text(request, "cursor");
  char *dot;
  if (cursor.size == 0)
    return true;
  long long time = strtoll(cursor.data, &dot, 10);
  if (*dot != '.' || time <= TIME_BEGIN || time >= TIME_END)
    return api_refuse(answer, API_BAD, "cursor", "cursor: give `next` of the answer before");
  run->goes_on = true;
  run->after_time = time;
  run->after_row_id = text_from(dot + 1);
  return true;
}

/* What a page that ended early is followed by: what is before the time that was reached. */
static void write_counts(struct page *page, const struct search_counts *counts) {
  struct buffer *json = &page->answer->body;
  if (counts->goes_on) {
    buffer_reset(&page->next);
    buffer_printf(&page->next, "%" PRId64 ".", counts->reached);
  }
  const bool more = counts->more || counts->goes_on;
  api_list_end(page->answer, more ? buffer_text(&page->next) : TEXT(""));
  buffer_printf(json, ",\"read\":%" PRIu64 ",\"more\":%s,\"complete\":%s,\"unreadable\":%" PRIu64,
                counts->read, more ? "true" : "false", counts->late ? "false" : "true",
                counts->unreadable);
  json_member_time(json, "searched_since", counts->reached);
  if (counts->failed > 0)
    buffer_printf(json, ",\"failed\":%" PRIu64, counts->failed);
  if (counts->failed > 0)
    json_member_text(json, "failure", text_from(counts->failure.text));
  buffer_append_char(json, '}');
}

static bool search_events(const struct api_world *world, const struct api_request *request,
                          struct api_answer *answer) {
  struct arena arena = ARENA_NONE;
  struct error error = ERROR_NONE;
  struct page page = {.answer = answer};
  struct search_counts counts;
  struct search_run run = run_of(world, (size_t)api_integer(request, "limit", API_LIMIT_DEFAULT));
  bool ok = read_cursor(request, &run, answer);
  struct search *search = ok ? make_search(world, request, &arena, answer) : NULL;
  if (search) {
    api_list_begin(answer);
    if (search_page(search, &run, add_event, &page, &counts, &error))
      write_counts(&page, &counts);
    else
      ok = api_fail(answer, &error);
  }
  ok = ok && search;
  search_free(search);
  buffer_free(&page.next);
  arena_free(&arena);
  return ok;
}

/* ---- events.histogram ---------------------------------------------------------------------- */

static void write_histogram(const struct histogram *histogram, struct buffer *json) {
  buffer_append_char(json, '{');
  json_member_time(json, "since", histogram->since);
  json_member_time(json, "until", histogram->until);
  buffer_printf(json, ",\"width_seconds\":%" PRId64 ",\"total\":%" PRId64 ",\"complete\":%s",
                histogram->width / US_PER_SECOND, histogram->total,
                histogram->complete ? "true" : "false");
  buffer_append_string(json, ",\"buckets\":[");
  for (size_t i = 0; i < histogram->count; i++) {
    buffer_append_string(json, i ? ",{" : "{");
    json_member_time(json, "start", histogram->begin + (int64_t)i * histogram->width);
    buffer_printf(json, ",\"count\":%" PRId64 "}", histogram->counts[i]);
  }
  buffer_append_string(json, "]}");
}

static bool count_events(const struct api_world *world, const struct api_request *request,
                         struct api_answer *answer) {
  struct arena arena = ARENA_NONE;
  struct error error = ERROR_NONE;
  struct histogram histogram;
  const struct search_run run = run_of(world, 1);
  struct search *search = make_search(world, request, &arena, answer);
  bool ok = search != NULL;
  if (ok && !histogram_count(search, &run, (size_t)api_integer(request, "buckets", BUCKETS),
                             request->now, &histogram, &error))
    ok = api_fail(answer, &error);
  if (ok)
    write_histogram(&histogram, &answer->body);
  search_free(search);
  arena_free(&arena);
  return ok;
}

/* ---- events.fields ------------------------------------------------------------------------- */

/* False: refused. */
static bool split_fields(struct text given, struct text *fields, size_t *count,
                         struct api_answer *answer) {
  for (*count = 0; given.size > 0;) {
    const char *comma = memchr(given.data, ',', given.size);
    size_t size = comma ? (size_t)(comma - given.data) : given.size, skip = size + (comma != NULL);
    struct text path = text_trim((struct text){given.data, size});
    given = (struct text){given.data + skip, given.size - skip};
    if (path.size == 0)
      continue;
    if (*count == FIELD_VALUES_FIELDS_MAX)
      return api_refuse(answer, API_BAD, "fields", "fields: give at most %d",
                        FIELD_VALUES_FIELDS_MAX);
    fields[(*count)++] = path;
  }
  return true;
}

static bool list_fields(const struct api_world *world, const struct api_request *request,
                        struct api_answer *answer) {
  struct arena arena = ARENA_NONE;
  struct error error = ERROR_NONE;
  struct text fields[FIELD_VALUES_FIELDS_MAX];
  size_t count;
  const struct search_run run = run_of(world, SAMPLE);
  bool ok = split_fields(api_text(request, "fields"), fields, &count, answer);
  struct search *search = ok ? make_search(world, request, &arena, answer) : NULL;
  ok = search != NULL;
  if (ok) {
    buffer_append_char(&answer->body, '{');
    ok = field_values_append(search, &run, fields, count, VALUES, &answer->body, &error);
    buffer_append_char(&answer->body, '}');
    if (!ok)
      api_fail(answer, &error);
  }
  search_free(search);
  arena_free(&arena);
  return ok;
}

/* ---- events.show --------------------------------------------------------------------------- */

struct showing {
  const struct api_world *world;
  struct api_answer *answer;
  struct stored_reader *reader;
  time_us time;
  size_t around;
  bool more;
};

static void write_event(void *context, const struct store_event *stored) {
  struct showing *showing = context;
  struct buffer *json = &showing->answer->body;
  const struct event *event = stored_reader_read(showing->reader, stored);
  event_json_append_open(json, stored, event);
  json_member_time(json, "received_at", stored->parse_time);
  if (event)
    json_member_text(json, "record", stored->record);
  showing->time = stored->event_time;
}

static bool add_around(void *context, const struct store_event *stored) {
  struct showing *showing = context;
  struct buffer *json = &showing->answer->body;
  showing->more = showing->around == AROUND;
  if (showing->more)
    return false;
  buffer_append_string(json, showing->around++ ? "," : "");
  event_json_append(json, stored, stored_reader_read(showing->reader, stored));
  return !api_is_late(showing->world);
}

static bool list_around(struct showing *showing, int64_t span, struct error *error) {
  const struct schema_set *schemas = showing->world->setup->detection->schemas;
  struct arena arena = ARENA_NONE;
  struct text *types = arena_alloc(&arena, (schemas->count + 1) * sizeof *types);
  for (size_t i = 0; i < schemas->count; i++)
    types[i] = schemas->schemas[i].name;
  const struct store_archive archive = {types, schemas->count, showing->time - span,
                                        showing->time + span + 1};
  buffer_append_string(&showing->answer->body, ",\"around\":[");
  bool ok = store_event_read(showing->world->store, &archive, add_around, showing, error);
  buffer_printf(&showing->answer->body, "],\"around_more\":%s", showing->more ? "true" : "false");
  arena_free(&arena);
  return ok;
}

static bool show_event(const struct api_world *world, const struct api_request *request,
                       struct api_answer *answer) {
  struct error error = ERROR_NONE;
  struct text around = api_text(request, "around"), row_id = api_text(request, "row_id");
  int64_t span = 0;
  bool known = false;
  if (around.size > 0 && (!duration_parse(around, &span, &error) || span > AROUND_MAX))
    return api_refuse(answer, API_BAD, "around", "around: give how long, as 10m, at most 1d");
  struct showing showing = {.world = world,
                            .answer = answer,
                            .reader = stored_reader_new(world->setup->detection->schemas)};
  bool ok = store_event_find(world->store, row_id, write_event, &showing, &known, &error);
  ok = ok && (!known || around.size == 0 || list_around(&showing, span, &error));
  stored_reader_free(showing.reader);
  if (!ok)
    return api_fail(answer, &error);
  if (!known)
    return api_refuse(answer, API_NOT_FOUND, "row_id",
                      "no event has this row id: those past their retention are gone");
  buffer_append_char(&answer->body, '}');
  return true;
}

/* ---- the operations ------------------------------------------------------------------------ */

#define EVENT_FIELDS                                                                               \
  {.name = "row_id", .type = API_TEXT}, {.name = "time", .type = API_TIME},                        \
      {.name = "log_type", .type = API_TEXT}, {.name = "source", .type = API_TEXT},                \
      {.name = "event",                                                                            \
       .type = API_ANY,                                                                            \
       .optional = true,                                                                           \
       .help = "With its p_ fields; null when no schema takes it today"},                          \
  {                                                                                                \
    .name = "record", .type = API_TEXT, .optional = true,                                          \
    .help = "As it came, where no schema takes it today, and of one event"                         \
  }

static const struct api_field event_fields[] = {EVENT_FIELDS, {.name = NULL}};

static const struct api_field beside_search[] = {
    {.name = "read", .type = API_INTEGER, .help = "Events that were looked at"},
    {.name = "more", .type = API_BOOLEAN, .help = "There are, or may be, more behind `next`"},
    {.name = "complete",
     .type = API_BOOLEAN,
     .help = "false: the time was over first; `next` goes on from there"},
    {.name = "searched_since",
     .type = API_TIME,
     .optional = true,
     .help = "How far back was read; missing: all"},
    {.name = "unreadable", .type = API_INTEGER, .help = "Events that no schema takes today"},
    {.name = "failed",
     .type = API_INTEGER,
     .optional = true,
     .help = "Events on which the question failed"},
    {.name = "failure", .type = API_TEXT, .optional = true, .help = "Why it did first"},
    {.name = NULL},
};

static const struct api_field bucket_fields[] = {
    {.name = "start", .type = API_TIME}, {.name = "count", .type = API_INTEGER}, {.name = NULL}};

static const struct api_field histogram_fields[] = {
    {.name = "since", .type = API_TIME},
    {.name = "until", .type = API_TIME},
    {.name = "width_seconds", .type = API_INTEGER},
    {.name = "total", .type = API_INTEGER},
    {.name = "complete",
     .type = API_BOOLEAN,
     .help = "false: the time was over first, and the latest events were counted"},
    {.name = "buckets", .type = API_LIST, .fields = bucket_fields},
    {.name = NULL},
};

static const struct api_field values_fields[] = {
    {.name = "sampled", .type = API_INTEGER, .help = "Events that were looked at: the latest"},
    {.name = "complete", .type = API_BOOLEAN, .help = "They are all that there are"},
    {.name = "fields",
     .type = API_ANY,
     .help = "Of each path an array of {value, count}, the commonest first"},
    {.name = NULL},
};

static const struct api_field show_fields[] = {
    EVENT_FIELDS,
    {.name = "received_at", .type = API_TIME},
    {.name = "around", .type = API_LIST, .fields = event_fields, .optional = true},
    {.name = "around_more",
     .type = API_BOOLEAN,
     .optional = true,
     .help = "There are more than were listed"},
    {.name = NULL},
};

const struct api_operation api_events_search = {
    .name = "events.search",
    .method = "GET",
    .path = "/events",
    .role = API_VIEWER,
    .summary = "Find events of the archive, the latest first",
    .help =
        "Takes the words of `margay search`. What is rare is found by an index, everything else "
        "by reading back from the latest event; a search that takes too long ends with what it "
        "has, and `next` goes on.",
    API_PARAMETERS(search_parameters),
    .fields = event_fields,
    .lists = true,
    .beside = beside_search,
    .run = search_events,
};

const struct api_operation api_events_histogram = {
    .name = "events.histogram",
    .method = "GET",
    .path = "/events/histogram",
    .role = API_VIEWER,
    .summary = "Count the events that a search finds, by time",
    .help =
        "Without conditions the counts are kept, and there at once; with conditions the archive "
        "is read.",
    API_PARAMETERS(histogram_parameters),
    .fields = histogram_fields,
    .run = count_events,
};

const struct api_operation api_events_fields = {
    .name = "events.fields",
    .method = "GET",
    .path = "/events/fields",
    .role = API_VIEWER,
    .summary = "List the commonest values of fields among the events that a search finds",
    .help = "Looks at the latest thousand.",
    API_PARAMETERS(fields_parameters),
    .fields = values_fields,
    .run = list_fields,
};

const struct api_operation api_events_show = {
    .name = "events.show",
    .method = "GET",
    .path = "/events/{row_id}",
    .role = API_VIEWER,
    .summary = "Show one event, and what happened around it",
    API_PARAMETERS(show_parameters),
    .fields = show_fields,
    .run = show_event,
};
