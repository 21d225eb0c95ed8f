/* Buttons in Slack's messages: which there are, and what may come back. */
#include "alert/destination/chat/slack_buttons.h"

#include "alert/alert_fixture.h"
#include "base/digest.h"

static void which_buttons_there_are_depends_on_the_alerts_state(void **state) {
  (void)state;
  static const struct {
    enum alert_state state;
    enum alert_type type;
    const char *buttons;
  } rows[] = {
      {ALERT_OPEN, ALERT_RULE, "acknowledge true_positive false_positive benign mute "},
      {ALERT_OPEN, ALERT_SYSTEM, "acknowledge true_positive false_positive benign "},
      {ALERT_ACKNOWLEDGED, ALERT_RULE, "true_positive false_positive benign reopen mute "},
      {ALERT_RESOLVED, ALERT_RULE, "reopen mute "},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct alert alert = alert_sample();
    struct buffer names = BUFFER_NONE;
    json_t *element;
    size_t k;
    alert.state = rows[i].state;
    alert.type = rows[i].type;
    json_t *block = slack_buttons_block(&alert);
    json_array_foreach(json_object_get(block, "elements"), k, element) {
      buffer_printf(&names, "%s ", json_string_value(json_object_get(element, "action_id")));
      assert_string_equal(json_string_value(json_object_get(element, "value")), alert.id.data);
    }
    assert_string_equal(names.data, rows[i].buttons);
    buffer_free(&names);
    json_decref(block);
  }
}

#define ID "00112233445566778899aabbccddeeff"
#define NOW (INT64_C(1531420618) * US_PER_SECOND)

struct request {
  const char *signature, *timestamp;
};

static const char *header(void *context, const char *name) {
  const struct request *request = context;
  return strcmp(name, "X-Slack-Signature") == 0 ? request->signature : request->timestamp;
}

static void sign(const char *secret, const char *timestamp, const char *body, char out[68]) {
  char message[2048];
  uint8_t digest[DIGEST_SIZE];
  snprintf(message, sizeof message, "v0:%s:%s", timestamp, body);
  digest_hmac_sha256(text_from(secret), text_from(message), digest);
  memcpy(out, "v0=", 4);
  hex_encode(digest, sizeof digest, out + 3);
}

static enum destination_pressed press(const char *body, const char *timestamp, const char *secret,
                                      struct arena *arena, struct destination_press *pressed,
                                      struct error *error) {
  char signature[68];
  sign(secret, timestamp, body, signature);
  struct request request = {signature, timestamp};
  const struct destination_callback callback = {
      .body = text_from(body), .now = NOW, .header = header, .context = &request};
  return slack_buttons_pressed(TEXT("sesame"), &callback, arena, pressed, error);
}

/* The example of "Verifying requests from Slack": its answer is Slack's own. */
static void a_request_is_signed_as_slack_documents_it(void **state) {
  (void)state;
  static const char body[] =
      "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id="
      "G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-"
      "collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%"
      "2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121."
      "803a0bc887a14d10d2c447fce8b6703c";
  struct request request = {"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
                            "1531420618"};
  const struct destination_callback callback = {
      .body = text_from(body), .now = NOW, .header = header, .context = &request};
  struct arena arena = ARENA_NONE;
  struct destination_press pressed = {.mutes = false};
  struct error error = ERROR_NONE;
  assert_int_equal(slack_buttons_pressed(TEXT("8f742231b10e8888abcd99yyyzzz85a5"), &callback,
                                         &arena, &pressed, &error),
                   DESTINATION_PRESSED_NOTHING);
  arena_free(&arena);
}

static void only_what_slack_signed_lately_counts(void **state) {
  (void)state;
  static const struct {
    const char *timestamp, *secret, *reason; /* NULL: it counts */
  } rows[] = {
      {"1531420618", "sesame", NULL},
      {"1531420318", "sesame", NULL},
      {"1531420317", "sesame", "more than five minutes ago"},
      {"1531420919", "sesame", "the clock is wrong"},
      {"1531420618", "other", "a wrong signature"},
      {"", "sesame", "more than five minutes ago"},
      {"99999999999999999999", "sesame", "more than five minutes ago"},
      {"-1", "sesame", "more than five minutes ago"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct arena arena = ARENA_NONE;
    struct destination_press pressed = {.mutes = false};
    struct error error = ERROR_NONE;
    enum destination_pressed result =
        press("payload=%7B%7D", rows[i].timestamp, rows[i].secret, &arena, &pressed, &error);
    assert_int_equal(result,
                     rows[i].reason ? DESTINATION_PRESS_REFUSED : DESTINATION_PRESSED_NOTHING);
    if (rows[i].reason)
      assert_non_null(strstr(error.text, rows[i].reason));
    arena_free(&arena);
  }
}

static void a_press_names_the_alert_what_to_do_and_who(void **state) {
  (void)state;
  static const struct {
    const char *payload;
    enum destination_pressed result;
    const char *who;
    enum alert_occasion action;
    enum alert_resolution resolution;
    bool mutes;
  } rows[] = {
      {"{\"user\":{\"id\":\"U1\",\"name\":\"lisa\"},\"actions\":[{\"action_id\":"
       "\"benign\",\"value\":\"" ID "\"}]}",
       DESTINATION_PRESSED, "lisa", OCCASION_RESOLVED, RESOLUTION_BENIGN, false},
      {"{\"user\":{\"id\":\"U1\"},\"actions\":[{\"action_id\":\"acknowledge\",\"value\":\"" ID
       "\"}]}",
       DESTINATION_PRESSED, "U1", OCCASION_ACKNOWLEDGED, RESOLUTION_NONE, false},
      {"{\"actions\":[{\"action_id\":\"mute\",\"value\":\"" ID "\"}]}", DESTINATION_PRESSED,
       "somebody in Slack", OCCASION_NOTED, RESOLUTION_NONE, true},
      {"{\"actions\":[{\"action_id\":\"mute\",\"value\":\"../../etc/passwd\"}]}",
       DESTINATION_PRESSED_NOTHING, "", OCCASION_OPENED, RESOLUTION_NONE, false},
      {"{\"actions\":[{\"action_id\":7,\"value\":\"" ID "\"}]}", DESTINATION_PRESSED_NOTHING, "",
       OCCASION_OPENED, RESOLUTION_NONE, false},
      {"{\"actions\":{}}", DESTINATION_PRESSED_NOTHING, "", OCCASION_OPENED, RESOLUTION_NONE,
       false},
      {"[[[", DESTINATION_PRESSED_NOTHING, "", OCCASION_OPENED, RESOLUTION_NONE, false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct arena arena = ARENA_NONE;
    struct destination_press pressed = {.mutes = false};
    struct error error = ERROR_NONE;
    char body[1024];
    snprintf(body, sizeof body, "payload=%s", rows[i].payload);
    assert_int_equal(press(body, "1531420618", "sesame", &arena, &pressed, &error), rows[i].result);
    if (rows[i].result == DESTINATION_PRESSED) {
      assert_true(text_is(pressed.who, rows[i].who));
      assert_true(text_is(pressed.alert_id, ID));
      assert_int_equal(pressed.action, rows[i].action);
      assert_int_equal(pressed.resolution, rows[i].resolution);
      assert_int_equal(pressed.mutes, rows[i].mutes);
    }
    arena_free(&arena);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(which_buttons_there_are_depends_on_the_alerts_state),
      cmocka_unit_test(a_request_is_signed_as_slack_documents_it),
      cmocka_unit_test(only_what_slack_signed_lately_counts),
      cmocka_unit_test(a_press_names_the_alert_what_to_do_and_who),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
