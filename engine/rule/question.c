#include "rule/question_read.h"

const char *const question_kind_names[QUESTION_KIND_COUNT] = {
    "new_value", "rate", "distinct", "dormant", "unusual_hour", "spike", "travel"};

int64_t question_look_back(const struct question *question) {
  const int64_t spans[] = {question->keep, question->learn, question->past + question->within,
                           question->quiet};
  int64_t longest = 0;
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
    longest = spans[i] > longest ? spans[i] : longest;
  return longest;
}
