/* Destinations that need several requests for an alert, or remember something about it: over a real
 * store and a real receiver, with a kind and a keeper of states that the test makes. */
#include "alert/alert_fixture.h"

#include "delivery/delivery_receiver.h"

#include "delivery/delivery.h"
#include "store/store.h"

#include <dirent.h>

enum { WAIT_STEPS = 20000, STATE_SIZE = DELIVERY_STATE_MAX + 8 };

/* ---- the kind ---------------------------------------------------------------------------- */

struct parrot_options {
  struct text url;
};

static const struct setting parrot_rows[] = {
    {.key = "url", .kind = SETTING_URL, .offset = offsetof(struct parrot_options, url)}};

/* Sends the state that it is given, as the receiver keeps it. */
static bool parrot_render(const struct destination *destination, const struct alert *alert,
                          const struct delivery_try *attempt, struct delivery_request *request,
                          struct error *error) {
  const struct parrot_options *options = destination->options;
  (void)alert;
  request->method = "PUT";
  buffer_append_text(&request->url, options->url);
  return delivery_request_header(request, "webhook-id",
                                 attempt->state.size ? attempt->state : TEXT("nothing"), error);
}

/* What the answer's headers say: "Keep: STATE", "Size: BYTES" of one, "Verdict: more", "Delay: US".
 */
static void parrot_judge(const struct delivery_try *attempt, const struct http_response *response,
                         struct delivery_judgement *judgement) {
  struct text value;
  char large[STATE_SIZE];
  (void)attempt;
  delivery_judge_status(response, judgement);
  if (http_response_header(response, "keep", &value))
    delivery_judgement_keep(judgement, value);
  if (http_response_header(response, "size", &value)) {
    memset(large, 'x', sizeof large);
    delivery_judgement_keep(judgement,
                            (struct text){large, strtoul(value.data, NULL, 10) % sizeof large});
  }
  if (http_response_header(response, "verdict", &value) && text_is(value, "more"))
    judgement->verdict = DELIVERY_MORE;
  if (http_response_header(response, "delay", &value))
    judgement->delay_us = strtol(value.data, NULL, 10);
}

static const struct destination_type parrot = {
    .kind = {.name = "parrot", .settings = SETTINGS(parrot_rows, struct parrot_options)},
    .render = parrot_render,
    .judge = parrot_judge,
};

/* ---- the keeper of states ---------------------------------------------------------------- */

struct keeper {
  pthread_mutex_t mutex;
  struct buffer state;      /* of the only delivery */
  int get_fails, set_fails; /* so many calls to come */
  size_t sets;
};

static bool keeper_works(int *fails, struct error *error) {
  return (*fails)-- <= 0 || error_set(error, "the keeper sleeps");
}

static bool keeper_get(void *context, struct text destination_id, struct text alert_id,
                       struct buffer *state, struct error *error) {
  struct keeper *keeper = context;
  assert_true(text_is(destination_id, "parrot") && text_equal(alert_id, alert_sample().id));
  pthread_mutex_lock(&keeper->mutex);
  bool works = keeper_works(&keeper->get_fails, error);
  if (works)
    buffer_append_text(state, buffer_text(&keeper->state));
  pthread_mutex_unlock(&keeper->mutex);
  return works;
}

static bool keeper_set(void *context, struct text destination_id, struct text alert_id,
                       struct text state, struct error *error) {
  struct keeper *keeper = context;
  assert_true(text_is(destination_id, "parrot") && text_equal(alert_id, alert_sample().id));
  pthread_mutex_lock(&keeper->mutex);
  bool works = keeper_works(&keeper->set_fails, error);
  if (works) {
    buffer_reset(&keeper->state);
    buffer_append_text(&keeper->state, state);
    keeper->sets++;
  }
  pthread_mutex_unlock(&keeper->mutex);
  return works;
}

/* ---- one delivery, to its end ------------------------------------------------------------ */

struct scene {
  char directory[64], path[96];
  struct store *store, *delivery_store;
  struct receiver receiver;
  struct keeper keeper;
  bool keeps_nothing;
  char *log_text;
  size_t log_size;
  struct error error;
};

static int start(void **state) {
  struct scene *s = memory_alloc(sizeof *s);
  snprintf(s->directory, sizeof s->directory, "/tmp/margay-state-XXXXXX");
  assert_non_null(mkdtemp(s->directory));
  snprintf(s->path, sizeof s->path, "%s/margay.db", s->directory);
  assert_non_null(s->store = store_open(s->path, &s->error));
  assert_non_null(s->delivery_store = store_open(s->path, &s->error));
  pthread_mutex_init(&s->keeper.mutex, NULL);
  *state = s;
  return 0;
}

static int end(void **state) {
  struct scene *s = *state;
  store_close(s->store);
  store_close(s->delivery_store);
  buffer_free(&s->keeper.state);
  pthread_mutex_destroy(&s->keeper.mutex);
  free(s->log_text);
  DIR *directory = opendir(s->directory);
  for (struct dirent *entry; directory && (entry = readdir(directory));)
    unlinkat(dirfd(directory), entry->d_name, 0);
  closedir(directory);
  rmdir(s->directory);
  free(s);
  return 0;
}

static void add_alert(struct scene *s) {
  struct alert alert = alert_sample();
  assert_true(store_begin(s->store, &s->error));
  assert_true(store_alert_add(s->store, &alert, &s->error));
  assert_true(store_outbox_add(s->store, alert.id, TEXT("parrot"), SAMPLE_TIME, &s->error));
  assert_true(store_commit(s->store, &s->error));
}

static bool note_row(void *context, const struct outbox_row *row) {
  struct buffer *out = context;
  buffer_printf(out, "%s %.*s", outbox_state_name(row->state), TEXT_ARGS(row->last_error));
  return true;
}

/* "delivered ", "parked REASON" */
static char *outcome(struct scene *s) {
  struct buffer out = BUFFER_NONE;
  assert_true(
      store_outbox_list(s->store, alert_sample().id, OUTBOX_PENDING, note_row, &out, &s->error));
  return buffer_steal(&out);
}

/* Sends the alert until it is delivered or parked; the receiver has stopped then. */
static char *deliver(struct scene *s, const struct receiver_step *steps, size_t count) {
  receiver_start(&s->receiver, steps, count);
  struct destination destination = destination_sample(&parrot, "parrot", s->receiver.url);
  FILE *log_file = open_memstream(&s->log_text, &s->log_size);
  struct log *log = log_new(log_file, LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, clock_system());
  struct delivery_options options = {
      .setup = {.destinations = &destination, .destination_count = 1},
      .store = s->delivery_store,
      .states = {&s->keeper, keeper_get, keeper_set},
      .log = log,
      .clock = clock_system(),
      .retry_first_us = 2 * US_PER_MS,
      .retry_most_us = 20 * US_PER_MS,
  };
  if (s->keeps_nothing)
    options.states = (struct delivery_states){.context = NULL};
  add_alert(s);
  struct delivery *delivery = delivery_start(&options, &s->error);
  assert_non_null(delivery);
  char *found = outcome(s);
  for (int i = 0; strncmp(found, "pending", 7) == 0; i++, found = outcome(s)) {
    free(found);
    if (i == WAIT_STEPS)
      fail_msg("the delivery does not end");
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
  delivery_free(delivery);
  receiver_stop(&s->receiver);
  log_free(log);
  fclose(log_file);
  free(destination.options);
  return found;
}

/* The states that the requests carried, in their order. */
static void assert_carried(struct scene *s, const char *expected) {
  struct buffer seen = BUFFER_NONE;
  for (size_t i = 0; i < s->receiver.count && i < RECEIVER_REQUESTS_MAX; i++)
    buffer_printf(&seen, "%s ", s->receiver.keys[i]);
  assert_string_equal(seen.data, expected);
  buffer_free(&seen);
}

#define DELIVER(s, ...)                                                                            \
  deliver((s), (const struct receiver_step[]){__VA_ARGS__},                                        \
          sizeof((const struct receiver_step[]){__VA_ARGS__}) / sizeof(struct receiver_step))

static void several_requests_follow_each_other_and_each_knows_where_it_is(void **state) {
  struct scene *s = *state;
  char *found = DELIVER(s, {.status = 201, .header = "Keep: one\r\nVerdict: more\r\n"},
                        {.status = 200, .header = "Keep: two\r\nVerdict: more\r\n"},
                        {.status = 200, .header = "Keep: three\r\n"});
  assert_string_equal(found, "delivered ");
  assert_carried(s, "nothing one two ");
  assert_string_equal(s->keeper.state.data, "three"); /* for an update of the alert */
  free(found);
}

static void what_is_kept_of_a_failure_is_there_at_the_next_attempt(void **state) {
  struct scene *s = *state;
  char *found =
      DELIVER(s, {.status = 200, .header = "Keep: one\r\nVerdict: more\r\n"}, {.status = 503},
              {.status = 503, .header = "Keep: one and a half\r\n"}, {.status = 200});
  assert_string_equal(found, "delivered ");
  assert_carried(s, "nothing one one one and a half ");
  assert_string_equal(s->keeper.state.data, "one and a half");
  free(found);
}

static void an_empty_state_ends_what_was_kept(void **state) {
  struct scene *s = *state;
  char *found = DELIVER(s, {.status = 503, .header = "Keep: one\r\n"},
                        {.status = 503, .header = "Keep:\r\n"}, {.status = 200});
  assert_string_equal(found, "delivered ");
  assert_carried(s, "nothing one nothing ");
  assert_int_equal(s->keeper.sets, 2);
  free(found);
}

static void a_kind_may_say_how_long_to_wait(void **state) {
  struct scene *s = *state;
  /* An hour by Retry-After, as the service's own words say it better. */
  char *found = DELIVER(s, {.status = 429, .header = "Retry-After: 3600\r\nDelay: 1000\r\n"},
                        {.status = 200});
  assert_string_equal(found, "delivered ");
  free(found);
}

static void the_same_request_again_is_no_progress(void **state) {
  struct scene *s = *state;
  char *found = DELIVER(s, {.status = 200, .header = "Keep: one\r\nVerdict: more\r\n"});
  assert_string_equal(found, "parked the answer leads to the same request again");
  assert_carried(s, "nothing one ");
  free(found);
}

static void where_no_state_is_kept_no_request_follows(void **state) {
  struct scene *s = *state;
  s->keeps_nothing = true;
  char *found = DELIVER(s, {.status = 200, .header = "Keep: one\r\nVerdict: more\r\n"});
  assert_string_equal(found, "parked the answer leads to the same request again");
  assert_carried(s, "nothing ");
  free(found);
}

static void a_state_that_is_too_large_is_not_kept_and_the_log_says_so(void **state) {
  struct scene *s = *state;
  char *found = DELIVER(s, {.status = 503, .header = "Size: 4097\r\n"}, {.status = 200});
  assert_string_equal(found, "delivered ");
  assert_int_equal(s->keeper.sets, 0);
  assert_non_null(strstr(s->log_text, "what was to be kept for a delivery is too large"));
  free(found);
}

static void the_largest_state_is_kept(void **state) {
  struct scene *s = *state;
  char *found = DELIVER(s, {.status = 200, .header = "Size: 4096\r\n"});
  assert_string_equal(found, "delivered ");
  assert_int_equal(s->keeper.state.size, DELIVERY_STATE_MAX);
  free(found);
}

static void a_delivery_whose_state_cannot_be_read_waits(void **state) {
  struct scene *s = *state;
  s->keeper.get_fails = 2;
  char *found = DELIVER(s, {.status = 200, .header = "Keep: one\r\n"});
  assert_string_equal(found, "delivered ");
  assert_carried(s, "nothing ");
  assert_non_null(strstr(s->log_text, "what was kept for the delivery cannot be read: the keeper "
                                      "sleeps"));
  free(found);
}

static void a_result_whose_state_cannot_be_written_waits_and_is_not_sent_again(void **state) {
  struct scene *s = *state;
  s->keeper.set_fails = 1;
  char *found = DELIVER(s, {.status = 200, .header = "Keep: one\r\n"});
  assert_string_equal(found, "delivered ");
  assert_carried(s, "nothing ");
  assert_string_equal(s->keeper.state.data, "one");
  free(found);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(several_requests_follow_each_other_and_each_knows_where_it_is),
      TEST(what_is_kept_of_a_failure_is_there_at_the_next_attempt),
      TEST(an_empty_state_ends_what_was_kept),
      TEST(a_kind_may_say_how_long_to_wait),
      TEST(the_same_request_again_is_no_progress),
      TEST(where_no_state_is_kept_no_request_follows),
      TEST(a_state_that_is_too_large_is_not_kept_and_the_log_says_so),
      TEST(the_largest_state_is_kept),
      TEST(a_delivery_whose_state_cannot_be_read_waits),
      TEST(a_result_whose_state_cannot_be_written_waits_and_is_not_sent_again),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
