#include "sim/tenant/agenda.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

static struct agenda_hour *hour_at(struct agenda *agenda, time_us time) {
  return &agenda->hours[(size_t)(time / US_PER_HOUR % AGENDA_HOURS)];
}

void agenda_start(struct agenda *agenda, time_us hour, time_us begin, time_us end) {
  *agenda = (struct agenda){.begin = begin, .end = end, .hour = hour};
}

void agenda_free(struct agenda *agenda) {
  for (size_t i = 0; i < AGENDA_HOURS; i++)
    free(agenda->hours[i].acts);
  *agenda = (struct agenda){.at = 0};
}

void agenda_add(struct agenda *agenda, struct act act) {
  act.order = agenda->order++;
  if (act.time < agenda->begin || act.time >= agenda->end)
    return;
  assert(act.time >= agenda->hour && act.time < agenda->hour + AGENDA_HOURS * US_PER_HOUR);
  struct agenda_hour *hour = hour_at(agenda, act.time);
  hour->acts = memory_reserve(hour->acts, &hour->capacity, hour->count + 1, sizeof *hour->acts);
  hour->acts[hour->count++] = act;
}

void agenda_next_hour(struct agenda *agenda) {
  struct agenda_hour *hour = hour_at(agenda, agenda->hour);
  free(hour->acts); /* its place is next needed in AGENDA_HOURS */
  *hour = (struct agenda_hour){.acts = NULL};
  agenda->hour += US_PER_HOUR;
  agenda->at = 0;
}

static int by_time(const void *a, const void *b) {
  const struct act *left = a, *right = b;
  if (left->time != right->time)
    return left->time < right->time ? -1 : 1;
  return left->order < right->order ? -1 : left->order > right->order;
}

void agenda_open_hour(struct agenda *agenda) {
  struct agenda_hour *hour = hour_at(agenda, agenda->hour);
  if (hour->count > 1)
    qsort(hour->acts, hour->count, sizeof *hour->acts, by_time);
}

const struct act *agenda_take(struct agenda *agenda) {
  const struct agenda_hour *hour = hour_at(agenda, agenda->hour);
  return agenda->at < hour->count ? &hour->acts[agenda->at++] : NULL;
}
