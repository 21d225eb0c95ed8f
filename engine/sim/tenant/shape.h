/*
 * The shapes of a made-up tenant's records: Zoom's documented forms with places to fill in.
 *
 * A shape is JSON with ' for ", and fields in angle brackets ("<who.email>": template.h lists
 * them):
 *
 *   {'time':'<time>','operator':'<who.email>','category_type':'User', …}
 *
 * What happens by the plan of people and meetings has a name here. What admins do from time to
 * time, and what attackers do, stands in tables with its own shape (routine.h, attack.h).
 *
 * Constant: any thread.
 */
#ifndef SIM_TENANT_SHAPE_H
#define SIM_TENANT_SHAPE_H

#include "sim/tenant/tenant.h"

/* A row of /report/operationlogs, and one of /phone/reports/operationlogs, which looks the same and
 * says therefore what it is. */
#define OPERATION_FIELDS(category, action, detail)                                                 \
  "'time':'<time>','operator':'<who.email>','category_type':'" category "','action':'" action      \
  "','operation_detail':'" detail "'"
#define OPERATION(category, action, detail) "{" OPERATION_FIELDS(category, action, detail) "}"
#define PHONE_OPERATION(category, action, detail)                                                  \
  "{" OPERATION_FIELDS(category, action, detail) ",'p_log_type':'Zoom.PhoneOperation'}"

/* A row of /report/activities. */
#define ACTIVITY(type)                                                                             \
  "{'email':'<who.email>','time':'<time>','type':'" type                                           \
  "','ip_address':'<address>','client_type':'<client>','version':'<version>'}"

/* A row of /report/meeting_activities, by the participant or by the host. */
#define MEETING_ROW(name, email, category, detail)                                                 \
  "{'meeting_number':'<meeting.spaced>','activity_time':'<stamp>','operator':'" name               \
  "','operator_email':'" email "','activity_category':'" category "','activity_detail':'" detail   \
  "'}"
#define MEETING_ROW_WHOM(category, detail)                                                         \
  MEETING_ROW("<whom.name>", "<whom.email>", category, detail)
#define MEETING_ROW_WHO(category, detail) MEETING_ROW("<who.name>", "<who.email>", category, detail)

/* The body of a webhook: of something that happened, that somebody did, that somebody changed. */
#define WEBHOOK(event, payload)                                                                    \
  "{'event':'" event "','event_ts':<ms>,'payload':{'account_id':'<account>'," payload "}}"
#define WEBHOOK_OF(event, object) WEBHOOK(event, "'object':{" object "}")
#define WEBHOOK_BY(event, object)                                                                  \
  WEBHOOK(event, "'operator':'<who.email>','operator_id':'<who.id>','object':{" object "}")
#define WEBHOOK_CHANGE(event, object, old_object)                                                  \
  WEBHOOK(event, "'operator':'<who.email>','operator_id':'<who.id>','object':{" object             \
                 "},'old_object':{" old_object "},'time_stamp':<ms>")

/* The usual fields of a meeting or webinar, whose id is a text in most bodies and a number in some.
 */
#define MEETING_WITH_ID(id)                                                                        \
  "'uuid':'<uuid>','id':" id ",'host_id':'<who.id>','topic':'<topic>','type':<meeting.type>,"      \
  "'start_time':'<start>','duration':<minutes>,'timezone':'<who.zone>'"
#define MEETING_OBJECT MEETING_WITH_ID("'<meeting>'")
#define MEETING_OBJECT_NUMBER MEETING_WITH_ID("<meeting>")

enum shape_name {
  SHAPE_SIGN_IN_ROW,
  SHAPE_SIGN_OUT_ROW,
  SHAPE_SIGN_IN,
  SHAPE_SIGN_OUT,

  SHAPE_MEETING_CREATED,
  SHAPE_MEETING_UPDATED,
  SHAPE_MEETING_DELETED,
  SHAPE_MEETING_STARTED,
  SHAPE_MEETING_JOINED,
  SHAPE_MEETING_LEFT,
  SHAPE_MEETING_ENDED,
  SHAPE_MEETING_SHARING_STARTED,
  SHAPE_MEETING_SHARING_ENDED,
  SHAPE_MEETING_ALERT,
  SHAPE_MEETING_QOS,
  SHAPE_MEETING_DATA,
  SHAPE_ROW_MEETING_CREATED,
  SHAPE_ROW_MEETING_STARTED,
  SHAPE_ROW_MEETING_JOINED,
  SHAPE_ROW_MEETING_LEFT,
  SHAPE_ROW_MEETING_ENDED,
  SHAPE_ROW_MEETING_CHAT,
  SHAPE_RECORDING_STARTED,
  SHAPE_RECORDING_STOPPED,
  SHAPE_RECORDING_COMPLETED,
  SHAPE_RECORDING_TRASHED,
  SHAPE_OPERATION_RECORDING_DELETE,
  SHAPE_OPERATION_RECORDING_SHARE,
  SHAPE_OPERATION_RECORDING_VIEW,
  SHAPE_OPERATION_RECORDING_DOWNLOAD,
  SHAPE_OPERATION_RECORDING_DOWNLOAD_ON,
  SHAPE_WEBINAR_CREATED,
  SHAPE_WEBINAR_STARTED,
  SHAPE_WEBINAR_REGISTRATION,
  SHAPE_WEBINAR_JOINED,
  SHAPE_WEBINAR_LEFT,
  SHAPE_WEBINAR_ENDED,

  SHAPE_CHAT_DIRECT,
  SHAPE_CHAT_CHANNEL,
  SHAPE_CHAT_DELETED,
  SHAPE_FILE_SHARED,
  SHAPE_FILE_DOWNLOADED,
  SHAPE_CALL_ANSWERED,
  SHAPE_CALL_MISSED,
  SHAPE_CALL_INTERNAL,
  SHAPE_CALL_OUT,
  SHAPE_CALL_IN,
  SHAPE_VOICEMAIL,
  SHAPE_ROOM_CHECKED_IN,
  SHAPE_ROOM_OFFLINE,
  SHAPE_ROOM_ONLINE,
  SHAPE_ROOM_CPU_HIGH,
  SHAPE_ROOM_CPU_NORMAL,

  SHAPE_USER_CREATED,
  SHAPE_USER_TYPE,
  SHAPE_USER_DEPARTMENT,
  SHAPE_USER_DEACTIVATED,
  SHAPE_USER_DELETED,
  SHAPE_GROUP_MEMBER_ADDED,
  SHAPE_OPERATION_USER_ADD,
  SHAPE_OPERATION_USER_TYPE,
  SHAPE_OPERATION_USER_DEPARTMENT,
  SHAPE_OPERATION_USER_DEACTIVATE,
  SHAPE_OPERATION_USER_DELETE,
  SHAPE_OPERATION_GROUP_MEMBERS,
  SHAPE_OPERATION_PHONE_ASSIGN,
  SHAPE_NAMES /* how many; shapes of tables follow */
};

struct shape {
  enum tenant_log log;
  const char *text; /* NULL: not in this table */
};

/* By name; each is in exactly one of the two. */
extern const struct shape SHAPES_OF_MEETINGS[SHAPE_NAMES], SHAPES_OF_PEOPLE[SHAPE_NAMES];

#endif
