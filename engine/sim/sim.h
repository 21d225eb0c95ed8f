/*
 * The room sim stands in for the outside world, for tests and the demo: a Zoom, and a receiver of
 * messages.
 *
 * The Zoom simulator: a small server on loopback that answers as Zoom's OAuth and report API do,
 * over records from files or generated ones, with faults on request. For tests, the demo and the
 * benchmark; it keeps everything in memory and forgets it at the end.
 *
 *   POST /oauth/token                     client credentials, a code or a refresh token in, access
 *                                         token out
 *   GET  /oauth/authorize                 lets a General app in: redirects with a code
 *   GET  /v2/report/operationlogs, …      pages of records, newest first: see sim/report_kind.h
 *   GET  /stats                           what sim_stats_json writes; no token, no faults
 *
 * What Zoom does not document is chosen by options, with the default named here.
 *
 * Threads: one starts and stops it; any may ask for statistics meanwhile.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"

enum sim_report {
  SIM_OPERATION,
  SIM_ACTIVITY,
  SIM_MEETING_ACTIVITY,
  SIM_PHONE_OPERATION,
  SIM_CONTACT_CENTER_OPERATION,
  SIM_REMOTE_SUPPORT,
  SIM_CHAT_CHANNEL_ACTIVITY,
  SIM_VIDEO_SDK_OPERATION,
  SIM_REPORTS
};

/* "operation", "activity", …: as in flags, fault settings and statistics. */
bool sim_report_parse(struct text name, enum sim_report *report);

struct sim_options {
  uint16_t port;      /* 0 = any free one */
  struct clock clock; /* "now": which dates are too old, which rows have not happened yet */

  /* Records from files: NDJSON, single objects, arrays or API pages; a folder means every .json,
   * .ndjson and .jsonl below it. Which report a record belongs to follows from its keys. */
  const char *const *paths;
  size_t path_count;
  bool shift; /* move their times so that the newest of all happened at `end` */

  /* Generated records, spread evenly over [start, end]. */
  uint64_t count[SIM_REPORTS];
  uint64_t seed;
  time_us start, end; /* TIME_NONE: end is now, start is 24 hours before the end */
  double match_share; /* of generated operations that known detections match, 0 to 1 */

  const char *account_id, *client_id, *client_secret;
  int64_t token_lifetime_us;      /* of an access token */
  int64_t page_token_lifetime_us; /* Zoom: 15 minutes */
  bool tokens_coexist;            /* false: minting a token invalidates the one before */
  int64_t code_lifetime_us;       /* of an authorization code; Zoom: 5 minutes */
  int64_t refresh_grace_us;       /* how long the refresh token before the latest may be used */
  bool classic_scopes;            /* of the app; false: granular ones */
  bool deny_login;                /* the user does not let a General app in */
  bool to_exclusive;              /* false: rows of the day `to` are included */
  bool oldest_first;              /* false: newest first */
  bool no_scope[SIM_REPORTS];     /* the app lacks this report's scope */
  int64_t latency_us;             /* every answer comes this much later */

  const char *const *faults; /* each as fault.h says, for instance "429:every=7,retry-after=1" */
  size_t fault_count;
};

/* No records, no faults, port 0, the system's clock, seed 1, and these credentials. */
#define SIM_ACCOUNT_ID "springfield"
#define SIM_CLIENT_ID "margay"
#define SIM_CLIENT_SECRET "not-a-secret"
/* The same app's client without a secret, which always needs PKCE. */
#define SIM_PUBLIC_CLIENT_ID "margay-public"
struct sim_options sim_options_default(void);

struct sim;

/* The user removes the General app: no token that it has works any more. Any thread. */
void sim_revoke_login(struct sim *sim);

/* Listens on 127.0.0.1 when it returns. The options are copied. NULL with the reason: a port that
 * is taken, a file that cannot be read, a fault that is not written as it should be. */
struct sim *sim_start(const struct sim_options *options, struct error *error);
uint16_t sim_port(const struct sim *sim);
void sim_stop(struct sim *sim); /* waits for the requests under way; NULL is fine */

struct sim_report_stats {
  uint64_t rows;        /* there are, late and identical ones included */
  uint64_t late;        /* of these, held back at first */
  uint64_t identical;   /* of these, second copies of another row */
  uint64_t requests;    /* any answer */
  uint64_t pages;       /* answered with 200 and a whole body */
  uint64_t rows_served; /* on these pages; a row that was asked for twice counts twice */
};

struct sim_stats {
  uint64_t requests; /* all but /stats */
  uint64_t tokens_minted, tokens_refused;
  uint64_t tokens_refreshed; /* of those minted, with a refresh token */
  uint64_t unauthorized;     /* report requests without a valid token */
  uint64_t refused;          /* report requests answered with 400 */
  uint64_t pages, rows_served, faults_injected;
  struct sim_report_stats reports[SIM_REPORTS];
};

void sim_stats(struct sim *sim, struct sim_stats *stats);

/* The same as one JSON object, with the faults injected by their text and the generated
 * operations' matches by rule id. */
void sim_stats_json(struct sim *sim, struct buffer *out);

#endif
