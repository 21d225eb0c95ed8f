/*
 * A receiver of chat and webhook messages on loopback, for tests and the demo: it takes every
 * POST, keeps it, and can make faults (fault.h).
 *
 *   POST  any path   200, body "ok" as Slack's
 *   POST  /as/NAME   as that service answers (chat_service.h)
 *   GET   /stats     {"requests", "accepted", "chats": {...}, "faults": {...}}
 *   GET   /messages  the accepted messages as NDJSON, in the order they came
 *
 * Threads: one starts and stops it; any may ask for statistics and messages meanwhile.
 */
#ifndef SIM_RECEIVER_H
#define SIM_RECEIVER_H

#include "base/buffer.h"
#include "base/error.h"

struct receiver_options {
  uint16_t port;             /* 0 = any free one */
  const char *out;           /* NDJSON file that accepted messages are appended to, or NULL */
  const char *const *faults; /* as in fault.h */
  size_t fault_count;
  uint64_t seed;
};

/*
 * One message: {"received_at", "path", "headers": {...}, "body": ...}. The headers are those that
 * say something (Content-Type, User-Agent, Authorization as "present", webhook-*, Idempotency-Key),
 * in lower case; the body is the JSON value that came, or a string when it is not JSON. A message
 * is in the file before it is answered.
 */
struct receiver;

/* Listens on 127.0.0.1 when it returns. NULL with the reason: a port that is taken, a file that
 * cannot be opened, a fault that is not written as it should be. The options are only read, during
 * the call. */
struct receiver *receiver_start(const struct receiver_options *options, struct error *error);
uint16_t receiver_port(const struct receiver *receiver);
void receiver_stop(struct receiver *receiver); /* NULL is fine */

struct receiver_stats {
  uint64_t requests, accepted, faults_injected;
};
void receiver_stats(struct receiver *receiver, struct receiver_stats *stats);
void receiver_stats_json(struct receiver *receiver, struct buffer *out);

/* Appends message number `index` (from 0) as one line without newline; false when there is none. */
bool receiver_message(struct receiver *receiver, size_t index, struct buffer *out);

#endif
