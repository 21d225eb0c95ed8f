/*
 * Backtests that go on after who asked for them was answered: one at a time, on a thread of their
 * own, the others wait. What one found is kept for an hour. One ends seconds after the token or the
 * session that it was asked with (api/pass/pass.h).
 *
 * Any thread may call what takes jobs, but for the two that make and free them.
 */
#ifndef API_BACKTEST_JOBS_H
#define API_BACKTEST_JOBS_H

#include "api/pass/pass.h"
#include "api/rules/rule_loader.h"
#include "base/buffer.h"
#include "base/clock.h"

struct api_jobs;

#define JOBS_WAITING_MAX 8               /* that wait; more are refused */
#define JOBS_KEPT_US US_PER_HOUR         /* after it has ended */
#define JOBS_KEPT_MAX 64                 /* that have ended; the oldest are forgotten first */
#define JOB_TEXT_MAX ((size_t)64 * 1024) /* bytes of a rule that is given as a text */
#define JOB_ITEMS_MAX 500                /* of each list that a result has */
/* And actors: a backtest with more fails. They take 160 MiB or so. */
#define JOB_ALERTS_MAX ((size_t)100000)

/* `workers`: threads that one backtest may use, at least 1. The path is copied; the loader's
 * context must outlive the jobs. Their thread starts with the first backtest. */
struct api_jobs *api_jobs_new(const char *state_path, const struct rule_loader *loader,
                              unsigned workers);
/* Cancels what runs and what waits, and takes no more: what runs ends soon. NULL is fine. */
void api_jobs_end(struct api_jobs *jobs);
/* api_jobs_end, and forgets everything. NULL is fine. */
void api_jobs_free(struct api_jobs *jobs);

/* What is to be tried; one of the first two. */
struct job_ask {
  struct text rule;   /* the id of a rule of the configuration, in any case of letters, or a pattern
                         with * */
  struct text source; /* the text of a rule that is not live */
  bool sigma;         /* it is one of Sigma */
  time_us since;
  struct pass pass; /* of who asks */
};

#define JOB_ID_SIZE 16 /* characters */
struct job_id {
  char text[JOB_ID_SIZE + 1];
};

/* Copies what is asked. False: so many wait already, or it ends. */
bool api_jobs_start(struct api_jobs *jobs, const struct job_ask *ask, struct job_id *id);

/* Appends how it is, as the members of an object behind its `{`. False: there is none of that id.
 */
bool api_jobs_show(struct api_jobs *jobs, struct text id, struct buffer *json);

/* Ends one that waits or runs; does nothing to one that has ended. False: there is none of that id.
 */
bool api_jobs_cancel(struct api_jobs *jobs, struct text id);

#endif
