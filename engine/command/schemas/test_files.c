/* margay schemas test: what of files of records a schema does not take. */
#include "base/clock.h"
#include "base/map.h"
#include "base/memory.h"
#include "command/schemas/schemas.h"
#include "event/event.h"
#include "source/file/stream.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define PATHS_MAX 1000 /* that are counted apart; the rest are counted together */
#define PATH_SIZE 512

/* How many records have something at which path. */
struct tally {
  struct map counts; /* path to uint64_t */
  uint64_t others;   /* of paths past PATHS_MAX */
  uint64_t total;
};

struct test_run {
  const struct schemas_tool *tool;
  const char *file;
  uint64_t number; /* of the record in its file */
  struct event_reader *reader;
  struct clock clock;
  uint64_t records, events, refused;
  struct tally errors, unknown;
  bool unreadable;
};

static void count(struct tally *tally, struct text path) {
  uint64_t *number = map_get(&tally->counts, path);
  tally->total++;
  if (!number && tally->counts.count >= PATHS_MAX) {
    tally->others++;
    return;
  }
  if (!number) {
    number = memory_alloc(sizeof *number);
    map_put(&tally->counts, path, number);
  }
  ++*number;
}

/* ---- one line ---------------------------------------------------------------------------- */

static json_t *json_text_of(struct text text) {
  json_t *json = json_stringn(text.data, text.size);
  return json ? json : json_string("?"); /* a path was cut within a character */
}

static void print_json(json_t *object) {
  json_dumpf(object, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
  putchar('\n');
  json_decref(object);
}

/* `path` may be empty: the reason names it. */
static void print_line(const struct test_run *run, const char *kind, struct text path,
                       const char *reason) {
  char shown_file[256], shown_path[PATH_SIZE];
  if (run->tool->json) {
    json_t *object = json_object();
    json_object_set_new(object, "file", json_text_of(text_from(run->file)));
    json_object_set_new(object, "record", json_integer((json_int_t)run->number));
    json_object_set_new(object, "kind", json_string(kind));
    if (path.size)
      json_object_set_new(object, "path", json_text_of(path));
    json_object_set_new(object, "reason", json_text_of(text_from(reason)));
    print_json(object);
    return;
  }
  printf("%s: record %" PRIu64 ": ",
         text_printable(text_from(run->file), shown_file, sizeof shown_file), run->number);
  if (path.size)
    printf("field '%s': ", text_printable(path, shown_path, sizeof shown_path));
  printf("%s%s\n", reason, strcmp(kind, "refused") == 0 ? " (refused)" : "");
}

/* ---- fields that the schema does not name ------------------------------------------------ */

struct place {
  const struct place *above; /* NULL: the record */
  struct text name;
};

static void append_path(struct buffer *out, const struct place *place) {
  if (!place->above) {
    buffer_append_text(out, place->name);
    return;
  }
  append_path(out, place->above);
  if (out->size < PATH_SIZE)
    buffer_printf(out, ".%.*s", TEXT_ARGS(place->name));
}

static void count_unknown(struct test_run *run, const struct place *place) {
  struct buffer path = BUFFER_NONE;
  append_path(&path, place);
  count(&run->unknown, text_cut(buffer_text(&path), PATH_SIZE));
  buffer_free(&path);
}

static const struct field *field_named(const struct field *object, struct text name) {
  for (size_t i = 0; i < object->field_count; i++)
    if (text_equal(object->fields[i].name, name))
      return &object->fields[i];
  return NULL;
}

/* The depth of the recursion is bounded by that of the schema. */
static void look_within(struct test_run *run, const struct place *place, const struct field *field,
                        const struct json_node *value) {
  if (field->type == FIELD_ARRAY && value->type == JSON_TYPE_ARRAY)
    for (JSON_EACH(element, value))
      look_within(run, place, field->element, element);
  if (field->type != FIELD_OBJECT || value->type != JSON_TYPE_OBJECT)
    return;
  for (JSON_EACH(member, value)) {
    struct place inner = {place, json_key(member)};
    const struct field *known = field_named(field, inner.name);
    if (known)
      look_within(run, &inner, known, member);
    else
      count_unknown(run, &inner);
  }
}

static bool is_renamed(const struct schema *schema, struct text key) {
  for (size_t i = 0; i < schema->field_count; i++)
    if (schema->fields[i].transform.kind == TRANSFORM_RENAME &&
        text_equal(schema->fields[i].transform.from[0], key))
      return true;
  return false;
}

static void look_for_unknown(struct test_run *run, const struct event *event) {
  const struct schema *schema = event->schema;
  for (JSON_EACH(member, event->root)) {
    struct place place = {NULL, json_key(member)};
    if (schema_slot(schema, place.name) < 0 && !is_renamed(schema, place.name) &&
        !(place.name.size >= 2 && memcmp(place.name.data, "p_", 2) == 0))
      count_unknown(run, &place);
  }
  for (size_t i = 0; i < schema->field_count; i++) {
    struct place place = {NULL, schema->fields[i].name};
    if (event->slots[i])
      look_within(run, &place, &schema->fields[i], event->slots[i]);
  }
}

/* ---- records ----------------------------------------------------------------------------- */

/* The path that a reason names, "field 'a.b[2]': …"; empty: none. */
static struct text path_of(const char *reason) {
  static const char before[] = "field '", after[] = "': ";
  const char *start = strstr(reason, before);
  const char *end = start ? strstr(start, after) : NULL;
  start = end ? start + strlen(before) : reason;
  return (struct text){start, end ? (size_t)(end - start) : 0};
}

static void test_record(struct test_run *run, struct text record, struct text log_type) {
  struct error error = ERROR_NONE;
  const struct event *event =
      event_read(run->reader, record, log_type, clock_now(&run->clock), &error);
  run->records++;
  run->number++;
  if (!event) {
    run->refused++;
    print_line(run, "refused", run->tool->json ? path_of(error.text) : TEXT(""), error.text);
    return;
  }
  run->events++;
  for (size_t i = 0; event->schema_errors && i < event->schema_errors->count; i++) {
    const struct schema_error *item = &event->schema_errors->items[i];
    char reason[512];
    snprintf(reason, sizeof reason, "%.*s", TEXT_ARGS(item->reason));
    count(&run->errors, item->path);
    print_line(run, "value", item->path, reason);
  }
  look_for_unknown(run, event);
}

static void test_file(struct test_run *run, const char *path) {
  struct error error = ERROR_NONE;
  struct error_line line;
  struct stream *stream = stream_open(path, 0, &error);
  struct batch *batch;
  run->file = strcmp(path, "-") == 0 ? "standard input" : path;
  run->number = 0;
  while (stream && (batch = stream_next(stream, false, &error)) != NULL) {
    size_t cursor = 0;
    uint64_t occurrence;
    struct text record;
    while (batch_next(batch, &cursor, &record, &occurrence))
      test_record(run, record, TEXT(""));
    batch_free(batch);
  }
  stream_close(stream);
  if (!error.set)
    return;
  options_report(run->tool->command, "%s", error_line(&error, &line));
  run->unreadable = true;
}

/* ---- the summary ------------------------------------------------------------------------- */

static void print_tally(const char *what, const struct tally *tally) {
  for (size_t i = 0; i < tally->counts.count; i++) {
    const struct map_entry *entry = &tally->counts.entries[i];
    char shown[PATH_SIZE];
    printf("%s %s: %" PRIu64 "\n", what, text_printable(entry->key, shown, sizeof shown),
           *(const uint64_t *)entry->value);
  }
  if (tally->others)
    printf("%s at other paths: %" PRIu64 "\n", what, tally->others);
}

static json_t *json_tally(const struct tally *tally) {
  json_t *object = json_object();
  for (size_t i = 0; i < tally->counts.count; i++) {
    const struct map_entry *entry = &tally->counts.entries[i];
    json_object_setn_new(object, entry->key.data, entry->key.size,
                         json_integer((json_int_t) * (const uint64_t *)entry->value));
  }
  return object;
}

static void summarise_json(const struct test_run *run) {
  const struct {
    const char *name;
    uint64_t count;
  } counts[] = {{"records", run->records},
                {"events", run->events},
                {"refused", run->refused},
                {"schema_errors", run->errors.total},
                {"schema_errors_at_other_paths", run->errors.others},
                {"unknown_fields", run->unknown.total},
                {"unknown_fields_at_other_paths", run->unknown.others}};
  json_t *object = json_object();
  json_object_set_new(object, "kind", json_string("summary"));
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    json_object_set_new(object, counts[i].name, json_integer((json_int_t)counts[i].count));
  json_object_set_new(object, "schema_errors_by_path", json_tally(&run->errors));
  json_object_set_new(object, "unknown_fields_by_path", json_tally(&run->unknown));
  print_json(object);
}

static void summarise(const struct test_run *run) {
  if (run->tool->json) {
    summarise_json(run);
    return;
  }
  print_tally("schema error at", &run->errors);
  print_tally("unknown field", &run->unknown);
  printf("%" PRIu64 " record%s, %" PRIu64 " event%s, %" PRIu64 " refused, %" PRIu64
         " schema error%s, %" PRIu64 " unknown field%s\n",
         run->records, run->records == 1 ? "" : "s", run->events, run->events == 1 ? "" : "s",
         run->refused, run->errors.total, run->errors.total == 1 ? "" : "s", run->unknown.total,
         run->unknown.total == 1 ? "" : "s");
}

int schemas_test(const struct schemas_tool *tool, const struct schema_set *schemas,
                 const struct schema *schema) {
  const struct event_typing typing = {.schemas = schemas,
                                      .log_type = schema ? schema->name : TEXT("")};
  struct test_run run = {.tool = tool,
                         .clock = clock_system(),
                         .reader = event_reader_new(&typing, TEXT(""), TEXT(""))};
  for (size_t i = 1; i < tool->count; i++)
    test_file(&run, tool->operands[i]);
  summarise(&run);
  event_reader_free(run.reader);
  map_clear(&run.errors.counts, free);
  map_clear(&run.unknown.counts, free);
  return run.refused || run.errors.total || run.unreadable ? EXIT_FAILURES : EXIT_DONE;
}
