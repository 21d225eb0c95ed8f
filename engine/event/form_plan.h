/*
 * What is left to do for a record of a form that was met before (json_record_form). Its keys, its
 * containers and where it has strings are known, so nobody compares the keys, looks for fields or
 * checks types again: a plan lists the values that may still not fit, which are few.
 *
 * Private to the event reader. A reader has its own, so one thread uses them.
 */
#ifndef EVENT_FORM_PLAN_H
#define EVENT_FORM_PLAN_H

#include "event/event.h"
#include "event/layout.h"

/* A value that is to be checked. */
struct form_check {
  uint32_t node; /* from the root */
  bool is_time;  /* it is the first place of the event's time */
  const struct field *field;
};

#define FORM_PLAN_OWN_MAX 64 /* bytes of a discriminator's value; names of events are shorter */

struct form_plan {
  uint32_t form; /* 0: not in use */
  uint32_t changes;
  const struct schema *given;
  const struct layout *layout;
  const struct layout_schema *view; /* for which the rest was made; NULL: for none */
  bool usable;                      /* false: the view has to look at each record */
  /* The schema that the discriminator of the last record named, and what that was; NULL: none. */
  const struct layout_schema *own;
  uint32_t own_size;
  char own_text[FORM_PLAN_OWN_MAX];
  struct form_check *checks;
  size_t check_count, check_capacity;
};

struct form_plans;

struct form_plans *form_plans_new(void);
void form_plans_free(struct form_plans *plans); /* NULL is fine */

/* The plan of a form with the layout that was found for it and for a given schema; NULL when there
 * is none, or the table's layouts have changed since. Lives as long as the plans. */
struct form_plan *form_plans_find(struct form_plans *plans, uint32_t form,
                                  const struct schema *given, const struct layout_table *layouts);

/* Begins the plan of a form, perhaps in the place of another's. */
struct form_plan *form_plans_add(struct form_plans *plans, uint32_t form,
                                 const struct schema *given, const struct layout_table *layouts,
                                 const struct layout *layout);

/* Makes the plan one for the view, from the nodes of a record of its form. */
void form_plan_make(struct form_plan *plan, const struct layout_schema *view,
                    const struct json_node *root);

#endif
