/*
 * The room alert/destination holds the kinds of destinations: one file renders an alert for one
 * service and judges its answer.
 *
 * Destinations: where alerts go. A kind is one file with one static struct destination_type, and
 * one line in destination_kinds.c.
 */
#ifndef ALERT_DESTINATION_DESTINATION_H
#define ALERT_DESTINATION_DESTINATION_H

#include "alert/alert.h"
#include "base/http_client.h"
#include "base/settings/kind.h"

struct destination {
  const struct destination_type *type;
  struct text id;
  void *options;          /* the type's options struct */
  uint32_t severities;    /* bit 1 << severity that routing gives it */
  uint32_t alert_types;   /* bit 1 << alert_type */
  int64_t max_per_second; /* the type's own limit unless configured; 0 = none */
};

/* One rendered request, or bytes for a stream. Released with delivery_request_free. */
struct delivery_request {
  struct buffer url;
  struct buffer body;
  struct curl_slist *headers;
  bool printed;  /* no request: `body` is printed by the delivery thread */
  bool terminal; /* set before render: what is printed goes to a terminal that shows colours */
};

enum delivery_verdict {
  DELIVERY_DONE,
  DELIVERY_RETRY, /* the same request may work later */
  DELIVERY_PARK   /* it never will: kept and shown */
};

struct destination_type {
  struct kind kind;       /* first, for destination_type_of */
  int64_t max_per_second; /* what the service allows (its docs), 0 = no limit known */
  /* Writes the message for one alert; clamped to the service's limits and escaped for its markup.
   * The idempotency key is the same at every attempt; `now` goes into signatures. */
  bool (*render)(const struct destination *destination, const struct alert *alert,
                 struct text idempotency_key, time_us now, struct delivery_request *request,
                 struct error *error);
  /* Judges a complete answer: some services hide errors in a 200. `reason` is shown to people.
   * NULL: delivery_verdict_of_status. */
  enum delivery_verdict (*judge)(const struct http_response *response, struct error *reason);
};

static inline const struct destination_type *destination_type_of(const struct kind *kind) {
  return (const struct destination_type *)kind;
}

/* 2xx done; 408, 425, 429 and 5xx retry; every other status park. */
enum delivery_verdict delivery_verdict_of_status(const struct http_response *response,
                                                 struct error *reason);

/* Adds a header. False for a name or value that a request cannot carry (control characters). */
bool delivery_request_header(struct delivery_request *request, const char *name, struct text value,
                             struct error *error);
void delivery_request_free(struct delivery_request *request);

#endif
