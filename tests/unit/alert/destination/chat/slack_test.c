#include "alert/alert_fixture.h"

#include "alert/destination/golden.h"
#include "alert/destination/hostile_alert.h"
#include "alert/message/markup.h"

#define URL "https://hooks.slack.com/services/T0/B0/sesame"

/* Renders; the body's JSON is returned, and is valid. `golden`: compared with that file, or NULL.
 */
static json_t *render_for(const struct alert *alert, const struct message_occasion *occasion,
                          const char *golden) {
  struct destination destination = destination_sample(&destination_slack, "chat", URL);
  struct delivery_request request = {.headers = NULL};
  struct error error = ERROR_NONE;
  json_error_t json_error;
  struct delivery_try attempt = try_sample(SAMPLE_TIME);
  attempt.occasion = *occasion;
  assert_true(destination_slack.render(&destination, alert, &attempt, &request, &error));
  assert_string_equal(request.url.data, URL);
  assert_string_equal(request_header(&request, "Idempotency-Key"),
                      "0123456789abcdef0123456789abcdef");
  assert_int_equal(request.transport, DELIVERY_HTTP);
  assert_null(request.method); /* POST */
  json_t *json = json_loadb(request.body.data, request.body.size, 0, &json_error);
  if (!json)
    fail_msg("%s", json_error.text);
  if (golden)
    golden_request(golden, &request);
  delivery_request_free(&request);
  free(destination.options);
  return json;
}

static json_t *render(const struct alert *alert) {
  const struct message_occasion opened = {.occasion = OCCASION_OPENED};
  return render_for(alert, &opened, NULL);
}

struct walk {
  struct buffer all; /* every text, one after the other */
  size_t blocks, fields_most, header_most, text_most, field_most;
};

static void see(struct walk *walk, const json_t *object, size_t *most) {
  const char *text = json_string_value(json_object_get(object, "text"));
  const char *type = json_string_value(json_object_get(object, "type"));
  assert_non_null(text);
  size_t length = markup_length(text_from(text));
  assert_true(length > 0);
  if (length > *most)
    *most = length;
  if (strcmp(type, "mrkdwn") == 0)
    assert_true(json_is_true(json_object_get(object, "verbatim")));
  buffer_append_string(&walk->all, text);
  buffer_append_char(&walk->all, '\n');
}

static void walk_message(struct walk *walk, const json_t *json) {
  *walk = (struct walk){.all = BUFFER_NONE};
  const json_t *blocks = json_object_get(json, "blocks"), *block, *field;
  size_t i, j;
  walk->blocks = json_array_size(blocks);
  json_array_foreach(blocks, i, block) {
    const char *type = json_string_value(json_object_get(block, "type"));
    const json_t *fields = json_object_get(block, "fields");
    const json_t *elements = json_object_get(block, "elements");
    if (json_object_get(block, "text"))
      see(walk, json_object_get(block, "text"),
          strcmp(type, "header") == 0 ? &walk->header_most : &walk->text_most);
    if (json_array_size(fields) > walk->fields_most)
      walk->fields_most = json_array_size(fields);
    json_array_foreach(fields, j, field) {
      see(walk, field, &walk->field_most);
    }
    json_array_foreach(elements, j, field) {
      see(walk, field, &walk->text_most);
    }
  }
}

static void assert_says(const struct walk *walk, const char *part) {
  if (!text_contains(buffer_text(&walk->all), text_from(part)))
    fail_msg("'%s' is not in:\n%s", part, walk->all.data);
}

static void assert_silent(const struct walk *walk, const char *part) {
  if (text_contains(buffer_text(&walk->all), text_from(part)))
    fail_msg("'%s' is in:\n%s", part, walk->all.data);
}

static void a_message_says_what_a_person_needs(void **state) {
  (void)state;
  struct alert alert = alert_sample();
  json_t *json = render(&alert);
  struct walk walk;
  walk_message(&walk, json);
  static const char *const parts[] = {
      "\xf0\x9f\x9f\xa0 HIGH: Passcode turned off for group Springfield",
      "*Rule*\n`Zoom.PasscodeDisabled`",
      "*Who*\n`homer@example.com`",
      "*Log type*\n`Zoom.Operation`",
      "*When*\n`2024-03-21 07:09:03 UTC`",
      "*So far*\n`3 matches`",
      "*Source*\n`zoom`",
      "Meetings of this group may now go without a passcode.",
      "*Runbook*\nAsk the group's owner why.",
      "<https://support.zoom.us/hc/articles/1?a=1&amp;b=2|Reference>",
      "group: `Springfield`",
      "operation_detail: `Edit Group Springfield  - Passcode: from On to Off`",
      "margay alert 00112233445566778899aabbccddeeff, opened",
  };
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    assert_says(&walk, parts[i]);
  assert_silent(&walk, "p_log_type");
  assert_silent(&walk, "operator:"); /* the actor again */
  assert_string_equal(json_string_value(json_object_get(json, "text")),
                      "\xf0\x9f\x9f\xa0 HIGH: Passcode turned off for group Springfield");
  buffer_free(&walk.all);
  json_decref(json);
}

static void a_correlation_shows_what_happened_in_each_step(void **state) {
  (void)state;
  struct alert alert = alert_of_correlation();
  json_t *json = render(&alert);
  struct walk walk;
  walk_message(&walk, json);
  assert_says(&walk, "why: `both`");
  assert_says(&walk,
              "added: 4 matches\n"
              "\xe2\x80\xa2 2024-03-21 07:00:00 UTC  `homer` `bart was added` `Zoom.User.Added`\n"
              "\xe2\x80\xa2 2024-03-21 07:01:00 UTC  `homer` `lisa was added` `Zoom.User.Added`\n"
              "\xe2\x80\xa2 2024-03-21 07:02:00 UTC  `&lt;!channel&gt;` `Zoom.User.Added`\n"
              "and 1 more");
  assert_says(&walk, "deleted: did not happen");
  assert_says(&walk, "promoted: 1 match\n\xe2\x80\xa2 2024-03-21 07:05:00 UTC  "
                     "`bart is an admin` `Zoom.User.Promoted`");
  assert_silent(&walk, "steps.added");
  buffer_free(&walk.all);
  json_decref(json);
}

/* As many steps and events as there can be, with texts as long as they can be. */
static void the_longest_correlation_stays_within_the_limits(void **state) {
  (void)state;
  struct alert alert = alert_of_correlation();
  struct buffer event = BUFFER_NONE, text = BUFFER_NONE;
  for (int i = 0; i < 3000; i++)
    buffer_append_char(&text, '&');
  buffer_append_string(&event, "{\"steps\":{");
  for (int step = 0; step < 20; step++) {
    buffer_printf(&event, "%s\"%.*s%d\":{\"count\":100,\"events\":[", step ? "," : "", 900,
                  text.data, step);
    for (int i = 0; i < 20; i++)
      buffer_printf(&event,
                    "%s{\"rule_id\":\"%s\",\"title\":\"%s\",\"actor\":\"%s\",\"p_event_time\":5}",
                    i ? "," : "", text.data, text.data, text.data);
    buffer_append_string(&event, "]}");
  }
  buffer_append_string(&event, "}}");
  alert.event = buffer_text(&event);
  json_t *json = render(&alert);
  struct walk walk;
  walk_message(&walk, json);
  assert_true(walk.text_most <= 3000);
  assert_true(walk.blocks >= 12 && walk.blocks <= 50);
  buffer_free(&walk.all);
  buffer_free(&event);
  buffer_free(&text);
  json_decref(json);
}

static void a_rule_error_is_named_as_one(void **state) {
  (void)state;
  struct alert alert = alert_sample();
  alert.type = ALERT_RULE_ERROR;
  json_t *json = render(&alert);
  struct walk walk;
  walk_message(&walk, json);
  assert_says(&walk, "HIGH: rule error: Passcode");
  buffer_free(&walk.all);
  json_decref(json);
}

static void an_alert_with_nothing_in_it_is_still_a_message(void **state) {
  (void)state;
  struct alert alert = {.id = TEXT("00"),
                        .title = TEXT(" \n "),
                        .first_event_time = TIME_NONE,
                        .created_at = TIME_NONE};
  json_t *json = render(&alert);
  struct walk walk;
  walk_message(&walk, json);
  assert_says(&walk, "INFO: (no title)");
  buffer_free(&walk.all);
  json_decref(json);
}

/* One byte string in every text of the alert. */
static struct alert alert_of(struct text text) {
  struct alert alert = alert_sample();
  alert.rule_id = alert.log_type = alert.title = alert.description = text;
  alert.runbook = alert.reference = alert.actor = alert.source_label = alert.id = text;
  return alert;
}

static void whatever_the_length_the_limits_hold(void **state) {
  (void)state;
  static const char *const units[] = {"a",  "&",    "<@", "\xc3\xa4",   "\xf0\x9f\x94\xb4",
                                      "\n", "\xff", "`",  "https://x/&"};
  static const size_t counts[] = {1, 130, 150, 151, 1000, 1999, 2000, 2999, 3000, 3001, 40000};
  for (size_t u = 0; u < sizeof units / sizeof units[0]; u++)
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
      struct buffer text = BUFFER_NONE, event = BUFFER_NONE;
      for (size_t i = 0; i < counts[c]; i++)
        buffer_append_string(&text, units[u]);
      buffer_append_char(&event, '{');
      for (int i = 0; i < 30; i++) {
        buffer_printf(&event, "%s\"field%d\":", i ? "," : "", i);
        buffer_append_json_string(&event, buffer_text(&text));
      }
      buffer_append_char(&event, '}');
      struct alert alert = alert_of(buffer_text(&text));
      alert.event = buffer_text(&event);
      json_t *json = render(&alert);
      struct walk walk;
      walk_message(&walk, json);
      assert_true(walk.header_most <= 150);
      assert_true(walk.text_most <= 3000);
      assert_true(walk.field_most <= 2000);
      assert_true(walk.fields_most <= 10);
      assert_true(walk.blocks <= 50);
      buffer_free(&walk.all);
      buffer_free(&text);
      buffer_free(&event);
      json_decref(json);
    }
}

static void hostile_text_neither_links_nor_mentions(void **state) {
  (void)state;
  const struct text hostile[] = {
      TEXT("<!channel> <!here|x> <@U123> <#C1> <https://evil.example|your bank>"),
      TEXT("@everyone @channel @here"),
      TEXT("`code` ```block```"),
      TEXT("\x1b[31m\x00\x07 \xe2\x80\xae\xe2\x80\xac"),
      TEXT("javascript:alert(1)"),
      TEXT("https://evil.example/|bank> <!channel>"),
      TEXT("https://evil.example/a|bank><!channel>"),
  };
  for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
    struct buffer event = BUFFER_NONE;
    buffer_append_string(&event, "{\"operation_detail\":");
    buffer_append_json_string(&event, hostile[i]);
    buffer_append_string(&event, ",");
    buffer_append_json_string(&event, text_cut(hostile[i], 4));
    buffer_append_string(&event, ":1}");
    struct alert alert = alert_of(hostile[i]);
    alert.event = alert.context = buffer_text(&event);
    json_t *json = render(&alert);
    struct walk walk;
    walk_message(&walk, json);
    static const char *const never[] = {"<!",    "<@",     "<#",          "@everyone", "@channel",
                                        "@here", "|bank>", "<javascript", "\x1b",      "\x80\xae"};
    for (size_t j = 0; j < sizeof never / sizeof never[0]; j++)
      assert_silent(&walk, never[j]);
    assert_null(strstr(json_string_value(json_object_get(json, "text")), "<!"));
    assert_true(json_is_false(json_object_get(json, "unfurl_links")));
    buffer_free(&walk.all);
    buffer_free(&event);
    json_decref(json);
  }
}

static void what_is_sent_is_what_was_looked_at(void **state) {
  (void)state;
  const struct message_occasion opened = {.occasion = OCCASION_OPENED};
  const struct message_occasion rose = {.occasion = OCCASION_ROSE};
  struct alert alert = alert_sample(), correlation = alert_of_correlation();
  json_decref(render_for(&alert, &opened, "slack.json"));
  json_decref(render_for(&alert, &rose, "slack_rose.json"));
  json_decref(render_for(&correlation, &opened, "slack_correlation.json"));
}

/* `<` and `>` are there around margay's own links only. */
static void assert_no_live_markup(struct text text, size_t number) {
  hostile_assert_visible(text, number);
  for (size_t i = 0; i < text.size; i++) {
    struct text rest = {text.data + i, text.size - i};
    assert_true(*rest.data != '>');
    /* After a word it is an address. */
    if (text_starts_folded(rest, TEXT("@everyone")) &&
        (i == 0 || !markup_is_word(text.data[i - 1])))
      fail_msg("alert %zu mentions everyone: %.*s", number, TEXT_ARGS(text));
    if (*rest.data != '<')
      continue;
    const char *end = memchr(rest.data, '>', rest.size);
    struct text link = {rest.data + 1, end ? (size_t)(end - rest.data) - 1 : 0};
    if (!(text_starts_folded(link, TEXT("https://docs.example/")) ||
          text_starts_folded(link, TEXT("http://docs.example/"))) ||
        !text_ends_folded(link, TEXT("|Reference")))
      fail_msg("alert %zu: a live link or mention: %.*s", number, TEXT_ARGS(link));
    i += link.size + 1;
  }
}

static void see_hostile(struct text string, void *context) {
  assert_no_live_markup(string, *(const size_t *)context);
}

static void check_hostile(const struct hostile *hostile, void *context) {
  (void)context;
  size_t number = hostile->number;
  json_t *json = render_for(&hostile->alert, &hostile->occasion, NULL);
  struct walk walk;
  walk_message(&walk, json);
  assert_true(walk.header_most <= 150 && walk.text_most <= 3000 && walk.field_most <= 2000);
  assert_true(walk.fields_most <= 10 && walk.blocks <= 50);
  hostile_each_string(json, see_hostile, &number);
  buffer_free(&walk.all);
  json_decref(json);
}

static void hostile_alerts_stay_within_the_limits_and_dead(void **state) {
  (void)state;
  hostile_each(check_hostile, NULL);
}

static void only_an_http_reference_is_a_link(void **state) {
  (void)state;
  static const struct {
    const char *reference, *shown;
  } rows[] = {
      {"https://example.com/a|b>c", "<https://example.com/a%7Cb%3Ec|Reference>"},
      {"http://example.com", "<http://example.com|Reference>"},
      {"ftp://example.com", "*Reference*\nftp://example.com"},
      {"see <the wiki>", "*Reference*\nsee &lt;the wiki&gt;"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct alert alert = alert_sample();
    alert.reference = text_from(rows[i].reference);
    json_t *json = render(&alert);
    struct walk walk;
    walk_message(&walk, json);
    assert_says(&walk, rows[i].shown);
    buffer_free(&walk.all);
    json_decref(json);
  }
}

static void an_event_that_is_hard_to_read_is_no_obstacle(void **state) {
  (void)state;
  static const struct {
    const char *event, *says;
  } rows[] = {
      {"", NULL},
      {"not json", NULL},
      {"[1,2]", NULL},
      {"{\"n\":18446744073709551615}", "n: `18446744073709551615`"},
      {"{\"a\":{\"b\":{\"c\":[1,\"two\",true,null]}}}", "a.b.c: `1, two, true`"},
      {"{\"n\":[123456789012345678901234567890,1e400,-0.50]}",
       "n: `123456789012345678901234567890, 1e400, -0.50`"},
      {"{\"a\\u0000b\":1}", "a\\u{0}b: `1`"},
      {"{\"a\":\"x\\u0000y\"}", "a: `x\\u{0}y`"},
      {"{\"e\":\"\",\"s\":\"  \",\"z\":null,\"o\":{},\"l\":[]}", NULL},
      {"{\"when\":\"2024-03-21 07:09:03\",\"f\":1.5}", "f: `1.5`"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct alert alert = alert_sample();
    alert.context = TEXT("{}");
    alert.event = text_from(rows[i].event);
    json_t *json = render(&alert);
    struct walk walk;
    walk_message(&walk, json);
    if (rows[i].says)
      assert_says(&walk, rows[i].says);
    assert_silent(&walk, "when:");
    assert_int_equal(walk.blocks, rows[i].says ? 7 : 6);
    buffer_free(&walk.all);
    json_decref(json);
  }
}

static void slack_answers_are_judged(void **state) {
  (void)state;
  static const struct {
    long status;
    const char *body;
    enum delivery_verdict verdict;
    const char *reason;
  } rows[] = {
      {200, "ok", DELIVERY_DONE, ""},
      {200, "ok\n", DELIVERY_DONE, ""},
      {200, "", DELIVERY_DONE, ""},
      {200, "{\"ok\":true}", DELIVERY_DONE, ""},
      {200, "invalid_payload", DELIVERY_PARK, "could not read"},
      {200, "<html>secret</html>", DELIVERY_PARK, "not \"ok\""},
      {400, "invalid_payload", DELIVERY_PARK, "could not read"},
      {400, "invalid_blocks", DELIVERY_PARK, "refused"},
      {400, "something_new", DELIVERY_PARK, "400"},
      {403, "action_prohibited", DELIVERY_PARK, "forbid"},
      {404, "no_service", DELIVERY_PARK, "removed or disabled"},
      {404, "channel_not_found", DELIVERY_PARK, "does not exist"},
      {410, "channel_is_archived", DELIVERY_PARK, "archived"},
      {429, "rate_limited", DELIVERY_RETRY, "429"},
      {500, "rollup_error", DELIVERY_RETRY, "Slack failed"},
      {503, "<html>", DELIVERY_RETRY, "503"},
      {302, "", DELIVERY_PARK, "redirects are not followed"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct http_response response = HTTP_RESPONSE_NONE;
    const struct delivery_try attempt = try_sample(SAMPLE_TIME);
    struct delivery_judgement judgement = {.verdict = DELIVERY_DONE};
    const char *reason = judgement.reason.text;
    response.status = rows[i].status;
    buffer_append_string(&response.body, rows[i].body);
    destination_slack.judge(&attempt, &response, &judgement);
    assert_int_equal(judgement.verdict, rows[i].verdict);
    assert_int_equal(judgement.reason.set, rows[i].verdict != DELIVERY_DONE);
    if (!strstr(reason, rows[i].reason) || strstr(reason, "secret"))
      fail_msg("%s", reason);
    http_response_free(&response);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_message_says_what_a_person_needs),
      cmocka_unit_test(a_correlation_shows_what_happened_in_each_step),
      cmocka_unit_test(the_longest_correlation_stays_within_the_limits),
      cmocka_unit_test(a_rule_error_is_named_as_one),
      cmocka_unit_test(an_alert_with_nothing_in_it_is_still_a_message),
      cmocka_unit_test(whatever_the_length_the_limits_hold),
      cmocka_unit_test(hostile_text_neither_links_nor_mentions),
      cmocka_unit_test(what_is_sent_is_what_was_looked_at),
      cmocka_unit_test(hostile_alerts_stay_within_the_limits_and_dead),
      cmocka_unit_test(only_an_http_reference_is_a_link),
      cmocka_unit_test(an_event_that_is_hard_to_read_is_no_obstacle),
      cmocka_unit_test(slack_answers_are_judged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
