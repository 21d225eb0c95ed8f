#include "source/zoom/zoom_report.h"

#include "event/json/json.h"
#include "source/zoom/page.h"

const struct zoom_report zoom_report_table[ZOOM_REPORT_COUNT] = {
    {"operation", "/report/operationlogs", "operation_logs", "time", "category_type",
     "report:read:operation_logs:admin", NULL},
    {"activity", "/report/activities", "activity_logs", "time", NULL,
     "report:read:user_activities:admin", NULL},
    {"meeting_activity", "/report/meeting_activities", "meeting_activity_logs", "activity_time",
     "activity_type", "report:read:meeting_activity_log:admin",
     "Zoom Support must enable this report for the account"},
};

const struct zoom_report *zoom_report_find(struct text name) {
  for (size_t i = 0; i < ZOOM_REPORT_COUNT; i++)
    if (text_is(name, zoom_report_table[i].name))
      return &zoom_report_table[i];
  return NULL;
}

const char *zoom_report_log_type(const struct zoom_report *report) {
  const struct page_kind *kind = page_kinds;
  while (kind->array && strcmp(kind->array, report->array) != 0)
    kind++;
  return kind->log_type;
}

struct zoom_checkpoint zoom_checkpoint_none(void) {
  struct zoom_checkpoint checkpoint = {.forgotten = ZOOM_DAY_NONE};
  for (size_t i = 0; i < ZOOM_REPORT_COUNT; i++)
    checkpoint.days[i] = ZOOM_DAY_NONE;
  return checkpoint;
}

static bool read_day(const struct json_node *object, const char *key, zoom_day *day) {
  const struct json_node *node = json_get(object, text_from(key));
  if (!node)
    return true;
  return node->type == JSON_TYPE_STRING && zoom_day_parse(json_text(node), day);
}

bool zoom_checkpoint_read(struct text json, struct zoom_checkpoint *checkpoint,
                          struct error *error) {
  *checkpoint = zoom_checkpoint_none();
  struct json_reader *reader = json_reader_new();
  const struct json_node *root = json_read_copy(reader, json, error);
  bool ok =
      root && root->type == JSON_TYPE_OBJECT && read_day(root, "forgotten", &checkpoint->forgotten);
  for (size_t i = 0; ok && i < ZOOM_REPORT_COUNT; i++)
    ok = read_day(root, zoom_report_table[i].name, &checkpoint->days[i]);
  json_reader_free(reader);
  if (ok)
    return true;
  error_set(error, "it is not what this version writes");
  return error_prefix(error, "the checkpoint cannot be read");
}

static void write_day(struct buffer *out, const char *key, zoom_day day) {
  struct time_string date;
  if (day != ZOOM_DAY_NONE)
    buffer_printf(out, "%s\"%s\":\"%s\"", out->size > 1 ? "," : "", key,
                  zoom_day_format(day, &date));
}

char *zoom_checkpoint_write(const struct zoom_checkpoint *checkpoint) {
  struct buffer out = BUFFER_NONE;
  buffer_append_char(&out, '{');
  for (size_t i = 0; i < ZOOM_REPORT_COUNT; i++)
    write_day(&out, zoom_report_table[i].name, checkpoint->days[i]);
  write_day(&out, "forgotten", checkpoint->forgotten);
  buffer_append_char(&out, '}');
  return buffer_steal(&out);
}
