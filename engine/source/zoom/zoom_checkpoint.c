#include "source/zoom/zoom_checkpoint.h"

#include "base/json_member.h"
#include "event/json/json.h"

struct zoom_checkpoint zoom_checkpoint_none(void) {
  struct zoom_checkpoint checkpoint = {
      .forgotten = ZOOM_DAY_NONE, .requests_day = ZOOM_DAY_NONE, .closed_until = TIME_NONE};
  for (size_t i = 0; i < ZOOM_REPORT_COUNT; i++)
    checkpoint.reports[i] = (struct zoom_progress){.day = ZOOM_DAY_NONE,
                                                   .first = ZOOM_DAY_NONE,
                                                   .until = TIME_NONE,
                                                   .reconciled = ZOOM_DAY_NONE};
  return checkpoint;
}

/* ---- reading ----------------------------------------------------------------------------- */

/* Each leaves the value as it is when there is no such key; false when it is of another kind. */

static bool read_day(const struct json_node *object, const char *key, zoom_day *day) {
  const struct json_node *node = json_get(object, text_from(key));
  if (!node)
    return true;
  return node->type == JSON_TYPE_STRING && zoom_day_parse(json_text(node), day);
}

static bool read_time(const struct json_node *object, const char *key, time_us *time) {
  const struct json_node *node = json_get(object, text_from(key));
  if (!node)
    return true;
  return node->type == JSON_TYPE_STRING && time_parse(json_text(node), time);
}

static bool read_bool(const struct json_node *object, const char *key, bool *value) {
  const struct json_node *node = json_get(object, text_from(key));
  if (!node)
    return true;
  *value = node->type == JSON_TYPE_TRUE;
  return node->type == JSON_TYPE_TRUE || node->type == JSON_TYPE_FALSE;
}

static bool read_count(const struct json_node *object, const char *key, int64_t *count) {
  const struct json_node *node = json_get(object, text_from(key));
  if (!node)
    return true;
  *count = node->type == JSON_TYPE_INT ? node->value.integer : -1;
  return *count >= 0;
}

/* *object = NULL when there is no such key. */
static bool read_object(const struct json_node *parent, const char *key,
                        const struct json_node **object) {
  *object = parent ? json_get(parent, text_from(key)) : NULL;
  return !*object || (*object)->type == JSON_TYPE_OBJECT;
}

static bool read_details(const struct json_node *details, const char *name,
                         struct zoom_progress *progress) {
  const struct json_node *object;
  if (!read_object(details, name, &object))
    return false;
  return !object || (read_day(object, "first", &progress->first) &&
                     read_time(object, "until", &progress->until) &&
                     read_day(object, "reconciled", &progress->reconciled) &&
                     read_bool(object, "to_included", &progress->to_included));
}

static bool read_root(const struct json_node *root, struct zoom_checkpoint *checkpoint) {
  const struct json_node *details, *requests;
  if (root->type != JSON_TYPE_OBJECT || !read_day(root, "forgotten", &checkpoint->forgotten) ||
      !read_object(root, "details", &details) || !read_object(root, "requests", &requests))
    return false;
  for (size_t i = 0; i < ZOOM_REPORT_COUNT; i++) {
    const char *name = zoom_report_table[i].name;
    if (!read_day(root, name, &checkpoint->reports[i].day) ||
        !read_details(details, name, &checkpoint->reports[i]))
      return false;
  }
  return !requests || (read_day(requests, "day", &checkpoint->requests_day) &&
                       read_count(requests, "count", &checkpoint->requests) &&
                       read_time(requests, "closed_until", &checkpoint->closed_until));
}

bool zoom_checkpoint_read(struct text json, struct zoom_checkpoint *checkpoint,
                          struct error *error) {
  *checkpoint = zoom_checkpoint_none();
  struct json_reader *reader = json_reader_new();
  const struct json_node *root = json_read_copy(reader, json, error);
  bool ok = root && read_root(root, checkpoint);
  json_reader_free(reader);
  if (ok)
    return true;
  error_set(error, "it is not what this version writes");
  return error_prefix(error, "the checkpoint cannot be read");
}

/* ---- writing ----------------------------------------------------------------------------- */

static void write_day(struct buffer *out, const char *key, zoom_day day) {
  struct time_string date;
  if (day == ZOOM_DAY_NONE)
    return;
  json_member_name(out, text_from(key));
  buffer_printf(out, "\"%s\"", zoom_day_format(day, &date));
}

static void write_requests(struct buffer *out, const struct zoom_checkpoint *checkpoint) {
  if (checkpoint->requests_day == ZOOM_DAY_NONE)
    return;
  json_member_name(out, TEXT("requests"));
  buffer_append_char(out, '{');
  write_day(out, "day", checkpoint->requests_day);
  json_member_name(out, TEXT("count"));
  buffer_printf(out, "%lld", (long long)checkpoint->requests);
  json_member_time(out, "closed_until", checkpoint->closed_until);
  buffer_append_char(out, '}');
}

static void write_details(struct buffer *out, const struct zoom_report *report,
                          const struct zoom_progress *progress) {
  if (progress->first == ZOOM_DAY_NONE && progress->until == TIME_NONE &&
      progress->reconciled == ZOOM_DAY_NONE && !progress->to_included)
    return;
  json_member_name(out, text_from(report->name));
  buffer_append_char(out, '{');
  write_day(out, "first", progress->first);
  json_member_time(out, "until", progress->until);
  write_day(out, "reconciled", progress->reconciled);
  if (progress->to_included) {
    json_member_name(out, TEXT("to_included"));
    buffer_append_string(out, "true");
  }
  buffer_append_char(out, '}');
}

char *zoom_checkpoint_write(const struct zoom_checkpoint *checkpoint) {
  struct buffer out = BUFFER_NONE, details = BUFFER_NONE;
  buffer_append_char(&out, '{');
  buffer_append_char(&details, '{');
  for (size_t i = 0; i < ZOOM_REPORT_COUNT; i++) {
    write_day(&out, zoom_report_table[i].name, checkpoint->reports[i].day);
    write_details(&details, &zoom_report_table[i], &checkpoint->reports[i]);
  }
  write_day(&out, "forgotten", checkpoint->forgotten);
  if (details.size > 1) {
    json_member_name(&out, TEXT("details"));
    buffer_append_text(&out, buffer_text(&details));
    buffer_append_char(&out, '}');
  }
  write_requests(&out, checkpoint);
  buffer_append_char(&out, '}');
  buffer_free(&details);
  return buffer_steal(&out);
}
