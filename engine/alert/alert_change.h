/*
 * What people do with an alert, and what becomes of it:
 *
 *                 acknowledge               resolve
 *       open ──────────────────▶ acknowledged ─────▶ resolved
 *        ▲ └────────────────────────────────────────▶   │
 *        └────────────────── reopen ◀──────────┴────────┘
 *
 * A resolved alert may be resolved as something else; assigning is for alerts that are not
 * resolved, and a note can always be added. What changes nothing is refused with who did it before,
 * so that of two people who acknowledge at once one learns of the other.
 *
 * Plain values; any thread.
 */
#ifndef ALERT_ALERT_CHANGE_H
#define ALERT_ALERT_CHANGE_H

#include "alert/alert.h"
#include "base/error.h"

/* How a change came about. */
enum alert_via { ALERT_VIA_MARGAY, ALERT_VIA_CLI, ALERT_VIA_BUTTON, ALERT_VIA_API };
#define ALERT_VIA_COUNT 4

const char *alert_via_name(enum alert_via via); /* "margay", "cli", "button", "api" */

#define ALERT_WHO_MAX 320   /* bytes of a name: an e-mail address has at most 254 (RFC 5321) */
#define ALERT_NOTE_MAX 4000 /* bytes; what a chat shows of one is less */

struct alert_change {
  struct text alert_id; /* the whole */
  /* ACKNOWLEDGED, RESOLVED, REOPENED, ASSIGNED or NOTED. */
  enum alert_occasion action;
  enum alert_resolution resolution; /* RESOLVED: as what */
  struct text assignee;             /* ASSIGNED: to whom; empty: to nobody */
  struct text note;                 /* what they say; NOTED needs one, others may have one */
  struct text who;                  /* not empty */
  enum alert_via via;
};

/* What of an alert a change is about. */
struct alert_life {
  enum alert_state state;
  enum alert_resolution resolution;
  struct text assignee;
  struct text by; /* who brought it into its state; empty: nobody did, or nobody knows */
};

/* Changes `life`. False: the change makes no sense, the life stays as it is, and the reason says
 * what the alert is, in words that follow its name: "is acknowledged already, by lisa". */
bool alert_life_change(struct alert_life *life, const struct alert_change *change,
                       struct error *reason);

/* What is sent when two occasions wait for one message: the weightiest, and of resolving and
 * reopening the later one. */
enum alert_occasion alert_occasion_join(enum alert_occasion earlier, enum alert_occasion later);

#endif
