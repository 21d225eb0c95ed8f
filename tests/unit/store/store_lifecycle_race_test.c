/* Several processes and threads change the same alerts at once, and are killed: the history of an
 * alert is one, and leads to its state. */
#include "store/store_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#define ALERTS 3
#define CHANGES 40 /* that each tries */

static const char *const ids[ALERTS] = {"a0000000000000000000000000000000",
                                        "b0000000000000000000000000000000",
                                        "c0000000000000000000000000000000"};

/* ---- what is done ------------------------------------------------------------------------ */

static uint32_t next_random(uint32_t *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 16;
}

static struct alert_change random_change(uint32_t *seed, const char *who) {
  static const enum alert_occasion actions[] = {OCCASION_ACKNOWLEDGED, OCCASION_RESOLVED,
                                                OCCASION_REOPENED, OCCASION_ASSIGNED,
                                                OCCASION_NOTED};
  static const char *const names[] = {"", "lisa", "bart"};
  return (struct alert_change){
      .alert_id = text_from(ids[next_random(seed) % ALERTS]),
      .action = actions[next_random(seed) % (sizeof actions / sizeof actions[0])],
      .resolution = (enum alert_resolution)(1 + next_random(seed) % 3),
      .assignee = text_from(names[next_random(seed) % 3]),
      .note = TEXT("a note"),
      .who = text_from(who),
      .via = ALERT_VIA_CLI};
}

/* Makes its changes through a handle of its own. */
static bool change_at_random(const char *path, uint32_t seed) {
  struct error error = ERROR_NONE;
  struct store *store = store_open(path, &error);
  char who[16];
  bool ok = store != NULL;
  snprintf(who, sizeof who, "%u", seed);
  for (int i = 0; ok && i < CHANGES; i++) {
    const struct alert_change change = random_change(&seed, who);
    struct alert_changed changed;
    ok = store_alert_change(store, &change, &changed, &error) && changed.known &&
         changed.done == !changed.reason.set;
  }
  store_close(store);
  return ok;
}

static void record_random(void *context, const struct outbox_row *row, const struct alert *alert) {
  struct store_fixture *f = context;
  static uint32_t seed = 7;
  uint32_t chance = next_random(&seed) % 4;
  const struct outbox_result result = {.id = row->id,
                                       .owner = TEXT("me"),
                                       .state = chance == 0   ? OUTBOX_PENDING
                                                : chance == 1 ? OUTBOX_PARKED
                                                              : OUTBOX_DELIVERED,
                                       .due = NOON,
                                       .now = NOON,
                                       .last_error = TEXT("")};
  bool held;
  (void)alert;
  DONE(store_outbox_record(f->store, &result, &held, &f->error));
  assert_true(held);
}

/* What the daemon does meanwhile: matches join, deliveries are made. */
static void work_as_daemon(struct store_fixture *f, int rounds) {
  const struct outbox_claim claim = {TEXT("me"), TEXT("slack"), INT64_MAX / 2, US_PER_MINUTE, 10};
  for (int i = 0; i < rounds; i++) {
    fixture_join(f, ids[i % ALERTS], NOON,
                 i % 9 == 0 ? (enum severity)(SEVERITY_LOW + i / 9 % 4) : SEVERITY_LOW);
    DONE(store_outbox_claim(f->store, &claim, record_random, f, &f->error));
  }
}

/* ---- what must be so --------------------------------------------------------------------- */

static void take_life(void *context, const struct alert *alert) {
  struct alert_life *life = context;
  static char assignee[64];
  snprintf(assignee, sizeof assignee, "%.*s", TEXT_ARGS(alert->assignee));
  *life = (struct alert_life){alert->state, alert->resolution, text_from(assignee), TEXT("")};
}

struct replay {
  struct alert_life life;
  char assignee[64];
  int64_t rows;
};

static bool replay_row(void *context, const struct alert_history *history) {
  struct replay *replay = context;
  struct error reason = ERROR_NONE;
  const struct alert_change change = {.action = history->action,
                                      .resolution = history->resolution,
                                      .assignee = history->assignee,
                                      .note = history->note,
                                      .who = history->who};
  replay->rows++;
  if (history->action == OCCASION_ROSE)
    return true;
  if (!alert_life_change(&replay->life, &change, &reason))
    fail_msg("row %d: it %s", (int)replay->rows, reason.text);
  if (history->action == OCCASION_ASSIGNED)
    snprintf(replay->assignee, sizeof replay->assignee, "%.*s", TEXT_ARGS(history->assignee));
  replay->life.assignee = text_from(replay->assignee);
  replay->life.by = TEXT("");
  return true;
}

/* Each row of the history made sense after those before it, and the last one led to the state. */
static int64_t assert_history_leads_to_state(struct store_fixture *f, const char *id) {
  struct replay replay = {.life = {.assignee = TEXT("")}};
  struct alert_life life;
  DONE(store_alert_history(f->store, text_from(id), replay_row, &replay, &f->error));
  DONE(store_alert_show(f->store, text_from(id), take_life, &life, &f->error));
  assert_int_equal(life.state, replay.life.state);
  assert_int_equal(life.resolution, replay.life.resolution);
  assert_true(text_equal(life.assignee, replay.life.assignee));
  return replay.rows;
}

static bool is_settled(void *context, const struct outbox_row *row) {
  bool *settled = context;
  *settled = *settled && row->state == OUTBOX_DELIVERED;
  return true;
}

static void deliver_one(void *context, const struct outbox_row *row, const struct alert *alert) {
  struct store_fixture *f = context;
  const struct outbox_result result = {.id = row->id,
                                       .owner = TEXT("me"),
                                       .state = OUTBOX_DELIVERED,
                                       .now = NOON,
                                       .last_error = TEXT("")};
  bool held;
  (void)alert;
  DONE(store_outbox_record(f->store, &result, &held, &f->error));
}

/* Nothing waits for ever behind anything. */
static void assert_everything_is_delivered_in_the_end(struct store_fixture *f) {
  const struct outbox_claim claim = {TEXT("me"), TEXT("slack"), INT64_MAX / 2, US_PER_MINUTE, 10};
  int64_t count;
  DONE(store_outbox_release(f->store, TEXT(""), &f->error));
  for (int round = 0; round < 3; round++) {
    const struct outbox_filter parked = {.states = 1u << OUTBOX_PARKED};
    DONE(store_outbox_retry(f->store, &parked, NOON, &count, &f->error));
    DONE(store_outbox_claim(f->store, &claim, deliver_one, f, &f->error));
  }
  bool settled = true;
  for (size_t i = 0; i < ALERTS; i++)
    DONE(store_outbox_list(f->store, text_from(ids[i]), OUTBOX_PENDING, is_settled, &settled,
                           &f->error));
  assert_true(settled);
}

static int fill(void **state) {
  fixture_start(state);
  struct store_fixture *f = *state;
  const struct store_destination slack = {TEXT("slack"), ALERT_WHEN_ALWAYS};
  DONE(store_destinations_set(f->store, &slack, 1, &f->error));
  for (size_t i = 0; i < ALERTS; i++) {
    const struct alert alert = fixture_alert(ids[i]);
    DONE(store_alert_add(f->store, &alert, &f->error));
    DONE(store_outbox_add(f->store, alert.id, slack.id, NOON, &f->error));
  }
  return 0;
}

/* ---- processes --------------------------------------------------------------------------- */

static pid_t start_process(struct store_fixture *f, uint32_t seed) {
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0)
    _exit(change_at_random(f->path, seed) ? 0 : 1);
  return pid;
}

/* A forked process may not use the handle of its parent, so that is opened behind the forks. */
static void two_processes_and_a_daemon_leave_one_history(void **state) {
  struct store_fixture *f = *state;
  store_close(f->store);
  pid_t pids[2];
  for (uint32_t i = 0; i < 2; i++)
    pids[i] = start_process(f, 100 + i);
  f->store = fixture_open(f);
  work_as_daemon(f, 2 * CHANGES);
  for (size_t i = 0; i < 2; i++) {
    int status;
    assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  for (size_t i = 0; i < ALERTS; i++)
    assert_true(assert_history_leads_to_state(f, ids[i]) > 5);
  assert_everything_is_delivered_in_the_end(f);
}

/* Kills the process before its statement number `at`. */
static int kill_before(unsigned type, void *left, void *statement, void *text) {
  (void)type;
  (void)statement;
  (void)text;
  if (--*(int *)left == 0)
    raise(SIGKILL);
  return 0;
}

/* True when it was killed. */
static bool change_and_be_killed(struct store_fixture *f, int at,
                                 const struct alert_change *change) {
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    struct error error = ERROR_NONE;
    struct alert_changed changed;
    struct store *store = store_open(f->path, &error);
    sqlite3_trace_v2(store->db, SQLITE_TRACE_STMT, kill_before, &at);
    _exit(store_alert_change(store, change, &changed, &error) && changed.done ? 0 : 1);
  }
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  if (WIFSIGNALED(status))
    return true;
  assert_int_equal(WEXITSTATUS(status), 0);
  return false;
}

static void a_change_that_is_killed_at_any_step_is_made_or_is_not(void **state) {
  struct store_fixture *f = *state;
  const struct outbox_claim claim = {TEXT("me"), TEXT("slack"), INT64_MAX / 2, US_PER_MINUTE, 10};
  DONE(store_outbox_claim(f->store, &claim, deliver_one, f, &f->error));
  const struct alert_change change = {.alert_id = text_from(ids[0]),
                                      .action = OCCASION_ACKNOWLEDGED,
                                      .note = TEXT("mine"),
                                      .who = TEXT("lisa")};
  int at = 1;
  for (;; at++) {
    store_close(f->store);
    bool killed = change_and_be_killed(f, at, &change);
    f->store = fixture_open(f);
    int64_t rows = assert_history_leads_to_state(f, ids[0]);
    bool settled = true;
    DONE(store_outbox_list(f->store, text_from(ids[0]), OUTBOX_PENDING, is_settled, &settled,
                           &f->error));
    assert_int_equal(rows, killed ? 0 : 1);
    assert_int_equal(settled, killed);
    if (!killed)
      break;
  }
  assert_true(at > 5);
}

/* ---- threads ----------------------------------------------------------------------------- */

struct changer {
  const char *path;
  uint32_t seed;
  bool ok;
};

static void *run_changer(void *argument) {
  struct changer *changer = argument;
  changer->ok = change_at_random(changer->path, changer->seed);
  return NULL;
}

static void threads_with_handles_of_their_own_leave_one_history(void **state) {
  struct store_fixture *f = *state;
  struct changer changers[2] = {{f->path, 200, false}, {f->path, 201, false}};
  pthread_t threads[2];
  for (size_t i = 0; i < 2; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, run_changer, &changers[i]), 0);
  work_as_daemon(f, CHANGES);
  for (size_t i = 0; i < 2; i++) {
    pthread_join(threads[i], NULL);
    assert_true(changers[i].ok);
  }
  for (size_t i = 0; i < ALERTS; i++)
    assert_history_leads_to_state(f, ids[i]);
  assert_everything_is_delivered_in_the_end(f);
}

int main(void) {
#define RACE_TEST(name) cmocka_unit_test_setup_teardown(name, fill, fixture_end)
  const struct CMUnitTest tests[] = {
      RACE_TEST(two_processes_and_a_daemon_leave_one_history),
      RACE_TEST(a_change_that_is_killed_at_any_step_is_made_or_is_not),
      RACE_TEST(threads_with_handles_of_their_own_leave_one_history),
  };
  return cmocka_run_group_tests_name("store_lifecycle_race", tests, NULL, NULL);
}
