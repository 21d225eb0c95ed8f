#include "source/zoom/zoom_probe.h"

#include "source/zoom/page.h"
#include "source/zoom/zoom_client.h"

#include <stdio.h>

static void report(const struct source_probe *probe, const char *what, const char *found, bool good,
                   struct error *error) {
  if (!good && !error->set)
    error_set(error, "no answer that makes sense");
  probe->step(probe->context, what, found, good ? NULL : error);
}

static void count_row(void *context, struct text row) {
  (void)row;
  ++*(size_t *)context;
}

/* Today's rows, as many as a page has. */
static void probe_report(const struct source_run *run, const struct source_probe *probe,
                         struct zoom_client *client, const struct zoom_report *wanted) {
  zoom_day today = zoom_day_of(clock_now(&run->clock));
  const struct zoom_page_request request = {.report = wanted, .window = {today, today}};
  struct zoom_page page;
  struct error error = ERROR_NONE;
  char what[64], found[64];
  size_t rows = 0;
  bool good = zoom_client_try(client, &request, &page, &error) == ZOOM_ANSWER_GOOD;
  if (good)
    page_records(page.body, text_from(wanted->array), count_row, &rows);
  snprintf(what, sizeof what, "report %s", wanted->name);
  snprintf(found, sizeof found, "a page of today's rows was read (%zu)", rows);
  report(probe, what, found, good, &error);
}

void zoom_probe(const struct source_run *run, const struct source_probe *probe) {
  const struct zoom_options *options = run->source->options;
  struct zoom_client *client = zoom_client_new(run);
  struct error error = ERROR_NONE;
  bool good = zoom_client_try_token(client, &error) == ZOOM_ANSWER_GOOD;
  report(probe, "access token", "Zoom gave one", good, &error);
  for (size_t i = 0; good && i < options->reports.count; i++)
    probe_report(run, probe, client, zoom_report_find(options->reports.items[i]));
  zoom_client_free(client);
}
