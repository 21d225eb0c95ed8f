#include "detect/stateful/question_cache.h"

#include "base/digest.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

/* Before the rule's id: no id may hold it, so what rules keep in kv is elsewhere. */
#define RULE_PREFIX "\x01"
/* Between a key and a value, which hold none as they are (rule/vm/rule_question.c makes them). */
#define VALUE_MARK '\x1d'
/* Under this key stands which meanings a rule's questions have. */
#define MEANING_KEY "questions"

void question_cache_forget(struct question_cache *cache) {
  for (size_t i = 0; i < cache->place_count; i++)
    if (cache->places[i])
      question_state_clear(cache->places[i]);
  arena_free(&cache->states);
  free(cache->places);
  cache->places = NULL;
  cache->place_count = cache->state_count = 0;
  cache->changed_count = 0;
  cache->bytes = 0;
}

void question_cache_clear(struct question_cache *cache) {
  question_cache_forget(cache);
  free(cache->changed);
  free(cache->questions);
  buffer_free(&cache->rule_id);
  buffer_free(&cache->key);
  buffer_free(&cache->blob);
}

/* ---- to the backing and back ---- */

static struct text stored_rule(struct question_cache *cache, const struct rule *rule) {
  buffer_reset(&cache->rule_id);
  buffer_append_string(&cache->rule_id, RULE_PREFIX);
  buffer_append_text(&cache->rule_id, rule->id);
  return buffer_text(&cache->rule_id);
}

/* In the place of the number, which is another one in the next set, stands the meaning. */
static struct text stored_key(struct question_cache *cache, const struct question_state *state) {
  const struct question *question = cache->questions[state->number].question;
  uint8_t meaning[sizeof question->meaning];
  char digits[2 * sizeof meaning + 1];
  for (size_t i = 0; i < sizeof meaning; i++)
    meaning[i] = (uint8_t)(question->meaning >> (56 - 8 * i));
  hex_encode(meaning, sizeof meaning, digits);
  buffer_reset(&cache->key);
  buffer_append(&cache->key, digits, 2 * sizeof meaning);
  buffer_append_char(&cache->key, ' ');
  buffer_append(&cache->key, state->name, state->key_size);
  if (state->is_value) {
    buffer_append_char(&cache->key, VALUE_MARK);
    buffer_append(&cache->key, state->name + state->key_size, state->name_size - state->key_size);
  }
  return buffer_text(&cache->key);
}

static bool load(struct question_cache *cache, struct question_state *state, struct error *error) {
  const struct tracked_question *tracked = &cache->questions[state->number];
  struct kv_stored stored = {.type = KV_NONE};
  bool found = false;
  if (!cache->backing.load || /* everything stays in memory */
      (cache->backing.is_empty && cache->backing.is_empty(cache->backing.context)))
    return true;
  buffer_reset(&cache->blob);
  if (!cache->backing.load(cache->backing.context, stored_rule(cache, tracked->rule),
                           stored_key(cache, state), &cache->blob, &stored, &found, error))
    return false;
  /* What is damaged is as if it were not there. */
  if (found && stored.type == KV_QUESTION &&
      question_state_decode(buffer_text(&cache->blob), state)) {
    state->expires_at = state->stored_expiry = stored.expires_at;
    if (!cache->is_sound(tracked->question, state))
      question_state_clear(state);
  }
  return true;
}

/* What decides is in a kind's numbers, so an entry may stay longer than it is of use: the index by
 * expiry changes once a week then, not with each event. The end of a journey is its expiry. */
static time_us expiry_of(const struct question *question, const struct question_state *state) {
  const int64_t week = 7 * US_PER_DAY;
  time_us expiry = state->expires_at;
  if (question->kind == QUESTION_TRAVEL || expiry <= -TIME_END || expiry >= TIME_END - week)
    return expiry;
  return expiry + (week - expiry % week) % week;
}

static bool save(struct question_cache *cache, struct question_state *state, struct error *error) {
  const struct tracked_question *tracked = &cache->questions[state->number];
  buffer_reset(&cache->blob);
  question_state_encode(state, &cache->blob);
  time_us expiry = expiry_of(tracked->question, state);
  const struct kv_stored stored = {.type = KV_QUESTION,
                                   .value = buffer_text(&cache->blob),
                                   .expires_at = expiry,
                                   .expiry_given = true,
                                   .expiry_kept = expiry == state->stored_expiry};
  state->changed = false;
  state->stored_expiry = expiry;
  return cache->backing.save(cache->backing.context, stored_rule(cache, tracked->rule),
                             stored_key(cache, state), &stored, error);
}

bool question_cache_save(struct question_cache *cache, struct error *error) {
  bool ok = true;
  for (size_t i = 0; ok && cache->backing.save && i < cache->changed_count; i++)
    ok = save(cache, cache->changed[i], error);
  if (ok)
    cache->changed_count = 0;
  return ok;
}

bool question_cache_trim(struct question_cache *cache, struct error *error) {
  if (cache->bytes <= cache->memory_max)
    return true;
  if (!question_cache_save(cache, error))
    return false;
  question_cache_forget(cache);
  return true;
}

/* ---- states ---- */

void question_cache_change(struct question_cache *cache, struct question_state *state) {
  size_t size = question_state_size(state);
  cache->bytes += size - state->counted;
  state->counted = size;
  if (state->changed)
    return;
  state->changed = true;
  cache->changed = memory_reserve(cache->changed, &cache->changed_capacity,
                                  cache->changed_count + 1, sizeof(struct question_state *));
  cache->changed[cache->changed_count++] = state;
}

static bool is_named(const struct question_state *state, uint64_t hash, uint32_t number,
                     const struct question_text *key, const struct question_text *value) {
  size_t size = key->folded.size + (value ? value->folded.size : 0);
  return state->hash == hash && state->number == number && state->is_value == (value != NULL) &&
         state->name_size == size && state->key_size == key->folded.size &&
         text_equal_short((struct text){state->name, key->folded.size}, key->folded) &&
         (!value ||
          text_equal_short((struct text){state->name + key->folded.size, value->folded.size},
                           value->folded));
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

static struct question_state *add(struct question_cache *cache, uint64_t hash, uint32_t number,
                                  const struct question_text *key,
                                  const struct question_text *value) {
  size_t size = key->folded.size + (value ? value->folded.size : 0);
  struct question_state *state = arena_take(&cache->states, sizeof *state + size);
  *state = (struct question_state){.numbers = NULL};
  state->expires_at = state->stored_expiry = INT64_MIN;
  state->hash = hash;
  state->number = number;
  state->is_value = value != NULL;
  state->key_size = (uint32_t)key->folded.size;
  state->name_size = (uint32_t)size;
  memcpy(state->name, key->folded.data, key->folded.size);
  if (value)
    memcpy(state->name + key->folded.size, value->folded.data, value->folded.size);
  make_room(cache);
  put(cache, state);
  cache->state_count++;
  return state;
}

struct question_state *question_cache_get(struct question_cache *cache, uint32_t number,
                                          const struct question_text *key,
                                          const struct question_text *value, struct error *error) {
  uint64_t hash = (key->hash + number) * UINT64_C(0x9e3779b97f4a7c15);
  if (value)
    hash = (hash ^ value->hash) * UINT64_C(0xff51afd7ed558ccd);
  hash ^= hash >> 29;
  for (size_t at = hash & (cache->place_count - 1); cache->place_count > 0 && cache->places[at];
       at = (at + 1) & (cache->place_count - 1))
    if (is_named(cache->places[at], hash, number, key, value))
      return cache->places[at];
  struct question_state *state = add(cache, hash, number, key, value);
  if (!load(cache, state, error))
    return NULL;
  state->counted = question_state_size(state);
  cache->bytes += state->counted;
  return state;
}

/* ---- sets ---- */

static void write_meanings(const struct rule *rule, struct buffer *out) {
  for (size_t i = 0; i < rule->questions.count; i++)
    buffer_printf(out, "%016llx ", (unsigned long long)rule->questions.items[i].meaning);
}

/* Whether each question of before is there still. */
static bool same_meanings(struct text before, const struct rule *rule) {
  for (size_t i = 0; i < rule->questions.count; i++) {
    char meaning[20];
    snprintf(meaning, sizeof meaning, "%016llx ",
             (unsigned long long)rule->questions.items[i].meaning);
    if (!text_contains(before, text_from(meaning)))
      return false;
  }
  return true;
}

/* What a question remembered that means something else is found by nobody, and expires. */
static bool note_meaning(struct question_cache *cache, const struct rule *rule,
                         struct error *error) {
  struct buffer before = BUFFER_NONE, meanings = BUFFER_NONE;
  struct kv_stored stored = {.type = KV_NONE};
  bool found = false;
  bool ok = cache->backing.load(cache->backing.context, stored_rule(cache, rule), TEXT(MEANING_KEY),
                                &before, &stored, &found, error);
  write_meanings(rule, &meanings);
  struct tracked_question *tracked = &cache->questions[question_number(rule, 0)];
  bool is_new = ok && found && !same_meanings(buffer_text(&before), rule) && !tracked->changed;
  tracked->changed = tracked->changed || is_new;
  if (is_new && cache->log)
    LOG_WARN(cache->log,
             "a rule's question was changed and begins anew: it asks about something "
             "else than what is remembered",
             LOG_TEXT("rule", rule->id));
  stored = (struct kv_stored){.type = KV_QUESTION,
                              .value = buffer_text(&meanings),
                              .expires_at = TIME_END,
                              .expiry_given = true};
  if (ok && (!found || !text_equal(buffer_text(&before), buffer_text(&meanings))))
    ok = cache->backing.save(cache->backing.context, stored_rule(cache, rule), TEXT(MEANING_KEY),
                             &stored, error);
  buffer_free(&before);
  buffer_free(&meanings);
  return ok;
}

bool question_cache_use(struct question_cache *cache, const struct rule_set *rules,
                        struct error *error) {
  if (!question_cache_save(cache, error))
    return false;
  question_cache_forget(cache);
  free(cache->questions);
  cache->rules = rules;
  cache->noted = !cache->lasting;
  cache->questions = memory_alloc_array(rules->count * QUESTIONS_MAX + 1, sizeof *cache->questions);
  for (size_t i = 0; i < rules->count; i++) {
    const struct rule *rule = &rules->rules[i];
    for (size_t k = 0; k < rule->questions.count; k++)
      cache->questions[question_number(rule, k)] =
          (struct tracked_question){.rule = rule, .question = &rule->questions.items[k]};
  }
  return true;
}

bool question_cache_note(struct question_cache *cache, struct error *error) {
  if (cache->noted)
    return true;
  for (size_t i = 0; i < cache->rules->count; i++) {
    const struct rule *rule = &cache->rules->rules[i];
    if (rule->questions.count && !note_meaning(cache, rule, error))
      return false;
  }
  return cache->noted = true;
}
