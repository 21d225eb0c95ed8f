#include "sim/tenant/attack_stories.h"

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

/* A stolen admin makes an admin that the attackers own, and turns the second factor off. */
static const struct attack_step ROGUE_ADMIN[] = {
    SIGN_IN_ABROAD(0, ATTACK_ADMIN),
    ONCE(4 * MINUTE, "user added by hand", ATTACK_ADMIN, ATTACK_BACKUP, TENANT_OPERATION,
         OPERATION("User", "Add", "Add User <whom.email>  - User Type: Licensed")),
    ONCE(4 * MINUTE, "user added by hand", ATTACK_ADMIN, ATTACK_BACKUP, TENANT_WEBHOOK,
         WEBHOOK("user.created",
                 "'operator':'<who.email>','operator_id':'<who.id>',"
                 "'creation_type':'create','object':{" USER ",'display_name':'<whom.name>'}")),
    ONCE(7 * MINUTE, "the new user becomes an admin", ATTACK_ADMIN, ATTACK_BACKUP, TENANT_OPERATION,
         OPERATION("User", "Batch Update", "Change Role  - <whom.email>: from Member to Admin")),
    ONCE(7 * MINUTE, "the new user becomes an admin", ATTACK_ADMIN, ATTACK_BACKUP, TENANT_WEBHOOK,
         ROLE_CHANGED("Admin", "Member")),
    SIGN_IN_BY(15 * MINUTE, "sign-in of the new admin", ATTACK_BACKUP, CLIENT_WINDOWS,
               PLACE_ATTACKER, "100"),
    ONCE(20 * MINUTE, "two-factor authentication off", ATTACK_BACKUP, ATTACK_NOBODY,
         TENANT_OPERATION,
         OF_ACCOUNT("Security  - Sign in with Two-Factor Authentication: from On to Off")),
    ONCE(20 * MINUTE, "two-factor authentication off", ATTACK_BACKUP, ATTACK_NOBODY, TENANT_WEBHOOK,
         SETTINGS("security", "'sign_in_with_two_factor_auth':'none'",
                  "'sign_in_with_two_factor_auth':'all'")),
    ONCE(26 * MINUTE, "the stolen admin loses the role", ATTACK_BACKUP, ATTACK_ADMIN,
         TENANT_OPERATION,
         OPERATION("User", "Batch Update", "Change Role  - <whom.email>: from Admin to Member")),
    ONCE(26 * MINUTE, "the stolen admin loses the role", ATTACK_BACKUP, ATTACK_ADMIN,
         TENANT_WEBHOOK, ROLE_CHANGED("Member", "Admin")),
};

/* A way around single sign-on, for an account of the attackers' own. */
static const struct attack_step SSO_BYPASS[] = {
    SIGN_IN_ABROAD(0, ATTACK_ADMIN),
    ONCE(9 * MINUTE, "user exempt from single sign-on", ATTACK_ADMIN, ATTACK_SYNC, TENANT_OPERATION,
         OF_ACCOUNT("Sign-in Methods  - Require users to sign in with SSO if their email address "
                    "belongs to one of the domains below - Specify users who can bypass SSO "
                    "sign-in: set to <whom.email>")),
    ONCE(9 * MINUTE, "user exempt from single sign-on", ATTACK_ADMIN, ATTACK_SYNC, TENANT_WEBHOOK,
         SETTINGS("security",
                  "'signin_with_sso':{'enable':true,'sso_bypass_users':[{'id':'<whom.id>',"
                  "'email':'<whom.email>'}]}",
                  "'signin_with_sso':{'enable':true,'sso_bypass_users':[]}")),
    ONCE(12 * MINUTE, "sign-in with work email allowed", ATTACK_ADMIN, ATTACK_NOBODY,
         TENANT_OPERATION,
         OF_ACCOUNT("Sign-in Methods  - Allow users to sign in with work email: from Off to On")),
    SIGN_IN_BY(31 * MINUTE, "sign-in with a password", ATTACK_SYNC, CLIENT_BROWSER, PLACE_ATTACKER,
               "100"),
    ONCE(40 * MINUTE, "the role of a user raised", ATTACK_ADMIN, ATTACK_SYNC, TENANT_OPERATION,
         OPERATION("User", "Batch Update", "Change Role  - <whom.email>: from Member to Co-Owner")),
    ONCE(40 * MINUTE, "the role of a user raised", ATTACK_ADMIN, ATTACK_SYNC, TENANT_WEBHOOK,
         ROLE_CHANGED("Co-Owner", "Member")),
};

/* A sabotage: users, recordings and groups go at night. */
static const struct attack_step MASS_DELETION[] = {
    SIGN_IN_ABROAD(0, ATTACK_ADMIN),
    MANY(5 * MINUTE, 60, 11, "users deleted", ATTACK_ADMIN, ATTACK_ANYBODY, TENANT_OPERATION,
         OPERATION("User", "Delete", "Delete User <whom.email> ")),
    MANY(5 * MINUTE, 60, 11, "users deleted", ATTACK_ADMIN, ATTACK_ANYBODY, TENANT_WEBHOOK,
         WEBHOOK_BY("user.deleted", USER)),
    MANY(18 * MINUTE, 80, 7, "recordings deleted", ATTACK_ADMIN, ATTACK_NOBODY, TENANT_OPERATION,
         OPERATION("Recording", "Delete",
                   "Delete Recording  - Meeting ID: <meeting.spaced> - Topic: <topic>")),
    MANY(18 * MINUTE, 8, 70, "recordings deleted", ATTACK_ADMIN, ATTACK_NOBODY, TENANT_WEBHOOK,
         WEBHOOK_BY("recording.batch_deleted",
                    "'meetings':[{'meeting_uuid':'<uuid>','recording_file_ids':['<id>']},"
                    "{'meeting_uuid':'<participant>==','recording_file_ids':['<hex>']}]")),
    MANY(30 * MINUTE, 4, 40, "groups deleted", ATTACK_ADMIN, ATTACK_ANYBODY, TENANT_OPERATION,
         OPERATION("User Group", "Delete", "Delete Group <department>")),
    MANY(30 * MINUTE, 4, 40, "groups deleted", ATTACK_ADMIN, ATTACK_ANYBODY, TENANT_WEBHOOK,
         WEBHOOK_BY("group.deleted", "'id':'<id>','name':'<department>'")),
};

/* The account's protection of recordings goes, then what is worth it goes out. */
static const struct attack_step RECORDING_LEAK[] = {
    ONCE(0, "protection of recordings off", ATTACK_ADMIN, ATTACK_NOBODY, TENANT_OPERATION,
         OF_ACCOUNT("Recording  - Only authenticated users can view cloud recordings: from On to "
                    "Off - Require passcode to access shared cloud recordings: from On to Off")),
    ONCE(1, "protection of recordings off", ATTACK_ADMIN, ATTACK_NOBODY, TENANT_WEBHOOK,
         SETTINGS("recording",
                  "'viewer_authentication':false,'required_password_for_shared_cloud_recordings':"
                  "false,'ip_address_access_control':{'enable':false}",
                  "'viewer_authentication':true,'required_password_for_shared_cloud_recordings':"
                  "true,'ip_address_access_control':{'enable':true}")),
    ONCE(2 * MINUTE, "download of all recordings allowed", ATTACK_ADMIN, ATTACK_NOBODY,
         TENANT_OPERATION, OF_ACCOUNT("Recording  - Cloud recording downloads: from Off to On")),
    MANY(10 * MINUTE, 12, 45, "recording shared in public", ATTACK_ADMIN, ATTACK_NOBODY,
         TENANT_OPERATION,
         SHARED("Share this recording: from Only authenticated users to Publicly")),
    MANY(60 * MINUTE, 25, 33, "outsiders register for a recording", ATTACK_ADMIN, ATTACK_GUEST,
         TENANT_WEBHOOK,
         WEBHOOK_OF("recording.registration_created", MEETING_OBJECT_NUMBER
                    ",'registrant':{'id':'<participant>','email':'<whom.reachable>',"
                    "'first_name':'<whom.first>','last_name':'<whom.last>','status':'approved'}")),
};

/* Calls to numbers that pay who owns them, at night, through a device of the attackers'. */
static const struct attack_step TOLL_FRAUD[] = {
    ONCE(0, "desk phone provisioned", ATTACK_VICTIM, ATTACK_NOBODY, TENANT_WEBHOOK,
         WEBHOOK_OF("phone.generic_device_provision",
                    "'id':'<id>','display_name':'Desk','device_type':'Other',"
                    "'mac_address':'64167f000007','provision':{'type':'manual','sip_accounts':["
                    "{'sip_domain':'sip.example.net','outbound_proxy':'proxy.example.net:5091',"
                    "'user_name':'<who.extension>','authorization_id':'7'}]}")),
    ONCE(2 * MINUTE, "international calls allowed", ATTACK_ADMIN, ATTACK_VICTIM, TENANT_OPERATION,
         OPERATION("Phone", "Update",
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

/* Calls of people who confirm payments go elsewhere, and then one of them is taken over. */
static const struct attack_step CALL_FORWARDING[] = {
    SIGN_IN_ABROAD(0, ATTACK_ADMIN),
    MANY(6 * MINUTE, 4, 95, "calls forwarded to a number outside", ATTACK_ADMIN, ATTACK_ANYBODY,
         TENANT_OPERATION,
         OPERATION("Phone", "Update",
                   "Edit User <whom.email>  - Call Forwarding: from Off to +8821655012<n>")),
    ONCE(
        14 * MINUTE, "calls forwarded to a number outside", ATTACK_ADMIN, ATTACK_VICTIM,
        TENANT_OPERATION,
        OPERATION("Phone", "Update",
                  "Edit User <whom.email>  - Call Forwarding: from Off to +88216550199 - Voicemail "
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

const struct attack ATTACK_ACCOUNT_TAKEOVER = {
    "account-takeover",
    "A stolen account makes its recordings public, fetches files, and covers it up.",
    ATTACK_VICTIM,
    3,
    false,
    STEPS(ACCOUNT_TAKEOVER)};
const struct attack ATTACK_ROGUE_ADMIN = {
    "rogue-admin",
    "A stolen admin makes an admin of the attackers' own, who turns two-factor authentication off.",
    ATTACK_ADMIN,
    2,
    false,
    STEPS(ROGUE_ADMIN)};
const struct attack ATTACK_SSO_BYPASS = {
    "sso-bypass", "A stolen admin exempts an account from single sign-on and raises its role.",
    ATTACK_ADMIN, 21,
    false,        STEPS(SSO_BYPASS)};
const struct attack ATTACK_MASS_DELETION = {
    "mass-deletion", "A stolen admin deletes users, recordings and groups.",
    ATTACK_ADMIN,    23,
    false,           STEPS(MASS_DELETION)};
const struct attack ATTACK_RECORDING_LEAK = {
    "recording-leak",
    "An admin lifts the protection of recordings and shares them with outsiders.",
    ATTACK_ADMIN,
    17,
    true,
    STEPS(RECORDING_LEAK)};
const struct attack ATTACK_TOLL_FRAUD = {
    "toll-fraud",  "A provisioned phone calls premium numbers abroad all night.",
    ATTACK_VICTIM, 1,
    false,         STEPS(TOLL_FRAUD)};
const struct attack ATTACK_CALL_FORWARDING = {
    "call-forwarding",
    "A stolen admin has calls forwarded, resets a second factor and takes the account over.",
    ATTACK_ADMIN,
    19,
    true,
    STEPS(CALL_FORWARDING)};
const struct attack ATTACK_MALICIOUS_APP = {
    "malicious-app",
    "An app with wide scopes is asked for, approved, and put into channels.",
    ATTACK_VICTIM,
    10,
    true,
    STEPS(MALICIOUS_APP)};
const struct attack ATTACK_CHAT_PHISHING = {
    "chat-phishing",
    "A stolen account sends a false sign-in page and a program to many people.",
    ATTACK_VICTIM,
    14,
    true,
    STEPS(CHAT_PHISHING)};
