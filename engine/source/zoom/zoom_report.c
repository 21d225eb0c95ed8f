#include "source/zoom/zoom_report.h"

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

const struct setting_list *zoom_report_filter(const struct zoom_report *report,
                                              const struct zoom_options *options) {
  switch (report->filter) {
  case ZOOM_FILTER_CATEGORY:
    return &options->category_type;
  case ZOOM_FILTER_ACTIVITY:
    return &options->activity_type;
  case ZOOM_FILTER_NONE:
    break;
  }
  return NULL;
}
