#include "rule/question_read.h"

const char *const question_kind_names[QUESTION_KIND_COUNT] = {
    "new_value", "rate", "distinct", "dormant", "unusual_hour", "spike"};

bool question_kind_find(struct text name, enum question_kind *kind) {
  for (int i = 0; i < QUESTION_KIND_COUNT; i++)
    if (text_is(name, question_kind_names[i])) {
      *kind = (enum question_kind)i;
      return true;
    }
  return false;
}
