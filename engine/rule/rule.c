#include "rule/rule.h"

const char *const rule_function_names[RULE_FUNCTION_COUNT] = {
    "rule",        "title",     "dedup",   "unique",       "severity",
    "description", "reference", "runbook", "destinations", "alert_context"};
