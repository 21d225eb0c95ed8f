/* What a Zoom source reports of itself, over the simulator: by report, with the kind of fault. */
#include "source/source_world.h"

#include "base/http_group.h"
#include "sim/sim.h"

#define NOW "2024-03-21T12:00:00Z"

struct zoom_world {
  struct world world;
  struct sim *sim;
  struct buffer reports;
  bool compared;
  int64_t ahead_us;
};

static const char *const fault_names[SOURCE_FAULT_COUNT] = {"other", "credentials", "scope"};

static void note_works(void *context, const char *part) {
  struct zoom_world *zoom = context;
  buffer_printf(&zoom->reports, "%s works\n", part);
}

static void note_fails(void *context, const char *part, enum source_fault fault,
                       const struct error *error) {
  struct zoom_world *zoom = context;
  assert_true(error->set);
  buffer_printf(&zoom->reports, "%s: %s\n", part, fault_names[fault]);
}

static void note_compares(void *context, int64_t ahead_us) {
  struct zoom_world *zoom = context;
  zoom->compared = true;
  zoom->ahead_us = ahead_us;
}

/* Polls once with this secret; the simulator has changed what `options` say. */
static void assert_reported(const struct sim_options *options, struct zoom_world *zoom,
                            const char *secret, const char *expected) {
  struct error error = ERROR_NONE;
  char settings[1024];
  zoom->sim = sim_start(options, &error);
  assert_string_equal(error.text, "");
  unsigned port = sim_port(zoom->sim);
  snprintf(settings, sizeof settings,
           "account_id: springfield\nclient_id: margay\nclient_secret: %s\n"
           "api_url: http://127.0.0.1:%u/v2/\ntoken_url: http://127.0.0.1:%u/oauth/token\n"
           "poll_once: true\nretry_first: 1ms\n",
           secret, port, port);
  world_options(&zoom->world, &source_zoom_reports, settings);
  struct source_run run = world_run(&zoom->world);
  run.health = (struct source_health){
      .context = zoom, .works = note_works, .fails = note_fails, .compares = note_compares};
  source_zoom_reports.run(&run, &error);
  assert_string_equal(zoom->reports.data, expected);
  buffer_free(&zoom->reports);
  sim_stop(zoom->sim);
  world_end(&zoom->world);
}

static struct sim_options start(struct zoom_world *zoom) {
  *zoom = (struct zoom_world){.reports = BUFFER_NONE};
  world_start(&zoom->world, NOW);
  struct sim_options options = sim_options_default();
  options.clock = clock_fixed(&zoom->world.now);
  options.count[SIM_OPERATION] = 3;
  return options;
}

static void each_report_that_was_read_works(void **state) {
  (void)state;
  struct zoom_world zoom;
  struct sim_options options = start(&zoom);
  assert_reported(&options, &zoom, SIM_CLIENT_SECRET, "operation works\nactivity works\n");
  /* The answers have the date of this day, the run has that of the test. */
  assert_true(zoom.compared);
  assert_true(zoom.ahead_us < -300 * US_PER_DAY);
}

static void a_secret_that_is_wrong_is_a_fault_of_the_credentials(void **state) {
  (void)state;
  struct zoom_world zoom;
  struct sim_options options = start(&zoom);
  assert_reported(&options, &zoom, "wrong", "operation: credentials\n");
}

static void a_scope_that_is_missing_is_a_fault_of_one_report(void **state) {
  (void)state;
  struct zoom_world zoom;
  struct sim_options options = start(&zoom);
  options.no_scope[SIM_ACTIVITY] = true;
  assert_reported(&options, &zoom, SIM_CLIENT_SECRET, "operation works\nactivity: scope\n");
}

static void an_answer_that_makes_no_sense_is_another_fault(void **state) {
  (void)state;
  struct zoom_world zoom;
  struct sim_options options = start(&zoom);
  static const char *const faults[] = {"503"};
  options.faults = faults;
  options.fault_count = 1;
  assert_reported(&options, &zoom, SIM_CLIENT_SECRET, "operation: other\nactivity: other\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_report_that_was_read_works),
      cmocka_unit_test(a_secret_that_is_wrong_is_a_fault_of_the_credentials),
      cmocka_unit_test(a_scope_that_is_missing_is_a_fault_of_one_report),
      cmocka_unit_test(an_answer_that_makes_no_sense_is_another_fault),
  };
  return cmocka_run_group_tests_name("zoom_health", tests, start_http, stop_http);
}
