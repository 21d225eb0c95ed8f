/*
 * One delivery beside the outbox, for a person who waits for its answer: nothing is kept, nothing
 * is tried again. Any thread; it blocks for as long as the destination's requests take.
 */
#ifndef DELIVERY_TRIAL_H
#define DELIVERY_TRIAL_H

#include "alert/destination/destination.h"

#include <stdatomic.h>
#include <stdio.h>

/* An answer, or why there is none. */
struct trial_answer {
  const char
      *target; /* "POST https://hooks.example.com, 2310 bytes": no path, which may be secret */
  long status; /* 0: no answer, or none of HTTP */
  enum delivery_verdict verdict;
  const struct error *reason;         /* not set: it is fine */
  const struct error *template_error; /* set: the message was sent as without its template */
};

struct trial {
  const struct destination *destination;
  const struct alert *alert;
  struct message_occasion occasion;
  struct text idempotency_key;
  time_us now;
  int64_t transfer_us;     /* that a request may take */
  FILE *console;           /* where a destination prints */
  const atomic_bool *stop; /* becomes true: a request is given up, within a second; may be NULL */
  /* Called for each request once its answer is judged. */
  void (*each)(void *context, const struct trial_answer *answer);
  void *context;
};

/* An alert that says that it is a test. Its texts are constant. */
struct alert trial_alert(time_us now);

/* Sends one alert, whole: all the requests that it takes. What the last answer came to. */
enum delivery_verdict trial_run(const struct trial *trial);

#endif
