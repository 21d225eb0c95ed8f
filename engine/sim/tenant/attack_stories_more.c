#include "sim/tenant/attack_stories.h"

#define IN_MEETING(more)                                                                           \
  MEETING_OBJECT                                                                                   \
  ",'participant':{'user_id':'<session>','user_name':'<whom.name>','id':'<whom.id>',"              \
  "'participant_uuid':'<participant>','email':'<whom.email>'," more "}"

/* A meeting's link is public, its waiting room is off, and strangers take it over. */
static const struct attack_step MEETING_BOMBING[] = {
    MEETING_ONCE(0, "waiting room of a meeting off", ATTACK_VICTIM, ATTACK_NOBODY, TENANT_WEBHOOK,
                 WEBHOOK_CHANGE("meeting.updated",
                                "'id':<meeting>,'settings':{'waiting_room':false,"
                                "'join_before_host':true,'meeting_authentication':false}",
                                "'id':<meeting>,'settings':{'waiting_room':true,"
                                "'join_before_host':false,'meeting_authentication':true}")),
    MEETING_ONCE(20 * MINUTE, "the link is found in public", ATTACK_VICTIM, ATTACK_NOBODY,
                 TENANT_WEBHOOK,
                 WEBHOOK_OF("meeting.risk_alert", MEETING_OBJECT_NUMBER
                            ",'host_email':'<who.email>','armn_details':{'post_platform':'X',"
                            "'social_link':'https://social.example.net/post/7',"
                            "'post_time':'<time>','post_user':'visitor7',"
                            "'meeting_url':'https://example.zoom.us/j/<meeting>?pwd=<passcode>',"
                            "'recommended_enable_settings':['Waiting Room'],"
                            "'recommended_disable_settings':['Screen sharing']}")),
    MEETING_ONCE(60 * MINUTE, "the meeting starts", ATTACK_VICTIM, ATTACK_NOBODY, TENANT_WEBHOOK,
                 WEBHOOK_OF("meeting.started", MEETING_OBJECT)),
    MEETING_MANY(62 * MINUTE, 30, 3, "strangers join", ATTACK_VICTIM, ATTACK_GUEST, TENANT_WEBHOOK,
                 WEBHOOK_OF("meeting.participant_joined", IN_MEETING("'join_time':'<time>'"))),
    MEETING_MANY(62 * MINUTE, 30, 3, "strangers join", ATTACK_VICTIM, ATTACK_GUEST,
                 TENANT_MEETING_ACTIVITY,
                 MEETING_ROW_WHOM("User Join", "<whom.name> joined the meeting")),
    MEETING_ONCE(64 * MINUTE, "a stranger becomes host", ATTACK_VICTIM, ATTACK_OUTSIDER,
                 TENANT_WEBHOOK,
                 WEBHOOK_OF("meeting.participant_role_changed",
                            IN_MEETING("'date_time':'<time>','old_role':'attendee',"
                                       "'new_role':'host'"))),
    MEETING_ONCE(65 * MINUTE, "a stranger controls a screen", ATTACK_VICTIM, ATTACK_OUTSIDER,
                 TENANT_MEETING_ACTIVITY,
                 MEETING_ROW_WHOM("Remote Control",
                                  "<whom.name> is remote controlling the screen of <who.name>")),
    MEETING_ONCE(66 * MINUTE, "a stranger records", ATTACK_VICTIM, ATTACK_GUEST,
                 TENANT_MEETING_ACTIVITY,
                 MEETING_ROW("<whom.name>", "", "Local Recording", "Start local recording")),
    MEETING_ONCE(67 * MINUTE, "the meeting is streamed elsewhere", ATTACK_VICTIM, ATTACK_NOBODY,
                 TENANT_WEBHOOK,
                 WEBHOOK_BY("meeting.live_streaming_started", MEETING_OBJECT_NUMBER
                            ",'live_streaming':{'service':'Custom_Live_Streaming_Service',"
                            "'custom_live_streaming_settings':{"
                            "'stream_url':'rtmp://stream.example.net/live','stream_key':'<id>',"
                            "'page_url':'https://stream.example.net/live'},"
                            "'date_time':'<time>'}")),
    MEETING_ONCE(75 * MINUTE, "the meeting ends", ATTACK_VICTIM, ATTACK_NOBODY, TENANT_WEBHOOK,
                 WEBHOOK_OF("meeting.ended", MEETING_OBJECT ",'end_time':'<time>'")),
};
const struct attack ATTACK_MEETING_BOMBING = {
    "meeting-bombing",
    "Strangers join a meeting that was opened, become host, record and stream it.",
    ATTACK_VICTIM,
    13,
    true,
    STEPS(MEETING_BOMBING)};

/* Somebody who is going to leave takes along what there is, and deletes it, over days at work. */
static const struct attack_step INSIDER[] = {
    MANY(
        0, 80, 30, "files of chats fetched", ATTACK_VICTIM, ATTACK_ANYBODY, TENANT_WEBHOOK,
        WEBHOOK("team_chat.file_downloaded",
                "'operator':'<who.email>','operator_id':'<who.id>','operator_member_id':'<who.id>',"
                "'object':{'channel_id':'<id>','timestamp':<ms>,'file':{'file_id':'<id>',"
                "'file_name':'<file>','file_size':<size>,'file_type':'',"
                "'file_owner_id':'<whom.id>','file_owner_member_id':'<whom.id>'}}")),
    MANY(DAY, 12, 60, "download of recordings allowed", ATTACK_VICTIM, ATTACK_NOBODY,
         TENANT_OPERATION, SHARED("Viewers can download: from Off to On")),
    MANY(DAY + 20 * MINUTE, 5, 60, "recordings shared in public", ATTACK_VICTIM, ATTACK_NOBODY,
         TENANT_OPERATION,
         SHARED("Share this recording: from Only authenticated users to Publicly")),
    MANY(
        2 * DAY, 120, 20, "files of chats fetched again", ATTACK_VICTIM, ATTACK_ANYBODY,
        TENANT_WEBHOOK,
        WEBHOOK("team_chat.file_downloaded",
                "'operator':'<who.email>','operator_id':'<who.id>','operator_member_id':'<who.id>',"
                "'object':{'channel_id':'<hex>','timestamp':<ms>,'file':{'file_id':'<hex>',"
                "'file_name':'<file>','file_size':<size>,'file_type':'',"
                "'file_owner_id':'<whom.id>','file_owner_member_id':'<whom.id>'}}")),
    MANY(3 * DAY, 15, 40, "recordings deleted", ATTACK_VICTIM, ATTACK_NOBODY, TENANT_OPERATION,
         OPERATION("Recording", "Delete",
                   "Delete Recording  - Meeting ID: <meeting.spaced> - Topic: <topic>")),
    MANY(
        3 * DAY, 15, 40, "recordings deleted", ATTACK_VICTIM, ATTACK_NOBODY, TENANT_WEBHOOK,
        WEBHOOK_BY("recording.deleted", MEETING_OBJECT_NUMBER
                   ",'account_id':'<account>','share_url':'https://example.zoom.us/rec/share/<id>',"
                   "'total_size':<size>,'recording_count':1,'recording_files':[]")),
    MANY(3 * DAY + 15 * MINUTE, 40, 6, "chat messages deleted", ATTACK_VICTIM, ATTACK_NOBODY,
         TENANT_WEBHOOK,
         WEBHOOK_BY("chat_message.deleted",
                    "'id':'<hex>','type':'to_channel','date_time':'<time>','timestamp':<ms>,"
                    "'session_id':'<id>','channel_id':'<id>','channel_name':'Projects',"
                    "'message':'<message>'")),
};
const struct attack ATTACK_INSIDER = {
    "insider",
    "Somebody who leaves fetches files and recordings, and deletes them, over four days.",
    ATTACK_VICTIM,
    11,
    true,
    STEPS(INSIDER)};

/* A patient intruder: one setting a day, at hours at which the admin works. */
static const struct attack_step SLOW_WEAKENING[] = {
    SIGN_IN_BY(0, "sign-in from another country", ATTACK_ADMIN, CLIENT_MAC, PLACE_ATTACKER, "100"),
    ONCE(30 * MINUTE, "guests not marked", ATTACK_ADMIN, ATTACK_NOBODY, TENANT_OPERATION,
         OF_ACCOUNT("In Meeting (Advanced)  - Identify guest participants in the meeting/webinar: "
                    "from On to Off")),
    ONCE(30 * MINUTE, "guests not marked", ATTACK_ADMIN, ATTACK_NOBODY, TENANT_WEBHOOK,
         SETTINGS("in_meeting", "'alert_guest_join':false", "'alert_guest_join':true")),
    ONCE(DAY, "meetings not archived", ATTACK_ADMIN, ATTACK_NOBODY, TENANT_OPERATION,
         OF_ACCOUNT("Recording  - Archive meetings and webinars: from On to Off")),
    ONCE(2 * DAY, "chat kept for a day", ATTACK_ADMIN, ATTACK_NOBODY, TENANT_OPERATION,
         OPERATION("IM", "Update",
                   "Team Chat  - Set retention period in cloud: from 10 years to 1 day")),
    ONCE(3 * DAY, "idle sessions never end", ATTACK_ADMIN, ATTACK_NOBODY, TENANT_OPERATION,
         OF_ACCOUNT("Security  - Users need to sign in again after a period of inactivity: from "
                    "10 minutes to Never")),
    ONCE(4 * DAY, "short passwords allowed", ATTACK_ADMIN, ATTACK_NOBODY, TENANT_OPERATION,
         OF_ACCOUNT("Sign-In Password Requirement  - Have at least specified length of characters: "
                    "from 14 to 8")),
    ONCE(5 * DAY, "second factor for few only", ATTACK_ADMIN, ATTACK_NOBODY, TENANT_OPERATION,
         OF_ACCOUNT("Security  - Sign in with Two-Factor Authentication: from All users in your "
                    "account to Users with specific roles")),
    ONCE(5 * DAY, "second factor for few only", ATTACK_ADMIN, ATTACK_NOBODY, TENANT_WEBHOOK,
         SETTINGS("security", "'sign_in_with_two_factor_auth':'role'",
                  "'sign_in_with_two_factor_auth':'all'")),
    ONCE(6 * DAY, "remote control allowed", ATTACK_ADMIN, ATTACK_NOBODY, TENANT_OPERATION,
         OF_ACCOUNT("In Meeting (Basic)  - Remote control: from Off to On - Allow auto accept all "
                    "requests: from Off to On")),
};
const struct attack ATTACK_SLOW_WEAKENING = {"slow-weakening",
                                             "A stolen admin weakens one setting a day for a week.",
                                             ATTACK_ADMIN,
                                             11,
                                             true,
                                             STEPS(SLOW_WEAKENING)};

/* The provisioning service's token is stolen: admins appear, people disappear. */
static const struct attack_step SCIM_ABUSE[] = {
    ONCE(0, "user added by the service at night", ATTACK_SERVICE, ATTACK_SYNC, TENANT_OPERATION,
         OPERATION("User", "SCIM API - Create", "Add User <whom.email>  - User Type: Licensed")),
    ONCE(0, "user added by the service at night", ATTACK_SERVICE, ATTACK_SYNC, TENANT_WEBHOOK,
         WEBHOOK("user.created",
                 "'operator':'<who.email>','operator_id':'<who.id>',"
                 "'creation_type':'ssoCreate','object':{" USER ",'display_name':'<whom.name>'}")),
    ONCE(2 * MINUTE, "the new user becomes an admin", ATTACK_SERVICE, ATTACK_SYNC, TENANT_OPERATION,
         OPERATION("User", "SCIM API - Update",
                   "Edit User <whom.email>  - Change Role: from Member to Admin")),
    ONCE(2 * MINUTE, "the new user becomes an admin", ATTACK_SERVICE, ATTACK_SYNC, TENANT_WEBHOOK,
         ROLE_CHANGED("Admin", "Member")),
    SIGN_IN_BY(9 * MINUTE, "sign-in of the new admin", ATTACK_SYNC, CLIENT_BROWSER, PLACE_ATTACKER,
               "101"),
    ONCE(14 * MINUTE, "app for the API created", ATTACK_SYNC, ATTACK_NOBODY, TENANT_OPERATION,
         OPERATION("Account", "Add", "API  - Create Server-to-Server OAuth app: nightly sync")),
    ONCE(16 * MINUTE, "secret of an app made anew", ATTACK_SYNC, ATTACK_NOBODY, TENANT_OPERATION,
         OPERATION("Account", "Update", "API  - Regenerate Client Secret: Reporting")),
    MANY(30 * MINUTE, 40, 5, "users deactivated", ATTACK_SERVICE, ATTACK_ANYBODY, TENANT_OPERATION,
         OPERATION("User", "SCIM API - Update", "Deactivate User <whom.email> ")),
    MANY(30 * MINUTE, 40, 5, "users deactivated", ATTACK_SERVICE, ATTACK_ANYBODY, TENANT_WEBHOOK,
         WEBHOOK_BY("user.deactivated", USER)),
};
const struct attack ATTACK_SCIM_ABUSE = {
    "scim-abuse", "The provisioning service's token makes an admin at night and locks people out.",
    ATTACK_OWNER, 4,
    false,        STEPS(SCIM_ABUSE)};

/* The whole account changes hands. */
static const struct attack_step OWNER_CHANGED[] = {
    SIGN_IN_ABROAD(0, ATTACK_OWNER),
    ONCE(5 * MINUTE, "the account gets another owner", ATTACK_OWNER, ATTACK_BACKUP,
         TENANT_OPERATION,
         OF_ACCOUNT("Account Profile  - Account Owner: from <who.email> to <whom.email>")),
    ONCE(5 * MINUTE, "the account gets another owner", ATTACK_OWNER, ATTACK_BACKUP, TENANT_WEBHOOK,
         ROLE_CHANGED("Owner", "Admin")),
    ONCE(11 * MINUTE, "a domain of the attackers' is managed", ATTACK_BACKUP, ATTACK_NOBODY,
         TENANT_OPERATION, OF_ACCOUNT("Account Profile  - Add Managed Domain: example.net")),
    ONCE(11 * MINUTE, "a domain of the attackers' is managed", ATTACK_BACKUP, ATTACK_NOBODY,
         TENANT_WEBHOOK,
         WEBHOOK_CHANGE("account.updated",
                        "'id':'<account>','managed_domains':['example.com','example.net']",
                        "'managed_domains':['example.com']")),
    ONCE(15 * MINUTE, "somebody else pays", ATTACK_BACKUP, ATTACK_NOBODY, TENANT_OPERATION,
         OPERATION("Billing", "Update",
                   "Billing Information  - Payment method: set to Card ending in 4242")),
    MANY(25 * MINUTE, 25, 20, "users deleted", ATTACK_BACKUP, ATTACK_ANYBODY, TENANT_OPERATION,
         OPERATION("User", "Delete", "Delete User <whom.email> ")),
    MANY(25 * MINUTE, 25, 20, "users deleted", ATTACK_BACKUP, ATTACK_ANYBODY, TENANT_WEBHOOK,
         WEBHOOK_BY("user.deleted", USER)),
};
const struct attack ATTACK_OWNER_CHANGED = {
    "owner-changed", "The owner's stolen account hands the whole account over.",
    ATTACK_OWNER,    5,
    false,           STEPS(OWNER_CHANGED)};

/* A role that many have is given what only admins may, and one of them uses it. */
static const struct attack_step ROLE_RAISED[] = {
    ONCE(0, "a common role may edit users and sign-in", ATTACK_ADMIN, ATTACK_NOBODY,
         TENANT_OPERATION,
         OPERATION(
             "Role", "Update",
             "Edit Role Help Desk - Tier 2  - Users: from View to View, Edit - Single Sign-On: "
             "from None to View, Edit - Role Management: from None to View, Edit")),
    ONCE(8 * MINUTE, "a member gets the role", ATTACK_ADMIN, ATTACK_VICTIM, TENANT_OPERATION,
         OPERATION("User", "Batch Update",
                   "Change Role  - <whom.email>: from Member to Help Desk - Tier 2")),
    ONCE(8 * MINUTE, "a member gets the role", ATTACK_ADMIN, ATTACK_VICTIM, TENANT_WEBHOOK,
         ROLE_CHANGED("Help Desk - Tier 2", "Member")),
    ONCE(26 * MINUTE, "who makes another one an admin", ATTACK_VICTIM, ATTACK_BACKUP,
         TENANT_OPERATION,
         OPERATION("User", "Batch Update", "Change Role  - <whom.email>: from Member to Admin")),
    ONCE(26 * MINUTE, "who makes another one an admin", ATTACK_VICTIM, ATTACK_BACKUP,
         TENANT_WEBHOOK, ROLE_CHANGED("Admin", "Member")),
    ONCE(33 * MINUTE, "and a group's admin", ATTACK_VICTIM, ATTACK_BACKUP, TENANT_WEBHOOK,
         WEBHOOK_BY("group.admin_added",
                    "'id':'<id>','admins':[{'id':'<whom.id>','email':'<whom.email>'}]")),
    ONCE(33 * MINUTE, "and a group's admin", ATTACK_VICTIM, ATTACK_BACKUP, TENANT_OPERATION,
         OPERATION("User Group", "Update", "Add Admins to Group Engineering: <whom.email>")),
};
const struct attack ATTACK_ROLE_RAISED = {
    "role-raised", "A common role gets an admin's privileges, and a member uses them.",
    ATTACK_ADMIN,  18,
    true,          STEPS(ROLE_RAISED)};
