#include "rule/question_read.h"

const char *const question_kind_names[QUESTION_KIND_COUNT] = {
    "new_value", "rate", "distinct", "dormant", "unusual_hour", "spike", "travel"};

bool question_kind_find(struct text name, enum question_kind *kind) {
  for (int i = 0; i < QUESTION_KIND_COUNT; i++)
    if (text_is(name, question_kind_names[i])) {
      *kind = (enum question_kind)i;
      return true;
    }
  return false;
}

int64_t question_look_back(const struct question *question) {
  const int64_t spans[] = {question->keep, question->learn, question->past + question->within,
                           question->quiet};
  int64_t longest = 0;
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
    longest = spans[i] > longest ? spans[i] : longest;
  return longest;
}
