#include "source/source.h"

#include <errno.h>
#include <poll.h>

const char *const history_alerts_names[] = {"summary", "all", "none", "auto", NULL};

bool source_equal(const struct source *a, const struct source *b) {
  if (a->type != b->type || !text_equal(a->id, b->id) || !text_equal(a->label, b->label))
    return false;
  const struct settings_table *table = &a->type->kind.settings;
  return a->options == b->options ||
         (table->count > 0 && settings_compare(table, a->options, b->options, NULL, NULL) == 0);
}

struct batch_counts source_counts(const struct source_run *run) {
  return run->output.counts ? run->output.counts(run->output.context)
                            : (struct batch_counts){.records = 0};
}

void source_works(const struct source_run *run, const char *part) {
  if (run->health.works)
    run->health.works(run->health.context, part);
}

void source_fails(const struct source_run *run, const char *part, enum source_fault fault,
                  const struct error *error) {
  if (run->health.fails)
    run->health.fails(run->health.context, part, fault, error);
}

void source_rejects(const struct source_run *run, uint64_t requests) {
  if (run->health.rejects)
    run->health.rejects(run->health.context, requests);
}

void source_compares(const struct source_run *run, time_us asked_at, time_us remote) {
  if (!run->health.compares || remote == TIME_NONE)
    return;
  time_us now = clock_now(&run->clock);
  int64_t ahead = asked_at > remote ? asked_at - remote : now < remote ? now - remote : 0;
  run->health.compares(run->health.context, ahead);
}

void source_count(const struct source_run *run, enum source_count what) {
  if (run->count)
    run->count(run->count_context, what);
}

void source_receives(const struct source_run *run) {
  if (run->receives)
    run->receives(run->receives_context);
}

bool source_wait(const struct source_run *run, int64_t until_us) {
  if (run->wait)
    return run->wait(run->wait_context, until_us);
  time_us end = clock_monotonic() + (until_us > 0 ? until_us : 0);
  for (;;) {
    if (atomic_load(run->stop))
      return false;
    time_us left = end - clock_monotonic();
    if (left <= 0)
      return true;
    /* In steps of an hour at most, so that no duration overflows poll's milliseconds. */
    if (left > US_PER_HOUR)
      left = US_PER_HOUR;
    struct pollfd stop = {.fd = run->stop_fd, .events = POLLIN};
    int ready = poll(&stop, 1, (int)((left + US_PER_MS - 1) / US_PER_MS));
    if (ready > 0 || (ready < 0 && errno != EINTR))
      return false;
  }
}
