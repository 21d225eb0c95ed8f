/* What the files of the room share: entries (tuning_entry.c), what packs and modes make of rules
 * (tuning_mode.c), and what changes nothing (tuning_warn.c); applying (tuning_apply.c) puts them
 * together. For the thread that makes the set. */
#ifndef RULE_TUNING_TUNING_INTERNAL_H
#define RULE_TUNING_TUNING_INTERNAL_H

#include "rule/tuning/tuning.h"

/* The keys of which the last entry counts. */
enum tuning_key {
  TUNING_MUTE,
  TUNING_HOURS,
  TUNING_SEVERITY,
  TUNING_THRESHOLD,
  TUNING_PERIOD,
  TUNING_DESTINATIONS,
  TUNING_MODE,
  TUNING_KEYS
};

/* What became of one key of one entry, over all rules that the entry names. */
struct tuning_effect {
  size_t changed;  /* rules that it changes */
  size_t same;     /* rules that were so before */
  size_t replaced; /* rules for which a later entry counts */
};

/* An entry, made ready once for all rules that it names. */
struct tuning_made {
  size_t named; /* rules */
  struct tuning_effect effects[TUNING_KEYS];
  const struct rule_suppressor **exceptions; /* those without a mistake */
  const struct yaml_node **tables;           /* that they come from */
  size_t exception_count;
  const struct rule_suppressor *mute, *hours; /* NULL: has none */
};

struct tuning_work {
  struct rule_set *set;
  const struct tuning *tuning;
  const struct tuning_world *world;
  struct tuning_made *made; /* by entry */
  bool *taken_off;          /* by rule: a pack or an entry switched it off, not its own file */
  bool enables;             /* a rule was switched on or off: the index is to be made anew */
  /* Of the rule that is being tuned: */
  struct rule *rule;
  struct rule_change *changes;
  size_t change_count, change_capacity;
  const struct rule_suppressor **suppressors;
  size_t suppressor_count, suppressor_capacity;
};

bool tuning_gives(const struct tuning_entry *entry, enum tuning_key key);

/* The node of the key, for places. */
const struct yaml_node *tuning_key_node(const struct tuning_entry *entry, enum tuning_key key);
extern const char *const tuning_key_names[TUNING_KEYS];

/* Notes a change of the rule that is being tuned; `words` live in the set's arena. */
void tuning_note(struct tuning_work *work, const char *words, struct rule_tuning_place place,
                 bool by_default);
struct rule_tuning_place tuning_place(const struct tuning_work *work,
                                      const struct tuning_entry *entry,
                                      const struct yaml_node *node);

/* Gives the rule the mode of its pack, and then of the entry (NULL: none names one). Returns
 * whether the entry changed anything. */
bool tuning_set_mode(struct tuning_work *work, const struct tuning_entry *entry);
/* Switches on, as signals, what correlations need that are on; for the whole set. */
void tuning_keep_needed(struct tuning_work *work);
/* Reports packs that nothing is in. */
void tuning_check_packs(struct tuning_work *work);

/* Reports entries that name no rule, and warns of what changes nothing. */
void tuning_check_entries(struct tuning_work *work);
#endif
