#include "source/source_world.h"

#include "base/http_group.h"
#include "sim/sim.h"
#include "source/zoom/zoom_report.h"

#include <pthread.h>

#define NOW "2024-03-21T12:00:00Z"
#define TODAY                                                                                      \
  "{\"operation\":\"2024-03-21\",\"activity\":\"2024-03-21\",\"forgotten\":\"2024-03-18\""

struct zoom_world {
  struct world world;
  struct sim *sim;
};

static struct sim_options sim_options_for(struct zoom_world *zoom, uint64_t operations,
                                          uint64_t activities) {
  world_start(&zoom->world, NOW);
  struct sim_options options = sim_options_default();
  options.clock = clock_fixed(&zoom->world.now);
  options.count[SIM_OPERATION] = operations;
  options.count[SIM_ACTIVITY] = activities;
  return options;
}

/* `more` are further lines of settings. */
static void set_options(struct zoom_world *zoom, const char *secret, const char *more) {
  char settings[1024];
  unsigned port = sim_port(zoom->sim);
  snprintf(settings, sizeof(settings),
           "account_id: springfield\nclient_id: margay\nclient_secret: %s\n"
           "api_url: http://127.0.0.1:%u/v2/\ntoken_url: http://127.0.0.1:%u/oauth/token\n"
           "poll_once: true\nretry_first: 1ms\n%s",
           secret, port, port, more);
  world_options(&zoom->world, &source_zoom_reports, settings);
}

static void start_zoom(struct zoom_world *zoom, const struct sim_options *options,
                       const char *more) {
  struct error error = ERROR_NONE;
  zoom->sim = sim_start(options, &error);
  assert_string_equal(error.text, "");
  set_options(zoom, SIM_CLIENT_SECRET, more);
}

static void end_zoom(struct zoom_world *zoom) {
  sim_stop(zoom->sim);
  world_end(&zoom->world);
}

static bool poll_once(struct zoom_world *zoom, struct error *error) {
  struct source_run run = world_run(&zoom->world);
  return source_zoom_reports.run(&run, error);
}

static void poll_well(struct zoom_world *zoom) {
  struct error error = ERROR_NONE;
  if (!poll_once(zoom, &error))
    fail_msg("%s", error.text);
}

static struct sim_stats stats_of(struct zoom_world *zoom) {
  struct sim_stats stats;
  sim_stats(zoom->sim, &stats);
  return stats;
}

static size_t rows_of(struct zoom_world *zoom) {
  struct sim_stats stats = stats_of(zoom);
  size_t rows = 0;
  for (int i = 0; i < SIM_REPORTS; i++)
    rows += stats.reports[i].rows;
  return rows;
}

static void every_row_is_committed_once_however_often_it_is_read(void **state) {
  (void)state;
  for (int variant = 0; variant < 4; variant++) {
    struct zoom_world zoom;
    struct sim_options options = sim_options_for(&zoom, 1500, 700);
    options.to_exclusive = variant & 1;
    options.oldest_first = variant & 2;
    start_zoom(&zoom, &options, "page_size: 100\n");
    poll_well(&zoom);
    assert_int_equal(zoom.world.added, 2200);
    assert_int_equal(zoom.world.records, 2200);
    assert_false(zoom.world.out_of_order);
    assert_true(world_checkpoint_starts(&zoom.world, TODAY));
    size_t batches = zoom.world.batches;
    poll_well(&zoom);
    assert_int_equal(zoom.world.records, 2200);
    /* One batch of each report and the one at the end say how far time has come. */
    assert_int_equal(zoom.world.batches, batches + 3);
    assert_int_equal(zoom.world.watermark, zoom.world.now);
    assert_int_equal(zoom.world.ends, 2);
    end_zoom(&zoom);
  }
}

#define ALL_REPORTS                                                                                \
  "reports: [operation, activity, meeting_activity, phone_operation, contact_center_operation, "   \
  "remote_support, chat_channel_activity, video_sdk_operation]\n"

static void every_report_is_read_as_zoom_wants_to_be_asked(void **state) {
  (void)state;
  struct zoom_world zoom;
  struct sim_options options = sim_options_for(&zoom, 0, 0);
  for (int report = 0; report < SIM_REPORTS; report++)
    options.count[report] = 90;
  options.start = zoom.world.now - 8 * US_PER_DAY;
  options.end = zoom.world.now;
  start_zoom(&zoom, &options, "initial_lookback: 9d\n" ALL_REPORTS);
  poll_well(&zoom);
  struct sim_stats stats = stats_of(&zoom);
  assert_int_equal(zoom.world.added, 90 * SIM_REPORTS);
  assert_int_equal(stats.refused, 0);
  /* At most three days at a time. */
  assert_true(stats.reports[SIM_CHAT_CHANNEL_ACTIVITY].pages > 5);
  poll_well(&zoom);
  assert_int_equal(zoom.world.records, 90 * SIM_REPORTS);
  end_zoom(&zoom);
}

static void months_are_read_one_after_another(void **state) {
  (void)state;
  for (int exclusive = 0; exclusive < 2; exclusive++) {
    struct zoom_world zoom;
    struct sim_options options = sim_options_for(&zoom, 900, 0);
    options.to_exclusive = exclusive;
    options.start = zoom.world.now - 181 * US_PER_DAY;
    options.end = zoom.world.now;
    start_zoom(&zoom, &options, "initial_lookback: 181d\nreports: [operation]\n");
    poll_well(&zoom);
    assert_int_equal(zoom.world.added, 900);
    assert_int_equal(zoom.world.records, 900);
    assert_true(stats_of(&zoom).reports[SIM_OPERATION].requests >= 6);
    assert_int_equal(stats_of(&zoom).refused, 0);
    end_zoom(&zoom);
  }
}

static void no_fault_loses_or_doubles_a_row(void **state) {
  (void)state;
  static const char *const faults[] = {
      "429:every=3",
      "429:every=3,retry-after=0",
      "429:every=3,retry-after-date=0",
      "500:every=3",
      "503:first=4",
      "502:at=1+2+5",
      "cut:every=4",
      "close:every=4",
      "json:every=4",
      "slow:ms=5,every=5",
      "token:every=5",
      "429:every=3,retry-after-time=0",
      "429:every=3,reset=0",
      "401:every=5",
      "page-token:page=2",
      "page-token:page=5,times=3",
      "identical:share=0.3",
      "500:on=oauth,at=1+2",
      "429:on=oauth,first=2",
      "json:on=oauth,first=2",
  };
  for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
    struct zoom_world zoom;
    struct sim_options options = sim_options_for(&zoom, 600, 300);
    options.faults = &faults[i];
    options.fault_count = 1;
    options.oldest_first = i % 2;
    options.to_exclusive = i % 3 == 0;
    start_zoom(&zoom, &options, "page_size: 50\n");
    struct error error = ERROR_NONE;
    if (!poll_once(&zoom, &error))
      fail_msg("%s: %s", faults[i], error.text);
    if (zoom.world.added != rows_of(&zoom) || zoom.world.records != rows_of(&zoom))
      fail_msg("%s: %zu rows of %zu", faults[i], zoom.world.added, rows_of(&zoom));
    if (!strstr(faults[i], "identical") && stats_of(&zoom).faults_injected == 0)
      fail_msg("%s did not strike", faults[i]);
    assert_true(world_checkpoint_starts(&zoom.world, TODAY));
    end_zoom(&zoom);
  }
}

static void rows_that_come_late_are_new_at_a_later_poll(void **state) {
  (void)state;
  static const char *const faults[] = {"late:share=0.2,after=3", "identical:share=0.2"};
  struct zoom_world zoom;
  struct sim_options options = sim_options_for(&zoom, 300, 0);
  options.faults = faults;
  options.fault_count = 2;
  start_zoom(&zoom, &options, "page_size: 100\nreports: [operation]\n");
  poll_well(&zoom);
  struct sim_stats stats = stats_of(&zoom);
  size_t late = stats.reports[SIM_OPERATION].late, rows = stats.reports[SIM_OPERATION].rows;
  assert_true(late > 0);
  assert_int_equal(zoom.world.added, rows - late);
  poll_well(&zoom);
  assert_int_equal(zoom.world.added, rows);
  assert_int_equal(zoom.world.records, rows);
  end_zoom(&zoom);
}

static void rows_that_became_dead_letters_are_not_brought_again(void **state) {
  (void)state;
  struct zoom_world zoom;
  struct sim_options options = sim_options_for(&zoom, 100, 100);
  start_zoom(&zoom, &options, "");
  zoom.world.dead_letters = true;
  poll_well(&zoom);
  poll_well(&zoom);
  assert_int_equal(zoom.world.added, 200);
  assert_int_equal(zoom.world.records, 200);
  end_zoom(&zoom);
}

static void a_page_token_that_expires_every_time_pushes_nothing(void **state) {
  (void)state;
  static const char *const fault = "page-token:page=2,times=1000";
  struct zoom_world zoom;
  struct sim_options options = sim_options_for(&zoom, 600, 0);
  options.faults = &fault;
  options.fault_count = 1;
  start_zoom(&zoom, &options, "reports: [operation]\n");
  struct error error = ERROR_NONE;
  assert_false(poll_once(&zoom, &error));
  assert_non_null(strstr(error.text, "next page token"));
  assert_int_equal(zoom.world.records, 0);
  end_zoom(&zoom);
}

static void a_fault_that_stays_ends_the_poll_and_the_next_one_goes_on(void **state) {
  (void)state;
  static const char *const fault = "500:times=6,on=operation";
  struct zoom_world zoom;
  struct sim_options options = sim_options_for(&zoom, 10, 20);
  options.faults = &fault;
  options.fault_count = 1;
  start_zoom(&zoom, &options, "");
  struct error error = ERROR_NONE;
  assert_false(poll_once(&zoom, &error));
  assert_non_null(strstr(error.text, "status 500"));
  assert_int_equal(zoom.world.added, 20); /* the other report went on */
  poll_well(&zoom);
  assert_int_equal(zoom.world.added, 30);
  end_zoom(&zoom);
}

static void a_missing_scope_is_named_and_the_other_report_goes_on(void **state) {
  (void)state;
  struct zoom_world zoom;
  struct sim_options options = sim_options_for(&zoom, 10, 20);
  options.no_scope[SIM_OPERATION] = true;
  start_zoom(&zoom, &options, "");
  struct error error = ERROR_NONE;
  assert_false(poll_once(&zoom, &error));
  assert_non_null(strstr(error.text, "report:read:operation_logs:admin"));
  assert_non_null(strstr(error.text, "Scopes"));
  assert_int_equal(zoom.world.added, 20);
  assert_int_equal(stats_of(&zoom).reports[SIM_OPERATION].requests, 1);
  end_zoom(&zoom);
}

static void a_missing_scope_is_named_whatever_the_form_of_the_answer(void **state) {
  (void)state;
  static const char *const faults[] = {"scope:code=200,on=activity", "scope:code=4700,on=activity",
                                       "scope:code=4711,on=activity"};
  for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
    struct zoom_world zoom;
    struct sim_options options = sim_options_for(&zoom, 10, 20);
    options.faults = &faults[i];
    options.fault_count = 1;
    start_zoom(&zoom, &options, "reports: [activity, operation]\n");
    struct error error = ERROR_NONE;
    assert_false(poll_once(&zoom, &error));
    assert_non_null(strstr(error.text, "report:read:user_activities:admin"));
    assert_non_null(strstr(error.text, "Sign In/Sign Out"));
    assert_int_equal(zoom.world.added, 10);
    assert_int_equal(stats_of(&zoom).tokens_minted, 1);
    end_zoom(&zoom);
  }
}

static void refusals_are_reported_in_plain_words(void **state) {
  (void)state;
  static const struct {
    const char *fault, *report, *words;
  } cases[] = {
      {"403", "operation", "add the scope report:read:operation_logs:admin"},
      {"404", "operation", "is api_url right?"},
      {"404", "meeting_activity", "Zoom Support must enable this report"},
      {"413", "operation", "status 413"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct zoom_world zoom;
    char more[64];
    struct sim_options options = sim_options_for(&zoom, 10, 10);
    options.faults = &cases[i].fault;
    options.fault_count = 1;
    snprintf(more, sizeof(more), "reports: [%s]\n", cases[i].report);
    start_zoom(&zoom, &options, more);
    struct error error = ERROR_NONE;
    assert_false(poll_once(&zoom, &error));
    if (!strstr(error.text, cases[i].words))
      fail_msg("%s: %s", cases[i].fault, error.text);
    end_zoom(&zoom);
  }
}

static void wrong_credentials_are_reported_without_the_secret(void **state) {
  (void)state;
  struct zoom_world zoom;
  struct sim_options options = sim_options_for(&zoom, 10, 10);
  start_zoom(&zoom, &options, "");
  set_options(&zoom, "a-wrong-secret", "");
  struct error error = ERROR_NONE;
  assert_false(poll_once(&zoom, &error));
  assert_non_null(strstr(error.text, "check account_id, client_id and client_secret"));
  assert_null(strstr(error.text, "a-wrong-secret"));
  fflush(zoom.world.log_file);
  assert_null(strstr(zoom.world.log_text, "a-wrong-secret"));
  assert_int_equal(zoom.world.records, 0);
  end_zoom(&zoom);
}

static void an_api_that_is_not_there_is_reported(void **state) {
  (void)state;
  struct zoom_world zoom;
  struct sim_options options = sim_options_for(&zoom, 10, 10);
  start_zoom(&zoom, &options, "");
  sim_stop(zoom.sim);
  zoom.sim = NULL;
  struct error error = ERROR_NONE;
  assert_false(poll_once(&zoom, &error));
  assert_non_null(strstr(error.text, "could not connect"));
  end_zoom(&zoom);
}

static void a_stop_between_any_two_batches_ends_in_the_same_rows(void **state) {
  (void)state;
  for (size_t fail_at = 1; fail_at <= 7; fail_at++) {
    struct zoom_world zoom;
    struct sim_options options = sim_options_for(&zoom, 2500, 1200);
    options.start = zoom.world.now - 40 * US_PER_DAY;
    options.end = zoom.world.now;
    start_zoom(&zoom, &options, "initial_lookback: 40d\n");
    struct error error = ERROR_NONE;
    zoom.world.fail_at = fail_at;
    assert_true(poll_once(&zoom, &error));
    zoom.world.fail_at = 0;
    zoom.world.last_time = TIME_NONE;
    poll_well(&zoom);
    assert_int_equal(zoom.world.added, 3700);
    assert_int_equal(zoom.world.records, 3700);
    assert_true(world_checkpoint_starts(&zoom.world, TODAY));
    end_zoom(&zoom);
  }
}

static void a_token_is_kept_until_a_minute_before_its_end(void **state) {
  (void)state;
  struct zoom_world zoom;
  struct sim_options options = sim_options_for(&zoom, 10, 10);
  start_zoom(&zoom, &options, "");
  poll_well(&zoom);
  poll_well(&zoom);
  assert_int_equal(stats_of(&zoom).tokens_minted, 1);
  zoom.world.now += 58 * US_PER_MINUTE;
  poll_well(&zoom);
  assert_int_equal(stats_of(&zoom).tokens_minted, 1);
  zoom.world.now += US_PER_MINUTE;
  poll_well(&zoom);
  assert_int_equal(stats_of(&zoom).tokens_minted, 2);
  assert_int_equal(stats_of(&zoom).unauthorized, 0);
  end_zoom(&zoom);
}

/* Of an app that was replaced, say because it lacked a scope. */
static void the_token_of_another_app_is_not_used(void **state) {
  (void)state;
  struct zoom_world zoom;
  struct error error = ERROR_NONE;
  struct sim_options options = sim_options_for(&zoom, 10, 10);
  start_zoom(&zoom, &options, "");
  poll_well(&zoom);
  struct zoom_options *own = zoom.world.source.options;
  own->client_id = TEXT("another-app");
  assert_false(poll_once(&zoom, &error));
  assert_non_null(strstr(error.text, "Zoom gives no access token"));
  end_zoom(&zoom);
}

struct neighbour {
  struct zoom_world *zoom; /* whose simulator and options are used */
  struct world world;
  bool ok;
  pthread_t thread;
};

static void *run_neighbour(void *argument) {
  struct neighbour *neighbour = argument;
  struct error error = ERROR_NONE;
  struct source_run run = world_run(&neighbour->world);
  neighbour->ok = source_zoom_reports.run(&run, &error);
  return NULL;
}

static void sources_of_one_account_share_one_token(void **state) {
  (void)state;
  enum { COUNT = 4 };
  struct zoom_world zoom;
  struct sim_options options = sim_options_for(&zoom, 50, 50);
  start_zoom(&zoom, &options, "page_size: 10\n");
  zoom.world.locks = source_locks_new();
  struct neighbour neighbours[COUNT];
  for (int i = 0; i < COUNT; i++) {
    static const char *const ids[COUNT] = {"a", "b", "c", "d"};
    struct neighbour *neighbour = &neighbours[i];
    *neighbour = (struct neighbour){.zoom = &zoom, .world = zoom.world};
    struct world *world = &neighbour->world;
    struct error error = ERROR_NONE;
    char path[128];
    snprintf(path, sizeof(path), "%s/state.db", world->folder);
    world->store = store_open(path, &error);
    world->reader = json_reader_new();
    world->source.id = text_from(ids[i]);
    world->memory =
        source_store_new(world->store, world->source.id, zoom.world.seal, zoom.world.log);
    assert_int_equal(pthread_create(&neighbour->thread, NULL, run_neighbour, neighbour), 0);
  }
  for (int i = 0; i < COUNT; i++) {
    struct world *world = &neighbours[i].world;
    pthread_join(neighbours[i].thread, NULL);
    assert_true(neighbours[i].ok);
    assert_int_equal(world->added, 100);
    source_store_free(world->memory);
    store_close(world->store);
    json_reader_free(world->reader);
    buffer_free(&world->canonical);
    buffer_free(&world->seen);
  }
  assert_int_equal(stats_of(&zoom).tokens_minted, 1);
  assert_int_equal(stats_of(&zoom).unauthorized, 0);
  source_locks_free(zoom.world.locks);
  end_zoom(&zoom);
}

static void *run_until_reported(void *argument) {
  struct zoom_world *zoom = argument;
  struct error error = ERROR_NONE;
  return poll_once(zoom, &error) && !error.set ? zoom : NULL;
}

static void a_stop_ends_a_long_wait(void **state) {
  (void)state;
  static const char *const fault = "429:retry-after=3000";
  struct zoom_world zoom;
  struct sim_options options = sim_options_for(&zoom, 10, 10);
  options.faults = &fault;
  options.fault_count = 1;
  start_zoom(&zoom, &options, "");
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, run_until_reported, &zoom), 0);
  while (stats_of(&zoom).faults_injected == 0)
    usleep(1000);
  world_stop(&zoom.world);
  void *ended_well;
  pthread_join(thread, &ended_well);
  assert_non_null(ended_well);
  assert_int_equal(zoom.world.records, 0);
  end_zoom(&zoom);
}

/* The oldest row that was added is still known. */
static bool knows_first_row(struct world *world) {
  struct error error = ERROR_NONE;
  char row_id[ROW_ID_SIZE + 1];
  bool known;
  const char *end = memchr(world->seen.data, '\n', world->seen.size);
  struct text record = {world->seen.data, (size_t)(end - world->seen.data)};
  buffer_reset(&world->canonical);
  json_write_canonical(&world->canonical, json_read_copy(world->reader, record, &error));
  row_id_compute(world->source.id, TEXT("Zoom.Operation"), buffer_text(&world->canonical), 0,
                 row_id);
  assert_true(store_row_known(world->store, world->source.id, text_from(row_id), &known, &error));
  return known;
}

static void rows_are_forgotten_only_when_they_cannot_be_asked_for_again(void **state) {
  (void)state;
  struct zoom_world zoom;
  struct sim_options options = sim_options_for(&zoom, 400, 0);
  options.start = zoom.world.now - 3 * US_PER_DAY;
  options.end = zoom.world.now + 5 * US_PER_DAY;
  start_zoom(&zoom, &options, "reports: [operation]\ninitial_lookback: 3d\nreconcile: 0s\n");
  for (int day = 0; day < 12; day++) {
    poll_well(&zoom);
    assert_true(day > 0 || knows_first_row(&zoom.world));
    poll_well(&zoom);
    zoom.world.now += 12 * US_PER_HOUR;
  }
  assert_int_equal(zoom.world.added, 400);
  assert_int_equal(zoom.world.records, 400);
  assert_true(world_checkpoint_starts(
      &zoom.world, "{\"operation\":\"2024-03-27\",\"forgotten\":\"2024-03-26\""));
  assert_false(knows_first_row(&zoom.world));
  /* What was forgotten is not asked for, even when `reread` grows. */
  set_options(&zoom, SIM_CLIENT_SECRET, "reports: [operation]\nreread: 20d\nreconcile: 20d\n");
  poll_well(&zoom);
  assert_int_equal(zoom.world.records, 400);
  end_zoom(&zoom);
}

static void credentials_go_in_the_clear_to_this_machine_only(void **state) {
  (void)state;
  static const struct {
    const char *url;
    bool fine;
  } cases[] = {
      {"https://api.zoom.us/v2", true},
      {"http://127.0.0.1:8080/v2", true},
      {"http://localhost:1/v2", true},
      {"http://[::1]:1/v2", true},
      {"http://api.zoom.us/v2", false},
      {"http://localhost.example.com/", false},
      {"http://10.0.0.1/v2", false},
      {"http://127.example.com/v2", false},
      {"http://localhost:1@example.com/", false},
  };
  const struct text report = TEXT("operation"), all = TEXT("all");
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct zoom_options options = {.account_id = TEXT("a"),
                                   .client_secret = TEXT("c"),
                                   .api_url = text_from(cases[i].url),
                                   .token_url = TEXT("https://zoom.us/oauth/token"),
                                   .reports = {&report, 1},
                                   .category_type = {&all, 1},
                                   .activity_type = {&all, 1}};
    struct error error = ERROR_NONE;
    if (source_zoom_reports.kind.check(&options, &error) != cases[i].fine)
      fail_msg("%s: %s", cases[i].url, error.text);
  }
}

static void a_damaged_checkpoint_ends_the_source(void **state) {
  (void)state;
  struct zoom_world zoom;
  struct sim_options options = sim_options_for(&zoom, 10, 10);
  start_zoom(&zoom, &options, "");
  struct error error = ERROR_NONE;
  assert_true(store_checkpoint_set(zoom.world.store, zoom.world.source.id, TEXT("junk"), &error));
  assert_false(poll_once(&zoom, &error));
  assert_non_null(strstr(error.text, "the checkpoint cannot be read"));
  end_zoom(&zoom);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_row_is_committed_once_however_often_it_is_read),
      cmocka_unit_test(every_report_is_read_as_zoom_wants_to_be_asked),
      cmocka_unit_test(months_are_read_one_after_another),
      cmocka_unit_test(no_fault_loses_or_doubles_a_row),
      cmocka_unit_test(rows_that_come_late_are_new_at_a_later_poll),
      cmocka_unit_test(rows_that_became_dead_letters_are_not_brought_again),
      cmocka_unit_test(a_page_token_that_expires_every_time_pushes_nothing),
      cmocka_unit_test(a_fault_that_stays_ends_the_poll_and_the_next_one_goes_on),
      cmocka_unit_test(a_missing_scope_is_named_and_the_other_report_goes_on),
      cmocka_unit_test(a_missing_scope_is_named_whatever_the_form_of_the_answer),
      cmocka_unit_test(refusals_are_reported_in_plain_words),
      cmocka_unit_test(wrong_credentials_are_reported_without_the_secret),
      cmocka_unit_test(an_api_that_is_not_there_is_reported),
      cmocka_unit_test(a_stop_between_any_two_batches_ends_in_the_same_rows),
      cmocka_unit_test(a_token_is_kept_until_a_minute_before_its_end),
      cmocka_unit_test(the_token_of_another_app_is_not_used),
      cmocka_unit_test(sources_of_one_account_share_one_token),
      cmocka_unit_test(a_stop_ends_a_long_wait),
      cmocka_unit_test(rows_are_forgotten_only_when_they_cannot_be_asked_for_again),
      cmocka_unit_test(credentials_go_in_the_clear_to_this_machine_only),
      cmocka_unit_test(a_damaged_checkpoint_ends_the_source),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
