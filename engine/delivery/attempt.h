/* One request to deliver one outbox row: from rendering to the result that is recorded. An attempt
 * in the outbox's sense may take several of them (DELIVERY_MORE). */
#ifndef DELIVERY_ATTEMPT_H
#define DELIVERY_ATTEMPT_H

#include "alert/destination/destination.h"
#include "base/log/writer.h"
#include "base/web/mail_client.h"
#include "delivery/delivery.h"
#include "delivery/work.h"
#include "store/store_outbox.h"

enum attempt_stage {
  ATTEMPT_NONE,      /* nothing is left to do */
  ATTEMPT_READY,     /* rendered */
  ATTEMPT_UNDER_WAY, /* curl, the console's writer or a thread has it */
  ATTEMPT_ENDED      /* judged; to be recorded */
};

struct attempt {
  enum attempt_stage stage;
  const struct destination_type *type;
  int64_t row_id;
  int64_t number;        /* 1 = the row's first attempt */
  int64_t requests;      /* of the row that led to this one */
  time_us failing_since; /* of the row; 0: it does not fail */
  char *alert_id, *destination_id, *idempotency_key;
  enum alert_occasion occasion;
  struct text who, note; /* owned */
  struct buffer state;   /* that was kept before */
  struct delivery_request request;
  struct http_response response;
  struct mail_transfer mail;
  struct error template_error; /* set: its template failed, and the message is as without one */
  CURL *handle;                /* NULL: it is printed, or */
  struct work *work;           /* done on a thread of its own */
  CURLM *multi;
  int64_t started_at;   /* monotonic */
  atomic_int print_end; /* 0: it is still being printed; 1: it was; more: 1 + an errno */

  /* Once it ended. */
  struct delivery_judgement judgement;
  bool held;               /* when it was recorded, the row was still claimed */
  bool gave_up;            /* it was tried for as long as its destination wants */
  bool state_is_too_large; /* what was judged to be kept is not */
  time_us due;             /* the row's; of DELIVERY_RETRY set by the delivery thread */
};

/* Renders with what was kept for the delivery and what its destination's deliveries share (`memo`,
 * as in struct delivery_try). What cannot be rendered has ended already (parked),
 * and so has one whose state cannot be read (to be tried again). What is given is copied. */
void attempt_prepare(struct attempt *attempt, const struct destination *destination,
                     const struct outbox_row *row, const struct alert *alert, struct store *store,
                     struct buffer *memo, time_us now, bool terminal);

/* A rendered request as the HTTP client takes it; it points into the two. `transfer_us`: how long
 * it may take. */
struct http_request delivery_http(const struct delivery_request *request,
                                  const struct destination *destination, int64_t transfer_us);

/* A rendered mail as its client takes it, and what came of it. */
struct mail_request delivery_mail(const struct delivery_request *request,
                                  const struct destination *destination, int64_t transfer_us);
void delivery_judge_mail(CURL *handle, CURLcode code, const struct mail_transfer *transfer,
                         const struct delivery_try *tried, const struct delivery_request *request,
                         struct delivery_judgement *judgement);

struct attempt_means {
  CURLM *multi;           /* is woken when something was printed */
  struct writer *console; /* NULL: there is none */
  int64_t transfer_us;    /* that a transfer may take */
  const struct destination *destination;
};

/* Called while the destination is still there that rendered it. Gives it to the console's writer,
 * which must be stopped before the attempt is cleared, or to `multi`. */
void attempt_start(struct attempt *attempt, const struct attempt_means *means);

/* The transfer is over: takes it out of `multi` and judges. `memo` is NULL when the destination has
 * gone. */
void attempt_finish(struct attempt *attempt, CURLM *multi, CURLcode code, struct buffer *memo,
                    time_us now);

/* Ends an attempt whose text was printed or could not be; false for every other. */
bool attempt_finish_print(struct attempt *attempt);

/* Ends an attempt whose work was done or given up, or began before `late_since` (monotonic), which
 * is left to itself; false for every other. */
bool attempt_finish_work(struct attempt *attempt, int64_t late_since);

static inline bool attempt_prints(const struct attempt *attempt) {
  return attempt->stage == ATTEMPT_UNDER_WAY && !attempt->handle && !attempt->work;
}

/* How long the judgement or the answer wants to be left alone, in microseconds; at most 0: nothing
 * was said. */
int64_t attempt_delay(const struct attempt *attempt);

/* Frees what it holds, whatever stage it is in. */
void attempt_clear(struct attempt *attempt, CURLM *multi);

#endif
