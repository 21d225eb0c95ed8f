#include "sim/rows_file.h"

#include "base/file_text.h"
#include "base/memory.h"
#include "sim/report_kind.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ROWS_FILE_MAX                                                                              \
  ((size_t)256 * 1024 * 1024) /* bytes; the simulator keeps everything in memory */
#define ROWS_DUMP (JSON_COMPACT | JSON_ENCODE_ANY)

/* The keys that odd records may still have. */
static const struct {
  const char *key;
  enum sim_report report;
} OTHER_KEYS[] = {{"category_type", SIM_OPERATION},
                  {"action", SIM_OPERATION},
                  {"activity_time", SIM_MEETING_ACTIVITY},
                  {"email", SIM_ACTIVITY},
                  {"ip_address", SIM_ACTIVITY}};

static bool has_mark(const json_t *record, int report) {
  return report_kinds[report].mark && json_object_get(record, report_kinds[report].mark);
}

/* Those of phones and of the Video SDK look like operations, so a key says what they are. Zoom has
 * no such key: it is taken out. */
static bool has_log_type(json_t *record, enum sim_report *report) {
  const char *log_type = json_string_value(json_object_get(record, "p_log_type"));
  for (int i = 0; log_type && i < SIM_REPORTS; i++)
    if (report_kinds[i].log_type && strcmp(report_kinds[i].log_type, log_type) == 0) {
      json_object_del(record, "p_log_type");
      *report = (enum sim_report)i;
      return true;
    }
  return false;
}

/* The last report whose mark is there: records of a later one may have the mark of an earlier one,
 * too. */
static bool report_of(json_t *record, enum sim_report *report) {
  if (has_log_type(record, report))
    return true;
  for (int i = SIM_REPORTS - 1; i >= 0; i--)
    if (has_mark(record, i)) {
      *report = (enum sim_report)i;
      return true;
    }
  for (size_t i = 0; i < sizeof OTHER_KEYS / sizeof *OTHER_KEYS; i++)
    if (json_object_get(record, OTHER_KEYS[i].key)) {
      *report = OTHER_KEYS[i].report;
      return true;
    }
  return false;
}

static void add_record(struct row_set *set, const json_t *record, enum sim_report report) {
  const json_t *value = json_object_get(record, report_kinds[report].time);
  const char *category = json_string_value(json_object_get(record, "category_type"));
  if (report == SIM_MEETING_ACTIVITY)
    category = json_string_value(json_object_get(record, "activity_category"));
  time_us at = json_is_integer(value) ? json_integer_value(value) * US_PER_MS : TIME_NONE;
  if (json_is_string(value) && !time_parse(text_from(json_string_value(value)), &at))
    at = TIME_NONE;
  struct row *row = rows_add(&set->reports[report], at);
  char *json = json_dumps(record, ROWS_DUMP);
  row->json = arena_copy(&set->arena, text_from(json ? json : "null"));
  row->category = row_category(&set->arena, text_from(category));
  free(json);
}

/* An API page's records go to the report whose array it is, the first one of that name; those of
 * contact centers are known by their mark. */
static bool add_page(struct row_set *set, const json_t *page) {
  bool is_page = false;
  for (int i = 0; i < SIM_REPORTS; i++) {
    const json_t *records = json_object_get(page, report_kinds[i].array);
    bool named = report_kinds[i].mark && i != SIM_CONTACT_CENTER_OPERATION;
    is_page = is_page || json_is_array(records);
    for (size_t k = 0; named && k < json_array_size(records); k++) {
      const json_t *record = json_array_get(records, k);
      bool other = i == SIM_OPERATION && has_mark(record, SIM_CONTACT_CENTER_OPERATION);
      add_record(set, record, other ? SIM_CONTACT_CENTER_OPERATION : (enum sim_report)i);
    }
  }
  return is_page;
}

static bool add_value(struct row_set *set, json_t *value) {
  enum sim_report report;
  if (json_is_array(value)) {
    for (size_t i = 0; i < json_array_size(value); i++)
      if (!add_value(set, json_array_get(value, i)))
        return false;
    return true;
  }
  if (add_page(set, value))
    return true;
  if (!report_of(value, &report))
    return false;
  add_record(set, value, report);
  return true;
}

static unsigned count_lines(struct text text) {
  unsigned lines = 1;
  for (size_t i = 0; i < text.size; i++)
    lines += text.data[i] == '\n';
  return lines;
}

/* One JSON value after another, with white space between them. */
static bool read_values(struct row_set *set, const char *path, struct text content,
                        struct error *error) {
  size_t at = 0;
  for (;;) {
    at += strspn(content.data + at, " \t\r\n");
    struct text rest = {content.data + at, content.size - at};
    if (rest.size == 0)
      return true;
    json_error_t problem;
    json_t *value =
        json_loadb(rest.data, rest.size, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &problem);
    unsigned line = count_lines((struct text){content.data, at});
    if (!value)
      return error_set_at(error, path, line + (unsigned)problem.line - 1,
                          problem.column > 0 ? (unsigned)problem.column : 0, "not JSON: %s",
                          problem.text);
    bool good = add_value(set, value);
    json_decref(value);
    if (!good)
      return error_set_at(error, path, line, 0,
                          "neither an operation, an activity or another record of a report nor a "
                          "page of them");
    at += (size_t)problem.position;
  }
}

static bool read_file(struct row_set *set, const char *path, struct error *error) {
  struct buffer content = BUFFER_NONE;
  bool good = false;
  if (file_read(path, FILE_HANDED_OVER, ROWS_FILE_MAX, &content, NULL, error) == FILE_READ) {
    buffer_append_char(&content, '\n'); /* and with it a NUL that ends strspn */
    good = read_values(set, path, buffer_text(&content), error);
  } else {
    error_prefix(error, "cannot be read");
  }
  buffer_free(&content);
  return good;
}

static int record_file(const struct dirent *entry) {
  struct text name = text_from(entry->d_name);
  if (entry->d_name[0] == '.')
    return 0;
  return entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN ||
         text_ends_folded(name, TEXT(".json")) || text_ends_folded(name, TEXT(".ndjson")) ||
         text_ends_folded(name, TEXT(".jsonl"));
}

bool rows_read_path(struct row_set *set, const char *path, struct error *error) {
  struct stat status;
  if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
    return read_file(set, path, error);
  struct dirent **entries;
  int count = scandir(path, &entries, record_file, alphasort);
  if (count < 0)
    return error_set_at(error, path, 0, 0, "cannot be read: %s", strerror(errno));
  bool good = true;
  for (int i = 0; i < count; i++) {
    struct buffer name = BUFFER_NONE;
    buffer_printf(&name, "%s/%s", path, entries[i]->d_name);
    good = good && rows_read_path(set, name.data, error);
    buffer_free(&name);
    free(entries[i]);
  }
  free(entries);
  return good;
}

/* Writes the row's time anew, at `time`. */
static void rewrite_time(struct row_set *set, struct row *row, const char *key, time_us time) {
  json_t *record =
      json_loadb(row->json.data, row->json.size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
  struct time_string string;
  bool number = json_is_integer(json_object_get(record, key));
  json_object_set_new(record, key,
                      number ? json_integer(time / US_PER_MS)
                             : json_string(time_format(time, &string)));
  char *json = json_dumps(record, ROWS_DUMP);
  row->json = arena_copy(&set->arena, text_from(json));
  row->time = row->appears = time;
  free(json);
  json_decref(record);
}

void rows_shift(struct row_set *set, time_us end) {
  time_us newest = TIME_NONE;
  for (int report = 0; report < SIM_REPORTS; report++)
    for (size_t i = 0; i < set->reports[report].count; i++)
      if (set->reports[report].rows[i].time > newest)
        newest = set->reports[report].rows[i].time;
  if (newest == TIME_NONE)
    return;
  int64_t by = (end - newest) / US_PER_SECOND * US_PER_SECOND;
  for (int report = 0; report < SIM_REPORTS; report++)
    for (size_t i = 0; i < set->reports[report].count; i++) {
      struct row *row = &set->reports[report].rows[i];
      if (row->time != TIME_NONE)
        rewrite_time(set, row, report_kinds[report].time, row->time + by);
    }
}
