#include "daemon/health/health.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>

#define PART_NAME_SIZE 64
#define ERROR_SIZE 600

/* Events of the last HEALTH_RATE_US, by minutes. */
#define RATE_SLOTS (HEALTH_RATE_US / US_PER_MINUTE)
struct rate {
  int64_t counts[RATE_SLOTS];
  int64_t minute; /* of the latest slot */
};

struct part {
  char name[PART_NAME_SIZE];
  bool fails;
  enum source_fault fault;
  char error[ERROR_SIZE];
  time_us since;
  int64_t count; /* in a row */
};

enum run_state { RUN_STARTING, RUN_GOES, RUN_ENDED, RUN_FAILED };

struct health_source {
  struct health_source *next;
  struct health *health;
  int holders; /* 0: only what the store said is known */
  char *id, *label, *kind;
  enum run_state run;
  bool reports;
  time_us begun_at, known_since, last_event, last_event_at, last_success, watermark;
  time_us day;
  int64_t rows_today;
  struct part parts[HEALTH_PARTS_MAX];
  size_t part_count;
  char stopped[ERROR_SIZE];
  time_us stopped_at;
  struct rate dead_letters, rejects;
  bool compared;
  int64_t ahead_us;
};

struct health {
  struct clock clock;
  pthread_mutex_t mutex; /* guards everything */
  struct health_source *sources;
  uint64_t changes;
};

/* ---- rates ------------------------------------------------------------------------------- */

/* Empties the slots of the minutes that went by. A clock that was set back adds to the latest. */
static void rate_move(struct rate *rate, time_us now) {
  int64_t minute = now / US_PER_MINUTE;
  if (minute - rate->minute >= RATE_SLOTS)
    *rate = (struct rate){.minute = minute};
  while (rate->minute < minute)
    rate->counts[++rate->minute % RATE_SLOTS] = 0;
}

static void rate_add(struct rate *rate, time_us now, int64_t count) {
  if (count == 0)
    return;
  rate_move(rate, now);
  rate->counts[rate->minute % RATE_SLOTS] += count;
}

static int64_t rate_sum(struct rate *rate, time_us now) {
  int64_t sum = 0;
  rate_move(rate, now);
  for (size_t i = 0; i < RATE_SLOTS; i++)
    sum += rate->counts[i];
  return sum;
}

/* ---- the life ---------------------------------------------------------------------------- */

struct health *health_new(struct clock clock) {
  struct health *health = memory_alloc(sizeof *health);
  health->clock = clock;
  pthread_mutex_init(&health->mutex, NULL);
  return health;
}

static void source_free(struct health_source *source) {
  free(source->id);
  free(source->label);
  free(source->kind);
  free(source);
}

void health_free(struct health *health) {
  if (!health)
    return;
  while (health->sources) {
    struct health_source *source = health->sources;
    health->sources = source->next;
    source_free(source);
  }
  pthread_mutex_destroy(&health->mutex);
  free(health);
}

static struct health_source *find(struct health *health, struct text id) {
  for (struct health_source *source = health->sources; source; source = source->next)
    if (text_is(id, source->id))
      return source;
  return NULL;
}

static struct health_source *add(struct health *health, struct text id) {
  struct health_source *source = memory_alloc(sizeof *source);
  *source = (struct health_source){.next = health->sources,
                                   .health = health,
                                   .begun_at = TIME_NONE,
                                   .id = memory_copy_bytes(id.data, id.size),
                                   .known_since = clock_now(&health->clock),
                                   .last_event = TIME_NONE,
                                   .last_event_at = TIME_NONE,
                                   .last_success = TIME_NONE,
                                   .watermark = TIME_NONE};
  health->sources = source;
  return source;
}

static void load_source(void *context, const struct store_source_health *saved) {
  struct health *health = context;
  struct health_source *source = add(health, saved->source_id);
  source->known_since = saved->known_since;
  source->last_event = saved->last_event;
  source->last_event_at = saved->last_event_at;
  source->last_success = saved->last_success;
  source->watermark = saved->watermark;
  source->day = saved->day;
  source->rows_today = saved->rows_today;
}

bool health_load(struct health *health, struct store *store, struct error *error) {
  return store_health_sources(store, load_source, health, error);
}

struct health_source *health_source_hold(struct health *health, const struct source *source) {
  pthread_mutex_lock(&health->mutex);
  struct health_source *held = find(health, source->id);
  if (!held)
    held = add(health, source->id);
  held->holders++;
  free(held->label);
  free(held->kind);
  held->label = memory_copy_bytes(source->label.data, source->label.size);
  held->kind = memory_copy_string(source->type->kind.name);
  health->changes++;
  pthread_mutex_unlock(&health->mutex);
  return held;
}

void health_source_release(struct health_source *source) {
  if (!source)
    return;
  struct health *health = source->health;
  pthread_mutex_lock(&health->mutex);
  if (--source->holders == 0) {
    struct health_source **at = &health->sources;
    while (*at != source)
      at = &(*at)->next;
    *at = source->next;
    source_free(source);
    health->changes++;
  }
  pthread_mutex_unlock(&health->mutex);
}

/* ---- what sources report ----------------------------------------------------------------- */

static struct part *find_part(struct health_source *source, const char *name, bool make) {
  char cut[PART_NAME_SIZE];
  text_printable(text_from(name), cut, sizeof cut);
  for (size_t i = 0; i < source->part_count; i++)
    if (strcmp(source->parts[i].name, cut) == 0)
      return &source->parts[i];
  if (!make)
    return NULL;
  if (source->part_count == HEALTH_PARTS_MAX)
    return &source->parts[HEALTH_PARTS_MAX - 1];
  struct part *part = &source->parts[source->part_count++];
  *part = (struct part){.fails = false};
  memcpy(part->name, cut, sizeof cut);
  return part;
}

/* Locks. */
static time_us enter(struct health_source *source) {
  pthread_mutex_lock(&source->health->mutex);
  return clock_now(&source->health->clock);
}

static void leave(struct health_source *source) {
  pthread_mutex_unlock(&source->health->mutex);
}

static void works(void *context, const char *name) {
  struct health_source *source = context;
  time_us now = enter(source);
  struct part *part = find_part(source, name, false);
  if ((part && part->fails) || !source->reports)
    source->health->changes++;
  if (part)
    part->fails = false;
  source->reports = true;
  source->last_success = now;
  leave(source);
}

static void fails(void *context, const char *name, enum source_fault fault,
                  const struct error *error) {
  struct health_source *source = context;
  time_us now = enter(source);
  struct part *part = find_part(source, name, true);
  if (!part->fails || part->fault != fault) {
    source->health->changes++;
    part->since = now;
    part->count = 0;
  }
  part->fails = source->reports = true;
  part->fault = fault;
  part->count++;
  text_printable(text_from(error->text), part->error, sizeof part->error);
  leave(source);
}

static void rejects(void *context, uint64_t requests) {
  struct health_source *source = context;
  if (requests == 0)
    return;
  time_us now = enter(source);
  rate_add(&source->rejects, now, (int64_t)requests);
  leave(source);
}

static void compares(void *context, int64_t ahead_us) {
  struct health_source *source = context;
  enter(source);
  source->compared = true;
  source->ahead_us = ahead_us;
  leave(source);
}

struct source_health health_source_reports(struct health_source *source) {
  return (struct source_health){source, works, fails, rejects, compares};
}

void health_source_begins(struct health_source *source) {
  source->begun_at = enter(source);
  source->run = RUN_GOES;
  source->part_count = 0;
  source->reports = source->compared = false;
  source->stopped[0] = '\0';
  source->health->changes++;
  leave(source);
}

void health_source_ends(struct health_source *source, const struct error *error) {
  time_us now = enter(source);
  source->run = error->set ? RUN_FAILED : RUN_ENDED;
  source->stopped_at = now;
  text_printable(text_from(error->text), source->stopped, sizeof source->stopped);
  source->health->changes++;
  leave(source);
}

/* ---- what the committer sees ------------------------------------------------------------- */

static void count_today(struct health_source *source, time_us now, int64_t rows) {
  time_us day = now - now % US_PER_DAY;
  if (day != source->day)
    source->rows_today = 0;
  source->day = day;
  source->rows_today += rows;
}

static void take_batch(struct health_source *source, const struct batch_result *result,
                       time_us now) {
  const struct batch *batch = result->batch;
  count_today(source, now, (int64_t)result->records);
  rate_add(&source->dead_letters, now, (int64_t)result->dead_letter_count);
  if (batch->watermark != TIME_NONE && batch->watermark != BATCH_ENDED &&
      batch->watermark > source->watermark)
    source->watermark = batch->watermark;
  if (result->records == 0)
    return;
  source->last_event_at = now;
  if (result->latest > source->last_event)
    source->last_event = result->latest;
}

void health_committed(struct health *health, const struct batch_result *result) {
  const struct batch *batch = result->batch;
  if (batch->letters || batch->backfill_alerts) /* somebody asked for what is long past */
    return;
  pthread_mutex_lock(&health->mutex);
  struct health_source *source = find(health, batch->source->id);
  if (source)
    take_batch(source, result, clock_now(&health->clock));
  pthread_mutex_unlock(&health->mutex);
}

/* ---- reading ----------------------------------------------------------------------------- */

static const char *const fault_words[SOURCE_FAULT_COUNT] = {
    [SOURCE_FAULT_OTHER] = "other",
    [SOURCE_FAULT_CREDENTIALS] = "credentials",
    [SOURCE_FAULT_SCOPE] = "scope",
};

static const char *state_word(const struct health_source *source, bool fails) {
  if (source->run == RUN_FAILED)
    return "failed";
  if (source->run == RUN_ENDED)
    return "ended";
  if (fails)
    return "failing";
  return source->run == RUN_GOES && source->reports ? "working" : "starting";
}

/* The part that began to fail first stands for all. */
static const struct part *first_failure(const struct health_source *source) {
  const struct part *first = NULL;
  for (size_t i = 0; i < source->part_count; i++)
    if (source->parts[i].fails && (!first || source->parts[i].since < first->since))
      first = &source->parts[i];
  return first;
}

static void view_error(const struct health_source *source, struct store_source_health *saved) {
  const struct part *first = first_failure(source);
  saved->error_since = TIME_NONE;
  saved->fault = saved->error = TEXT("");
  if (source->run == RUN_FAILED) {
    saved->fault = text_from(fault_words[SOURCE_FAULT_OTHER]);
    saved->error = text_from(source->stopped);
    saved->error_since = source->stopped_at;
    saved->errors = 1;
  } else if (first) {
    saved->fault = text_from(fault_words[first->fault]);
    saved->error = text_from(first->error);
    saved->error_since = first->since;
    saved->errors = first->count;
  }
  saved->state = text_from(state_word(source, first != NULL));
}

static void view_faults(const struct health_source *source, struct health_view *view) {
  for (size_t i = 0; i < source->part_count; i++) {
    const struct part *part = &source->parts[i];
    bool earlier =
        !view->faults[part->fault].fails || part->since < view->faults[part->fault].since;
    if (!part->fails || !earlier)
      continue;
    view->faults[part->fault].fails = true;
    view->faults[part->fault].since = part->since;
    view->faults[part->fault].part = text_from(part->name);
    view->faults[part->fault].error = text_from(part->error);
  }
}

static struct health_view view_of(struct health_source *source, time_us now) {
  count_today(source, now, 0);
  struct health_view view = {
      .saved = {.source_id = text_from(source->id),
                .label = text_from(source->label),
                .kind = text_from(source->kind),
                .known_since = source->known_since,
                .last_event = source->last_event,
                .last_event_at = source->last_event_at,
                .last_success = source->last_success,
                .watermark = source->watermark,
                .day = source->day,
                .rows_today = source->rows_today},
      .reports = source->reports,
      .begun_at = source->begun_at,
      .stopped = text_from(source->stopped),
      .dead_letters = rate_sum(&source->dead_letters, now),
      .rejects = rate_sum(&source->rejects, now),
      .compared = source->compared,
      .ahead_us = source->ahead_us,
  };
  view_error(source, &view.saved);
  view_faults(source, &view);
  return view;
}

void health_each(struct health *health,
                 void (*visit)(void *context, const struct health_view *view), void *context) {
  pthread_mutex_lock(&health->mutex);
  time_us now = clock_now(&health->clock);
  for (struct health_source *source = health->sources; source; source = source->next)
    if (source->holders > 0) {
      const struct health_view view = view_of(source, now);
      visit(context, &view);
    }
  pthread_mutex_unlock(&health->mutex);
}

uint64_t health_changes(struct health *health) {
  pthread_mutex_lock(&health->mutex);
  uint64_t changes = health->changes;
  pthread_mutex_unlock(&health->mutex);
  return changes;
}
