/* Events that come together are packed together: they are read as they came, a block goes with the
 * last of them, and one that is damaged costs no other. */
#include "store/store_block_events.h"

#include "store/sqlite/archive/block.h"

static void run_sql(struct store_fixture *f, const char *sql) {
  assert_int_equal(sqlite3_exec(f->store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static int64_t blocks(struct store_fixture *f) {
  return store_number(f->store, "SELECT count(*) FROM event_block");
}

/* The events that are in blocks, packed by themselves, and kept as they are. */
static void assert_kept(struct store_fixture *f, int64_t in_blocks, int64_t packed, int64_t plain) {
  assert_int_equal(
      store_number(f->store, "SELECT count(*) FROM event WHERE substr(packed, 1, 1) = x'00'"),
      in_blocks);
  assert_int_equal(left(f), in_blocks);
  assert_int_equal(
      store_number(f->store, "SELECT count(*) FROM event WHERE substr(packed, 1, 1) <> x'00'"),
      packed);
  assert_int_equal(store_number(f->store, "SELECT count(*) FROM event WHERE packed IS NULL"),
                   plain);
}

/* One batch of events, one a second after NOON. */
static void add_batch(struct store_fixture *f, unsigned type, uint64_t from, size_t count) {
  struct arena arena = ARENA_NONE;
  struct store_event *events = arena_alloc(&arena, (count + 1) * sizeof *events);
  for (size_t i = 0; i < count; i++)
    events[i] =
        make_event(&arena, from + i, type, NOON + (time_us)(from + i) * US_PER_SECOND, NOON);
  DONE(store_event_add(f->store, events, count, &f->error));
  arena_free(&arena);
}

/* ---- reading ----------------------------------------------------------------------------- */

static bool see_found(void *context, const struct store_event *event, bool indexed) {
  (void)indexed;
  return see(context, event);
}

static void assert_read(struct store_fixture *f, struct store *store, int64_t count) {
  struct seen seen = {.there = NULL}, found = {.f = f};
  const struct store_search all = {.since = TIME_NONE, .each = see_found, .context = &found};
  DONE(read_all(f, store, &seen));
  assert_int_equal(seen.count, count);
  DONE(store_event_search(store, &all, &f->error));
  assert_int_equal(found.count, count);
}

static void see_one(void *context, const struct store_event *event) {
  see(context, event);
}

/* What a callback reads with the same handle does not touch the event that it was given. */
static bool read_another(void *context, const struct store_event *event, bool indexed) {
  struct seen *seen = context;
  struct seen other = {.f = seen->f};
  struct store_fixture *f = seen->f;
  char row_id[40];
  bool known;
  for (uint64_t i = 0; i < 600; i += 7) {
    name_row(row_id, i);
    DONE(store_event_find(f->store, text_from(row_id), see_one, &other, &known, &f->error));
    assert_true(known);
  }
  return see_found(context, event, indexed) && seen->count < 5;
}

/* ---- what is packed together ------------------------------------------------------------- */

static void events_that_come_together_are_packed_together(void **state) {
  struct store_fixture *f = *state;
  struct store *other = fixture_open(f);
  store_archive_compress(f->store, true);
  add_batch(f, 0, 0, 70); /* without a dictionary; three blocks of about as many each */
  assert_int_equal(blocks(f), 3);
  assert_int_equal(store_number(f->store, "SELECT min(events) FROM event_block"), 22);
  assert_kept(f, 70, 0, 0);
  add_batch(f, 0, 70, 530);
  train(f);
  add_batch(f, 0, 600, 96);
  assert_int_equal(store_number(f->store, "SELECT count(*) FROM event_block"
                                          " WHERE substr(packed, 1, 1) = x'01'"),
                   3);
  assert_true(store_number(f->store, "SELECT sum(length(packed)) FROM event_block") < 700 * 60);
  assert_read(f, f->store, 696);
  assert_read(f, other, 696);
  store_close(other);
}

static void few_events_stay_by_themselves(void **state) {
  struct store_fixture *f = *state;
  store_archive_compress(f->store, true);
  add_batch(f, 0, 0, BLOCK_EVENTS_MIN - 1);
  assert_kept(f, 0, 0, 3);
  add_batch(f, 0, 3, 597);
  train(f);
  int64_t before = blocks(f);
  add_batch(f, 0, 600, BLOCK_EVENTS_MIN - 1);
  assert_kept(f, 597, 3, 3);
  add_batch(f, 0, 603, BLOCK_EVENTS_MIN);
  assert_int_equal(blocks(f), before + 1);
  store_archive_compress(f->store, false);
  add_batch(f, 0, 607, 40);
  assert_kept(f, 601, 3, 43);
  assert_read(f, f->store, 647);
}

static void a_block_is_of_one_log_type_and_in_order_of_time(void **state) {
  struct store_fixture *f = *state;
  struct arena arena = ARENA_NONE;
  struct store_event events[96];
  store_archive_compress(f->store, true);
  for (unsigned i = 0; i < 96; i++) /* back and forth */
    events[i] =
        make_event(&arena, i, i % NAMES, NOON + (time_us)(i * 37 % 96) * US_PER_SECOND, NOON);
  DONE(store_event_add(f->store, events, 96, &f->error));
  arena_free(&arena);
  assert_int_equal(blocks(f), 3);
  assert_kept(f, 96, 0, 0);
  /* The place of an event in its block is that in time, whatever its id. */
  assert_int_equal(store_number(f->store,
                                "SELECT count(*) FROM (SELECT hex(substr(packed, 3, 1)) AS place,"
                                " row_number() OVER (PARTITION BY log_type ORDER BY event_time) - 1"
                                " AS at FROM event) WHERE place = printf('%02X', at)"),
                   96);
  assert_read(f, f->store, 96);
}

/* Whether all of a batch are alike or not, each row has what is its event's own. */
static void the_events_of_a_block_keep_what_is_their_own(void **state) {
  struct store_fixture *f = *state;
  struct arena arena = ARENA_NONE;
  struct store_event events[40];
  store_archive_compress(f->store, true);
  for (size_t i = 0; i < 40; i++)
    events[i] = make_event(&arena, i, i < 20 ? 0 : 1, NOON, i < 30 ? NOON : NOON + 1);
  DONE(store_event_add(f->store, events, 20, &f->error));      /* of one log type and parse time */
  DONE(store_event_add(f->store, events + 20, 20, &f->error)); /* of two parse times */
  DONE(store_event_add(f->store, events, 40, &f->error));      /* of two log types, too */
  assert_kept(f, 80, 0, 0);
  assert_int_equal(store_number(f->store, "SELECT sum(id) FROM event"
                                          " WHERE log_type = 'Zoom.Meeting'"),
                   (21 + 40) * 20 / 2 + (61 + 80) * 20 / 2);
  assert_int_equal(store_number(f->store, "SELECT sum((parse_time - event_time) * id) FROM event"),
                   (31 + 40) * 10 / 2 + (71 + 80) * 10 / 2);
  assert_int_equal(store_number(f->store, "SELECT count(*) FROM event"
                                          " WHERE source_id = '' AND record = ''"),
                   80);
  arena_free(&arena);
}

static void what_would_not_get_smaller_is_kept_as_it_is(void **state) {
  struct store_fixture *f = *state;
  char noise[8][512];
  struct store_event events[8];
  uint64_t random = 7;
  store_archive_compress(f->store, true);
  for (size_t i = 0; i < 8; i++) {
    for (size_t k = 0; k < sizeof noise[i]; k++) {
      random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
      noise[i][k] = (char)(random >> 56);
    }
    events[i] = fixture_event("row", NOON);
    events[i].record = (struct text){noise[i], sizeof noise[i]};
  }
  DONE(store_event_add(f->store, events, 8, &f->error));
  assert_int_equal(blocks(f), 0);
  assert_kept(f, 0, 0, 8);
}

static void a_large_record_is_in_no_block(void **state) {
  struct store_fixture *f = *state;
  struct buffer large = BUFFER_NONE;
  struct store_event events[20];
  store_archive_compress(f->store, true);
  while (large.size <= BLOCK_BYTES)
    buffer_append_string(&large, "{\"email\":\"a@example.com\"}");
  for (size_t i = 0; i < 20; i++) {
    events[i] = fixture_event("row", NOON);
    if (i == 10)
      events[i].record = buffer_text(&large);
  }
  DONE(store_event_add(f->store, events, 20, &f->error));
  assert_kept(f, 19, 0, 1);
  assert_int_equal(blocks(f), 2);
  buffer_free(&large);
}

static void events_can_be_read_while_others_are(void **state) {
  struct store_fixture *f = *state;
  struct seen seen = {.f = f};
  const struct store_search all = {.since = TIME_NONE, .each = read_another, .context = &seen};
  store_archive_compress(f->store, true);
  for (uint64_t i = 0; i < 600; i += 4) /* more blocks than are kept unpacked */
    add_batch(f, 0, i, 4);
  DONE(store_event_search(f->store, &all, &f->error));
}

/* ---- deleting ---------------------------------------------------------------------------- */

static void a_block_goes_with_the_last_of_its_events(void **state) {
  struct store_fixture *f = *state;
  store_archive_compress(f->store, true);
  add_batch(f, 0, 0, 64);
  for (int64_t i = 0; i < 31; i++)
    DONE(store_archive_delete(f->store, 32 - i, &f->error));
  assert_kept(f, 33, 0, 0);
  assert_int_equal(blocks(f), 2);
  assert_read(f, f->store, 33);
  DONE(store_archive_delete(f->store, 1, &f->error));
  DONE(store_archive_delete(f->store, 1, &f->error)); /* it is gone already */
  assert_int_equal(blocks(f), 1);
  assert_read(f, f->store, 32);
}

static void retention_deletes_blocks_slice_by_slice(void **state) {
  struct store_fixture *f = *state;
  store_archive_compress(f->store, true);
  add_batch(f, 0, 0, 600);
  add_batch(f, 1, 600, 600);
  f->now = NOON + HOUR;
  const struct store_retention log_type = {TEXT("Zoom.Meeting"), NOON + 1};
  const struct store_slice slice = {50, US_PER_HOUR};
  struct store_pruned pruned = {.more = true};
  while (pruned.more) {
    DONE(store_event_prune(f->store, &(struct store_event_retention){TIME_NONE, &log_type, 1},
                           &slice, &pruned, &f->error));
    assert_kept(f, store_number(f->store, "SELECT count(*) FROM event"), 0, 0);
  }
  assert_int_equal(blocks(f), 19);
  assert_read(f, f->store, 600);
  assert_int_equal(fixture_prune(f, STORE_EVENTS, NOON + 1, 250), 250);
  assert_int_equal(blocks(f), 12); /* the block that was begun is there */
  assert_read(f, f->store, 350);
  assert_int_equal(fixture_prune(f, STORE_EVENTS, NOON + 1, 1000), 350);
  assert_int_equal(blocks(f), 0);
}

/* A block's id comes again when its transaction is taken back, and then is another one's. */
static void what_was_taken_back_is_not_read(void **state) {
  struct store_fixture *f = *state;
  store_archive_compress(f->store, true);
  DONE(store_begin(f->store, &f->error));
  add_batch(f, 0, 0, 32);
  assert_read(f, f->store, 32);
  store_rollback(f->store);
  assert_int_equal(blocks(f), 0);
  add_batch(f, 0, 100, 32);
  assert_int_equal(store_number(f->store, "SELECT id FROM event_block"), 1);
  assert_read(f, f->store, 32);
}

/* An id is never another block's: handles keep some unpacked. */
static void ids_of_blocks_do_not_come_again(void **state) {
  struct store_fixture *f = *state;
  struct store *other = fixture_open(f);
  store_archive_compress(f->store, true);
  add_batch(f, 0, 0, 32);
  assert_read(f, other, 32);
  f->now = NOON + HOUR;
  assert_int_equal(fixture_prune(f, STORE_EVENTS, NOON + 1, 1000), 32);
  add_batch(f, 0, 32, 32);
  assert_int_equal(store_number(f->store, "SELECT id FROM event_block"), 2);
  assert_read(f, other, 32);
  store_close(other);
}

/* ---- damage ------------------------------------------------------------------------------ */

struct faults {
  struct buffer lines;
  int64_t count, events;
};

static void keep_fault(void *context, int64_t event, struct text what) {
  struct faults *faults = context;
  buffer_append_text(&faults->lines, what);
  buffer_append_char(&faults->lines, '\n');
  faults->count++;
  faults->events += event > 0;
}

static void check(struct store_fixture *f, struct faults *faults) {
  const struct store_archive_check asked = {keep_fault, NULL, faults};
  struct store *store = fixture_open(f); /* that has read nothing yet */
  int64_t events;
  faults->lines.size = 0;
  faults->count = faults->events = 0;
  DONE(store_archive_check(store, &asked, &events, &f->error));
  store_close(store);
}

/* Of 64 events in two blocks that a dictionary packed; `events` of them cannot be read then. */
static const struct damage {
  const char *sql, *why;
  int64_t events;
} damages[] = {
    {"UPDATE event SET packed = x'00' WHERE id = 603", "its bytes are damaged", 1},
    {"UPDATE event SET packed = x'0001' WHERE id = 603", "its bytes are damaged", 1},
    {"UPDATE event SET packed = x'00000000' WHERE id = 603", "its bytes are damaged", 1},
    {"UPDATE event SET packed = CAST(packed || x'00' AS BLOB) WHERE id = 603",
     "its bytes are damaged", 1},
    {"UPDATE event SET packed = CAST(substr(packed, 1, 2) || x'03' || substr(packed, 4) AS BLOB)"
     " WHERE id = 603",
     "its bytes are damaged", 1},
    {"UPDATE event SET packed = CAST(x'00' || zeroblob(4000) AS BLOB) WHERE id = 603",
     "its bytes are damaged", 1},
    {"DELETE FROM event_block WHERE id = 21", " is not there", 32},
    {"UPDATE event_block SET format = 2 WHERE id = 21",
     "its block was made by a newer margay: update this one", 32},
    {"UPDATE event_block SET packed = x'' WHERE id = 21", "its block is damaged", 32},
    {"UPDATE event_block SET packed = x'80' WHERE id = 21", "its block is damaged", 32},
    {"UPDATE event_block SET packed = x'00' WHERE id = 21", "its block is damaged", 32},
    {"UPDATE event_block SET packed = substr(packed, 1, length(packed) - 1) WHERE id = 21",
     "its block is damaged", 32},
    {"UPDATE event_block SET packed = CAST(substr(packed, 1, 200) || x'55' || substr(packed, 202)"
     " AS BLOB) WHERE id = 21",
     "its block is damaged", 32},
    {"UPDATE event_block SET packed = CAST(x'07' || substr(packed, 2) AS BLOB) WHERE id = 21",
     "its dictionary 7 is not there", 32},
    {"UPDATE event_block SET packed = (SELECT packed FROM event_block WHERE id = 22) WHERE id = 21",
     " does not have it", 28},
    {"UPDATE event_dictionary SET checksum = 0", "its dictionary 1 is damaged", 68},
};

static void damage_costs_no_other_block(void **state) {
  struct store_fixture *f = *state;
  struct faults faults = {.lines = BUFFER_NONE};
  store_archive_compress(f->store, true);
  add_batch(f, 0, 0, 600);
  train(f);
  add_batch(f, 0, 600, 64);
  add_batch(f, 0, 664, 4);
  assert_int_equal(store_number(f->store, "SELECT max(id) FROM event_block"), 22);
  check(f, &faults);
  assert_int_equal(faults.count, 0);
  for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
    struct store *other;
    struct seen seen = {.there = NULL};
    run_sql(f, "CREATE TEMP TABLE e AS SELECT * FROM event;"
               "CREATE TEMP TABLE b AS SELECT * FROM event_block;"
               "CREATE TEMP TABLE d AS SELECT * FROM event_dictionary");
    run_sql(f, damages[i].sql);
    check(f, &faults);
    if (faults.events != damages[i].events || !strstr(faults.lines.data, damages[i].why))
      fail_msg("%s: %lld events, %s", damages[i].sql, (long long)faults.events, faults.lines.data);
    other = fixture_open(f);
    assert_refused(f, read_all(f, other, &seen), damages[i].why);
    store_close(other);
    run_sql(f, "DELETE FROM event; DELETE FROM event_block; DELETE FROM event_dictionary;"
               "INSERT INTO event SELECT * FROM e; INSERT INTO event_block SELECT * FROM b;"
               "INSERT INTO event_dictionary SELECT * FROM d; DROP TABLE e; DROP TABLE b;"
               "DROP TABLE d");
  }
  check(f, &faults);
  assert_int_equal(faults.count, 0);
  buffer_free(&faults.lines);
}

static void a_block_that_counts_too_few_is_found(void **state) {
  struct store_fixture *f = *state;
  struct faults faults = {.lines = BUFFER_NONE};
  store_archive_compress(f->store, true);
  add_batch(f, 0, 0, 40);
  run_sql(f, "UPDATE event_block SET events = events - 1 WHERE id = 2");
  check(f, &faults);
  assert_int_equal(faults.count, 1);
  assert_non_null(strstr(faults.lines.data, "count 39 events, and there are 40"));
  buffer_free(&faults.lines);
}

static void a_damaged_block_can_be_deleted(void **state) {
  struct store_fixture *f = *state;
  struct faults faults = {.lines = BUFFER_NONE};
  store_archive_compress(f->store, true);
  add_batch(f, 0, 0, 64);
  run_sql(f, "UPDATE event_block SET packed = x'00' WHERE id = 1");
  for (int64_t i = 1; i <= 32; i++)
    DONE(store_archive_delete(f->store, i, &f->error));
  check(f, &faults);
  assert_int_equal(faults.count, 0);
  assert_int_equal(blocks(f), 1);
  assert_read(f, f->store, 32);
  buffer_free(&faults.lines);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(events_that_come_together_are_packed_together),
      STORE_TEST(few_events_stay_by_themselves),
      STORE_TEST(a_block_is_of_one_log_type_and_in_order_of_time),
      STORE_TEST(the_events_of_a_block_keep_what_is_their_own),
      STORE_TEST(what_would_not_get_smaller_is_kept_as_it_is),
      STORE_TEST(a_large_record_is_in_no_block),
      STORE_TEST(events_can_be_read_while_others_are),
      STORE_TEST(a_block_goes_with_the_last_of_its_events),
      STORE_TEST(retention_deletes_blocks_slice_by_slice),
      STORE_TEST(what_was_taken_back_is_not_read),
      STORE_TEST(ids_of_blocks_do_not_come_again),
      STORE_TEST(damage_costs_no_other_block),
      STORE_TEST(a_block_that_counts_too_few_is_found),
      STORE_TEST(a_damaged_block_can_be_deleted),
  };
  return cmocka_run_group_tests_name("store_block", tests, NULL, NULL);
}
