#include "sim/tenant/routine.h"

#include "sim/tenant/people.h"
#include "sim/tenant/shape.h"

#define OF_USER(detail) OPERATION("User", "Update", detail)
#define OF_GROUP(detail)                                                                           \
  OPERATION("User Group", "Update", "Edit Group <whom.department>  - " detail)
#define OF_ACCOUNT(detail) OPERATION("Account", "Update", detail)
#define OF_ROOM(detail) OPERATION("Zoom Rooms", "Update", "Edit Zoom Room <room.name>  - " detail)
#define OF_PHONE(category, detail) PHONE_OPERATION(category, "Update", detail)

#define SETTINGS_CHANGED(of, id, now, before)                                                      \
  WEBHOOK_CHANGE(of ".settings_updated", "'id':'" id "','settings':{" now "}",                     \
                 "'id':'" id "','settings':{" before "}")
#define ACCOUNT_CHANGED(now, before) SETTINGS_CHANGED("account", "<account>", now, before)
#define GROUP_CHANGED(now, before) SETTINGS_CHANGED("group", "<group.id>", now, before)

/* With 8 admins and 4 acts a day each, a weight of 3 is twice a month among 10,000 people. */
const struct routine ROUTINES[] = {
    {230, PERSON_HELP_DESK, ROUTINE_PERSON,
     OF_USER("Update User <whom.email>  - Job Title: set to <title>"), NULL},
    {150, PERSON_HELP_DESK, ROUTINE_PERSON,
     OF_USER("Update User <whom.email>  - Department: set to <department>"), NULL},
    {110, PERSON_HELP_DESK, ROUTINE_PERSON,
     OF_USER("Edit User <whom.email>  - Change Type: from Basic to Licensed"),
     WEBHOOK_CHANGE("user.updated", "'id':'<whom.id>','email':'<whom.email>','type':2",
                    "'id':'<whom.id>','type':1")},
    {70, PERSON_HELP_DESK, ROUTINE_PERSON,
     OF_USER("Edit User <whom.email>  - Change Type: from Licensed to Basic"),
     WEBHOOK_CHANGE("user.updated", "'id':'<whom.id>','email':'<whom.email>','type':1",
                    "'id':'<whom.id>','type':2")},
    {90, PERSON_HELP_DESK, ROUTINE_PHONE,
     OF_PHONE("Voicemail", "Edit User <whom.email>  - Voicemail greeting: set to default"), NULL},
    {60, PERSON_HELP_DESK, ROUTINE_PHONE,
     OF_PHONE("Phone Number", "Assign Phone Number <whom.phone> to <whom.email>"), NULL},
    {3, PERSON_HELP_DESK, ROUTINE_PHONE,
     OF_PHONE("Call Forward",
              "Edit Call Forwarding of <whom.email>  - External number: from Off to <whom.phone>"),
     NULL},
    {80, PERSON_HELP_DESK, ROUTINE_PERSON,
     OPERATION("User Group", "Update", "Add Members to Group <whom.department>: <whom.email>"),
     WEBHOOK("group.member_added",
             "'operator':'<who.email>','operator_id':'<who.id>','object':{'id':'<group.id>',"
             "'members':[{'id':'<whom.id>','email':'<whom.email>'}]},'time_stamp':<ms>")},
    {50, PERSON_HELP_DESK, ROUTINE_PERSON,
     OPERATION("User Group", "Update", "Remove Members from Group <whom.department>: <whom.email>"),
     WEBHOOK("group.member_deleted",
             "'operator':'<who.email>','operator_id':'<who.id>','object':{'id':'<group.id>',"
             "'members':[{'id':'<whom.id>','email':'<whom.email>'}]},'time_stamp':<ms>")},
    {70, PERSON_HELP_DESK, ROUTINE_ROOM, OF_ROOM("Display Name: set to <room.name>"), NULL},
    {40, PERSON_HELP_DESK, ROUTINE_ROOM, OF_ROOM("<setting>: <flip>"), NULL},
    {32, PERSON_HELP_DESK, ROUTINE_PERSON,
     OF_USER("Update User <whom.email>  - Time Zone: set to <whom.zone>"), NULL},
    {5, PERSON_HELP_DESK, ROUTINE_PERSON,
     OF_USER("Reset Two-Factor Authentication for user <whom.email>"), NULL},
    {10, PERSON_HELP_DESK, ROUTINE_PERSON,
     OPERATION("User Settings", "Update", "Edit User <whom.email>  - <setting>: <flip>"), NULL},

    {270, PERSON_ADMIN, ROUTINE_PERSON, OF_GROUP("<setting>: <flip>"),
     GROUP_CHANGED("'in_meeting':{'annotation':true}", "'in_meeting':{'annotation':false}")},
    {90, PERSON_ADMIN, ROUTINE_PERSON, OF_GROUP("<setting>: <flip> - Host video: <flip>"), NULL},
    {110, PERSON_ADMIN, ROUTINE_PERSON, OF_ACCOUNT("Schedule Meeting  - <setting>: <flip>"),
     ACCOUNT_CHANGED("'in_meeting':{'annotation':false}", "'in_meeting':{'annotation':true}")},
    {60, PERSON_ADMIN, ROUTINE_PERSON,
     OF_ACCOUNT("Email Notification  - When a cloud recording is available: "
                "<flip>"),
     NULL},
    {70, PERSON_ADMIN, ROUTINE_PERSON,
     OF_USER("Update User <whom.email>  - Job Title: set to <title>"), NULL},
    {60, PERSON_ADMIN, ROUTINE_PERSON,
     OPERATION("User Group", "Update", "Add Members to Group <whom.department>: <whom.email>"),
     NULL},
    {40, PERSON_ADMIN, ROUTINE_PERSON,
     OPERATION("User Group", "Add", "Add Group <department> - <title>"),
     WEBHOOK_BY("group.created", "'id':'<id>','name':'<department> - <title>'")},
    {50, PERSON_ADMIN, ROUTINE_PERSON,
     OPERATION("Role", "Update",
               "Edit Role Help Desk - Tier 2  - "
               "Dashboard: from None to View"),
     NULL},
    {45, PERSON_ADMIN, ROUTINE_ROOM, OF_ROOM("<setting>: <flip>"), NULL},
    {12, PERSON_ADMIN, ROUTINE_ROOM,
     OPERATION("Zoom Rooms", "Add",
               "Add Zoom Room <room.name>  - "
               "Location: <who.zone>"),
     NULL},
    {40, PERSON_ADMIN, ROUTINE_PERSON,
     OPERATION("IM", "Update", "Edit IM Group <department>  - Group Type: from Normal to Shared"),
     NULL},
    {30, PERSON_ADMIN, ROUTINE_PHONE,
     OF_PHONE("Call Queue",
              "Edit Call Queue <department>  - Business Hours: set to 08:00 to 18:00"),
     NULL},
    {25, PERSON_ADMIN, ROUTINE_PERSON, OF_ACCOUNT("Branding  - Show Zoom help badge: <flip>"),
     NULL},
    {20, PERSON_ADMIN, ROUTINE_PERSON,
     OPERATION("Recording", "Recover",
               "Recover Recording  - Meeting ID: <meeting.spaced> - Topic: <topic>"),
     NULL},
    {20, PERSON_ADMIN, ROUTINE_PERSON,
     OPERATION("Webinar", "Update", "Edit Webinar <meeting.spaced>  - Practice Session: <flip>"),
     NULL},
    {20, PERSON_ADMIN, ROUTINE_PERSON,
     OPERATION("User Settings", "Update", "Edit User <whom.email>  - <setting>: <flip>"), NULL},
    /* Tightened. */
    {6, PERSON_ADMIN, ROUTINE_PERSON, OF_GROUP("Waiting Room: from Off to On"),
     GROUP_CHANGED("'meeting_security':{'waiting_room':true}",
                   "'meeting_security':{'waiting_room':false}")},
    {5, PERSON_ADMIN, ROUTINE_PERSON,
     OF_GROUP("Personal Meeting ID (PMI) Passcode: from Off to On"), NULL},
    {4, PERSON_ADMIN, ROUTINE_PERSON,
     OF_ACCOUNT("Recording  - Require passcode to access shared cloud recordings: from Off to On"),
     ACCOUNT_CHANGED("'recording':{'recording_password_requirement':{'have_number':true}}",
                     "'recording':{'recording_password_requirement':{'have_number':false}}")},
    {3, PERSON_ADMIN, ROUTINE_PERSON,
     OF_ACCOUNT("Sign-In Password Requirement  - Have at least specified length of characters: "
                "from 10 to 14"),
     NULL},
    {2, PERSON_ADMIN, ROUTINE_PERSON,
     OF_ACCOUNT("Sign-in Methods  - Allow users to sign in with Google: from On to Off"), NULL},
    /* Weakened, for a team that asked for it. */
    {2, PERSON_ADMIN, ROUTINE_PERSON, OF_GROUP("Waiting Room: from On to Off"),
     GROUP_CHANGED("'meeting_security':{'waiting_room':false}",
                   "'meeting_security':{'waiting_room':true}")},
    {2, PERSON_ADMIN, ROUTINE_PERSON,
     OF_GROUP("Allow participants to join before host: from Off to On"), NULL},
    {1, PERSON_ADMIN, ROUTINE_PERSON, OF_GROUP("Local recording: from Off to On"), NULL},
    /* Roles, apps, domains. */
    {4, PERSON_ADMIN, ROUTINE_PERSON,
     OPERATION("User", "Batch Update", "Change Role  - <whom.email>: from Member to Help Desk"),
     WEBHOOK_CHANGE("user.updated", "'id':'<whom.id>','email':'<whom.email>','role':'Help Desk'",
                    "'id':'<whom.id>','role':'Member'")},
    {2, PERSON_ADMIN, ROUTINE_PERSON,
     OPERATION("User", "Batch Update", "Change Role  - <whom.email>: from Help Desk to Member"),
     NULL},
    {1, PERSON_ADMIN, ROUTINE_PERSON,
     OPERATION("User", "Batch Update", "Change Role  - <whom.email>: from Member to Admin"),
     WEBHOOK_CHANGE("user.updated", "'id':'<whom.id>','email':'<whom.email>','role':'Admin'",
                    "'id':'<whom.id>','role':'Member'")},
    {4, PERSON_ADMIN, ROUTINE_PERSON,
     OPERATION("Marketplace", "Update",
               "Approve App  - App Name: Calendar for Teams - Scopes: meeting:read"),
     NULL},
    {1, PERSON_ADMIN, ROUTINE_PERSON,
     OF_ACCOUNT("Account Profile  - Add Associated Domain: example.org"), NULL},
    {1, PERSON_ADMIN, ROUTINE_PHONE,
     OF_PHONE("Site", "Edit Site <who.zone>  - Emergency Address: set to 742 Evergreen Terrace"),
     NULL},

    {700, PERSON_OWNER, ROUTINE_PERSON,
     OPERATION("Billing", "Update", "Change Plan  - Licenses: from 9500 to 9600"), NULL},
    {300, PERSON_OWNER, ROUTINE_PERSON,
     OPERATION("Billing", "Update", "Billing Information  - Invoice address: set to Zurich"), NULL},
};
const size_t ROUTINE_COUNT = sizeof ROUTINES / sizeof *ROUTINES;

double routine_mean(int role) {
  switch (role) {
  case PERSON_ADMIN:
    return 4;
  case PERSON_HELP_DESK:
    return 5;
  case PERSON_OWNER:
    return 0.15;
  default:
    return 0;
  }
}

size_t routine_pick(int role, struct random *random) {
  uint32_t at = random_below(random, 1000);
  size_t picked = 0;
  for (size_t i = 0; i < ROUTINE_COUNT; i++) {
    if (ROUTINES[i].role != role)
      continue;
    picked = i;
    if (at < ROUTINES[i].weight)
      break;
    at -= ROUTINES[i].weight;
  }
  return picked;
}
