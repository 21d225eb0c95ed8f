#include "alert/destination/chat/slack_buttons.h"

#include "alert/message/alert_json.h"
#include "base/digest.h"
#include "base/web/form.h"

#include <stdlib.h>

#define ID_SIZE 32 /* of an alert, in hex */

/* A button's name for us; its value is the alert's id. Of resolving, each way has its own. */
enum what { ACKNOWLEDGE, TRUE_POSITIVE, FALSE_POSITIVE, BENIGN, REOPEN, MUTE };

static const struct button {
  const char *name, *text;
  enum alert_occasion action;
  enum alert_resolution resolution;
} buttons[] = {
    [ACKNOWLEDGE] = {"acknowledge", "Acknowledge", OCCASION_ACKNOWLEDGED, RESOLUTION_NONE},
    [TRUE_POSITIVE] = {"true_positive", "Resolve: true positive", OCCASION_RESOLVED,
                       RESOLUTION_TRUE_POSITIVE},
    [FALSE_POSITIVE] = {"false_positive", "Resolve: false positive", OCCASION_RESOLVED,
                        RESOLUTION_FALSE_POSITIVE},
    [BENIGN] = {"benign", "Resolve: benign", OCCASION_RESOLVED, RESOLUTION_BENIGN},
    [REOPEN] = {"reopen", "Reopen", OCCASION_REOPENED, RESOLUTION_NONE},
    [MUTE] = {"mute", "Mute rule for a day", OCCASION_NOTED, RESOLUTION_NONE},
};
enum { BUTTON_COUNT = sizeof buttons / sizeof *buttons };

/* ---- the block ---------------------------------------------------------------------------- */

static json_t *plain(const char *text) {
  return json_pack("{s:s, s:s}", "type", "plain_text", "text", text);
}

/* Muting hides what comes, so one press is not enough. */
static json_t *confirmation(void) {
  return json_pack("{s:o, s:o, s:o, s:o}", "title", plain("Mute this rule?"), "text",
                   plain("For a day, its matches open no alert. They are still recorded."),
                   "confirm", plain("Mute"), "deny", plain("Cancel"));
}

static void add_button(json_t *elements, enum what what, struct text alert_id) {
  json_t *button =
      json_pack("{s:s, s:s, s:o, s:o}", "type", "button", "action_id", buttons[what].name, "text",
                plain(buttons[what].text), "value", json_from_text(alert_id));
  if (what == MUTE)
    json_object_set_new(button, "confirm", confirmation());
  json_array_append_new(elements, button);
}

json_t *slack_buttons_block(const struct alert *alert) {
  json_t *elements = json_array();
  if (alert->state == ALERT_OPEN)
    add_button(elements, ACKNOWLEDGE, alert->id);
  for (enum what what = TRUE_POSITIVE; alert->state != ALERT_RESOLVED && what <= BENIGN; what++)
    add_button(elements, what, alert->id);
  if (alert->state != ALERT_OPEN)
    add_button(elements, REOPEN, alert->id);
  if (alert->type == ALERT_RULE)
    add_button(elements, MUTE, alert->id);
  return json_pack("{s:s, s:o}", "type", "actions", "elements", elements);
}

/* ---- what came back ----------------------------------------------------------------------- */

/* "v0=" and the HMAC of "v0:TIMESTAMP:BODY". */
static bool is_signed(struct text secret, const struct destination_callback *callback,
                      struct error *error) {
  const char *given = callback->header(callback->context, "X-Slack-Signature");
  const char *timestamp = callback->header(callback->context, "X-Slack-Request-Timestamp");
  char expected[3 + 2 * DIGEST_SIZE + 1] = "v0=", *end;
  uint8_t digest[DIGEST_SIZE];
  struct buffer message = BUFFER_NONE;
  if (!given || !timestamp)
    return error_set(error, "is not signed");
  buffer_printf(&message, "v0:%s:", timestamp);
  buffer_append_text(&message, callback->body);
  digest_hmac_sha256(secret, buffer_text(&message), digest);
  buffer_free(&message);
  hex_encode(digest, sizeof digest, expected + 3);
  if (!secret_equal(text_from(given), text_from(expected)))
    return error_set(error, "has a wrong signature: is signing_secret that of the app?");
  long long seconds = strtoll(timestamp, &end, 10);
  bool is_number = end != timestamp && *end == '\0' && seconds > 0 && seconds < INT64_C(1) << 40;
  int64_t age = is_number ? callback->now - (int64_t)seconds * US_PER_SECOND : INT64_MAX;
  if (age > SLACK_AGE_MAX_US || age < -SLACK_AGE_MAX_US)
    return error_set(error, "was signed more than five minutes ago, or the clock is wrong");
  return true;
}

static struct text member(const json_t *object, const char *key, struct arena *arena) {
  const json_t *value = json_object_get(object, key);
  return json_is_string(value)
             ? arena_copy(arena, (struct text){json_string_value(value), json_string_length(value)})
             : TEXT("");
}

/* The name that people know, or else the id. */
static struct text name_of(const json_t *user, struct arena *arena) {
  static const char *const keys[] = {"name", "username", "id"};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    struct text name = text_trim(member(user, keys[i], arena));
    if (name.size > 0)
      return name;
  }
  return TEXT("somebody in Slack");
}

static bool is_alert_id(struct text text) {
  for (size_t i = 0; i < text.size; i++)
    if (hex_value(text.data[i]) < 0)
      return false;
  return text.size == ID_SIZE;
}

static enum destination_pressed read_press(const json_t *payload, struct arena *arena,
                                           struct destination_press *press) {
  const json_t *action = json_array_get(json_object_get(payload, "actions"), 0);
  struct text name = member(action, "action_id", arena);
  press->alert_id = member(action, "value", arena);
  press->who = name_of(json_object_get(payload, "user"), arena);
  for (size_t i = 0; is_alert_id(press->alert_id) && i < BUTTON_COUNT; i++) {
    if (!text_is(name, buttons[i].name))
      continue;
    press->action = buttons[i].action;
    press->resolution = buttons[i].resolution;
    press->mutes = i == MUTE;
    return DESTINATION_PRESSED;
  }
  return DESTINATION_PRESSED_NOTHING;
}

enum destination_pressed slack_buttons_pressed(struct text signing_secret,
                                               const struct destination_callback *callback,
                                               struct arena *arena, struct destination_press *press,
                                               struct error *error) {
  if (!is_signed(signing_secret, callback, error))
    return DESTINATION_PRESS_REFUSED;
  struct buffer text = BUFFER_NONE;
  json_t *payload = form_find(callback->body, "payload", &text)
                        ? json_loadb(text.data ? text.data : "", text.size, 0, NULL)
                        : NULL;
  enum destination_pressed pressed = read_press(payload, arena, press);
  json_decref(payload);
  buffer_free(&text);
  return pressed;
}
