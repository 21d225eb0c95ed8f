/* A rule with an exception opens the alerts of the same rule with the opposite in its where. */
#include "command/tuning/tuning_fixture.h"

#include <inttypes.h>
#include <stdio.h>

#define ROUNDS 150
#define EVENTS 40

/* A generator of our own, so that a failure can be repeated. */
static uint32_t next(uint32_t *seed, uint32_t limit) {
  *seed = *seed * 1664525u + 1013904223u;
  return (*seed >> 8) % limit;
}

/* ---- random exceptions and events -------------------------------------------------------- */

static const char *const names[] = {"homer", "Marge", "bart", "lisa", "svc-1", "svc-2"};
enum { NAMES = sizeof names / sizeof *names };

static void put_test(struct buffer *out, uint32_t *seed) {
  switch (next(seed, 9)) {
  case 0:
    buffer_printf(out, "who: %s", names[next(seed, NAMES)]);
    break;
  case 1:
    buffer_printf(out, "who: [%s, %s]", names[next(seed, NAMES)], names[next(seed, NAMES)]);
    break;
  case 2:
    buffer_printf(out, "who|startswith: sv");
    break;
  case 3:
    buffer_printf(out, "who|neq: %s", names[next(seed, NAMES)]);
    break;
  case 4:
    buffer_printf(out, "n|gte: %" PRIu32, next(seed, 5));
    break;
  case 5:
    buffer_printf(out, "n: [%" PRIu32 ", null]", next(seed, 5));
    break;
  case 6:
    buffer_printf(out, "object: {id: %" PRIu32 "}", next(seed, 4));
    break;
  case 7:
    buffer_printf(out, "object: [{id: %" PRIu32 "}, {kind|exists: true}]", next(seed, 4));
    break;
  default:
    buffer_printf(out, "who|re: '^[a-m]'");
    break;
  }
}

/* One or two tests, of different keys. */
static void put_exception(struct buffer *out, uint32_t *seed) {
  buffer_append_string(out, "  - {");
  put_test(out, seed);
  if (next(seed, 2))
    buffer_printf(out, ", last|lt: %" PRIu32, next(seed, EVENTS));
  buffer_append_string(out, "}\n");
}

static void put_event(struct buffer *out, uint32_t *seed, uint32_t number) {
  buffer_reset(out);
  buffer_printf(out, "{\"last\":%" PRIu32, number);
  if (next(seed, 8))
    buffer_printf(out, ",\"who\":\"%s\"", names[next(seed, NAMES)]);
  if (next(seed, 3))
    buffer_printf(out, ",\"n\":%" PRIu32, next(seed, 5));
  if (next(seed, 3))
    buffer_printf(out, ",\"object\":{\"id\":%" PRIu32 "%s}", next(seed, 4),
                  next(seed, 3) ? "" : ",\"kind\":\"x\"");
  buffer_append_char(out, '}');
}

/* ---- alerts ------------------------------------------------------------------------------ */

static void note_alert(void *context, const struct alert *alert) {
  buffer_printf(context, "%.*s %.*s %" PRId64 "-%" PRId64 " x%" PRId64 "\n", TEXT_ARGS(alert->id),
                TEXT_ARGS(alert->title), alert->first_event_time, alert->last_event_time,
                alert->match_count);
}

static const struct rule_file file = {
    .path = "rules/a.lua",
    .source = TEXT_INIT(TUNING_RULE(
        "A.One", "threshold = 2, dedup_period_minutes = 10") "function dedup(event) return "
                                                             "event.who or 'nobody' end\n"
                                                             "function unique(event) return "
                                                             "tostring(event.n) end\n")};

/* The opposite of all exceptions beside the rule's where. */
static void move_into_where(struct rule_set *set) {
  struct rule *rule = &set->rules[0];
  const struct rule_tuning *tuning = rule->tuning;
  const struct condition *parts[8];
  size_t count = 0;
  parts[count++] = rule->where;
  for (size_t i = 0; i < tuning->suppressor_count; i++)
    parts[count++] = condition_not(&set->arena, tuning->suppressors[i]->condition);
  rule->where = condition_all(&set->arena, parts, count);
  rule->tuning = NULL;
  rule_set_index(set);
}

static void find_alerts(struct rule_fixture *f, const char *tuning, uint32_t seed, bool moved,
                        struct buffer *out) {
  struct arena arena = ARENA_NONE;
  struct buffer json = BUFFER_NONE;
  struct error error = ERROR_NONE;
  rule_fixture_load(f, &file, 1);
  tuning_fixture_apply(f, tuning, NULL, TIME_NONE);
  const struct condition *where = f->set->rules[0].where;
  if (moved)
    move_into_where(f->set);
  rule_fixture_start_vm(f, NULL);
  struct history *history = history_new(f->set);
  for (uint32_t i = 0; i < EVENTS; i++) {
    struct match_notes notes = {.count = 0};
    put_event(&json, &seed, i);
    time_us time = RULE_FIXTURE_NOW + (int64_t)next(&seed, 40) * US_PER_MINUTE;
    const struct event *event = rule_fixture_event(f, json.data);
    struct rule_list rules = rule_vm_candidates(f->vm, event);
    size_t at = 0;
    if (rule_vm_next_match(f->vm, rules, &at, &error) == RULE_NO_MATCH)
      continue;
    struct match match = match_describe(f->vm, rules.items[at - 1], event, &arena, &notes);
    match.event_time = time;
    match.order = i;
    assert_true(history_add(history, &match, &error));
  }
  buffer_reset(out);
  assert_true(history_finish(history, note_alert, out, &error));
  history_free(history);
  rule_vm_free(f->vm);
  f->vm = NULL;
  f->set->rules[0].where = where; /* the set releases the exceptions by themselves */
  buffer_free(&json);
  arena_free(&arena);
}

static void an_exception_is_the_opposite_in_where(void **state) {
  struct rule_fixture *f = *state;
  struct buffer tuning = BUFFER_NONE, excepted = BUFFER_NONE, moved = BUFFER_NONE;
  size_t with_alerts = 0;
  for (uint32_t round = 0; round < ROUNDS; round++) {
    uint32_t seed = round * 7919 + 1;
    buffer_reset(&tuning);
    buffer_append_string(&tuning, "tuning:\n- rule: A.One\n  reason: r\n  except:\n");
    for (uint32_t i = 0; i <= round % 3; i++)
      put_exception(&tuning, &seed);
    find_alerts(f, tuning.data, seed, false, &excepted);
    find_alerts(f, tuning.data, seed, true, &moved);
    if (!text_equal(buffer_text(&excepted), buffer_text(&moved)))
      fail_msg("round %u\n%sexcepted:\n%s\nmoved:\n%s", round, tuning.data,
               buffer_text(&excepted).data, buffer_text(&moved).data);
    with_alerts += excepted.size > 0;
  }
  assert_in_range(with_alerts, ROUNDS / 3, ROUNDS);
  buffer_free(&tuning);
  buffer_free(&excepted);
  buffer_free(&moved);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
      an_exception_is_the_opposite_in_where, rule_fixture_start, rule_fixture_stop)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
