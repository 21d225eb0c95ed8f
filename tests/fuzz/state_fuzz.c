/*
 * What margay saved and reads again after a start: windows, matches, correlations' memory, what
 * stateful rules keep, questions, checkpoints. Whatever the bytes are, they are refused or read;
 * what was read is written, read and written again as the same bytes, and can be worked with. The
 * first byte says what the rest is.
 */
#include "base/hash.h"
#include "base/memory.h"
#include "detect/correlation/correlation_state.h"
#include "detect/stateful/questions.h"
#include "detect/window/window.h"
#include "rule/kv/kv.h"
#include "rule/kv/kv_items.h"
#include "rule/load/rule_set_load.h"
#include "source/zoom/zoom_checkpoint.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
  if (!holds)
    abort();
}

/* A rule with a threshold and the correlation over it; they live as long as the program. */
struct rules {
  const struct rule *rule, *correlation;
};

static struct rules the_rules(void) {
  static struct rule_set *set;
  if (!set) {
    const struct rule_file files[] = {
        {.path = "a.lua",
         .source = TEXT("metadata { id = 'A', log_types = { 'Log' }, severity = 'low', threshold = "
                        "3, where = { a = true } }")},
        {.path = "b.lua",
         .source = TEXT("correlation { id = 'B', severity = 'low', sequence = { { id = 'x', rule = "
                        "'A', min = 2 }, { id = 'y', rule = 'A' } }, within_minutes = 60 }")},
    };
    struct problems problems = PROBLEMS_NONE;
    set = rule_set_load_files(files, 2, &problems);
    must(problems.count == 0 && set->count == 2);
  }
  return (struct rules){&set->rules[0], &set->rules[1]};
}

static void must_be_equal(struct buffer *one, struct buffer *two) {
  must(text_equal(buffer_text(one), buffer_text(two)));
  buffer_free(one);
  buffer_free(two);
}

static void read_match(struct text bytes) {
  struct arena arena = ARENA_NONE;
  struct match match, again;
  struct buffer one = BUFFER_NONE, two = BUFFER_NONE;
  if (match_decode(bytes, the_rules().rule, &arena, &match)) {
    match_encode(&match, &one);
    must(match_decode(buffer_text(&one), the_rules().rule, &arena, &again));
    match_encode(&again, &two);
  }
  must_be_equal(&one, &two);
  arena_free(&arena);
}

/* Matches at times around those that it knows. */
static void use_window(struct window *window) {
  struct arena arena = ARENA_NONE;
  time_us end = window_end(window) == TIME_NONE ? 0 : window_end(window);
  for (int i = 0; i < 4; i++) {
    struct window_decision decision;
    struct match match = {.rule = the_rules().rule,
                          .event_time = end / (i + 1),
                          .order = (uint64_t)i,
                          .row_id = TEXT("r"),
                          .event = TEXT("{}")};
    window_apply(window, &match, &arena, &decision);
    must(decision.outcome != WINDOW_OPENED || (decision.count > 0 && decision.from <= decision.to));
  }
  arena_free(&arena);
}

static void read_window(struct text bytes) {
  struct buffer one = BUFFER_NONE, two = BUFFER_NONE;
  struct window *window = window_decode(bytes, the_rules().rule);
  if (window) {
    window_encode(window, &one);
    struct window *again = window_decode(buffer_text(&one), the_rules().rule);
    must(again != NULL);
    window_encode(again, &two);
    window_free(again);
    use_window(window);
  }
  must_be_equal(&one, &two);
  window_free(window);
}

static void use_correlation(struct correlation_state *state) {
  struct correlation_instance instance;
  time_us due, from = INT64_MIN, latest = correlation_state_latest(state);
  time_us complete = latest == TIME_NONE ? 0 : latest;
  for (int i = 0; i < 8 && correlation_state_take(state, from, complete, &instance, &due); i++) {
    must(instance.first <= instance.last && instance.last <= instance.reported);
    from = instance.last;
    correlation_instance_free(&instance);
  }
  correlation_state_expire(state, complete);
}

static void read_correlation(struct text bytes) {
  const struct correlation *correlation = the_rules().correlation->correlation;
  struct buffer one = BUFFER_NONE, two = BUFFER_NONE;
  struct correlation_state *state = correlation_state_decode(bytes, correlation);
  if (state) {
    correlation_state_encode(state, &one);
    struct correlation_state *again = correlation_state_decode(buffer_text(&one), correlation);
    must(again != NULL);
    correlation_state_encode(again, &two);
    correlation_state_free(again);
    use_correlation(state);
  }
  must_be_equal(&one, &two);
  correlation_state_free(state);
}

/* ---- kv: a backing that has one entry, of these bytes -------------------------------------- */

struct entry {
  enum kv_type type;
  struct text value;
};

static bool load(void *context, struct text rule_id, struct text key, struct buffer *value,
                 struct kv_stored *stored, bool *found, struct error *error) {
  const struct entry *entry = context;
  (void)rule_id, (void)key, (void)error;
  buffer_append_text(value, entry->value);
  *stored = (struct kv_stored){.type = entry->type, .value = stored->value, .expires_at = 1000};
  *found = true;
  return true;
}

static bool save(void *context, struct text rule_id, struct text key,
                 const struct kv_stored *stored, struct error *error) {
  (void)context, (void)rule_id, (void)key, (void)stored, (void)error;
  return true;
}

static void use_kv(enum kv_type type, struct text bytes) {
  struct entry entry = {type, bytes};
  struct kv_backing backing = {.context = &entry, .load = load, .save = save};
  struct kv *kv = kv_new(&backing);
  struct error error = ERROR_NONE;
  int64_t count;
  const struct text *items;
  size_t item_count;
  struct text json, item = TEXT("item");
  struct kv_set_change change;
  kv_begin(kv, TEXT("R"), 1);
  kv_counter_add(kv, TEXT("k"), 1, 0, &count, &error);
  if (kv_set_get(kv, TEXT("k"), &items, &item_count, &error))
    for (size_t i = 1; i < item_count; i++)
      must(text_compare(items[i - 1], items[i]) < 0);
  kv_set_add(kv, TEXT("k"), &item, 1, 0, &change, &error);
  kv_table_get(kv, TEXT("k"), &json, &error);
  kv_end(kv, true);
  struct error unsound = ERROR_NONE;
  if (kv_is_sound(kv, &unsound))
    must(kv_save(kv, &unsound));
  else
    must(unsound.set);
  kv_free(kv);
}

static void read_items(struct text bytes) {
  struct kv_items items = {.items = NULL};
  struct buffer again = BUFFER_NONE;
  if (kv_items_decode(bytes, &items)) {
    kv_items_encode(&items, &again);
    must(again.size == items.bytes && text_equal(buffer_text(&again), bytes));
  } else {
    must(items.count == 0);
  }
  kv_items_free(&items);
  buffer_free(&again);
}

/* The first bytes of inputs for them. */
#define QUESTIONS 255
#define QUESTION_LOG 254

/* ---- questions: every state of the rule, or the log of changes, is these bytes ------------- */

static const struct rule_set *the_questions(void) {
  static struct rule_set *set;
  if (!set) {
    const struct rule_file file = {
        .path = "q.lua",
        .source = TEXT("metadata { id = 'Q', log_types = { 'Log' }, severity = 'low',\n"
                       " new_value = { of = 'a', per = 'b' },\n"
                       " rate = { per = 'b', at_least = 3, within = '1h' },\n"
                       " distinct = { of = 'a', per = 'b', at_least = 3, within = '1h' },\n"
                       " spike = { per = 'b' } }\n")};
    const struct rule_file other = {
        .path = "r.lua",
        .source = TEXT("metadata { id = 'R', log_types = { 'Log' }, severity = 'low',\n"
                       " dormant = { per = 'b', at_least = '1d' },\n"
                       " unusual_hour = { per = 'b' },\n"
                       " travel = { of = { 'a', 'c', 'd' }, per = 'b' } }\n")};
    const struct rule_file files[] = {file, other};
    struct problems problems = PROBLEMS_NONE;
    set = rule_set_load_files(files, 2, &problems);
    must(problems.count == 0 && set->count == 2);
  }
  return set;
}

static bool get_state(void *context, int64_t question, struct text name, struct buffer *state,
                      struct store_question_state *row, bool *found, struct error *error) {
  (void)error;
  buffer_append_text(state, *(const struct text *)context);
  *row = (struct store_question_state){question, name, buffer_text(state), 1000, false};
  return *found = true;
}

static bool set_state(void *context, const struct store_question_state *row, struct error *error) {
  (void)context, (void)row, (void)error;
  return true;
}

static void use_questions(const struct question_backing *backing) {
  struct error error = ERROR_NONE;
  struct arena arena = ARENA_NONE;
  struct questions *questions = questions_new(&(struct questions_options){.backing = *backing});
  const struct rule_set *set = the_questions();
  /* A question of places takes three texts for one value. */
  const struct question_text text = {TEXT("x"), TEXT("x"), hash_text(TEXT("x"))};
  const struct question_text texts[] = {text, text, text};
  const struct question_found one = {texts, 1, false};
  questions_use(questions, set);
  for (int i = 0; i < 6; i++) {
    struct question_asked asked[QUESTIONS_MAX];
    struct question_answers answers;
    const struct rule *rule = &set->rules[i % 2];
    bool yes;
    for (size_t k = 0; k < rule->questions.count; k++)
      asked[k] = (struct question_asked){&rule->questions.items[k], &one,
                                         rule->questions.items[k].of.count ? &one : NULL};
    const struct questions_event event = {.rule = rule,
                                          .asked = asked,
                                          .time = i * 40 * US_PER_DAY,
                                          .received = TIME_NONE,
                                          .explains = i % 3 == 0};
    must(questions_ask(questions, &event, &arena, &answers, &yes, &error));
  }
  must(questions_save(questions, &error));
  must(!backing->store || questions_settle(questions, &error));
  questions_free(questions);
  arena_free(&arena);
}

static bool get_row(void *context, int64_t question, struct text name, struct buffer *state,
                    struct store_question_state *row, bool *found, struct error *error) {
  return store_question_get(context, question, name, state, row, found, error);
}

static bool set_row(void *context, const struct store_question_state *row, struct error *error) {
  return store_question_set(context, row, error);
}

/* In a store that is as before when it is over. */
static void use_question_log(struct text bytes) {
  static struct store *store;
  struct error error = ERROR_NONE;
  int64_t id;
  if (!store)
    store = store_open_scratch(&error);
  must(store && store_begin(store, &error));
  must(store_question_log(store, bytes, &id, &error));
  use_questions(&(struct question_backing){store, get_row, set_row, false, store});
  store_rollback(store);
}

static void read_checkpoint(struct text bytes) {
  struct zoom_checkpoint checkpoint, again;
  struct error error = ERROR_NONE;
  if (!zoom_checkpoint_read(bytes, &checkpoint, &error)) {
    must(error.set);
    return;
  }
  char *json = zoom_checkpoint_write(&checkpoint);
  must(zoom_checkpoint_read(text_from(json), &again, &error));
  must(again.forgotten == checkpoint.forgotten);
  for (size_t i = 0; i < ZOOM_REPORT_COUNT; i++)
    must(again.reports[i].day == checkpoint.reports[i].day &&
         again.reports[i].until == checkpoint.reports[i].until);
  free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  /* A copy of exactly that size, so that reads past its end are found. */
  struct text bytes = {memory_copy_bytes((const char *)data + 1, size - 1), size - 1};
  switch (data[0] >= QUESTION_LOG ? -data[0] : data[0] % 6) {
  case -QUESTIONS:
    use_questions(&(struct question_backing){&bytes, get_state, set_state, false, NULL});
    break;
  case -QUESTION_LOG:
    use_question_log(bytes);
    break;
  case 0:
    read_match(bytes);
    break;
  case 1:
    read_window(bytes);
    break;
  case 2:
    read_correlation(bytes);
    break;
  case 3:
    read_items(bytes);
    break;
  case 4:
    use_kv((enum kv_type)(KV_COUNTER + data[0] / 6 % 3), bytes);
    break;
  default:
    read_checkpoint(bytes);
    break;
  }
  free((char *)(uintptr_t)bytes.data);
  return 0;
}
