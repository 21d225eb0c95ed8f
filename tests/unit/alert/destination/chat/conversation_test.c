/*
 * An alert's whole life in each chat that can edit or answer a message, with a fake service that
 * keeps the messages: what is posted, edited and answered, also when a message is deleted, and when
 * an answer is lost on the way.
 */
#include "alert/destination/chat/chat_fixture.h"

extern const struct destination_type destination_discord, destination_google_chat,
    destination_matrix, destination_telegram, destination_webex;

enum { MESSAGES_MAX = 32 };

/* What a request asks for. */
struct wish {
  const char *verb; /* "post", "edit", "answer" */
  const char *of;   /* the message that it is about; NULL: none */
  int64_t of_number;
};

struct room {
  bool gone[MESSAGES_MAX]; /* by the number of the message, from 1 */
  size_t count;
  char transactions[MESSAGES_MAX][160]; /* URLs of requests that are done once only */
  size_t transaction_count;
  struct buffer transcript;
};

struct service {
  const struct destination_type *type;
  const char *url;
  struct {
    const char *key, *value;
  } options[4];
  const char *id; /* what stands before a message's number in its id */
  struct wish (*read)(const struct delivery_request *request, const json_t *body);
  const char *done, *done_end; /* the answer, before and after the id */
  long gone_status;            /* what is answered where the message is not there, */
  const char *gone;
  bool answers_gone; /* or an answer to it is a message of its own */
  bool once;         /* a request with the same URL is done once */
  const char *life;  /* the transcript */
};

static struct wish read_slack(const struct delivery_request *request, const json_t *body) {
  const char *ts = json_string_value(json_object_get(body, "ts"));
  const char *thread = json_string_value(json_object_get(body, "thread_ts"));
  assert_int_equal(strstr(request->url.data, "chat.update") != NULL, ts != NULL);
  return (struct wish){ts ? "edit" : thread ? "answer" : "post", ts ? ts : thread, 0};
}

static struct wish read_discord(const struct delivery_request *request, const json_t *body) {
  (void)body;
  const char *at = strstr(request->url.data, "/messages/");
  assert_int_equal(at != NULL, request->method && strcmp(request->method, "PATCH") == 0);
  return (struct wish){at ? "edit" : "post", at ? at + strlen("/messages/") : NULL, 0};
}

static struct wish read_telegram(const struct delivery_request *request, const json_t *body) {
  int64_t edits = json_integer_value(json_object_get(body, "message_id"));
  const json_t *reply = json_object_get(body, "reply_parameters");
  assert_int_equal(strstr(request->url.data, "/editMessageText") != NULL, edits > 0);
  return (struct wish){
      edits > 0 ? "edit"
      : reply   ? "answer"
                : "post",
      NULL, edits > 0 ? edits : json_integer_value(json_object_get(reply, "message_id"))};
}

static struct wish read_matrix(const struct delivery_request *request, const json_t *body) {
  (void)request;
  const json_t *relates = json_object_get(body, "m.relates_to");
  const char *type = json_string_value(json_object_get(relates, "rel_type"));
  const char *event = json_string_value(json_object_get(relates, "event_id"));
  return (struct wish){!type                            ? "post"
                       : strcmp(type, "m.replace") == 0 ? "edit"
                                                        : "answer",
                       event, 0};
}

static struct wish read_webex(const struct delivery_request *request, const json_t *body) {
  (void)request;
  const char *parent = json_string_value(json_object_get(body, "parentId"));
  return (struct wish){parent ? "answer" : "post", parent, 0};
}

static const struct service services[] = {
    {.type = &destination_slack,
     .options = {{"token", "xoxb-sesame"}, {"channel", "C1"}, {"api", "https://slack.com/api"}},
     .id = "1503435956.00",
     .read = read_slack,
     .done = "{\"ok\":true,\"channel\":\"C1\",\"ts\":\"",
     .done_end = "\"}",
     .gone_status = 200,
     .gone = "{\"ok\":false,\"error\":\"message_not_found\"}",
     .life =
         "post 1; edit 1, answer 1 by 2; edit 1, answer 1 by 3; edit 1 is gone, post 4; edit 4, "
         "answer 4 by 5; "},
    {.type = &destination_discord,
     .url = "https://discord.com/api/webhooks/1/sesame",
     .id = "90",
     .read = read_discord,
     .done = "{\"id\":\"",
     .done_end = "\",\"channel_id\":\"7\"}",
     .gone_status = 404,
     .gone = "{\"message\":\"Unknown Message\",\"code\":10008}",
     .life = "post 1; edit 1; edit 1; edit 1 is gone, post 2; edit 2, post 3; "},
    {.type = &destination_telegram,
     .options = {{"token", "1:sesame"}, {"chat", "-1001"}, {"api", "https://api.telegram.org"}},
     .id = "",
     .read = read_telegram,
     .done = "{\"ok\":true,\"result\":{\"message_id\":",
     .done_end = ",\"chat\":{\"id\":-1001}}}",
     .gone_status = 400,
     .gone = "{\"ok\":false,\"description\":\"Bad Request: message to edit not found\"}",
     .answers_gone = true,
     .life =
         "post 1; edit 1, answer 1 by 2; edit 1, answer 1 by 3; edit 1 is gone, post 4; edit 4, "
         "answer 4 by 5; "},
    {.type = &destination_matrix,
     .url = "https://matrix.example.com",
     .options = {{"token", "sesame"}, {"room", "!r:example.com"}},
     .id = "$event",
     .read = read_matrix,
     .done = "{\"event_id\":\"",
     .done_end = "\"}",
     .gone_status = 404,
     .gone = "{\"errcode\":\"M_NOT_FOUND\"}",
     .once = true,
     /* An edit is an event of its own. */
     .life =
         "post 1; edit 1, answer 1 by 3; edit 1, answer 1 by 5; edit 1 is gone, post 6; edit 6, "
         "answer 6 by 8; "},
    {.type = &destination_webex,
     .options = {{"token", "sesame"}, {"room", "R"}, {"api", "https://webexapis.com/v1"}},
     .id = "Y2lz",
     .read = read_webex,
     .done = "{\"id\":\"",
     .done_end = "\"}",
     .gone_status = 404,
     .gone = "{}",
     .life = "post 1; answer 1 by 2; answer 1 by 3; answer 1 is gone, post 4; answer 4 by 5; "},
};

/* The number of the message that a wish is about; 0: none. */
static size_t number_of(const struct service *service, const struct wish *wish) {
  char id[64];
  if (wish->of_number > 0)
    return (size_t)wish->of_number;
  for (size_t i = 1; wish->of && i < MESSAGES_MAX; i++) {
    snprintf(id, sizeof id, "%s%zu", service->id, i);
    if (strcmp(id, wish->of) == 0)
      return i;
  }
  if (wish->of)
    fail_msg("no message is '%s'", wish->of);
  return 0;
}

static bool is_done_already(struct room *room, const char *url) {
  for (size_t i = 0; i < room->transaction_count; i++)
    if (strcmp(room->transactions[i], url) == 0)
      return true;
  snprintf(room->transactions[room->transaction_count++], sizeof room->transactions[0], "%s", url);
  return false;
}

static void answer(const struct service *service, struct room *room,
                   const struct delivery_request *request, struct http_response *response) {
  json_t *body = json_loadb(request->body.data, request->body.size, 0, NULL);
  struct wish wish = service->read(request, body);
  size_t about = number_of(service, &wish);
  bool edits = strcmp(wish.verb, "edit") == 0;
  struct buffer *transcript = &room->transcript;
  buffer_printf(transcript, "%s", wish.verb);
  if (about > 0)
    buffer_printf(transcript, " %zu", about);
  if (about > 0 && room->gone[about] && !(service->answers_gone && !edits)) {
    buffer_append_string(transcript, " is gone, ");
    response->status = service->gone_status;
    buffer_append_string(&response->body, service->gone);
  } else {
    bool again = service->once && is_done_already(room, request->url.data);
    assert_true(room->count + 1 < MESSAGES_MAX);
    if (!again && (!edits || service->once))
      room->count++;
    size_t message = edits && !service->once ? about : room->count;
    if (!edits)
      buffer_printf(transcript, "%s %zu", about > 0 ? " by" : "", message);
    buffer_append_string(transcript, again ? " again, " : ", ");
    response->status = 200;
    buffer_printf(&response->body, "%s%s%zu%s", service->done, service->id, message,
                  service->done_end);
  }
  json_decref(body);
}

/* One occasion, until it is delivered. The answer to request number `*lost` never comes. */
static void deliver(const struct service *service, struct chat *chat, struct room *room,
                    enum alert_occasion occasion, struct buffer *state, size_t *lost) {
  struct alert alert = alert_sample();
  enum delivery_verdict verdict = DELIVERY_MORE;
  char key[33];
  snprintf(key, sizeof key, "%032x", (unsigned)occasion + 1);
  for (int requests = 0; verdict != DELIVERY_DONE; requests++) {
    assert_true(requests < 8);
    struct delivery_try attempt = try_sample(SAMPLE_TIME);
    struct delivery_request request = {.headers = NULL};
    struct delivery_judgement judgement = {.verdict = DELIVERY_DONE};
    struct http_response response = HTTP_RESPONSE_NONE;
    struct error error = ERROR_NONE;
    attempt.idempotency_key = text_from(key);
    attempt.occasion = (struct message_occasion){occasion, TEXT("lisa"), TEXT(""), NULL};
    attempt.state = buffer_text(state);
    assert_true(service->type->render(&chat->destination, &alert, &attempt, &request, &error));
    answer(service, room, &request, &response);
    if (*lost > 0 && --*lost == 0) {
      verdict = DELIVERY_RETRY;
    } else {
      service->type->judge(&attempt, &response, &judgement);
      verdict = judgement.verdict;
      if (verdict == DELIVERY_RETRY || verdict == DELIVERY_PARK)
        fail_msg("%s: %s", service->type->kind.name, judgement.reason.text);
      assert_true(judgement.has_state && judgement.state.size <= DELIVERY_STATE_MAX);
      buffer_reset(state);
      buffer_append_text(state, buffer_text(&judgement.state));
    }
    delivery_judgement_free(&judgement);
    delivery_request_free(&request);
    http_response_free(&response);
  }
  assert_true(text_ends_folded(buffer_text(&room->transcript), TEXT(", ")));
  room->transcript.size -= 2;
  buffer_append_string(&room->transcript, "; ");
}

/* Opened, grew, acknowledged; the message is deleted; resolved, reopened. */
static void live(const struct service *service, struct room *room, size_t lost) {
  static const enum alert_occasion life[] = {OCCASION_OPENED, OCCASION_GREW, OCCASION_ACKNOWLEDGED,
                                             OCCASION_RESOLVED, OCCASION_REOPENED};
  struct chat chat = chat_open(service->type, service->url);
  struct buffer state = BUFFER_NONE;
  *room = (struct room){.count = 0};
  for (size_t i = 0; i < 4 && service->options[i].key; i++)
    option_set(service->type, chat.destination.options, service->options[i].key,
               service->options[i].value);
  for (size_t i = 0; i < sizeof life / sizeof *life; i++) {
    for (size_t k = 1; life[i] == OCCASION_RESOLVED && k <= room->count; k++)
      room->gone[k] = true;
    deliver(service, &chat, room, life[i], &state, &lost);
  }
  buffer_free(&state);
  chat_close(&chat);
}

static void an_alert_is_one_message_that_is_kept_up_to_date(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
    struct room room;
    live(&services[i], &room, 0);
    if (strcmp(room.transcript.data, services[i].life) != 0)
      fail_msg("%s: %s", services[i].type->kind.name, room.transcript.data);
    buffer_free(&room.transcript);
  }
}

/* At most that one request is there twice, and none where the service knows it again. */
static void an_answer_that_is_lost_repeats_one_request(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
    struct room room, whole;
    live(&services[i], &whole, 0);
    for (size_t lost = 1; lost <= 10; lost++) {
      live(&services[i], &room, lost);
      size_t more = room.count - whole.count;
      if (room.count < whole.count || more > (services[i].once ? 0 : 1))
        fail_msg("%s, request %zu lost: %s", services[i].type->kind.name, lost,
                 room.transcript.data);
      buffer_free(&room.transcript);
    }
    buffer_free(&whole.transcript);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_alert_is_one_message_that_is_kept_up_to_date),
      cmocka_unit_test(an_answer_that_is_lost_repeats_one_request),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
