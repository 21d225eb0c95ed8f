/* A kv against a naive model: random calls, some of which are taken back, as are some transactions.
 * */
#include "base/memory.h"
#include "rule/kv/kv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { KEYS = 4, ITEMS = 12, STEPS = 60000 };

/* An entry of the model: everything is copied as a whole, nothing is shared. */
struct cell {
  enum kv_type type;
  int64_t number;   /* a counter, or what the table holds */
  unsigned members; /* of a set: bit 1 << item */
  time_us expires_at;
  bool given;
};

struct model {
  struct cell cells[KEYS];
};

struct world {
  struct model now, call, kept; /* as it is; before the call; as saved */
  struct kv *kv;
  struct {
    struct kv_stored stored;
    bool there;
  } backing[KEYS], committed[KEYS];
  time_us time;
  uint32_t seed;
};

static uint32_t pick(struct world *world, uint32_t below) {
  world->seed = world->seed * 1664525u + 1013904223u;
  return (world->seed >> 8) % below;
}

/* ---- a backing with one rule and the keys "0" to "3" ---- */

static bool load(void *context, struct text rule_id, struct text key, struct buffer *value,
                 struct kv_stored *stored, bool *found, struct error *error) {
  struct world *world = context;
  unsigned index = (unsigned)(key.data[0] - '0');
  (void)rule_id;
  (void)error;
  *found = world->backing[index].there;
  if (*found) {
    *stored = world->backing[index].stored;
    buffer_append_text(value, stored->value);
  }
  return true;
}

static void store(struct kv_stored *to, const struct kv_stored *from) {
  free((char *)(uintptr_t)to->value.data);
  *to = *from;
  to->value.data = memory_copy_bytes(from->value.data, from->value.size);
}

static bool save(void *context, struct text rule_id, struct text key,
                 const struct kv_stored *stored, struct error *error) {
  struct world *world = context;
  unsigned index = (unsigned)(key.data[0] - '0');
  (void)rule_id;
  (void)error;
  world->backing[index].there = stored != NULL;
  if (stored)
    store(&world->backing[index].stored, stored);
  return true;
}

/* ---- the model ---- */

static bool is_there(const struct world *world, const struct cell *cell) {
  return cell->type != KV_NONE && world->time < cell->expires_at;
}

/* Whether a write of this type is allowed; starts the cell when it is not there. */
static bool write_cell(const struct world *world, struct cell *cell, enum kv_type type,
                       int64_t lifetime) {
  if (is_there(world, cell) && cell->type != type)
    return false;
  if (!is_there(world, cell))
    *cell = (struct cell){.type = type, .expires_at = INT64_MIN};
  if (lifetime)
    cell->expires_at = world->time + lifetime;
  else if (!cell->given && cell->expires_at < world->time + KV_LIFETIME_DEFAULT)
    cell->expires_at = world->time + KV_LIFETIME_DEFAULT;
  cell->given = cell->given || lifetime > 0;
  return true;
}

static size_t count_members(unsigned members) {
  return (size_t)__builtin_popcount(members);
}

static const char items[ITEMS][8] = {"a", "b",  "ba", "c",  "",  "aa",
                                     "z", "zz", "m",  "ma", "y", "b1"};

static size_t list_of(struct world *world, unsigned members, struct text *list) {
  size_t count = 0;
  unsigned start = pick(world, ITEMS); /* not always in the same order */
  for (unsigned i = 0; i < ITEMS; i++)
    if (members >> (start + i) % ITEMS & 1)
      list[count++] = text_from(items[(start + i) % ITEMS]);
  return count;
}

static unsigned members_of(const struct text *list, size_t count) {
  unsigned members = 0;
  for (size_t i = 0; i < count; i++) {
    if (i > 0) /* sorted */
      assert_true(strcmp(list[i - 1].data, list[i].data) < 0);
    for (unsigned k = 0; k < ITEMS; k++)
      if (text_is(list[i], items[k]))
        members |= 1u << k;
  }
  assert_int_equal(count_members(members), count);
  return members;
}

/* ---- one operation on both ---- */

static void try_counter(struct world *world, struct cell *cell, struct text key, int64_t lifetime) {
  struct error error = ERROR_NONE;
  int64_t by = (int64_t)pick(world, 9) - 4, got = 0;
  bool expected = write_cell(world, cell, KV_COUNTER, lifetime);
  assert_int_equal(kv_counter_add(world->kv, key, by, lifetime, &got, &error), expected);
  if (expected)
    assert_int_equal(cell->number += by, got);
}

static void try_table(struct world *world, struct cell *cell, struct text key, int64_t lifetime) {
  struct error error = ERROR_NONE;
  char json[24];
  unsigned number = pick(world, 100);
  snprintf(json, sizeof json, "%u", number);
  bool expected = write_cell(world, cell, KV_TABLE, lifetime);
  assert_int_equal(kv_table_put(world->kv, key, text_from(json), lifetime, &error), expected);
  if (expected)
    cell->number = number;
}

enum set_change { SET_PUT, SET_ADD, SET_REMOVE };

static void try_set(struct world *world, struct cell *cell, struct text key, int64_t lifetime,
                    enum set_change kind) {
  struct error error = ERROR_NONE;
  struct text list[ITEMS];
  struct kv_set_change change = {0};
  unsigned mask = pick(world, 1u << ITEMS), members = mask & pick(world, 1u << ITEMS);
  size_t count = list_of(world, members, list);
  unsigned had = is_there(world, cell) && cell->type == KV_STRING_SET ? cell->members : 0;
  unsigned wanted = kind == SET_PUT ? members : kind == SET_ADD ? had | members : had & ~members;
  bool allowed = !is_there(world, cell) || cell->type == KV_STRING_SET, ok;
  if (kind == SET_PUT)
    ok = kv_set_put(world->kv, key, list, count, lifetime, &error);
  else if (kind == SET_ADD)
    ok = kv_set_add(world->kv, key, list, count, lifetime, &change, &error);
  else
    ok = kv_set_remove(world->kv, key, list, count, &change, &error);
  assert_int_equal(ok, allowed);
  if (!allowed)
    return;
  if (wanted == 0 && (had != 0 || kind == SET_PUT))
    *cell = (struct cell){.type = KV_NONE};
  else if (wanted != 0 && (kind != SET_REMOVE || wanted != had)) {
    write_cell(world, cell, KV_STRING_SET, kind == SET_REMOVE ? 0 : lifetime);
    cell->members = wanted;
  }
  if (kind != SET_PUT) {
    assert_int_equal(change.size, count_members(wanted));
    assert_int_equal(change.changed, count_members(wanted ^ had));
  }
}

static void try_reset(struct world *world, struct cell *cell, struct text key) {
  struct error error = ERROR_NONE;
  enum kv_type type = (enum kv_type)(KV_COUNTER + pick(world, 3));
  bool expected = !is_there(world, cell) || cell->type == type;
  assert_int_equal(kv_reset(world->kv, key, type, &error), expected);
  if (expected)
    *cell = (struct cell){.type = KV_NONE};
}

static void try_lifetime(struct world *world, struct cell *cell, struct text key) {
  struct error error = ERROR_NONE;
  int64_t lifetime = 1 + pick(world, 50);
  bool found;
  assert_true(kv_set_lifetime(world->kv, key, lifetime, &found, &error));
  assert_int_equal(found, is_there(world, cell));
  if (found) {
    cell->expires_at = world->time + lifetime;
    cell->given = true;
  }
}

static void compare(struct world *world) {
  for (unsigned i = 0; i < KEYS; i++) {
    char name[] = {(char)('0' + (int)i), '\0'}, json[24];
    const struct cell *cell = &world->now.cells[i];
    struct error error = ERROR_NONE;
    enum kv_type type = KV_NONE;
    const struct text *list;
    struct text key = text_from(name), table;
    int64_t number;
    size_t count;
    assert_true(kv_type_of(world->kv, key, &type, &error));
    assert_int_equal(type, is_there(world, cell) ? cell->type : KV_NONE);
    switch (type) {
    case KV_COUNTER:
      assert_true(kv_counter_get(world->kv, key, &number, &error));
      assert_int_equal(number, cell->number);
      break;
    case KV_STRING_SET:
      assert_true(kv_set_get(world->kv, key, &list, &count, &error));
      assert_int_equal(members_of(list, count), cell->members);
      break;
    case KV_TABLE:
      assert_true(kv_table_get(world->kv, key, &table, &error));
      snprintf(json, sizeof json, "%d", (int)cell->number);
      assert_true(text_is(table, json));
      break;
    default:
      break;
    }
  }
}

static void step(struct world *world) {
  unsigned index = pick(world, KEYS);
  char name[] = {(char)('0' + (int)index), '\0'};
  struct text key = text_from(name);
  struct cell *cell = &world->now.cells[index];
  int64_t lifetime = pick(world, 3) == 0 ? 1 + pick(world, 50) : 0;
  switch (pick(world, 9)) {
  case 0:
  case 1:
    try_counter(world, cell, key, lifetime);
    break;
  case 2:
    try_table(world, cell, key, lifetime);
    break;
  case 3:
    try_set(world, cell, key, lifetime, SET_PUT);
    break;
  case 4:
  case 5:
    try_set(world, cell, key, lifetime, SET_ADD);
    break;
  case 6:
    try_set(world, cell, key, lifetime, SET_REMOVE);
    break;
  case 7:
    try_reset(world, cell, key);
    break;
  default:
    try_lifetime(world, cell, key);
    break;
  }
}

/* ---- calls and transactions ---- */

static void begin_call(struct world *world) {
  world->time += pick(world, 12);
  world->time -= pick(world, 8); /* late events */
  world->call = world->now;
  kv_begin(world->kv, TEXT("rule"), world->time);
}

static void end_call(struct world *world) {
  bool keep = pick(world, 4) != 0;
  kv_end(world->kv, keep);
  if (!keep)
    world->now = world->call;
}

static void commit(struct world *world) {
  struct error error = ERROR_NONE;
  assert_true(kv_save(world->kv, &error));
  for (unsigned i = 0; i < KEYS; i++) {
    world->committed[i].there = world->backing[i].there;
    if (world->backing[i].there)
      store(&world->committed[i].stored, &world->backing[i].stored);
  }
  world->kept = world->now;
  if (pick(world, 2))
    kv_forget(world->kv);
}

static void roll_back(struct world *world) {
  struct error error = ERROR_NONE;
  if (pick(world, 2)) /* what was written in the transaction goes with it */
    assert_true(kv_save(world->kv, &error));
  kv_forget(world->kv);
  for (unsigned i = 0; i < KEYS; i++) {
    world->backing[i].there = world->committed[i].there;
    if (world->committed[i].there)
      store(&world->backing[i].stored, &world->committed[i].stored);
  }
  world->now = world->kept;
}

static void a_kv_agrees_with_a_naive_model(void **state) {
  (void)state;
  struct world world = {.time = INT64_C(1700000000) * US_PER_SECOND, .seed = 7};
  const struct kv_backing backing = {.context = &world, .load = load, .save = save};
  world.kv = kv_new(&backing);
  for (int i = 0; i < STEPS; i++) {
    begin_call(&world);
    for (unsigned k = 1 + pick(&world, 8); k > 0; k--)
      step(&world);
    compare(&world);
    end_call(&world);
    begin_call(&world);
    compare(&world);
    kv_end(world.kv, true);
    if (pick(&world, 5) == 0)
      commit(&world);
    else if (pick(&world, 9) == 0)
      roll_back(&world);
  }
  kv_free(world.kv);
  for (unsigned i = 0; i < KEYS; i++) {
    free((char *)(uintptr_t)world.backing[i].stored.value.data);
    free((char *)(uintptr_t)world.committed[i].stored.value.data);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_kv_agrees_with_a_naive_model)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
