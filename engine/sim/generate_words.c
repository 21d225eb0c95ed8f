#include "sim/generate_words.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PASSCODE "Personal Meeting ID (PMI) Passcode"
#define SIGN_IN_RULES "Sign-In Password Requirement  - "

const struct generate_pattern GENERATE_USUAL[] = {
    {90, "User", "Update", "Update User %E  - Job Title: set to %T", NULL},
    {60, "User", "Update", "Update User %E  - Department: set to %G", NULL},
    {30, "User", "Update", "Update User %E  - Job Title: set to %T - Location: set to %M", NULL},
    {40, "User", "Add", "Add User %E  - User Type: Licensed", NULL},
    {25, "User", "Add", "Add User %E  - User Type: Basic - Department: %G", NULL},
    {15, "User", "Delete", "Delete User %E ", NULL},
    {20, "User", "Update", "Activate User %E ", NULL},
    {20, "User", "Update", "Deactivate User %E ", NULL},
    {60, "User", "SCIM API - Update", "Edit User %E  - Change Type: from Basic to Licensed", NULL},
    {30, "User", "SCIM API - Update", "Edit User %E  - Change Type: from Licensed to Basic", NULL},
    {20, "User", "SCIM API - Create", "Add User %E  - User Type: Licensed", NULL},
    {12, "User", "Batch Update", "Change Role  - %E: from %R to %R", NULL},
    {8, "User", "Batch Update", "Change Role  - %E: from %P to %R", NULL},
    {4, "User", "Update", "Update User %E  - User Role: from Admin to Member", NULL},
    {25, "User Settings", "Update", "Edit User %E  - %S: %?", NULL},
    {10, "User Settings", "Update", "Edit User %E  - " PASSCODE ": %?", NULL},
    {45, "User Group", "Update", "Edit Group %G  - %S: %?", NULL},
    {15, "User Group", "Update", "Edit Group %G  - %S: %? - %S: %?", NULL},
    {8, "User Group", "Update", "Edit Group %G  - " PASSCODE ": %+", NULL},
    {6, "User Group", "Update", "Edit Group %G  - %S: %- - " PASSCODE ": %+", NULL},
    {11, "User Group", "Add", "Add Group %G", NULL},
    {1, "User Group", "Delete", "Delete Group %G", NULL},
    {40, "User Group", "Update", "Add Members to Group %G: %E,%E", NULL},
    {20, "User Group", "Update", "Remove Members from Group %G: %E", NULL},
    {30, "Account", "Update", "%V: %?", NULL},
    {10, "Account", "Update", "%V: %? - %S: %?", NULL},
    {5, "Account", "Update", "Security  - Sign in with Two-Factor Authentication: %+", NULL},
    {5, "Account", "Update", "Sign-in Methods  - Allow users to sign in with Google: %-", NULL},
    {5, "Account", "Update", SIGN_IN_RULES "Include at least 1 number: %+", NULL},
    {5, "Account", "Update",
     SIGN_IN_RULES "Have at least specified length of characters: from 8 to 14", NULL},
    {60, "Recording", "Delete", "Delete Recording  - Meeting ID: %I - Topic: %O", NULL},
    {25, "Recording", "Update", "Share Recording  - Meeting ID: %I - Viewers can see chat: %?",
     NULL},
    {15, "Recording", "Recover", "Recover Recording  - Meeting ID: %I - Topic: %O", NULL},
    {20, "Role", "Update", "Edit Role %L  - Dashboard: from None to View", NULL},
    {8, "Role", "Add", "Add Role %L", NULL},
    {6, "Role", "Update", "Assign Role %L  - Members: %E", NULL},
    {25, "Zoom Rooms", "Update", "Edit Zoom Room %M  - Display Name: set to %M", NULL},
    {12, "Zoom Rooms", "Update", "Edit Zoom Room %M  - %S: %?", NULL},
    {6, "Zoom Rooms", "Add", "Add Zoom Room %M  - Location: Springfield", NULL},
    {10, "Webinar", "Update", "Edit Webinar %I  - Practice Session: %?", NULL},
    {10, "IM", "Update", "Edit IM Group %G  - Group Type: from Normal to Shared", NULL},
    {6, "Billing", "Update", "Change Plan  - Licenses: from 250 to 275", NULL},
    {6, "Phone Contacts", "Add", "Add External Contact %N", NULL},
    {2, "Sub Account", "Update", "Edit Sub Account %G  - %V: %?", NULL},
};
const size_t GENERATE_USUAL_COUNT = COUNT(GENERATE_USUAL);

const struct generate_pattern GENERATE_MATCHING[] = {
    {20, "User Group", "Update", "Edit Group %G  - " PASSCODE ": %-", "Zoom.PasscodeDisabled"},
    {8, "User Group", "Update", "Edit Group %G  - %S: %? - " PASSCODE ": %- - %S: %?",
     "Zoom.PasscodeDisabled"},
    {6, "User Group", "Update", "Edit Group %G  - Webinar Passcode: %-", "Zoom.PasscodeDisabled"},
    {20, "User", "Batch Update", "Change Role  - %E: from %R to %P",
     "Zoom.User.Promoted.to.Privileged.Role"},
    {6, "User", "SCIM API - Update", "Change Role  - %E: from %R to %P",
     "Zoom.User.Promoted.to.Privileged.Role"},
    {6, "User", "Update", "Update User %E  - User Role: from Member to Admin",
     "Zoom.UserGrantedAdmin"},
    {2, "User", "Update",
     "Update User %E  - Job Title: set to %T - User Role: from Member to Admin",
     "Zoom.UserGrantedAdmin"},
    {5, "Account", "Update",
     "Security  - Require that all meetings are secured with one security option: %-",
     "Zoom.All.Meetings.Secured.With.One.Option.Disabled"},
    {5, "Account", "Update", "Security  - Automatically sign users out after a specified time: %-",
     "Zoom.Automatic.Sign.Out.Disabled"},
    {5, "Account", "Update", "Security  - Require a passcode when scheduling new meetings: %-",
     "Zoom.New.Meeting.Passcode.Required.Disabled"},
    {5, "Account", "Update", "Security  - Sign in with Two-Factor Authentication: %-",
     "Zoom.Two.Factor.Authentication.Disabled"},
    {4, "Account", "Update", "Sign-in Methods  - Allow users to sign in with Google: %+",
     "Zoom.Sign.In.Method.Modified"},
    {3, "Account", "Update", "Sign-in Methods  - Allow users to sign in with Apple ID: %+",
     "Zoom.Sign.In.Method.Modified"},
    {4, "Account", "Update",
     SIGN_IN_RULES "Include at least 1 letter: %- - Include at least 1 number: %-",
     "Zoom.Sign.In.Requirements.Changed"},
    {4, "Account", "Update",
     SIGN_IN_RULES "Have at least specified length of characters: from 14 to 8 - "
                   "Include both uppercase and lowercase characters: %-",
     "Zoom.Sign.In.Requirements.Changed"},
    {4, "Role", "Update", "Edit Role %L  - Users: from View to View, Edit",
     "Zoom.Role.Given.Dangerous.Privileges"},
    {4, "Recording", "Update",
     "Share Recording  - Meeting ID: %I - Only authenticated users can view: %-",
     "Zoom.Recording.Made.Public"},
    {2, "Account", "Update",
     "Single Sign-On  - Sign-in page URL: from https://idp.example.com/sso to "
     "https://idp.example.net/sso",
     "Zoom.SSO.Settings.Changed"},
};
const size_t GENERATE_MATCHING_COUNT = COUNT(GENERATE_MATCHING);

const struct generate_pattern GENERATE_PHONE[] = {
    {30, "User", "Update", "Update Phone User %E  - Calling Plan: from None to US/CA Unlimited",
     NULL},
    {20, "Phone Number", "Update", "Assign Phone Number +1 555 0100 to %E", NULL},
    {20, "Call Queue", "Update", "Edit Call Queue %G  - Members: added %E", NULL},
    {10, "Call Queue", "Add", "Add Call Queue %G", NULL},
    {15, "Device", "Add", "Add Desk Phone %M  - Assigned to %E", NULL},
    {10, "Call Forward", "Update", "Edit Call Forwarding of %E  - External number: %?", NULL},
    {10, "Recording", "Delete", "Delete Call Recording of %E", NULL},
    {8, "Policy", "Update", "Edit Policy  - International Calling: %?", NULL},
    {4, "Auto Receptionist", "Update", "Edit Auto Receptionist %G  - Greeting: changed", NULL},
};
const size_t GENERATE_PHONE_COUNT = COUNT(GENERATE_PHONE);

const struct generate_pattern GENERATE_CONTACT_CENTER[] = {
    {30, "Queues", "Update", "Edit Queue %G  - Agents: added %E", NULL},
    {20, "Users", "Add", "Add User %E  - Role: Agent", NULL},
    {15, "Flows", "Publish", "Publish Flow %O", NULL},
    {12, "Recording", "Download", "Download Recording of %E", NULL},
    {6, "Recording", "Delete", "Delete Recording of %E", NULL},
    {10, "Address Book", "Export", "Export Address Book %G", NULL},
    {6, "Roles", "Update", "Edit Role %L  - Recordings: from View to View, Delete", NULL},
    {4, "API Key", "Generate", "Generate API Key %T", NULL},
};
const size_t GENERATE_CONTACT_CENTER_COUNT = COUNT(GENERATE_CONTACT_CENTER);

const struct generate_pattern GENERATE_VIDEO_SDK[] = {
    {20, "Account", "Update", "%V: %?", NULL},
    {20, "Recording", "Delete", "Delete Recording  - Session: %O", NULL},
    {10, "User", "Add", "Add User %E ", NULL},
    {6, "Account", "Update", "SDK Key  - Secret: regenerated", NULL},
};
const size_t GENERATE_VIDEO_SDK_COUNT = COUNT(GENERATE_VIDEO_SDK);

const struct generate_sign_in GENERATE_SIGN_INS[] = {
    {30, "Browser", "-"},
    {25, "Windows", "5.17.11.34827"},
    {20, "Mac", "5.17.11.31580"},
    {8, "iOS", "5.17.10.12792"},
    {8, "Android", "5.17.10.20862"},
    {4, "Windows", "5.13.5.12053"},
    {3, "ZoomRooms", "5.17.7.4031"},
    {2, "Linux", "5.17.5.2543"},
};
const size_t GENERATE_SIGN_INS_COUNT = COUNT(GENERATE_SIGN_INS);

const struct generate_meeting GENERATE_MEETINGS[] = {
    {30, "User Join", "%N joined the meeting"},
    {30, "User Left", "%N left the meeting"},
    {20, "Meeting Created", "Create a meeting - Topic: %O"},
    {6, "Meeting Deleted", "Delete a meeting - Topic: %O"},
    {6, "Meeting Updated", "Update a meeting - Passcode: removed"},
    {4, "Local Recording", "Start local recording"},
    {4, "Cloud Recording", "Start cloud recording"},
};
const size_t GENERATE_MEETINGS_COUNT = COUNT(GENERATE_MEETINGS);

const struct generate_person GENERATE_PEOPLE[] = {
    {"Homer Simpson", "homer"},
    {"Marge Simpson", "marge"},
    {"Lisa Simpson", "lisa.simpson"},
    {"Bart Simpson", "bart"},
    {"Maggie Simpson", "maggie"},
    {"Abraham Simpson", "abraham.j.simpson"},
    {"Ned Flanders", "ned.flanders"},
    {"Todd Flanders", "todd-flanders"},
    {"Moe Szyslak", "moe"},
    {"Barney Gumble", "barney.gumble"},
    {"Lenny Leonard", "lenny"},
    {"Carl Carlson", "carl.carlson"},
    {"Waylon Smithers", "w.smithers"},
    {"Montgomery Burns", "c.m.burns"},
    {"Edna Krabappel", "edna.krabappel"},
    {"Seymour Skinner", "s-skinner"},
    {"Apu Nahasapeemapetilon", "apu.nahasapeemapetilon"},
    {"Mary-Jane O'Hara", "mary-jane.o'hara"},
    {"Björn Müller", "björn.müller"},
    {"Zoë Łukasiewicz", "zoe.lukasiewicz"},
    {"Señor Ding-Dong", "ding-dong"},
    {"黒澤 明", "akira.kurosawa"},
    {"Ольга Петрова", "olga.petrova"},
    {"Anne-Sophie Lefèvre-Dubois", "anne-sophie.lefevre-dubois"},
};
const size_t GENERATE_PEOPLE_COUNT = COUNT(GENERATE_PEOPLE);

static const char *const GROUPS[] = {
    "Springfield",        "Engineers",
    "Sector 7-G",         "Springfield-East - Night Shift",
    "Customer Success",   "Finance & Accounting",
    "Büro Zürich",        "東京オフィス",
    "Contractors (EMEA)", "Board \"A\"",
    "R&D - Platform",     "Sales - North-West",
    "Help Desk",          "Équipe Québec",
};
static const char *const PLAIN_ROLES[] = {"Member", "User", "Help Desk - Tier 2", "Room Operator",
                                          "Recording Viewer"};
static const char *const PRIVILEGED_ROLES[] = {"Admin", "Co-Owner", "Owner", "Billing Admin"};
static const char *const TITLES[] = {
    "Contractor",          "Safety Inspector",    "Engineer II", "Vice-President, Sales",
    "Director - Security", "Responsable d'étude", "Intern",      "Head of People"};
static const char *const ROOMS[] = {"Sector 7-G",  "Evergreen Terrace", "Moe's Tavern",
                                    "Kwik-E-Mart", "Raum Zürich 2.OG",  "会議室 A"};
static const char *const TOPICS[] = {"Weekly sync",   "Budget - Q3 review",
                                     "All hands",     "Interview: engineer",
                                     "Планёрка",      "1:1",
                                     "Town \"hall\"", "Incident 4711 - post-mortem"};
static const char *const HELP_DESK_ROLES[] = {"Help Desk - Tier 2", "Room Operator",
                                              "Recording Viewer", "Auditor"};
static const char *const GROUP_SETTINGS[] = {
    "Waiting Room",
    "Host video",
    "Participants video",
    "Mute all participants when they join a meeting",
    "Allow participants to join before host",
    "Auto-save chats",
    "File transfer",
    "Screen sharing",
    "Annotation",
    "Breakout room",
    "Cloud recording",
    "Virtual background",
    "Require Encryption for 3rd Party Endpoints (SIP/H.323)",
};
static const char *const ACCOUNT_SETTINGS[] = {
    "Schedule Meeting  - Host video",
    "In Meeting (Basic)  - Chat",
    "In Meeting (Advanced)  - Far end camera control",
    "Email Notification  - When a cloud recording is available",
    "Schedule Meeting  - Participants video",
    "In Meeting (Basic)  - Meeting reactions",
    "Recording  - Automatic recording",
    "Branding  - Show Zoom help badge",
};

#define WORDS(place, words)                                                                        \
  { place, words, COUNT(words) }
const struct generate_words GENERATE_WORDS[] = {
    WORDS('G', GROUPS),          WORDS('R', PLAIN_ROLES),    WORDS('P', PRIVILEGED_ROLES),
    WORDS('T', TITLES),          WORDS('M', ROOMS),          WORDS('O', TOPICS),
    WORDS('L', HELP_DESK_ROLES), WORDS('S', GROUP_SETTINGS), WORDS('V', ACCOUNT_SETTINGS),
};
const size_t GENERATE_WORDS_COUNT = COUNT(GENERATE_WORDS);
