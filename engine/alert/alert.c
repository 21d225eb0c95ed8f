#include "alert/alert.h"

#include <assert.h>

static const char *const type_names[] = {
    [ALERT_RULE] = "rule", [ALERT_RULE_ERROR] = "rule_error", [ALERT_SYSTEM] = "system"};
static_assert(sizeof type_names / sizeof type_names[0] == ALERT_TYPE_COUNT, "each has its word");

const char *alert_type_name(enum alert_type type) {
  return type_names[type];
}

bool alert_type_parse(struct text text, enum alert_type *type) {
  for (size_t i = 0; i < ALERT_TYPE_COUNT; i++) {
    if (text_is(text, type_names[i])) {
      *type = (enum alert_type)i;
      return true;
    }
  }
  return false;
}
