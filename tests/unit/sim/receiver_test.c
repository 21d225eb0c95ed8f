#include "sim/sim_client.h"

#include <stdlib.h>
#include <unistd.h>

struct bench {
  struct receiver *receiver;
  struct client client;
};

static void bench_start(struct bench *bench, const char *out, const char *fault) {
  struct error error = ERROR_NONE;
  struct receiver_options options = {.out = out, .faults = &fault, .fault_count = fault ? 1 : 0};
  bench->client = (struct client){.response = HTTP_RESPONSE_NONE};
  bench->receiver = receiver_start(&options, &error);
  assert_string_equal(error.text, "");
  assert_non_null(bench->receiver);
  bench->client.port = receiver_port(bench->receiver);
}

static void bench_stop(struct bench *bench) {
  client_stop(&bench->client);
  receiver_stop(bench->receiver);
}

static long post(struct bench *bench, const char *body) {
  return client_send(&bench->client, "POST", "/services/T0/B0", NULL, NULL, text_from(body));
}

static json_t *message(struct bench *bench, size_t index) {
  struct buffer line = BUFFER_NONE;
  if (!receiver_message(bench->receiver, index, &line))
    return NULL;
  json_t *value = json_loadb(line.data, line.size, JSON_ALLOW_NUL, NULL);
  assert_non_null(value);
  buffer_free(&line);
  return value;
}

static void a_message_is_kept_with_its_path_headers_and_body(void **state) {
  (void)state;
  struct bench bench;
  bench_start(&bench, NULL, NULL);
  snprintf(bench.client.token, sizeof bench.client.token, "something-secret");
  assert_int_equal(post(&bench, "{\"text\":\"Passcode turned off\"}"), 200);
  assert_int_equal(bench.client.response.body.size, 2);
  json_t *kept = message(&bench, 0);
  assert_string_equal(json_string_value(json_object_get(kept, "path")), "/services/T0/B0");
  const json_t *headers = json_object_get(kept, "headers");
  assert_string_equal(json_string_value(json_object_get(headers, "authorization")), "present");
  const json_t *body = json_object_get(kept, "body");
  assert_string_equal(json_string_value(json_object_get(body, "text")), "Passcode turned off");
  assert_null(message(&bench, 1));
  json_decref(kept);
  bench_stop(&bench);
}

static void a_body_that_is_not_json_is_kept_as_a_string(void **state) {
  (void)state;
  static const struct {
    const char *body, *kept;
  } cases[] = {{"plain text", "plain text"}, {"", ""}, {"{\"a\":", "{\"a\":"}, {"\xff", "\uFFFD"}};
  struct bench bench;
  bench_start(&bench, NULL, NULL);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_int_equal(post(&bench, cases[i].body), 200);
    json_t *kept = message(&bench, i);
    assert_string_equal(json_string_value(json_object_get(kept, "body")), cases[i].kept);
    json_decref(kept);
  }
  bench_stop(&bench);
}

static void messages_are_in_the_file_when_they_are_answered(void **state) {
  (void)state;
  struct bench bench;
  char folder[] = "/tmp/margay-receiver-XXXXXX", path[64], lines[512];
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/out.ndjson", folder);
  bench_start(&bench, path, "500:at=2");
  assert_int_equal(post(&bench, "{\"n\":1}"), 200);
  assert_int_equal(post(&bench, "{\"n\":2}"), 500);
  assert_int_equal(post(&bench, "{\"n\":3}"), 200);
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  size_t size = fread(lines, 1, sizeof lines - 1, file);
  lines[size] = '\0';
  fclose(file);
  assert_non_null(strstr(lines, "\"body\":{\"n\":1}}\n"));
  assert_null(strstr(lines, "{\"n\":2}"));
  assert_non_null(strstr(lines, "\"body\":{\"n\":3}}\n"));
  bench_stop(&bench);
  assert_int_equal(unlink(path), 0);
  assert_int_equal(rmdir(folder), 0);
}

static void faults_are_made_as_asked(void **state) {
  (void)state;
  static const struct {
    const char *fault;
    long status[4];
    int64_t retry_after_us;
  } cases[] = {
      {"429:every=2,retry-after=3", {200, 429, 200, 429}, 3 * US_PER_SECOND},
      {"429:every=2", {200, 429, 200, 429}, -1},
      {"500:every=3", {200, 200, 500, 200}, -1},
      {"400", {400, 400, 400, 400}, -1},
      {"503:first=3", {503, 503, 503, 200}, -1},
      {"close:at=1", {0, 200, 200, 200}, -1},
      {"cut:at=2", {200, 0, 200, 200}, -1},
      {"slow:at=1,ms=10", {200, 200, 200, 200}, -1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct bench bench;
    bench_start(&bench, NULL, cases[i].fault);
    for (size_t k = 0; k < 4; k++) {
      assert_int_equal(post(&bench, "{}"), cases[i].status[k]);
      if (cases[i].status[k] == 429)
        assert_true(bench.client.response.retry_after_us == cases[i].retry_after_us);
    }
    bench_stop(&bench);
  }
}

static void messages_and_statistics_can_be_asked_for(void **state) {
  (void)state;
  struct bench bench;
  bench_start(&bench, NULL, "500:at=1");
  post(&bench, "{\"n\":1}");
  post(&bench, "{\"n\":2}");
  assert_int_equal(client_get(&bench.client, "/stats"), 200);
  assert_int_equal(json_integer_value(json_object_get(bench.client.json, "requests")), 2);
  assert_int_equal(json_integer_value(json_object_get(bench.client.json, "accepted")), 1);
  assert_int_equal(json_integer_value(json_object_get(bench.client.json, "faults_injected")), 1);
  assert_int_equal(client_get(&bench.client, "/messages"), 200);
  const json_t *body = json_object_get(bench.client.json, "body");
  assert_int_equal(json_integer_value(json_object_get(body, "n")), 2);
  assert_int_equal(client_get(&bench.client, "/other"), 404);
  struct receiver_stats stats;
  receiver_stats(bench.receiver, &stats);
  assert_int_equal(stats.requests, 2);
  assert_int_equal(stats.accepted, 1);
  assert_int_equal(stats.faults_injected, 1);
  bench_stop(&bench);
}

/* A text of so many characters. */
static void append_long(struct buffer *out, size_t count, const char *character) {
  for (size_t i = 0; i < count; i++)
    buffer_append_string(out, character);
}

static void chats_answer_as_they_do_to_what_breaks_their_limits(void **state) {
  (void)state;
  static const struct {
    const char *path, *before;
    size_t count; /* of the character in between */
    const char *character, *after;
    long status;
    const char *answer;
  } cases[] = {
      {"/as/slack", "{\"text\":\"", 10, "a", "\"}", 200, "ok"},
      {"/as/slack", "{}", 0, "", "", 400, "no_text"},
      {"/as/slack", "[1", 0, "", "", 400, "invalid_payload"},
      {"/as/slack", "{\"blocks\":[{\"type\":\"header\",\"text\":{\"text\":\"", 151, "a", "\"}}]}",
       400, "invalid_blocks"},
      {"/as/slack", "{\"blocks\":[{\"type\":\"header\",\"text\":{\"text\":\"", 76,
       "\xf0\x9f\x98\x80", "\"}}]}", 400, "invalid_blocks"},
      {"/as/slack", "{\"blocks\":[{\"type\":\"section\",\"fields\":[{\"text\":\"", 2001, "a",
       "\"}]}]}", 400, "invalid_blocks"},
      {"/as/teams", "{\"a\":\"", 28 * 1024, "a", "\"}", 200,
       "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error "
       "413"},
      {"/as/teams",
       "{\"attachments\":[{\"contentType\":\"application/vnd.microsoft.card.adaptive\"}]", 0, "",
       "}", 200, "1"},
      {"/as/discord", "{\"content\":\"", 2001, "a", "\"}", 400, "\"code\":50035"},
      {"/as/discord", "{\"embeds\":[{\"description\":\"", 4097, "a", "\"}]}", 400, "50035"},
      {"/as/discord/messages/7", "{\"content\":\"", 2000, "a", "\"}", 200, "\"id\":\""},
      {"/as/google_chat?key=k", "{\"text\":\"", 32000, "a", "\"}", 400, "INVALID_ARGUMENT"},
      {"/as/google_chat", "{\"text\":\"", 10, "a", "\"}", 200, "\"name\":\"spaces/"},
      {"/as/telegram/bot1:A/sendMessage", "{\"chat_id\":1,\"text\":\"", 4097, "a", "\"}", 400,
       "message is too long"},
      {"/as/telegram/bot1:A/sendMessage", "{\"chat_id\":1,\"text\":\"", 4096, "a", "\"}", 200,
       "\"ok\":true"},
      {"/as/somebody", "{", 0, "", "", 200, "ok"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct bench bench;
    struct buffer body = BUFFER_NONE;
    bench_start(&bench, NULL, NULL); /* each time, so that no rate is broken */
    buffer_append_string(&body, cases[i].before);
    append_long(&body, cases[i].count, cases[i].character);
    buffer_append_string(&body, cases[i].after);
    long status = client_send(&bench.client, "POST", cases[i].path, NULL, NULL, buffer_text(&body));
    struct text answer = buffer_text(&bench.client.response.body);
    if (status != cases[i].status || !text_contains(answer, text_from(cases[i].answer)))
      fail_msg("%s %s: %ld %.*s", cases[i].path, cases[i].before, status, TEXT_ARGS(answer));
    buffer_free(&body);
    bench_stop(&bench);
  }
}

static void chats_limit_the_rate_each_in_its_words(void **state) {
  (void)state;
  static const struct {
    const char *path, *body;
    int taken; /* at once */
    long status;
    const char *answer;
  } cases[] = {
      {"/as/slack", "{\"text\":\"a\"}", 1, 429, "rate_limited"},
      {"/as/teams",
       "{\"attachments\":[{\"contentType\":\"application/vnd.microsoft.card.adaptive\"}]}", 4, 200,
       "HTTP error 429"},
      {"/as/discord", "{\"content\":\"a\"}", 5, 429, "\"retry_after\":0.4"},
      {"/as/google_chat", "{\"text\":\"a\"}", 1, 429, "RESOURCE_EXHAUSTED"},
      {"/as/telegram/bot1:A/sendMessage", "{\"chat_id\":1,\"text\":\"a\"}", 1, 429,
       "\"parameters\":{\"retry_after\":1}"},
  };
  struct bench bench;
  struct receiver_stats stats;
  uint64_t taken = 0;
  bench_start(&bench, NULL, NULL);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    long status = 0;
    bool limited = false;
    for (int k = 0; k < 1000 && !limited; k++) { /* a slow machine may be slow enough */
      status =
          client_send(&bench.client, "POST", cases[i].path, NULL, NULL, text_from(cases[i].body));
      limited = text_contains(buffer_text(&bench.client.response.body), text_from(cases[i].answer));
      taken += !limited;
      assert_true(limited || k < 900);
      assert_true(!limited || k >= cases[i].taken);
    }
    assert_int_equal(status, cases[i].status);
  }
  receiver_stats(bench.receiver, &stats);
  assert_int_equal(stats.accepted, taken);
  bench_stop(&bench);
}

static void a_start_that_cannot_be_is_reported(void **state) {
  (void)state;
  static const struct {
    const char *out, *fault, *reported;
  } cases[] = {{"/tmp/margay-no-such-folder/x", NULL, "No such file"},
               {NULL, "late:share=1,after=1", "unknown kind 'late'"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct error error = ERROR_NONE;
    struct receiver_options options = {
        .out = cases[i].out, .faults = &cases[i].fault, .fault_count = cases[i].fault ? 1 : 0};
    assert_null(receiver_start(&options, &error));
    assert_non_null(strstr(error.text, cases[i].reported));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_message_is_kept_with_its_path_headers_and_body),
      cmocka_unit_test(a_body_that_is_not_json_is_kept_as_a_string),
      cmocka_unit_test(messages_are_in_the_file_when_they_are_answered),
      cmocka_unit_test(faults_are_made_as_asked),
      cmocka_unit_test(messages_and_statistics_can_be_asked_for),
      cmocka_unit_test(chats_answer_as_they_do_to_what_breaks_their_limits),
      cmocka_unit_test(chats_limit_the_rate_each_in_its_words),
      cmocka_unit_test(a_start_that_cannot_be_is_reported),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
