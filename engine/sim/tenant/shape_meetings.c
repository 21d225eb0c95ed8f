#include "sim/tenant/shape.h"

/* Bodies: https://developers.zoom.us/docs/api/meetings/events/ and …/qss/events/. */

#define PARTICIPANT                                                                                \
  "'user_id':'<session>','user_name':'<whom.name>','id':'<whom.id>',"                              \
  "'participant_uuid':'<participant>','email':'<whom.email>','registrant_id':'',"                  \
  "'participant_user_id':'<whom.id>','customer_key':'','phone_number':''"
#define WITH_PARTICIPANT(more) MEETING_OBJECT ",'participant':{" PARTICIPANT more "}"

#define SHARING                                                                                    \
  ",'participant':{'user_id':'<session>','user_name':'<whom.name>','id':'<whom.id>',"              \
  "'sharing_details':{'content':'application','link_source':'','file_link':'',"                    \
  "'date_time':'<time>','source':''}}"

#define RECORDING_FILE(type, extension, kind)                                                      \
  "{'id':'<id>','meeting_id':'<uuid>','recording_start':'<start>','recording_end':'<time>',"       \
  "'file_type':'" type "','file_size':<size>,'file_extension':'" extension                         \
  "','play_url':'https://example.zoom.us/rec/play/<id>',"                                          \
  "'download_url':'https://example.zoom.us/rec/download/<id>','status':'completed',"               \
  "'recording_type':'" kind "'}"
#define RECORDING                                                                                  \
  MEETING_OBJECT_NUMBER                                                                            \
  ",'account_id':'<account>','share_url':'https://example.zoom.us/rec/share/<id>',"                \
  "'total_size':<size>,'recording_count':1,'recording_files':[" RECORDING_FILE(                    \
      "MP4", "MP4", "shared_screen_with_speaker_view") "]"

#define QOS(type)                                                                                  \
  "{'type':'" type "','details':{'bitrate':'27.15 kbps','latency':'<latency> ms','jitter':'5 ms'," \
  "'avg_loss':'0.1%','max_loss':'0.4%'}}"

const struct shape SHAPES_OF_MEETINGS[SHAPE_NAMES] = {
    [SHAPE_MEETING_CREATED] =
        {TENANT_WEBHOOK,
         WEBHOOK_BY("meeting.created", MEETING_OBJECT_NUMBER
                    ",'join_url':'https://example.zoom.us/j/<meeting>?pwd=<passcode>',"
                    "'password':'<passcode>','settings':{'use_pmi':false,'alternative_hosts':'',"
                    "'join_before_host':false,'meeting_invitees':[{'email':'<whom.email>'}]}")},
    [SHAPE_MEETING_UPDATED] = {TENANT_WEBHOOK,
                               WEBHOOK_CHANGE("meeting.updated",
                                              "'id':<meeting>,'topic':'<topic> (moved)',"
                                              "'start_time':'<start>'",
                                              "'id':<meeting>,'topic':'<topic>'")},
    [SHAPE_MEETING_DELETED] = {TENANT_WEBHOOK,
                               WEBHOOK_BY("meeting.deleted", MEETING_OBJECT_NUMBER)},
    [SHAPE_MEETING_STARTED] = {TENANT_WEBHOOK, WEBHOOK_OF("meeting.started", MEETING_OBJECT)},
    [SHAPE_MEETING_JOINED] = {TENANT_WEBHOOK,
                              WEBHOOK_OF("meeting.participant_joined",
                                         WITH_PARTICIPANT(",'join_time':'<time>'"))},
    [SHAPE_MEETING_LEFT] = {TENANT_WEBHOOK,
                            WEBHOOK_OF("meeting.participant_left",
                                       WITH_PARTICIPANT(
                                           ",'leave_time':'<time>',"
                                           "'leave_reason':'<whom.name> left the meeting.'"))},
    [SHAPE_MEETING_ENDED] = {TENANT_WEBHOOK,
                             WEBHOOK_OF("meeting.ended", MEETING_OBJECT ",'end_time':'<time>'")},
    [SHAPE_MEETING_SHARING_STARTED] = {TENANT_WEBHOOK, WEBHOOK_OF("meeting.sharing_started",
                                                                  MEETING_OBJECT SHARING)},
    [SHAPE_MEETING_SHARING_ENDED] = {TENANT_WEBHOOK,
                                     WEBHOOK_OF("meeting.sharing_ended", MEETING_OBJECT SHARING)},
    [SHAPE_MEETING_ALERT] = {TENANT_WEBHOOK,
                             WEBHOOK_OF("meeting.alert", MEETING_OBJECT ",'issues':['<issue>']")},
    [SHAPE_MEETING_QOS] = {TENANT_WEBHOOK,
                           WEBHOOK_OF("meeting.participant_qos", MEETING_OBJECT
                                      ",'participant':{" PARTICIPANT
                                      ",'date_time':'<time>','qos':[" QOS("audio_input") "," QOS(
                                          "audio_output") "," QOS("video_output") "]}")},
    [SHAPE_MEETING_DATA] = {TENANT_WEBHOOK,
                            WEBHOOK_OF("meeting.participant_data", MEETING_OBJECT
                                       ",'participant':{" PARTICIPANT
                                       ",'date_time':'<time>','data':[{'device':'<client>',"
                                       "'camera':'<camera>','microphone':'<headset>',"
                                       "'speaker':'<headset>','ip_address':'<whom.address>'}]}")},
    [SHAPE_ROW_MEETING_CREATED] = {TENANT_MEETING_ACTIVITY,
                                   MEETING_ROW_WHO("Meeting Created", "Create a meeting")},
    [SHAPE_ROW_MEETING_STARTED] = {TENANT_MEETING_ACTIVITY,
                                   MEETING_ROW_WHO("Meeting Started", "Start a meeting")},
    [SHAPE_ROW_MEETING_JOINED] = {TENANT_MEETING_ACTIVITY,
                                  MEETING_ROW_WHOM("User Join", "<whom.name> joined the meeting")},
    [SHAPE_ROW_MEETING_LEFT] = {TENANT_MEETING_ACTIVITY,
                                MEETING_ROW_WHOM("User Left", "<whom.name> left the meeting")},
    [SHAPE_ROW_MEETING_ENDED] = {TENANT_MEETING_ACTIVITY,
                                 MEETING_ROW_WHO("Meeting Ended", "End the meeting")},
    [SHAPE_ROW_MEETING_CHAT] = {TENANT_MEETING_ACTIVITY,
                                MEETING_ROW_WHOM("In-Meeting Chat",
                                                 "<whom.name> sent a message to everyone")},
    [SHAPE_RECORDING_STARTED] = {TENANT_WEBHOOK,
                                 WEBHOOK_OF("recording.started", MEETING_OBJECT_NUMBER
                                            ",'recording_file':{'recording_start':'<time>'}")},
    [SHAPE_RECORDING_STOPPED] = {TENANT_WEBHOOK,
                                 WEBHOOK_OF("recording.stopped", MEETING_OBJECT_NUMBER
                                            ",'recording_file':{'recording_start':'<start>',"
                                            "'recording_end':'<time>'}")},
    [SHAPE_RECORDING_COMPLETED] = {TENANT_WEBHOOK,
                                   "{'event':'recording.completed','event_ts':<ms>,"
                                   "'download_token':'<id>','payload':{'account_id':'<account>',"
                                   "'object':{" RECORDING
                                   ",'host_email':'<who.email>','password':'<passcode>',"
                                   "'on_prem':false}}}"},
    [SHAPE_RECORDING_TRASHED] = {TENANT_WEBHOOK, WEBHOOK_BY("recording.trashed", RECORDING)},
    [SHAPE_OPERATION_RECORDING_DELETE] =
        {TENANT_OPERATION,
         OPERATION("Recording", "Delete",
                   "Delete Recording  - Meeting ID: <meeting.spaced> - Topic: <topic>")},
    [SHAPE_OPERATION_RECORDING_SHARE] =
        {TENANT_OPERATION,
         OPERATION("Recording", "Update",
                   "Share Recording  - Meeting ID: <meeting.spaced> - Viewers can see chat: "
                   "from Off to On")},
    [SHAPE_OPERATION_RECORDING_VIEW] =
        {TENANT_OPERATION,
         OPERATION("Recording", "View",
                   "View Recording  - Meeting ID: <meeting.spaced> - Topic: <topic>")},
    [SHAPE_OPERATION_RECORDING_DOWNLOAD] =
        {TENANT_OPERATION,
         OPERATION("Recording", "Download",
                   "Download Recording  - Meeting ID: <meeting.spaced> - Topic: <topic>")},
    [SHAPE_OPERATION_RECORDING_DOWNLOAD_ON] =
        {TENANT_OPERATION,
         OPERATION("Recording", "Update",
                   "Share Recording  - Meeting ID: <meeting.spaced> - Viewers can download: "
                   "from Off to On")},
    [SHAPE_WEBINAR_CREATED] =
        {TENANT_WEBHOOK,
         WEBHOOK_BY("webinar.created", MEETING_OBJECT_NUMBER
                    ",'join_url':'https://example.zoom.us/j/<meeting>?pwd=<passcode>',"
                    "'password':'<passcode>','settings':{'use_pmi':false,"
                    "'alternative_hosts':'<whom.email>'},'creation_source':'web_portal'")},
    [SHAPE_WEBINAR_STARTED] = {TENANT_WEBHOOK, WEBHOOK_OF("webinar.started", MEETING_OBJECT)},
    [SHAPE_WEBINAR_REGISTRATION] =
        {TENANT_WEBHOOK,
         WEBHOOK_OF("webinar.registration_created", MEETING_OBJECT_NUMBER
                    ",'registrant':{'id':'<participant>','first_name':'<whom.first>',"
                    "'last_name':'<whom.last>','email':'<whom.reachable>',"
                    "'status':'approved','join_url':'https://example.zoom.us/w/"
                    "<meeting>?tk=<participant>'}")},
    [SHAPE_WEBINAR_JOINED] = {TENANT_WEBHOOK,
                              WEBHOOK_OF("webinar.participant_joined",
                                         WITH_PARTICIPANT(",'join_time':'<time>'"))},
    [SHAPE_WEBINAR_LEFT] = {TENANT_WEBHOOK, WEBHOOK_OF("webinar.participant_left",
                                                       WITH_PARTICIPANT(",'leave_time':'<time>'"))},
    [SHAPE_WEBINAR_ENDED] = {TENANT_WEBHOOK,
                             WEBHOOK_OF("webinar.ended", MEETING_OBJECT ",'end_time':'<time>'")},
};
