#include "detect/stateful/questions.h"

#include "base/memory.h"
#include "detect/stateful/question_answer.h"
#include "detect/stateful/question_saving.h"
#include "detect/stateful/question_twins.h"

#include <stdlib.h>

#define MEMORY_MAX ((size_t)32 << 20)
/* A clock may be wrong; what lies further in the future than this must not age what is known. */
#define AHEAD_MAX US_PER_DAY

struct questions {
  struct question_cache cache;
  bool has_twins;
  struct question_twin *twins;
  struct question_counts *counts;
  struct question_counts uncounted; /* when nobody asks */
};

static bool is_sound(const struct question *question, const struct question_state *state) {
  return question_kind_of(question)->is_sound(question, state);
}

struct questions *questions_new(const struct questions_options *options) {
  struct questions *questions = memory_alloc(sizeof *questions);
  questions->cache.backing = options->backing;
  questions->cache.is_sound = is_sound;
  questions->cache.log = options->log;
  questions->cache.memory_max = options->memory_max ? options->memory_max : MEMORY_MAX;
  questions->counts = options->counts ? options->counts : &questions->uncounted;
  questions->has_twins = options->numbered && !options->backing.store;
  question_cache_forget(&questions->cache);
  questions->cache.whole = !options->backing.get || options->backing.is_empty;
  return questions;
}

struct questions *questions_new_in_memory(const struct rule_set *rules) {
  struct questions *questions = questions_new(&(struct questions_options){.memory_max = SIZE_MAX});
  question_cache_use(&questions->cache, rules);
  return questions;
}

void questions_free(struct questions *questions) {
  if (!questions)
    return;
  question_cache_clear(&questions->cache);
  free(questions->twins);
  free(questions);
}

void questions_use(struct questions *questions, const struct rule_set *rules) {
  question_cache_use(&questions->cache, rules);
  if (!questions->has_twins)
    return;
  free(questions->twins);
  questions->twins = question_twins_find(&questions->cache);
}

bool questions_save(struct questions *questions, struct error *error) {
  return question_saving_save(&questions->cache, error);
}

bool questions_settle(struct questions *questions, struct error *error) {
  return question_saving_settle(&questions->cache, error);
}

void questions_forget(struct questions *questions) {
  question_cache_forget(&questions->cache);
}

void questions_forget_row(struct questions *questions, int64_t question, struct text name) {
  struct question_cache *cache = &questions->cache;
  struct question_state *state = question_cache_find(cache, (uint32_t)question, name);
  if (!state)
    return;
  state->row_expiry = INT64_MIN;
  if (state->changed || state->logged)
    return;
  question_state_clear(state);
  state->expires_at = INT64_MIN;
  question_cache_count(cache, state, false);
}

static void report_full(struct questions *questions, struct tracked_question *tracked) {
  questions->counts->forgotten++;
  if (!tracked->overflows && questions->cache.log)
    LOG_WARN(questions->cache.log,
             "a rule's question has very many values of one key; new ones are not kept",
             LOG_TEXT("rule", tracked->rule->id), LOG_INT("values", QUESTION_KEY_VALUES_MAX));
  tracked->overflows = true;
}

static void report_cut(struct questions *questions, struct tracked_question *tracked) {
  questions->counts->cut++;
  if (!tracked->cut && questions->cache.log)
    LOG_WARN(questions->cache.log,
             "an event has more keys or values for a rule's question than are taken",
             LOG_TEXT("rule", tracked->rule->id), LOG_INT("values", QUESTION_VALUES_MAX));
  tracked->cut = true;
}

/* One question, about all keys and values that the event has for it. `first` has the answer, which
 * is the first that says yes, or else the first. */
static __attribute__((noinline)) bool ask_each(struct questions *questions,
                                               const struct question_asked *asked,
                                               const struct asking *first,
                                               struct tracked_question *tracked) {
  struct question_answer *answer = first->answer, next;
  struct asking asking = *first;
  const struct question_found *keys = asked->keys, *values = asked->values;
  if (keys->cut || (values && values->cut))
    report_cut(questions, tracked);
  for (size_t k = 0; k < keys->count; k++) {
    size_t v = 0;
    asking.key = &keys->items[k];
    do {
      asking.value = values ? &values->items[v] : NULL;
      asking.answer->yes = asking.answer->is_full = false;
      if (!question_kind_of(asking.question)->ask(&asking))
        return false;
      if (asking.answer->is_full)
        report_full(questions, tracked);
      if (asking.answer == &next && next.yes && !answer->yes)
        *answer = next;
      asking.answer = &next;
    } while (values && ++v < values->count);
  }
  return true;
}

/* Most events have one key, and one value. */
static inline bool ask(struct questions *questions, const struct question_asked *asked,
                       struct asking *asking, struct tracked_question *tracked) {
  const struct question_found *keys = asked->keys, *values = asked->values;
  if (keys->count > 1 || keys->cut || (values && (values->count > 1 || values->cut)))
    return ask_each(questions, asked, asking, tracked);
  asking->key = keys->items;
  asking->value = values ? values->items : NULL;
  if (!question_kind_of(asking->question)->ask(asking))
    return false;
  if (__builtin_expect(asking->answer->is_full, 0))
    report_full(questions, tracked);
  return true;
}

/* Of a question with twins: of one event only the first is asked. */
static bool ask_twin(struct questions *questions, const struct question_asked *asked,
                     struct asking *asking, struct tracked_question *tracked, uint64_t event) {
  struct question_twin *twin = tracked->twin;
  struct question_answer *answer = asking->answer;
  uint64_t forgotten = questions->counts->forgotten;
  if (twin->event != event) {
    bool ok = ask(questions, asked, asking, tracked);
    twin->event = event;
    twin->forgotten = questions->counts->forgotten - forgotten;
    twin->answer.question = NULL;
    if (answer->question)
      twin->answer = *answer;
    return ok;
  }
  if (asked->keys->cut || (asked->values && asked->values->cut))
    report_cut(questions, tracked);
  for (uint64_t i = 0; i < twin->forgotten; i++)
    report_full(questions, tracked);
  if (twin->answer.question) {
    *answer = twin->answer;
    answer->question = asked->question;
  }
  return true;
}

static __attribute__((noinline)) void
write_answers(const struct rule *rule, const struct question_answer answers[QUESTIONS_MAX],
              struct arena *arena, struct question_answers *out) {
  struct buffer json = BUFFER_NONE, words = BUFFER_NONE;
  for (size_t i = 0; i < rule->questions.count; i++) {
    const struct question *question = &rule->questions.items[i];
    buffer_append_char(&json, i ? ',' : '[');
    buffer_printf(&words, "%s%s: ", i ? "\n" : "", question_kind_names[question->kind]);
    if (answers[i].question) {
      question_answer_write(&answers[i], &json);
      question_answer_say(&answers[i], &words);
    } else {
      buffer_append_string(&json, "{}");
      buffer_append_string(&words, "not asked: the event lacks what it is about");
    }
  }
  buffer_append_char(&json, ']');
  *out = (struct question_answers){
      .json = arena_copy(arena, buffer_text(&json)),
      .words = arena_copy(arena, buffer_text(&words)),
      .key = answers[0].question ? answers[0].key : (struct question_text){.shown = TEXT("")}};
  buffer_free(&json);
  buffer_free(&words);
}

/* Nothing is asked of an event that is too far ahead; false with the reason when what is remembered
 * cannot be read. */
static inline bool begin(struct questions *questions, struct questions_walk *walk,
                         struct error *error) {
  if (walk->received != TIME_NONE && walk->time - walk->received > AHEAD_MAX) {
    questions->counts->ahead += walk->count - walk->at;
    walk->at = walk->count;
    return true;
  }
  return question_saving_is_ready(&questions->cache) ||
         question_saving_begin(&questions->cache, error);
}

/* The questions of one rule; `each` has room for their answers, which are written when they are
 * wanted. */
static inline bool ask_rule(struct questions *questions, struct asking *asking,
                            const struct deferred_rule *deferred,
                            struct question_answer each[QUESTIONS_MAX],
                            struct question_answers *answers, uint64_t event, bool *yes) {
  const struct rule *rule = deferred->rule;
  const struct question_asked *asked = deferred->asked;
  struct question_cache *cache = &questions->cache;
  struct tracked_question *tracked = &cache->questions[question_number(rule, 0)];
  size_t count = rule->questions.count;
  bool all = true;
  for (size_t i = 0; i < count; i++, asked++, tracked++) {
    each[i].question = NULL;
    each[i].yes = each[i].is_full = false;
    asking->tracked = tracked;
    asking->question = asked->question;
    asking->answer = &each[i];
    if (asked->keys && !(tracked->twin ? ask_twin(questions, asked, asking, tracked, event)
                                       : ask(questions, asked, asking, tracked)))
      return false;
    all &= each[i].yes;
  }
  *yes = all;
  if (__builtin_expect(all || asking->explains, 0))
    write_answers(rule, each, asking->arena, answers);
  return cache->bytes <= cache->memory_max || question_saving_trim(cache, asking->error);
}

bool questions_ask_next(struct questions *questions, struct questions_walk *walk,
                        struct arena *arena, struct question_answers *answers, bool *yes,
                        struct error *error) {
  struct question_answer each[QUESTIONS_MAX];
  struct asking asking; /* what is the question's is set for each */
  asking.cache = &questions->cache;
  asking.time = walk->time;
  asking.explains = walk->explains;
  asking.arena = arena;
  asking.error = error;
  *answers = (struct question_answers){.json = TEXT("")};
  *yes = false;
  question_cache_begin(&questions->cache);
  if (!begin(questions, walk, error))
    return false;
  while (!*yes && walk->at < walk->count)
    if (!ask_rule(questions, &asking, &walk->rules[walk->at++], each, answers, walk->number, yes))
      return false;
  return true;
}

bool questions_ask(struct questions *questions, const struct questions_event *event,
                   struct arena *arena, struct question_answers *answers, bool *yes,
                   struct error *error) {
  const struct deferred_rule rule = {.rule = event->rule, .asked = event->asked};
  struct questions_walk walk = {.rules = &rule,
                                .count = 1,
                                .time = event->time,
                                .received = event->received,
                                .explains = event->explains,
                                .number = event->number};
  return questions_ask_next(questions, &walk, arena, answers, yes, error);
}

enum rule_verdict questions_match(struct questions *questions, struct rule_vm *vm,
                                  const struct rule *rule, const struct event *event,
                                  struct arena *arena, struct question_answers *answers,
                                  struct error *error) {
  bool yes = true;
  *answers = (struct question_answers){.json = TEXT("")};
  enum rule_verdict verdict = rule_vm_match(vm, rule, error);
  if (verdict != RULE_MATCH || rule->questions.count == 0)
    return verdict;
  const struct questions_event asked = {.rule = rule,
                                        .asked = rule_vm_ask(vm, rule, arena, error),
                                        .time = event->event_time,
                                        .received = TIME_NONE,
                                        .explains = true};
  if (!asked.asked || !questions_ask(questions, &asked, arena, answers, &yes, error))
    return RULE_FAILED;
  rule_vm_set_answers(vm, answers);
  return yes ? RULE_MATCH : RULE_NO_MATCH;
}
