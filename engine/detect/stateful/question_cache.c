#include "detect/stateful/question_cache.h"

#include "base/hash.h"
#include "base/memory.h"

#include <stdlib.h>

/* Between a key and a value, which hold none as they are (rule/vm/rule_question.c makes them). */
#define VALUE_MARK '\x1d'

static void state_free(struct question_state *state) {
  question_state_clear(state);
  question_slab_release(state->slab, state, question_state_piece(state));
}

void question_cache_forget(struct question_cache *cache) {
  cache->last = NULL;
  for (size_t i = 0; cache->slab.large > 0 && i < cache->place_count; i++)
    if (cache->places[i])
      state_free(cache->places[i]);
  question_slab_clear(&cache->slab);
  free(cache->places);
  cache->places = NULL;
  cache->place_count = cache->state_count = 0;
  cache->changed_count = 0;
  cache->bytes = cache->logged_bytes = cache->log_bytes = 0;
  free(cache->settling.states);
  cache->settling = (struct question_settling){.states = NULL};
  cache->noted = cache->read = cache->backing.store == NULL;
  cache->whole = cache->backing.get == NULL;
}

void question_cache_clear(struct question_cache *cache) {
  question_cache_forget(cache);
  free(cache->changed);
  free(cache->questions);
  buffer_free(&cache->name);
  buffer_free(&cache->blob);
  buffer_free(&cache->piece);
}

void question_cache_use(struct question_cache *cache, const struct rule_set *rules) {
  size_t count = rules->count * QUESTIONS_MAX;
  free(cache->questions);
  cache->rules = rules;
  cache->noted = cache->backing.store == NULL;
  cache->questions = memory_alloc_array(count + 1, sizeof *cache->questions);
  for (size_t i = 0; i < rules->count; i++) {
    const struct rule *rule = &rules->rules[i];
    for (size_t k = 0; k < rule->questions.count; k++)
      cache->questions[question_number(rule, k)] = (struct tracked_question){
          .rule = rule, .question = &rule->questions.items[k], .id = cache->next_id++};
  }
  /* A question of the same meaning may be another in what does not decide that. */
  for (size_t i = 0; i < cache->place_count; i++)
    if (cache->places[i])
      cache->places[i]->checked = false;
}

/* ---- the table --------------------------------------------------------------------------- */

/* What a state is looked for by. */
struct wanted {
  uint32_t hash, question;
  bool is_value;
  struct text key, value;
};

static inline uint32_t hash_of(uint32_t question, const struct question_text *key,
                               const struct question_text *value) {
  uint64_t hash = (key->hash + question) * UINT64_C(0x9e3779b97f4a7c15);
  if (value)
    hash = (hash ^ value->hash) * UINT64_C(0xff51afd7ed558ccd);
  return (uint32_t)(hash ^ hash >> 29);
}

static inline struct wanted wanted_of(uint32_t question, const struct question_text *key,
                                      const struct question_text *value) {
  return (struct wanted){hash_of(question, key, value), question, value != NULL, key->folded,
                         value ? value->folded : TEXT("")};
}

static struct wanted wanted_of_name(uint32_t question, struct text name) {
  const char *mark = memchr(name.data, VALUE_MARK, name.size);
  size_t size = mark ? (size_t)(mark - name.data) : name.size;
  struct question_text key = {.folded = {name.data, size}}, value = {.folded = TEXT("")};
  key.hash = hash_text(key.folded);
  if (mark)
    value.folded = (struct text){mark + 1, name.size - size - 1};
  value.hash = hash_text(value.folded);
  return wanted_of(question, &key, mark ? &value : NULL);
}

/* Addresses of mail are longer than text_equal_short is for. */
static inline bool has_bytes(const char *bytes, struct text text) {
  size_t at = 0, size = text.size;
  if (size < 8)
    return text_equal_short((struct text){bytes, size}, text);
  for (; at + 8 < size; at += 8)
    if (text_load_8(bytes + at) != text_load_8(text.data + at))
      return false;
  return text_load_8(bytes + size - 8) == text_load_8(text.data + size - 8);
}

/* Of a state with the same hash. `value` NULL: it is a key's own. */
static inline bool is_wanted(const struct question_state *state, uint32_t question,
                             const struct text *key, const struct text *value) {
  size_t value_size = value ? value->size : 0;
  return state->question == question && state->is_value == (value != NULL) &&
         state->key_size == key->size && state->name_size == key->size + value_size &&
         has_bytes(question_state_name(state), *key) &&
         (!value || has_bytes(question_state_name(state) + state->key_size, *value));
}

static inline struct question_state *find_by(const struct question_cache *cache, uint32_t hash,
                                             uint32_t question, const struct text *key,
                                             const struct text *value) {
  size_t mask = cache->place_count - 1;
  if (cache->place_count == 0)
    return NULL;
  struct question_state *const *places = cache->places, *state;
  for (size_t at = hash & mask; (state = places[at]); at = (at + 1) & mask)
    if (state->hash == hash && is_wanted(state, question, key, value))
      return state;
  return NULL;
}

static struct question_state *find(const struct question_cache *cache,
                                   const struct wanted *wanted) {
  return find_by(cache, wanted->hash, wanted->question, &wanted->key,
                 wanted->is_value ? &wanted->value : NULL);
}

static void put(struct question_cache *cache, struct question_state *state) {
  size_t at = state->hash & (cache->place_count - 1);
  while (cache->places[at])
    at = (at + 1) & (cache->place_count - 1);
  cache->places[at] = state;
}

static void make_room(struct question_cache *cache) {
  struct question_state **before = cache->places;
  size_t count = cache->place_count;
  if (2 * (cache->state_count + 1) <= count)
    return;
  cache->place_count = count ? 2 * count : 1024;
  cache->places = memory_alloc_array(cache->place_count, sizeof(struct question_state *));
  for (size_t i = 0; i < count; i++)
    if (before[i])
      put(cache, before[i]);
  cache->bytes += (cache->place_count - count) * sizeof(struct question_state *);
  free(before);
}

static struct question_state *add(struct question_cache *cache, const struct wanted *wanted) {
  size_t size = wanted->key.size + wanted->value.size;
  uint8_t within = wanted->is_value ? QUESTION_NUMBERS_VALUE : QUESTION_NUMBERS_KEY;
  struct question_state *state =
      question_slab_take(&cache->slab, sizeof *state + within * sizeof *state->within + size);
  *state = (struct question_state){.slab = &cache->slab,
                                   .expires_at = INT64_MIN,
                                   .row_expiry = INT64_MIN,
                                   .hash = wanted->hash,
                                   .question = wanted->question,
                                   .is_value = wanted->is_value,
                                   .key_size = (uint32_t)wanted->key.size,
                                   .name_size = (uint32_t)size,
                                   .within_count = within};
  char *name = (char *)(state->within + within);
  memcpy(name, wanted->key.data, wanted->key.size);
  if (wanted->value.size)
    memcpy(name + wanted->key.size, wanted->value.data, wanted->value.size);
  make_room(cache);
  put(cache, state);
  cache->state_count++;
  state->counted = (uint32_t)question_state_size(state);
  cache->bytes += state->counted;
  return state;
}

struct question_state *question_cache_find(const struct question_cache *cache, uint32_t question,
                                           struct text name) {
  const struct wanted wanted = wanted_of_name(question, name);
  return find(cache, &wanted);
}

struct question_state *question_cache_place(struct question_cache *cache, uint32_t question,
                                            struct text name) {
  const struct wanted wanted = wanted_of_name(question, name);
  struct question_state *state = find(cache, &wanted);
  return state ? state : add(cache, &wanted);
}

struct text question_cache_name(struct question_cache *cache, const struct question_state *state) {
  if (!state->is_value)
    return question_state_key(state);
  buffer_reset(&cache->name);
  buffer_append_text(&cache->name, question_state_key(state));
  buffer_append_char(&cache->name, VALUE_MARK);
  buffer_append_text(&cache->name, question_state_value(state));
  return buffer_text(&cache->name);
}

/* ---- states ------------------------------------------------------------------------------ */

void question_cache_count(struct question_cache *cache, struct question_state *state, bool logged) {
  size_t size = question_state_size(state);
  cache->bytes += size - state->counted;
  cache->logged_bytes += (logged ? size : 0) - (state->logged ? state->counted : 0);
  state->counted = (uint32_t)size;
  state->logged = logged;
}

void question_cache_change(struct question_cache *cache, struct question_state *state) {
  size_t size = question_state_size(state);
  if (size != state->counted)
    question_cache_count(cache, state, state->logged);
  if (state->changed)
    return;
  state->changed = true;
  cache->changed = memory_reserve(cache->changed, &cache->changed_capacity,
                                  cache->changed_count + 1, sizeof(struct question_state *));
  cache->changed[cache->changed_count++] = state;
}

/* What is damaged is as if it were not there. */
static bool load(struct question_cache *cache, struct question_state *state, struct error *error) {
  struct store_question_state row;
  bool found = false;
  buffer_reset(&cache->blob);
  if (!cache->backing.get(cache->backing.context, state->question,
                          question_cache_name(cache, state), &cache->blob, &row, &found, error))
    return false;
  if (!found)
    return true;
  state->row_expiry = state->expires_at = row.expires_at;
  question_state_decode(row.state, state);
  question_cache_count(cache, state, false);
  return true;
}

/* Once, when its question is there to ask. */
static void check(struct question_cache *cache, const struct question *question,
                  struct question_state *state) {
  state->checked = true;
  if (!cache->is_sound(question, state))
    question_state_clear(state);
}

/* The state that is new to memory. What nobody has written is sound. */
static __attribute__((noinline)) struct question_state *
get_new(struct question_cache *cache, const struct tracked_question *tracked,
        const struct question_text *key, const struct question_text *value, struct error *error) {
  const struct wanted wanted = wanted_of(tracked->id, key, value);
  struct question_state *state = add(cache, &wanted);
  if (!cache->whole && !load(cache, state, error))
    return NULL;
  state->used = true;
  if (cache->whole)
    state->checked = true;
  else
    check(cache, tracked->question, state);
  return state;
}

/* In the table. What the key was asked about before goes to it at once the next time. */
static __attribute__((noinline)) struct question_state *
find_or_add(struct question_cache *cache, const struct tracked_question *tracked,
            const struct question_text *key, const struct question_text *value,
            struct error *error) {
  struct question_state *last = key == cache->last_key ? cache->last : NULL;
  struct question_state *state = find_by(cache, hash_of(tracked->id, key, value), tracked->id,
                                         &key->folded, value ? &value->folded : NULL);
  if (!state && !(state = get_new(cache, tracked, key, value, error)))
    return NULL;
  if (last)
    last->follower = state;
  if (key->folded.size > 0) {
    cache->last = state;
    cache->last_key = key;
  }
  if (!state->checked)
    check(cache, tracked->question, state);
  state->used = true;
  return state;
}

/* Of a state of the same key. */
static inline bool is_asked_for(const struct question_state *state, uint32_t question,
                                const struct question_text *value) {
  if (state->question != question || state->is_value != (value != NULL))
    return false;
  return !value || (state->name_size - state->key_size == value->folded.size &&
                    has_bytes(question_state_name(state) + state->key_size, value->folded));
}

struct question_state *question_cache_get(struct question_cache *cache,
                                          const struct tracked_question *tracked,
                                          const struct question_text *key,
                                          const struct question_text *value, struct error *error) {
  struct question_state *state = cache->last;
  if (key != cache->last_key || !state || !(state = state->follower) ||
      !is_asked_for(state, tracked->id, value) || !state->checked)
    return find_or_add(cache, tracked, key, value, error);
  state->used = true;
  cache->last = state;
  __builtin_prefetch(state->follower);
  return state;
}

static bool may_leave(struct question_cache *cache, struct question_state *state, bool all) {
  if (state->changed || state->logged || (!all && state->used))
    return false;
  cache->whole = cache->whole && state->row_expiry == INT64_MIN;
  return true;
}

/* Begins behind a free place: whoever is put again stays where it is or goes to one that was looked
 * at before. */
static size_t first_behind_free(const struct question_cache *cache) {
  size_t at = 0;
  while (at < cache->place_count && cache->places[at])
    at++;
  return at + 1;
}

/* The table keeps its size: what leaves makes room for others. In place, because memory is short
 * when this is called. */
void question_cache_shrink(struct question_cache *cache, bool all, size_t enough) {
  size_t first = first_behind_free(cache);
  cache->last = NULL;
  for (size_t i = 0; i < cache->place_count; i++) {
    struct question_state **place = &cache->places[(first + i) & (cache->place_count - 1)];
    struct question_state *state = *place;
    if (!state)
      continue;
    *place = NULL;
    if (cache->bytes > enough && may_leave(cache, state, all)) {
      cache->bytes -= state->counted;
      cache->state_count--;
      state_free(state);
      continue;
    }
    state->used = false;
    state->follower = NULL;
    put(cache, state);
  }
  if (cache->state_count == 0)
    question_slab_clear(&cache->slab);
}
