/*
 * Rules and the rule set.
 *
 * A rule is one Lua file: a metadata table, an optional `where`, optional functions, tests; or a
 * correlation of other rules' matches in the place of metadata (rule/correlation.h). A
 * rule set is read once (files, metadata, conditions, and the source text of rules and of
 * rules/lib), never changes, and is shared by all threads. Lua states are made from it, one per
 * thread (rule/vm/rule_vm.h).
 */
#ifndef RULE_RULE_H
#define RULE_RULE_H

#include "base/arena.h"
#include "base/problems.h"
#include "base/severity.h"
#include "rule/condition/condition.h"

enum rule_function {
  RULE_FUNCTION_RULE,
  RULE_FUNCTION_TITLE,
  RULE_FUNCTION_DEDUP,
  RULE_FUNCTION_UNIQUE,
  RULE_FUNCTION_SEVERITY,
  RULE_FUNCTION_DESCRIPTION,
  RULE_FUNCTION_REFERENCE,
  RULE_FUNCTION_RUNBOOK,
  RULE_FUNCTION_DESTINATIONS,
  RULE_FUNCTION_ALERT_CONTEXT,
  RULE_FUNCTION_COUNT
};

extern const char *const rule_function_names[RULE_FUNCTION_COUNT]; /* "rule", "title", … */

/* Panther's limits (FACTS: rule semantics). */
#define RULE_TEXT_MAX 1000      /* characters of title, dedup, description, … with the suffix */
#define RULE_CONTEXT_MAX 204800 /* bytes of alert_context's JSON */
#define RULE_DESTINATIONS_MAX 10
#define RULE_ATTRIBUTES_MAX 20 /* summary_attributes; ours */

struct text_list {
  const struct text *items;
  size_t count;
};

/* A file whose functions a derived rule has inherited. */
struct rule_ancestor {
  const char *file;
  struct text source;
};

struct rule {
  unsigned index;               /* its place in the set: 0 … count-1, in order of id */
  struct text id, display_name; /* display_name falls back to the id */
  const char *file;             /* as given, for errors */
  unsigned metadata_line;       /* where `metadata` is called */
  bool enabled, create_alert;
  bool stateful; /* its functions use kv, so they run on one event after the other */
  struct text_list log_types, tags, summary_attributes, destinations;
  bool has_destinations; /* the metadata names some (possibly none: {}) */
  enum severity severity;
  struct text description, runbook, reference;
  struct text tags_json, reports_json; /* JSON array / object, for alerts */
  int64_t threshold;                   /* at least 1 */
  int64_t dedup_period;                /* microseconds */
  const struct condition *where;       /* NULL = none */
  struct text base; /* the id of the rule that this one derives from; empty = none */
  /* What of `where` a derived rule has added to its base's; NULL = nothing. */
  const struct condition *added_where;
  const struct rule_ancestor *ancestors; /* the first base first; a later file's function counts */
  size_t ancestor_count;
  struct correlation *correlation; /* NULL = runs on events (rule/correlation.h) */
  /* Sigma's correlation rules, which have no functions: paths of the fields whose values are the
   * dedup text, and of the one whose values are counted ("" = none). */
  struct text_list group_by;
  struct text unique_field;
  uint32_t functions; /* bit 1 << enum rule_function for each that the file defines or inherits */
  size_t test_count;
  struct text tests_json; /* the `tests { … }` table as a JSON array; "[]" without one */
  unsigned tests_line;    /* where `tests` is called; 0 = nowhere */
  struct text source;     /* the file's text */
};

struct rule_library {
  struct text name; /* what require() is given */
  const char *file;
  struct text source;
};

/* A Sigma document that is right, but wants what margay does not do. */
struct rule_refusal {
  const char *file;
  unsigned line;
  struct text id, title; /* as they stand there, unchecked; may be empty */
  const char *reason;
};

struct rule_set {
  struct arena arena; /* owns everything below but regexes and the index */
  struct field_table *fields;
  struct rule *rules; /* sorted by id */
  size_t count;
  struct rule *dropped; /* whose id another one has; others may derive from them */
  size_t dropped_count, dropped_capacity;
  struct rule *bases; /* that are no rules of the set: others derive from them */
  size_t base_count, base_capacity;
  struct rule_library *libraries;
  size_t library_count;
  struct rule_index *index;      /* by what their `where` asks for (rule/index/rule_index.h) */
  struct rule_refusal *refusals; /* by file and line */
  size_t refusal_count, refusal_capacity;
};

struct sigma_mapping;

/* Some rules of a set, in order of id. */
struct rule_list {
  const struct rule *const *items;
  size_t count;
};

/* Is told how far it is, after each of the files. */
struct rule_progress {
  void (*tell)(void *context, size_t loaded, size_t total);
  void *context;
};

struct rule_options {
  const char *const *paths; /* directories (walked, *.lua, and *.yml or *.yaml for Sigma; a folder
                               named lib holds libraries) or files */
  size_t path_count;
  const char *library_path; /* a folder of libraries for the names that no other lib/ has; NULL =
                               none. Each path has its own lib/, or else the nearest one upward */
  const char *base_path;    /* a folder of rules that others may derive from without their being
                               loaded;    NULL = none */
  const struct sigma_mapping *sigma;    /* NULL = Zoom's logsources only */
  const struct rule_progress *progress; /* NULL = nobody asks */
};

/* Reads every rule. Each mistake adds a problem (file:line, cause, "did you mean …"); a rule with
 * a mistake is left out. The set is usable whatever happened; the caller decides whether
 * problems are fatal. Duplicate ids are a problem. */
struct rule_set *rule_set_load(const struct rule_options *options, struct problems *problems);
void rule_set_free(struct rule_set *set); /* NULL is fine */

/* The same for files that are in memory. The texts are copied. */
struct rule_file {
  const char *path; /* for errors */
  struct text source;
  struct text library; /* the name for require(); empty = a rule */
  bool only_base;      /* to be derived from, and nothing else; what is wrong in it is not told */
};
struct rule_set *rule_set_load_files(const struct rule_file *files, size_t count,
                                     struct problems *problems);

/* Switches all rules off but those with one of the ids, and those that a correlation among them
 * names. Before anything runs the set. */
void rule_set_select(struct rule_set *set, const struct text *ids, size_t count);

const struct rule *rule_set_find(const struct rule_set *set, struct text id); /* or NULL */

#endif
