/*
 * What the log says of requests that a webhook source refuses: a line for the first one of each
 * outcome, and then at most one an hour with the number since. It never holds a secret or what is
 * in a body. Any thread.
 */
#ifndef SOURCE_ZOOM_WEBHOOK_WEBHOOK_REPORT_H
#define SOURCE_ZOOM_WEBHOOK_WEBHOOK_REPORT_H

#include "base/log/log.h"
#include "source/intake.h"

#include <stdatomic.h>

/* Zeroed: nothing was refused. */
struct webhook_report {
  struct text source_id;
  struct log *log;
  struct {
    atomic_uint_least64_t times;      /* that no line has counted yet */
    atomic_int_least64_t reported_at; /* monotonic; 0: never */
  } outcomes[INTAKE_OUTCOMES];
};

/* So many requests more have this outcome, the latest from `client`. */
void webhook_report(struct webhook_report *report, enum intake_outcome outcome, uint64_t requests,
                    const struct ip *client);

#endif
