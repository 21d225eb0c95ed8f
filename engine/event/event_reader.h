/* What a reader keeps. Private to the event part. The reader's thread only. */
#ifndef EVENT_EVENT_READER_H
#define EVENT_EVENT_READER_H

#include "base/digest.h"
#include "event/event.h"
#include "event/event_time.h"
#include "event/json/json_gather.h"
#include "event/schema/schema_errors.h"

struct event_reader {
  struct event event; /* the one that event_read hands out */
  const struct schema_set *schemas;
  struct arena arena; /* owns the texts below and in `event` that were given at the start */
  struct text log_type, time_field; /* may be empty */
  bool unchecked;
  const struct schema *given; /* of the last record with a given log type */
  struct json_reader *json;
  struct layout_table *layouts;
  struct form_plans *plans;
  struct form_plan *plan; /* of the record; NULL: its form is not known */
  /* What the event's slots were filled for, when a plan was at hand: a view, and a record of this
   * form whose root was here. NULL: for something else. */
  const struct layout_schema *in_slots;
  const struct json_node *in_slots_root;
  uint32_t in_slots_form;
  struct event_day day; /* of the time that was read last */
  struct reshaper *reshaper;
  struct schema_errors errors; /* of the event */
  struct digest *digest;
  struct buffer identity;       /* what the row id is a hash of */
  struct arena gathered;        /* what paths through lists led to, in the event */
  struct json_gather gathering; /* into it */
};

#endif
