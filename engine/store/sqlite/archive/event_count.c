/*
 * How many events of each log type an hour has, for store/store_overview.h: a row of the table
 * event_count each. A batch is counted here first, so that it costs a few statements and not one an
 * event. Deleted events are taken away by a trigger.
 */
#include "store/sqlite/archive/archive.h"

#define TALLIES 16 /* hours and log types that a batch may go back and forth between */

struct tally {
  struct text log_type;
  int64_t hour, events;
};

/* The tally of an event, that of the last one first; `count`: there is none. */
static size_t find_tally(const struct tally *tallies, size_t count, size_t last,
                         const struct store_event *event) {
  const int64_t hour = event->event_time / US_PER_HOUR;
  for (size_t i = 0; i < count; i++) {
    size_t at = (last + i) % count;
    if (tallies[at].hour == hour && text_equal(tallies[at].log_type, event->log_type))
      return at;
  }
  return count;
}

static bool write_tallies(struct store *store, const struct tally *tallies, size_t count,
                          struct error *error) {
  bool ok = true;
  for (size_t i = 0; ok && i < count; i++)
    ok =
        statement_run(store, STATEMENT_EVENT_COUNT_ADD, error,
                      STATEMENT_ARGUMENTS(AS_TEXT(tallies[i].log_type), AS_INTEGER(tallies[i].hour),
                                          AS_INTEGER(tallies[i].events)));
  return ok;
}

bool event_count_add(struct store *store, const struct store_event *events, size_t count,
                     struct error *error) {
  struct tally tallies[TALLIES];
  size_t used = 0, at = 0;
  bool ok = true;
  for (size_t i = 0; ok && i < count; i++) {
    at = find_tally(tallies, used, at, &events[i]);
    if (at == TALLIES) {
      ok = write_tallies(store, tallies, used, error);
      at = used = 0;
    }
    if (at == used)
      tallies[used++] = (struct tally){events[i].log_type, events[i].event_time / US_PER_HOUR, 0};
    tallies[at].events++;
  }
  return ok && write_tallies(store, tallies, used, error);
}
