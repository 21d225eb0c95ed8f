#include "sim/fault.h"

#include "base/memory.h"
#include "sim/random.h"
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>

#define SIDE(side) (1u << (side))
#define BOTH (SIDE(FAULT_SIM) | SIDE(FAULT_RECEIVER))

static const struct {
  const char *name;
  enum fault_kind kind;
  unsigned status, sides;
} KINDS[] = {
    {"400", FAULT_STATUS, 400, BOTH},
    {"401", FAULT_STATUS, 401, BOTH},
    {"403", FAULT_STATUS, 403, BOTH},
    {"404", FAULT_STATUS, 404, BOTH},
    {"408", FAULT_STATUS, 408, BOTH},
    {"410", FAULT_STATUS, 410, BOTH},
    {"413", FAULT_STATUS, 413, BOTH},
    {"429", FAULT_STATUS, 429, BOTH},
    {"500", FAULT_STATUS, 500, BOTH},
    {"502", FAULT_STATUS, 502, BOTH},
    {"503", FAULT_STATUS, 503, BOTH},
    {"504", FAULT_STATUS, 504, BOTH},
    {"slow", FAULT_SLOW, 0, BOTH},
    {"cut", FAULT_CUT, 0, BOTH},
    {"close", FAULT_CLOSE, 0, BOTH},
    {"json", FAULT_JSON, 0, SIDE(FAULT_SIM)},
    {"page-token", FAULT_PAGE_TOKEN, 0, SIDE(FAULT_SIM)},
    {"token", FAULT_TOKEN, 0, SIDE(FAULT_SIM)},
    {"scope", FAULT_SCOPE, 0, SIDE(FAULT_SIM)},
    {"late", FAULT_LATE, 0, SIDE(FAULT_SIM)},
    {"identical", FAULT_IDENTICAL, 0, SIDE(FAULT_SIM)},
    {"retype", FAULT_RETYPE, 0, SIDE(FAULT_SIM)},
};

#define KIND(kind) (1u << (kind))
#define REQUESTS                                                                                   \
  (KIND(FAULT_STATUS) | KIND(FAULT_SLOW) | KIND(FAULT_CUT) | KIND(FAULT_CLOSE) |                   \
   KIND(FAULT_JSON) | KIND(FAULT_PAGE_TOKEN) | KIND(FAULT_TOKEN) | KIND(FAULT_SCOPE))
#define ROWS (KIND(FAULT_LATE) | KIND(FAULT_IDENTICAL) | KIND(FAULT_RETYPE))

enum setting {
  EVERY,
  AT,
  FIRST,
  AFTER,
  SHARE,
  TIMES,
  ON_KIND,
  RETRY_AFTER,
  RETRY_AFTER_DATE,
  RETRY_AFTER_TIME,
  RESET,
  LIMIT,
  CODE,
  DELAY_MS,
  PAGE,
  SECONDS,
  UP_TO,
  FIELD
};

static const struct {
  const char *name;
  enum setting setting;
  unsigned kinds; /* that take it */
} SETTINGS[] = {
    {"every", EVERY, REQUESTS},
    {"at", AT, REQUESTS},
    {"first", FIRST, REQUESTS},
    {"after", AFTER, REQUESTS | KIND(FAULT_LATE)},
    {"share", SHARE, REQUESTS | ROWS},
    {"times", TIMES, REQUESTS},
    {"on", ON_KIND, REQUESTS},
    {"retry-after", RETRY_AFTER, KIND(FAULT_STATUS)},
    {"retry-after-date", RETRY_AFTER_DATE, KIND(FAULT_STATUS)},
    {"retry-after-time", RETRY_AFTER_TIME, KIND(FAULT_STATUS)},
    {"reset", RESET, KIND(FAULT_STATUS)},
    {"limit", LIMIT, KIND(FAULT_STATUS)},
    {"code", CODE, KIND(FAULT_SCOPE)},
    {"ms", DELAY_MS, KIND(FAULT_SLOW)},
    {"page", PAGE, KIND(FAULT_PAGE_TOKEN)},
    {"seconds", SECONDS, KIND(FAULT_LATE)},
    {"up-to", UP_TO, KIND(FAULT_LATE)},
    {"field", FIELD, KIND(FAULT_RETYPE)},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Cuts the part before `separator` off the front of `rest`. */
static struct text take_part(struct text *rest, char separator) {
  const char *end = rest->size ? memchr(rest->data, separator, rest->size) : NULL;
  struct text part = {rest->data, end ? (size_t)(end - rest->data) : rest->size};
  size_t used = part.size + (end ? 1 : 0);
  *rest = (struct text){rest->data + used, rest->size - used};
  return part;
}

static bool read_number(struct text text, int64_t min, int64_t *number) {
  if (text.size == 0 || text.size > 12)
    return false;
  *number = 0;
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] < '0' || text.data[i] > '9')
      return false;
    *number = *number * 10 + (text.data[i] - '0');
  }
  return *number >= min;
}

static bool read_share(struct text text, double *share) {
  char copy[32], *end;
  if (text.size == 0 || text.size >= sizeof copy)
    return false;
  for (size_t i = 0; i < text.size; i++)
    if (!((text.data[i] >= '0' && text.data[i] <= '9') || text.data[i] == '.'))
      return false;
  memcpy(copy, text.data, text.size);
  copy[text.size] = '\0';
  *share = strtod(copy, &end);
  return *end == '\0' && *share >= 0 && *share <= 1;
}

static bool read_at(struct text text, struct fault *fault) {
  while (text.size > 0) {
    int64_t number;
    if (fault->at_count == FAULT_AT_MAX || !read_number(take_part(&text, '+'), 1, &number))
      return false;
    fault->at[fault->at_count++] = (uint64_t)number;
  }
  return fault->at_count > 0;
}

static bool read_field(struct text text, struct fault *fault) {
  if (text.size == 0 || text.size >= sizeof fault->field)
    return false;
  memcpy(fault->field, text.data, text.size);
  fault->field[text.size] = '\0';
  return true;
}

static bool read_on(struct text text, struct fault *fault) {
  fault->on = 0;
  while (text.size > 0) {
    struct text name = take_part(&text, '+');
    enum sim_report report;
    if (text_is(name, "oauth"))
      fault->on |= FAULT_ON_OAUTH;
    else if (sim_report_parse(name, &report))
      fault->on |= 1u << report;
    else
      return false;
  }
  return fault->on != 0;
}

static bool read_retry_after(struct fault *fault, enum setting setting, struct text value) {
  fault->retry_after_date = setting == RETRY_AFTER_DATE;
  fault->retry_after_time = setting == RETRY_AFTER_TIME;
  return read_number(value, 0, &fault->retry_after);
}

static bool read_code(struct text value, int64_t *code) {
  return read_number(value, 1, code) && (*code == 200 || *code == 4700 || *code == 4711);
}

/* Reads one setting; false with what was expected. */
static bool read_setting(struct fault *fault, enum setting setting, struct text value,
                         const char **expected) {
  int64_t number = 0;
  *expected = "a whole number from 1";
  switch (setting) {
  case EVERY:
    return read_number(value, 1, &number) && (fault->every = (uint64_t)number);
  case FIRST:
    return read_number(value, 1, &number) && (fault->first = (uint64_t)number);
  case AFTER:
    return read_number(value, 1, &number) && (fault->after = (uint64_t)number);
  case TIMES:
    return read_number(value, 1, &number) && (fault->times = (uint64_t)number);
  case DELAY_MS:
    return read_number(value, 1, &number) && (fault->delay_us = number * 1000);
  case SECONDS:
    return read_number(value, 1, &fault->seconds);
  case UP_TO:
    return read_number(value, 1, &fault->up_to);
  case PAGE:
    *expected = "a whole number from 2: the first page has no token";
    return read_number(value, 2, &fault->page);
  case RETRY_AFTER:
  case RETRY_AFTER_DATE:
  case RETRY_AFTER_TIME:
    *expected = "a whole number of seconds";
    return read_retry_after(fault, setting, value);
  case RESET:
    *expected = "a whole number of seconds";
    return read_number(value, 0, &fault->reset);
  case LIMIT:
    *expected = "day";
    return (fault->daily = text_is(value, "day"));
  case CODE:
    *expected = "200, 4700 or 4711";
    return read_code(value, &fault->code);
  case AT:
    *expected = "up to 32 request numbers from 1, joined by +, like at=3+9";
    return read_at(value, fault);
  case FIELD:
    *expected = "the name of a field";
    return read_field(value, fault);
  case SHARE:
    *expected = "a number from 0 to 1, like share=0.02";
    return read_share(value, &fault->share);
  case ON_KIND:
    *expected = "names of reports or oauth, joined by +";
    return read_on(value, fault);
  }
  return false;
}

static bool fault_error(struct error *error, const struct fault *fault, const char *problem,
                        struct text what, const char *expected) {
  char shown[80], word[80];
  return error_set(error, "fault '%s': %s '%s'; expected %s",
                   text_printable(text_from(fault->written), shown, sizeof shown), problem,
                   text_printable(what, word, sizeof word), expected);
}

static bool read_kind(struct fault *fault, enum fault_side side, struct text name,
                      struct error *error) {
  struct buffer known = BUFFER_NONE;
  for (size_t i = 0; i < COUNT(KINDS); i++) {
    if (!(KINDS[i].sides & SIDE(side)))
      continue;
    if (text_is(name, KINDS[i].name)) {
      fault->kind = KINDS[i].kind;
      fault->status = KINDS[i].status;
    }
    buffer_printf(&known, "%s%s", known.size ? ", " : "one of ", KINDS[i].name);
  }
  if (fault->kind == FAULT_NONE)
    fault_error(error, fault, "unknown kind", name, known.data);
  buffer_free(&known);
  return fault->kind != FAULT_NONE;
}

static bool read_settings(struct fault *fault, enum fault_side side, struct text rest,
                          struct error *error) {
  while (rest.size > 0) {
    struct text value = take_part(&rest, ',');
    struct text name = take_part(&value, '=');
    struct buffer known = BUFFER_NONE;
    const char *expected = NULL;
    size_t found = COUNT(SETTINGS);
    for (size_t i = 0; i < COUNT(SETTINGS); i++) {
      bool taken = SETTINGS[i].kinds & KIND(fault->kind);
      if (!taken || (SETTINGS[i].setting == ON_KIND && side != FAULT_SIM))
        continue;
      if (text_is(name, SETTINGS[i].name))
        found = i;
      buffer_printf(&known, "%s%s", known.size ? ", " : "one of ", SETTINGS[i].name);
    }
    bool good = false;
    if (found == COUNT(SETTINGS))
      fault_error(error, fault, "unknown setting", name, known.data);
    else if (!read_setting(fault, SETTINGS[found].setting, value, &expected))
      fault_error(error, fault, SETTINGS[found].name, value, expected);
    else
      good = true;
    buffer_free(&known);
    if (!good)
      return false;
  }
  return true;
}

static bool fault_parse(struct fault *fault, enum fault_side side, struct error *error) {
  struct text rest = text_from(fault->written);
  struct text name = take_part(&rest, ':');
  if (!read_kind(fault, side, name, error))
    return false;
  if (fault->kind == FAULT_PAGE_TOKEN)
    fault->times = 1;
  if (!read_settings(fault, side, rest, error))
    return false;
  if ((KIND(fault->kind) & ROWS) && fault->share < 0)
    return fault_error(error, fault, "no share in", text_from(fault->written),
                       "share=X, the share of the rows, like share=0.02");
  if (fault->kind == FAULT_RETYPE && !*fault->field)
    return fault_error(error, fault, "no field in", text_from(fault->written),
                       "field=NAME, the field that gets another type");
  if (fault->kind == FAULT_LATE && !fault->after && !fault->seconds && !fault->up_to)
    return fault_error(error, fault, "no end in", text_from(fault->written),
                       "after=N pages or seconds=N or up-to=SECONDS");
  return true;
}

bool fault_set_parse(struct fault_set *set, enum fault_side side, const char *const *written,
                     size_t count, uint64_t seed, struct error *error) {
  *set = (struct fault_set){.seed = seed};
  set->faults = memory_alloc_array(count, sizeof *set->faults);
  for (size_t i = 0; i < count; i++) {
    set->faults[i] = (struct fault){.written = memory_copy_string(written[i]),
                                    .share = -1,
                                    .retry_after = -1,
                                    .reset = -1,
                                    .code = 4711,
                                    .delay_us = 1000000,
                                    .page = 2,
                                    .on = FAULT_ON_REPORTS};
    set->count++;
    if (!fault_parse(&set->faults[i], side, error)) {
      fault_set_free(set);
      return false;
    }
  }
  return true;
}

void fault_set_free(struct fault_set *set) {
  for (size_t i = 0; i < set->count; i++)
    free(set->faults[i].written);
  free(set->faults);
  *set = (struct fault_set){.faults = NULL};
}

/* Whether request number `n` (from 1) is one that the fault is for. */
static bool fault_due(const struct fault *fault, uint64_t seed, uint64_t n) {
  if (fault->times && fault->struck >= fault->times)
    return false;
  bool any =
      !fault->every && !fault->at_count && !fault->first && !fault->after && fault->share < 0;
  bool due = any || (fault->every && n % fault->every == 0) ||
             (fault->first && n <= fault->first) || (fault->after && n > fault->after) ||
             (fault->share >= 0 && random_chance_of(seed, n, fault->share));
  for (size_t i = 0; i < fault->at_count; i++)
    due = due || fault->at[i] == n;
  return due;
}

const struct fault *fault_set_strike(struct fault_set *set, uint32_t on, int64_t page) {
  struct fault *strikes = NULL;
  for (size_t i = 0; i < set->count; i++) {
    struct fault *fault = &set->faults[i];
    if (!(KIND(fault->kind) & REQUESTS) || !(fault->on & on))
      continue;
    if (fault->kind == FAULT_PAGE_TOKEN && fault->page != page)
      continue;
    fault->seen++;
    if (!strikes && fault_due(fault, set->seed + i, fault->seen))
      strikes = fault;
  }
  if (strikes)
    strikes->struck++;
  return strikes;
}

const struct fault *fault_set_find(const struct fault_set *set, enum fault_kind kind) {
  for (size_t i = 0; i < set->count; i++)
    if (set->faults[i].kind == kind)
      return &set->faults[i];
  return NULL;
}

void fault_set_json(const struct fault_set *set, struct buffer *out) {
  buffer_append_char(out, '{');
  for (size_t i = 0; i < set->count; i++) {
    if (i > 0)
      buffer_append_string(out, ", ");
    buffer_append_json_string(out, text_from(set->faults[i].written));
    buffer_printf(out, ": %llu", (unsigned long long)set->faults[i].struck);
  }
  buffer_append_char(out, '}');
}

uint64_t fault_set_struck(const struct fault_set *set) {
  uint64_t struck = 0;
  for (size_t i = 0; i < set->count; i++)
    struck += set->faults[i].struck;
  return struck;
}
