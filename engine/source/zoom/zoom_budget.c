#include "source/zoom/zoom_budget.h"

#include "source/zoom/zoom_limit.h"
#include "source/zoom/zoom_report.h"

#define WAIT_MIN (10 * US_PER_MS)

void zoom_budget_start(struct zoom_budget *budget, const struct source_run *run,
                       const struct zoom_options *options) {
  *budget = (struct zoom_budget){
      .run = run, .limit = options->request_budget, .name = BUFFER_NONE, .day = ZOOM_DAY_NONE};
  buffer_append_string(&budget->name, "requests ");
  buffer_append_text(&budget->name, options->api_url);
  buffer_append_char(&budget->name, ' ');
  buffer_append_text(&budget->name, options->account_id);
}

void zoom_budget_free(struct zoom_budget *budget) {
  buffer_free(&budget->name);
}

/* The account as it is today, with its lock held. */
static struct zoom_budget_account *enter(struct zoom_budget *budget, time_us now) {
  struct source_locks *locks = budget->run->locks;
  source_lock(locks, buffer_text(&budget->name));
  struct zoom_budget_account *account =
      source_shared(locks, buffer_text(&budget->name), sizeof *account);
  if (!account)
    account = &budget->own;
  zoom_day today = zoom_day_of(now);
  /* Who looked at the clock just before midnight does not bring yesterday back. */
  if (today != account->day && today != account->day - 1) {
    account->day = today;
    account->used = 0;
  }
  return account;
}

static void leave(struct zoom_budget *budget) {
  source_unlock(budget->run->locks, buffer_text(&budget->name));
}

/* FNV-1a, 64 bits. */
static uint64_t hash_of(struct text text) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < text.size; i++)
    hash = (hash ^ (uint8_t)text.data[i]) * UINT64_C(0x100000001b3);
  return hash;
}

/* Whether this source is new here; one too many is taken for known. */
static bool add_source(struct zoom_budget_account *account, struct text id) {
  uint64_t hash = hash_of(id);
  for (size_t i = 0; i < account->source_count; i++)
    if (account->sources[i] == hash)
      return false;
  if (account->source_count == ZOOM_BUDGET_SOURCES_MAX)
    return false;
  account->sources[account->source_count++] = hash;
  return true;
}

void zoom_budget_restore(struct zoom_budget *budget, zoom_day day, int64_t count, time_us now) {
  struct zoom_budget_account *account = enter(budget, now);
  bool today = day == account->day;
  if (add_source(account, budget->run->source->id) && today)
    account->used += count;
  leave(budget);
  if (today) {
    budget->day = day;
    budget->count = count;
  }
}

void zoom_budget_restore_closed(struct zoom_budget *budget, time_us until, time_us now) {
  if (until != TIME_NONE && until <= now + ZOOM_LIMIT_DAY_MAX)
    zoom_budget_close(budget, until, now);
}

/* How much may have been used at this time of the day. */
static int64_t allowed(int64_t limit, time_us now) {
  int64_t start = limit / 4;
  double part = (double)(now - zoom_day_start(zoom_day_of(now))) / (double)US_PER_DAY;
  return start + (int64_t)((double)(limit - start) * part);
}

/* How long it takes until so many may have been used; at most until the next day. */
static int64_t wait_for(int64_t limit, int64_t used, time_us now) {
  if (used <= allowed(limit, now))
    return 0;
  int64_t start = limit / 4;
  time_us begin = zoom_day_start(zoom_day_of(now));
  double part = (double)(used - start) / (double)(limit - start);
  int64_t wait = begin + (int64_t)((part < 1 ? part : 1) * (double)US_PER_DAY) - now;
  return wait > WAIT_MIN ? wait : WAIT_MIN;
}

int64_t zoom_budget_take(struct zoom_budget *budget, time_us now) {
  struct zoom_budget_account *account = enter(budget, now);
  int64_t wait = account->closed_until > now ? account->closed_until - now
                                             : wait_for(budget->limit, account->used + 1, now);
  account->used += wait == 0;
  leave(budget);
  if (wait > 0)
    return wait;
  if (budget->day != zoom_day_of(now)) {
    budget->day = zoom_day_of(now);
    budget->count = 0;
  }
  budget->count++;
  return 0;
}

int64_t zoom_budget_spare(struct zoom_budget *budget, time_us now) {
  struct zoom_budget_account *account = enter(budget, now);
  int64_t wait = account->closed_until > now
                     ? account->closed_until - now
                     : wait_for(budget->limit, account->used + 1 + budget->limit / 20, now);
  leave(budget);
  return wait;
}

void zoom_budget_close(struct zoom_budget *budget, time_us until, time_us now) {
  struct zoom_budget_account *account = enter(budget, now);
  if (until > account->closed_until)
    account->closed_until = until;
  leave(budget);
}

int64_t zoom_budget_used(struct zoom_budget *budget, time_us now) {
  struct zoom_budget_account *account = enter(budget, now);
  int64_t used = account->used;
  leave(budget);
  return used;
}

time_us zoom_budget_closed_until(struct zoom_budget *budget, time_us now) {
  struct zoom_budget_account *account = enter(budget, now);
  time_us until = account->closed_until;
  leave(budget);
  return until > now ? until : TIME_NONE;
}

bool zoom_budget_is_closed(struct zoom_budget *budget, time_us now) {
  return zoom_budget_closed_until(budget, now) != TIME_NONE;
}
