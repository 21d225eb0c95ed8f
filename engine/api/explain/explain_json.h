/*
 * The room api/explain shows why a rule matches an event, or why it does not.
 *
 * What was found, as JSON. Any thread.
 */
#ifndef API_EXPLAIN_EXPLAIN_JSON_H
#define API_EXPLAIN_EXPLAIN_JSON_H

#include "base/buffer.h"
#include "base/clock.h"
#include "rule/vm/rule_explain.h"

/* The events before, from which a rule that remembers has learned. */
struct explain_past {
  const char *where; /* "the archive", "the file" */
  size_t count;
  time_us first;
};

struct explain_output {
  const struct rule *rule;
  const struct event *event;
  const struct rule_explanation *explanation;
  const struct problems *notes;    /* what optional functions did wrong */
  const struct explain_past *past; /* NULL: the rule remembers nothing */
  struct text sent_to;             /* where its alert would go; empty: nobody knows */
};

/* Appends one object. */
void explain_json_append(struct buffer *json, const struct explain_output *output);

#endif
