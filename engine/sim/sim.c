#include "sim/state.h"

#include "base/memory.h"
#include "sim/error_answer.h"
#include "sim/fault_answer.h"
#include "sim/report_kind.h"
#include "sim/rows_make.h"

#include <stdlib.h>

struct sim_options sim_options_default(void) {
  return (struct sim_options){.clock = clock_system(),
                              .seed = 1,
                              .start = TIME_NONE,
                              .end = TIME_NONE,
                              .match_share = GENERATE_MATCH_SHARE,
                              .account_id = SIM_ACCOUNT_ID,
                              .client_id = SIM_CLIENT_ID,
                              .client_secret = SIM_CLIENT_SECRET,
                              .token_lifetime_us = US_PER_HOUR,
                              .code_lifetime_us = 5 * US_PER_MINUTE,
                              .page_token_lifetime_us = 15 * US_PER_MINUTE};
}

/* A page that went out whole. */
static void count_page(struct sim *sim, int report, int64_t rows) {
  sim->stats.pages++;
  sim->stats.rows_served += (uint64_t)rows;
  sim->stats.reports[report].pages++;
  sim->stats.reports[report].rows_served += (uint64_t)rows;
}

static void answer_report(struct sim *sim, int report, const struct server_request *request,
                          struct server_answer *answer) {
  sim->stats.reports[report].requests++;
  const struct fault *fault =
      fault_set_strike(&sim->faults, 1u << report, report_page(sim, request));
  if (fault_replaces(fault, clock_now(&sim->options.clock), answer))
    return;
  if (fault && fault->kind == FAULT_SCOPE) {
    report_answer_scope((enum sim_report)report, fault->code, answer);
    return;
  }
  if (fault && fault->kind == FAULT_TOKEN)
    access_token_revoke_all(&sim->access);
  bool expired = fault && fault->kind == FAULT_PAGE_TOKEN;
  int64_t rows = report_answer(sim, (enum sim_report)report, request, expired, answer);
  if (answer->status == 400)
    sim->stats.refused++;
  if (!fault_damages(fault, answer) && rows >= 0)
    count_page(sim, report, rows);
}

static void answer_oauth(struct sim *sim, const struct server_request *request,
                         struct server_answer *answer) {
  const struct fault *fault = fault_set_strike(&sim->faults, FAULT_ON_OAUTH, 0);
  if (fault_replaces(fault, clock_now(&sim->options.clock), answer))
    return;
  oauth_answer(sim, request, answer);
  fault_damages(fault, answer);
}

static void answer_request(void *context, const struct server_request *request,
                           struct server_answer *answer) {
  struct sim *sim = context;
  if (strcmp(request->path, "/stats") == 0) {
    sim_stats_json(sim, &answer->body);
    return;
  }
  pthread_mutex_lock(&sim->lock);
  sim->stats.requests++;
  answer->delay_us = sim->options.latency_us;
  int report = 0;
  while (report < SIM_REPORTS && strcmp(request->path, report_kinds[report].path) != 0)
    report++;
  if (strcmp(request->path, "/oauth/token") == 0)
    answer_oauth(sim, request, answer);
  else if (strcmp(request->path, "/oauth/authorize") == 0)
    authorize_answer(sim, request, answer);
  else if (report == SIM_REPORTS)
    sim_answer_error(answer, 404, 2300, "This API endpoint is not recognized.");
  else if (strcmp(request->method, "GET") != 0)
    sim_answer_error(answer, 405, 405, "Request method is not supported.");
  else
    answer_report(sim, report, request, answer);
  pthread_mutex_unlock(&sim->lock);
}

static void copy_options(struct sim *sim, const struct sim_options *options) {
  struct sim_options *own = &sim->options;
  *own = *options;
  own->account_id = arena_copy_string(&sim->strings, options->account_id);
  own->client_id = arena_copy_string(&sim->strings, options->client_id);
  own->client_secret = arena_copy_string(&sim->strings, options->client_secret);
  if (own->end == TIME_NONE)
    own->end = clock_now(&own->clock);
  if (own->start == TIME_NONE)
    own->start = own->end - US_PER_DAY;
}

struct sim *sim_start(const struct sim_options *options, struct error *error) {
  struct sim *sim = memory_alloc(sizeof *sim);
  pthread_mutex_init(&sim->lock, NULL);
  copy_options(sim, options);
  sim->started = clock_monotonic();
  bool good = fault_set_parse(&sim->faults, FAULT_SIM, options->faults, options->fault_count,
                              options->seed, error) &&
              row_set_make(&sim->rows, &sim->options, &sim->faults, error);
  sim->options.paths = NULL;
  sim->options.faults = NULL;
  if (good) {
    for (int report = 0; report < SIM_REPORTS; report++) {
      const struct rows *rows = &sim->rows.reports[report];
      sim->stats.reports[report].rows = rows->count;
      sim->stats.reports[report].late = rows->late;
      sim->stats.reports[report].identical = rows->identical;
    }
    /* A request that comes at once waits until the server's port is known here. */
    pthread_mutex_lock(&sim->lock);
    sim->server = server_start(options->port, answer_request, sim, error);
    pthread_mutex_unlock(&sim->lock);
  }
  if (!sim->server) {
    sim_stop(sim);
    return NULL;
  }
  return sim;
}

uint16_t sim_port(const struct sim *sim) {
  return server_port(sim->server);
}

void sim_stop(struct sim *sim) {
  if (!sim)
    return;
  server_stop(sim->server);
  row_set_free(&sim->rows);
  fault_set_free(&sim->faults);
  access_tokens_free(&sim->access);
  page_tokens_free(&sim->pages);
  arena_free(&sim->strings);
  pthread_mutex_destroy(&sim->lock);
  free(sim);
}

void sim_revoke_login(struct sim *sim) {
  pthread_mutex_lock(&sim->lock);
  refresh_token_revoke(&sim->grants);
  access_token_revoke_all(&sim->access);
  pthread_mutex_unlock(&sim->lock);
}

static void take_stats(struct sim *sim, struct sim_stats *stats) {
  *stats = sim->stats;
  stats->faults_injected = fault_set_struck(&sim->faults);
}

void sim_stats(struct sim *sim, struct sim_stats *stats) {
  pthread_mutex_lock(&sim->lock);
  take_stats(sim, stats);
  pthread_mutex_unlock(&sim->lock);
}

static void append_count(struct buffer *out, const char *key, uint64_t count) {
  buffer_printf(out, "\"%s\": %llu, ", key, (unsigned long long)count);
}

void sim_stats_json(struct sim *sim, struct buffer *out) {
  struct sim_stats stats;
  pthread_mutex_lock(&sim->lock);
  take_stats(sim, &stats);
  buffer_append_char(out, '{');
  append_count(out, "requests", stats.requests);
  append_count(out, "tokens_minted", stats.tokens_minted);
  append_count(out, "tokens_refreshed", stats.tokens_refreshed);
  append_count(out, "tokens_refused", stats.tokens_refused);
  append_count(out, "unauthorized", stats.unauthorized);
  append_count(out, "refused", stats.refused);
  append_count(out, "pages", stats.pages);
  append_count(out, "rows_served", stats.rows_served);
  append_count(out, "faults_injected", stats.faults_injected);
  buffer_append_string(out, "\"reports\": {");
  for (int report = 0; report < SIM_REPORTS; report++) {
    const struct sim_report_stats *of = &stats.reports[report];
    buffer_printf(out, "%s\"%s\": {", report ? ", " : "", report_kinds[report].name);
    append_count(out, "rows", of->rows);
    append_count(out, "late", of->late);
    append_count(out, "identical", of->identical);
    append_count(out, "requests", of->requests);
    append_count(out, "pages", of->pages);
    buffer_printf(out, "\"rows_served\": %llu}", (unsigned long long)of->rows_served);
  }
  buffer_append_string(out, "}, \"faults\": ");
  fault_set_json(&sim->faults, out);
  buffer_append_string(out, ", \"matches\": {");
  for (size_t i = 0; i < sim->rows.match_count; i++)
    buffer_printf(out, "%s\"%s\": %llu", i ? ", " : "", sim->rows.matches[i].rule_id,
                  (unsigned long long)sim->rows.matches[i].count);
  buffer_append_string(out, "}}");
  pthread_mutex_unlock(&sim->lock);
}
