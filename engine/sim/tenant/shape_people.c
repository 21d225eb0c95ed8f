#include "sim/tenant/shape.h"

/* Bodies: https://developers.zoom.us/docs/api/ users, team-chat, phone and rooms, each …/events/.
 */

#define USER                                                                                       \
  "'id':'<whom.id>','first_name':'<whom.first>','last_name':'<whom.last>',"                        \
  "'email':'<whom.email>','type':<whom.type>"
#define SIGN_IN                                                                                    \
  "'id':'<who.id>','client_type':'<client.webhook>','date_time':'<time>','email':'<who.email>',"   \
  "'version':'<version>'"

#define MESSAGE_TIME "'date_time':'<time>','timestamp':<ms>"
#define CHAT_FILE "'file_id':'<id>','file_name':'<file>','file_size':<size>"

#define ROOM "'id':'<room.id>','room_name':'<room.name>','calendar_name':'','email':'<room.email>'"
#define ROOM_ALERT(issue, type, kind)                                                              \
  WEBHOOK_OF("zoomroom.alert",                                                                     \
             ROOM ",'issue':'" issue "','alert_type':" type ",'component':1,'alert_kind':" kind)

#define DEVICE(whose)                                                                              \
  "'extension_type':'user','extension_number':<" whose ".extension>,'phone_number':'<" whose       \
  ".phone>','user_id':'<" whose ".id>','timezone':'<" whose ".zone>','connection_type':'voip'"
#define CALL(end)                                                                                  \
  "'call_id':'<call>','caller':{" DEVICE("who") "},'callee':{" DEVICE(                             \
      "whom") "},'ringing_start_time':'<start>'," end

/* One call in the log of who made or took it. */
#define CALL_LOG(event, user, caller, callee, type, direction, path)                               \
  WEBHOOK_OF("phone." event,                                                                       \
             "'user_id':'<" user ".id>','call_logs':[{'id':'<hex>','call_type':'" type "'," caller \
             "," callee ",'direction':'" direction                                                 \
             "','duration':<n>,'result':'Call connected','date_time':'<start>','path':'" path      \
             "','has_recording':false,'has_voicemail':false,'call_id':'<call>',"                   \
             "'call_end_time':'<time>'}]")
#define INSIDE(side, whose)                                                                        \
  "'" side "_number':'<" whose ".extension>','" side "_number_type':1,'" side "_name':'<" whose    \
  ".name>','" side "_user_id':'<" whose ".id>'"
#define OUTSIDE(side)                                                                              \
  "'" side "_number':'<outside>','" side "_number_type':2,'" side                                  \
  "_country_iso_code':'<outside.country>'"

const struct shape SHAPES_OF_PEOPLE[SHAPE_NAMES] = {
    [SHAPE_SIGN_IN_ROW] = {TENANT_ACTIVITY, ACTIVITY("Sign in")},
    [SHAPE_SIGN_OUT_ROW] = {TENANT_ACTIVITY, ACTIVITY("Sign out")},
    [SHAPE_SIGN_IN] = {TENANT_WEBHOOK, WEBHOOK_OF("user.signed_in", SIGN_IN ",'login_type':'101'")},
    [SHAPE_SIGN_OUT] = {TENANT_WEBHOOK, WEBHOOK_OF("user.signed_out", SIGN_IN)},

    [SHAPE_CHAT_DIRECT] = {TENANT_WEBHOOK,
                           WEBHOOK_BY("chat_message.sent",
                                      "'id':'<hex>','type':'to_contact'," MESSAGE_TIME
                                      ",'session_id':'<whom.id>','contact_id':'<whom.id>',"
                                      "'contact_email':'<whom.email>','message':'<message>'")},
    [SHAPE_CHAT_CHANNEL] = {TENANT_WEBHOOK,
                            WEBHOOK_BY("chat_message.sent",
                                       "'id':'<hex>','type':'to_channel'," MESSAGE_TIME
                                       ",'session_id':'<channel.id>','channel_id':'<channel.id>',"
                                       "'channel_name':'<channel.name>','message':'<message>'")},
    [SHAPE_CHAT_DELETED] = {TENANT_WEBHOOK,
                            WEBHOOK_BY("chat_message.deleted",
                                       "'id':'<hex>','type':'to_channel'," MESSAGE_TIME
                                       ",'session_id':'<channel.id>',"
                                       "'channel_id':'<channel.id>',"
                                       "'channel_name':'<channel.name>',"
                                       "'message':'<message>'")},
    [SHAPE_FILE_SHARED] =
        {TENANT_WEBHOOK,
         WEBHOOK(
             "team_chat.file_shared",
             "'operator':'<who.email>','operator_id':'<who.id>','operator_member_id':'<who.id>',"
             "'by_external_user':false,'object':{'type':'to_channel',"
             "'channel_id':'<channel.id>','files':[{" CHAT_FILE ",'OS_file_type':''}]}")},
    [SHAPE_FILE_DOWNLOADED] =
        {TENANT_WEBHOOK,
         WEBHOOK(
             "team_chat.file_downloaded",
             "'operator':'<who.email>','operator_id':'<who.id>','operator_member_id':'<who.id>',"
             "'object':{'channel_id':'<channel.id>','timestamp':<ms>,'file':{" CHAT_FILE
             ",'file_type':'','file_owner_id':'<whom.id>','file_owner_member_id':'<whom.id>'}}")},
    [SHAPE_CALL_ANSWERED] = {TENANT_WEBHOOK, WEBHOOK_OF("phone.callee_answered",
                                                        CALL("'answer_start_time':'<time>'"))},
    [SHAPE_CALL_MISSED] = {TENANT_WEBHOOK,
                           WEBHOOK_OF("phone.callee_missed", CALL("'call_end_time':'<time>'"))},
    [SHAPE_CALL_INTERNAL] = {TENANT_WEBHOOK,
                             CALL_LOG("caller_call_log_completed", "who", INSIDE("caller", "who"),
                                      INSIDE("callee", "whom"), "voip", "outbound", "extension")},
    [SHAPE_CALL_OUT] = {TENANT_WEBHOOK,
                        CALL_LOG("caller_call_log_completed", "who", INSIDE("caller", "who"),
                                 OUTSIDE("callee"), "<outside.type>", "outbound", "pstn")},
    [SHAPE_CALL_IN] = {TENANT_WEBHOOK,
                       CALL_LOG("callee_call_log_completed", "who", OUTSIDE("caller"),
                                INSIDE("callee", "who"), "voip", "inbound", "pstn")},
    [SHAPE_VOICEMAIL] =
        {TENANT_WEBHOOK,
         WEBHOOK_OF("phone.voicemail_received",
                    "'id':'<id>','callee_id':'<who.id>','call_id':'<call>','call_log_id':'<hex>',"
                    "'caller_number':'<outside>','caller_number_type':2,"
                    "'callee_number':'<who.extension>','callee_number_type':1,"
                    "'callee_name':'<who.name>','callee_extension_type':'user','duration':<n>,"
                    "'date_time':'<time>',"
                    "'download_url':'https://example.zoom.us/v2/phone/voice_mails/download/<id>'")},
    [SHAPE_ROOM_CHECKED_IN] = {TENANT_WEBHOOK,
                               WEBHOOK_OF("zoomroom.checked_in",
                                          ROOM ",'event_id':'<id>','change_key':'<hex>',"
                                               "'resource_email':'<room.email>',"
                                               "'calendar_id':'<room.email>','calendar_type':'2',"
                                               "'api_type':'0'")},
    [SHAPE_ROOM_OFFLINE] = {TENANT_WEBHOOK, ROOM_ALERT("Zoom room is offline", "3", "1")},
    [SHAPE_ROOM_ONLINE] = {TENANT_WEBHOOK, ROOM_ALERT("Zoom room is online", "3", "2")},
    [SHAPE_ROOM_CPU_HIGH] = {TENANT_WEBHOOK, ROOM_ALERT("High CPU usage is detected", "4", "1")},
    [SHAPE_ROOM_CPU_NORMAL] = {TENANT_WEBHOOK, ROOM_ALERT("CPU usage is back to normal", "4", "2")},

    [SHAPE_USER_CREATED] = {TENANT_WEBHOOK,
                            WEBHOOK("user.created",
                                    "'operator':'<who.email>','operator_id':'<who.id>',"
                                    "'creation_type':'ssoCreate','object':{" USER
                                    ",'display_name':'<whom.name>'}")},
    [SHAPE_USER_TYPE] = {TENANT_WEBHOOK,
                         WEBHOOK_CHANGE("user.updated",
                                        "'id':'<whom.id>','email':'<whom.email>','type':2",
                                        "'id':'<whom.id>','type':1")},
    [SHAPE_USER_DEPARTMENT] = {TENANT_WEBHOOK,
                               WEBHOOK_CHANGE("user.updated",
                                              "'id':'<whom.id>','email':'<whom.email>',"
                                              "'dept':'<department>'",
                                              "'id':'<whom.id>','dept':'<whom.department>'")},
    [SHAPE_USER_DEACTIVATED] = {TENANT_WEBHOOK, WEBHOOK_BY("user.deactivated", USER)},
    [SHAPE_USER_DELETED] = {TENANT_WEBHOOK, WEBHOOK_BY("user.deleted", USER)},
    [SHAPE_GROUP_MEMBER_ADDED] =
        {TENANT_WEBHOOK,
         WEBHOOK("group.member_added",
                 "'operator':'<who.email>','operator_id':'<who.id>','object':{'id':'<group.id>',"
                 "'members':[{'id':'<whom.id>','email':'<whom.email>'}]},'time_stamp':<ms>")},
    [SHAPE_OPERATION_USER_ADD] = {TENANT_OPERATION,
                                  OPERATION("User", "SCIM API - Create",
                                            "Add User <whom.email>  - User Type: "
                                            "<whom.licence> - Department: <whom.department>")},
    [SHAPE_OPERATION_USER_TYPE] = {TENANT_OPERATION,
                                   OPERATION("User", "SCIM API - Update",
                                             "Edit User <whom.email>  - Change Type: from Basic to "
                                             "Licensed")},
    [SHAPE_OPERATION_USER_DEPARTMENT] =
        {TENANT_OPERATION, OPERATION("User", "SCIM API - Update",
                                     "Edit User <whom.email>  - Department: from "
                                     "<whom.department> to <department> - Job Title: set to "
                                     "<title>")},
    [SHAPE_OPERATION_USER_DEACTIVATE] = {TENANT_OPERATION,
                                         OPERATION("User", "SCIM API - Update",
                                                   "Deactivate User <whom.email> ")},
    [SHAPE_OPERATION_USER_DELETE] = {TENANT_OPERATION,
                                     OPERATION("User", "Delete",
                                               "Delete User <whom.email>  - Transfer meetings, "
                                               "webinars and recordings to <mate.email>")},
    [SHAPE_OPERATION_GROUP_MEMBERS] = {TENANT_OPERATION,
                                       OPERATION("User Group", "Update",
                                                 "Add Members to Group <whom.department>: "
                                                 "<whom.email>")},
    [SHAPE_OPERATION_PHONE_ASSIGN] = {TENANT_PHONE_OPERATION,
                                      PHONE_OPERATION("Phone Number", "Update",
                                                      "Assign Phone Number <whom.phone> to "
                                                      "<whom.email>")},
};
