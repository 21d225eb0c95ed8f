#include "alert/alert_fixture.h"

#include "alert/destination/golden.h"
#include "alert/destination/hostile_alert.h"
#include "alert/destination/webhook_signature.h"
#include "base/digest.h"
#include "event/json/json.h"

#define URL "https://example.com/hook?token=sesame"
#define NOW (INT64_C(1614265330) * US_PER_SECOND)

static void a_published_vector_is_signed_as_published(void **state) {
  (void)state;
  /* standard-webhooks/standard-webhooks, libraries/javascript/src/webhook.test.ts */
  struct buffer key = BUFFER_NONE, signature = BUFFER_NONE;
  struct error error = ERROR_NONE;
  assert_true(webhook_key(TEXT("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), &key, &error));
  webhook_sign(buffer_text(&key), TEXT("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
               TEXT("{\"test\": 2432232314}"), &signature);
  assert_string_equal(signature.data, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  buffer_free(&key);
  buffer_free(&signature);
}

static void a_secret_is_base64_or_any_other_text(void **state) {
  (void)state;
  const struct {
    struct text secret;
    bool ok;
    struct text key;
  } rows[] = {
      {TEXT("whsec_AAEC"), true, TEXT("\0\1\2")},
      {TEXT("plain words"), true, TEXT("plain words")},
      {TEXT("WHSEC_AAEC"), true, TEXT("WHSEC_AAEC")},
      {TEXT("whsec_"), false, TEXT("")},
      {TEXT("whsec_not base64"), false, TEXT("")},
      {TEXT(""), false, TEXT("")},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct buffer key = BUFFER_NONE;
    struct error error = ERROR_NONE;
    assert_int_equal(webhook_key(rows[i].secret, &key, &error), rows[i].ok);
    assert_int_equal(error.set, !rows[i].ok);
    if (rows[i].ok)
      assert_true(text_equal(buffer_text(&key), rows[i].key));
    buffer_free(&key);
  }
}

struct rendered {
  struct destination destination;
  struct delivery_request request;
  struct error error;
  bool ok;
};

static void set_headers(struct destination *destination, const struct text *items, size_t count) {
  struct setting_list list = {items, count};
  memcpy(option_place(destination->type, destination->options, "headers"), &list, sizeof list);
}

static struct rendered render(const struct alert *alert, const char *secret, struct text header) {
  struct rendered rendered = {.destination = destination_sample(&destination_webhook, "web", URL)};
  if (secret)
    option_set(&destination_webhook, rendered.destination.options, "secret", secret);
  if (header.size > 0)
    set_headers(&rendered.destination, &header, 1);
  const struct delivery_try attempt = try_sample(NOW);
  rendered.ok = destination_webhook.render(&rendered.destination, alert, &attempt,
                                           &rendered.request, &rendered.error);
  return rendered;
}

static void rendered_free(struct rendered *rendered) {
  delivery_request_free(&rendered->request);
  free(rendered->destination.options);
}

static void a_request_is_signed_with_its_id_and_time(void **state) {
  (void)state;
  struct alert alert = alert_sample();
  struct rendered rendered = render(&alert, "sesame", TEXT(""));
  const struct delivery_request *request = &rendered.request;
  assert_true(rendered.ok);
  assert_string_equal(request->url.data, URL);
  assert_string_equal(request_header(request, "webhook-id"), "0123456789abcdef0123456789abcdef");
  assert_string_equal(request_header(request, "webhook-timestamp"), "1614265330");

  struct buffer content = BUFFER_NONE, expected = BUFFER_NONE;
  uint8_t digest[DIGEST_SIZE];
  buffer_append_string(&content, "0123456789abcdef0123456789abcdef.1614265330.");
  buffer_append_text(&content, buffer_text(&request->body));
  digest_hmac_sha256(TEXT("sesame"), buffer_text(&content), digest);
  buffer_append_string(&expected, "v1,");
  base64_encode(digest, sizeof digest, &expected);
  assert_string_equal(request_header(request, "webhook-signature"), expected.data);
  buffer_free(&content);
  buffer_free(&expected);
  rendered_free(&rendered);
}

static void without_a_secret_there_is_no_signature(void **state) {
  (void)state;
  struct alert alert = alert_sample();
  struct rendered rendered = render(&alert, NULL, TEXT(""));
  assert_true(rendered.ok);
  assert_null(request_header(&rendered.request, "webhook-signature"));
  assert_non_null(request_header(&rendered.request, "webhook-id"));
  rendered_free(&rendered);
}

static void the_body_holds_the_whole_alert(void **state) {
  (void)state;
  struct alert alert = alert_sample();
  struct rendered rendered = render(&alert, NULL, TEXT(""));
  json_t *json = json_loadb(rendered.request.body.data, rendered.request.body.size, 0, NULL);
  assert_non_null(json);
  static const struct {
    const char *key, *value;
  } strings[] = {
      {"type", "rule"},
      {"alert_id", "00112233445566778899aabbccddeeff"},
      {"id", "Zoom.PasscodeDisabled"},
      {"name", "Zoom meeting passcode disabled"},
      {"severity", "HIGH"},
      {"title", "Passcode turned off for group Springfield"},
      {"created_at", "2024-03-21T07:10:33Z"},
      {"first_event_time", "2024-03-21T07:09:03Z"},
      {"last_event_time", "2024-03-21T07:10:03Z"},
      {"actor", "homer@example.com"},
      {"log_type", "Zoom.Operation"},
      {"source_id", "zoom"},
      {"dedup", "Springfield"},
      {"link", "https://support.zoom.us/hc/articles/1?a=1&b=2"},
  };
  for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
    assert_string_equal(json_string_value(json_object_get(json, strings[i].key)), strings[i].value);
  assert_int_equal(json_integer_value(json_object_get(json, "match_count")), 3);
  assert_int_equal(json_array_size(json_object_get(json, "tags")), 2);
  assert_non_null(json_object_get(json_object_get(json, "reports"), "MITRE ATT&CK"));
  assert_non_null(json_object_get(json_object_get(json, "alert_context"), "group"));
  assert_string_equal(
      json_string_value(json_object_get(json_object_get(json, "event"), "operator")),
      "homer@example.com");
  json_decref(json);
  rendered_free(&rendered);
}

static void the_steps_of_a_correlation_are_a_list(void **state) {
  (void)state;
  struct alert alert = alert_of_correlation();
  struct rendered rendered = render(&alert, NULL, TEXT(""));
  json_t *json = json_loadb(rendered.request.body.data, rendered.request.body.size, 0, NULL);
  char *steps = json_dumps(json_object_get(json, "steps"), JSON_COMPACT);
  assert_string_equal(
      steps,
      "[{\"step\":\"added\",\"count\":4,\"events\":["
      "{\"rule_id\":\"Zoom.User.Added\",\"time\":\"2024-03-21T07:00:00Z\",\"actor\":\"homer\","
      "\"title\":\"bart was added\",\"row_id\":\"aa\"},"
      "{\"rule_id\":\"Zoom.User.Added\",\"time\":\"2024-03-21T07:01:00Z\",\"actor\":\"homer\","
      "\"title\":\"lisa was added\",\"row_id\":\"bb\"},"
      "{\"rule_id\":\"Zoom.User.Added\",\"time\":\"2024-03-21T07:02:00Z\",\"actor\":\"\","
      "\"title\":\"<!channel>\",\"row_id\":\"cc\"}]},"
      "{\"step\":\"deleted\",\"count\":0,\"events\":[]},"
      "{\"step\":\"promoted\",\"count\":1,\"events\":["
      "{\"rule_id\":\"Zoom.User.Promoted\",\"time\":\"2024-03-21T07:05:00Z\",\"actor\":\"\","
      "\"title\":\"bart is an admin\",\"row_id\":\"dd\"}]}]");
  free(steps);
  json_decref(json);
  rendered_free(&rendered);
}

static void an_event_that_only_looks_like_a_correlations_has_no_steps(void **state) {
  (void)state;
  static const char *const events[] = {"{\"steps\":5}",
                                       "{\"steps\":{\"a\":[]}}",
                                       "[]",
                                       "",
                                       "{\"steps\":{\"a\":{\"events\":{}}}}",
                                       "{\"steps\":{\"a\":{\"count\":\"x\",\"events\":[5,null]}}}"};
  for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
    struct alert alert = alert_of_correlation();
    alert.event = text_from(events[i]);
    struct rendered rendered = render(&alert, NULL, TEXT(""));
    assert_true(rendered.ok);
    rendered_free(&rendered);
  }
  struct alert other = alert_of_correlation();
  other.log_type = TEXT("Zoom.Operation");
  struct rendered rendered = render(&other, NULL, TEXT(""));
  assert_non_null(strstr(rendered.request.body.data, ",\"steps\":[],"));
  rendered_free(&rendered);
}

static void whatever_the_bytes_the_body_is_json(void **state) {
  (void)state;
  struct buffer huge = BUFFER_NONE;
  buffer_append_string(&huge, "{\"a\":\"");
  for (size_t i = 0; i < 300000; i++)
    buffer_append_char(&huge, 'x');
  buffer_append_string(&huge, "\"}");
  const struct text bytes[] = {TEXT(""),       TEXT("\xff\xfe"),         TEXT("a\0b"),
                               TEXT("\"\\\n"), TEXT("{\"a\\u0000\":1}"), buffer_text(&huge)};
  struct json_reader *reader = json_reader_new();
  for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
    struct alert alert = alert_sample();
    alert.title = alert.context = alert.event = alert.tags = bytes[i];
    struct rendered rendered = render(&alert, "s", TEXT(""));
    assert_true(rendered.ok);
    struct error error = ERROR_NONE;
    const struct json_node *root =
        json_read_copy(reader, buffer_text(&rendered.request.body), &error);
    assert_non_null(root);
    assert_int_equal(root->size, 31);
    if (bytes[i].size > 262144)
      assert_int_equal(json_get(root, TEXT("event"))->type, JSON_TYPE_NULL);
    rendered_free(&rendered);
  }
  json_reader_free(reader);
  buffer_free(&huge);
}

static void what_is_sent_is_what_was_looked_at(void **state) {
  (void)state;
  struct alert alert = alert_sample(), correlation = alert_of_correlation();
  struct rendered rendered = render(&alert, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", TEXT(""));
  golden_request("webhook.json", &rendered.request);
  rendered_free(&rendered);
  rendered = render(&correlation, NULL, TEXT("X-Team: blue"));
  golden_request("webhook_correlation.json", &rendered.request);
  rendered_free(&rendered);
}

static void check_hostile(const struct hostile *hostile, void *context) {
  struct rendered rendered = render(&hostile->alert, "s", TEXT(""));
  assert_true(rendered.ok);
  struct text body = buffer_text(&rendered.request.body);
  struct error error = ERROR_NONE;
  const struct json_node *root = json_read_copy(context, body, &error);
  if (!root || root->size != 31)
    fail_msg("alert %zu: %s", hostile->number, error.text);
  rendered_free(&rendered);
}

static void hostile_alerts_are_json(void **state) {
  (void)state;
  struct json_reader *reader = json_reader_new();
  hostile_each(check_hostile, reader);
  json_reader_free(reader);
}

/* What receivers get is what the rule saw. */
static void an_event_is_given_on_as_it_is(void **state) {
  (void)state;
  const struct {
    const char *event, *given;
  } rows[] = {
      {"{\"n\":18446744073709551616,\"r\":1.10,\"i\":3}", NULL},
      {"{\"n\":1e400,\"l\":[-0.0,123456789012345678901234567890]}", NULL},
      {"{\"a\\u0000b\":{\"\\u0000\":\"x\\u0000y\"}}", NULL},
      {"{\"a\":[],\"b\":{},\"c\":[null,null]}", NULL},
      {"{\"a\":1,\"a\":2}", "{\"a\":2}"}, /* stored by an older margay */
      {"{\"a\":", "\"{\\\"a\\\":\""},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct alert alert = alert_sample();
    struct buffer expected = BUFFER_NONE;
    alert.event = text_from(rows[i].event);
    struct rendered rendered = render(&alert, "s", TEXT(""));
    buffer_printf(&expected,
                  ",\"event\":%s,\"occasion\":", rows[i].given ? rows[i].given : rows[i].event);
    assert_true(text_contains(buffer_text(&rendered.request.body), buffer_text(&expected)));
    buffer_free(&expected);
    rendered_free(&rendered);
  }
}

static void headers_are_added_or_refused(void **state) {
  (void)state;
  const struct {
    struct text header;
    const char *name, *value, *error;
  } rows[] = {
      {TEXT("X-Team: blue"), "X-Team", "blue", NULL},
      {TEXT("Authorization:Bearer sesame"), "Authorization", "Bearer sesame", NULL},
      {TEXT("sesame"), NULL, NULL, "'Name: value'"},
      {TEXT("X Team: sesame"), NULL, NULL, "cannot be its name"},
      {TEXT("Bearer sesame: x"), NULL, NULL, "cannot be its name"},
      {TEXT(": sesame"), NULL, NULL, "cannot be its name"},
      {TEXT("X-Team: a\r\nX-Evil: sesame"), NULL, NULL, "control character"},
      {TEXT("Content-Length: 5"), NULL, NULL, "set by margay"},
      {TEXT("webhook-signature: sesame"), NULL, NULL, "set by margay"},
  };
  struct alert alert = alert_sample();
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct rendered rendered = render(&alert, NULL, rows[i].header);
    struct error error = ERROR_NONE;
    set_headers(&rendered.destination, &rows[i].header, 1);
    assert_int_equal(destination_webhook.kind.check(rendered.destination.options, &error),
                     !rows[i].error);
    assert_int_equal(rendered.ok, !rows[i].error);
    if (rows[i].error) {
      assert_non_null(strstr(error.text, rows[i].error));
      assert_null(strstr(error.text, "sesame"));
    } else {
      assert_string_equal(request_header(&rendered.request, rows[i].name), rows[i].value);
    }
    rendered_free(&rendered);
  }
}

static void a_broken_secret_is_found_by_check(void **state) {
  (void)state;
  struct destination destination = destination_sample(&destination_webhook, "web", URL);
  struct error error = ERROR_NONE;
  option_set(&destination_webhook, destination.options, "secret", "whsec_*sesame*");
  assert_false(destination_webhook.kind.check(destination.options, &error));
  assert_null(strstr(error.text, "sesame"));
  free(destination.options);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_published_vector_is_signed_as_published),
      cmocka_unit_test(a_secret_is_base64_or_any_other_text),
      cmocka_unit_test(a_request_is_signed_with_its_id_and_time),
      cmocka_unit_test(without_a_secret_there_is_no_signature),
      cmocka_unit_test(the_body_holds_the_whole_alert),
      cmocka_unit_test(the_steps_of_a_correlation_are_a_list),
      cmocka_unit_test(an_event_that_only_looks_like_a_correlations_has_no_steps),
      cmocka_unit_test(whatever_the_bytes_the_body_is_json),
      cmocka_unit_test(what_is_sent_is_what_was_looked_at),
      cmocka_unit_test(hostile_alerts_are_json),
      cmocka_unit_test(an_event_is_given_on_as_it_is),
      cmocka_unit_test(headers_are_added_or_refused),
      cmocka_unit_test(a_broken_secret_is_found_by_check),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
