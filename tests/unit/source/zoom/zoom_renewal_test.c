/* A General app's refresh tokens: whatever happens between two steps, the next run gets a token. */
#include "source/zoom/zoom_login_world.h"

#include "source/zoom/zoom_grant.h"

#include <pthread.h>

/* A process that dies at the nth change of the store, before or after it: from then on it changes
 * nothing, and nothing waits for it. */
struct mortal {
  struct source_memory memory;
  struct world *world;
  size_t changes, last;
  bool after; /* the last change is durable */
  bool dead;
};

static bool die(struct mortal *mortal, struct error *error) {
  mortal->dead = true;
  atomic_store(&mortal->world->stop, true);
  return error_set(error, "dead");
}

static bool mortal_get(void *context, struct text key, struct buffer *token, time_us *expires,
                       bool *found, struct error *error) {
  struct mortal *mortal = context;
  return mortal->memory.token_get(mortal->memory.context, key, token, expires, found, error);
}

static bool mortal_set(void *context, struct text key, struct text token, time_us expires,
                       struct error *error) {
  struct mortal *mortal = context;
  bool is_last = ++mortal->changes == mortal->last;
  if (mortal->dead || (is_last && !mortal->after))
    return die(mortal, error);
  bool ok = mortal->memory.token_set(mortal->memory.context, key, token, expires, error);
  return is_last ? die(mortal, error) : ok;
}

static struct source_memory mortal_memory(struct mortal *mortal, struct world *world) {
  mortal->memory = source_store_memory(world->memory);
  mortal->world = world;
  struct source_memory memory = mortal->memory;
  memory.context = mortal;
  memory.token_get = mortal_get;
  memory.token_set = mortal_set;
  memory.token_lock = NULL;
  memory.token_unlock = NULL;
  return memory;
}

static void revive(struct login_world *login) {
  atomic_store(&login->world.stop, false);
}

static void poll_works(struct login_world *login) {
  struct source_run run = world_run(&login->world);
  struct error error = ERROR_NONE;
  if (!source_zoom_reports.run(&run, &error))
    fail_msg("%s", error.text);
}

/* Where a process dies, and whether Zoom had answered what is not kept. */
static const struct step {
  const char *name;
  size_t last;
  bool after, answer_lost, unkept;
  bool under_way; /* as the store says */
} steps[] = {
    {.name = "before it is kept that a renewal is under way", .last = 1},
    {.name = "before Zoom is asked", .last = 1, .after = true, .under_way = true},
    {.name = "before Zoom's answer is here",
     .answer_lost = true,
     .unkept = true,
     .under_way = true},
    {.name = "before the new tokens are kept", .last = 2, .unkept = true, .under_way = true},
    {.name = "before the access token is used", .last = 2, .after = true},
};

/* A process that dies at this step an hour after the login. */
static void live_and_die(struct login_world *login, const struct step *step) {
  struct mortal mortal = {.last = step->last, .after = step->after};
  struct source_memory memory = mortal_memory(&mortal, &login->world);
  struct error error = ERROR_NONE;
  login->world.now += US_PER_HOUR;
  if (login_world_take(login, &memory, &error) == ZOOM_ANSWER_GOOD)
    fail_msg("%s: it lives", step->name);
  revive(login);
}

static void start_step(struct login_world *login, const struct step *step, int64_t grace_us) {
  static const char *const lost[] = {"cut:on=oauth,at=2"}; /* the first request is the login's */
  struct sim_options options = login_world_options(login);
  options.refresh_grace_us = grace_us;
  options.faults = lost;
  options.fault_count = step->answer_lost;
  login_world_start(login, &options, true);
  login_world_log_in(login);
}

static void a_crash_at_any_step_locks_nobody_out(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    struct login_world login;
    struct error error = ERROR_NONE;
    start_step(&login, &steps[i], US_PER_MINUTE);
    live_and_die(&login, &steps[i]);
    if (login_world_take(&login, NULL, &error) != ZOOM_ANSWER_GOOD)
      fail_msg("%s: %s", steps[i].name, error.text);
    poll_works(&login);
    /* And again an hour later. */
    login.world.now += US_PER_HOUR;
    poll_works(&login);
    fflush(login.world.log_file);
    bool said = strstr(login.world.log_text, "answer to the last renewal of the login is missing");
    assert_int_equal(said, steps[i].under_way);
    login_world_end(&login);
  }
}

/* What nothing on this side can prevent: Zoom has answered, nobody has the answer, and Zoom takes
 * no refresh token twice. */
static void without_grace_a_lost_answer_asks_for_a_login_and_goes_on_with_it(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    struct login_world login;
    struct error error = ERROR_NONE, again = ERROR_NONE;
    start_step(&login, &steps[i], 0);
    live_and_die(&login, &steps[i]);
    enum zoom_answer answer = login_world_take(&login, NULL, &error);
    assert_int_equal(answer, steps[i].unkept ? ZOOM_ANSWER_REFUSED : ZOOM_ANSWER_GOOD);
    if (steps[i].unkept) {
      assert_string_equal(error.text,
                          "Zoom gives no access token (400): the login does not work any "
                          "more, run `margay login one`: Invalid Token!");
      uint64_t asked = login_world_stats(&login).requests;
      assert_int_equal(login_world_take(&login, NULL, &again), ZOOM_ANSWER_REFUSED);
      assert_non_null(strstr(again.text, "run `margay login one`"));
      assert_int_equal(login_world_stats(&login).requests, asked);
      login_world_log_in(&login);
    }
    poll_works(&login);
    login_world_end(&login);
  }
}

static void zoom_is_asked_again_after_an_hour_whether_it_meant_it(void **state) {
  (void)state;
  struct login_world login;
  struct error error = ERROR_NONE;
  static const char *const faults[] = {"400:on=oauth,at=2"};
  struct sim_options options = login_world_options(&login);
  options.faults = faults;
  options.fault_count = 1;
  login_world_start(&login, &options, true);
  login_world_log_in(&login);
  login.world.now += US_PER_HOUR;
  /* No invalid_grant: nothing is said about the token. */
  assert_int_equal(login_world_take(&login, NULL, &error), ZOOM_ANSWER_REFUSED);
  assert_int_equal(login_world_take(&login, NULL, &error), ZOOM_ANSWER_GOOD);
  sim_revoke_login(login.sim);
  login.world.now += US_PER_HOUR;
  assert_int_equal(login_world_take(&login, NULL, &error), ZOOM_ANSWER_REFUSED);
  uint64_t refused = login_world_stats(&login).tokens_refused;
  login.world.now += US_PER_HOUR - US_PER_SECOND;
  assert_int_equal(login_world_take(&login, NULL, &error), ZOOM_ANSWER_REFUSED);
  assert_int_equal(login_world_stats(&login).tokens_refused, refused);
  login.world.now += US_PER_SECOND;
  assert_int_equal(login_world_take(&login, NULL, &error), ZOOM_ANSWER_REFUSED);
  assert_true(login_world_stats(&login).tokens_refused > refused);
  login_world_end(&login);
}

static void change_record(struct login_world *login,
                          void (*change)(struct zoom_token_record *record)) {
  struct source_run run = world_run(&login->world);
  struct zoom_token_record record = ZOOM_TOKEN_RECORD_NONE;
  struct buffer key = BUFFER_NONE;
  struct error error = ERROR_NONE;
  bool found;
  zoom_grant_append_key(&key, run.source->options);
  assert_true(zoom_token_record_load(&record, &run, buffer_text(&key), &found, &error) && found);
  change(&record);
  assert_true(zoom_token_record_save(&record, &run, buffer_text(&key), &error));
  zoom_token_record_free(&record);
  buffer_free(&key);
}

static void make_latest_unknown(struct zoom_token_record *record) {
  buffer_reset(&record->previous);
  buffer_append_text(&record->previous, buffer_text(&record->refresh));
  buffer_reset(&record->refresh);
  buffer_append_string(&record->refresh, "not-known-to-zoom");
}

static void the_refresh_token_before_the_latest_is_tried_too(void **state) {
  (void)state;
  struct login_world login;
  struct error error = ERROR_NONE;
  struct sim_options options = login_world_options(&login);
  login_world_start(&login, &options, true);
  login_world_log_in(&login);
  login.world.now += US_PER_HOUR;
  change_record(&login, make_latest_unknown);
  if (login_world_take(&login, NULL, &error) != ZOOM_ANSWER_GOOD)
    fail_msg("%s", error.text);
  assert_int_equal(login_world_stats(&login).tokens_refreshed, 1);
  poll_works(&login);
  login_world_end(&login);
}

/* Whatever an answer of 200 without tokens means, they may have been given. */
static void an_answer_that_cannot_be_read_may_have_been_the_tokens(void **state) {
  (void)state;
  static const char *const faults[] = {"json:on=oauth,at=2"};
  struct login_world login;
  struct error error = ERROR_NONE;
  struct sim_options options = login_world_options(&login);
  options.refresh_grace_us = US_PER_MINUTE;
  options.faults = faults;
  options.fault_count = 1;
  login_world_start(&login, &options, true);
  login_world_log_in(&login);
  login.world.now += US_PER_HOUR;
  assert_int_equal(login_world_take(&login, NULL, &error), ZOOM_ANSWER_BROKEN);
  assert_int_equal(login_world_take(&login, NULL, &error), ZOOM_ANSWER_GOOD);
  fflush(login.world.log_file);
  assert_non_null(
      strstr(login.world.log_text, "answer to the last renewal of the login is missing"));
  login_world_end(&login);
}

/* ---- a store that fails ------------------------------------------------------------------ */

struct failing {
  struct source_memory memory;
  size_t changes, fails_at, times;
};

static bool failing_set(void *context, struct text key, struct text token, time_us expires,
                        struct error *error) {
  struct failing *failing = context;
  if (++failing->changes >= failing->fails_at && failing->times > 0) {
    failing->times--;
    return error_set(error, "the disk is full");
  }
  return failing->memory.token_set(failing->memory.context, key, token, expires, error);
}

static bool failing_get(void *context, struct text key, struct buffer *token, time_us *expires,
                        bool *found, struct error *error) {
  struct failing *failing = context;
  return failing->memory.token_get(failing->memory.context, key, token, expires, found, error);
}

static enum zoom_answer take_failing(struct login_world *login, size_t fails_at, size_t times,
                                     struct error *error) {
  struct failing failing = {source_store_memory(login->world.memory), 0, fails_at, times};
  struct source_memory memory = {
      .context = &failing, .token_get = failing_get, .token_set = failing_set};
  return login_world_take(login, &memory, error);
}

static void zoom_is_not_asked_while_the_disk_takes_nothing(void **state) {
  (void)state;
  struct login_world login;
  struct error error = ERROR_NONE;
  struct sim_options options = login_world_options(&login);
  login_world_start(&login, &options, true);
  login_world_log_in(&login);
  login.world.now += US_PER_HOUR;
  assert_int_equal(take_failing(&login, 1, 1, &error), ZOOM_ANSWER_BROKEN);
  assert_string_equal(error.text,
                      "the login is not renewed, because that could not be kept: the disk is full");
  assert_int_equal(login_world_stats(&login).tokens_refreshed, 0);
  /* What fills up later is waited for. */
  error = ERROR_NONE;
  assert_int_equal(take_failing(&login, 2, 1, &error), ZOOM_ANSWER_GOOD);
  fflush(login.world.log_file);
  assert_non_null(strstr(login.world.log_text, "renewed login could not be kept; trying again"));
  assert_int_equal(login_world_stats(&login).tokens_refreshed, 1);
  poll_works(&login);
  login_world_end(&login);
}

/* ---- several processes ------------------------------------------------------------------- */

#define PROCESSES 4

struct process {
  struct login_world *login;
  enum zoom_answer answer;
};

/* As a process of its own: nothing is shared but the files. */
static void *run_process(void *context) {
  struct process *process = context;
  struct login_world *login = process->login;
  struct error error = ERROR_NONE;
  struct store *store = store_open(login->state_path, &error);
  struct source_store *memory =
      source_store_new(store, login->world.source.id, login->world.seal, login->world.log);
  source_store_share(memory, login->state_path);
  const struct source_memory own = source_store_memory(memory);
  process->answer = login_world_take(login, &own, &error);
  source_store_free(memory);
  store_close(store);
  return NULL;
}

static void several_processes_renew_once(void **state) {
  (void)state;
  struct login_world login;
  struct process processes[PROCESSES];
  pthread_t threads[PROCESSES];
  struct sim_options options = login_world_options(&login);
  login_world_start(&login, &options, true);
  login_world_log_in(&login);
  login.world.now += US_PER_HOUR;
  for (int i = 0; i < PROCESSES; i++) {
    processes[i].login = &login;
    assert_int_equal(pthread_create(&threads[i], NULL, run_process, &processes[i]), 0);
  }
  for (int i = 0; i < PROCESSES; i++) {
    pthread_join(threads[i], NULL);
    assert_int_equal(processes[i].answer, ZOOM_ANSWER_GOOD);
  }
  assert_int_equal(login_world_stats(&login).tokens_refreshed, 1);
  login_world_end(&login);
}

static void who_waits_for_another_process_can_be_stopped(void **state) {
  (void)state;
  struct login_world login;
  struct error error = ERROR_NONE;
  struct buffer key = BUFFER_NONE;
  struct sim_options options = login_world_options(&login);
  login_world_start(&login, &options, true);
  login_world_log_in(&login);
  login.world.now += US_PER_HOUR;
  struct source_store *other =
      source_store_new(login.world.store, login.world.source.id, login.world.seal, login.world.log);
  source_store_share(other, login.state_path);
  struct source_memory memory = source_store_memory(other);
  bool locked;
  zoom_grant_append_key(&key, login.world.source.options);
  assert_true(memory.token_lock(memory.context, buffer_text(&key), &locked, &error) && locked);
  world_stop(&login.world);
  assert_int_equal(login_world_take(&login, NULL, &error), ZOOM_ANSWER_STOPPED);
  revive(&login);
  memory.token_unlock(memory.context);
  assert_int_equal(login_world_take(&login, NULL, &error), ZOOM_ANSWER_GOOD);
  source_store_free(other);
  buffer_free(&key);
  login_world_end(&login);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_crash_at_any_step_locks_nobody_out),
      cmocka_unit_test(without_grace_a_lost_answer_asks_for_a_login_and_goes_on_with_it),
      cmocka_unit_test(zoom_is_asked_again_after_an_hour_whether_it_meant_it),
      cmocka_unit_test(the_refresh_token_before_the_latest_is_tried_too),
      cmocka_unit_test(an_answer_that_cannot_be_read_may_have_been_the_tokens),
      cmocka_unit_test(zoom_is_not_asked_while_the_disk_takes_nothing),
      cmocka_unit_test(several_processes_renew_once),
      cmocka_unit_test(who_waits_for_another_process_can_be_stopped),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
