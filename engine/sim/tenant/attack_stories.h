/* How the steps of attacks are written, for the files that hold the stories: attack_of_admins.c and
 * attack_of_users.c. */
#ifndef SIM_TENANT_ATTACK_STORIES_H
#define SIM_TENANT_ATTACK_STORIES_H

#include "sim/tenant/attack.h"
#include "sim/tenant/shape.h"

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* One record; several, of other things each time. */
#define ONCE(at, words, who, whom, log, shape)                                                     \
  { words, at, 1, 0, who, whom, ATTACK_OWN_THING, 0, 0, log, shape }
#define MANY(at, times, every, words, who, whom, log, shape)                                       \
  { words, at, times, every, who, whom, ATTACK_OWN_THING, 0, 0, log, shape }
/* The same about the story's one meeting. */
#define MEETING_ONCE(at, words, who, whom, log, shape)                                             \
  { words, at, 1, 0, who, whom, ATTACK_ONE_THING, 0, 0, log, shape }
#define MEETING_MANY(at, times, every, words, who, whom, log, shape)                               \
  { words, at, times, every, who, whom, ATTACK_ONE_THING, 0, 0, log, shape }

/* A sign-in from the attackers' network, as a row and as a webhook. */
#define SIGNED_IN_AS(login_type)                                                                   \
  WEBHOOK_OF("user.signed_in",                                                                     \
             "'id':'<who.id>','client_type':'<client.webhook>','date_time':'<time>',"              \
             "'email':'<who.email>','version':'<version>','login_type':'" login_type "'")
#define SIGN_IN_BY(at, words, who, client, network, login_type)                                    \
  {words,                                                                                          \
   at,                                                                                             \
   1,                                                                                              \
   0,                                                                                              \
   who,                                                                                            \
   ATTACK_NOBODY,                                                                                  \
   ATTACK_ONE_THING,                                                                               \
   client,                                                                                         \
   network,                                                                                        \
   TENANT_ACTIVITY,                                                                                \
   ACTIVITY("Sign in")},                                                                           \
  {                                                                                                \
    words, at, 1, 0, who, ATTACK_NOBODY, ATTACK_ONE_THING, client, network, TENANT_WEBHOOK,        \
        SIGNED_IN_AS(login_type)                                                                   \
  }
#define SIGN_IN_ABROAD(at, who)                                                                    \
  SIGN_IN_BY(at, "sign-in from another country", who, CLIENT_BROWSER, PLACE_ATTACKER, "100")

#define SETTINGS(section, now, before)                                                             \
  WEBHOOK_CHANGE("account.settings_updated",                                                       \
                 "'id':'<account>','settings':{'" section "':{" now "}}",                          \
                 "'id':'<account>','settings':{'" section "':{" before "}}")
#define OF_ACCOUNT(detail) OPERATION("Account", "Update", detail)
#define SHARED(detail)                                                                             \
  OPERATION("Recording", "Update", "Share Recording  - Meeting ID: <meeting.spaced> - " detail)

#define USER                                                                                       \
  "'id':'<whom.id>','first_name':'<whom.first>','last_name':'<whom.last>',"                        \
  "'email':'<whom.email>','type':2"
#define ROLE_CHANGED(now, before)                                                                  \
  WEBHOOK_CHANGE("user.updated", "'id':'<whom.id>','email':'<whom.email>','role':'" now "'",       \
                 "'id':'<whom.id>','role':'" before "'")

/* For attack.c, which lists them all. */
extern const struct attack ATTACK_ACCOUNT_TAKEOVER, ATTACK_CALL_FORWARDING, ATTACK_CHAT_PHISHING,
    ATTACK_INSIDER, ATTACK_MALICIOUS_APP, ATTACK_MASS_DELETION, ATTACK_MEETING_BOMBING,
    ATTACK_OWNER_CHANGED, ATTACK_RECORDING_LEAK, ATTACK_ROGUE_ADMIN, ATTACK_ROLE_RAISED,
    ATTACK_SCIM_ABUSE, ATTACK_SLOW_WEAKENING, ATTACK_SSO_BYPASS, ATTACK_SUMMARY_LEAK,
    ATTACK_TOLL_FRAUD;

#define STEPS(steps) steps, sizeof(steps) / sizeof *(steps)

#endif
