#include "sim/tenant/attack_stories.h"

#define IN_MEETING(more)                                                                           \
  MEETING_OBJECT                                                                                   \
  ",'participant':{'user_id':'<session>','user_name':'<whom.name>','id':'<whom.id>',"              \
  "'participant_uuid':'<participant>','email':'<whom.email>'," more "}"

/* A stolen password: from abroad, at night, the victim's recordings are made public and fetched. */
static const struct attack_step ACCOUNT_TAKEOVER[] = {
    SIGN_IN_ABROAD(0, ATTACK_VICTIM),
    MEETING_ONCE(3 * MINUTE, "waiting room and passcode of a meeting off", ATTACK_VICTIM,
                 ATTACK_NOBODY, TENANT_WEBHOOK,
                 WEBHOOK_CHANGE("meeting.updated",
                                "'id':<meeting>,'password':'','settings':{'waiting_room':false}",
                                "'id':<meeting>,'password':'<passcode>',"
                                "'settings':{'waiting_room':true}")),
    MEETING_ONCE(3 * MINUTE, "waiting room and passcode of a meeting off", ATTACK_VICTIM,
                 ATTACK_NOBODY, TENANT_MEETING_ACTIVITY,
                 MEETING_ROW_WHO("Meeting Updated", "Update a meeting - Passcode: removed")),
    MANY(6 * MINUTE, 6, 50, "recording shared in public", ATTACK_VICTIM, ATTACK_NOBODY,
         TENANT_OPERATION,
         SHARED("Share this recording: from Only authenticated users to Publicly")),
    MANY(6 * MINUTE + 15, 6, 50, "passcode of a recording off", ATTACK_VICTIM, ATTACK_NOBODY,
         TENANT_OPERATION, SHARED("Passcode protection: from On to Off")),
    MANY(6 * MINUTE + 25, 6, 50, "download of a recording allowed", ATTACK_VICTIM, ATTACK_NOBODY,
         TENANT_OPERATION, SHARED("Viewers can download: from Off to On")),
    MANY(
        20 * MINUTE, 45, 20, "files of chats fetched", ATTACK_VICTIM, ATTACK_ANYBODY,
        TENANT_WEBHOOK,
        WEBHOOK("team_chat.file_downloaded",
                "'operator':'<who.email>','operator_id':'<who.id>','operator_member_id':'<who.id>',"
                "'object':{'channel_id':'<id>','timestamp':<ms>,'file':{'file_id':'<id>',"
                "'file_name':'<file>','file_size':<size>,'file_type':'',"
                "'file_owner_id':'<whom.id>','file_owner_member_id':'<whom.id>'}}")),
    MANY(50 * MINUTE, 6, 30, "the shared recordings deleted", ATTACK_VICTIM, ATTACK_NOBODY,
         TENANT_OPERATION,
         OPERATION("Recording", "Delete",
                   "Delete Recording  - Meeting ID: <meeting.spaced> - Topic: <topic>")),
};
const struct attack ATTACK_ACCOUNT_TAKEOVER = {
    "account-takeover",
    "A stolen account makes its recordings public, fetches files, and covers it up.",
    ATTACK_VICTIM,
    3,
    false,
    STEPS(ACCOUNT_TAKEOVER)};

/* A stolen account sends everybody to a false sign-in page, and a file that is a program. */
static const struct attack_step CHAT_PHISHING[] = {
    SIGN_IN_ABROAD(0, ATTACK_VICTIM),
    MANY(
        8 * MINUTE, 60, 8, "link sent to many people", ATTACK_VICTIM, ATTACK_ANYBODY,
        TENANT_WEBHOOK,
        WEBHOOK_BY("chat_message.sent",
                   "'id':'<hex>','type':'to_contact','date_time':'<time>','timestamp':<ms>,"
                   "'session_id':'<whom.id>','contact_id':'<whom.id>',"
                   "'contact_email':'<whom.email>','message':'Your account will be closed. Sign in "
                   "at https://zoom-meetings.example.net/login'")),
    MANY(10 * MINUTE, 8, 25, "link posted in many channels", ATTACK_VICTIM, ATTACK_NOBODY,
         TENANT_WEBHOOK,
         WEBHOOK_BY("chat_message.sent",
                    "'id':'<hex>','type':'to_channel','date_time':'<time>','timestamp':<ms>,"
                    "'session_id':'<id>','channel_id':'<id>','channel_name':'Channel <n>',"
                    "'message':'Bonus letters: https://zoom-meetings.example.net/login'")),
    MANY(
        15 * MINUTE, 3, 30, "program sent as a file", ATTACK_VICTIM, ATTACK_NOBODY, TENANT_WEBHOOK,
        WEBHOOK("team_chat.file_shared",
                "'operator':'<who.email>','operator_id':'<who.id>','operator_member_id':'<who.id>',"
                "'by_external_user':false,'object':{'type':'to_channel','channel_id':'<id>',"
                "'files':[{'file_id':'<id>','file_name':'Bonus letter.pdf.exe',"
                "'file_size':<size>,'OS_file_type':''}]}")),
    MANY(40 * MINUTE, 8, 9, "the messages deleted", ATTACK_VICTIM, ATTACK_NOBODY, TENANT_WEBHOOK,
         WEBHOOK_BY("chat_message.deleted",
                    "'id':'<hex>','type':'to_channel','date_time':'<time>','timestamp':<ms>,"
                    "'session_id':'<id>','channel_id':'<id>','channel_name':'Channel <n>',"
                    "'message':'Bonus letters: https://zoom-meetings.example.net/login'")),
};
const struct attack ATTACK_CHAT_PHISHING = {
    "chat-phishing",
    "A stolen account sends a false sign-in page and a program to many people.",
    ATTACK_VICTIM,
    14,
    true,
    STEPS(CHAT_PHISHING)};

/* Calls of people who confirm payments go elsewhere, and then one of them is taken over. */
static const struct attack_step CALL_FORWARDING[] = {
    SIGN_IN_ABROAD(0, ATTACK_ADMIN),
    MANY(
        6 * MINUTE, 4, 95, "calls forwarded to a number outside", ATTACK_ADMIN, ATTACK_ANYBODY,
        TENANT_PHONE_OPERATION,
        PHONE_OPERATION(
            "Call Forward", "Update",
            "Edit Call Forwarding of <whom.email>  - External number: from Off to +8821655012<n>")),
    ONCE(14 * MINUTE, "calls forwarded to a number outside", ATTACK_ADMIN, ATTACK_VICTIM,
         TENANT_PHONE_OPERATION,
         PHONE_OPERATION("Call Forward", "Update",
                         "Edit Call Forwarding of <whom.email>  - External number: from Off to "
                         "+88216550199 - Voicemail "
                         "greeting: set to default - Voicemail PIN: reset")),
    ONCE(18 * MINUTE, "second factor of a user reset", ATTACK_ADMIN, ATTACK_VICTIM,
         TENANT_OPERATION,
         OPERATION("User", "Update", "Reset Two-Factor Authentication for user <whom.email>")),
    ONCE(19 * MINUTE, "password of a user changed", ATTACK_ADMIN, ATTACK_VICTIM, TENANT_WEBHOOK,
         WEBHOOK("user.updated",
                 "'operator':'<who.email>','operator_id':'<who.id>','operation':'change_password',"
                 "'object':{'id':'<whom.id>','email':'<whom.email>'}")),
    SIGN_IN_ABROAD(25 * MINUTE, ATTACK_VICTIM),
    MANY(40 * MINUTE, 6, 400, "voicemail of callers who were turned away", ATTACK_VICTIM,
         ATTACK_NOBODY, TENANT_WEBHOOK,
         WEBHOOK_OF("phone.voicemail_received",
                    "'id':'<id>','callee_id':'<who.id>','call_id':'<call>','call_log_id':'<hex>',"
                    "'caller_number':'<outside>','caller_number_type':2,"
                    "'callee_number':'<who.extension>','callee_number_type':1,"
                    "'callee_name':'<who.name>','callee_extension_type':'user','duration':21,"
                    "'date_time':'<time>'")),
};
const struct attack ATTACK_CALL_FORWARDING = {
    "call-forwarding",
    "A stolen admin has calls forwarded, resets a second factor and takes the account over.",
    ATTACK_ADMIN,
    19,
    true,
    STEPS(CALL_FORWARDING)};

/* Calls to numbers that pay who owns them, at night, through a device of the attackers'. */
static const struct attack_step TOLL_FRAUD[] = {
    ONCE(0, "desk phone provisioned", ATTACK_VICTIM, ATTACK_NOBODY, TENANT_WEBHOOK,
         WEBHOOK_OF("phone.generic_device_provision",
                    "'id':'<id>','display_name':'Desk','device_type':'Other',"
                    "'mac_address':'64167f000007','provision':{'type':'manual','sip_accounts':["
                    "{'sip_domain':'sip.example.net','outbound_proxy':'proxy.example.net:5091',"
                    "'user_name':'<who.extension>','authorization_id':'7'}]}")),
    ONCE(2 * MINUTE, "international calls allowed", ATTACK_ADMIN, ATTACK_VICTIM,
         TENANT_PHONE_OPERATION,
         PHONE_OPERATION(
             "User", "Update",
             "Edit User <whom.email>  - International Calling: from Off to On - Outbound "
             "Calling Rules: from Restricted to Unrestricted")),
    MANY(12 * MINUTE, 70, 75, "calls to premium numbers abroad", ATTACK_VICTIM, ATTACK_NOBODY,
         TENANT_WEBHOOK,
         WEBHOOK_OF("phone.caller_call_log_completed",
                    "'user_id':'<who.id>','call_logs':[{'id':'<hex>','call_type':'international',"
                    "'caller_number':'<who.extension>','caller_number_type':1,"
                    "'caller_name':'<who.name>','caller_user_id':'<who.id>',"
                    "'callee_number':'+88216550<n>','callee_number_type':2,"
                    "'callee_country_iso_code':'XA','direction':'outbound','duration':1740,"
                    "'result':'Call connected','date_time':'<start>','path':'pstn',"
                    "'has_recording':false,'has_voicemail':false,'call_id':'<call>',"
                    "'call_end_time':'<time>'}]")),
};
const struct attack ATTACK_TOLL_FRAUD = {
    "toll-fraud",  "A provisioned phone calls premium numbers abroad all night.",
    ATTACK_VICTIM, 1,
    false,         STEPS(TOLL_FRAUD)};

/* An app that wants everything is asked for by a user, and let in by an admin. */
static const struct attack_step MALICIOUS_APP[] = {
    ONCE(0, "app asked for", ATTACK_VICTIM, ATTACK_NOBODY, TENANT_WEBHOOK,
         "{'event':'app.authorization_request_created','event_ts':<ms>,'payload':{"
         "'app_name':'Meeting Notes AI Pro',"
         "'app_type':'OAuth App','app_status':'development',"
         "'app_description':'Notes for every meeting','app_scopes':['recording:read:admin',"
         "'user:read:admin','chat_message:read:admin','report:read:admin'],"
         "'requester_name':'<who.name>','requester_department':'<who.department>',"
         "'request_reason':'Needed today'}}"),
    ONCE(35 * MINUTE, "app with wide scopes approved", ATTACK_ADMIN, ATTACK_NOBODY,
         TENANT_OPERATION,
         OPERATION("Marketplace", "Update",
                   "Approve App  - App Name: Meeting Notes AI Pro - Scopes: recording:read:admin, "
                   "user:read:admin, chat_message:read:admin, report:read:admin")),
    ONCE(37 * MINUTE, "app installed", ATTACK_ADMIN, ATTACK_NOBODY, TENANT_OPERATION,
         OPERATION("Account", "Add", "Install Marketplace App  Meeting Notes AI Pro")),
    MANY(
        50 * MINUTE, 3, 120, "app added to channels", ATTACK_VICTIM, ATTACK_NOBODY, TENANT_WEBHOOK,
        WEBHOOK("team_chat.channel_app_added",
                "'operator':'<who.email>','operator_id':'<who.id>','operator_member_id':'<who.id>',"
                "'object':{'channel_name':'Board','channel_id':'<id>','type':1,"
                "'date_time':'<time>','timestamp':<ms>,"
                "'app_members':[{'id':'a1','display_name':'Meeting Notes AI Pro'}]}")),
    ONCE(90 * MINUTE, "event notifications sent elsewhere", ATTACK_ADMIN, ATTACK_NOBODY,
         TENANT_OPERATION,
         OPERATION("Account", "Update",
                   "Event Subscriptions  - Event notification endpoint URL: from "
                   "https://hooks.example.com/zoom to https://collect.example.net/zoom")),
};
const struct attack ATTACK_MALICIOUS_APP = {
    "malicious-app",
    "An app with wide scopes is asked for, approved, and put into channels.",
    ATTACK_VICTIM,
    10,
    true,
    STEPS(MALICIOUS_APP)};

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
