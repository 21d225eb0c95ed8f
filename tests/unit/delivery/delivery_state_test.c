/* Destinations that need several requests for an alert, or remember something about it: over a real
 * store and a real receiver, with a kind that the test makes. */
#include "alert/alert_fixture.h"
#include "base/http_group.h"

#include "delivery/delivery_receiver.h"

#include "delivery/delivery.h"
#include "store/sqlite/internal.h"
#include "store/store_outbox.h"

#include <dirent.h>

enum { WAIT_STEPS = 20000, STATE_SIZE = DELIVERY_STATE_MAX + 8 };

/* ---- the kind ---------------------------------------------------------------------------- */

struct parrot_options {
  struct text url;
};

static const struct setting parrot_rows[] = {
    {.key = "url", .kind = SETTING_URL, .offset = offsetof(struct parrot_options, url)}};

enum { PARROT_PART = 7 };

/* Sends the state that it is given, or what the deliveries share, as the receiver keeps it. */
static bool parrot_render(const struct destination *destination, const struct alert *alert,
                          const struct delivery_try *attempt, struct delivery_request *request,
                          struct error *error) {
  const struct parrot_options *options = destination->options;
  (void)alert;
  request->method = "PUT";
  request->part = PARROT_PART;
  buffer_append_text(&request->url, options->url);
  struct text carried = attempt->state.size ? attempt->state : buffer_text(attempt->memo);
  return delivery_request_header(request, "webhook-id", carried.size ? carried : TEXT("nothing"),
                                 error);
}

/* What the answer's headers say: "Keep: STATE", "Size: BYTES" of one, "Count: yes" (the state is
 * one x more), "Share: MEMO", "Verdict: more", "Delay: US". */
static void parrot_judge(const struct delivery_try *attempt, const struct http_response *response,
                         struct delivery_judgement *judgement) {
  struct text value;
  char large[STATE_SIZE];
  assert_int_equal(attempt->part, PARROT_PART);
  delivery_judge_status(response, judgement);
  if (http_response_header(response, "share", &value)) {
    buffer_reset(attempt->memo);
    buffer_append_text(attempt->memo, value);
  }
  if (http_response_header(response, "keep", &value))
    delivery_judgement_keep(judgement, value);
  if (http_response_header(response, "size", &value)) {
    memset(large, 'x', sizeof large);
    delivery_judgement_keep(judgement,
                            (struct text){large, strtoul(value.data, NULL, 10) % sizeof large});
  }
  if (http_response_header(response, "count", &value)) {
    memset(large, 'x', sizeof large);
    delivery_judgement_keep(judgement, (struct text){large, attempt->state.size + 1});
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

/* ---- one delivery, to its end ------------------------------------------------------------ */

struct scene {
  char directory[64], path[96], log_path[96];
  struct store *store, *delivery_store;
  struct receiver receiver;
  struct destination destination;
  FILE *log_file;
  struct log *log;
  struct delivery *delivery;
  struct error error;
};

static int start(void **state) {
  struct scene *s = memory_alloc(sizeof *s);
  snprintf(s->directory, sizeof s->directory, "/tmp/margay-state-XXXXXX");
  assert_non_null(mkdtemp(s->directory));
  snprintf(s->path, sizeof s->path, "%s/margay.db", s->directory);
  assert_non_null(s->store = store_open(s->path, &s->error));
  assert_non_null(s->delivery_store = store_open(s->path, &s->error));
  snprintf(s->log_path, sizeof s->log_path, "%s/log", s->directory);
  assert_non_null(s->log_file = fopen(s->log_path, "w"));
  s->log = log_new(s->log_file, LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, clock_system());
  *state = s;
  return 0;
}

static int end(void **state) {
  struct scene *s = *state;
  store_close(s->store);
  store_close(s->delivery_store);
  log_free(s->log);
  fclose(s->log_file);
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

static void begin(struct scene *s, const struct receiver_step *steps, size_t count) {
  receiver_start(&s->receiver, steps, count);
  s->destination = destination_sample(&parrot, "parrot", s->receiver.url);
  struct delivery_options options = {
      .setup = {.destinations = &s->destination, .destination_count = 1},
      .store = s->delivery_store,
      .log = s->log,
      .clock = clock_system(),
      .retry_first_us = 2 * US_PER_MS,
      .retry_most_us = 20 * US_PER_MS,
  };
  add_alert(s);
  assert_non_null(s->delivery = delivery_start(&options, &s->error));
}

static bool is_logged(struct scene *s, const char *words) {
  struct buffer text = BUFFER_NONE;
  char chunk[4096];
  FILE *file = fopen(s->log_path, "r");
  assert_non_null(file);
  for (size_t size; (size = fread(chunk, 1, sizeof chunk, file)) > 0;)
    buffer_append(&text, chunk, size);
  fclose(file);
  bool found = text.size > 0 && strstr(text.data, words);
  buffer_free(&text);
  return found;
}

static void wait_a_little(int *steps) {
  if (++*steps == WAIT_STEPS)
    fail_msg("the delivery does not get there");
  nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void wait_until_logged(struct scene *s, const char *words) {
  for (int steps = 0; !is_logged(s, words);)
    wait_a_little(&steps);
}

/* Until it is delivered or parked; the receiver has stopped then. */
static char *finish(struct scene *s) {
  int steps = 0;
  char *found = outcome(s);
  for (; strncmp(found, "pending", 7) == 0; found = outcome(s)) {
    free(found);
    wait_a_little(&steps);
  }
  delivery_free(s->delivery);
  receiver_stop(&s->receiver);
  free(s->destination.options);
  return found;
}

static char *deliver(struct scene *s, const struct receiver_step *steps, size_t count) {
  begin(s, steps, count);
  return finish(s);
}

static void run_sql(struct scene *s, const char *sql) {
  assert_int_equal(sqlite3_exec(s->store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void assert_kept(struct scene *s, const char *expected) {
  struct buffer kept = BUFFER_NONE;
  assert_true(
      store_destination_state_get(s->store, alert_sample().id, TEXT("parrot"), &kept, &s->error));
  assert_true(text_is(buffer_text(&kept), expected));
  buffer_free(&kept);
}

/* The states that the requests carried, in their order. */
static void assert_carried(struct scene *s, const char *expected) {
  struct buffer seen = BUFFER_NONE;
  for (size_t i = 0; i < s->receiver.count && i < RECEIVER_REQUESTS_MAX; i++)
    buffer_printf(&seen, "%s ", s->receiver.keys[i]);
  assert_string_equal(seen.data, expected);
  buffer_free(&seen);
}

/* STEPS({.status = 200}, …) stands for `steps, count`. */
#define STEPS(...)                                                                                 \
  (const struct receiver_step[]){__VA_ARGS__},                                                     \
      sizeof((const struct receiver_step[]){__VA_ARGS__}) / sizeof(struct receiver_step)
#define DELIVER(s, ...) deliver((s), STEPS(__VA_ARGS__))

static void several_requests_follow_each_other_and_each_knows_where_it_is(void **state) {
  struct scene *s = *state;
  char *found = DELIVER(s, {.status = 201, .header = "Keep: one\r\nVerdict: more\r\n"},
                        {.status = 200, .header = "Keep: two\r\nVerdict: more\r\n"},
                        {.status = 200, .header = "Keep: three\r\n"});
  assert_string_equal(found, "delivered ");
  assert_carried(s, "nothing one two ");
  assert_kept(s, "three"); /* for an update of the alert */
  free(found);
}

static void what_is_kept_of_a_failure_is_there_at_the_next_attempt(void **state) {
  struct scene *s = *state;
  char *found =
      DELIVER(s, {.status = 200, .header = "Keep: one\r\nVerdict: more\r\n"}, {.status = 503},
              {.status = 503, .header = "Keep: one and a half\r\n"}, {.status = 200});
  assert_string_equal(found, "delivered ");
  assert_carried(s, "nothing one one one and a half ");
  assert_kept(s, "one and a half");
  free(found);
}

static void an_empty_state_ends_what_was_kept(void **state) {
  struct scene *s = *state;
  char *found = DELIVER(s, {.status = 503, .header = "Keep: one\r\n"},
                        {.status = 503, .header = "Keep:\r\n"}, {.status = 200});
  assert_string_equal(found, "delivered ");
  assert_carried(s, "nothing one nothing ");
  assert_kept(s, "");
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

static void deliveries_share_what_is_not_stored(void **state) {
  struct scene *s = *state;
  char *found = DELIVER(s, {.status = 503, .header = "Share: token\r\n"}, {.status = 200});
  assert_string_equal(found, "delivered ");
  assert_carried(s, "nothing token ");
  assert_kept(s, "");
  free(found);
}

static void the_same_request_again_is_no_progress(void **state) {
  struct scene *s = *state;
  char *found = DELIVER(s, {.status = 200, .header = "Keep: one\r\nVerdict: more\r\n"});
  assert_string_equal(found, "parked the answer leads to the same request again");
  assert_carried(s, "nothing one ");
  free(found);
}

static void requests_without_end_are_parked(void **state) {
  struct scene *s = *state;
  char *found = DELIVER(s, {.status = 200, .header = "Count: yes\r\nVerdict: more\r\n"});
  assert_string_equal(found, "parked 100 requests for one alert did not deliver it");
  assert_int_equal(s->receiver.count, DELIVERY_REQUESTS_MAX);
  free(found);
}

static bool note_attempts(void *context, const struct outbox_row *row) {
  *(int64_t *)context = row->attempts;
  return true;
}

static void an_attempt_of_several_requests_is_one(void **state) {
  struct scene *s = *state;
  int64_t attempts = 0;
  char *found =
      DELIVER(s, {.status = 200, .header = "Keep: one\r\nVerdict: more\r\n"}, {.status = 503},
              {.status = 200, .header = "Keep: two\r\nVerdict: more\r\n"}, {.status = 200});
  assert_string_equal(found, "delivered ");
  assert_true(store_outbox_list(s->store, alert_sample().id, OUTBOX_PENDING, note_attempts,
                                &attempts, &s->error));
  assert_int_equal(attempts, 2); /* the 503 ended the first one */
  free(found);
}

static void a_state_that_is_too_large_is_not_kept_and_the_log_says_so(void **state) {
  struct scene *s = *state;
  char *found = DELIVER(s, {.status = 503, .header = "Size: 4097\r\n"}, {.status = 200});
  assert_string_equal(found, "delivered ");
  assert_kept(s, "");
  assert_true(is_logged(s, "what was to be kept for a delivery is too large"));
  free(found);
}

static void the_largest_state_is_kept(void **state) {
  struct scene *s = *state;
  char *found = DELIVER(s, {.status = 200, .header = "Size: 4096\r\n"});
  assert_string_equal(found, "delivered ");
  struct buffer kept = BUFFER_NONE;
  assert_true(
      store_destination_state_get(s->store, alert_sample().id, TEXT("parrot"), &kept, &s->error));
  assert_int_equal(kept.size, DELIVERY_STATE_MAX);
  buffer_free(&kept);
  free(found);
}

static void a_state_goes_with_its_alert(void **state) {
  struct scene *s = *state;
  char *found = DELIVER(s, {.status = 200, .header = "Keep: one\r\n"});
  assert_kept(s, "one");
  run_sql(s, "DELETE FROM alert");
  assert_kept(s, "");
  free(found);
}

static void a_delivery_whose_state_cannot_be_read_waits(void **state) {
  struct scene *s = *state;
  run_sql(s, "ALTER TABLE destination_state RENAME TO away");
  begin(s, STEPS({.status = 200, .header = "Keep: one\r\n"}));
  wait_until_logged(s, "what was kept for the delivery cannot be read");
  run_sql(s, "ALTER TABLE away RENAME TO destination_state");
  char *found = finish(s);
  assert_string_equal(found, "delivered ");
  assert_carried(s, "nothing ");
  free(found);
}

static void a_result_whose_state_cannot_be_written_waits_and_is_not_sent_again(void **state) {
  struct scene *s = *state;
  run_sql(s, "CREATE TRIGGER full BEFORE INSERT ON destination_state"
             " BEGIN SELECT RAISE(ABORT, 'no room'); END");
  begin(s, STEPS({.status = 200, .header = "Keep: one\r\n"}));
  wait_until_logged(s, "no room");
  run_sql(s, "DROP TRIGGER full");
  char *found = finish(s);
  assert_string_equal(found, "delivered ");
  assert_carried(s, "nothing ");
  assert_kept(s, "one");
  free(found);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(several_requests_follow_each_other_and_each_knows_where_it_is),
      TEST(what_is_kept_of_a_failure_is_there_at_the_next_attempt),
      TEST(an_empty_state_ends_what_was_kept),
      TEST(a_kind_may_say_how_long_to_wait),
      TEST(deliveries_share_what_is_not_stored),
      TEST(the_same_request_again_is_no_progress),
      TEST(requests_without_end_are_parked),
      TEST(an_attempt_of_several_requests_is_one),
      TEST(a_state_that_is_too_large_is_not_kept_and_the_log_says_so),
      TEST(the_largest_state_is_kept),
      TEST(a_state_goes_with_its_alert),
      TEST(a_delivery_whose_state_cannot_be_read_waits),
      TEST(a_result_whose_state_cannot_be_written_waits_and_is_not_sent_again),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
