/*
 * Accounts over days, with a clock that the test sets: waiting takes no time. What a big account
 * costs, and that nothing is lost or doubled meanwhile.
 *
 * MARGAY_TEST_ACCOUNT=300000 runs the big account with so many records a day (some minutes in the
 * release build) instead of the 3000 of the suite.
 */
#include "source/source_world.h"

#include "base/http_client.h"
#include "sim/state.h"

#include <stdlib.h>
#include <sys/resource.h>

#define START "2024-03-21T00:00:00Z"
#define DAYS_MAX 16

struct account {
  struct world world;
  struct sim *sim;
  time_us start, end;          /* the source is stopped at the end */
  uint64_t requests[DAYS_MAX]; /* of reports, on each day since the start */
  uint64_t requests_before;    /* the day that has not ended */
  uint64_t counts[SOURCE_COUNTS];
};

static void count_one(void *context, enum source_count what) {
  ((struct account *)context)->counts[what]++;
}

static uint64_t requests_of(struct account *account) {
  struct sim_stats stats;
  uint64_t requests = 0;
  sim_stats(account->sim, &stats);
  for (int report = 0; report < SIM_REPORTS; report++)
    requests += stats.reports[report].requests;
  return requests;
}

static void count_day(struct account *account, int64_t day) {
  uint64_t requests = requests_of(account);
  if (day < DAYS_MAX)
    account->requests[day] += requests - account->requests_before;
  account->requests_before = requests;
}

static bool pass_time(void *context, int64_t duration_us) {
  struct account *account = context;
  time_us *now = &account->world.now;
  int64_t day = (*now - account->start) / US_PER_DAY;
  *now += duration_us > 0 ? duration_us : 0;
  if ((*now - account->start) / US_PER_DAY != day)
    count_day(account, day);
  if (*now < account->end)
    return true;
  atomic_store(&account->world.stop, true);
  return false;
}

static struct sim_options account_options(struct account *account, uint64_t operations) {
  *account = (struct account){.sim = NULL};
  world_start(&account->world, START);
  account->start = account->world.now;
  struct sim_options options = sim_options_default();
  options.clock = clock_fixed(&account->world.now);
  options.count[SIM_OPERATION] = operations;
  options.start = account->start;
  options.tokens_coexist = true;
  return options;
}

static void account_start(struct account *account, const struct sim_options *options,
                          const char *more) {
  struct error error = ERROR_NONE;
  char settings[1024];
  account->sim = sim_start(options, &error);
  assert_string_equal(error.text, "");
  snprintf(settings, sizeof settings,
           "account_id: springfield\nclient_id: margay\nclient_secret: " SIM_CLIENT_SECRET "\n"
           "api_url: http://127.0.0.1:%u/v2\ntoken_url: http://127.0.0.1:%u/oauth/token\n%s",
           sim_port(account->sim), sim_port(account->sim), more);
  world_options(&account->world, &source_zoom_reports, settings);
}

/* Runs the source from now until then. */
static void account_run(struct account *account, time_us end) {
  struct error error = ERROR_NONE;
  struct source_run run = world_run(&account->world);
  run.wait = pass_time;
  run.wait_context = account;
  run.count = count_one;
  run.count_context = account;
  account->end = end;
  atomic_store(&account->world.stop, false);
  account->world.last_time = TIME_NONE;
  if (!source_zoom_reports.run(&run, &error))
    fail_msg("%s", error.text);
}

static void account_end(struct account *account) {
  sim_stop(account->sim);
  world_end(&account->world);
}

static int by_text(const void *a, const void *b) {
  const struct text *left = a, *right = b;
  size_t size = left->size < right->size ? left->size : right->size;
  int order = memcmp(left->data, right->data, size);
  return order ? order : left->size < right->size ? -1 : left->size > right->size;
}

/* Every row that the simulator has was added as often as it has it, and nothing else was. */
static void all_is_there_once(struct account *account) {
  const struct rows *rows = &account->sim->rows.reports[SIM_OPERATION];
  struct text *served = calloc(rows->count, sizeof *served);
  struct text *added = calloc(account->world.added, sizeof *added);
  size_t count = 0;
  for (size_t i = 0; i < rows->count; i++)
    served[i] = rows->rows[i].json;
  struct text rest = buffer_text(&account->world.seen);
  while (rest.size > 0) {
    const char *end = memchr(rest.data, '\n', rest.size);
    added[count++] = (struct text){rest.data, (size_t)(end - rest.data)};
    rest = (struct text){end + 1, rest.size - added[count - 1].size - 1};
  }
  assert_int_equal(count, rows->count);
  qsort(served, rows->count, sizeof *served, by_text);
  qsort(added, count, sizeof *added, by_text);
  for (size_t i = 0; i < count; i++)
    assert_int_equal(by_text(&served[i], &added[i]), 0);
  assert_int_equal(account->world.records, rows->count); /* none was pushed twice either */
  free(served);
  free(added);
}

static void a_big_account_is_read_whole_within_its_budget(void **state) {
  (void)state;
  const char *size = getenv("MARGAY_TEST_ACCOUNT");
  bool full = size && *size;
  uint64_t a_day = full ? strtoull(size, NULL, 10) : 3000;
  static const char *const faults[] = {"late:share=0.02,up-to=86400", "identical:share=0.01",
                                       "page-token:page=70,every=5,times=1000", "500:share=0.001",
                                       "429:share=0.001,retry-after=1"};
  static const char *const full_faults[] = {"late:share=0.02,up-to=86400", "identical:share=0.01",
                                            "page-token:page=700,every=5,times=1000",
                                            "500:share=0.001", "429:share=0.001,retry-after=1"};
  struct account account;
  struct sim_options options = account_options(&account, 3 * a_day);
  options.end = account.start + 3 * US_PER_DAY - US_PER_SECOND;
  options.faults = full ? full_faults : faults;
  options.fault_count = 5;
  account_start(&account, &options,
                full ? "reports: [operation]\nrequest_budget: 5000\n"
                     : "reports: [operation]\nrequest_budget: 600\npage_size: 30\n"
                       "poll_interval: 30m\n");
  time_us began = clock_monotonic();
  account_run(&account, account.start + 5 * US_PER_DAY - US_PER_MINUTE);
  count_day(&account, 4);
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  print_message("# %zu rows (%zu late, %zu identical), requests on each day:", account.world.added,
                (size_t)account.sim->stats.reports[SIM_OPERATION].late,
                (size_t)account.sim->stats.reports[SIM_OPERATION].identical);
  for (int day = 0; day < 5; day++)
    print_message(" %llu", (unsigned long long)account.requests[day]);
  print_message("; %.1f s, %ld MiB\n", (double)(clock_monotonic() - began) / US_PER_SECOND,
                usage.ru_maxrss / 1024);
  all_is_there_once(&account);
  for (int day = 0; day < 5; day++)
    assert_in_range(account.requests[day], 1, full ? 5000 : 600);
  account_end(&account);
}

static int start_http(void **state) {
  struct error error = ERROR_NONE;
  (void)state;
  return http_global_start(&error) ? 0 : -1;
}

static int stop_http(void **state) {
  (void)state;
  http_global_stop();
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_big_account_is_read_whole_within_its_budget),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
