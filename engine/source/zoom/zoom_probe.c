#include "source/zoom/zoom_probe.h"

#include "source/zoom/page.h"
#include "source/zoom/zoom_client.h"
#include "source/zoom/zoom_grant.h"
#include "source/zoom/zoom_scope.h"

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
  const struct setting_list *filter = zoom_report_filter(wanted, run->source->options);
  const struct zoom_page_request request = {
      .report = wanted, .window = {today, today}, .filter = filter ? filter->items[0] : TEXT("")};
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

/* What the token's list of scopes says, before anything is asked for with it. */
static void probe_scopes(const struct source_probe *probe, const struct zoom_options *options,
                         struct text scopes) {
  struct buffer lacking = BUFFER_NONE;
  struct error error = ERROR_NONE;
  char found[64];
  bool good = zoom_scope_append_missing(&lacking, scopes, &options->reports) == 0;
  if (!good)
    error_set(&error,
              "the app, which has %s scopes, lacks %s: add them to it under marketplace.zoom.us > "
              "Manage > the app > Scopes, and %s",
              zoom_scope_kind(scopes), lacking.data,
              options->grant == ZOOM_GRANT_AUTHORIZATION_CODE ? "log in again"
                                                              : "activate it again");
  snprintf(found, sizeof found, "%s scopes, all that the reports need", zoom_scope_kind(scopes));
  report(probe, "scopes", scopes.size > 0 ? found : "Zoom did not list them", good, &error);
  buffer_free(&lacking);
}

void zoom_probe(const struct source_run *run, const struct source_probe *probe) {
  const struct zoom_options *options = run->source->options;
  struct zoom_client *client = zoom_client_new(run);
  struct error error = ERROR_NONE;
  bool good = zoom_client_try_token(client, &error) == ZOOM_ANSWER_GOOD;
  report(probe, "access token",
         options->grant == ZOOM_GRANT_AUTHORIZATION_CODE ? "the login works" : "Zoom gave one",
         good, &error);
  if (good)
    probe_scopes(probe, options, zoom_client_scopes(client));
  for (size_t i = 0; good && i < options->reports.count; i++)
    probe_report(run, probe, client, zoom_report_find(options->reports.items[i]));
  zoom_client_free(client);
}
