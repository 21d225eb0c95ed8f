/*
 * The room rule/set holds the rules that were read, for all who use them.
 *
 * A rule set: the rules, libraries and where-index that run together.
 *
 * rule/load makes it: from files (their metadata, their conditions, and the source text of rules
 * and libraries). Then rule_set_select may switch rules off. From the moment that a second thread
 * knows the set it never changes, and all threads may read it. Lua states are made from it, one per
 * thread (rule/vm/rule_vm.h).
 */
#ifndef RULE_SET_RULE_SET_H
#define RULE_SET_RULE_SET_H

#include "base/yaml/problems.h"
#include "rule/rule.h"

struct rule_library {
  struct text name; /* what require() is given */
  const char *file;
  struct text source;
  struct text code; /* what Lua compiled from the source, for further states; empty: it could not */
};

/* A pack, as a file in a folder `packs` describes it (a YAML file with name, mode, description).
 * Rules may name packs that no file describes. */
struct rule_pack {
  struct text name, description;
  enum rule_mode mode; /* unless a configuration says otherwise */
  const char *file;
  unsigned line; /* of the mode */
};

/* A Sigma document that is right, but wants what margay does not do. */
struct rule_refusal {
  const char *file;
  unsigned line;
  struct text id, title; /* as they stand there, unchecked; may be empty */
  const char *reason;
  bool lacks_schemas; /* none were loaded, and one might name its logsource */
};

/* A rule that is right, but cannot be without one that has a mistake. */
struct rule_dependent {
  const char *file;
  unsigned line; /* where it names the other */
  struct text id, needs;
};

/* A time zone, read once. */
struct rule_zone {
  struct text name;
  struct time_zone *zone;
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
  struct rule_pack *packs;
  size_t pack_count;
  struct rule_index *index; /* by what their `where` asks for (rule/index/rule_index.h) */
  struct regex **patterns;  /* that templates name */
  size_t pattern_count, pattern_capacity;
  struct rule_zone *zones; /* that questions name */
  size_t zone_count, zone_capacity;
  struct rule_refusal *refusals; /* by file and line */
  size_t refusal_count, refusal_capacity;
  struct rule_dependent *dependents; /* correlations and derived rules that are left out, too */
  size_t dependent_count, dependent_capacity;
  struct rule_suppressor *suppressors; /* of all rules' tuning, linked by `next` */
  struct problems mistakes; /* in files of rules, which are left out; filled by who loads the set */
  struct problems warnings; /* what is odd in rules that are taken all the same */
};

/* A set without rules, to be filled. Never NULL. */
struct rule_set *rule_set_new(void);
void rule_set_free(struct rule_set *set); /* NULL is fine */

/* The time zone of that name, which lives as long as the set. NULL with the reason. */
const struct time_zone *rule_set_zone(struct rule_set *set, struct text name, struct error *error);

/* While the set is made: the rule, which stands in `file`, is left out with the one it `needs`. The
 * texts must live as long as the set. */
void rule_set_add_dependent(struct rule_set *set, const struct rule_dependent *dependent);

/* How many files have one of the set's mistakes; those of one file stand together. */
size_t rule_set_count_mistaken_files(const struct rule_set *set);

/* The rule of that id, or NULL. While a set is made: among the rules that are in order. */
const struct rule *rule_set_find(const struct rule_set *set, struct text id);

/* The same for people: letters may have any case. The id as it is written wins. */
const struct rule *rule_set_find_folded(const struct rule_set *set, struct text id);

/* The rule of the set that does the same as `rule` of another set: it has its id and version. NULL:
 * there is none. */
const struct rule *rule_set_find_same(const struct rule_set *set, const struct rule *rule);

/* Switches all rules off but those with one of the ids, in any case, and those that a correlation
 * among them names. Before a second thread knows the set. */
void rule_set_select(struct rule_set *set, const struct text *ids, size_t count);

/* Makes the index of the enabled rules, in the place of the one that is there. */
void rule_set_index(struct rule_set *set);

/* Releases what a rule of the set holds beside the arena; each rule once. */
void rule_release(const struct rule *rule);

#endif
