/*
 * Accounts over days, with a clock that the test sets: waiting takes no time. What a big account
 * costs, and that nothing is lost or doubled meanwhile.
 *
 * MARGAY_TEST_ACCOUNT=300000 runs the big account with so many records a day (some minutes in the
 * release build) instead of the 1500 of the suite.
 */
#include "source/source_world.h"

#include "base/http_group.h"
#include "sim/state.h"
#include "source/zoom/zoom_report.h"

#include <pthread.h>

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
  if (!account->sim)
    return 0;
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
  uint64_t a_day = full ? strtoull(size, NULL, 10) : 1500;
  static const char *const faults[] = {"late:share=0.02,up-to=86400", "identical:share=0.01",
                                       "page-token:page=35,every=5,times=1000", "500:share=0.001",
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
                     : "reports: [operation]\nrequest_budget: 400\npage_size: 30\n"
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
  print_message("; %llu polls waited for the budget; %.1f s, %ld MiB\n",
                (unsigned long long)account.counts[SOURCE_BUDGET_WAITS],
                (double)(clock_monotonic() - began) / US_PER_SECOND, usage.ru_maxrss / 1024);
  all_is_there_once(&account);
  for (int day = 0; day < 5; day++)
    assert_in_range(account.requests[day], 1, full ? 5000 : 400);
  account_end(&account);
}

/* The day has 1000 rows; the polls of an hour find some 40 more. */
static uint64_t requests_of_an_hour(bool oldest_first) {
  struct account account;
  struct sim_options options = account_options(&account, 2000);
  options.start = account.start - US_PER_DAY;
  options.end = account.start + US_PER_DAY;
  options.oldest_first = oldest_first;
  account_start(&account, &options, "reports: [operation]\npage_size: 50\n");
  account_run(&account, account.start + US_PER_SECOND);
  uint64_t first = requests_of(&account);
  assert_in_range(first, 20, 21);
  account_run(&account, account.start + US_PER_HOUR);
  uint64_t requests = requests_of(&account) - first;
  assert_in_range(account.world.added, 1030, 1050);
  assert_int_equal(account.world.records, account.world.added);
  account_end(&account);
  return requests;
}

static void a_poll_ends_where_nothing_new_can_be(void **state) {
  (void)state;
  /* 12 polls, each of the page with new rows and those of the hour before. */
  assert_in_range(requests_of_an_hour(false), 20, 60);
}

static void rows_that_are_not_newest_first_are_all_read(void **state) {
  (void)state;
  assert_in_range(requests_of_an_hour(true), 11 * 20, 13 * 22);
}

/* Rows that are served neither newest first nor oldest first. */
static void a_disorder_far_behind_does_not_lose_a_row(void **state) {
  (void)state;
  struct account account;
  struct sim_options options = account_options(&account, 1500);
  options.end = account.start + 3 * US_PER_DAY - US_PER_SECOND;
  account_start(&account, &options, "reports: [operation]\npage_size: 50\npoll_interval: 1h\n");
  struct rows *rows = &account.sim->rows.reports[SIM_OPERATION];
  for (size_t i = 0; i + 40 < rows->count; i += 97) {
    struct row row = rows->rows[i];
    rows->rows[i] = rows->rows[i + 40];
    rows->rows[i + 40] = row;
  }
  account_run(&account, account.start + 4 * US_PER_DAY);
  all_is_there_once(&account);
  account_end(&account);
}

static size_t missing_after(const char *fault, const char *settings, time_us run_for) {
  struct account account;
  char more[160];
  struct sim_options options = account_options(&account, 1000);
  options.end = account.start + 2 * US_PER_DAY;
  options.faults = &fault;
  options.fault_count = 1;
  snprintf(more, sizeof more, "reports: [operation]\npage_size: 20\npoll_interval: 1h\n%s",
           settings);
  account_start(&account, &options, more);
  account_run(&account, account.start + run_for);
  assert_int_equal(account.world.records, account.world.added);
  size_t missing = account.sim->rows.reports[SIM_OPERATION].count - account.world.added;
  if (missing == 0)
    all_is_there_once(&account);
  account_end(&account);
  return missing;
}

static void rows_that_come_late_are_found_when_days_are_read_again(void **state) {
  (void)state;
  static const char a_day[] = "late:share=0.3,up-to=80000", hours[] = "late:share=0.3,up-to=14000";
  assert_in_range(missing_after(a_day, "reconcile: 0s\n", 4 * US_PER_DAY), 20, 300);
  assert_int_equal(missing_after(a_day, "reconcile: 2d\n", 4 * US_PER_DAY), 0);
  assert_int_equal(missing_after(hours, "reconcile: 0s\noverlap: 4h\n", 3 * US_PER_DAY), 0);
}

static void restarts_lose_and_double_nothing_and_keep_the_budget(void **state) {
  (void)state;
  static const char *const faults[] = {"late:share=0.05,up-to=86400", "identical:share=0.05"};
  struct account account;
  struct sim_options options = account_options(&account, 1500);
  options.end = account.start + 3 * US_PER_DAY - US_PER_SECOND;
  options.faults = faults;
  options.fault_count = 2;
  account_start(&account, &options,
                "reports: [operation]\nrequest_budget: 300\npage_size: 30\npoll_interval: 20m\n");
  /* Hours that do not fit a day. */
  for (time_us now = account.start; now < account.start + 5 * US_PER_DAY; now += 7 * US_PER_HOUR)
    account_run(&account, now + 7 * US_PER_HOUR);
  all_is_there_once(&account);
  for (int day = 0; day < 5; day++)
    assert_in_range(account.requests[day], 1, 300);
  assert_true(account.counts[SOURCE_REQUESTS] >= requests_of(&account));
  account_end(&account);
}

static void a_budget_that_is_used_up_slows_reading_and_is_said_once(void **state) {
  (void)state;
  struct account account;
  struct sim_options options = account_options(&account, 3000);
  options.start = account.start - US_PER_DAY;
  options.end = account.start;
  account_start(&account, &options, "reports: [operation]\nrequest_budget: 200\npage_size: 25\n");
  account_run(&account, account.start + US_PER_DAY - US_PER_MINUTE);
  count_day(&account, 0);
  assert_int_equal(account.world.added, 3000);
  assert_in_range(account.requests[0], 120, 200);
  assert_true(account.counts[SOURCE_BUDGET_WAITS] > 0);
  fflush(account.world.log_file);
  const char *said = strstr(account.world.log_text, "the request budget slows reading");
  assert_non_null(said);
  assert_null(strstr(said + 1, "the request budget slows reading"));
  account_end(&account);
}

/* Two pages of records, and a limit of the day that refuses the second. */
static void start_at_the_limit_of_the_day(struct account *account) {
  static const char *const fault = "429:at=2,limit=day";
  struct sim_options options = account_options(account, 100);
  options.start = account->start - US_PER_DAY;
  options.end = account->start;
  options.faults = &fault;
  options.fault_count = 1;
  account_start(account, &options, "reports: [operation]\npage_size: 50\n");
}

static void the_limit_of_the_day_is_waited_for(void **state) {
  (void)state;
  struct account account;
  start_at_the_limit_of_the_day(&account);
  account_run(&account, account.start + US_PER_DAY + US_PER_MINUTE);
  assert_int_equal(account.requests[0], 2);
  assert_int_equal(account.counts[SOURCE_LIMITED], 1);
  assert_int_equal(account.world.added, 100);
  account_end(&account);
}

static void the_limit_of_the_day_is_waited_for_after_a_restart_too(void **state) {
  (void)state;
  struct account account;
  start_at_the_limit_of_the_day(&account);
  for (int hour = 1; hour <= 23; hour++) {
    account_run(&account, account.start + hour * US_PER_HOUR);
    account.world.now = account.end; /* the wait would have ended later */
  }
  account.requests[0] = requests_of(&account);
  assert_int_equal(account.requests[0], 2);
  assert_int_equal(account.world.added, 0);
  account_run(&account, account.start + US_PER_DAY + US_PER_MINUTE);
  assert_int_equal(account.world.added, 100);
  account_end(&account);
}

static size_t times_in_log(struct world *world, const char *words) {
  size_t times = 0;
  fflush(world->log_file);
  for (const char *at = world->log_text; (at = strstr(at, words)) != NULL; at++)
    times++;
  return times;
}

static void a_refused_report_is_tried_every_hour_and_said_once(void **state) {
  (void)state;
  struct account account;
  struct sim_options options = account_options(&account, 100);
  options.end = account.start + 6 * US_PER_HOUR;
  options.no_scope[SIM_ACTIVITY] = true;
  account_start(&account, &options, "reports: [activity, operation]\n");
  account_run(&account, account.start + 6 * US_PER_HOUR + US_PER_MINUTE);
  struct sim_stats stats;
  sim_stats(account.sim, &stats);
  assert_in_range(stats.reports[SIM_ACTIVITY].requests, 6, 8);
  assert_in_range(stats.reports[SIM_OPERATION].requests, 70, 80);
  assert_int_equal(account.world.added, 100);
  assert_int_equal(times_in_log(&account.world, "level=error"), 1);
  assert_int_equal(
      times_in_log(&account.world, "does not allow the app to read the activity report"), 1);
  /* Allowed at last. */
  account.sim->options.no_scope[SIM_ACTIVITY] = false;
  account_run(&account, account.start + 7 * US_PER_HOUR);
  sim_stats(account.sim, &stats);
  assert_in_range(stats.reports[SIM_ACTIVITY].pages, 10, 14);
  account_end(&account);
}

static void several_categories_are_read_and_no_others(void **state) {
  (void)state;
  struct account account;
  struct sim_options options = account_options(&account, 2000);
  options.count[SIM_MEETING_ACTIVITY] = 500;
  options.start = account.start - US_PER_DAY;
  options.end = account.start;
  account_start(&account, &options,
                "reports: [operation, meeting_activity]\ncategory_type: [account, recording]\n"
                "activity_type: User Join\npage_size: 30\n");
  account_run(&account, account.start + US_PER_HOUR);
  size_t wanted = 0;
  for (int report = 0; report < SIM_REPORTS; report++)
    for (size_t i = 0; i < account.sim->rows.reports[report].count; i++) {
      struct text category = account.sim->rows.reports[report].rows[i].category;
      wanted += text_is(category, "account") || text_is(category, "recording") ||
                text_is(category, "user_join");
    }
  assert_in_range(wanted, 100, 1500);
  assert_int_equal(account.world.added, wanted);
  assert_int_equal(account.world.records, wanted);
  account_end(&account);
}

/* ---- several accounts -------------------------------------------------------------------- */

struct neighbour {
  const char *name;
  const char *said;   /* what its log must say; NULL: no error */
  const char *secret; /* another one than the account's */
  int64_t budget;     /* another one than usual */
  bool dead;          /* nobody answers */
  struct account account;
  pthread_t thread;
};

static void *run_neighbour(void *argument) {
  struct neighbour *neighbour = argument;
  account_run(&neighbour->account, neighbour->account.start + US_PER_DAY);
  return NULL;
}

static void accounts_fail_alone(void **state) {
  (void)state;
  static struct neighbour neighbours[] = {
      {.name = "healthy"},
      {.name = "revoked", .secret = "wrong", .said = "Zoom gives no access token"},
      {.name = "dead", .said = "could not connect", .dead = true},
      {.name = "poor", .budget = 200, .said = "the request budget slows"},
      {.name = "healthy too"},
  };
  enum { COUNT = sizeof neighbours / sizeof *neighbours };
  struct source_locks *locks = source_locks_new();
  for (int i = 0; i < COUNT; i++) {
    struct neighbour *neighbour = &neighbours[i];
    struct account *account = &neighbour->account;
    struct sim_options options = account_options(account, 800);
    options.start = account->start - US_PER_DAY;
    options.end = account->start + US_PER_DAY;
    account_start(account, &options, "reports: [operation]\npage_size: 10\npoll_interval: 1h\n");
    struct zoom_options *own = account->world.source.options;
    if (neighbour->secret)
      own->client_secret = text_from(neighbour->secret);
    if (neighbour->budget)
      own->request_budget = neighbour->budget;
    account->world.locks = locks;
    account->world.source.id = text_from(neighbour->name);
    if (neighbour->dead) {
      sim_stop(account->sim);
      account->sim = NULL;
    }
    assert_int_equal(pthread_create(&neighbour->thread, NULL, run_neighbour, neighbour), 0);
  }
  for (int i = 0; i < COUNT; i++) {
    struct neighbour *neighbour = &neighbours[i];
    struct world *world = &neighbour->account.world;
    pthread_join(neighbour->thread, NULL);
    fflush(world->log_file);
    const char *log = world->log_text ? world->log_text : "";
    if (neighbour->said ? !strstr(log, neighbour->said) : strstr(log, "level=error") != NULL)
      fail_msg("%s: %s", neighbour->name, log);
    if (!neighbour->said && world->added < 760)
      fail_msg("%s: %zu rows", neighbour->name, world->added);
  }
  for (int i = 0; i < COUNT; i++)
    account_end(&neighbours[i].account);
  source_locks_free(locks);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_big_account_is_read_whole_within_its_budget),
      cmocka_unit_test(a_poll_ends_where_nothing_new_can_be),
      cmocka_unit_test(rows_that_are_not_newest_first_are_all_read),
      cmocka_unit_test(a_disorder_far_behind_does_not_lose_a_row),
      cmocka_unit_test(rows_that_come_late_are_found_when_days_are_read_again),
      cmocka_unit_test(restarts_lose_and_double_nothing_and_keep_the_budget),
      cmocka_unit_test(a_budget_that_is_used_up_slows_reading_and_is_said_once),
      cmocka_unit_test(the_limit_of_the_day_is_waited_for),
      cmocka_unit_test(the_limit_of_the_day_is_waited_for_after_a_restart_too),
      cmocka_unit_test(a_refused_report_is_tried_every_hour_and_said_once),
      cmocka_unit_test(several_categories_are_read_and_no_others),
      cmocka_unit_test(accounts_fail_alone),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
