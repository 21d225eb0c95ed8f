/* States of windows and correlations: what was kept comes back, however it was kept. */
#include "store/store_fixture.h"
#include "store/store_number.h"

#define MATCH "{\"event\":\"chat_message.sent\",\"operator\":\"homer@example.com\",\"n\":%zu}"

/* As a state begins: a version. */
static void start(struct buffer *state) {
  buffer_reset(state);
  buffer_append(state, "\2\0\0\0", 4);
}

static void append_alike(struct buffer *state, size_t size) {
  start(state);
  for (size_t i = 0; state->size < size; i++)
    buffer_printf(state, MATCH, i);
  state->size = size;
}

static void append_noise(struct buffer *state, size_t size) {
  uint64_t number = 88172645463325252u;
  start(state);
  while (state->size < size) {
    number ^= number << 13;
    number ^= number >> 7;
    number ^= number << 17;
    buffer_append(state, &number, sizeof number);
  }
  state->size = size;
}

static void assert_comes_back(struct store_fixture *f, struct text state) {
  struct buffer got = BUFFER_NONE;
  struct store_correlation row = {.state = state, .due = TIME_NONE, .expires_at = NOON}, other;
  bool found;
  DONE(store_window_set(f->store, TEXT("R"), TEXT("d"), state, NOON, &f->error));
  DONE(store_window_get(f->store, TEXT("R"), TEXT("d"), &got, &found, &f->error));
  assert_true(found && text_equal(buffer_text(&got), state));
  DONE(store_correlation_set(f->store, TEXT("C"), TEXT("k"), &row, &f->error));
  DONE(store_correlation_get(f->store, TEXT("C"), TEXT("k"), &got, &other, &found, &f->error));
  assert_true(found && text_equal(other.state, state));
  buffer_free(&got);
}

static void a_state_of_any_size_comes_back(void **state) {
  static const size_t sizes[] = {4, 255, 256, 257, 5000, 256 * 1024, 256 * 1024 + 1, 3 << 20};
  struct buffer bytes = BUFFER_NONE;
  assert_comes_back(*state, TEXT(""));
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    append_alike(&bytes, sizes[i]);
    assert_comes_back(*state, buffer_text(&bytes));
    append_noise(&bytes, sizes[i]);
    assert_comes_back(*state, buffer_text(&bytes));
  }
  buffer_free(&bytes);
}

static void matches_that_are_alike_take_a_fifth(void **state) {
  struct store_fixture *f = *state;
  struct buffer bytes = BUFFER_NONE;
  append_alike(&bytes, 5000);
  assert_comes_back(f, buffer_text(&bytes));
  assert_true(store_number(f->store, "SELECT length(state) FROM rule_window") < 1000);
  assert_true(store_number(f->store, "SELECT length(state) FROM correlation_state") < 1000);
  buffer_free(&bytes);
}

/* Puts bytes where the state of the window stands, and reads that. */
static void read_kept(struct store_fixture *f, struct text kept, struct buffer *got) {
  sqlite3_stmt *statement;
  bool found;
  assert_int_equal(
      sqlite3_prepare_v2(f->store->db, "UPDATE rule_window SET state = ?1", -1, &statement, NULL),
      SQLITE_OK);
  sqlite3_bind_blob64(statement, 1, kept.data, kept.size, SQLITE_STATIC);
  assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
  sqlite3_finalize(statement);
  DONE(store_window_get(f->store, TEXT("R"), TEXT("d"), got, &found, &f->error));
  assert_true(found);
}

static void a_state_that_an_earlier_version_kept_is_read(void **state) {
  struct store_fixture *f = *state;
  struct buffer bytes = BUFFER_NONE, got = BUFFER_NONE;
  assert_comes_back(f, TEXT("x"));
  append_alike(&bytes, 5000);
  read_kept(f, buffer_text(&bytes), &got);
  assert_true(text_equal(buffer_text(&got), buffer_text(&bytes)));
  buffer_free(&bytes);
  buffer_free(&got);
}

static void damage_gives_bytes_that_are_no_state(void **state) {
  struct store_fixture *f = *state;
  struct buffer bytes = BUFFER_NONE, kept = BUFFER_NONE, got = BUFFER_NONE;
  sqlite3_stmt *statement;
  append_alike(&bytes, 1000);
  assert_comes_back(f, buffer_text(&bytes));
  assert_int_equal(
      sqlite3_prepare_v2(f->store->db, "SELECT state FROM rule_window", -1, &statement, NULL),
      SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  buffer_append_text(&kept, column_text(statement, 0));
  sqlite3_finalize(statement);
  for (size_t i = 0; i < kept.size; i++) {
    kept.data[i] ^= 0x55;
    read_kept(f, buffer_text(&kept), &got);
    assert_false(text_equal(buffer_text(&got), buffer_text(&bytes)));
    assert_true(i == 0 || got.data[0] == '\0');
    kept.data[i] ^= 0x55;
    read_kept(f, (struct text){kept.data, i}, &got);
    assert_true(got.size == i);
  }
  buffer_free(&bytes);
  buffer_free(&kept);
  buffer_free(&got);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_state_of_any_size_comes_back),
      STORE_TEST(matches_that_are_alike_take_a_fifth),
      STORE_TEST(a_state_that_an_earlier_version_kept_is_read),
      STORE_TEST(damage_gives_bytes_that_are_no_state),
  };
  return cmocka_run_group_tests_name("store_state", tests, NULL, NULL);
}
