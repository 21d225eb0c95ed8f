/*
 * The room api/rules describes rules: what they are, what a configuration changes in them, and what
 * they did.
 *
 * MITRE ATT&CK as rules name it in `reports`: { ["MITRE ATT&CK"] = { "TA0009:T1125" } }. Any
 * thread.
 */
#ifndef API_RULES_ATTACK_H
#define API_RULES_ATTACK_H

#include "rule/rule.h"

struct attack_technique {
  struct text tactic; /* "TA0009"; empty when the rule names none */
  struct text id;     /* "T1125", "T1556.006"; empty when it names a tactic only */
};

/* What the rule's reports name, in their order, each pair once. Lives in the arena. */
size_t attack_techniques(const struct rule *rule, struct arena *arena,
                         struct attack_technique **techniques);

/* Whether the technique is the wanted one, or a sub-technique of it ("T1556" takes T1556.006); case
 * does not matter. */
bool attack_is(const struct attack_technique *technique, struct text wanted);

/* The version of ATT&CK whose tactics these are. Up to v18, TA0005 is defense evasion, from which
 * v19 took defense impairment (TA0112). */
#define ATTACK_VERSION "19"

/* Whether a technique is one that Software as a Service can see, and in that tactic; an empty
 * tactic asks for the technique alone. The table has the techniques that apply to SaaS, identity
 * providers and office suites, and some of networks, as v19 sorts them
 * (https://attack.mitre.org/matrices/enterprise/cloud/saas/): another one may be as real, so this
 * is for tests of rules, not for refusing any. */
bool attack_is_known(const struct attack_technique *technique);

/* What the Navigator calls a tactic ("TA0009" is "collection"); NULL for one that it does not know
 * (https://attack.mitre.org/tactics/enterprise/). */
const char *attack_tactic_name(struct text tactic);

/* The tactics, from reconnaissance to impact. */
size_t attack_tactic_count(void);
const char *attack_tactic_id(size_t index);

#endif
