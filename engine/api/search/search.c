#include "api/search/search.h"

#include "api/search/stored_reader.h"
#include "base/memory.h"
#include "detect/backtest/archive_search.h"
#include "detect/backtest/found_events.h"
#include "rule/load/rule_set_load.h"
#include "rule/vm/rule_run.h"
#include "rule/vm/rule_vm.h"

#include <stdlib.h>

#define KINDS_MAX 16 /* of indicators that one text can be */
#define GROUPS_MAX 3 /* indicator, ip, actor */

/* How many events the index may bring before a page is looked for from the latest event back: by
 * then one of some hundred events is wanted, so a page is near the end. */
#define INDEX_EVENTS_MAX 20000

/* What one text can be, of which any will do. */
struct wanted {
  const char *names[KINDS_MAX]; /* p_any_emails */
  struct text values[KINDS_MAX];
  uint64_t numbers[KINDS_MAX];
  size_t count;
};

struct search {
  struct search_ask ask;
  struct arena arena;
  struct text *log_types; /* as their schemas write them */
  size_t log_type_count;
  struct wanted wanted[GROUPS_MAX]; /* all of them; the index is asked for the first */
  size_t wanted_count;
  struct detection *detection; /* its one rule is the question */
  struct lookup_watch *lookups;
  struct stored_reader *reader;
};

/* ---- what is wanted ---------------------------------------------------------------------- */

static void add_wanted(void *context, const char *name, struct text value) {
  struct search *search = context;
  struct wanted *wanted = &search->wanted[search->wanted_count];
  if (wanted->count == KINDS_MAX)
    return;
  wanted->names[wanted->count] = name;
  wanted->numbers[wanted->count] = indicator_number(name, value);
  wanted->values[wanted->count++] = arena_copy(&search->arena, value);
}

static void add_address(void *context, const char *name, struct text value) {
  if (strcmp(name, "p_any_ip_addresses") == 0)
    add_wanted(context, name, value);
}

static bool want(struct search *search, const char *name, const char *given, const char **part,
                 struct problems *problems) {
  const bool is_ip = strcmp(name, "ip") == 0;
  char shown[128];
  if (!given)
    return true;
  indicators_of_text(text_from(given), is_ip ? add_address : add_wanted, search);
  if (search->wanted[search->wanted_count].count > 0) {
    search->wanted_count++;
    return true;
  }
  *part = name;
  return problems_add(problems, NULL, 0, 0, "'%s' is no %s",
                      text_printable(text_from(given), shown, sizeof shown),
                      is_ip ? "IP address" : "value");
}

/* Who has an address is found by it. */
static bool want_all(struct search *search, const char **part, struct problems *problems) {
  const struct search_ask *ask = &search->ask;
  const char *address = ask->actor && strchr(ask->actor, '@') ? ask->actor : NULL;
  return want(search, "indicator", ask->indicator, part, problems) &&
         want(search, "ip", ask->ip, part, problems) &&
         want(search, "actor", address, part, problems);
}

/* ---- the question ------------------------------------------------------------------------ */

static bool list_log_types(struct search *search, const struct schema_set *schemas,
                           const char **part, struct problems *problems) {
  const struct search_ask *ask = &search->ask;
  search->log_types = arena_alloc(&search->arena, (schemas->count + 1) * sizeof(struct text));
  for (size_t i = 0; i < schemas->count; i++) {
    bool asked = ask->log_type_count == 0;
    for (size_t k = 0; k < ask->log_type_count && !asked; k++)
      asked = text_equal_folded(ask->log_types[k], schemas->schemas[i].name);
    if (asked)
      search->log_types[search->log_type_count++] = schemas->schemas[i].name;
  }
  if (search->log_type_count > 0)
    return true;
  char shown[128];
  *part = "log_type";
  return ask->log_type_count == 0
             ? problems_add(problems, NULL, 0, 0, "there are no schemas, so nothing can be found")
             : problems_add(problems, NULL, 0, 0, "there is no log type '%s'",
                            text_printable(ask->log_types[0], shown, sizeof shown));
}

static struct rule_set *load_question(const struct search *search, const char *lua,
                                      struct problems *problems) {
  const struct search_query query = {.where = search->ask.where,
                                     .where_count = search->ask.where_count,
                                     .actor = search->ask.actor,
                                     .lua = lua,
                                     .log_types = search->log_types,
                                     .log_type_count = search->log_type_count};
  struct buffer source = BUFFER_NONE;
  struct error error = ERROR_NONE;
  struct rule_set *rules = NULL;
  const size_t before = problems->count;
  if (search_rule_write(&query, &source, &error)) {
    const struct rule_file file = {.path = SEARCH_RULE_FILE, .source = buffer_text(&source)};
    rules = rule_set_load_files(&file, 1, problems);
  } else {
    problems_add_error(problems, &error);
  }
  buffer_free(&source);
  if (problems->count == before)
    return rules;
  rule_set_free(rules);
  return NULL;
}

/* By itself: what the compiler says of the rule's text names a place that nobody wrote. */
static bool check_lua(const char *lua, const struct rule_set *rules, struct problems *problems) {
  struct error error = ERROR_NONE;
  struct buffer source = BUFFER_NONE;
  struct event_binding binding = EVENT_BINDING_NONE;
  struct sandbox *sandbox = rule_sandbox_new(rules, &(struct sandbox_limits){0}, &binding);
  buffer_printf(&source, "return %s", lua);
  bool ok = sandbox_load(sandbox, "lua", buffer_text(&source), &error);
  sandbox_free(sandbox);
  event_binding_close(&binding);
  buffer_free(&source);
  return ok || problems_add(problems, "", 0, 0, "%s", error.text);
}

/* Without its Lua first, so that a mistake is known to be one of the conditions. */
static bool make_question(struct search *search, struct schema_set *schemas, const char **part,
                          struct problems *problems) {
  *part = "where";
  struct rule_set *rules = load_question(search, NULL, problems);
  if (rules && search->ask.lua) {
    *part = "lua";
    bool ok = check_lua(search->ask.lua, rules, problems);
    rule_set_free(rules);
    rules = ok ? load_question(search, search->ask.lua, problems) : NULL;
  }
  if (rules)
    search->detection = detection_new(schemas, rules);
  return rules != NULL;
}

struct search *search_new(const struct search_ask *ask, struct schema_set *schemas,
                          const char **part, struct problems *problems) {
  struct search *search = memory_alloc(sizeof *search);
  search->ask = *ask;
  if (!list_log_types(search, schemas, part, problems) || !want_all(search, part, problems) ||
      !make_question(search, schemas, part, problems)) {
    search_free(search);
    return NULL;
  }
  search->reader = stored_reader_new(schemas);
  return search;
}

void search_free(struct search *search) {
  if (!search)
    return;
  if (search->detection) { /* what is borrowed is not its own to free */
    search->detection->schemas = NULL;
    search->detection->lookups = NULL;
  }
  detection_release(search->detection);
  stored_reader_free(search->reader);
  arena_free(&search->arena);
  free(search);
}

void search_use_lookups(struct search *search, struct lookup_watch *lookups) {
  search->lookups = search->detection->lookups = lookups;
}

const struct search_ask *search_asked(const struct search *search) {
  return &search->ask;
}

const struct detection *search_detection(const struct search *search) {
  return search->detection;
}

bool search_has_indicators(const struct search *search) {
  return search->wanted_count > 0;
}

bool search_has_conditions(const struct search *search) {
  return search->ask.where_count > 0 || search->ask.actor || search->ask.lua;
}

const struct text *search_log_types(const struct search *search, size_t *count) {
  *count = search->log_type_count;
  return search->log_types;
}

/* ---- whether an event has what is wanted ------------------------------------------------- */

struct seeing {
  const struct search *search;
  bool seen[GROUPS_MAX];
};

static void compare(void *context, const char *name, struct text value) {
  struct seeing *seeing = context;
  for (size_t i = 0; i < seeing->search->wanted_count; i++) {
    const struct wanted *wanted = &seeing->search->wanted[i];
    for (size_t k = 0; k < wanted->count && !seeing->seen[i]; k++)
      seeing->seen[i] = strcmp(name, wanted->names[k]) == 0 && text_equal(value, wanted->values[k]);
  }
}

static bool has_all(const struct search *search, const struct event *event) {
  struct seeing seeing = {.search = search};
  event_indicators(event, compare, &seeing);
  for (size_t i = 0; i < search->wanted_count; i++)
    if (!seeing.seen[i])
      return false;
  return true;
}

/* ---- by the index ------------------------------------------------------------------------ */

struct lookup {
  struct search *search;
  const struct search_run *run;
  struct search_counts *counts;
  search_each *each;
  void *context;
  struct rule_vm *vm;
  uint64_t read_max; /* events that may be looked at; 0: all */
  bool too_many;     /* it would have been more */
};

static bool is_late(const struct search_run *run) {
  return (run->ending && atomic_load(run->ending)) ||
         (run->deadline != 0 && clock_monotonic() >= run->deadline);
}

static bool is_of_log_types(const struct search *search, struct text log_type) {
  for (size_t i = 0; i < search->log_type_count; i++)
    if (text_equal(search->log_types[i], log_type))
      return true;
  return search->ask.log_type_count == 0;
}

static bool answers(struct lookup *lookup, const struct event *event) {
  struct error error = ERROR_NONE;
  if (!search_has_conditions(lookup->search))
    return true;
  rule_vm_set_event(lookup->vm, event);
  enum rule_verdict verdict =
      rule_vm_match(lookup->vm, &lookup->search->detection->rules->rules[0], &error);
  if (verdict == RULE_FAILED && lookup->counts->failed++ == 0)
    lookup->counts->failure = error;
  return verdict == RULE_MATCH;
}

/* Two indicators may have the same number, so the event itself decides; what cannot be read any
 * more is believed to be what it was when it came in, as far as that is known. */
static bool fits(struct lookup *lookup, const struct event *event, bool indexed) {
  const struct search *search = lookup->search;
  lookup->counts->unreadable += !event;
  return event ? has_all(search, event) && answers(lookup, event)
               : indexed && search->wanted_count == 1 && !search_has_conditions(search);
}

static bool take_indexed(void *context, const struct store_event *stored, bool indexed) {
  struct lookup *lookup = context;
  struct search_counts *counts = lookup->counts;
  const time_us until = lookup->search->ask.until;
  lookup->too_many = lookup->read_max > 0 && counts->read >= lookup->read_max;
  counts->late = !lookup->too_many && is_late(lookup->run);
  if (lookup->too_many || counts->late)
    return false;
  counts->read++;
  if ((until != TIME_NONE && stored->event_time >= until) ||
      !is_of_log_types(lookup->search, stored->log_type))
    return true;
  const struct event *event = stored_reader_read(lookup->search->reader, stored);
  if (!fits(lookup, event, indexed))
    return true;
  if (counts->found == lookup->run->limit) {
    counts->more = true;
    return false;
  }
  counts->found++;
  return lookup->each(lookup->context, stored, event);
}

static bool run_index(struct lookup *lookup, struct error *error) {
  struct search *search = lookup->search;
  const struct store_search asked = {.numbers = search->wanted[0].numbers,
                                     .count = search->wanted[0].count,
                                     .since = search->ask.since,
                                     .each = take_indexed,
                                     .context = lookup,
                                     .damaged = &lookup->counts->damaged};
  const struct rule_vm_options options = {.memory_max = 0};
  struct lookup_set *tables = search->lookups ? lookup_watch_current(search->lookups) : NULL;
  *lookup->counts = (struct search_counts){.failure = ERROR_NONE};
  lookup->vm = rule_vm_new(search->detection->rules, &options);
  rule_vm_set_lookups(lookup->vm, tables);
  bool ok = store_event_search(lookup->run->store, &asked, error);
  lookup->counts->reached = search->ask.since;
  rule_vm_free(lookup->vm);
  lookup_set_release(tables);
  return ok;
}

bool search_index(struct search *search, const struct search_run *run, search_each *each,
                  void *context, struct search_counts *counts, struct error *error) {
  struct lookup lookup = {
      .search = search, .run = run, .counts = counts, .each = each, .context = context};
  return run_index(&lookup, error);
}

/* ---- by reading the archive -------------------------------------------------------------- */

struct reading {
  struct search *search;
  search_each *each;
  void *context;
};

static bool take_read(void *context, const struct store_event *stored) {
  struct reading *reading = context;
  const struct event *event = stored_reader_read(reading->search->reader, stored);
  return reading->each(reading->context, stored, event);
}

/* A rule asks for no indicators, so events are looked at once more for these. */
static bool has_indicators(void *context, const struct store_event *stored) {
  struct search *search = context;
  const struct event *event = stored_reader_read(search->reader, stored);
  return event && has_all(search, event);
}

static struct archive_search_options options_of(struct search *search,
                                                const struct search_run *run) {
  time_us until = search->ask.until;
  if (run->goes_on)
    until = run->after_row_id.size > 0 ? run->after_time + 1 : run->after_time;
  return (struct archive_search_options){.detection = search->detection,
                                         .store = run->store,
                                         .since = search->ask.since,
                                         .until = until,
                                         .workers = run->workers,
                                         .limit = run->limit,
                                         .after = run->after_row_id,
                                         .fits = search->wanted_count > 0 ? has_indicators : NULL,
                                         .fits_context = search,
                                         .deadline = run->deadline,
                                         .ending = run->ending};
}

static void take_counts(struct search_counts *counts, const struct archive_search_counts *from,
                        const struct archive_search_options *options) {
  *counts = (struct search_counts){.read = from->read,
                                   .unreadable = from->unreadable,
                                   .found = from->found,
                                   .more = from->more,
                                   .late = from->late,
                                   .goes_on = from->late && from->reached != options->until,
                                   .reached = from->reached,
                                   .failed = from->failed,
                                   .failure = from->failure};
}

bool search_archive(struct search *search, const struct search_run *run, search_each *each,
                    void *context, struct search_counts *counts, struct error *error) {
  struct reading reading = {search, each, context};
  const struct archive_search_options options = options_of(search, run);
  struct archive_search_counts found;
  bool ok = archive_search_run(&options, take_read, &reading, &found, error);
  take_counts(counts, &found, &options);
  return ok;
}

/* ---- the better way ---------------------------------------------------------------------- */

struct gathering {
  const struct search_run *run;
  struct found_events found;
  void (*each_time)(void *context, time_us event_time); /* NULL: events are kept */
  void *context;
};

static bool gather(void *context, const struct store_event *stored, const struct event *event) {
  struct gathering *gathering = context;
  const struct search_run *run = gathering->run;
  (void)event;
  if (run->goes_on &&
      (stored->event_time > run->after_time ||
       (stored->event_time == run->after_time &&
        (run->after_row_id.size == 0 || text_compare(stored->row_id, run->after_row_id) <= 0))))
    return true;
  if (gathering->each_time)
    gathering->each_time(gathering->context, stored->event_time);
  else
    found_events_add(&gathering->found, stored, run->limit);
  return true;
}

/* Asks the index for all that it has. *done = false: that is too much to look at, and what was
 * gathered is of no use. */
static bool gather_index(struct search *search, const struct search_run *run,
                         struct gathering *gathering, struct search_counts *counts, bool *done,
                         struct error *error) {
  struct search_run all = *run;
  struct lookup lookup = {.search = search,
                          .run = &all,
                          .counts = counts,
                          .each = gather,
                          .context = gathering,
                          .read_max = INDEX_EVENTS_MAX};
  all.limit = SIZE_MAX;
  *done = false;
  if (search->wanted_count == 0)
    return true;
  bool ok = run_index(&lookup, error);
  *done = ok && !lookup.too_many;
  return ok;
}

bool search_page(struct search *search, const struct search_run *run, search_each *each,
                 void *context, struct search_counts *counts, struct error *error) {
  struct gathering gathering = {.run = run};
  bool done, goes_on = true;
  bool ok = gather_index(search, run, &gathering, counts, &done, error);
  if (ok && !done) {
    found_events_free(&gathering.found);
    return search_archive(search, run, each, context, counts, error);
  }
  found_events_cut(&gathering.found, run->limit);
  counts->more = gathering.found.dropped;
  for (size_t i = 0; ok && goes_on && i < gathering.found.count; i++) {
    const struct store_event *stored = found_events_at(&gathering.found, i);
    goes_on = each(context, stored, stored_reader_read(search->reader, stored));
  }
  found_events_free(&gathering.found);
  return ok;
}

struct times {
  time_us *items;
  size_t count, capacity;
};

static void keep_time(void *context, time_us event_time) {
  struct times *times = context;
  times->items = memory_reserve(times->items, &times->capacity, times->count + 1, sizeof(time_us));
  times->items[times->count++] = event_time;
}

bool search_times(struct search *search, const struct search_run *run,
                  void (*each)(void *context, time_us event_time), void *context,
                  struct search_counts *counts, struct error *error) {
  struct times times = {NULL, 0, 0};
  struct gathering gathering = {.run = run, .each_time = keep_time, .context = &times};
  bool done, ok = gather_index(search, run, &gathering, counts, &done, error);
  for (size_t i = 0; ok && done && i < times.count; i++)
    each(context, times.items[i]);
  free(times.items);
  if (!ok || done)
    return ok;
  const struct archive_search_options options = options_of(search, run);
  struct archive_search_counts found;
  ok = archive_search_count(&options, each, context, &found, error);
  take_counts(counts, &found, &options);
  return ok;
}
