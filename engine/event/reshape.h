/* Embedded JSON, transforms and masks. Private to the event reader. The reader's thread only. */
#ifndef EVENT_RESHAPE_H
#define EVENT_RESHAPE_H

#include "event/event.h"

struct reshaper;

struct reshaper *reshaper_new(void);
void reshaper_free(struct reshaper *reshaper); /* NULL is fine */

/* Before the check: makes values out of others and opens embedded JSON, into event->slots. What it
 * makes lives until its next call. A text that is no JSON is listed in `errors` and left as it is,
 * or (NULL) refused. Refused is also what would take too much memory. */
bool reshape_values(struct reshaper *reshaper, const struct event *event,
                    struct schema_errors *errors, struct error *error);

/* After the check: replaces the values of masked fields. Within a value of another type than the
 * schema says nobody knows where they are, so all of it is replaced. False with the reason when it
 * would take too much memory. */
bool reshape_masks(struct reshaper *reshaper, const struct event *event, struct error *error);

/* The slot of the field that is made by renaming this member, or -1. */
int reshape_renamed_slot(const struct schema *schema, struct text key);

#endif
