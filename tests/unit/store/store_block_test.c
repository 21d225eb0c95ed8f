/* Events that come together are packed together: they are read as they came, a block goes with the
 * last of them, and one that is damaged costs no other. */
#include "store/store_fixture.h"
#include "store/store_number.h"

#include "store/sqlite/archive/block.h"
#include "store/store_archive.h"

static const char *const names[] = {"Zoom.Activity", "Zoom.Meeting", "Zoom.Operation"};
#define NAMES 3
#define EVENTS_MOST 4096

static void run_sql(struct store_fixture *f, const char *sql) {
  assert_int_equal(sqlite3_exec(f->store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static int64_t blocks(struct store_fixture *f) {
  return store_number(f->store, "SELECT count(*) FROM event_block");
}

static int64_t left(struct store_fixture *f) {
  return store_number(f->store, "SELECT ifnull(sum(events), 0) FROM event_block");
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

/* Event `i` has the row id i, as 32 hex digits, and everything else of it follows from i. */
static void name_row(char row_id[40], uint64_t i) {
  snprintf(row_id, 40, "%032llx", (unsigned long long)i);
}

static struct text make_record(struct buffer *record, uint64_t i) {
  buffer_reset(record);
  buffer_printf(record,
                "{\"email\":\"user%d@example.com\",\"type\":\"Sign in\",\"ip_address\":"
                "\"198.51.100.%d\",\"client_type\":\"Windows\",\"version\":\"6.7.%d\"}",
                (int)(i * 7919 % 1000), (int)(i * 31 % 256), (int)(i % 9));
  for (uint64_t k = 0; i % 97 == 96 && k < 1000; k++) /* a large one */
    buffer_printf(record, "{\"n\":%d}", (int)(i * k % 1000));
  return buffer_text(record);
}

static struct text source_of(uint64_t i) {
  return i % 13 == 0 ? TEXT("webhook") : TEXT("zoom-reports");
}

static struct store_event make_event(struct arena *arena, uint64_t i, unsigned type, time_us time,
                                     time_us parse_time) {
  struct buffer record = BUFFER_NONE;
  char row_id[40];
  name_row(row_id, i);
  const struct store_event event = {.row_id = arena_copy(arena, text_from(row_id)),
                                    .source_id = source_of(i),
                                    .log_type = text_from(names[type]),
                                    .event_time = time,
                                    .parse_time = parse_time,
                                    .record = arena_copy(arena, make_record(&record, i))};
  buffer_free(&record);
  return event;
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

static void train(struct store_fixture *f) {
  struct store_dictionary made;
  DONE(store_archive_train(f->store, &made, &f->error));
}

/* ---- reading ----------------------------------------------------------------------------- */

struct seen {
  struct store_fixture *f;
  bool *there; /* that must be seen, by number; NULL: any; each becomes false when it was */
  int64_t count;
};

static bool see(void *context, const struct store_event *event) {
  struct seen *seen = context;
  struct buffer record = BUFFER_NONE;
  char row_id[40];
  uint64_t i = strtoull(event->row_id.data, NULL, 16);
  name_row(row_id, i);
  assert_true(text_equal(event->row_id, text_from(row_id)));
  assert_true(text_equal(event->record, make_record(&record, i)));
  assert_true(text_equal(event->source_id, source_of(i)));
  if (seen->there) {
    assert_true(i < EVENTS_MOST && seen->there[i]);
    seen->there[i] = false;
  }
  seen->count++;
  buffer_free(&record);
  return true;
}

static bool see_found(void *context, const struct store_event *event, bool indexed) {
  (void)indexed;
  return see(context, event);
}

static bool read_all(struct store_fixture *f, struct store *store, struct seen *seen) {
  struct text types[NAMES];
  for (size_t i = 0; i < NAMES; i++)
    types[i] = text_from(names[i]);
  *seen = (struct seen){.f = f, .there = seen->there};
  return store_event_read(store, &(struct store_archive){types, NAMES, TIME_NONE, TIME_NONE}, see,
                          seen, &f->error);
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

/* ---- histories --------------------------------------------------------------------------- */

/* What the archive is to have. */
struct model {
  struct store_fixture *f;
  uint64_t random, next; /* the number of the next event */
  bool there[EVENTS_MOST];
  time_us parse_times[EVENTS_MOST];
};

static unsigned draw(struct model *model, unsigned below) {
  model->random = model->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
  return (unsigned)(model->random >> 40) % below;
}

/* A batch in some order of types and times; sometimes it is taken back. */
static void add_some(struct model *model) {
  struct store_fixture *f = model->f;
  struct arena arena = ARENA_NONE;
  size_t count = draw(model, 4) == 0 ? draw(model, 200) : draw(model, 12);
  struct store_event *events = arena_alloc(&arena, (count + 1) * sizeof *events);
  bool kept = draw(model, 5) != 0;
  unsigned types = 1 + draw(model, NAMES);
  if (model->next + count > EVENTS_MOST)
    count = 0;
  for (size_t i = 0; i < count; i++)
    events[i] = make_event(&arena, model->next + i, draw(model, types),
                           NOON + draw(model, 1000) * US_PER_SECOND, f->now);
  DONE(store_begin(f->store, &f->error));
  DONE(store_event_add(f->store, events, count, &f->error));
  if (kept)
    DONE(store_commit(f->store, &f->error));
  else
    store_rollback(f->store);
  for (size_t i = 0; kept && i < count; i++) {
    model->there[model->next] = true;
    model->parse_times[model->next++] = f->now;
  }
  arena_free(&arena);
}

static void prune_some(struct model *model) {
  time_us before = model->f->now - (time_us)(draw(model, 30)) * HOUR;
  while (fixture_prune_slice(model->f, STORE_EVENTS, before, 1 + draw(model, 100)).more)
    continue;
  for (size_t i = 0; i < model->next; i++)
    model->there[i] = model->there[i] && model->parse_times[i] >= before;
}

static void delete_one(struct model *model) {
  struct store_fixture *f = model->f;
  char sql[160], row_id[40];
  if (model->next == 0)
    return;
  uint64_t i = draw(model, (unsigned)model->next);
  name_row(row_id, i);
  snprintf(sql, sizeof sql, "SELECT ifnull((SELECT id FROM event WHERE row_id = x'%s'), 0)",
           row_id);
  DONE(store_archive_delete(f->store, store_number(f->store, sql), &f->error));
  model->there[i] = false;
}

static void assert_model(struct model *model, struct store *store) {
  struct store_fixture *f = model->f;
  bool there[EVENTS_MOST];
  struct seen seen = {.there = there};
  memcpy(there, model->there, sizeof there);
  DONE(read_all(f, store, &seen));
  for (size_t i = 0; i < EVENTS_MOST; i++)
    assert_false(there[i]);
  assert_int_equal(
      store_number(f->store, "SELECT count(*) FROM event WHERE substr(packed, 1, 1) = x'00'"),
      left(f));
  assert_int_equal(store_number(f->store, "SELECT count(*) FROM event_block WHERE events < 1"), 0);
}

static void step(struct model *model) {
  struct store_fixture *f = model->f;
  f->now += HOUR;
  switch (draw(model, 12)) {
  case 0:
    prune_some(model);
    break;
  case 1:
    delete_one(model);
    break;
  case 2:
    store_close(f->store);
    f->store = fixture_open(f);
    store_archive_compress(f->store, draw(model, 4) != 0);
    break;
  case 3:
    train(f);
    break;
  default:
    add_some(model);
  }
}

static void any_history_leaves_what_is_to_be_there(void **state) {
  struct model *model = memory_alloc(sizeof *model);
  model->f = *state;
  model->random = 42;
  struct store *other = fixture_open(model->f);
  store_archive_compress(model->f->store, true);
  for (int i = 0; i < 400; i++) {
    step(model);
    if (i % 8 == 0)
      assert_model(model, i % 16 ? other : model->f->store);
  }
  assert_model(model, other);
  assert_true(model->next > 2000);
  store_close(other);
  free(model);
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
      STORE_TEST(any_history_leaves_what_is_to_be_there),
  };
  return cmocka_run_group_tests_name("store_block", tests, NULL, NULL);
}
