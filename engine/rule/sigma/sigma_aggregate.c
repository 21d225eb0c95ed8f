#include "rule/sigma/sigma_aggregate.h"

#include <stdlib.h>

/* The text as words: parentheses, commas and comparisons stand by themselves. */
struct words {
  struct text text;
  size_t at;
};

static bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_part(char c, bool comparison) {
  return !is_space(c) && !strchr("(),", c) && (strchr("<>=!", c) != NULL) == comparison;
}

static struct text take_word(struct words *words) {
  struct text text = words->text;
  while (words->at < text.size && is_space(text.data[words->at]))
    words->at++;
  size_t start = words->at;
  if (start == text.size)
    return TEXT("");
  bool comparison = strchr("<>=!", text.data[start]) != NULL;
  if (strchr("(),", text.data[start]))
    words->at++;
  else
    while (words->at < text.size && is_part(text.data[words->at], comparison))
      words->at++;
  return (struct text){text.data + start, words->at - start};
}

static bool take(struct words *words, const char *word) {
  struct words next = *words;
  if (!text_equal_folded(take_word(&next), text_from(word)))
    return false;
  *words = next;
  return true;
}

static bool expected(struct sigma_reader *reader, const struct sigma_aggregate *aggregate,
                     struct words words, const char *what) {
  char shown[60];
  struct text found = take_word(&words);
  return yaml_problem(
      &reader->context, aggregate->place, "condition: expected %s behind the '|', found %s%s%s",
      what, found.size ? "'" : "",
      found.size ? text_printable(found, shown, sizeof shown) : "its end", found.size ? "'" : "");
}

/* ---- its parts ---- */

static const struct {
  const char *name;
  enum correlation_measure_kind kind;
} functions[] = {
    {"count", CORRELATION_COUNT}, {"sum", CORRELATION_SUM}, {"avg", CORRELATION_AVERAGE}};

static bool read_function(struct sigma_reader *reader, struct words *words,
                          struct sigma_aggregate *aggregate) {
  struct words start = *words;
  struct text name = take_word(words);
  struct sigma_measure *measure = &aggregate->measure;
  size_t found = 0;
  char shown[40];
  while (found < 3 && !text_equal_folded(name, text_from(functions[found].name)))
    found++;
  if (found == 3)
    return sigma_refuse(reader, aggregate->place,
                        "its condition has '| %s', which Sigma has given up for correlation rules",
                        text_printable(name, shown, sizeof shown));
  measure->over.kind = functions[found].kind;
  if (!take(words, "("))
    return expected(reader, aggregate, *words, "'('");
  if (!take(words, ")")) {
    measure->fields[measure->field_count++] = take_word(words);
    if (!take(words, ")"))
      return expected(reader, aggregate, *words, "')'");
  }
  if (measure->over.kind == CORRELATION_COUNT && measure->field_count)
    measure->over.kind = CORRELATION_VALUES;
  return measure->over.kind == CORRELATION_COUNT || measure->field_count ||
         expected(reader, aggregate, start, "a field in the parentheses");
}

static bool read_group(struct sigma_reader *reader, struct words *words,
                       struct sigma_aggregate *aggregate) {
  if (!take(words, "by"))
    return true;
  do {
    struct words before = *words;
    struct text field = take_word(words);
    if (field.size == 0 || !is_part(field.data[0], false))
      return expected(reader, aggregate, before, "a field");
    if (aggregate->group_count == CORRELATION_FIELDS_MAX)
      return sigma_refuse(reader, aggregate->place, "it groups by more than %d fields",
                          CORRELATION_FIELDS_MAX);
    aggregate->group_by[aggregate->group_count++] = field;
  } while (take(words, ","));
  return true;
}

static bool read_comparison(struct sigma_reader *reader, struct words *words,
                            struct sigma_aggregate *aggregate) {
  static const struct {
    const char *sign;
    enum correlation_comparison comparison;
  } signs[] = {{">", CORRELATION_GT},   {">=", CORRELATION_GTE}, {"<", CORRELATION_LT},
               {"<=", CORRELATION_LTE}, {"=", CORRELATION_EQ},   {"==", CORRELATION_EQ},
               {"!=", CORRELATION_NEQ}};
  struct words before = *words;
  struct text sign = take_word(words), number = take_word(words);
  char digits[40], *end = digits;
  memcpy(digits, number.data, number.size < sizeof digits ? number.size : 0);
  digits[number.size < sizeof digits ? number.size : 0] = '\0';
  double value = strtod(digits, &end);
  for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
    if (!text_is(sign, signs[i].sign))
      continue;
    if (end == digits || *end || !(value >= 0))
      return expected(reader, aggregate, before, "a number behind the comparison");
    return sigma_measure_bound(reader, aggregate->place, signs[i].comparison, value,
                               &aggregate->measure);
  }
  return expected(reader, aggregate, before, "'by' or a comparison such as '> 10'");
}

/* It stands in the detection, and in some rules beside it. */
static bool read_timeframe(struct sigma_reader *reader, struct sigma_measure *measure) {
  const struct yaml_node *node = yaml_get(yaml_get(reader->document, "detection"), "timeframe");
  if (!node)
    node = yaml_get(reader->document, "timeframe");
  measure->timespan = SIGMA_TIMEFRAME_DEFAULT;
  return !node || sigma_timespan_read(reader, node, "timeframe", &measure->timespan);
}

bool sigma_aggregate_read(struct sigma_reader *reader, struct text text,
                          struct sigma_aggregate *aggregate) {
  struct words words = {text, 0};
  *aggregate = (struct sigma_aggregate){
      .place = yaml_get(yaml_get(reader->document, "detection"), "condition")};
  if (!read_function(reader, &words, aggregate) || !read_group(reader, &words, aggregate) ||
      !read_comparison(reader, &words, aggregate) || !read_timeframe(reader, &aggregate->measure))
    return false;
  struct words end = words;
  if (take_word(&end).size)
    return expected(reader, aggregate, words, "its end");
  return sigma_measure_check(reader, aggregate->place, &aggregate->measure);
}
