#include "detect/test/rule_test_record.h"

#include "base/file_text.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/suggestion.h"
#include "detect/test/fixture_file.h"
#include "detect/test/rule_test_edit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

/* Names in a fixture's folder that are compared with one that is not there. */
#define NEIGHBOURS_MAX 4096

struct fixture {
  struct buffer bytes;
  enum file_result result;
  const char *folder; /* that has it, or else the first one */
  struct error error; /* why it was not read */
};

struct rule_test_records {
  const char *const *folders;
  const struct schema_set *schemas;
  struct map fixtures; /* by path -> struct fixture */
  struct event_reader *reader;
  struct json_reader *json;
  struct buffer record;
  struct arena arena; /* of one event */
};

/* What is read, and where its mistakes are reported. */
struct reading {
  struct rule_test_records *records;
  const struct rule_test_record *of;
  struct rule_test_findings *findings;
};

struct rule_test_records *rule_test_records_new(const char *const *fixtures,
                                                const struct schema_set *schemas) {
  struct event_typing typing = {.schemas = schemas, .unchecked = !schemas};
  struct rule_test_records *records = memory_alloc(sizeof *records);
  records->folders = fixtures;
  records->schemas = schemas;
  records->reader = event_reader_new(&typing, TEXT("test"), TEXT(""));
  records->json = json_reader_new();
  return records;
}

static void fixture_free(void *value) {
  struct fixture *fixture = value;
  buffer_free(&fixture->bytes);
  free(fixture);
}

void rule_test_records_free(struct rule_test_records *records) {
  if (!records)
    return;
  map_clear(&records->fixtures, fixture_free);
  event_reader_free(records->reader);
  json_reader_free(records->json);
  buffer_free(&records->record);
  arena_free(&records->arena);
  free(records);
}

static struct rule_test_place place_of(const struct reading *reading, const char *key) {
  const struct rule_test_case *test = reading->of->test;
  return rule_test_case_place(reading->of->subject, test, test->is_list ? "events" : NULL,
                              reading->of->event->index, key);
}

/* ---- fixtures ---- */

static const char *fixture_path(const struct reading *reading) {
  struct text name = reading->of->event->fixture;
  const struct fixture *fixture = map_get(&reading->records->fixtures, name);
  const char *folder = fixture ? fixture->folder : NULL;
  return arena_printf(&reading->records->arena, "%s%s%.*s", folder ? folder : "", folder ? "/" : "",
                      TEXT_ARGS(name));
}

/* Adds the names in the folder of a path; returns their new number. */
static size_t list_neighbours(struct arena *arena, const char *path, const char **names,
                              size_t count) {
  DIR *folder = opendir(arena_printf(arena, "%.*s", (int)(strrchr(path, '/') - path), path));
  for (struct dirent *entry; folder && count < NEIGHBOURS_MAX && (entry = readdir(folder));)
    if (entry->d_name[0] != '.')
      names[count++] = arena_copy_string(arena, entry->d_name);
  if (folder)
    closedir(folder);
  return count;
}

/* The file in the fixture's folders whose name is nearest; NULL = none is near. */
static const char *find_neighbour(const struct reading *reading) {
  struct arena *arena = &reading->records->arena;
  const char *names[NEIGHBOURS_MAX], *path = "/";
  const char *const *folder = reading->records->folders;
  size_t count = 0;
  for (; *folder; folder++) {
    path = arena_printf(arena, "%s/%.*s", *folder, TEXT_ARGS(reading->of->event->fixture));
    count = list_neighbours(arena, path, names, count);
  }
  return text_nearest(text_from(strrchr(path, '/') + 1), names, count);
}

/* Reports a fixture that cannot be read, and which one may be meant. */
static void refuse_fixture(const struct reading *reading, const struct fixture *fixture) {
  const char *path = fixture_path(reading), *nearest = NULL;
  if (fixture->result == FILE_MISSING)
    nearest = find_neighbour(reading);
  struct suggestion suggestion;
  rule_test_findings_add(reading->findings, place_of(reading, "fixture"), "%s: %s%s", path,
                         fixture->error.text, suggestion_write(nearest, &suggestion));
}

static struct fixture *fixture_read(const struct reading *reading) {
  struct fixture *fixture = memory_alloc(sizeof *fixture);
  struct text name = reading->of->event->fixture;
  fixture->error = ERROR_NONE;
  fixture->result = fixture_file_read(
      reading->records->folders, arena_printf(&reading->records->arena, "%.*s", TEXT_ARGS(name)),
      &fixture->bytes, &fixture->folder, &fixture->error);
  return fixture;
}

static bool append_fixture(const struct reading *reading) {
  struct rule_test_records *records = reading->records;
  struct text name = reading->of->event->fixture;
  struct fixture *fixture = map_get(&records->fixtures, name);
  if (!fixture) {
    fixture = fixture_read(reading);
    map_put(&records->fixtures, name, fixture);
  }
  if (fixture->result != FILE_READ) {
    refuse_fixture(reading, fixture);
    return false;
  }
  buffer_append_text(&records->record, buffer_text(&fixture->bytes));
  return true;
}

/* ---- the record ---- */

/* "the event is refused", or the fixture's path and the same. */
static void refuse_record(const struct reading *reading, const struct error *error) {
  bool is_fixture = !reading->of->event->event;
  rule_test_findings_add(reading->findings, place_of(reading, is_fixture ? "fixture" : "event"),
                         "%s is refused: %s", is_fixture ? fixture_path(reading) : "the event",
                         error->text);
}

static void pad(struct buffer *record) {
  memset(buffer_reserve(record, JSON_PADDING), 0, JSON_PADDING);
}

static bool build_record(const struct reading *reading) {
  const struct rule_test_event *event = reading->of->event;
  struct buffer *record = &reading->records->record;
  struct error error = ERROR_NONE;
  buffer_reset(record);
  if (event->event)
    json_write(record, event->event);
  else if (!append_fixture(reading))
    return false;
  struct rule_test_edit edit = {.set = event->set,
                                .unset = event->unset,
                                .number = event->times > 1 ? reading->of->repetition + 1 : 0};
  if ((event->set || event->unset) && !rule_test_edit_apply(record, &edit, &error)) {
    if (error.set)
      rule_test_findings_add(reading->findings, place_of(reading, "set"), "set: %s", error.text);
    return false;
  }
  pad(record);
  return true;
}

static bool takes(const struct rule_test_subject *subject, struct text log_type) {
  for (size_t i = 0; i < subject->log_types.count; i++)
    if (text_equal(subject->log_types.items[i], log_type))
      return true;
  return false;
}

/* The test's, the record's own, the subject's only one, or the one that the schemas find. */
static bool choose_log_type(const struct reading *reading, struct text *log_type) {
  const struct rule_test_subject *subject = reading->of->subject;
  struct rule_test_records *records = reading->records;
  *log_type = reading->of->event->log_type;
  if (log_type->size == 0) {
    const struct json_node *root =
        json_read(records->json, buffer_text(&records->record), &(struct error){.set = false});
    const struct json_node *own = root ? json_get(root, TEXT("p_log_type")) : NULL;
    if (own && own->type == JSON_TYPE_STRING)
      *log_type = json_text(own);
  }
  if (log_type->size == 0 && subject->log_types.count == 1)
    *log_type = subject->log_types.items[0];
  if (log_type->size == 0 && subject->rule && !records->schemas) {
    rule_test_findings_add(reading->findings, place_of(reading, NULL),
                           "the rule has several log types: say which with log_type");
    return false;
  }
  if (log_type->size == 0 || takes(subject, *log_type))
    return true;
  rule_test_findings_add(reading->findings, place_of(reading, NULL),
                         "the event is a %.*s, which the rule does not take", TEXT_ARGS(*log_type));
  return false;
}

static const struct event *read_record(const struct reading *reading, struct text log_type,
                                       time_us parse_time) {
  struct rule_test_records *records = reading->records;
  struct error error = ERROR_NONE;
  const struct event *event =
      event_read(records->reader, buffer_text(&records->record), log_type, parse_time, &error);
  if (event)
    event_identify(records->reader, reading->of->order);
  else
    refuse_record(reading, &error);
  return event;
}

/* ---- moving in time ---- */

/* When the event should happen, of which the record says `own`. */
static time_us wanted_time(const struct rule_test_record *of, time_us own) {
  const struct rule_test_event *event = of->event;
  if (of->repetition > 0)
    return of->first + of->repetition * event->every;
  if (event->at != TIME_NONE)
    return event->at;
  if (event->after >= 0 && of->before != TIME_NONE)
    return of->before + event->after;
  return own;
}

static bool is_number(const struct json_node *value) {
  return value->type >= JSON_TYPE_INT && value->type <= JSON_TYPE_DOUBLE;
}

static void write_units(struct buffer *out, int64_t per_second, time_us time) {
  int64_t microseconds = per_second < US_PER_SECOND ? US_PER_SECOND / per_second : 1;
  long long whole = time / microseconds;
  if (time % microseconds)
    buffer_printf(out, "%.6f", (double)time / (double)microseconds);
  else
    buffer_printf(out, "%lld%s", whole, per_second > US_PER_SECOND ? "000" : "");
}

/* The time as JSON in a form of the field that suits the value that is there; false for a form of
 * strftime(3), which need not show every time. */
static bool write_time(struct buffer *out, const struct field *field, const struct json_node *value,
                       time_us time) {
  static const int64_t per_second[] = {[TIME_UNIX] = 1,
                                       [TIME_UNIX_MS] = 1000,
                                       [TIME_UNIX_US] = 1000000,
                                       [TIME_UNIX_NS] = 1000000000};
  for (size_t i = 0; i < field->time_format_count; i++) {
    const struct field_time_format *format = &field->time_formats[i];
    if (format->kind == TIME_RFC3339 && value->type == JSON_TYPE_STRING) {
      struct time_string string;
      buffer_append_json_string(out, text_from(time_format(time, &string)));
      return true;
    }
    if (format->kind >= TIME_UNIX && format->kind <= TIME_UNIX_NS && is_number(value)) {
      write_units(out, per_second[format->kind], time);
      return true;
    }
  }
  return false;
}

/* The record's member that says when the event happened, and its new value. False when there is
 * none that can be changed. */
static bool find_time(const struct event *event, time_us time, struct text *key,
                      struct buffer *value) {
  if (!event->schema) {
    struct time_string string;
    *key = TEXT("p_event_time");
    buffer_append_json_string(value, text_from(time_format(time, &string)));
    return true;
  }
  for (size_t i = 0; i < event->schema->field_count; i++) {
    const struct field *field = &event->schema->fields[i];
    const struct json_node *node = event->slots[i];
    if (!field->event_time || !node || !node->key)
      continue;
    *key = json_key(node);
    return json_get(event->root, *key) == node && write_time(value, field, node, time);
  }
  return false;
}

/* Reads the event again as one that happened at `time`. */
static const struct event *move_event(const struct reading *reading, const struct event *event,
                                      struct text log_type, time_us time) {
  struct rule_test_records *records = reading->records;
  struct error error = ERROR_NONE;
  if (event->schema && !event->schema->has_event_time) /* it happens when it is read */
    return read_record(reading, log_type, time);
  struct buffer value = BUFFER_NONE;
  struct text key;
  bool ok = find_time(event, time, &key, &value);
  if (ok) {
    struct text copy = arena_copy(&records->arena, key);
    struct rule_test_edit edit = {.moved_key = copy, .moved_value = buffer_text(&value)};
    ok = rule_test_edit_apply(&records->record, &edit, &error);
    pad(&records->record);
  }
  buffer_free(&value);
  event = ok ? read_record(reading, log_type, reading->of->test->now) : NULL;
  if (ok && (!event || event->event_time == time))
    return event;
  rule_test_findings_add(reading->findings, place_of(reading, NULL),
                         "the event cannot be moved to another time: use set on its time field");
  return NULL;
}

const struct event *rule_test_record_read(struct rule_test_records *records,
                                          const struct rule_test_record *record,
                                          struct rule_test_findings *findings) {
  struct reading reading = {records, record, findings};
  struct text log_type;
  arena_reset(&records->arena);
  if (!build_record(&reading) || !choose_log_type(&reading, &log_type))
    return NULL;
  log_type = arena_copy(&records->arena, log_type);
  const struct event *event = read_record(&reading, log_type, record->test->now);
  if (!event)
    return NULL;
  if (!takes(record->subject, event->log_type)) {
    rule_test_findings_add(findings, place_of(&reading, NULL), "the event is a %.*s, which %s",
                           TEXT_ARGS(event->log_type),
                           record->subject->rule
                               ? "the rule does not take: say which of its log types with log_type"
                               : "nothing here takes");
    return NULL;
  }
  time_us time = wanted_time(record, event->event_time);
  return time == event->event_time ? event : move_event(&reading, event, log_type, time);
}
