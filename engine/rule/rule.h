/*
 * The room rule says what a rule, a rule set and a correlation are; its inner rooms read, compile,
 * find and run them.
 *
 * What a rule is.
 *
 * A rule is one Lua file: a metadata table, an optional `where`, optional functions, tests; or a
 * correlation of other rules' matches in the place of metadata (rule/correlation.h). Or it is a
 * Sigma document, which becomes the same (rule/sigma/sigma_load.h). Rules that run together are a
 * set (rule/set/rule_set.h), in whose arena all of a rule lives.
 *
 * A rule never changes once its set is made; all threads may read it.
 */
#ifndef RULE_RULE_H
#define RULE_RULE_H

#include "base/severity.h"
#include "rule/condition/condition.h"
#include "rule/question.h"
#include "rule/rule_template.h"

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

/* How sure the words that a rule looks for are: documented by the product or quoted in a public
 * sample of it, seen in a published sample, or invented. */
enum rule_evidence {
  RULE_EVIDENCE_NONE, /* the rule does not say */
  RULE_EVIDENCE_DOCUMENTED,
  RULE_EVIDENCE_SAMPLE,
  RULE_EVIDENCE_GUESS,
  RULE_EVIDENCE_COUNT
};

extern const char *const rule_evidence_names[RULE_EVIDENCE_COUNT]; /* "", "documented", … */

/* False when the word, in any case, is none of them. */
bool rule_evidence_parse(struct text word, enum rule_evidence *evidence);

/* Whether a pack can have this name: 1 to RULE_PACK_MAX of a-z, 0-9 and '-'. */
bool rule_pack_is_name(struct text name);

/* What becomes of a rule's matches. Each is quieter than the one before. */
enum rule_mode {
  RULE_MODE_ALERT,
  RULE_MODE_SIGNAL, /* they are recorded and feed correlations */
  RULE_MODE_OFF,    /* the rule does not run */
  RULE_MODE_COUNT
};

extern const char *const rule_mode_names[RULE_MODE_COUNT + 1]; /* "alert", …; ends with NULL */

/* Panther's limits (FACTS: rule semantics). */
#define RULE_TEXT_MAX 1000      /* characters of title, dedup, description, … with the suffix */
#define RULE_CONTEXT_MAX 204800 /* bytes of alert_context's JSON */
#define RULE_DESTINATIONS_MAX 10
#define RULE_ATTRIBUTES_MAX 20 /* summary_attributes; ours */
#define RULE_STORY_MAX 8       /* paths; ours */
#define RULE_PACK_MAX 64       /* bytes of a pack's name; ours */

struct text_list {
  const struct text *items;
  size_t count;
};

/* A file whose functions a derived rule has inherited. */
struct rule_ancestor {
  const char *file;
  struct text source;
};

struct rule_tuning;

struct rule {
  unsigned index;               /* its place in the set: 0 … count-1, in order of id */
  struct text id, display_name; /* display_name falls back to the id */
  const char *file;             /* as given, for errors */
  unsigned metadata_line;       /* where `metadata` is called */
  bool enabled, create_alert;
  bool stateful; /* its functions use kv, so they run on one event after the other */
  struct question_list questions; /* of the events before (rule/question.h) */
  struct text_list log_types, tags, summary_attributes, destinations;
  bool has_destinations; /* the metadata names some (possibly none: {}) */
  enum severity severity;
  enum rule_evidence evidence;
  struct text pack; /* the set of rules that it belongs to; empty = none */
  struct text description, runbook, reference;
  struct text tags_json, reports_json; /* JSON array / object, for alerts */
  /* Paths, as in a correlation's `on`: rules that have a value in common share an alert
   * (detect/story/story.h). */
  struct text_list story;
  int64_t threshold;             /* at least 1 */
  int64_t dedup_period;          /* microseconds */
  const struct condition *where; /* NULL = none */
  /* 1 + the number (field_table_share) of all rules of the set with the same `where`; 0: no other
   * has it. */
  unsigned where_shared;
  struct text base; /* the id of the rule that this one derives from; empty = none */
  /* Conditions that a derived rule adds to its base's `where`; NULL = none. */
  const struct condition *added_where;
  const struct rule_ancestor *ancestors; /* the first base first; a later file's function counts */
  size_t ancestor_count;
  struct correlation *correlation;  /* NULL = runs on events (rule/correlation.h) */
  bool correlated;                  /* a correlation names it: its matches count for a step */
  bool says_object;                 /* its matches say to whom it was done, too */
  const struct rule_tuning *tuning; /* NULL = no configuration changes it (rule/rule_tuning.h) */
  /* Sigma's correlation rules, which have no functions: paths of the fields whose values are the
   * dedup text, and of those whose values, all together, are counted. */
  struct text_list group_by;
  struct text_list unique_fields;
  uint32_t functions; /* bit 1 << enum rule_function for each that the file defines or inherits */
  struct rule_pattern_list patterns; /* that templates name */
  /* What metadata says in the place of a function, by function; NULL = nothing. Of title, dedup,
   * unique and alert_context. A rule has the function or this; of dedup and unique maybe both: the
   * function is asked where this finds nothing. */
  const struct rule_template *templates[RULE_FUNCTION_COUNT];
  size_t test_count;
  struct text tests_json;       /* the `tests { … }` table as a JSON array; "[]" without one */
  const uint32_t *test_entries; /* by test: which entry of the table in the file it comes from, as a
                                   list of tests is one; NULL = each is its own */
  unsigned tests_line;          /* where `tests` is called; 0 = nowhere */
  struct text source;           /* the file's text */
  /* Of all texts that decide what its functions do: its file, its bases', libraries. Another
   * version is another attempt: an error that was reported is reported anew. */
  uint64_t version;
};

/* Whether the rule says this of a match, by a function or by a template. */
static inline bool rule_says(const struct rule *rule, enum rule_function function) {
  return rule->functions >> function & 1 || rule->templates[function];
}

/* Some rules of a set, in order of id. */
struct rule_list {
  const struct rule *const *items;
  size_t count;
};

#endif
