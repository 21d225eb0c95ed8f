#include "alert/destination/chat/slack_answer.h"

#include "alert/destination/chat/chat.h"
#include "alert/destination/chat/chat_thread.h"

/* What an incoming webhook answers (docs.slack.dev, "Sending messages using incoming webhooks",
 * Handling errors). */
static const struct chat_answer webhook_answers[] = {
    {"invalid_payload", DELIVERY_PARK, "Slack could not read the message"},
    {"invalid_blocks", DELIVERY_PARK, "Slack refused the message's blocks"},
    {"invalid_blocks_format", DELIVERY_PARK, "Slack refused the message's blocks"},
    {"no_text", DELIVERY_PARK, "Slack says the message has no text"},
    {"missing_text_or_fallback_or_attachments", DELIVERY_PARK,
     "Slack says the message has no text"},
    {"too_many_attachments", DELIVERY_PARK, "Slack says the message is too large"},
    {"user_not_found", DELIVERY_PARK, "the user that the webhook posts to is gone"},
    {"channel_not_found", DELIVERY_PARK, "the webhook's channel does not exist any more"},
    {"channel_is_archived", DELIVERY_PARK, "the webhook's channel is archived"},
    {"action_prohibited", DELIVERY_PARK, "the workspace's settings forbid this webhook to post"},
    {"posting_to_general_channel_denied", DELIVERY_PARK,
     "the workspace does not let webhooks post to its general channel"},
    {"invalid_token", DELIVERY_PARK, "the webhook's URL is wrong or was revoked"},
    {"no_active_hooks", DELIVERY_PARK, "the webhook is disabled"},
    {"no_service", DELIVERY_PARK, "the webhook was removed or disabled"},
    {"no_service_id", DELIVERY_PARK, "the webhook's URL is wrong or was revoked"},
    {"no_team", DELIVERY_PARK, "the webhook's workspace does not exist"},
    {"team_disabled", DELIVERY_PARK, "the webhook's workspace is disabled"},
    {"rollup_error", DELIVERY_RETRY, "Slack failed"},
};

/* `error` of an answer with `"ok": false` (docs.slack.dev, chat.postMessage and chat.update,
 * Errors). */
static const struct chat_answer api_answers[] = {
    {"channel_not_found", DELIVERY_PARK,
     "the channel does not exist, or is private and the bot is not in it"},
    {"not_in_channel", DELIVERY_PARK, "the bot is not in the channel: invite it"},
    {"is_archived", DELIVERY_PARK, "the channel is archived"},
    {"msg_too_long", DELIVERY_PARK, "Slack says the message is too long"},
    {"msg_blocks_too_long", DELIVERY_PARK, "Slack says the message is too long"},
    {"no_text", DELIVERY_PARK, "Slack says the message has no text"},
    {"invalid_blocks", DELIVERY_PARK, "Slack refused the message's blocks"},
    {"invalid_blocks_format", DELIVERY_PARK, "Slack refused the message's blocks"},
    {"restricted_action", DELIVERY_PARK, "the workspace's settings forbid the bot to post"},
    {"restricted_action_read_only_channel", DELIVERY_PARK, "the channel is read-only"},
    {"restricted_action_thread_only_channel", DELIVERY_PARK, "the channel takes answers only"},
    {"invalid_auth", DELIVERY_PARK, "the token is wrong, or not allowed from this address"},
    {"not_authed", DELIVERY_PARK, "Slack saw no token"},
    {"account_inactive", DELIVERY_PARK, "the token's bot or workspace is gone"},
    {"token_revoked", DELIVERY_PARK, "the token was revoked"},
    {"token_expired", DELIVERY_PARK, "the token has expired"},
    {"not_allowed_token_type", DELIVERY_PARK, "the token is none of a bot"},
    {"missing_scope", DELIVERY_PARK, "the token lacks the scope chat:write"},
    {"no_permission", DELIVERY_PARK, "the token may not post there"},
    {"access_denied", DELIVERY_PARK, "the token may not post there"},
    {"accesslimited", DELIVERY_PARK, "the workspace forbids this network"},
    {"ekm_access_denied", DELIVERY_PARK, "the workspace's administrators have suspended posting"},
    {"ratelimited", DELIVERY_RETRY, "too many messages"},
    {"rate_limited", DELIVERY_RETRY, "too many messages"},
    {"message_limit_exceeded", DELIVERY_RETRY, "too many messages"},
    {"external_channel_migrating", DELIVERY_RETRY, "the channel is moving"},
    {"org_login_required", DELIVERY_RETRY, "the workspace is moving"},
    {"team_added_to_org", DELIVERY_RETRY, "the workspace is moving"},
    {"fatal_error", DELIVERY_RETRY, "Slack failed"},
    {"internal_error", DELIVERY_RETRY, "Slack failed"},
    {"update_failed", DELIVERY_RETRY, "Slack failed"},
    {"service_unavailable", DELIVERY_RETRY, "Slack is not available now"},
    {"request_timeout", DELIVERY_RETRY, "Slack did not get the whole message"},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static bool is_one_of(struct text code, const char *const *codes, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (text_is(code, codes[i]))
      return true;
  return false;
}

static void judge_success(const struct delivery_try *attempt, const json_t *json,
                          struct delivery_judgement *judgement) {
  if (chat_thread_of(attempt).step == CHAT_POST)
    chat_thread_posted(chat_answer_code(json, "channel"), chat_answer_code(json, "ts"), judgement);
  else
    chat_thread_went_on(attempt, judgement);
}

/* What of an edit or an answer is no end of the matter. */
static bool goes_on(const struct delivery_try *attempt, struct text code,
                    struct delivery_judgement *judgement) {
  static const char *const gone[] = {"message_not_found", "thread_not_found"};
  static const char *const fixed[] = {"cant_update_message", "edit_window_closed", "block_mismatch",
                                      "is_inactive"};
  enum chat_step step = chat_thread_of(attempt).step;
  if (step != CHAT_POST && is_one_of(code, gone, COUNT(gone)))
    chat_thread_lost(judgement);
  else if (step == CHAT_EDIT && is_one_of(code, fixed, COUNT(fixed)))
    chat_thread_edited(attempt, chat_thread_has_news(attempt),
                       judgement); /* what happened can be said all the same */
  else
    return false;
  return true;
}

static void judge_api(const struct delivery_try *attempt, const struct http_response *response,
                      const json_t *json, struct delivery_judgement *judgement) {
  if (json_is_true(json_object_get(json, "ok"))) {
    judge_success(attempt, json, judgement);
    return;
  }
  struct text code = chat_answer_code(json, "error");
  if (goes_on(attempt, code, judgement) ||
      chat_judge_code(api_answers, COUNT(api_answers), code, response->status, judgement))
    return;
  judgement->verdict = DELIVERY_PARK;
  error_set(&judgement->reason, "Slack refused the message (%.*s)", TEXT_ARGS(code));
}

static void judge_webhook(const struct http_response *response,
                          struct delivery_judgement *judgement) {
  struct text body = text_trim(buffer_text(&response->body));
  if (chat_judge_code(webhook_answers, COUNT(webhook_answers), body, response->status, judgement))
    return;
  if (response->status != 200) {
    delivery_judge_status(response, judgement);
    return;
  }
  /* Services that speak Slack's format answer in their own ways. */
  static const char *const done[] = {"", "ok", "{\"ok\":true}", "{\"success\":true}"};
  judgement->verdict = DELIVERY_DONE;
  for (size_t i = 0; i < COUNT(done); i++)
    if (text_equal_folded(body, text_from(done[i])))
      return;
  judgement->verdict = DELIVERY_PARK;
  bool is_word = chat_is_code(body);
  error_set(&judgement->reason, "answered 200, but not \"ok\"%s%.*s", is_word ? ": " : "",
            is_word ? (int)body.size : 0, body.data);
}

void slack_judge(const struct delivery_try *attempt, const struct http_response *response,
                 struct delivery_judgement *judgement) {
  json_t *json = response->status == 200 ? chat_answer_json(response) : NULL;
  const json_t *ok = json_object_get(json, "ok");
  if (json_is_false(ok) || (json_is_true(ok) && json_object_get(json, "ts")))
    judge_api(attempt, response, json, judgement);
  else
    judge_webhook(response, judgement);
  json_decref(json);
}
