/* What the tests of chats share: rendering, looking at what is sent, judging answers by a table. */
#ifndef TESTS_CHAT_FIXTURE_H
#define TESTS_CHAT_FIXTURE_H

#include "alert/alert_fixture.h"

#include "alert/destination/golden.h"
#include "alert/destination/hostile_alert.h"
#include "alert/message/markup.h"

#include <ctype.h>

/* A destination of a kind and its state; the test sets further options. */
struct chat {
  struct destination destination;
  const char *state;
  struct alert_display display;
};

static inline struct chat chat_open(const struct destination_type *type, const char *url) {
  return (struct chat){
      destination_sample(type, "chat", url), "", {.url = TEXT("https://margay.example.com")}};
}

static inline void chat_close(struct chat *chat) {
  free(chat->destination.options);
}

/* Renders; the caller frees the request. */
static inline struct delivery_request chat_request(struct chat *chat, const struct alert *alert,
                                                   const struct message_occasion *occasion) {
  struct delivery_request request = {.headers = NULL};
  struct error error = ERROR_NONE;
  struct delivery_try attempt = try_sample(SAMPLE_TIME);
  attempt.occasion = *occasion;
  attempt.state = text_from(chat->state);
  chat->destination.display = &chat->display;
  if (!chat->destination.type->render(&chat->destination, alert, &attempt, &request, &error))
    fail_msg("%s", error.text);
  return request;
}

/* Compares what is sent for the sample on that occasion with a golden file. */
static inline void chat_golden(struct chat *chat, enum alert_occasion occasion,
                               const char *golden) {
  struct alert alert = alert_sample();
  struct message_occasion why = {.occasion = occasion, .by = TEXT("lisa")};
  if (occasion == OCCASION_RESOLVED) {
    alert.state = ALERT_RESOLVED;
    alert.resolution = RESOLUTION_FALSE_POSITIVE;
    why.note = TEXT("a test of the <helpdesk>");
  }
  if (occasion == OCCASION_ACKNOWLEDGED)
    alert.state = ALERT_ACKNOWLEDGED;
  struct delivery_request request = chat_request(chat, &alert, &why);
  golden_request(golden, &request);
  delivery_request_free(&request);
}

static inline void chat_golden_correlation(struct chat *chat, const char *golden) {
  struct alert alert = alert_of_correlation();
  const struct message_occasion opened = {.occasion = OCCASION_OPENED};
  struct delivery_request request = chat_request(chat, &alert, &opened);
  golden_request(golden, &request);
  delivery_request_free(&request);
}

/* What a kind promises of every body. */
struct chat_promise {
  struct chat *chat;
  size_t bytes_max; /* of the body; 0: any */
  /* Looks at the whole, and at every string in it. Either may be NULL. */
  void (*check)(const json_t *body, size_t number);
  void (*check_string)(struct text string, size_t number);
  const char *const *states; /* alerts take turns with them; NULL: the chat's own */
  size_t state_count;
};

struct chat_seen {
  const struct chat_promise *promise;
  size_t number;
};

static inline void chat_see_string(struct text string, void *context) {
  const struct chat_seen *seen = context;
  hostile_assert_visible(string, seen->number);
  if (seen->promise->check_string)
    seen->promise->check_string(string, seen->number);
}

static inline void chat_check_hostile(const struct hostile *hostile, void *context) {
  const struct chat_promise *promise = context;
  if (promise->states)
    promise->chat->state = promise->states[hostile->number % promise->state_count];
  struct delivery_request request =
      chat_request(promise->chat, &hostile->alert, &hostile->occasion);
  json_t *json = json_loadb(request.body.data, request.body.size, JSON_REJECT_DUPLICATES, NULL);
  struct chat_seen seen = {promise, hostile->number};
  if (!json)
    fail_msg("alert %zu: no JSON: %s", hostile->number, request.body.data);
  if (promise->bytes_max && request.body.size > promise->bytes_max)
    fail_msg("alert %zu has %zu bytes", hostile->number, request.body.size);
  hostile_each_string(json, chat_see_string, &seen);
  if (promise->check)
    promise->check(json, hostile->number);
  json_decref(json);
  delivery_request_free(&request);
}

static inline void chat_keep_promise(const struct chat_promise *promise) {
  struct chat_promise copy = *promise;
  hostile_each(chat_check_hostile, &copy);
}

/* Fails when one of these parts is in a text. */
static inline void chat_assert_none(struct text text, const char *const *parts, size_t count,
                                    size_t number) {
  for (size_t i = 0; i < count; i++)
    if (text_contains_folded(text, text_from(parts[i])))
      fail_msg("alert %zu: '%s' is in: %.*s", number, parts[i], TEXT_ARGS(text_cut(text, 3000)));
}

/* The size of one of margay's own links at the start of `rest`: "[Reference](https://docs.…)"; 0:
 * there is none. */
static inline size_t chat_own_link(struct text rest) {
  static const struct text starts[] = {
      TEXT_INIT("[Open in margay](https://margay.example.com/alerts/"),
      TEXT_INIT("[Reference](https://docs.example/"), TEXT_INIT("[Reference](http://docs.example/"),
      TEXT_INIT("[Reference](https://support.zoom.us/")};
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
    if (text_starts_folded(rest, starts[i])) {
      const char *end = memchr(rest.data, ')', rest.size);
      return end ? (size_t)(end - rest.data) + 1 : 0;
    }
  return 0;
}

/* Fails unless all that Markdown would act on is margay's own: `**` around labels, code spans that
 * end on their line, links, escapes. */
static inline void chat_assert_dead_markdown(struct text text, size_t number) {
  static const struct text joiner = TEXT_INIT(MARKUP_NO_BREAK);
  bool strong = false, line_start = true;
  for (size_t i = 0; i < text.size; i++) {
    struct text rest = {text.data + i, text.size - i};
    char c = *rest.data, next = rest.size > 1 ? rest.data[1] : '\0';
    size_t own = c == '[' ? chat_own_link(rest) : 0;
    const char *dead = own ? NULL : "[]<>_~|#";
    if (c == '\\') {
      dead = ispunct((unsigned char)next) || next == 'u' ? NULL : "\\"; /* \u{200B} is itself */
      own = 2;
    } else if (c == '`') {
      const char *end = rest.size > 1 ? memchr(rest.data + 1, '`', rest.size - 1) : NULL;
      own = end ? (size_t)(end - rest.data) + 1 : 0;
      dead = end && end > rest.data + 1 && !memchr(rest.data, '\n', own) ? NULL : "`";
    } else if (c == '*') {
      dead = next == '*' ? NULL : "*";
      own = 2;
      strong = !strong;
    } else if (c == ':' && next == '/') {
      dead = ":";
    } else if (line_start && strchr("-+=", c)) {
      dead = "-+=";
    } else if (c == '@' && (i == 0 || !markup_is_word(text.data[i - 1])) && markup_is_word(next)) {
      dead = "@";
    }
    struct text behind = {rest.data + 1, rest.size - 1};
    if (dead && strchr("<=", c) && text_starts_folded(behind, joiner))
      dead = NULL; /* what cannot be escaped is broken */
    if (c == '\0' || (dead && strchr(dead, c)))
      fail_msg("alert %zu: live '%c' at byte %zu of: %.*s", number, c, i, TEXT_ARGS(text));
    line_start = c == '\n' || (line_start && c == ' ');
    i += own > 0 ? own - 1 : 0;
  }
  assert_false(strong);
}

/* A text without markup, in which nothing becomes a link or a mention by itself. Links on purpose
 * lead where margay's do, and end at white space. */
static inline void chat_assert_still(struct text text, size_t number) {
  static const char *const own[] = {"https://margay.example.com/alerts/", "https://docs.example/",
                                    "http://docs.example/"};
  for (size_t i = 0; i < text.size; i++) {
    struct text rest = {text.data + i, text.size - i};
    bool link = false;
    for (size_t k = 0; k < sizeof own / sizeof *own; k++)
      link = link || text_starts_folded(rest, text_from(own[k]));
    while (link && i < text.size && !isspace((unsigned char)text.data[i]))
      i++;
    bool name = rest.size > 1 && *rest.data == '@' && markup_is_word(rest.data[1]) &&
                (i == 0 || !markup_is_word(text.data[i - 1]));
    if (!link && (text_starts_folded(rest, TEXT("://")) || name))
      fail_msg("alert %zu: a live link or mention at byte %zu of: %.*s", number, i,
               TEXT_ARGS(text));
  }
}

/* Fails unless of HTML there are margay's own tags, links and entities only. */
static inline void chat_assert_dead_html(struct text text, size_t number) {
  static const char *const own[] = {"<b>",
                                    "</b>",
                                    "<br>",
                                    "<strong>",
                                    "</strong>",
                                    "<code>",
                                    "</code>",
                                    "</a>",
                                    "<a href=\"https://margay.example.com/alerts/",
                                    "<a href=\"https://docs.example/",
                                    "<a href=\"http://docs.example/",
                                    "&amp;",
                                    "&lt;",
                                    "&gt;",
                                    "&quot;",
                                    "&#39;"};
  struct buffer outside = BUFFER_NONE;
  for (size_t i = 0; i < text.size; i++) {
    struct text rest = {text.data + i, text.size - i};
    size_t known = 0;
    for (size_t k = 0; k < sizeof own / sizeof *own && known == 0; k++)
      known = text_starts_folded(rest, text_from(own[k])) ? strlen(own[k]) : 0;
    if (known == 0 && strchr("<>&", *rest.data))
      fail_msg("alert %zu: live HTML at byte %zu of: %.*s", number, i, TEXT_ARGS(text));
    if (known > 0 && text_starts_folded(rest, TEXT("<a "))) { /* up to the end of its tag */
      const char *end = memchr(rest.data + known, '"', rest.size - known);
      assert_non_null(end);
      assert_null(memchr(rest.data + known, '<', (size_t)(end - rest.data) - known));
      assert_true(end[1] == '>');
      known = (size_t)(end - rest.data) + 2;
    }
    buffer_append_char(&outside, known == 0 ? *rest.data : ' ');
    i += known > 0 ? known - 1 : 0;
  }
  chat_assert_still(buffer_text(&outside), number);
  buffer_free(&outside);
}

/* An answer, and what follows from it. */
struct chat_row {
  long status;
  const char *body;
  enum delivery_verdict verdict;
  const char *reason; /* a part of it */
  const char *header; /* of the answer, or NULL */
  int64_t delay_us;
  enum alert_occasion occasion;
  const char *before, *after; /* the state; `after` NULL: it stays; "" is the end of it */
};

/* The first four, and others by their names. */
#define CHAT_ROW(...)                                                                              \
  { .status = __VA_ARGS__ }

static inline void chat_judge_rows(const struct destination_type *type, const struct chat_row *rows,
                                   size_t count) {
  for (size_t i = 0; i < count; i++) {
    const struct chat_row *row = &rows[i];
    struct http_response response = HTTP_RESPONSE_NONE;
    struct delivery_judgement judgement = {.verdict = DELIVERY_DONE};
    struct delivery_try attempt = try_sample(SAMPLE_TIME);
    attempt.state = text_from(row->before ? row->before : "");
    attempt.occasion.occasion = row->occasion;
    response.status = row->status;
    buffer_append_string(&response.body, row->body);
    if (row->header)
      http_response_add_header(&response, text_from(row->header));
    type->judge(&attempt, &response, &judgement);
    if (judgement.verdict != row->verdict)
      fail_msg("row %zu: verdict %d: %s", i, judgement.verdict, judgement.reason.text);
    if (!strstr(judgement.reason.text, row->reason) || strstr(judgement.reason.text, "sesame"))
      fail_msg("row %zu: '%s'", i, judgement.reason.text);
    bool failed = row->verdict == DELIVERY_RETRY || row->verdict == DELIVERY_PARK;
    assert_int_equal(judgement.reason.set, failed);
    assert_int_equal(judgement.delay_us, row->delay_us);
    assert_int_equal(judgement.has_state, row->after != NULL);
    if (row->after)
      assert_string_equal(judgement.state.data ? judgement.state.data : "", row->after);
    delivery_judgement_free(&judgement);
    http_response_free(&response);
  }
}

#define CHAT_JUDGE(type, rows) chat_judge_rows(type, rows, sizeof(rows) / sizeof *(rows))

#endif
