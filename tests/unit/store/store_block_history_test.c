/* Events that are packed together, through any history of batches, deletions and starts. */
#include "store/store_block_events.h"

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
      STORE_TEST(any_history_leaves_what_is_to_be_there),
  };
  return cmocka_run_group_tests_name("store_block_history", tests, NULL, NULL);
}
