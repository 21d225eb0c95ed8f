/* Webhooks sent as Zoom sends them, to a receiver that checks them. */
#include "sim/sender/sender.h"

#include "base/digest.h"
#include "base/http_group.h"
#include "base/memory.h"
#include "base/web/http_client.h"
#include "http/exchange.h"
#include "http/listener.h"
#include "sim/random.h"
#include "sim/sender/latency.h"

#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#define SECRET "a-secret"
#define DELIVERIES_MAX 400

struct delivery {
  char *body, *signature;
  bool is_signed;
};

struct receiver_bench {
  struct http_listener *listener;
  char url[64];
  const char *secret;
  bool knows_challenge;
  /* The status for the Nth delivery that is signed; 0: none, the connection is closed. NULL: 200.
   */
  unsigned (*status_of)(size_t number);
  pthread_mutex_t lock;
  struct delivery deliveries[DELIVERIES_MAX];
  size_t count, signed_count;
};

static bool is_signed(const struct receiver_bench *bench, struct http_exchange *exchange) {
  const char *time = http_exchange_header(exchange, "x-zm-request-timestamp");
  const char *given = http_exchange_header(exchange, "x-zm-signature");
  uint8_t digest[DIGEST_SIZE];
  char hex[2 * DIGEST_SIZE + 1], expected[80];
  struct buffer message = BUFFER_NONE;
  if (!time || !given)
    return false;
  buffer_printf(&message, "v0:%s:%.*s", time, TEXT_ARGS(exchange->body));
  digest_hmac_sha256(text_from(bench->secret), buffer_text(&message), digest);
  buffer_free(&message);
  hex_encode(digest, sizeof digest, hex);
  snprintf(expected, sizeof expected, "v0=%s", hex);
  return strcmp(given, expected) == 0;
}

static void answer_challenge(const struct receiver_bench *bench, struct http_exchange *exchange,
                             const char *plain) {
  uint8_t digest[DIGEST_SIZE];
  char hex[2 * DIGEST_SIZE + 1];
  struct http_answer answer = HTTP_ANSWER(200);
  digest_hmac_sha256(text_from(bench->secret), text_from(plain), digest);
  hex_encode(digest, sizeof digest, hex);
  buffer_printf(&answer.body, "{\"plainToken\":\"%s\",\"encryptedToken\":\"%s\"}", plain, hex);
  http_exchange_answer(exchange, &answer);
}

static void note(struct receiver_bench *bench, struct http_exchange *exchange, bool right) {
  assert_true(bench->count < DELIVERIES_MAX);
  struct delivery *delivery = &bench->deliveries[bench->count++];
  delivery->body = strndup(exchange->body.data, exchange->body.size);
  delivery->signature = strdup(http_exchange_header(exchange, "x-zm-signature"));
  delivery->is_signed = right;
}

static void take(void *context, struct http_exchange *exchange) {
  struct receiver_bench *bench = context;
  json_t *body = json_loadb(exchange->body.data, exchange->body.size, 0, NULL);
  const char *plain =
      json_string_value(json_object_get(json_object_get(body, "payload"), "plainToken"));
  bool right = is_signed(bench, exchange);
  unsigned status = right ? 200 : 401;
  if (plain && bench->knows_challenge) {
    answer_challenge(bench, exchange, plain);
  } else {
    pthread_mutex_lock(&bench->lock);
    note(bench, exchange, right);
    if (right && bench->status_of)
      status = bench->status_of(bench->signed_count);
    bench->signed_count += right;
    pthread_mutex_unlock(&bench->lock);
    struct http_answer answer = HTTP_ANSWER(status ? status : 200);
    answer.damage = status ? HTTP_WHOLE : HTTP_CLOSE;
    http_exchange_answer(exchange, &answer);
  }
  json_decref(body);
}

static void bench_start(struct receiver_bench *bench) {
  struct error error = ERROR_NONE;
  *bench = (struct receiver_bench){
      .secret = SECRET, .knows_challenge = true, .lock = PTHREAD_MUTEX_INITIALIZER};
  struct http_route row = {.method = "POST", .path = "/zoom", .handler = take, .context = bench};
  struct http_listener_options options = {.limits = http_limits_default()};
  bench->listener =
      http_listener_start(&options, &(struct http_routes){&row, 1, NULL, NULL}, &error);
  assert_string_equal(error.text, "");
  snprintf(bench->url, sizeof bench->url, "http://127.0.0.1:%u/zoom",
           http_listener_port(bench->listener));
}

static void bench_stop(struct receiver_bench *bench) {
  http_listener_free(bench->listener);
  for (size_t i = 0; i < bench->count; i++) {
    free(bench->deliveries[i].body);
    free(bench->deliveries[i].signature);
  }
}

static struct sender_options options_for(const struct receiver_bench *bench, uint64_t count) {
  struct sender_options options = sender_options_default();
  options.url = bench->url;
  options.secret_token = SECRET;
  options.count = count;
  for (size_t i = 0; i < SENDER_RETRIES; i++)
    options.retry_us[i] = 10 * US_PER_MS;
  return options;
}

static struct sender_stats send_all(const struct sender_options *options) {
  struct sender_stats stats;
  struct error error = ERROR_NONE;
  assert_true(sender_run(options, &stats, &error));
  return stats;
}

/* How many deliveries have this body. */
static size_t count_body(const struct receiver_bench *bench, const char *body) {
  size_t count = 0;
  for (size_t i = 0; i < bench->count; i++)
    count += strcmp(bench->deliveries[i].body, body) == 0;
  return count;
}

static void each_event_comes_once_signed_and_different_from_all_others(void **state) {
  (void)state;
  struct receiver_bench bench;
  bench_start(&bench);
  struct sender_options options = options_for(&bench, 100);
  options.connections = 8;
  struct sender_stats stats = send_all(&options);
  bench_stop(&bench);
  assert_int_equal(stats.taken, 100);
  assert_int_equal(stats.lost, 0);
  assert_int_equal(stats.answers[200], 100);
  assert_int_equal(bench.count, 100);
}

static void made_up_bodies_are_json_with_event_and_time(void **state) {
  (void)state;
  struct receiver_bench bench;
  bench_start(&bench);
  struct sender_options options = options_for(&bench, 30);
  send_all(&options);
  for (size_t i = 0; i < bench.count; i++) {
    json_t *body = json_loads(bench.deliveries[i].body, 0, NULL);
    assert_non_null(json_string_value(json_object_get(body, "event")));
    assert_true(json_integer_value(json_object_get(body, "event_ts")) > INT64_C(1600000000000));
    json_decref(body);
    assert_int_equal(count_body(&bench, bench.deliveries[i].body), 1);
    assert_true(bench.deliveries[i].is_signed);
  }
  bench_stop(&bench);
}

static void the_lines_of_a_file_are_sent_as_they_are(void **state) {
  (void)state;
  static const char lines[] = "{\"event\": \"b\",  \"a\":1}\n\n{\"event\":\"\xc3\xa4\"}";
  char path[] = "/tmp/margay-bodies-XXXXXX";
  int file = mkstemp(path);
  assert_int_equal(write(file, lines, sizeof lines - 1), sizeof lines - 1);
  close(file);
  struct receiver_bench bench;
  bench_start(&bench);
  struct sender_options options = options_for(&bench, 0);
  options.bodies = path;
  struct sender_stats stats = send_all(&options);
  assert_int_equal(stats.planned, 2);
  assert_int_equal(stats.taken, 2);
  assert_string_equal(bench.deliveries[0].body, "{\"event\": \"b\",  \"a\":1}");
  assert_string_equal(bench.deliveries[1].body, "{\"event\":\"\xc3\xa4\"}");
  bench_stop(&bench);
  unlink(path);
}

static unsigned first_two_fail(size_t number) {
  return number == 0 ? 0 : number == 1 ? 503 : 200;
}

static void what_is_not_taken_is_sent_again_with_the_same_body(void **state) {
  (void)state;
  struct receiver_bench bench;
  bench_start(&bench);
  bench.status_of = first_two_fail;
  struct sender_options options = options_for(&bench, 1);
  struct sender_stats stats = send_all(&options);
  assert_int_equal(stats.taken, 1);
  assert_int_equal(stats.retries, 2);
  assert_int_equal(stats.answers[0], 1);
  assert_int_equal(stats.answers[503], 1);
  assert_int_equal(bench.count, 3);
  assert_int_equal(count_body(&bench, bench.deliveries[0].body), 3);
  bench_stop(&bench);
}

static unsigned always_busy(size_t number) {
  (void)number;
  return 503;
}

static void after_three_retries_an_event_is_lost(void **state) {
  (void)state;
  struct receiver_bench bench;
  bench_start(&bench);
  bench.status_of = always_busy;
  struct sender_options options = options_for(&bench, 2);
  struct sender_stats stats = send_all(&options);
  assert_int_equal(stats.lost, 2);
  assert_int_equal(bench.count, 2 * (1 + SENDER_RETRIES));
  bench_stop(&bench);
}

static unsigned wrong_for_good(size_t number) {
  (void)number;
  return 400;
}

static void an_answer_of_4xx_is_final(void **state) {
  (void)state;
  struct receiver_bench bench;
  bench_start(&bench);
  bench.status_of = wrong_for_good;
  struct sender_options options = options_for(&bench, 3);
  struct sender_stats stats = send_all(&options);
  assert_int_equal(stats.lost, 3);
  assert_int_equal(stats.retries, 0);
  bench_stop(&bench);
}

static void a_repeated_event_comes_twice_though_it_was_taken(void **state) {
  (void)state;
  struct receiver_bench bench;
  bench_start(&bench);
  struct sender_options options = options_for(&bench, 20);
  options.repeated = 1;
  struct sender_stats stats = send_all(&options);
  assert_int_equal(stats.taken, 20);
  assert_int_equal(stats.repeats, 20);
  for (size_t i = 0; i < bench.count; i++)
    assert_int_equal(count_body(&bench, bench.deliveries[i].body), 2);
  bench_stop(&bench);
}

static void a_forged_event_has_a_wrong_signature_and_the_true_one_follows(void **state) {
  (void)state;
  struct receiver_bench bench;
  bench_start(&bench);
  struct sender_options options = options_for(&bench, 10);
  options.forged = 1;
  struct sender_stats stats = send_all(&options);
  assert_int_equal(stats.forged, 10);
  assert_int_equal(stats.forged_taken, 0);
  assert_int_equal(stats.taken, 10);
  for (size_t i = 0; i < bench.count; i++)
    assert_int_equal(bench.deliveries[i].is_signed, i % 2);
  bench_stop(&bench);
}

static void a_receiver_that_does_not_know_the_secret_gets_no_events(void **state) {
  (void)state;
  static const struct {
    const char *secret, *error;
    bool knows_challenge;
  } table[] = {
      {"another",
       "the answer to the challenge has a wrong encryptedToken: does the receiver have "
       "another secret token (--secret-token)?",
       true},
      {SECRET, "the answer to the challenge does not repeat its plainToken", false},
      {"another",
       "the challenge was answered with 401, not 200: does the receiver have another secret token "
       "(--secret-token)?",
       false},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct receiver_bench bench;
    struct sender_stats stats;
    struct error error = ERROR_NONE;
    bench_start(&bench);
    bench.secret = table[i].secret;
    bench.knows_challenge = table[i].knows_challenge;
    struct sender_options options = options_for(&bench, 5);
    assert_false(sender_run(&options, &stats, &error));
    assert_string_equal(error.text, table[i].error);
    bench_stop(&bench);
  }
}

static void statistics_are_json(void **state) {
  (void)state;
  struct sender_stats stats = {.planned = 3, .events = 3, .taken = 2, .seconds_us = US_PER_SECOND};
  struct buffer out = BUFFER_NONE;
  stats.answers[0] = 4;
  stats.answers[200] = 2;
  stats.p99_us = 1500;
  sender_stats_json(&stats, &out);
  json_t *json = json_loadb(out.data, out.size, 0, NULL);
  const json_t *answers = json_object_get(json, "answers");
  assert_int_equal(json_integer_value(json_object_get(json, "taken")), 2);
  assert_int_equal(json_integer_value(json_object_get(answers, "none")), 4);
  assert_int_equal(json_integer_value(json_object_get(answers, "200")), 2);
  assert_true(json_real_value(json_object_get(json_object_get(json, "answer_ms"), "p99")) == 1.5);
  json_decref(json);
  buffer_free(&out);
}

static int compare(const void *left, const void *right) {
  int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
  return (a > b) - (a < b);
}

static void a_share_of_latencies_is_exact_to_four_percent(void **state) {
  (void)state;
  enum { VALUES = 5000 };
  static int64_t values[VALUES];
  static const double shares[] = {0.01, 0.5, 0.9, 0.99, 1};
  struct random random = {7};
  for (unsigned bits = 1; bits < 36; bits++) {
    struct latency *latency = memory_alloc(sizeof *latency);
    *latency = (struct latency){.count = 0};
    for (size_t i = 0; i < VALUES; i++) {
      values[i] = (int64_t)(random_next(&random) >> (64 - bits));
      latency_add(latency, values[i]);
    }
    qsort(values, VALUES, sizeof *values, compare);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
      int64_t exact = values[(size_t)(shares[i] * VALUES) - 1];
      int64_t found = latency_of_share(latency, shares[i]);
      assert_in_range(found, exact, exact + exact / 25);
    }
    free(latency);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_event_comes_once_signed_and_different_from_all_others),
      cmocka_unit_test(made_up_bodies_are_json_with_event_and_time),
      cmocka_unit_test(the_lines_of_a_file_are_sent_as_they_are),
      cmocka_unit_test(what_is_not_taken_is_sent_again_with_the_same_body),
      cmocka_unit_test(after_three_retries_an_event_is_lost),
      cmocka_unit_test(an_answer_of_4xx_is_final),
      cmocka_unit_test(a_repeated_event_comes_twice_though_it_was_taken),
      cmocka_unit_test(a_forged_event_has_a_wrong_signature_and_the_true_one_follows),
      cmocka_unit_test(a_receiver_that_does_not_know_the_secret_gets_no_events),
      cmocka_unit_test(statistics_are_json),
      cmocka_unit_test(a_share_of_latencies_is_exact_to_four_percent),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
