/* What the simulator's own files share. Everything after `lock` is guarded by it. */
#ifndef SIM_STATE_H
#define SIM_STATE_H

#include "sim/fault.h"
#include "sim/grants.h"
#include "sim/rows.h"
#include "sim/server.h"
#include "sim/tokens.h"

#include <pthread.h>

struct sim {
  struct sim_options options; /* paths and faults are not used after the start */
  struct arena strings;       /* the options' */
  struct server *server;
  struct row_set rows;
  time_us started; /* monotonic */

  pthread_mutex_t lock;
  struct fault_set faults;
  struct access_tokens access;
  struct grants grants;
  struct page_tokens pages;
  struct sim_stats stats;
};

/* Each answers one request, without the body's faults; the lock is held. */
void oauth_answer(struct sim *sim, const struct server_request *request,
                  struct server_answer *answer);
void authorize_answer(struct sim *sim, const struct server_request *request,
                      struct server_answer *answer);

/* `expired`: the page token is to be found expired. Returns how many rows a good page holds, or
 * -1 when the answer is an error. */
int64_t report_answer(struct sim *sim, enum sim_report report, const struct server_request *request,
                      bool expired, struct server_answer *answer);

/* Says that the app lacks the report's scope, in Zoom's form with this code: 4700 comes with the
 * status 401, the others with 400. */
void report_answer_scope(enum sim_report report, int64_t code, struct server_answer *answer);

/* The number of the page that the request asks for: 1 without a known page token. */
int64_t report_page(struct sim *sim, const struct server_request *request);

#endif
