/* Reading the archive in order of time. */
#include "store/store_fixture.h"

static void add(struct store_fixture *f, const char *log_type, const char *row_id, time_us time) {
  struct store_event event = fixture_event(row_id, time);
  event.log_type = text_from(log_type);
  DONE(store_event_add(f->store, &event, 1, &f->error));
}

struct seen {
  struct buffer rows;
  size_t count, most;
};

static bool see(void *context, const struct store_event *event) {
  struct seen *seen = context;
  buffer_printf(&seen->rows, "%.*s ", TEXT_ARGS(event->row_id));
  assert_true(text_equal(event->record, TEXT("{\"action\":\"Update\"}")));
  return ++seen->count != seen->most;
}

static void assert_read(struct store_fixture *f, struct store_archive archive, size_t most,
                        const char *expected) {
  struct seen seen = {.most = most};
  DONE(store_event_read(f->store, &archive, see, &seen, &f->error));
  assert_string_equal(buffer_text(&seen.rows).data, expected);
  buffer_free(&seen.rows);
}

static void events_of_several_types_come_in_order_of_time(void **state) {
  static const struct text types[] = {TEXT_INIT("A"), TEXT_INIT("B"), TEXT_INIT("None")};
  struct store_fixture *f = *state;
  add(f, "A", "a3", 3);
  add(f, "B", "b3", 3);
  add(f, "A", "a1", 1);
  add(f, "C", "c2", 2);
  add(f, "B", "b2", 2);
  add(f, "B", "", 4); /* whatever is in the file */
  add(f, "A", "a3", 3);
  add(f, "A", "0123456789abcdef0123456789abcdef", 3);
  const struct store_archive all = {types, 3, TIME_NONE, TIME_NONE};
  assert_read(f, all, 0, "a1 b2 a3 a3 0123456789abcdef0123456789abcdef b3  ");
  assert_read(f, all, 2, "a1 b2 ");
  assert_read(f, (struct store_archive){types, 1, TIME_NONE, TIME_NONE}, 0,
              "a1 a3 a3 0123456789abcdef0123456789abcdef ");
  assert_read(f, (struct store_archive){types, 3, 2, 3}, 0, "b2 ");
  assert_read(f, (struct store_archive){types, 3, 5, TIME_NONE}, 0, "");
  assert_read(f, (struct store_archive){NULL, 0, TIME_NONE, TIME_NONE}, 0, "");
}

static bool count_in_order(void *context, const struct store_event *event) {
  struct seen *seen = context;
  assert_int_equal(event->event_time, seen->count++ / 3);
  return true;
}

/* A page holds some hundred rows; each time comes three times. */
static void nothing_is_lost_or_doubled_between_pages(void **state) {
  static const struct text types[] = {TEXT_INIT("A"), TEXT_INIT("B")};
  struct store_fixture *f = *state;
  const struct store_archive all = {types, 2, TIME_NONE, TIME_NONE};
  struct seen seen = {.count = 0};
  DONE(store_begin(f->store, &f->error));
  for (int i = 0; i < 5000; i++) {
    char row_id[40];
    snprintf(row_id, sizeof row_id, "%032x", i * 2654435761U);
    add(f, i / 3 % 7 ? "A" : "B", row_id, i / 3);
  }
  DONE(store_commit(f->store, &f->error));
  DONE(store_event_read(f->store, &all, count_in_order, &seen, &f->error));
  assert_int_equal(seen.count, 5000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(events_of_several_types_come_in_order_of_time),
      STORE_TEST(nothing_is_lost_or_doubled_between_pages),
  };
  return cmocka_run_group_tests_name("store_archive", tests, NULL, NULL);
}
