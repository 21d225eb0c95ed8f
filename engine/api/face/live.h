/*
 * What is new, as server-sent events (HTML Standard, section 9.2):
 *
 *   event: alert     an alert was opened or changed: {"id", "revision", "status", "severity",
 *                    "title", "rule", "actor", "opened_at"}
 *   event: counts    what the daemon has counted since its start: {"events", "matches", "alerts"}
 *   event: health    the alarms that have begun:
 *                    {"alarms": [{"kind", "subject", "detail", "since"}]}
 *   event: reset     more happened than is sent one by one, or the state file
 *                    is another one: read the list again
 *
 * One thread looks whether anything was written, and reads it once for all clients. Each client has
 * the listener's limit of bytes that it has not taken; one that is slower is let go, comes back by
 * itself, and says with Last-Event-ID where it was. A stream ends seconds after the token or the
 * session that it was asked with (api/pass/pass.h), and after a quarter of an hour at the latest.
 *
 * Threads: live_add on any; the others as api_server_new.
 */
#ifndef API_FACE_LIVE_H
#define API_FACE_LIVE_H

#include "api/api.h"
#include "http/exchange.h"

/* Clients at once. A dashboard has one stream, whatever it shows. */
#define LIVE_CLIENTS_MAX 200

struct live_options {
  const char *state_path;    /* must outlive it */
  struct log *log;           /* NULL is fine */
  struct counters *counters; /* daemon/metrics.h; NULL: no counts are sent */
  struct clock clock;        /* of what expires */
};

struct live;

/* NULL with the reason. */
struct live *live_new(const struct live_options *options, struct error *error);
void live_free(struct live *live); /* NULL is fine; ends all streams */

/* Ends the streams that were opened without a login. Any thread. */
void live_need_login(struct live *live);

/* Answers the exchange with a stream for the caller. `last_id`: Last-Event-ID, or empty. False:
 * there are too many (the answer says so), and the exchange is still the caller's. */
bool live_add(struct live *live, struct http_exchange *exchange, const struct api_caller *caller,
              struct text last_id, struct api_answer *answer);

#endif
