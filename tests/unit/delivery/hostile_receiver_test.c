/* What receivers may answer that is no answer: each has its verdict and a reason in words, holds up
 * no other destination, and does not keep the delivery from ending. */
#include "base/hostile_table.h"
#include "delivery/delivery_fixture.h"
#include "delivery/hostile_receiver.h"

enum { HEALTHY_ALERTS = 5, DRAIN_MS = 100, END_MS = 2000 };

#define BYTES(literal) TEXT_INIT(literal)

static const struct row {
  const char *name;
  const char *scheme; /* NULL: http */
  struct hostile_answer answer;
  enum delivery_verdict verdict;
  const char *reason; /* is in the last error */
} rows[] = {
    {"HTTP/0.9",
     NULL,
     {.first = BYTES("no headers, only words\n")},
     DELIVERY_RETRY,
     "the answer is not HTTP (Received HTTP/0.9"},
    {"another protocol",
     NULL,
     {.first = BYTES("SSH-2.0-OpenSSH_9.2\r\n"), .then = HOSTILE_HANGS},
     DELIVERY_RETRY,
     "the answer is not HTTP"},
    {"garbage",
     NULL,
     {.first = BYTES("\x00\xff\x13\x37\r\n\r\n\x80")},
     DELIVERY_RETRY,
     "the answer is not HTTP"},
    {"an alert of TLS",
     "https",
     {.first = BYTES("\x15\x03\x03\x00\x02\x02\x28")},
     DELIVERY_RETRY,
     "the TLS handshake failed"},
    {"no TLS",
     "https",
     {.first = BYTES("HTTP/1.1 400 Bad Request\r\n\r\n")},
     DELIVERY_RETRY,
     "the TLS handshake failed"},
    {"a status of four digits",
     NULL,
     {.first = BYTES("HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n")},
     DELIVERY_RETRY,
     "the answer is not HTTP"},
    {"a status of two digits",
     NULL,
     {.first = BYTES("HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n")},
     DELIVERY_RETRY,
     "the answer is not HTTP"},
    {"a status of words",
     NULL,
     {.first = BYTES("HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n")},
     DELIVERY_RETRY,
     "the answer is not HTTP"},
    {"a status of no class",
     NULL,
     {.first = BYTES("HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n")},
     DELIVERY_RETRY,
     "the answer is not HTTP (its status"},
    {"a version of HTTP that does not exist",
     NULL,
     {.first = BYTES("HTTP/7.3 200 OK\r\nContent-Length: 0\r\n\r\n")},
     DELIVERY_RETRY,
     "the answer is not HTTP"},
    {"a flood of 1xx",
     NULL,
     {.again = BYTES("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")},
     DELIVERY_RETRY,
     "more than 16 answers of 1xx"},
    {"1xx and no more",
     NULL,
     {.first = BYTES("HTTP/1.1 100 Continue\r\n\r\n")},
     DELIVERY_RETRY,
     "closed the connection without an answer"},
    {"another protocol that nobody asked for",
     NULL,
     {.first = BYTES("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n")},
     DELIVERY_RETRY,
     ""},
    {"a connection that is reset",
     NULL,
     {.then = HOSTILE_RESETS},
     DELIVERY_RETRY,
     "the connection broke while the answer came (Recv failure: Connection reset by peer)"},
    {"a connection that is closed",
     NULL,
     {.then = HOSTILE_CLOSES},
     DELIVERY_RETRY,
     "closed the connection without an answer"},
    {"half of the headers",
     NULL,
     {.first = BYTES("HTTP/1.1 200 OK\r\nContent-Le")},
     DELIVERY_RETRY,
     "the answer was cut off within its headers"},
    {"half of a status line", NULL, {.first = BYTES("HTTP/1.")}, DELIVERY_RETRY, ""},
    {"half of the body",
     NULL,
     {.first = BYTES("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")},
     DELIVERY_RETRY,
     "the answer was cut off"},
    {"half of a chunk",
     NULL,
     {.first = BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf")},
     DELIVERY_RETRY,
     "the answer was cut off"},
    {"a length in words",
     NULL,
     {.first = BYTES("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")},
     DELIVERY_RETRY,
     "the answer is not HTTP"},
    {"a length below zero",
     NULL,
     {.first = BYTES("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")},
     DELIVERY_RETRY,
     "the answer is not HTTP"},
    {"a length that no number holds",
     NULL,
     {.first = BYTES("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n")},
     DELIVERY_DONE,
     ""},
    {"a NUL in a header",
     NULL,
     {.first = BYTES("HTTP/1.1 200 OK\r\nX: \0\r\n\r\n")},
     DELIVERY_RETRY,
     "the answer is not HTTP"},
    {"headers without end",
     NULL,
     {.first = BYTES("HTTP/1.1 200 OK\r\n"), .again = BYTES("X-More: and more\r\n")},
     DELIVERY_RETRY,
     "the answer has more than 1000 header lines"},
    {"a header without end",
     NULL,
     {.first = BYTES("HTTP/1.1 200 OK\r\nX-More: "), .again = BYTES("and more and more and more ")},
     DELIVERY_RETRY,
     "too long"},
    {"a body without end",
     NULL,
     {.first = BYTES("HTTP/1.1 200 OK\r\n\r\n"), .again = BYTES("and more and more and more ")},
     DELIVERY_DONE,
     ""},
    {"a failure whose body has no end",
     NULL,
     {.first = BYTES("HTTP/1.1 503 Busy\r\n\r\n"), .again = BYTES("and more and more and more ")},
     DELIVERY_RETRY,
     "answered 503"},
    {"headers that drip",
     NULL,
     {.first = BYTES("HTTP/1.1 200 OK\r\nX: "), .again = BYTES("."), .pause_ms = 20},
     DELIVERY_RETRY,
     "timed out after"},
    {"a body that drips",
     NULL,
     {.first = BYTES("HTTP/1.1 200 OK\r\n\r\n"), .again = BYTES("."), .pause_ms = 20},
     DELIVERY_RETRY,
     "timed out after"},
    {"silence", NULL, {.then = HOSTILE_HANGS}, DELIVERY_RETRY, "timed out after"},
    {"silence instead of TLS", "https", {.then = HOSTILE_HANGS}, DELIVERY_RETRY, "timed out after"},
    {"a compressed answer that nobody asked for",
     NULL,
     {.first = BYTES("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nbomb")},
     DELIVERY_DONE,
     ""},
    {"a redirect",
     NULL,
     {.first = BYTES("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n")},
     DELIVERY_PARK,
     "redirects are not followed"},
    {"a redirect to itself",
     NULL,
     {.first = BYTES("HTTP/1.1 307 Again\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")},
     DELIVERY_PARK,
     "redirects are not followed"},
};

static bool has_come(struct fixture *f, const struct row *row) {
  struct seen seen = row_of(f, 1);
  bool said = strstr(seen.last_error, row->reason) != NULL;
  switch (row->verdict) {
  case DELIVERY_DONE:
    return seen.state == OUTBOX_DELIVERED;
  case DELIVERY_PARK:
    return seen.state == OUTBOX_PARKED && said;
  case DELIVERY_RETRY:
  case DELIVERY_MORE:
    break;
  }
  return seen.state == OUTBOX_PENDING && seen.attempts >= 2 && seen.last_error[0] && said;
}

static void wait_verdict(struct fixture *f, const struct row *row) {
  for (int i = 0; !has_come(f, row); i++, nap())
    if (i == WAIT_STEPS)
      fail_msg("%s: %s after %d attempts: %s", row->name, outbox_state_name(row_of(f, 1).state),
               (int)row_of(f, 1).attempts, row_of(f, 1).last_error);
}

static void print_verdict(struct fixture *f, const struct row *row,
                          const struct hostile_cost *cost) {
  static const char *const verdicts[] = {[DELIVERY_DONE] = "delivered",
                                         [DELIVERY_PARK] = "parked: ",
                                         [DELIVERY_RETRY] = "tried again: "};
  struct seen seen = row_of(f, 1);
  char text[sizeof seen.last_error + 16];
  snprintf(text, sizeof text, "%s%s", verdicts[row->verdict],
           row->verdict == DELIVERY_DONE ? "" : seen.last_error);
  hostile_row(row->name, cost, text);
}

/* The delivery to a hostile receiver and a healthy one. */
struct scene {
  struct fixture *f;
  struct hostile_receiver hostile;
  struct receiver healthy;
  char url[96];
};

static void scene_start(struct scene *s, const struct row *row) {
  void *state;
  assert_int_equal(start(&state), 0);
  s->f = state;
  s->f->options.transfer_most_us = 500 * US_PER_MS;
  hostile_start(&s->hostile, &row->answer);
  receiver_start(&s->healthy, NULL, 0);
  snprintf(s->url, sizeof s->url, "%s://127.0.0.1:%u/hook?token=sesame",
           row->scheme ? row->scheme : "http", s->hostile.port);
  add_destination(s->f, &destination_webhook, "hostile", s->url);
  add_destination(s->f, &destination_webhook, "healthy", s->healthy.url);
  add_alerts(s->f, "hostile", 1, 1);
  add_alerts(s->f, "healthy", 100, HEALTHY_ALERTS);
  start_delivery(s->f);
}

static void scene_end(struct scene *s) {
  void *state = s->f;
  hostile_stop(&s->hostile);
  receiver_stop(&s->healthy);
  assert_int_equal(end(&state), 0);
}

static void each_answer_has_its_verdict_and_holds_up_nobody(void **state) {
  (void)state;
  hostile_head("what a receiver answers (twice)");
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct scene scene;
    struct hostile_cost cost;
    hostile_begin(&cost);
    scene_start(&scene, &rows[i]);
    receiver_wait(&scene.healthy, HEALTHY_ALERTS);
    wait_verdict(scene.f, &rows[i]);
    hostile_end(&cost);
    print_verdict(scene.f, &rows[i], &cost);
    stop_delivery(scene.f, 0);
    scene_end(&scene);
  }
}

static void no_answer_delays_the_end(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct scene scene;
    scene_start(&scene, &rows[i]);
    receiver_wait(&scene.healthy, HEALTHY_ALERTS);
    int64_t begin = clock_monotonic();
    stop_delivery(scene.f, DRAIN_MS * US_PER_MS);
    int64_t took = (clock_monotonic() - begin) / US_PER_MS;
    if (took > DRAIN_MS + END_MS)
      fail_msg("%s: the end took %d ms", rows[i].name, (int)took);
    scene_end(&scene);
  }
}

static void a_url_that_cannot_work_is_parked(void **state) {
  static const char *const urls[] = {"gopher://127.0.0.1/", "http://", "http://a b/"};
  static const char *const reasons[] = {"only http and https URLs can be used",
                                        "the URL is not valid", "the URL is not valid"};
  struct fixture *f = *state;
  for (int i = 0; i < 3; i++) {
    static const char *const ids[] = {"u0", "u1", "u2"};
    add_destination(f, &destination_webhook, ids[i], urls[i]);
    add_alerts(f, ids[i], 1 + i, 1);
  }
  start_delivery(f);
  wait_parked(f, 3);
  for (int i = 0; i < 3; i++)
    assert_string_equal(row_of(f, 1 + i).last_error, reasons[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_answer_has_its_verdict_and_holds_up_nobody),
      cmocka_unit_test(no_answer_delays_the_end),
      DELIVERY_TEST(a_url_that_cannot_work_is_parked),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
