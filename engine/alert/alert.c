#include "alert/alert.h"

#include <assert.h>

const char *const alert_type_names[ALERT_TYPE_COUNT + 1] = {
    [ALERT_RULE] = "rule", [ALERT_RULE_ERROR] = "rule_error", [ALERT_SYSTEM] = "system"};

static const char *const state_names[] = {
    [ALERT_OPEN] = "open", [ALERT_ACKNOWLEDGED] = "acknowledged", [ALERT_RESOLVED] = "resolved"};
static_assert(sizeof state_names / sizeof state_names[0] == ALERT_STATE_COUNT, "each has its word");

static const char *const resolution_names[] = {[RESOLUTION_NONE] = "",
                                               [RESOLUTION_TRUE_POSITIVE] = "true_positive",
                                               [RESOLUTION_FALSE_POSITIVE] = "false_positive",
                                               [RESOLUTION_BENIGN] = "benign"};
static_assert(sizeof resolution_names / sizeof resolution_names[0] == ALERT_RESOLUTION_COUNT,
              "each has its word");

static const char *const occasion_names[] = {
    [OCCASION_OPENED] = "opened",     [OCCASION_GREW] = "grew",
    [OCCASION_ROSE] = "rose",         [OCCASION_ACKNOWLEDGED] = "acknowledged",
    [OCCASION_RESOLVED] = "resolved", [OCCASION_REOPENED] = "reopened",
    [OCCASION_ASSIGNED] = "assigned", [OCCASION_NOTED] = "noted"};
static_assert(sizeof occasion_names / sizeof occasion_names[0] == ALERT_OCCASION_COUNT,
              "each has its word");

/* Which of the words it is; -1: none. The empty word stands for nothing that can be asked for. */
static int word_of(struct text text, const char *const *words, int count) {
  for (int i = 0; i < count; i++)
    if (text.size > 0 && text_is(text, words[i]))
      return i;
  return -1;
}

const char *alert_type_name(enum alert_type type) {
  return alert_type_names[type];
}

bool alert_type_parse(struct text text, enum alert_type *type) {
  int found = word_of(text, alert_type_names, ALERT_TYPE_COUNT);
  if (found >= 0)
    *type = (enum alert_type)found;
  return found >= 0;
}

const char *alert_state_name(enum alert_state state) {
  return state_names[state];
}

bool alert_state_parse(struct text text, enum alert_state *state) {
  int found = word_of(text, state_names, ALERT_STATE_COUNT);
  if (found >= 0)
    *state = (enum alert_state)found;
  return found >= 0;
}

const char *alert_resolution_name(enum alert_resolution resolution) {
  return resolution_names[resolution];
}

const char *alert_occasion_name(enum alert_occasion occasion) {
  return occasion_names[occasion];
}

bool alert_occasion_parse(struct text text, enum alert_occasion *occasion) {
  int found = word_of(text, occasion_names, ALERT_OCCASION_COUNT);
  if (found >= 0)
    *occasion = (enum alert_occasion)found;
  return found >= 0;
}
