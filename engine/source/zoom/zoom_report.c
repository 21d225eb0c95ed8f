#include "source/zoom/zoom_report.h"

#include "event/json/json.h"

#define PAGE_MAX 300
#define REPORT_CLASSIC "report:read:admin"
#define ACTIVITY_LOGS "User activity reports > Admin Activity Logs"

const struct zoom_report zoom_report_table[ZOOM_REPORT_COUNT] = {
    {.name = "operation",
     .path = "/report/operationlogs",
     .array = "operation_logs",
     .log_type = "Zoom.Operation",
     .time_field = "time",
     .from = "from",
     .to = "to",
     .filter_key = "category_type",
     .filter = ZOOM_FILTER_CATEGORY,
     .page_min = 1,
     .page_max = PAGE_MAX,
     .scope = "report:read:operation_logs:admin",
     .classic_scope = REPORT_CLASSIC,
     .privilege = ACTIVITY_LOGS},
    {.name = "activity",
     .path = "/report/activities",
     .array = "activity_logs",
     .log_type = "Zoom.Activity",
     .time_field = "time",
     .from = "from",
     .to = "to",
     .page_min = 1,
     .page_max = PAGE_MAX,
     .scope = "report:read:user_activities:admin",
     .classic_scope = REPORT_CLASSIC,
     .privilege = "User activity reports > Sign In/Sign Out"},
    {.name = "meeting_activity",
     .path = "/report/meeting_activities",
     .array = "meeting_activity_logs",
     .log_type = "Zoom.MeetingActivity",
     .time_field = "activity_time",
     .from = "from",
     .to = "to",
     .filter_key = "activity_type",
     .filter = ZOOM_FILTER_ACTIVITY,
     .page_min = 1,
     .page_max = PAGE_MAX,
     .scope = "report:read:meeting_activity_log:admin",
     .classic_scope = REPORT_CLASSIC,
     .privilege = "Usage reports",
     .not_found_hint = "Zoom Support must enable this report for the account"},
    {.name = "phone_operation",
     .path = "/phone/reports/operationlogs",
     .array = "operation_logs",
     .log_type = "Zoom.PhoneOperation",
     .time_field = "time",
     .from = "from",
     .to = "to",
     .page_min = 1,
     .page_max = PAGE_MAX,
     .scope = "phone:read:operation_logs:admin",
     .classic_scope = "phone:read:admin",
     .privilege = "Zoom Phone Management",
     .not_found_hint = "does the account have Zoom Phone?"},
    {.name = "contact_center_operation",
     .path = "/contact_center/reports/operation_logs",
     .array = "operation_logs",
     .log_type = "Zoom.ContactCenterOperation",
     .time_field = "time",
     .from = "from",
     .to = "to",
     .page_min = 1,
     .page_max = 100,
     .scope = "contact_center:read:operation_logs:admin",
     .not_found_hint = "does the account have Zoom Contact Center?"},
    {.name = "remote_support",
     .path = "/report/remote_support",
     .array = "remote_support_logs",
     .log_type = "Zoom.RemoteSupport",
     .time_field = "start_time",
     .from = "from",
     .to = "to",
     .page_min = 1,
     .page_max = PAGE_MAX,
     .scope = "report:read:remote_support:admin",
     .classic_scope = REPORT_CLASSIC,
     .privilege = "Usage reports"},
    {.name = "chat_channel_activity",
     .path = "/chat/activities/channels",
     .array = "channel_activity_logs",
     .log_type = "Zoom.ChatChannelActivity",
     .time_field = "activity_timestamp",
     .from = "start_date",
     .to = "end_date",
     .span_days = 3,
     .page_min = 15,
     .page_max = 15,
     .light = true,
     .scope = "team_chat:read:list_channel_activity_logs:admin",
     .classic_scope = "chat_channel:read:admin"},
    {.name = "video_sdk_operation",
     .path = "/videosdk/report/operationlogs",
     .array = "operation_logs",
     .log_type = "Zoom.VideoSdkOperation",
     .time_field = "time",
     .from = "from",
     .to = "to",
     .filter_key = "category_type",
     .filter = ZOOM_FILTER_CATEGORY,
     .page_min = 1,
     .page_max = PAGE_MAX,
     .privilege = ACTIVITY_LOGS,
     .not_found_hint = "is it a Video SDK account?"},
};

const struct zoom_report *zoom_report_find(struct text name) {
  for (size_t i = 0; i < ZOOM_REPORT_COUNT; i++)
    if (text_is(name, zoom_report_table[i].name))
      return &zoom_report_table[i];
  return NULL;
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
