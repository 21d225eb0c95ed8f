/* The index of events by indicators: it finds what a look at every event finds, whatever the sizes
 * of commits, merges, retention and gaps. */
#include "store/store_fixture.h"
#include "store/store_number.h"

#include "base/memory.h"

#define NUMBERS 40

/* The numbers of indicators as they are: high bits that differ. */
static uint64_t number_of(unsigned which) {
  return (uint64_t)(which + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

struct world {
  struct store_fixture *f;
  uint64_t random;
  uint64_t added;  /* events; a record is its number, in decimal */
  uint64_t oldest; /* that is kept */
};

static unsigned below(struct world *world, unsigned limit) {
  world->random = world->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
  return (unsigned)(world->random >> 33) % limit;
}

/* Whether an event has an indicator: every event some, number 0 nearly all. */
static bool has(uint64_t event, unsigned which) {
  return which == 0 ? event % 3 != 0 : (event * 31 + which * 7) % NUMBERS == 0;
}

/* Adds events in one transaction. Their time is as many seconds after NOON as they have number. */
static void add_pending(struct world *world, size_t count, bool indexed) {
  struct store_fixture *f = world->f;
  struct store_event *events = memory_alloc_array(count, sizeof *events);
  struct store_indicator *items = memory_alloc_array(count * NUMBERS, sizeof *items);
  char(*records)[24] = memory_alloc_array(count, sizeof *records);
  struct store_indicators indicators = {items, 0};
  for (size_t i = 0; i < count; i++) {
    uint64_t event = world->added + i;
    snprintf(records[i], sizeof records[i], "%llu", (unsigned long long)event);
    events[i] = (struct store_event){.row_id = text_from(records[i]),
                                     .source_id = TEXT("s"),
                                     .log_type = TEXT("T"),
                                     .event_time = NOON + (int64_t)event * US_PER_SECOND,
                                     .parse_time = f->now,
                                     .record = text_from(records[i])};
    for (unsigned which = 0; which < NUMBERS; which++)
      if (has(event, which))
        items[indicators.count++] = (struct store_indicator){number_of(which), (uint32_t)i};
  }
  DONE(indexed ? store_event_add_indexed(f->store, events, count, &indicators, &f->error)
               : store_event_add(f->store, events, count, &f->error));
  world->added += count;
  free(events);
  free(items);
  free(records);
}

/* As a commit of its own. */
static void add(struct world *world, size_t count, bool indexed) {
  struct store_fixture *f = world->f;
  add_pending(world, count, indexed);
  DONE(store_event_index(f->store, &f->error));
}

struct finding {
  unsigned which, other; /* of two indicators */
  uint64_t expected;     /* the next event, downwards */
  uint64_t oldest;
  uint64_t found, looked_at;
  uint64_t limit;
};

/* Goes down to the next event that has one of the indicators. */
static void pass_over(struct finding *finding) {
  while (finding->expected > finding->oldest && !has(finding->expected - 1, finding->which) &&
         !has(finding->expected - 1, finding->other))
    finding->expected--;
}

static bool take(void *context, const struct store_event *event, bool indexed) {
  struct finding *finding = context;
  uint64_t number = strtoull(event->record.data, NULL, 10);
  finding->looked_at++;
  if (!indexed && !has(number, finding->which) && !has(number, finding->other))
    return true;
  pass_over(finding);
  assert_int_equal(number, finding->expected - 1);
  finding->expected--;
  finding->found++;
  return finding->found < finding->limit;
}

static struct finding search(struct world *world, unsigned which, unsigned other, uint64_t since) {
  struct store_fixture *f = world->f;
  uint64_t oldest = since > world->oldest ? since : world->oldest;
  struct finding finding = {which, other, world->added, oldest, 0, 0, UINT64_MAX};
  const uint64_t numbers[] = {number_of(which), number_of(other)};
  DONE(store_event_search(
      f->store,
      &(struct store_search){.numbers = numbers,
                             .count = which == other ? 1 : 2,
                             .since = since ? NOON + (int64_t)since * US_PER_SECOND : TIME_NONE,
                             .each = take,
                             .context = &finding},
      &f->error));
  pass_over(&finding);
  assert_int_equal(finding.expected, oldest);
  return finding;
}

static void search_all(struct world *world) {
  for (unsigned which = 0; which < NUMBERS; which += 1 + which / 3)
    search(world, which, which, 0);
  search(world, 0, 5, 0);
  search(world, 2, 3, world->added / 2);
}

static struct world world_of(void **state) {
  return (struct world){.f = *state, .random = 7};
}

static void it_finds_every_event_whatever_the_sizes_of_commits(void **state) {
  struct world world = world_of(state);
  struct store_fixture *f = world.f;
  DONE(store_begin(f->store, &f->error));
  for (int i = 0; i < 300; i++) {
    add(&world, below(&world, 10) ? 1 + below(&world, 4) : 1 + below(&world, 3000), true);
    if (i % 30 == 0)
      search_all(&world);
  }
  DONE(store_commit(f->store, &f->error));
  search_all(&world);
  assert_true(store_number(f->store, "SELECT count(*) FROM indicator_segment") < 60);
}

static void a_transaction_writes_one_segment(void **state) {
  struct world world = world_of(state);
  struct store_fixture *f = world.f;
  DONE(store_begin(f->store, &f->error));
  for (int i = 0; i < 9; i++)
    add_pending(&world, 20, true);
  search_all(&world); /* none of them is in a segment */
  add(&world, 20, true);
  DONE(store_commit(f->store, &f->error));
  assert_int_equal(store_number(f->store, "SELECT count(*) FROM indicator_segment"), 1);
  search_all(&world);
  uint64_t added = world.added;
  DONE(store_begin(f->store, &f->error));
  add_pending(&world, 50, true);
  store_rollback(f->store);
  world.added = added;
  DONE(store_begin(f->store, &f->error));
  add(&world, 30, true);
  DONE(store_commit(f->store, &f->error));
  assert_int_equal(store_number(f->store, "SELECT count(*) FROM indicator_segment"), 2);
  assert_int_equal(store_number(f->store, "SELECT max(last_event) FROM indicator_segment"), 230);
  search_all(&world);
}

static void a_large_segment_is_sealed(void **state) {
  struct world world = world_of(state);
  struct store_fixture *f = world.f;
  DONE(store_begin(f->store, &f->error));
  for (int i = 0; i < 12; i++)
    add(&world, 12000, true);
  DONE(store_commit(f->store, &f->error));
  assert_int_equal(
      store_number(f->store, "SELECT count(*) FROM indicator_segment WHERE level = 99"), 1);
  assert_int_equal(store_number(f->store, "SELECT count(*) FROM indicator_segment"), 5);
  assert_true(store_number(f->store, "SELECT sum(entries) FROM indicator_segment") > 150000);
  assert_true(store_number(f->store, "SELECT max(length(entries)) FROM indicator_page") < 1000);
  search_all(&world);
}

static void events_without_the_index_are_looked_at(void **state) {
  struct world world = world_of(state);
  add(&world, 50, false);
  assert_int_equal(search(&world, 1, 1, 0).looked_at, 50);
  add(&world, 100, true);
  add(&world, 20, false);
  add(&world, 1, true);
  struct finding finding = search(&world, 1, 1, 0);
  assert_in_range(finding.looked_at, 70, 70 + finding.found);
  assert_true(search(&world, 1, 1, 160).looked_at < 12); /* nothing before that time */
  search_all(&world);
}

static void the_search_ends_when_it_is_told(void **state) {
  struct world world = world_of(state);
  add(&world, 100, true);
  struct finding finding = {0, 0, 100, 0, 0, 0, 3};
  const uint64_t number = number_of(0);
  assert_true(store_event_search(
      world.f->store,
      &(struct store_search){
          .numbers = &number, .count = 1, .since = TIME_NONE, .each = take, .context = &finding},
      &world.f->error));
  assert_int_equal(finding.looked_at, 3);
}

static void retention_deletes_segments_with_their_events(void **state) {
  struct world world = world_of(state);
  struct store_fixture *f = world.f;
  struct store_pruned pruned = {.more = true};
  const struct store_slice slice = {.rows = 1000, .most_us = US_PER_SECOND};
  for (int i = 0; i < 20; i++)
    add(&world, 100, true);
  f->now += HOUR;
  add(&world, 10, true);
  world.oldest = 2000;
  while (pruned.more)
    DONE(store_prune(f->store, STORE_EVENTS, NOON + 1, &slice, &pruned, &f->error));
  search_all(&world);
  DONE(store_prune(f->store, STORE_EVENTS, NOON + 1, &slice, &pruned, &f->error));
  assert_in_range(store_number(f->store, "SELECT min(first_event) FROM indicator_segment"), 1501,
                  2001);
  assert_int_equal(store_number(f->store, "SELECT count(*) FROM indicator_page WHERE segment NOT IN"
                                          " (SELECT first_event FROM indicator_segment)"),
                   0);
}

/* The ids of a table that became empty begin with 1 again. */
static void ids_that_come_again_are_the_new_events(void **state) {
  struct world world = world_of(state);
  struct store_fixture *f = world.f;
  struct store_pruned pruned;
  const struct store_slice slice = {.rows = 1000, .most_us = US_PER_SECOND};
  for (int i = 0; i < 10; i++)
    add(&world, 30, true);
  assert_int_equal(sqlite3_exec(f->store->db, "DELETE FROM event WHERE id > 100", 0, 0, 0), 0);
  world.added = 100;
  add(&world, 7, true);
  search_all(&world);
  f->now += HOUR;
  DONE(store_prune(f->store, STORE_EVENTS, NOON + 1, &slice, &pruned, &f->error));
  assert_int_equal(store_number(f->store, "SELECT count(*) FROM indicator_page"), 0);
  world.oldest = world.added;
  add(&world, 9, true);
  search_all(&world);
}

static void what_is_rolled_back_is_not_in_the_index(void **state) {
  struct world world = world_of(state);
  struct store_fixture *f = world.f;
  add(&world, 10, true);
  DONE(store_begin(f->store, &f->error));
  add(&world, 500, true);
  store_rollback(f->store);
  world.added = 10;
  search_all(&world);
  add(&world, 20, true);
  search_all(&world);
}

static void damage(struct store_fixture *f, const char *sql) {
  assert_int_equal(sqlite3_exec(f->store->db, sql, 0, 0, 0), SQLITE_OK);
}

/* Nothing is lost with the index: the events of a damaged segment are looked at, and more are
 * taken, also when it is the segment's turn to be merged. */
static void a_damaged_page_stops_neither_search_nor_commit(void **state) {
  struct world world = world_of(state);
  struct store_fixture *f = world.f;
  int64_t events = 0;
  const uint64_t number = number_of(0);
  add(&world, 100, true);
  add(&world, 50, true);
  damage(f, "UPDATE indicator_page SET entries = x'ffffffffffffffffffffff' WHERE segment = 1");
  search_all(&world);
  for (int i = 0; i < 20; i++)
    add(&world, 10, true);
  search_all(&world);
  assert_int_equal(
      store_number(f->store, "SELECT level FROM indicator_segment WHERE first_event = 1"), 99);
  struct finding finding = {0, 0, world.added, 0, 0, 0, UINT64_MAX};
  DONE(store_event_search(f->store,
                          &(struct store_search){.numbers = &number,
                                                 .count = 1,
                                                 .since = TIME_NONE,
                                                 .each = take,
                                                 .context = &finding,
                                                 .damaged = &events},
                          &f->error));
  assert_int_equal(events, 100);
}

/* Bytes that can be read as other entries, and a first entry that is another one. */
static void what_reads_like_a_page_and_is_not_what_was_written_is_damaged(void **state) {
  static const char *const damages[] = {
      "UPDATE indicator_page SET entries = CAST(x'01' || substr(entries, 2) AS BLOB)",
      "UPDATE indicator_page SET entries = substr(entries, 1, 5)",
      "UPDATE indicator_page SET entries = x''",
      "UPDATE indicator_page SET first = first + 1",
  };
  struct world world = world_of(state);
  struct store_fixture *f = world.f;
  add(&world, 100, true);
  add(&world, 50, true);
  for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
    damage(f, "SAVEPOINT whole");
    damage(f, damages[i]);
    search_all(&world);
    damage(f, "ROLLBACK TO whole; RELEASE whole");
  }
  /* Pages of earlier versions have no checksum. */
  damage(f, "UPDATE indicator_page SET checksum = NULL");
  search_all(&world);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_end)
  const struct CMUnitTest tests[] = {
      TEST(it_finds_every_event_whatever_the_sizes_of_commits),
      TEST(a_transaction_writes_one_segment),
      TEST(a_large_segment_is_sealed),
      TEST(events_without_the_index_are_looked_at),
      TEST(the_search_ends_when_it_is_told),
      TEST(retention_deletes_segments_with_their_events),
      TEST(ids_that_come_again_are_the_new_events),
      TEST(what_is_rolled_back_is_not_in_the_index),
      TEST(a_damaged_page_stops_neither_search_nor_commit),
      TEST(what_reads_like_a_page_and_is_not_what_was_written_is_damaged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
