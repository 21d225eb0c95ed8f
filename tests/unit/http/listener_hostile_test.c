/* What clients do that mean harm, or that are broken. */
#include "http/http_fixture.h"

#include "base/log/log.h"

#include <fcntl.h>

static const struct http_route ROWS[] = {
    {.path = "/", .prefix = true, .handler = echo},
    {.method = "POST", .path = "/small", .handler = echo, .body_max = 10},
    {.method = "POST", .path = "/large", .handler = echo, .body_max = 1000},
};

static struct http_listener *listen_hostile(struct http_listener_options *options) {
  return listen_with(options, ROWS, sizeof ROWS / sizeof *ROWS);
}

/* ---- bytes --------------------------------------------------------------------------------- */

#define HOST "Host: test\r\n"
#define BYTES(literal) TEXT_INIT(literal)

/* Status 0: closed without an answer. `rest`: what must not be taken for a second request. */
static const struct {
  struct text bytes;
  unsigned status;
  enum http_refusal refusal; /* HTTP_REFUSALS = none */
} RAW[] = {
    /* request lines */
    {BYTES("GET / HTTP/1.1\r\n" HOST "\r\n"), 200, HTTP_REFUSALS},
    {BYTES("\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), 200, HTTP_REFUSALS},
    {BYTES("GET\r\n\r\n"), 0, HTTP_REFUSED_MALFORMED},
    {BYTES("GET /\r\n\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET / HTTP/1.1x\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET / HTTP/2.0\r\n" HOST "\r\n"), 505, HTTP_REFUSED_MALFORMED},
    {BYTES("GET / HTTP/0.9\r\n" HOST "\r\n"), 505, HTTP_REFUSED_MALFORMED},
    {BYTES("GET /a b HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET a HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET * HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("CONNECT test:443 HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("G\tET / HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("G(T / HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES(" / HTTP/1.1\r\n" HOST "\r\n"), 0, HTTP_REFUSED_MALFORMED},
    {BYTES("GET /a\0b HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET /\x1b[31m HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n"), 0, HTTP_REFUSED_MALFORMED},
    /* targets */
    {BYTES("GET /%00 HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET /%0a HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET /% HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET /%4 HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET /%zz HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET /%ff HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET /a/../b HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET /a/%2e%2e/b HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET /a%2f.. HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET /. HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET /... HTTP/1.1\r\n" HOST "\r\n"), 200, HTTP_REFUSALS},
    {BYTES("GET /?a=%00 HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET /?a=%f HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET /?%=a HTTP/1.1\r\n" HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    /* headers */
    {BYTES("GET / HTTP/1.1\r\n\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET / HTTP/1.1\r\n" HOST HOST "\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET / HTTP/1.1\r\n" HOST "no colon\r\n\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET / HTTP/1.1\r\n" HOST ": empty\r\n\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET / HTTP/1.1\r\n" HOST ":\r\n\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET / HTTP/1.1\r\n" HOST "A:\r\n\r\n"), 200, HTTP_REFUSALS},
    {BYTES("GET / HTTP/1.1\r\n" HOST "A: b\0c\r\n\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET / HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET / HTTP/1.1\r\n" HOST "A: b\r\n \r\n\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET / HTTP/1.1\n" HOST "A: b\r\n\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET / HTTP/1.1\r\n" HOST "A: b\n\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET / HTTP/1.1\r\nHost: test  \r\nA:\t b \t\r\n\r\n"), 200, HTTP_REFUSALS},
    {BYTES("GET / HTTP/1.1\r\n" HOST "Space : x\r\n\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET / HTTP/1.1\r\n" HOST "A: \x01\r\n\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET / HTTP/1.1\r\n" HOST "A: a\rb\r\n\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("GET / HTTP/1.1\r\n" HOST "A: \xff\tb\r\n\r\n"), 200, HTTP_REFUSALS},
    {BYTES("GET / HTTP/1.1\r\n" HOST "Cookie: a=\"; =; \"=\r\n\r\n"), 200, HTTP_REFUSALS},
    /* the end of the body */
    {BYTES("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), 400,
     HTTP_REFUSED_MALFORMED},
    {BYTES("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
           "0\r\n\r\n"),
     400, HTTP_REFUSED_MALFORMED},
    {BYTES("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n"), 400,
     HTTP_REFUSED_MALFORMED},
    {BYTES("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked \r\n\r\n"), 400,
     HTTP_REFUSED_MALFORMED},
    {BYTES("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n"),
     400, HTTP_REFUSED_MALFORMED},
    {BYTES("POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400,
     HTTP_REFUSED_MALFORMED},
    {BYTES("POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n"), 400, HTTP_REFUSED_MALFORMED},
    {BYTES("POST / HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n\r\nabc"), 400,
     HTTP_REFUSED_MALFORMED},
    {BYTES("POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\n"), 413,
     HTTP_REFUSED_BODY_SIZE},
    {BYTES("POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551615\r\n\r\n"), 413,
     HTTP_REFUSED_BODY_SIZE},
    {BYTES("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nzz\r\n"), 400,
     HTTP_REFUSED_MALFORMED},
    {BYTES("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
           "fffffffffffffffff\r\n"),
     413, HTTP_REFUSED_BODY_SIZE},
};

/* libmicrohttpd 0.9.75 sends the head of this page twice. */
static bool sends_twice(struct text bytes) {
  static const char *const lengths[] = {"Content-Length: -1\r", "Content-Length: 3, 3\r",
                                        "Content-Length: 99999999999999999999999\r"};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
    if (text_contains(bytes, text_from(lengths[i])))
      return true;
  return false;
}

static void hostile_bytes_are_refused_and_counted(void **state) {
  (void)state;
  struct http_listener_options options = listener_options();
  struct http_listener *listener = listen_hostile(&options);
  uint64_t expected[HTTP_REFUSALS] = {0};
  for (size_t i = 0; i < sizeof RAW / sizeof *RAW; i++) {
    int fd = dial(listener);
    send_bytes(fd, RAW[i].bytes);
    struct reply reply = read_reply(fd, true);
    if (reply.status != RAW[i].status)
      fail_msg("case %zu: status %u, not %u", i, reply.status, RAW[i].status);
    assert_true(reply.whole || reply.status == 0);
    reply_free(&reply);
    shutdown(fd, SHUT_WR);
    if (!sends_twice(RAW[i].bytes) &&
        read_more(fd, &reply.body, 1000)) /* one answer, and no second request */
      fail_msg("case %zu: there is more: %s", i, reply.body.data);
    reply_free(&reply);
    close(fd);
    WAIT_UNTIL(count(listener).open_connections == 0);
    if (RAW[i].refusal != HTTP_REFUSALS)
      expected[RAW[i].refusal]++;
    struct http_listener_counts counts = count(listener);
    for (size_t kind = 0; kind < HTTP_REFUSALS; kind++)
      if (counts.refused[kind] != expected[kind])
        fail_msg("case %zu: %llu of %s, not %llu", i, (unsigned long long)counts.refused[kind],
                 http_refusal_names[kind], (unsigned long long)expected[kind]);
  }
  http_listener_free(listener);
}

/* Whatever comes, byte by byte or at once, the listener goes on, and gives at most one answer. */
static void random_damage_to_requests_does_no_harm(void **state) {
  (void)state;
  struct http_listener_options options = listener_options();
  options.limits.head_timeout_us = options.limits.body_timeout_us = 50 * US_PER_MS;
  struct http_listener *listener = listen_hostile(&options);
  uint64_t random = 88172645463325252u; /* xorshift64, Marsaglia 2003 */
  for (int round = 0; round < 400; round++) {
    struct text bytes = RAW[round % (sizeof RAW / sizeof *RAW)].bytes;
    char copy[512];
    memcpy(copy, bytes.data, bytes.size);
    for (int change = 0; change < 3; change++) {
      random ^= random << 13, random ^= random >> 7, random ^= random << 17;
      copy[random % bytes.size] = (char)(random >> 32);
    }
    int fd = dial(listener);
    send_bytes(fd, (struct text){copy, bytes.size});
    if (round % 3 == 0)
      shutdown(fd, SHUT_WR);
    if (round % 7 == 0) {
      struct reply reply = read_reply(fd, true);
      reply_free(&reply);
    }
    close(fd);
  }
  assert_int_equal(status_of(listener, GET("/")), 200);
  WAIT_UNTIL(count(listener).open_connections == 0);
  assert_int_equal(count(listener).open_requests, 0);
  http_listener_free(listener);
}

/* ---- sizes --------------------------------------------------------------------------------- */

static struct text make_request(struct buffer *out, const char *start, size_t fill,
                                const char *end) {
  buffer_reset(out);
  buffer_append_string(out, start);
  for (size_t i = 0; i < fill; i++)
    buffer_append_char(out, 'a');
  buffer_append_string(out, end);
  return buffer_text(out);
}

static void heads_that_are_too_large_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *start, *end;
    size_t fill;
    unsigned status;
  } cases[] = {
      {"GET / HTTP/1.1\r\n" HOST "A: ", "\r\n\r\n", 900, 200},
      {"GET / HTTP/1.1\r\n" HOST "A: ", "\r\n\r\n", 1100, 431},
      {"GET / HTTP/1.1\r\n" HOST "A: ", "\r\n\r\n", 100000, 431},
      {"GET /", " HTTP/1.1\r\n" HOST "\r\n", 900, 200},
      {"GET /", " HTTP/1.1\r\n" HOST "\r\n", 1100, 431},
      {"GET /", " HTTP/1.1\r\n" HOST "\r\n", 100000, 414},
  };
  struct http_listener_options options = listener_options();
  options.limits.head_max = 1024;
  struct http_listener *listener = listen_hostile(&options);
  struct buffer request = BUFFER_NONE;
  uint64_t refused = 0;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int fd = dial(listener);
    send_bytes(fd, make_request(&request, cases[i].start, cases[i].fill, cases[i].end));
    struct reply reply = read_reply(fd, true);
    refused += cases[i].status != 200;
    if (cases[i].fill < 10000) /* else the client may be cut off before it reads why */
      assert_int_equal(reply.status, cases[i].status);
    WAIT_UNTIL(count(listener).refused[HTTP_REFUSED_HEAD_SIZE] == refused);
    reply_free(&reply);
    close(fd);
  }
  buffer_free(&request);
  http_listener_free(listener);
}

static void many_headers_are_refused(void **state) {
  (void)state;
  struct http_listener_options options = listener_options();
  options.limits.head_max = 4096;
  struct http_listener *listener = listen_hostile(&options);
  struct buffer request = BUFFER_NONE;
  buffer_append_string(&request, "GET / HTTP/1.1\r\n" HOST);
  for (int i = 0; i < 800; i++) /* short ones: their records take more than their bytes */
    buffer_append_string(&request, "A:\r\n");
  buffer_append_string(&request, "\r\n");
  int fd = dial(listener);
  send_bytes(fd, buffer_text(&request));
  struct reply reply = read_reply(fd, true);
  assert_int_equal(reply.status, 431);
  assert_int_equal(count(listener).refused[HTTP_REFUSED_HEAD_SIZE], 1);
  reply_free(&reply);
  close(fd);
  buffer_free(&request);
  http_listener_free(listener);
}

static void bodies_that_are_too_large_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *request;
    unsigned status;
    bool goes_on; /* the connection */
  } cases[] = {
      {"POST /small HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\n0123456789", 200, true},
      {"POST /small HTTP/1.1\r\n" HOST "Content-Length: 11\r\n\r\n0123456789a", 413, true},
      {"POST /large HTTP/1.1\r\n" HOST "Content-Length: 11\r\n\r\n0123456789a", 200, true},
      {"POST /other HTTP/1.1\r\n" HOST "Content-Length: 21\r\n\r\n0123456789abcdefghijk", 413,
       true},
      {"POST /small HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
       "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n",
       200, true},
      {"POST /small HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
       "5\r\n01234\r\n6\r\n56789a\r\n0\r\n\r\n",
       413, true},
      /* The body never comes: the client waits for leave to send it. */
      {"POST /small HTTP/1.1\r\n" HOST "Content-Length: 11\r\nExpect: 100-continue\r\n\r\n", 413,
       false},
      /* Nor does all of this. */
      {"POST /small HTTP/1.1\r\n" HOST "Content-Length: 1000000000\r\n\r\n", 413, false},
  };
  struct http_listener_options options = listener_options();
  options.limits.body_max = 20;
  struct http_listener *listener = listen_hostile(&options);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int fd = dial(listener);
    struct reply reply = ask(fd, cases[i].request);
    assert_int_equal(reply.status, cases[i].status);
    reply_free(&reply);
    if (cases[i].goes_on) {
      reply = ask(fd, GET("/"));
      assert_int_equal(reply.status, 200);
      reply_free(&reply);
    } else {
      assert_true(is_closed(fd));
    }
    close(fd);
  }
  assert_int_equal(count(listener).refused[HTTP_REFUSED_BODY_SIZE], 5);
  http_listener_free(listener);
}

/* ---- time ---------------------------------------------------------------------------------- */

/* Sends a byte every few milliseconds until the other side closes; returns how long that took. */
static time_us drip(int fd, const char *start, struct reply *reply) {
  time_us started = clock_monotonic();
  struct pollfd file = {.fd = fd, .events = POLLIN};
  send_string(fd, start);
  while (poll(&file, 1, 5) == 0 && clock_monotonic() - started < PATIENCE_US)
    if (!send_string(fd, "a"))
      break;
  *reply = read_reply(fd, true);
  assert_true(is_closed(fd));
  return clock_monotonic() - started;
}

static void a_client_that_sends_slowly_is_cut_off(void **state) {
  (void)state;
  static const struct {
    const char *start;
    unsigned status;
    enum http_refusal refusal;
  } cases[] = {
      {"", 0, HTTP_REFUSED_HEAD_TIME},
      {"GET /", 0, HTTP_REFUSED_HEAD_TIME},
      {"GET / HTTP/1.1\r\nHost: ", 408, HTTP_REFUSED_HEAD_TIME},
      {"POST / HTTP/1.1\r\n" HOST "Content-Length: 1000000\r\n\r\n", 408, HTTP_REFUSED_BODY_TIME},
  };
  struct http_listener_options options = listener_options();
  options.limits.head_timeout_us = 60 * US_PER_MS;
  options.limits.body_timeout_us = 90 * US_PER_MS;
  struct http_listener *listener = listen_hostile(&options);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct reply reply;
    int fd = dial(listener);
    uint64_t before = count(listener).refused[cases[i].refusal];
    time_us took = drip(fd, cases[i].start, &reply);
    assert_true(took >= 50 * US_PER_MS && took < 5 * US_PER_SECOND);
    assert_int_equal(reply.status, cases[i].status);
    WAIT_UNTIL(count(listener).refused[cases[i].refusal] == before + 1);
    reply_free(&reply);
    close(fd);
  }
  http_listener_free(listener);
}

static void a_later_request_has_its_own_time(void **state) {
  (void)state;
  struct http_listener_options options = listener_options();
  options.limits.head_timeout_us = 60 * US_PER_MS;
  struct http_listener *listener = listen_hostile(&options);
  int fd = dial(listener);
  struct reply reply = ask(fd, GET("/"));
  reply_free(&reply);
  time_us took = drip(fd, "GET / HTTP/1.1\r\nHost: ", &reply);
  assert_true(took >= 50 * US_PER_MS && took < 5 * US_PER_SECOND);
  assert_int_equal(reply.status, 408);
  reply_free(&reply);
  close(fd);
  http_listener_free(listener);
}

static void an_idle_connection_is_closed_and_that_is_no_refusal(void **state) {
  (void)state;
  struct http_listener_options options = listener_options();
  options.limits.idle_timeout_us = 40 * US_PER_MS;
  struct http_listener *listener = listen_hostile(&options);
  int fd = dial(listener);
  struct reply reply = ask(fd, GET("/"));
  assert_true(is_closed(fd));
  reply_free(&reply);
  close(fd);
  struct http_listener_counts counts = count(listener);
  for (size_t i = 0; i < HTTP_REFUSALS; i++)
    assert_int_equal(counts.refused[i], 0);
  assert_int_equal(counts.aborted, 0);
  http_listener_free(listener);
}

#define LARGE ((size_t)16 * 1024 * 1024) /* more than the buffers of two sockets hold */

static void answer_much(void *context, struct http_exchange *exchange) {
  (void)context;
  struct http_answer answer = HTTP_ANSWER(200);
  memset(buffer_reserve(&answer.body, LARGE), 'x', LARGE);
  answer.body.size = LARGE;
  http_exchange_answer(exchange, &answer);
}

static void a_client_that_does_not_read_its_answer_is_cut_off(void **state) {
  (void)state;
  static const struct http_route rows[] = {{.path = "/", .handler = answer_much}};
  struct http_listener_options options = listener_options();
  options.limits.answer_timeout_us = 60 * US_PER_MS;
  struct http_listener *listener = listen_with(&options, rows, 1);
  int fd = dial(listener);
  send_string(fd, GET("/"));
  WAIT_UNTIL(count(listener).refused[HTTP_REFUSED_ANSWER_TIME] == 1);
  WAIT_UNTIL(count(listener).open_connections == 0);
  assert_int_equal(count(listener).aborted, 1);
  close(fd);
  http_listener_free(listener);
}

static void a_request_that_waits_for_its_answer_is_not_cut_off(void **state) {
  (void)state;
  struct shelf shelf = SHELF;
  const struct http_route rows[] = {{.path = "/", .handler = keep, .context = &shelf}};
  struct http_listener_options options = listener_options();
  options.limits.head_timeout_us = options.limits.body_timeout_us = 20 * US_PER_MS;
  options.limits.idle_timeout_us = options.limits.answer_timeout_us = 20 * US_PER_MS;
  struct http_listener *listener = listen_with(&options, rows, 1);
  int waiting = dial(listener), silent = dial(listener);
  send_string(waiting, GET("/"));
  WAIT_UNTIL(shelf_count(&shelf) == 1);
  for (int i = 0; i < 3; i++) { /* as long as others need to be cut off, three times */
    assert_true(is_closed(silent));
    close(silent);
    silent = dial(listener);
  }
  http_exchange_text(shelf.kept[0], 200, "at last");
  struct reply reply = read_reply(waiting, true);
  assert_int_equal(reply.status, 200);
  reply_free(&reply);
  close(waiting);
  close(silent);
  http_listener_free(listener);
}

/* ---- numbers ------------------------------------------------------------------------------- */

static void connections_are_limited_in_all_and_by_address(void **state) {
  (void)state;
  static const struct {
    unsigned connections, per_address;
    enum http_refusal refusal;
  } cases[] = {{3, 0, HTTP_REFUSED_CONNECTIONS}, {10, 3, HTTP_REFUSED_PER_ADDRESS}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct http_listener_options options = listener_options();
    options.limits.connections = cases[i].connections;
    options.limits.per_address = cases[i].per_address;
    struct http_listener *listener = listen_hostile(&options);
    int open[3];
    for (size_t j = 0; j < 3; j++)
      open[j] = dial(listener);
    WAIT_UNTIL(count(listener).open_connections == 3);
    for (int j = 0; j < 5; j++) {
      int fd = dial(listener);
      assert_true(is_closed(fd));
      close(fd);
    }
    assert_int_equal(count(listener).refused[cases[i].refusal], 5);
    for (size_t j = 0; j < 3; j++) { /* those that are open work */
      struct reply reply = ask(open[j], GET("/"));
      assert_int_equal(reply.status, 200);
      reply_free(&reply);
    }
    close(open[0]);
    WAIT_UNTIL(count(listener).open_connections == 2);
    assert_int_equal(status_of(listener, GET("/")), 200);
    close(open[1]);
    close(open[2]);
    http_listener_free(listener);
  }
}

static void a_flood_of_connections_is_served_or_refused(void **state) {
  (void)state;
  struct http_listener_options options = listener_options();
  options.limits.connections = 20;
  struct http_listener *listener = listen_hostile(&options);
  int fds[200];
  for (size_t i = 0; i < 200; i++) {
    fds[i] = dial(listener);
    send_string(fds[i], GET("/"));
  }
  WAIT_UNTIL(count(listener).connections + count(listener).refused[HTTP_REFUSED_CONNECTIONS] ==
             200);
  assert_true(count(listener).open_connections <= 20);
  for (size_t i = 0; i < 200; i++)
    close(fds[i]);
  WAIT_UNTIL(count(listener).open_connections == 0);
  assert_int_equal(status_of(listener, GET("/")), 200);
  http_listener_free(listener);
}

/* ---- the log ------------------------------------------------------------------------------- */

static void refusals_do_not_flood_the_log_or_write_into_it(void **state) {
  (void)state;
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  struct log *log = log_new(out, LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, clock_system());
  struct http_listener_options options = listener_options();
  options.log = log;
  struct http_listener *listener = listen_hostile(&options);
  for (int i = 0; i < 50; i++) {
    assert_int_equal(status_of(listener, "GET /secret\x1b[2J HTTP/1.1\r\n" HOST "\r\n"), 400);
    assert_int_equal(status_of(listener, "POST /small HTTP/1.1\r\n" HOST
                                         "Secret: x\r\nContent-Length: 11\r\n\r\n0123456789a"),
                     413);
  }
  http_listener_free(listener);
  log_free(log);
  fclose(out);
  size_t lines = 0;
  for (const char *c = text; *c; c++)
    lines += *c == '\n';
  assert_int_equal(lines, 2);
  assert_non_null(strstr(text, "msg=\"http refused\" limit=malformed times=1 "
                               "latest_client=127.0.0.1"));
  assert_non_null(strstr(text, "limit=body_size"));
  assert_null(strcasestr(text, "secret"));
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hostile_bytes_are_refused_and_counted),
      cmocka_unit_test(random_damage_to_requests_does_no_harm),
      cmocka_unit_test(heads_that_are_too_large_are_refused),
      cmocka_unit_test(many_headers_are_refused),
      cmocka_unit_test(bodies_that_are_too_large_are_refused),
      cmocka_unit_test(a_client_that_sends_slowly_is_cut_off),
      cmocka_unit_test(a_later_request_has_its_own_time),
      cmocka_unit_test(an_idle_connection_is_closed_and_that_is_no_refusal),
      cmocka_unit_test(a_client_that_does_not_read_its_answer_is_cut_off),
      cmocka_unit_test(a_request_that_waits_for_its_answer_is_not_cut_off),
      cmocka_unit_test(connections_are_limited_in_all_and_by_address),
      cmocka_unit_test(a_flood_of_connections_is_served_or_refused),
      cmocka_unit_test(refusals_do_not_flood_the_log_or_write_into_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
