/*
 * HTTP in, as a source sees it: requests to its paths, and a way to answer each, at once or later.
 * Who runs the sources makes it over whatever it serves with (source_run.intake); a source that
 * takes requests says where by source_type.takes.
 *
 * A request is its receiver's until it is answered, once; everything in it is valid until then.
 * While no run of a source is open (before the first one), requests are answered with 503, so that
 * their sender tries again. While two are (one takes another one's place), the later one receives.
 */
#ifndef SOURCE_INTAKE_H
#define SOURCE_INTAKE_H

#include "base/clock.h"
#include "base/error.h"
#include "base/ip.h"

/* A source has so many paths at most. */
#define INTAKE_ROUTES_MAX 2

/* Where a source takes requests (POST only). */
struct intake_route {
  struct text path; /* whole; ends with a NUL */
  size_t body_max;  /* bytes of a body; what is larger is answered with 413 */
};

struct intake_request {
  void *handle; /* the intake's */
  size_t route; /* which of the source's paths it came to: a place in what `takes` gives */
  struct text body;
  struct ip client;
  time_us received; /* monotonic */
};

/* What becomes of a request, for the counters. */
enum intake_outcome {
  INTAKE_ACCEPTED,        /* 200: it is durable */
  INTAKE_CHALLENGE,       /* 200: not an event */
  INTAKE_TOKEN,           /* 200: an access token was given */
  INTAKE_UNSIGNED,        /* 401: nothing in it shows who sent it */
  INTAKE_BAD_SIGNATURE,   /* 401 */
  INTAKE_BAD_CREDENTIALS, /* 401 */
  INTAKE_BAD_TIME,        /* 401: signed too long ago, or in the future */
  INTAKE_BAD_CHALLENGE,   /* 400 */
  INTAKE_ENCODED,         /* 415: a compressed body */
  INTAKE_OVERLOADED,      /* 503: too much waits */
  INTAKE_LATE,            /* 503: it was not durable in time */
  INTAKE_UNAVAILABLE,     /* 503: the store takes nothing, or the source is about to stop */
  INTAKE_OUTCOMES
};
extern const char *const intake_outcome_names[]; /* for labels and the log; ends with NULL */

struct intake_answer {
  enum intake_outcome outcome;
  unsigned status;
  struct text body;                       /* empty: none */
  const char *content_type;               /* NULL: none */
  const char *header_name, *header_value; /* one more; NULL: none */
};

struct source_intake {
  void *context;
  /* From now on `receive` is called with each request, by several threads at once. It must not
   * block. False with the reason. */
  bool (*open)(void *context, void (*receive)(void *receiver, const struct intake_request *request),
               void *receiver, struct error *error);
  /* Ends that: when it returns, no `receive` of this receiver runs and none will. What was received
   * may be answered later. */
  void (*close)(void *context, void *receiver);
  /* The first header of that name, in any case; NULL: there is none. */
  const char *(*header)(const struct intake_request *request, const char *name);
  /* Any thread; also after the source's run has ended. Copies what the answer points to. */
  void (*answer)(void *context, const struct intake_request *request,
                 const struct intake_answer *answer);
};

#endif
