/*
 * Writes a tenant's records as NDJSON: all of them on standard output, in order of time, or into a
 * folder, each log into a file of its own.
 */
#ifndef SIM_TENANT_OUTPUT_H
#define SIM_TENANT_OUTPUT_H

#include "sim/tenant/tenant.h"

struct tenant_output {
  /* NULL: standard output. Else made if it is not there, but not its parents; operation.ndjson,
   * phone_operation.ndjson, activity.ndjson, meeting_activity.ndjson, webhook.ndjson and places.yml
   * in it are overwritten.
   */
  const char *folder;
  /* NULL: none. Else made anew: a line for each record of an attack, {"attack", "step", "file",
   * "line", "time"}; the file is "-" for standard output, the line counts from 1. */
  const char *attack_log;
};

struct tenant_counts {
  uint64_t records[TENANT_LOGS];
};

/* False with the reason: wrong options, a file that cannot be written. What was written until then
 * stays. Standard output that cannot be written is an error, too. */
bool tenant_write(const struct tenant_options *options, const struct tenant_output *output,
                  struct tenant_counts *counts, struct error *error);

#endif
