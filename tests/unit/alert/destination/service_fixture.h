/*
 * What the tests of services share: requests and judgements as the delivery thread has them, with
 * a fake service in the place of the network. A fake keeps incidents as its service does, refuses
 * what the service's documents forbid, and shows what it has.
 *
 * A conversation is a list of occasions of one alert. Every request that it leads to goes into a
 * transcript, which is compared with a golden file, and every request of it may be the one whose
 * answer is lost (the connection is closed, or margay crashes before the state was kept): the fake
 * must have the same incidents then.
 */
#ifndef TESTS_SERVICE_FIXTURE_H
#define TESTS_SERVICE_FIXTURE_H

#include "alert/alert_fixture.h"
#include "alert/destination/golden.h"
#include "alert/destination/hostile_alert.h"
#include "alert/message/markup.h"

#include <ctype.h>

struct service {
  const struct destination_type *type;
  struct {
    const char *key, *value;
  } options[12]; /* ends with a NULL key */
};

static const struct alert_display service_display = {.url = TEXT_INIT("https://margay.example")};

/* The caller frees `options`. */
static inline struct destination service_destination(const struct service *service) {
  struct destination destination = destination_sample(service->type, "service", NULL);
  destination.display = &service_display;
  for (size_t i = 0; service->options[i].key; i++)
    option_set(service->type, destination.options, service->options[i].key,
               service->options[i].value);
  return destination;
}

/* Fails unless it can be rendered. */
static inline struct delivery_request service_render(const struct service *service,
                                                     const struct alert *alert,
                                                     const struct delivery_try *attempt) {
  struct destination destination = service_destination(service);
  struct delivery_request request = {.headers = NULL};
  struct error error = ERROR_NONE;
  if (!service->type->render(&destination, alert, attempt, &request, &error))
    fail_msg("%s", error.text);
  free(destination.options);
  return request;
}

/* ---- judgements ---------------------------------------------------------------------------- */

struct judge_row {
  long status;
  const char *header, *body; /* may be NULL */
  enum delivery_verdict verdict;
  const char *reason; /* a part of it; NULL: none is given */
  int64_t delay_us;
  const char *before, *state; /* what was kept, and what is; NULL: nothing, and nothing new */
  int part;
};

/* Rows may name the key of the attempt in `before` and `state` as SAMPLE_KEY's text. No reason
 * shows the secret of the tests. */
static inline void service_judge(const struct destination_type *type, const struct judge_row *rows,
                                 size_t count) {
  for (size_t i = 0; i < count; i++) {
    const struct judge_row *row = &rows[i];
    struct http_response response = HTTP_RESPONSE_NONE;
    struct delivery_judgement judgement = {.verdict = DELIVERY_DONE};
    struct delivery_try attempt = try_sample(SAMPLE_TIME);
    struct buffer memo = BUFFER_NONE;
    attempt.state = text_from(row->before ? row->before : "");
    attempt.part = row->part;
    attempt.memo = &memo;
    response.status = row->status;
    if (row->header)
      http_response_add_header(&response, text_from(row->header));
    buffer_append_string(&response.body, row->body ? row->body : "");
    type->judge(&attempt, &response, &judgement);
    struct text state = buffer_text(&judgement.state);
    bool right = judgement.verdict == row->verdict && judgement.reason.set == !!row->reason &&
                 strstr(judgement.reason.text, row->reason ? row->reason : "") &&
                 judgement.delay_us == row->delay_us && judgement.has_state == !!row->state &&
                 (!row->state || text_is(state, row->state)) &&
                 !strstr(judgement.reason.text, "sesame");
    if (!right)
      fail_msg("row %zu (%ld %s): verdict %d, reason '%s', delay %lld, state '%.*s'", i,
               row->status, row->body, judgement.verdict, judgement.reason.text,
               (long long)judgement.delay_us, TEXT_ARGS(state));
    delivery_judgement_free(&judgement);
    http_response_free(&response);
    buffer_free(&memo);
  }
}
#define SERVICE_JUDGE(type, rows) service_judge((type), (rows), sizeof(rows) / sizeof *(rows))

/* ---- a fake service ------------------------------------------------------------------------- */

enum { FAKE_INCIDENTS_MAX = 8 };

struct fake_incident {
  char key[64], id[40], state[16];
  int severity, notes, times;
};

struct fake {
  /* Gives the status, and appends the answer's body. A request that breaks a documented limit fails
   * the test. */
  long (*answer)(struct fake *fake, const struct delivery_request *request, json_t *body,
                 struct buffer *out);
  struct fake_incident incidents[FAKE_INCIDENTS_MAX];
  size_t count;
  size_t requests, lost; /* the answer of request number `lost` is lost; 0: of none */
  bool crash;            /* and margay with it: what was shared in memory */
  int tokens;            /* that were given out */
  json_t *transcript;
};

/* The latest with this key that is not in state `not`; NULL: there is none. */
static inline struct fake_incident *fake_find(struct fake *fake, const char *key,
                                              const char * not ) {
  for (size_t i = fake->count; i > 0; i--)
    if (strcmp(fake->incidents[i - 1].key, key) == 0 &&
        strcmp(fake->incidents[i - 1].state, not ) != 0)
      return &fake->incidents[i - 1];
  return NULL;
}

static inline struct fake_incident *fake_find_id(struct fake *fake, const char *id, size_t size) {
  for (size_t i = 0; i < fake->count; i++)
    if (strlen(fake->incidents[i].id) == size && memcmp(fake->incidents[i].id, id, size) == 0)
      return &fake->incidents[i];
  return NULL;
}

static inline struct fake_incident *fake_open(struct fake *fake, const char *key) {
  assert_true(fake->count < FAKE_INCIDENTS_MAX);
  struct fake_incident *incident = &fake->incidents[fake->count++];
  *incident = (struct fake_incident){.state = "open", .times = 1};
  snprintf(incident->key, sizeof incident->key, "%s", key);
  snprintf(incident->id, sizeof incident->id, "id%zu", fake->count);
  return incident;
}

static inline void fake_set(struct fake_incident *incident, const char *state) {
  snprintf(incident->state, sizeof incident->state, "%s", state);
}

/* "open; resolved" */
static inline void fake_show(const struct fake *fake, char *out, size_t size) {
  *out = '\0';
  for (size_t i = 0; i < fake->count; i++) {
    size_t used = strlen(out);
    snprintf(out + used, size - used, "%s%s", i ? "; " : "", fake->incidents[i].state);
  }
}

static inline json_t *request_json(const struct delivery_request *request, const char *occasion) {
  json_t *json = json_object(), *headers = json_array();
  json_t *body = json_loadb(request->body.size ? request->body.data : "", request->body.size,
                            JSON_DECODE_ANY, NULL);
  for (const struct curl_slist *header = request->headers; header; header = header->next)
    json_array_append_new(headers, json_string(header->data));
  json_object_set_new(json, "occasion", json_string(occasion));
  json_object_set_new(json, "method", json_string(request->method ? request->method : "POST"));
  json_object_set_new(json, "url", json_string(request->url.data));
  json_object_set_new(json, "headers", headers);
  if (request->body.size > 0)
    json_object_set_new(json, "body",
                        body ? body : json_stringn(request->body.data, request->body.size));
  return json;
}

/* ---- conversations --------------------------------------------------------------------------- */

struct talk_step {
  enum alert_occasion occasion;
  enum alert_state state; /* of the alert, then */
  const char *shown;      /* what the fake shows after it */
};

struct talk {
  const struct service *service;
  struct fake *fake;
  struct buffer state, memo;
};

/* One request and its judgement. False when the delivery is done. */
static inline bool talk_once(struct talk *talk, const struct alert *alert,
                             const struct delivery_try *attempt) {
  struct fake *fake = talk->fake;
  struct delivery_try tried = *attempt;
  tried.state = buffer_text(&talk->state);
  tried.memo = &talk->memo;
  struct delivery_request request = service_render(talk->service, alert, &tried);
  json_t *json = request_json(&request, alert_occasion_name(attempt->occasion.occasion));
  struct http_response response = HTTP_RESPONSE_NONE;
  struct delivery_judgement judgement = {.verdict = DELIVERY_DONE};
  json_array_append(fake->transcript, json);
  response.status = fake->answer(fake, &request, json_object_get(json, "body"), &response.body);
  tried.part = request.part;
  bool lost = ++fake->requests == fake->lost;
  if (!lost) {
    talk->service->type->judge(&tried, &response, &judgement);
    if (judgement.verdict != DELIVERY_DONE && judgement.verdict != DELIVERY_MORE)
      fail_msg("request %zu: %s", fake->requests, judgement.reason.text);
    if (judgement.verdict == DELIVERY_MORE) /* or it would be parked */
      assert_true(judgement.has_state && !text_equal(buffer_text(&judgement.state), tried.state));
    assert_true(judgement.state.size <= DELIVERY_STATE_MAX);
  }
  if (lost && fake->crash)
    buffer_reset(&talk->memo);
  bool more = lost || judgement.verdict == DELIVERY_MORE;
  if (judgement.has_state) {
    buffer_reset(&talk->state);
    buffer_append_text(&talk->state, buffer_text(&judgement.state));
  }
  delivery_judgement_free(&judgement);
  http_response_free(&response);
  delivery_request_free(&request);
  json_decref(json);
  return more;
}

static inline void talk_all(const struct service *service, struct fake *fake,
                            const struct talk_step *steps, size_t count) {
  struct talk talk = {.service = service, .fake = fake};
  fake->transcript = json_array();
  for (size_t i = 0; i < count; i++) {
    struct alert alert = alert_sample();
    struct delivery_try attempt = try_sample(SAMPLE_TIME);
    char key[40], shown[256];
    alert.state = steps[i].state;
    alert.match_count = 3 + (int64_t)i;
    if (steps[i].occasion == OCCASION_ROSE)
      alert.severity = SEVERITY_CRITICAL;
    if (alert.state == ALERT_RESOLVED)
      alert.resolution = RESOLUTION_FALSE_POSITIVE;
    snprintf(key, sizeof key, "%032zu", i);
    attempt.idempotency_key = text_from(key);
    attempt.occasion = (struct message_occasion){.occasion = steps[i].occasion};
    if (steps[i].occasion > OCCASION_ROSE)
      attempt.occasion.by = TEXT("lisa"), attempt.occasion.note = TEXT("a test of ours");
    while (talk_once(&talk, &alert, &attempt))
      assert_true(fake->requests < DELIVERY_REQUESTS_MAX);
    fake_show(fake, shown, sizeof shown);
    if (strcmp(shown, steps[i].shown) != 0)
      fail_msg("step %zu (answer %zu lost): '%s', not '%s'", i, fake->lost, shown, steps[i].shown);
  }
  buffer_free(&talk.state);
  buffer_free(&talk.memo);
}

/* The conversation as it is, compared with the golden file, and once for each request whose answer
 * is lost. */
static inline void service_talk(const struct service *service, const struct fake *fresh,
                                const struct talk_step *steps, size_t count, const char *golden) {
  struct fake fake = *fresh;
  talk_all(service, &fake, steps, count);
  size_t requests = fake.requests;
  char *dump = json_dumps(fake.transcript, JSON_INDENT(2));
  struct buffer text = BUFFER_NONE;
  buffer_printf(&text, "%s\n", dump);
  golden_text(golden, buffer_text(&text));
  buffer_free(&text);
  free(dump);
  json_decref(fake.transcript);
  for (size_t i = 0; i < 2 * requests; i++) {
    fake = *fresh;
    fake.lost = 1 + i / 2;
    fake.crash = i % 2 > 0;
    talk_all(service, &fake, steps, count);
    json_decref(fake.transcript);
  }
}
#define SERVICE_TALK(service, fake, steps, golden)                                                 \
  service_talk((service), (fake), (steps), sizeof(steps) / sizeof *(steps), (golden))

/* ---- limits and live markup ------------------------------------------------------------------ */

/* A string member that must be there and no longer than that, in characters. */
static inline const char *string_within(const json_t *json, const char *key, size_t limit) {
  const char *string = json_string_value(json_object_get(json, key));
  if (!string)
    fail_msg("no string '%s'", key);
  size_t length = markup_length(text_from(string));
  if (length > limit)
    fail_msg("'%s' has %zu characters, %zu are allowed", key, length, limit);
  return string;
}

/* What people read there: nothing hidden, no HTML, and no URL but margay's own links. */
static inline void assert_dead_text(struct text text, void *context) {
  size_t number = *(const size_t *)context;
  hostile_assert_visible(text, number);
  for (size_t i = 0; i < text.size; i++) {
    struct text rest = {text.data + i, text.size - i};
    bool own = (i >= 5 && memcmp(rest.data - 5, "https", 5) == 0) ||
               (i >= 4 && text_equal_folded((struct text){rest.data - 4, 4}, TEXT("http")));
    own = own && (text_starts_folded(rest, TEXT("://docs.example/")) ||
                  text_starts_folded(rest, TEXT("://margay.example/")));
    if (*rest.data == '<' || *rest.data == '>' || text_starts_folded(rest, TEXT("[code]")) ||
        (text_starts_folded(rest, TEXT("www.")) && rest.size > 4 &&
         (isalnum((unsigned char)rest.data[4]) || (unsigned char)rest.data[4] >= 0x80)) ||
        (text_starts_folded(rest, TEXT("://")) && !own) ||
        (*rest.data == '@' && (i == 0 || rest.data[-1] == ' ')))
      fail_msg("alert %zu is alive at byte %zu: %.*s", number, i, TEXT_ARGS(text_cut(rest, 100)));
  }
}

struct hostile_service {
  const struct service *service;
  void (*look)(const struct delivery_request *request, const json_t *body);
  const char *state; /* that is kept, with SAMPLE_KEY in it; NULL: none */
  size_t size_max;   /* of a body, in bytes */
  bool data;         /* the body is for programs */
};

static inline void check_hostile_service(const struct hostile *hostile, void *context) {
  const struct hostile_service *checked = context;
  if (checked->data && hostile->number % 3 > 0 && !getenv("HOSTILE"))
    return; /* there is no markup to be alive: fewer do */
  struct delivery_try attempt = try_sample(SAMPLE_TIME);
  json_error_t error;
  attempt.occasion = hostile->occasion;
  attempt.state = text_from(checked->state ? checked->state : "");
  struct delivery_request request = service_render(checked->service, &hostile->alert, &attempt);
  json_t *json = json_loadb(request.body.size ? request.body.data : "{}",
                            request.body.size ? request.body.size : 2, JSON_ALLOW_NUL, &error);
  if (!json)
    fail_msg("alert %zu: %s at %d", hostile->number, error.text, error.position);
  if (request.body.size > checked->size_max)
    fail_msg("alert %zu: %zu bytes", hostile->number, request.body.size);
  for (const char *c = request.url.data; *c; c++)
    if (*c <= ' ' || *c >= 0x7f)
      fail_msg("alert %zu: the URL is %s", hostile->number, request.url.data);
  if (!checked->data) {
    size_t number = hostile->number;
    hostile_each_string(json, assert_dead_text, &number);
  }
  checked->look(&request, json);
  json_decref(json);
  delivery_request_free(&request);
}

static inline void service_hostile(const struct hostile_service *checked) {
  struct hostile_service copy = *checked;
  hostile_each(check_hostile_service, &copy);
}

#endif
