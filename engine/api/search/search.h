/*
 * A search of the archive: what is asked, made into a question once, and the ways to answer it.
 *
 * What is rare is found by the index of indicators, which gives it in the order in which it came
 * in; what is common by reading back from the latest event. search_page takes the way that fits,
 * and gives events in order of time, a page at a time.
 *
 * A search serves one thread, and has threads of its own while it runs.
 */
#ifndef API_SEARCH_SEARCH_H
#define API_SEARCH_SEARCH_H

#include "api/search/search_rule.h"
#include "base/yaml/problems.h"
#include "detect/detection.h"
#include "event/event.h"
#include "store/store.h"

#include <stdatomic.h>

/* What is asked; everything must outlive the search. */
struct search_ask {
  const char *const *where;
  size_t where_count;
  const char *actor, *lua, *indicator, *ip; /* NULL: not asked for */
  const struct text *log_types; /* names of schemas, in any case of letters; none: all */
  size_t log_type_count;
  time_us since, until; /* event time, `until` itself is out; TIME_NONE: all there is */
};

struct search;

/* The schemas stay the caller's, and must outlive the search. NULL after adding problems, of which
 * *part says what was wrong: "where", "lua", "log_type", "ip", "indicator" or "actor". */
struct search *search_new(const struct search_ask *ask, struct schema_set *schemas,
                          const char **part, struct problems *problems);
void search_free(struct search *search); /* NULL is fine */

/* The tables that Lua of the question looks into, as long as the search lives. */
void search_use_lookups(struct search *search, struct lookup_watch *lookups);

/* What was asked. */
const struct search_ask *search_asked(const struct search *search);
/* The question that it became. */
const struct detection *search_detection(const struct search *search);

/* Whether the index can be asked: for an indicator, an address, or an actor that is one. */
bool search_has_indicators(const struct search *search);
/* Whether it asks for more than indicators, log types and time. */
bool search_has_conditions(const struct search *search);

/* How a search is run. */
struct search_run {
  struct store *store; /* nobody else may use this handle while it runs */
  unsigned workers;    /* at least 1 */
  size_t limit;        /* events that are wanted, at least 1 */
  /* Goes on behind an event that an earlier one gave; with an empty row id before that time. */
  bool goes_on;
  time_us after_time;
  struct text after_row_id;
  time_us deadline;          /* by clock_monotonic; 0: none */
  const atomic_bool *ending; /* as if the time was over; NULL: nobody sets it */
};

struct search_counts {
  uint64_t read;       /* events that were looked at */
  uint64_t unreadable; /* of them: no schema takes them today */
  uint64_t found;
  int64_t damaged; /* events whose part of the index is damaged */
  bool more;       /* there are, or may be, more than the limit */
  bool late;       /* the time was over first */
  bool goes_on;    /* late, and a further search can go on before `reached` */
  time_us reached; /* all from here on was looked at; TIME_NONE: all */
  uint64_t failed; /* events on which the question failed, and why it did first */
  struct error failure;
};

/* Gets what is found; `event` is NULL when no schema takes it today. Both live during the call.
 * Returns false to stop. */
typedef bool search_each(void *context, const struct store_event *stored,
                         const struct event *event);

/* By the index alone: the events that came in last first. The search must have indicators. */
bool search_index(struct search *search, const struct search_run *run, search_each *each,
                  void *context, struct search_counts *counts, struct error *error);
/* By reading the archive, the latest event first. */
bool search_archive(struct search *search, const struct search_run *run, search_each *each,
                    void *context, struct search_counts *counts, struct error *error);
/* By the better way, the latest event first, those of one time by row id. */
bool search_page(struct search *search, const struct search_run *run, search_each *each,
                 void *context, struct search_counts *counts, struct error *error);

/* Calls `each` with the time of every event that is found, in no order. The limit is of no
 * meaning. */
bool search_times(struct search *search, const struct search_run *run,
                  void (*each)(void *context, time_us event_time), void *context,
                  struct search_counts *counts, struct error *error);

/* The log types that are asked for, by the names of their schemas. */
const struct text *search_log_types(const struct search *search, size_t *count);

#endif
