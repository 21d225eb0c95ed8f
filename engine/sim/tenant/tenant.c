#include "sim/tenant/tenant.h"

#include "sim/tenant/attack.h"
#include "sim/tenant/plan.h"
#include "sim/tenant/routine.h"
#include "sim/tenant/shape.h"
#include "sim/tenant/template.h"

#include "base/memory.h"

#include <stdlib.h>

/* Hours before the first moment at which planning begins: then every place has had the midnight of
 * the day in which it is, and the one before, at which its meetings were planned. */
#define HOURS_BEFORE 50

/* The years whose days the calendar of place.c knows. */
#define FIRST_YEAR (INT64_C(946684800) * US_PER_SECOND)       /* 2000-01-01 */
#define AFTER_LAST_YEAR (INT64_C(4102444800) * US_PER_SECOND) /* 2100-01-01 */

const char *const TENANT_LOG_NAMES[TENANT_LOGS] = {"operation", "phone_operation", "activity",
                                                   "meeting_activity", "webhook"};

struct tenant {
  struct plan plan;
  struct filler filler;
  struct arena arena; /* of the templates */
  struct template *templates;
  struct attack_run *attacks;
  size_t attack_count;
  bool begun;
};

static bool check_options(const struct tenant_options *options, struct error *error) {
  if (options->users < TENANT_USERS_MIN || options->users > TENANT_USERS_MAX)
    return error_set(error, "a tenant has %d to %d users", TENANT_USERS_MIN, TENANT_USERS_MAX);
  if (options->days < 1 || options->days > TENANT_DAYS_MAX)
    return error_set(error, "a tenant lives for 1 to %d days", TENANT_DAYS_MAX);
  if (options->from < FIRST_YEAR || options->from >= AFTER_LAST_YEAR ||
      options->from + options->days * US_PER_DAY > AFTER_LAST_YEAR)
    return error_set(error, "a tenant's days lie from 2000-01-01 to 2099-12-31");
  if (options->attack_count > TENANT_ATTACKS_MAX)
    return error_set(error, "a tenant suffers at most %d attacks", TENANT_ATTACKS_MAX);
  return true;
}

/* In the order of the numbers of shapes: by name, two for each routine, the steps of each attack.
 */
static void compile_templates(struct tenant *tenant) {
  size_t count = SHAPE_NAMES + 2 * ROUTINE_COUNT;
  for (size_t i = 0; i < tenant->attack_count; i++) {
    tenant->attacks[i].first_shape = count;
    count += tenant->attacks[i].attack->step_count;
  }
  struct template *template = memory_alloc_array(count, sizeof *template);
  tenant->templates = template;
  for (int i = 0; i < SHAPE_NAMES; i++) {
    const struct shape *shape =
        SHAPES_OF_MEETINGS[i].text ? &SHAPES_OF_MEETINGS[i] : &SHAPES_OF_PEOPLE[i];
    *template ++ = template_compile(&tenant->arena, shape->log, shape->text);
  }
  for (size_t i = 0; i < ROUTINE_COUNT; i++) {
    enum tenant_log log =
        ROUTINES[i].about == ROUTINE_PHONE ? TENANT_PHONE_OPERATION : TENANT_OPERATION;
    *template ++ = template_compile(&tenant->arena, log, ROUTINES[i].operation);
    const char *webhook = ROUTINES[i].webhook;
    *template ++ = template_compile(&tenant->arena, TENANT_WEBHOOK, webhook ? webhook : "");
  }
  for (size_t i = 0; i < tenant->attack_count; i++) {
    const struct attack *attack = tenant->attacks[i].attack;
    for (size_t k = 0; k < attack->step_count; k++)
      *template ++ = template_compile(&tenant->arena, attack->steps[k].log, attack->steps[k].shape);
  }
}

static bool read_attacks(struct tenant *tenant, const struct tenant_options *options, time_us begin,
                         struct error *error) {
  tenant->attacks = memory_alloc_array(options->attack_count, sizeof *tenant->attacks);
  tenant->attack_count = options->attack_count;
  for (size_t i = 0; i < options->attack_count; i++) {
    struct attack_run *run = &tenant->attacks[i];
    uint32_t day;
    if (!attack_parse(options->attacks[i], options->days, i, options->attack_count, run, &day,
                      error))
      return false;
    run->day = begin / US_PER_DAY + day - 1;
    run->seed = random_of(options->seed ^ 0xa77ac4, i).state;
    run->mark = (uint16_t)(i + 1);
  }
  return true;
}

struct tenant *tenant_new(const struct tenant_options *options, struct error *error) {
  if (!check_options(options, error))
    return NULL;
  struct tenant *tenant = memory_alloc(sizeof *tenant);
  time_us begin = options->from - options->from % US_PER_DAY;
  if (!read_attacks(tenant, options, begin, error)) {
    tenant_free(tenant);
    return NULL;
  }
  tenant->plan.seed = options->seed;
  people_start(&tenant->plan.people, options->seed, options->users, begin / US_PER_DAY);
  agenda_start(&tenant->plan.agenda, begin - HOURS_BEFORE * US_PER_HOUR, begin,
               begin + options->days * US_PER_DAY);
  tenant->filler.people = &tenant->plan.people;
  compile_templates(tenant);
  return tenant;
}

void tenant_free(struct tenant *tenant) {
  if (!tenant)
    return;
  agenda_free(&tenant->plan.agenda);
  people_free(&tenant->plan.people);
  filler_free(&tenant->filler);
  arena_free(&tenant->arena);
  free(tenant->templates);
  free(tenant->attacks);
  free(tenant);
}

/* Everybody's day at a place where it begins. */
static void plan_place(struct tenant *tenant, size_t place, int64_t number) {
  struct plan *plan = &tenant->plan;
  struct day today = plan_day(place, number), tomorrow = plan_day(place, number + 1);
  plan_office(plan, &today);
  for (uint32_t i = 0; i < plan->people.count; i++)
    if (plan->people.list[i].place == place) {
      plan_person(plan, i, &today);
      plan_meetings(plan, i, &tomorrow);
    }
  for (size_t i = 0; place == 0 && i < tenant->attack_count; i++)
    attack_plan(&tenant->attacks[i], plan, &today);
}

/* The next hour: the days that begin in it are planned, then its acts are sorted. False: the end.
 */
static bool next_hour(struct tenant *tenant) {
  struct agenda *agenda = &tenant->plan.agenda;
  if (tenant->begun)
    agenda_next_hour(agenda);
  tenant->begun = true;
  if (agenda->hour >= agenda->end)
    return false;
  for (size_t place = 0; place < PLACE_COUNT; place++) {
    /* Summer time moves midnight by an hour, so two days are possible. */
    int64_t near =
        (agenda->hour + US_PER_DAY / 2 + PLACES[place].offset_minutes * US_PER_MINUTE) / US_PER_DAY;
    struct day day = plan_day(place, near);
    if (day.midnight >= agenda->hour && day.midnight < agenda->hour + US_PER_HOUR)
      plan_place(tenant, place, near);
  }
  agenda_open_hour(agenda);
  return true;
}

bool tenant_next(struct tenant *tenant, struct buffer *out, struct tenant_record *record) {
  const struct act *act;
  while (!(act = agenda_take(&tenant->plan.agenda)))
    if (!next_hour(tenant))
      return false;
  const struct template *template = &tenant->templates[act->shape];
  template_fill(template, &tenant->filler, act, out);
  *record = (struct tenant_record){.time = act->time, .log = template->log};
  if (act->attack) {
    const struct attack *attack = tenant->attacks[act->attack - 1].attack;
    record->attack = attack->name;
    record->step = attack->steps[act->step].words;
  }
  return true;
}

void tenant_append_places(struct buffer *out) {
  place_append_table(out);
}
