/*
 * The room sim/sender sends webhooks as Zoom does, for tests, benchmarks, and who sets up a
 * receiver of their own.
 *
 * Each event is one POST, signed over its raw bytes with the time of the try. What is not taken is
 * sent again, with the same body and a new signature, after 5, 20 and 60 more minutes; then it is
 * lost. Zoom documents the three tries; sources disagree about which answers they follow, so only
 * 5xx and no answer at all are tried again here, which asks more of a receiver. Before the first
 * event comes the challenge `endpoint.url_validation`, as at every subscription.
 *
 * Threads: sender_run uses the calling thread only.
 */
#ifndef SIM_SENDER_SENDER_H
#define SIM_SENDER_SENDER_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"

#define SENDER_RETRIES 3
#define SENDER_CONNECTIONS_MAX 1024

struct sender_options {
  const char *url;
  const char *secret_token;
  const char *bodies; /* a file with one body a line; NULL: made up from the seed */
  uint64_t count;     /* events; 0: each line of `bodies` once */
  uint64_t seed;
  uint64_t rate;        /* events a second, 0 = as fast as they are taken */
  uint64_t burst;       /* that many at once, and then a pause for the rate; at least 1 */
  unsigned connections; /* that are used side by side, 1 to SENDER_CONNECTIONS_MAX */
  double repeated;      /* share of what was taken that is sent again all the same, 0 to 1 */
  double forged;        /* share of the events before which one with a wrong signature is sent */
  int64_t retry_us[SENDER_RETRIES]; /* from the try before */
  int64_t timeout_us;               /* for an answer; Zoom waits for 3 s */
  const char *ca_file;              /* PEM, for https; NULL: the system's store */
  int stop_fd; /* readable: end when what is under way is answered; -1: there is none */
  /* Is called about once a second; may be NULL. */
  void (*progress)(void *context, uint64_t done, uint64_t of);
  void *context;
};

/* One connection, seed 1, Zoom's times for retries, no URL and no token. */
struct sender_options sender_options_default(void);

#define SENDER_STATUSES 600

struct sender_stats {
  uint64_t planned;             /* events that were to be sent */
  uint64_t events, taken, lost; /* lost: refused, or all tries were in vain */
  uint64_t waiting;             /* to be tried again when it was stopped */
  uint64_t deliveries;          /* requests, the following three included */
  uint64_t retries, repeats, forged;
  uint64_t forged_taken;             /* answered with 2xx: the receiver checks no signature */
  uint64_t answers[SENDER_STATUSES]; /* by status; [0]: no answer in time */
  int64_t seconds_us;                /* from the first request to the last answer */
  int64_t median_us, p99_us, max_us; /* from a request to its answer */
};

/* False with the reason when it cannot begin: a body that cannot be read, a URL that is none, a
 * challenge that is not answered as it should be. */
bool sender_run(const struct sender_options *options, struct sender_stats *stats,
                struct error *error);

/* As one JSON object. */
void sender_stats_json(const struct sender_stats *stats, struct buffer *out);

#endif
