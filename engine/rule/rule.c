#include "rule/rule.h"

const char *const rule_function_names[RULE_FUNCTION_COUNT] = {
    "rule",        "title",     "dedup",   "unique",       "severity",
    "description", "reference", "runbook", "destinations", "alert_context"};

const char *const rule_evidence_names[RULE_EVIDENCE_COUNT] = {"", "documented", "sample", "guess"};

const char *const rule_mode_names[RULE_MODE_COUNT + 1] = {"alert", "signal", "off", NULL};

bool rule_evidence_parse(struct text word, enum rule_evidence *evidence) {
  for (int i = RULE_EVIDENCE_NONE + 1; i < RULE_EVIDENCE_COUNT; i++)
    if (text_equal_folded(word, text_from(rule_evidence_names[i]))) {
      *evidence = (enum rule_evidence)i;
      return true;
    }
  return false;
}

bool rule_pack_is_name(struct text name) {
  for (size_t i = 0; i < name.size; i++)
    if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-", name.data[i]) || !name.data[i])
      return false;
  return name.size > 0 && name.size <= RULE_PACK_MAX;
}
