/*
 * The room command/explain is `margay explain`.
 *
 * How it shows what it found: for people, or as one JSON object.
 */
#ifndef COMMAND_EXPLAIN_EXPLAIN_OUTPUT_H
#define COMMAND_EXPLAIN_EXPLAIN_OUTPUT_H

#include "rule/vm/rule_explain.h"

#include <stdio.h>

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

void explain_print_text(const struct explain_output *output, bool colours, FILE *out);
void explain_print_json(const struct explain_output *output, FILE *out);

#endif
