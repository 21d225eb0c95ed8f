/*
 * The room rule/tuning puts what a configuration says of packs and rules into a rule set.
 *
 * What it says, as it was read (command/config reads it), and the one function that applies it. A
 * pack's mode comes first, then the entries in their order: of each key the last entry that names
 * the rule counts, but exceptions add up. What comes of it is in the rules themselves, and in their
 * `tuning` (rule/rule_tuning.h).
 *
 * For the thread that makes the set.
 */
#ifndef RULE_TUNING_TUNING_H
#define RULE_TUNING_TUNING_H

#include "base/yaml/yaml.h"
#include "event/schema/schema.h"
#include "rule/rule_tuning.h"
#include "rule/set/rule_set.h"

struct tuning_pack {
  struct text name;
  enum rule_mode mode;
  const struct yaml_node *node; /* its name, for errors */
};

struct tuning_hours {
  unsigned days; /* as struct week_hours */
  int from, to;
  struct text zone;
};

struct tuning_entry {
  struct text rule;             /* an id in any case of letters, or a pattern with * and ? */
  const struct yaml_node *node; /* the mapping: it has the places of the keys */
  time_us mute_until;           /* TIME_NONE: is not given */
  const struct tuning_hours *hours;
  size_t hours_count;
  bool has_severity, has_destinations, has_mode;
  bool switches_on; /* `enabled: true`: on, if it is off; in the place of a mode */
  enum severity severity;
  int64_t threshold, dedup_period; /* 0: is not given; else at least 1 */
  struct text_list destinations;
  enum rule_mode mode;
  struct text reason; /* may be empty */
};

/* The nodes live as long as it is applied; the rest is copied, too. */
struct tuning {
  const struct yaml *yaml; /* the file, for errors */
  const struct tuning_pack *packs;
  size_t pack_count;
  const struct tuning_entry *entries;
  size_t entry_count;
};

/* What it is compared with. */
struct tuning_world {
  const struct schema_set *schemas; /* NULL: fields are not looked for */
  const struct text *tables;        /* names of the lookup tables */
  size_t table_count;
  bool partial; /* other rules than the configuration's own are loaded, too, or in their
                   place: an id or a pack that is not there is no mistake */
  time_us now;  /* for mutes that are over; TIME_NONE: is not asked */
  struct problems *problems; /* an unknown id or pack, an exception that is wrong */
  struct problems *warnings; /* what changes nothing; NULL: nobody asks */
};

/*
 * Applies it to all rules of the set, and makes the index anew where that is needed. Once for a
 * set, before a second thread knows it and before any vm is made of it. Rules that are off but that
 * a correlation which is on needs run as signals. The set is usable whatever is wrong; what is
 * wrong adds a problem with its place and is left out.
 */
void tuning_apply(struct rule_set *set, const struct tuning *tuning,
                  const struct tuning_world *world);

/* Whether an entry names the rule. */
bool tuning_names(const struct tuning_entry *entry, struct text rule_id);

#endif
