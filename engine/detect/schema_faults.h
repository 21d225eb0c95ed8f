/*
 * Schema faults: what of a batch's events is not as their schemas say, one for each log type and
 * path, so that a field that has changed is reported once and not with every record. The worker's
 * thread fills the list, who takes the result reads it.
 */
#ifndef DETECT_SCHEMA_FAULTS_H
#define DETECT_SCHEMA_FAULTS_H

#include "event/event.h"

#define SCHEMA_FAULTS_MAX 256 /* of one batch; further ones are only counted */

struct schema_fault {
  struct text log_type, path, reason; /* nothing in them comes from a record */
  /* Of the first record: */
  uint64_t number; /* 1-based place among the batch's records */
  uint64_t occurrence;
  char row_id[ROW_ID_SIZE + 1];
  uint64_t count; /* records */
};

struct schema_fault_list {
  struct schema_fault *items;
  size_t count, capacity;
  uint64_t errors; /* in all */
};

/* Adds what is wrong in an event. `number`: its place among the batch's records. Texts are copied
 * into the arena. */
void schema_faults_add(struct schema_fault_list *list, const struct event *event, uint64_t number,
                       struct arena *arena);
void schema_faults_free(struct schema_fault_list *list);

#endif
