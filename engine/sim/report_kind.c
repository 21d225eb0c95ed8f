#include "sim/report_kind.h"

/* From the documents of the Zoom, Phone, Contact Center, Team Chat and Video SDK APIs:
 * https://developers.zoom.us/docs/api/ */
const struct report_kind report_kinds[SIM_REPORTS] = {
    [SIM_OPERATION] = {.name = "operation",
                       .path = "/v2/report/operationlogs",
                       .array = "operation_logs",
                       .scope = "report:read:operation_logs:admin",
                       .from = "from",
                       .to = "to",
                       .category = "category_type",
                       .time = "time",
                       .mark = "operation_detail",
                       .page_default = 30,
                       .page_max = 300,
                       .generate = generate_operation},
    [SIM_ACTIVITY] = {.name = "activity",
                      .path = "/v2/report/activities",
                      .array = "activity_logs",
                      .scope = "report:read:user_activities:admin",
                      .from = "from",
                      .to = "to",
                      .time = "time",
                      .mark = "client_type",
                      .page_default = 30,
                      .page_max = 300,
                      .generate = generate_activity},
    [SIM_MEETING_ACTIVITY] = {.name = "meeting_activity",
                              .path = "/v2/report/meeting_activities",
                              .array = "meeting_activity_logs",
                              .scope = "report:read:meeting_activity_log:admin",
                              .from = "from",
                              .to = "to",
                              .category = "activity_type",
                              .time = "activity_time",
                              .mark = "meeting_number",
                              .page_default = 30,
                              .page_max = 300,
                              .generate = generate_meeting_activity},
    [SIM_PHONE_OPERATION] = {.name = "phone_operation",
                             .path = "/v2/phone/reports/operationlogs",
                             .array = "operation_logs",
                             .scope = "phone:read:operation_logs:admin",
                             .from = "from",
                             .to = "to",
                             .time = "time",
                             .log_type = "Zoom.PhoneOperation",
                             .page_default = 30,
                             .page_max = 300,
                             .generate = generate_phone_operation},
    [SIM_CONTACT_CENTER_OPERATION] = {.name = "contact_center_operation",
                                      .path = "/v2/contact_center/reports/operation_logs",
                                      .array = "operation_logs",
                                      .scope = "contact_center:read:operation_logs:admin",
                                      .from = "from",
                                      .to = "to",
                                      .time = "time",
                                      .mark = "operation_log_id",
                                      .page_default = 10,
                                      .page_max = 100,
                                      .generate = generate_contact_center_operation},
    [SIM_REMOTE_SUPPORT] = {.name = "remote_support",
                            .path = "/v2/report/remote_support",
                            .array = "remote_support_logs",
                            .scope = "report:read:remote_support:admin",
                            .from = "from",
                            .to = "to",
                            .time = "start_time",
                            .mark = "supporter_email",
                            .page_default = 30,
                            .page_max = 300,
                            .generate = generate_remote_support},
    [SIM_CHAT_CHANNEL_ACTIVITY] = {.name = "chat_channel_activity",
                                   .path = "/v2/chat/activities/channels",
                                   .array = "channel_activity_logs",
                                   .scope = "team_chat:read:list_channel_activity_logs:admin",
                                   .from = "start_date",
                                   .to = "end_date",
                                   .time = "activity_timestamp",
                                   .mark = "channel_id",
                                   .span_days = 3,
                                   .page_default = 15,
                                   .page_max = 15,
                                   .generate = generate_chat_channel_activity},
    [SIM_VIDEO_SDK_OPERATION] = {.name = "video_sdk_operation",
                                 .path = "/v2/videosdk/report/operationlogs",
                                 .array = "operation_logs",
                                 .from = "from",
                                 .to = "to",
                                 .category = "category_type",
                                 .time = "time",
                                 .log_type = "Zoom.VideoSdkOperation",
                                 .page_default = 30,
                                 .page_max = 300,
                                 .generate = generate_video_sdk_operation},
};

bool sim_report_parse(struct text name, enum sim_report *report) {
  for (int i = 0; i < SIM_REPORTS; i++)
    if (text_is(name, report_kinds[i].name)) {
      *report = (enum sim_report)i;
      return true;
    }
  return false;
}

char *report_kind_names(const char *last_word) {
  struct buffer names = BUFFER_NONE;
  for (int i = 0; i < SIM_REPORTS; i++) {
    const char *before = i == 0 ? "" : i + 1 < SIM_REPORTS ? ", " : " ";
    buffer_printf(&names, "%s", before);
    if (i + 1 == SIM_REPORTS)
      buffer_printf(&names, "%s ", last_word);
    buffer_append_string(&names, report_kinds[i].name);
  }
  return buffer_steal(&names);
}
