#include "source/zoom/zoom_past.h"

#include "source/zoom/zoom_checkpoint.h"

static bool check(const void *options, time_us from, time_us to, time_us now, struct error *error) {
  (void)options;
  struct time_string string;
  zoom_day today = zoom_day_of(now), oldest = zoom_day_add_months(today, -ZOOM_MONTHS_KEPT);
  if (zoom_day_of(from) < oldest)
    return error_set(error,
                     "Zoom gives reports of the last six months only: begin with %s or later",
                     zoom_day_format(oldest, &string));
  if (zoom_day_of(to) > today)
    return error_set(error, "the last day has not begun: end with %s or earlier",
                     zoom_day_format(today, &string));
  return true;
}

static void *past_options(const void *options, time_us from, time_us to, struct arena *arena) {
  struct zoom_options *past = arena_alloc(arena, sizeof *past);
  *past = *(const struct zoom_options *)options;
  past->poll_once = true;
  past->initial_lookback = to - from; /* the moment is within the last day */
  return past;
}

/* Each report counts the same, and so does each day. */
static int64_t share(const void *options, struct text checkpoint, time_us from, time_us to) {
  const struct zoom_options *zoom = options;
  struct zoom_checkpoint reached;
  struct error error = ERROR_NONE;
  zoom_day first = zoom_day_of(from), last = zoom_day_of(to);
  int64_t done = 0;
  if (zoom->reports.count == 0 || !zoom_checkpoint_read(checkpoint, &reached, &error))
    return 0;
  for (size_t i = 0; i < zoom->reports.count; i++) {
    const struct zoom_report *report = zoom_report_find(zoom->reports.items[i]);
    zoom_day day = report ? reached.reports[report - zoom_report_table].day : ZOOM_DAY_NONE;
    if (day >= last)
      done += last - first + 1;
    else if (day > first)
      done += day - first;
  }
  return done * 1000000 / (int64_t)(zoom->reports.count * (size_t)(last - first + 1));
}

const struct source_past zoom_past = {.check = check, .options = past_options, .share = share};
