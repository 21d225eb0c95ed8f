#include "detect/test/rule_test_known.h"

#include "base/hash.h"
#include "base/unicode/fold.h"

/* Events that may stand for what is known. */
#define EVENTS_MAX 100000

struct teacher {
  const struct rule_test_known *known;
  const struct question *question;
  struct rule_test_findings *findings;
  struct arena arena; /* of one key */
  struct question_text key;
  size_t events;
};

static void mistake(const struct teacher *teacher, const char *expected) {
  rule_test_findings_add(teacher->findings, teacher->known->place, "known: of %s it must be %s",
                         question_kind_names[teacher->question->kind], expected);
}

static struct question_text text_of(struct arena *arena, struct text text) {
  char *folded = arena_take(arena, fold_size_max(text.size));
  struct question_text made = {.shown = text, .folded = {folded, fold_write(text, folded)}};
  made.hash = hash_text(made.folded);
  return made;
}

/* The value NULL: the question has no `of`. False when there are too many. */
static bool teach(struct teacher *teacher, const struct question_text *value, time_us time) {
  const struct rule_test_known *known = teacher->known;
  const struct question_found key = {&teacher->key, 1, false}, values = {value, 1, false};
  const struct question_asked asked = {
      .question = teacher->question, .keys = &key, .values = value ? &values : NULL};
  const struct questions_event event = {
      .rule = known->rule, .asked = &asked, .time = time, .received = TIME_NONE};
  struct question_answers answers;
  struct error ignored = ERROR_NONE;
  bool yes;
  if (++teacher->events > EVENTS_MAX) {
    rule_test_findings_add(teacher->findings, known->place,
                           "known: it takes more than %d events to know that", EVENTS_MAX);
    return false;
  }
  questions_ask(known->questions, &event, &teacher->arena, &answers, &yes, &ignored);
  return true;
}

static bool is_count(const struct json_node *node) {
  return node->type == JSON_TYPE_INT && node->value.integer >= 0 &&
         node->value.integer <= EVENTS_MAX;
}

/* An empty table of Lua is {} in JSON. */
static bool is_list(const struct json_node *node, enum json_type type) {
  bool list = node->type == JSON_TYPE_ARRAY || (node->type == JSON_TYPE_OBJECT && node->size == 0);
  if (list)
    for (JSON_EACH(item, node))
      list = list && item->type == type;
  return list;
}

/* ---- kinds ---- */

/* Since the time of learning began, and never longer ago than can be kept. */
static void teach_values(struct teacher *teacher, const struct json_node *node) {
  const struct question *question = teacher->question;
  time_us now = teacher->known->now;
  if (!is_list(node, JSON_TYPE_STRING)) {
    mistake(teacher, "a list of texts");
    return;
  }
  time_us first = question->kind == QUESTION_NEW_VALUE ? now - question->learn : now - 1;
  for (JSON_EACH(item, node)) {
    struct question_text value = text_of(&teacher->arena, json_text(item));
    for (time_us at = first; at < now - 1; at += question->keep / 2)
      if (!teach(teacher, &value, at))
        return;
    if (!teach(teacher, &value, now - 1))
      return;
  }
}

static void teach_count(struct teacher *teacher, const struct json_node *node) {
  if (!is_count(node)) {
    mistake(teacher, "a number of events");
    return;
  }
  for (int64_t i = 0; i < node->value.integer; i++)
    if (!teach(teacher, NULL, teacher->known->now - 1))
      return;
}

static void teach_silence(struct teacher *teacher, const struct json_node *node) {
  struct error error = ERROR_NONE;
  int64_t span;
  if (node->type != JSON_TYPE_STRING || !duration_parse(json_text(node), &span, &error))
    mistake(teacher, "a span of time, such as \"61d\"");
  else
    teach(teacher, NULL, teacher->known->now - span);
}

/* Each of the hours on each day until yesterday. */
static void teach_hours(struct teacher *teacher, const struct json_node *node) {
  const struct question *question = teacher->question;
  time_us now = teacher->known->now;
  int64_t offset = question->zone ? time_zone_offset(question->zone, now) : 0;
  int64_t today = (now + offset) / US_PER_DAY, days = question->learn / US_PER_DAY + 1;
  if (!is_list(node, JSON_TYPE_INT)) {
    mistake(teacher, "a list of hours, 0 to 23");
    return;
  }
  days = days > question->at_most ? days : question->at_most + 1;
  for (int64_t day = today - days; day < today; day++)
    for (JSON_EACH(hour, node))
      if (!teach(teacher, NULL, day * US_PER_DAY + hour->value.integer * US_PER_HOUR - offset))
        return;
}

static void teach_windows(struct teacher *teacher, const struct json_node *node) {
  const struct question *question = teacher->question;
  int64_t span = question->past > question->learn ? question->past : question->learn;
  if (!is_count(node)) {
    mistake(teacher, "a number of events");
    return;
  }
  time_us start = teacher->known->now / question->within * question->within;
  for (int64_t back = span / question->within + 1; back > 0; back--)
    for (int64_t i = 0; i < node->value.integer; i++)
      if (!teach(teacher, NULL, start - back * question->within))
        return;
}

static void teach_key(struct teacher *teacher, struct text key, const struct json_node *node) {
  static void (*const kinds[QUESTION_KIND_COUNT])(struct teacher *, const struct json_node *) = {
      [QUESTION_NEW_VALUE] = teach_values,   [QUESTION_RATE] = teach_count,
      [QUESTION_DISTINCT] = teach_values,    [QUESTION_DORMANT] = teach_silence,
      [QUESTION_UNUSUAL_HOUR] = teach_hours, [QUESTION_SPIKE] = teach_windows};
  arena_reset(&teacher->arena);
  teacher->key = text_of(&teacher->arena, key);
  kinds[teacher->question->kind](teacher, node);
}

void rule_test_known_fill(const struct rule_test_known *known,
                          struct rule_test_findings *findings) {
  const struct question *question = known->rule->questions.items;
  struct teacher teacher = {
      .known = known, .question = question, .findings = findings, .arena = ARENA_NONE};
  if (known->rule->questions.count != 1 || question->of.count > 1 || question->per.count > 1) {
    rule_test_findings_add(findings, known->place,
                           "known is for a rule with one question, about one field, per one field: "
                           "let events come before");
    return;
  }
  if (question->per.count == 0)
    teach_key(&teacher, TEXT(""), known->values);
  else if (known->values->type != JSON_TYPE_OBJECT)
    rule_test_findings_add(findings, known->place, "known must be a table by key");
  else
    for (JSON_EACH(value, known->values))
      teach_key(&teacher, json_key(value), value);
  arena_free(&teacher.arena);
}
