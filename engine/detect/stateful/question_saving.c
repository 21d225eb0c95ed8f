#include "detect/stateful/question_saving.h"

#include "base/memory.h"
#include "rule/kv/kv.h"

#include <stdio.h>
#include <stdlib.h>

/* Before the rule's id, for what its questions mean: no id may hold it, so what rules keep in kv is
 * elsewhere. */
#define RULE_PREFIX "\x01"
#define MEANING_KEY "questions"

/* The log is settled when it is longer; reading it takes a start about a hundredth of a second a
 * MiB. */
#define LOG_BYTES_MAX ((size_t)16 << 20)
/* A piece of it: bounds what is copied at once. */
#define LOG_PIECE_BYTES ((size_t)256 << 10)
/* Rows that a transaction writes for settling, beside two for each state that it changed: about a
 * millisecond. */
#define SETTLED_LEAST 128

/* ---- rows -------------------------------------------------------------------------------- */

/* What decides is in a kind's numbers, so a row may stay longer than it is of use: the index by
 * expiry changes once a week then, not with each event. */
static time_us expiry_of(const struct question_state *state) {
  const int64_t week = 7 * US_PER_DAY;
  time_us expiry = state->expires_at;
  if (expiry <= -TIME_END || expiry >= TIME_END - week)
    return expiry;
  return expiry + (week - expiry % week) % week;
}

static bool write_row(struct question_cache *cache, struct question_state *state,
                      struct error *error) {
  buffer_reset(&cache->blob);
  question_state_encode(state, &cache->blob);
  time_us expiry = expiry_of(state);
  const struct store_question_state row = {.question = state->question,
                                           .name = question_cache_name(cache, state),
                                           .state = buffer_text(&cache->blob),
                                           .expires_at = expiry,
                                           .expiry_kept = expiry == state->row_expiry};
  state->row_expiry = expiry;
  state->settling = false;
  question_cache_count(cache, state, false);
  return cache->backing.set(cache->backing.context, &row, error);
}

static int compare_names(const struct question_state *a, const struct question_state *b) {
  if (a->question != b->question)
    return a->question < b->question ? -1 : 1;
  int order = text_compare(question_state_key(a), question_state_key(b));
  return order ? order : text_compare(question_state_value(a), question_state_value(b));
}

static int by_row(const void *left, const void *right) {
  return compare_names(*(struct question_state *const *)left,
                       *(struct question_state *const *)right);
}

/* The states whose rows are not up to date, in the order of these. */
static void list_unsettled(struct question_cache *cache, struct question_settling *settling) {
  settling->states = memory_alloc_array(cache->state_count + 1, sizeof(struct question_state *));
  settling->count = settling->at = 0;
  for (size_t i = 0; i < cache->place_count; i++) {
    struct question_state *state = cache->places[i];
    if (!state || !(state->logged || state->changed))
      continue;
    state->settling = true;
    settling->states[settling->count++] = state;
  }
  qsort(settling->states, settling->count, sizeof(struct question_state *), by_row);
}

static void end_settling(struct question_settling *settling) {
  free(settling->states);
  *settling = (struct question_settling){.states = NULL};
}

bool question_saving_settle(struct question_cache *cache, struct error *error) {
  struct question_settling all;
  bool ok = true;
  end_settling(&cache->settling);
  list_unsettled(cache, &all);
  for (size_t i = 0; ok && i < all.count; i++) {
    all.states[i]->changed = false;
    ok = write_row(cache, all.states[i], error);
  }
  end_settling(&all);
  cache->changed_count = 0;
  cache->log_bytes = 0;
  return ok &&
         (!cache->backing.store || store_question_log_drop(cache->backing.store, INT64_MAX, error));
}

/* ---- the log ----------------------------------------------------------------------------- */

static bool add_piece(struct question_cache *cache, struct error *error) {
  struct text piece = buffer_text(&cache->piece);
  cache->log_bytes += piece.size;
  bool ok =
      piece.size == 0 || store_question_log(cache->backing.store, piece, &cache->log_last, error);
  buffer_reset(&cache->piece);
  return ok;
}

/* A change: the question, the size of the name, the name, the size of the state, the state. */
static void put_change(struct question_cache *cache, const struct question_state *state) {
  struct text name = question_cache_name(cache, state);
  buffer_reset(&cache->blob);
  question_state_encode(state, &cache->blob);
  question_number_put(&cache->piece, state->question);
  question_number_put(&cache->piece, name.size);
  buffer_append_text(&cache->piece, name);
  question_number_put(&cache->piece, cache->blob.size);
  buffer_append_text(&cache->piece, buffer_text(&cache->blob));
}

static bool log_changes(struct question_cache *cache, struct error *error) {
  bool ok = true;
  buffer_reset(&cache->piece);
  for (size_t i = 0; ok && i < cache->changed_count; i++) {
    struct question_state *state = cache->changed[i];
    put_change(cache, state);
    state->changed = state->settling = false;
    question_cache_count(cache, state, true);
    if (cache->piece.size >= LOG_PIECE_BYTES)
      ok = add_piece(cache, error);
  }
  return ok && add_piece(cache, error);
}

static void begin_settling(struct question_cache *cache) {
  struct question_settling *settling = &cache->settling;
  list_unsettled(cache, settling);
  settling->until = cache->log_last;
  settling->log_bytes = cache->log_bytes;
}

/* Writes some of the rows; behind the last the log loses its beginning. */
static bool settle_some(struct question_cache *cache, size_t rows, struct error *error) {
  struct question_settling *settling = &cache->settling;
  bool ok = true;
  for (; ok && rows > 0 && settling->at < settling->count; settling->at++)
    if (settling->states[settling->at]->settling) {
      ok = write_row(cache, settling->states[settling->at], error);
      rows--;
    }
  if (!ok || settling->at < settling->count)
    return ok;
  cache->log_bytes -= settling->log_bytes;
  int64_t until = settling->until;
  end_settling(settling);
  return store_question_log_drop(cache->backing.store, until, error);
}

bool question_saving_save(struct question_cache *cache, struct error *error) {
  size_t changed = cache->changed_count;
  if (!cache->backing.store || changed == 0)
    return true;
  if (!log_changes(cache, error))
    return false;
  cache->changed_count = 0;
  if (!cache->settling.states &&
      (cache->log_bytes > LOG_BYTES_MAX || cache->logged_bytes > cache->memory_max / 2))
    begin_settling(cache);
  return !cache->settling.states || settle_some(cache, 2 * changed + SETTLED_LEAST, error);
}

/* All states have rows then, and may leave. */
static bool settle_and_shrink(struct question_cache *cache, size_t enough, struct error *error) {
  if (!question_saving_settle(cache, error))
    return false;
  question_cache_shrink(cache, true, enough);
  return true;
}

bool question_saving_trim(struct question_cache *cache, struct error *error) {
  size_t enough = cache->memory_max - cache->memory_max / 4;
  if (cache->bytes <= cache->memory_max)
    return true;
  /* Released pieces wait for others of their size, and names and states may have another size than
   * before: only when all states have left is memory of one size free for another. */
  if (cache->slab.bytes / 2 > cache->memory_max)
    return settle_and_shrink(cache, 0, error);
  question_cache_shrink(cache, false, enough);
  if (cache->bytes > enough)
    question_cache_shrink(cache, true, enough);
  return cache->bytes <= enough || settle_and_shrink(cache, enough, error);
}

/* ---- at the start ------------------------------------------------------------------------ */

static struct text stored_rule(struct question_cache *cache, const struct rule *rule) {
  buffer_reset(&cache->name);
  buffer_append_string(&cache->name, RULE_PREFIX);
  buffer_append_text(&cache->name, rule->id);
  return buffer_text(&cache->name);
}

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
  struct store *store = cache->backing.store;
  struct buffer meanings = BUFFER_NONE;
  struct store_kv entry;
  bool found = false;
  struct text stored = stored_rule(cache, rule);
  bool ok = store_kv_get(store, stored, TEXT(MEANING_KEY), &cache->blob, &entry, &found, error);
  struct text before = buffer_text(&cache->blob);
  write_meanings(rule, &meanings);
  struct tracked_question *tracked = &cache->questions[question_number(rule, 0)];
  bool is_new = ok && found && !same_meanings(before, rule) && !tracked->changed;
  tracked->changed = tracked->changed || is_new;
  if (is_new && cache->log)
    LOG_WARN(cache->log,
             "a rule's question was changed and begins anew: it asks about something "
             "else than what is remembered",
             LOG_TEXT("rule", rule->id));
  entry = (struct store_kv){.type = KV_QUESTION,
                            .value = buffer_text(&meanings),
                            .expires_at = TIME_END,
                            .expiry_given = true};
  if (ok && (!found || !text_equal(before, buffer_text(&meanings))))
    ok = store_kv_set(store, stored, TEXT(MEANING_KEY), &entry, error);
  buffer_free(&meanings);
  return ok;
}

static bool note_questions(struct question_cache *cache, struct error *error) {
  for (size_t i = 0; i < cache->rules->count; i++) {
    const struct rule *rule = &cache->rules->rules[i];
    for (size_t k = 0; k < rule->questions.count; k++) {
      int64_t id;
      if (!store_question_number(cache->backing.store, rule->id, rule->questions.items[k].meaning,
                                 &id, error))
        return false;
      cache->questions[question_number(rule, k)].id = (uint32_t)id;
    }
    if (rule->questions.count && !note_meaning(cache, rule, error))
      return false;
  }
  return true;
}

/* Half of the memory: what follows the rows needs some, too. */
static bool take_row(void *context, const struct store_question_state *row) {
  struct question_cache *cache = context;
  if (cache->bytes > cache->memory_max / 2)
    return cache->whole = false;
  struct question_state *state = question_cache_place(cache, (uint32_t)row->question, row->name);
  state->row_expiry = state->expires_at = row->expires_at;
  question_state_decode(row->state, state);
  question_cache_count(cache, state, false);
  return true;
}

static bool read_rows(struct question_cache *cache, struct error *error) {
  cache->whole = true;
  for (size_t i = 0; cache->whole && i < cache->rules->count * QUESTIONS_MAX; i++)
    if (cache->questions[i].question &&
        !store_question_list(cache->backing.store, cache->questions[i].id, take_row, cache, error))
      return false;
  return true;
}

/* A part of the bytes that begins with its size. False when they are damaged. */
static bool take_part(struct text *bytes, struct text *part) {
  uint64_t size;
  if (!question_number_take(bytes, &size) || size > bytes->size)
    return false;
  *part = (struct text){bytes->data, (size_t)size};
  *bytes = (struct text){bytes->data + part->size, bytes->size - part->size};
  return true;
}

/* Takes the first change of the bytes. False when nothing behind it can be found; *sound = false:
 * the state itself is damaged, and as if it were not there. */
static bool take_change(struct question_cache *cache, struct text *bytes, bool *sound) {
  struct text name, written;
  uint64_t question;
  if (!question_number_take(bytes, &question) || question > UINT32_MAX ||
      !take_part(bytes, &name) || !take_part(bytes, &written))
    return false;
  struct question_state *state = question_cache_place(cache, (uint32_t)question, name);
  state->checked = false;
  *sound &= question_state_decode(written, state);
  question_cache_count(cache, state, true);
  return true;
}

static void take_piece(void *context, int64_t id, struct text changes) {
  struct question_cache *cache = context;
  struct text rest = changes;
  bool found = true, sound = true;
  while (found && rest.size > 0)
    found = take_change(cache, &rest, &sound);
  cache->log_last = id;
  cache->log_bytes += changes.size;
  if ((!found || !sound) && cache->log)
    LOG_ERROR(cache->log,
              "the state file is damaged: some of what rules' questions remember is lost",
              LOG_INT("piece", id), LOG_INT("bytes", rest.size));
}

bool question_saving_begin(struct question_cache *cache, struct error *error) {
  if (!cache->noted && !note_questions(cache, error))
    return false;
  cache->noted = true;
  if (cache->read)
    return true;
  cache->read = read_rows(cache, error) &&
                store_question_log_read(cache->backing.store, take_piece, cache, error);
  return cache->read;
}
