/* One attempt to deliver one outbox row: from rendering to the result that is recorded. */
#ifndef DELIVERY_ATTEMPT_H
#define DELIVERY_ATTEMPT_H

#include "alert/destination/destination.h"
#include "store/store.h"

enum attempt_stage {
  ATTEMPT_NONE,      /* the place is free */
  ATTEMPT_READY,     /* rendered */
  ATTEMPT_UNDER_WAY, /* curl has it */
  ATTEMPT_ENDED      /* judged; to be recorded */
};

struct attempt {
  enum attempt_stage stage;
  const struct destination_type *type;
  int64_t row_id, number; /* 1 = the row's first attempt */
  char *alert_id, *destination_id;
  struct delivery_request request;
  struct http_response response;
  CURL *handle;

  /* Once it ended. */
  enum delivery_verdict verdict;
  struct error reason; /* not set: done */
  time_us due;         /* DELIVERY_RETRY: set by the delivery thread */
};

/* Renders; what cannot be rendered has ended already (parked). */
void attempt_prepare(struct attempt *attempt, const struct destination *destination,
                     const struct outbox_row *row, const struct alert *alert, time_us now,
                     bool terminal);

/* Prints it (it has ended then), or gives it to `multi`. */
void attempt_start(struct attempt *attempt, CURLM *multi, FILE *console);

/* The transfer is over: takes it out of `multi` and judges. */
void attempt_finish(struct attempt *attempt, CURLM *multi, CURLcode code);

/* Makes the place free, whatever stage it is in. */
void attempt_clear(struct attempt *attempt, CURLM *multi);

#endif
