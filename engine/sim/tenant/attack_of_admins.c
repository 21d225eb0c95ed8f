#include "sim/tenant/attack_stories.h"

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
const struct attack ATTACK_ROGUE_ADMIN = {
    "rogue-admin",
    "A stolen admin makes an admin of the attackers' own, who turns two-factor authentication off.",
    ATTACK_ADMIN,
    2,
    false,
    STEPS(ROGUE_ADMIN)};

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
const struct attack ATTACK_SSO_BYPASS = {
    "sso-bypass", "A stolen admin exempts an account from single sign-on and raises its role.",
    ATTACK_ADMIN, 21,
    false,        STEPS(SSO_BYPASS)};

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
const struct attack ATTACK_MASS_DELETION = {
    "mass-deletion", "A stolen admin deletes users, recordings and groups.",
    ATTACK_ADMIN,    23,
    false,           STEPS(MASS_DELETION)};

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
const struct attack ATTACK_RECORDING_LEAK = {
    "recording-leak",
    "An admin lifts the protection of recordings and shares them with outsiders.",
    ATTACK_ADMIN,
    17,
    true,
    STEPS(RECORDING_LEAK)};

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
