/* What questions of rules remember, in the store. */
#include "store/store_fixture.h"
#include "store/store_question.h"

#define GRACE (30 * US_PER_DAY)

static void set(struct store_fixture *f, const char *name, const char *value, time_us expires_at,
                bool kept) {
  const struct store_question_state row = {1, text_from(name), text_from(value), expires_at, kept};
  DONE(store_question_set(f->store, &row, &f->error));
}

/* "" when there is none. */
static const char *get(struct store_fixture *f, const char *name, time_us *expires_at) {
  static char value[40];
  struct buffer state = BUFFER_NONE;
  struct store_question_state row;
  bool found;
  DONE(store_question_get(f->store, 1, text_from(name), &state, &row, &found, &f->error));
  snprintf(value, sizeof value, "%.*s", TEXT_ARGS(found ? row.state : TEXT("")));
  if (found && expires_at)
    *expires_at = row.expires_at;
  buffer_free(&state);
  return value;
}

static void a_question_has_one_number_for_ever(void **state) {
  struct store_fixture *f = *state;
  int64_t first, second, third, again;
  DONE(store_question_number(f->store, TEXT("A"), 1, &first, &f->error));
  DONE(store_question_number(f->store, TEXT("A"), UINT64_MAX, &second, &f->error));
  DONE(store_question_number(f->store, TEXT("B"), 1, &third, &f->error));
  store_close(f->store);
  f->store = fixture_open(f);
  DONE(store_question_number(f->store, TEXT("A"), 1, &again, &f->error));
  assert_int_equal(again, first);
  DONE(store_question_number(f->store, TEXT("A"), UINT64_MAX, &again, &f->error));
  assert_int_equal(again, second);
  assert_true(first != second && second != third && first != third);
}

static void a_row_is_set_whether_or_not_it_is_there(void **state) {
  struct store_fixture *f = *state;
  time_us expires_at = 0;
  set(f, "a", "one", NOON, false);
  set(f, "a", "two", NOON, true);
  set(f, "gone", "three", NOON + 1, true);
  set(f, "a", "four", NOON + 2, false);
  assert_string_equal(get(f, "gone", &expires_at), "three");
  assert_int_equal(expires_at, NOON + 1);
  assert_string_equal(get(f, "a", &expires_at), "four");
  assert_int_equal(expires_at, NOON + 2);
  assert_string_equal(get(f, "b", NULL), "");
}

static bool add_two(void *context, const struct store_question_state *row) {
  struct buffer *out = context;
  buffer_append_text(out, row->name);
  buffer_append_text(out, row->state);
  return out->size < 4;
}

static void rows_are_listed_in_order_until_that_is_enough(void **state) {
  struct store_fixture *f = *state;
  struct buffer out = BUFFER_NONE;
  set(f, "c", "3", NOON, false);
  set(f, "a", "1", NOON, false);
  set(f, "b", "2", NOON, false);
  DONE(store_question_list(f->store, 1, add_two, &out, &f->error));
  assert_string_equal(out.data, "a1b2");
  buffer_free(&out);
}

static void add_name(void *context, int64_t question, struct text name) {
  assert_int_equal(question, 1);
  buffer_append_text(context, name);
}

static void rows_go_when_events_and_the_clock_are_past_them_by_the_grace(void **state) {
  struct store_fixture *f = *state;
  const struct store_slice slice = {2, US_PER_HOUR};
  struct store_pruned pruned;
  struct buffer gone = BUFFER_NONE;
  set(f, "a", "1", NOON, false);
  set(f, "b", "2", NOON - 1, false);
  set(f, "c", "3", NOON - 2, false);
  set(f, "d", "4", NOON + 1, false);
  DONE(store_kv_advance(f->store, NOON + GRACE + 1, &f->error));
  f->now = NOON + GRACE;
  DONE(store_question_prune(f->store, GRACE, &slice, add_name, &gone, &pruned, &f->error));
  assert_int_equal(pruned.rows, 0); /* written no longer than the grace ago */
  f->now = NOON + GRACE + 1;
  DONE(store_question_prune(f->store, GRACE, &slice, add_name, &gone, &pruned, &f->error));
  assert_int_equal(pruned.rows, 2);
  assert_true(pruned.more);
  DONE(store_question_prune(f->store, GRACE, &slice, add_name, &gone, &pruned, &f->error));
  assert_int_equal(pruned.rows, 1);
  assert_false(pruned.more);
  assert_string_equal(gone.data, "cba");
  assert_string_equal(get(f, "a", NULL), "");
  assert_string_equal(get(f, "d", NULL), "4");
  buffer_free(&gone);
}

static void add_piece(void *context, int64_t id, struct text changes) {
  assert_true(id > 0);
  buffer_append_text(context, changes);
}

static void the_log_keeps_its_order_and_loses_its_beginning(void **state) {
  struct store_fixture *f = *state;
  struct buffer log = BUFFER_NONE;
  int64_t first, second, third;
  DONE(store_question_log(f->store, TEXT("a"), &first, &f->error));
  DONE(store_question_log(f->store, TEXT("b\0"), &second, &f->error));
  DONE(store_begin(f->store, &f->error));
  DONE(store_question_log(f->store, TEXT("lost"), &third, &f->error));
  store_rollback(f->store);
  DONE(store_question_log(f->store, TEXT("c"), &third, &f->error));
  assert_true(first < second && second < third);
  DONE(store_question_log_drop(f->store, first, &f->error));
  DONE(store_question_log_read(f->store, add_piece, &log, &f->error));
  assert_true(text_equal(buffer_text(&log), TEXT("b\0c")));
  buffer_free(&log);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_question_has_one_number_for_ever),
      STORE_TEST(a_row_is_set_whether_or_not_it_is_there),
      STORE_TEST(rows_are_listed_in_order_until_that_is_enough),
      STORE_TEST(rows_go_when_events_and_the_clock_are_past_them_by_the_grace),
      STORE_TEST(the_log_keeps_its_order_and_loses_its_beginning),
  };
  return cmocka_run_group_tests_name("store_question", tests, NULL, NULL);
}
