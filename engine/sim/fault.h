/*
 * Faults that the simulator and the receiver make on purpose, at requests that can be predicted
 * beforehand. One fault is written KIND[:SETTING[,SETTING]...]:
 *
 *   429:every=7,retry-after=1   500:at=3+9   slow:ms=200,first=5   cut   late:share=0.02,after=4
 *
 * When (for faults of requests; none of these: always)
 *   every=N    the Nth request, the 2Nth, ...
 *   at=A+B     these requests, counted from 1
 *   first=N    the first N requests
 *   after=N    every request but the first N
 *   share=X    this share of the requests, chosen by the seed
 *   times=N    at most N times in all
 *   on=NAME    count and strike only requests of this kind: oauth, or a report by its name
 *              (the simulator; default: all reports)
 * Every request that a fault's `on` covers counts, whatever its answer. When several faults
 * strike one request the first one written wins.
 *
 * Kinds of both servers
 *   400 401 403 404 408 410 413 429 500 502 503 504   that status; with retry-after=SECONDS a
 *              Retry-After header, with retry-after-date=SECONDS the same as an HTTP date, with
 *              retry-after-time=SECONDS in RFC 3339; with reset=SECONDS an X-RateLimit-Reset in
 *              seconds since 1970; limit=day says that the limit of the day is reached
 *   slow       the answer comes ms=N later (default 1000)
 *   cut        the connection is closed in the middle of the body
 *   close      the connection is closed without an answer
 * The simulator's only
 *   json       the body is not JSON
 *   page-token a request for page=N (default 2) finds its page token expired (default: times=1)
 *   token      the request finds all access tokens revoked
 *   scope      the app lacks the report's scope, as Zoom says it with code=200, 4700 or 4711
 *              (default: 4711)
 *   late       share=X of the rows are held back until after=N pages of their report were
 *              answered, or until seconds=N after the start; or each until some time of its
 *              own, at most up-to=SECONDS after it happened
 *   identical  share=X of the rows are there twice, every byte the same
 *   retype     in the newest share=X of the rows, field=NAME has another type: what was its value
 * is an object, {"value": ...}
 *
 * A set serves one thread at a time: whoever has one holds a lock of its own.
 */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"

#define FAULT_AT_MAX 32
#define FAULT_FIELD_SIZE 64

enum fault_kind {
  FAULT_NONE,
  FAULT_STATUS,
  FAULT_SLOW,
  FAULT_CUT,
  FAULT_CLOSE,
  FAULT_JSON,
  FAULT_PAGE_TOKEN,
  FAULT_TOKEN,
  FAULT_SCOPE,
  FAULT_LATE,
  FAULT_IDENTICAL,
  FAULT_RETYPE
};

/* Who makes the fault: which kinds and which `on` names there are. */
enum fault_side { FAULT_SIM, FAULT_RECEIVER };

/* What a request is, as a bit for `on`: the reports by their number (sim.h), then OAuth. */
#define FAULT_ON_OAUTH (1u << 8)
#define FAULT_ON_REPORTS 0xffu

struct fault {
  char *written; /* as given, for statistics and errors */
  enum fault_kind kind;
  unsigned status;
  uint64_t every, first, after, times, at[FAULT_AT_MAX];
  size_t at_count;
  double share;        /* below 0: not given */
  int64_t retry_after; /* seconds; -1 none */
  bool retry_after_date, retry_after_time;
  int64_t reset; /* seconds; -1 none */
  bool daily;
  int64_t code;
  int64_t delay_us, page, seconds, up_to;
  uint32_t on;
  char field[FAULT_FIELD_SIZE];
  uint64_t seen, struck; /* requests counted; how often it was injected */
};

struct fault_set {
  struct fault *faults;
  size_t count;
  uint64_t seed;
};

/* Reads all; on error says what was expected and leaves the set empty. */
bool fault_set_parse(struct fault_set *set, enum fault_side side, const char *const *written,
                     size_t count, uint64_t seed, struct error *error);
void fault_set_free(struct fault_set *set);

/* Counts a request and returns the fault that strikes it, or NULL. `page` is the number of the
 * page asked for, 0 when that has no meaning. */
const struct fault *fault_set_strike(struct fault_set *set, uint32_t on, int64_t page);

/* The first fault of this kind (late, identical), or NULL. */
const struct fault *fault_set_find(const struct fault_set *set, enum fault_kind kind);

/* {"429:every=7": 3, ...}: how often each was injected. */
void fault_set_json(const struct fault_set *set, struct buffer *out);
uint64_t fault_set_struck(const struct fault_set *set);

#endif
