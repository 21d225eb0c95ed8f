/*
 * Texts about a match that metadata writes out, without a function:
 *
 *   title = "Passcode turned off by {operator}"
 *   dedup = "operator"                                        the value of a field
 *   unique = "payload.object.id or payload.object.uuid"       the first that has a value
 *   alert_context = { "operator", meeting = "payload.object.topic or 'no topic'" }
 *
 * Between braces stands what a plain `dedup` or `unique` is as a whole: the path of a field, as in
 * `where`; `udm:NAME`, which the data model of the log type finds; `answer:NAME`, what came of the
 * rule's question (rule/question.h); several of these with `or`
 * between them; last maybe a text in quotes, for events that have none of them. Without such a text
 * a missing value reads "(no operator)". `{{` and `}}` are braces.
 *
 * `PATTERN in FIELD` is what the groups of a regex find in a field's text, one behind the other;
 * metadata names its patterns:
 *
 *   patterns = { order = "(?i)\\border ([A-Z]+)-([0-9]+)" }
 *   unique = "order in operation_detail"                      "order AB-12": AB12
 *
 * A template lives in the arena of its rule's set and never changes; all threads may read it.
 */
#ifndef RULE_RULE_TEMPLATE_H
#define RULE_RULE_TEMPLATE_H

#include "base/arena.h"
#include "base/error.h"

struct field_table;
struct regex;
struct rule;
struct schema;
struct schema_set;

/* A regex that metadata names. */
struct rule_pattern {
  struct text name;
  struct text written;       /* as the author wrote it, for people */
  const struct regex *regex; /* of the rule's set */
};

struct rule_pattern_list {
  const struct rule_pattern *items;
  size_t count;
};

/* Where a value may come from. */
struct rule_template_source {
  struct text path;
  unsigned field;                     /* of the path, in the set's field table */
  const struct rule_pattern *pattern; /* what it finds in the path's text; NULL = all of it */
  struct text name;   /* instead: of the data model's field; empty = the path counts */
  struct text answer; /* instead: of a member of an answer */
};

struct rule_template_value {
  const struct rule_template_source *sources; /* the first that has a value counts */
  size_t count;
  struct text otherwise; /* when none has one */
  bool otherwise_given;  /* by the author */
};

struct rule_template_part {
  struct text before; /* a text; of a context the member's name as JSON, with its colon */
  const struct rule_template_value *value; /* stands behind it; NULL = none */
};

struct rule_template {
  struct text written; /* as the author wrote it, for people */
  const struct rule_template_part *parts;
  size_t count;
  bool plain; /* a value and no text around it: where that is missing, there is no text */
};

/* Whether there may be no text: it is a value alone, and the author gave no other for it. */
static inline bool rule_template_may_lack(const struct rule_template *template) {
  return template->plain && !template->parts[0].value->otherwise_given;
}

/* What templates are read with. */
struct rule_template_reading {
  struct arena *arena;
  struct field_table *fields;
  struct rule_pattern_list patterns;
  /* What a field is called in events; the text lives as long as the arena. NULL = as it stands. */
  struct text (*name_in_events)(void *context, struct text path);
  void *context;
};

/* A member of alert_context. */
struct rule_template_member {
  struct text name; /* empty: called as its path is */
  struct text value;
};

/* A text with values in braces. NULL with the reason, which names no place. */
const struct rule_template *rule_template_text(const struct rule_template_reading *reading,
                                               struct text text, struct error *error);

/* A text with braces, or a value alone: for dedup and unique. */
const struct rule_template *rule_template_key(const struct rule_template_reading *reading,
                                              struct text text, struct error *error);

/* The members of alert_context, in this order. */
const struct rule_template *rule_template_context(const struct rule_template_reading *reading,
                                                  const struct rule_template_member *members,
                                                  size_t count, struct error *error);

/* Whether an event of some log type of the rule may have each value, as far as the schemas (NULL =
 * none) know these log types; of a correlation: whether its events do. False with the first that no
 * event has, and the nearest name. */
bool rule_template_check(const struct rule_template *template, const struct rule *rule,
                         const struct schema_set *schemas, struct error *error);

#endif
