/* A rule as JSON: `margay rules --format json`, and what the API says of rules. Any thread. */
#ifndef API_RULES_RULE_JSON_H
#define API_RULES_RULE_JSON_H

#include "base/buffer.h"
#include "rule/rule_tuning.h"
#include "store/store.h"

/* Suppressed matches by rule, as the store has them. */
struct suppressed_counts {
  struct store_suppressed *items; /* in an arena */
  size_t count;
};
/* Everything lives in the arena. False with the reason. */
bool suppressed_counts_read(struct store *store, struct arena *arena,
                            struct suppressed_counts *counts, struct error *error);
/* 0 for a rule that has none. */
int64_t suppressed_count(const struct suppressed_counts *counts, struct text rule_id);

/* Where a change of tuning is written, "margay.yml:12", or nothing. Lives in the arena. */
struct text rule_change_place(struct arena *arena, const struct rule_change *change);

/* Appends one object without its closing brace, for more members. `whole`: with where, texts, and
 * what a correlation looks for. */
void rule_json_append_open(struct buffer *json, const struct rule *rule,
                           const struct suppressed_counts *counts, bool whole);

/* Appends what its reports name of ATT&CK as a member: an array of {tactic, technique}. */
void rule_json_append_attack(struct buffer *json, const char *member, const struct rule *rule);

#endif
