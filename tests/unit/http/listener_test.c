#include "http/http_fixture.h"

#include "base/log/log.h"

/* ---- routes -------------------------------------------------------------------------------- */

static void the_row_of_a_path_and_method_answers(void **state) {
  (void)state;
  static const struct http_route rows[] = {
      {.method = "GET", .path = "/", SAY("root")},
      {.method = "GET", .path = "/files/", .prefix = true, SAY("files")},
      {.method = "GET", .path = "/files/js/", .prefix = true, SAY("scripts")},
      {.method = "GET", .path = "/files/exact", SAY("exact")},
      {.method = "POST", .path = "/files/exact", SAY("posted")},
      {.path = "/any", SAY("any")},
  };
  static const struct {
    const char *request, *body;
    unsigned status;
  } cases[] = {
      {GET("/"), "root", 200},
      {GET("/files/"), "files", 200},
      {GET("/files/a/b"), "files", 200},
      {GET("/files/js/x.js"), "scripts", 200},
      {GET("/files/exact"), "exact", 200},
      {GET("/files/exactly"), "files", 200},
      {GET("/files/e%78act?a=b"), "exact", 200},
      {GET("http://test/files/exact"), "exact", 200},
      {GET("http://test"), "root", 200},
      {GET("http://test?a=b"), "root", 200},
      {"POST /files/exact HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n", "posted", 200},
      {"PURGE /any HTTP/1.1\r\nHost: test\r\n\r\n", "any", 200},
      {"GET / HTTP/1.0\r\n\r\n", "root", 200},
      {GET("/files"), "there is nothing at this path\n", 404},
      {GET("/nothing"), "there is nothing at this path\n", 404},
  };
  struct http_listener_options options = listener_options();
  struct http_listener *listener = listen_with(&options, rows, sizeof rows / sizeof *rows);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct reply reply = ask_once(listener, cases[i].request);
    assert_int_equal(reply.status, cases[i].status);
    assert_string_equal(reply.body.data, cases[i].body);
    reply_free(&reply);
  }
  http_listener_free(listener);
}

static void a_method_that_a_path_does_not_take_is_answered_with_those_that_it_takes(void **state) {
  (void)state;
  static const struct http_route rows[] = {
      {.method = "GET", .path = "/both", SAY("")},
      {.method = "POST", .path = "/both", SAY("")},
      {.method = "POST", .path = "/one", SAY("")},
      {.method = "DELETE", .path = "/", .prefix = true, SAY("")},
  };
  static const struct {
    const char *request, *allow;
  } cases[] = {
      {"DELETE /both HTTP/1.1\r\nHost: test\r\n\r\n", "GET, HEAD, POST"},
      {"PUT /both HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nabc", "GET, HEAD, POST"},
      {"HEAD /one HTTP/1.1\r\nHost: test\r\n\r\n", "POST"},
      {"get /both HTTP/1.1\r\nHost: test\r\n\r\n", "GET, HEAD, POST"},
      {GET("/else"), "DELETE"},
  };
  struct http_listener_options options = listener_options();
  struct http_listener *listener = listen_with(&options, rows, sizeof rows / sizeof *rows);
  int fd = dial(listener); /* all on one connection: a refusal does not close it */
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char allow[64];
    struct reply reply = ask(fd, cases[i].request);
    assert_int_equal(reply.status, 405);
    assert_string_equal(reply_header(&reply, "Allow", allow, sizeof allow), cases[i].allow);
    reply_free(&reply);
  }
  close(fd);
  http_listener_free(listener);
}

static void a_get_row_serves_head_without_a_body(void **state) {
  (void)state;
  static const struct http_route rows[] = {{.method = "GET", .path = "/", SAY("twelve bytes")}};
  struct http_listener_options options = listener_options();
  struct http_listener *listener = listen_with(&options, rows, 1);
  int fd = dial(listener);
  char length[16];
  struct reply head = ask(fd, "HEAD / HTTP/1.1\r\nHost: test\r\n\r\n");
  assert_int_equal(head.status, 200);
  assert_string_equal(reply_header(&head, "Content-Length", length, sizeof length), "12");
  struct reply get = ask(fd, GET("/")); /* a body would stand in its way */
  assert_int_equal(get.status, 200);
  assert_string_equal(get.body.data, "twelve bytes");
  reply_free(&head);
  reply_free(&get);
  close(fd);
  http_listener_free(listener);
}

static void rows_that_make_no_sense_are_refused(void **state) {
  (void)state;
  static const struct {
    struct http_route rows[2];
    size_t count;
    const char *text;
  } cases[] = {
      {{{.path = "x", SAY("")}}, 1, "route 1: the path must begin with '/'"},
      {{{.path = "/x", .prefix = true, SAY("")}},
       1,
       "route /x: the path of a prefix must end in '/'"},
      {{{.path = "/x"}}, 1, "route /x: there is no handler"},
      {{{.path = "/x", SAY("")}, {.path = "/x", .method = "GET", SAY("")}},
       2,
       "route /x: two rows take the method GET"},
  };
  struct http_listener_options options = listener_options();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct error error = ERROR_NONE;
    struct http_routes routes = {.rows = cases[i].rows, .count = cases[i].count};
    assert_null(http_listener_start(&options, &routes, &error));
    assert_string_equal(error.text, cases[i].text);
  }
}

/* ---- requests and answers ------------------------------------------------------------------ */

static void a_handler_sees_the_whole_request(void **state) {
  (void)state;
  static const struct http_route rows[] = {{.path = "/", .prefix = true, .handler = echo}};
  static const struct {
    const char *request, *seen;
  } cases[] = {
      {"POST /a%20b/%C3%A9?x=1&p=a+b%2Fc&p=2&q HTTP/1.1\r\nHost: t\r\nX-Thing: some thing \r\n"
       "Content-Length: 5\r\n\r\n12345",
       "POST|/a b/\u00e9|x=1&p=a+b%2Fc&p=2&q|some thing|a b/c|12345"},
      {"POST /c HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
       "3\r\nabc\r\n2;e=x\r\nde\r\n0\r\n\r\n",
       "POST|/c||(none)|(none)|abcde"},
      {GET("/?"), "GET|/||(none)|(none)|"},
      {GET("/?p"), "GET|/|p|(none)||"},
      {GET("/?=p&&p="), "GET|/|=p&&p=|(none)||"},
      {"GET / HTTP/1.1\r\nHost: t\r\nx-thing:\r\nX-THING: 2\r\n\r\n", "GET|/|||(none)|"},
  };
  struct http_listener_options options = listener_options();
  struct http_listener *listener = listen_with(&options, rows, 1);
  int fd = dial(listener);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct reply reply = ask(fd, cases[i].request);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body.data, cases[i].seen);
    reply_free(&reply);
  }
  close(fd);
  http_listener_free(listener);
}

static void answer_client(void *context, struct http_exchange *exchange) {
  (void)context;
  struct ip_string address;
  struct http_answer answer = HTTP_ANSWER(200);
  buffer_printf(&answer.body, "%s %d", ip_format(&exchange->client, &address), exchange->secure);
  http_exchange_answer(exchange, &answer);
}

static void expect_client_at(const char *address) {
  static const struct http_route rows[] = {{.path = "/", .handler = answer_client}};
  struct http_listener_options options = listener_options();
  options.address = address;
  struct http_listener *listener = listen_with(&options, rows, 1);
  struct reply reply = ask_once(listener, GET("/"));
  assert_string_equal(reply.body.data, "127.0.0.1 0");
  reply_free(&reply);
  http_listener_free(listener);
}

static void a_handler_sees_the_address_of_the_client(void **state) {
  (void)state;
  expect_client_at(NULL);
  expect_client_at("127.0.0.1");
  expect_client_at("0.0.0.0");
}

static bool machine_has_ipv6(void) {
  const struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT};
  int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool bound = fd >= 0 && bind(fd, (const struct sockaddr *)&any, sizeof any) == 0;
  if (fd >= 0)
    close(fd);
  return bound;
}

static void an_ipv6_listener_shows_an_ipv4_client_by_its_ipv4_address(void **state) {
  (void)state;
  if (!machine_has_ipv6())
    skip();
  expect_client_at("::");
}

static void answer_headers(void *context, struct http_exchange *exchange) {
  (void)context;
  struct http_answer answer = HTTP_ANSWER(201);
  answer.content_type = "application/json";
  assert_true(http_answer_header(&answer, "Location", "/items/%d", 7));
  assert_false(http_answer_header(&answer, "X-Split", "%s", "a\r\nSet-Cookie: b"));
  assert_false(http_answer_header(&answer, "X-Nul\n", "a"));
  assert_false(http_answer_header(&answer, "", "a"));
  assert_false(http_answer_header(&answer, "content-length", "5"));
  assert_false(http_answer_header(&answer, "Transfer-Encoding", "chunked"));
  http_exchange_answer(exchange, &answer);
}

static void an_answer_has_the_headers_that_are_safe(void **state) {
  (void)state;
  static const struct http_route rows[] = {{.path = "/", .handler = answer_headers}};
  struct http_listener_options options = listener_options();
  struct http_listener *listener = listen_with(&options, rows, 1);
  struct reply reply = ask_once(listener, GET("/"));
  char value[64];
  assert_int_equal(reply.status, 201);
  assert_string_equal(reply_header(&reply, "Location", value, sizeof value), "/items/7");
  assert_string_equal(reply_header(&reply, "Content-Type", value, sizeof value),
                      "application/json");
  assert_string_equal(reply_header(&reply, "Content-Length", value, sizeof value), "0");
  assert_null(strstr(reply.head.data, "Set-Cookie"));
  assert_null(strstr(reply.head.data, "X-"));
  reply_free(&reply);
  http_listener_free(listener);
}

/* ---- later answers ------------------------------------------------------------------------- */

static void *answer_shelf(void *context) {
  struct shelf *shelf = context;
  for (size_t i = shelf->count; i-- > 0;)
    http_exchange_text(shelf->kept[i], 202, "later");
  return NULL;
}

static void a_kept_request_is_answered_by_another_thread(void **state) {
  (void)state;
  struct shelf shelf = SHELF;
  const struct http_route rows[] = {{.path = "/keep", .handler = keep, .context = &shelf},
                                    {.path = "/now", SAY("now")}};
  struct http_listener_options options = listener_options();
  options.limits.threads = 1; /* which serves others meanwhile */
  struct http_listener *listener = listen_with(&options, rows, 2);
  int waiting[3];
  for (size_t i = 0; i < 3; i++) {
    waiting[i] = dial(listener);
    send_string(waiting[i], GET("/keep"));
  }
  WAIT_UNTIL(shelf_count(&shelf) == 3);
  assert_int_equal(status_of(listener, GET("/now")), 200);
  WAIT_UNTIL(count(listener).open_requests == 3);
  pthread_t thread;
  pthread_create(&thread, NULL, answer_shelf, &shelf);
  for (size_t i = 0; i < 3; i++) {
    struct reply reply = read_reply(waiting[i], true);
    assert_int_equal(reply.status, 202);
    assert_string_equal(reply.body.data, "later\n");
    reply_free(&reply);
    reply = ask(waiting[i], GET("/now")); /* the connection goes on */
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    close(waiting[i]);
  }
  pthread_join(thread, NULL);
  http_listener_free(listener);
}

/* Hands each request to a thread that may answer before the handler has returned. */
static void *answer_one(void *exchange) {
  http_exchange_text(exchange, 200, "raced");
  return NULL;
}

static void hand_over(void *context, struct http_exchange *exchange) {
  atomic_uint *threads = context;
  pthread_t thread;
  if (atomic_fetch_add(threads, 1) % 2 == 0) {
    pthread_create(&thread, NULL, answer_one, exchange);
    pthread_join(thread, NULL); /* certainly before */
  } else {
    pthread_create(&thread, NULL, answer_one, exchange);
    pthread_detach(thread);
  }
}

static void a_request_may_be_answered_before_its_handler_returns(void **state) {
  (void)state;
  atomic_uint threads = 0;
  const struct http_route rows[] = {{.path = "/", .handler = hand_over, .context = &threads}};
  struct http_listener_options options = listener_options();
  struct http_listener *listener = listen_with(&options, rows, 1);
  int fds[4];
  for (size_t i = 0; i < 4; i++)
    fds[i] = dial(listener);
  for (int round = 0; round < 25; round++)
    for (size_t i = 0; i < 4; i++) {
      struct reply reply = ask(fds[i], GET("/"));
      assert_int_equal(reply.status, 200);
      reply_free(&reply);
    }
  for (size_t i = 0; i < 4; i++)
    close(fds[i]);
  http_listener_free(listener);
}

static void a_client_that_leaves_a_kept_request_does_no_harm(void **state) {
  (void)state;
  struct shelf shelf = SHELF;
  const struct http_route rows[] = {{.path = "/", .handler = keep, .context = &shelf}};
  struct http_listener_options options = listener_options();
  struct http_listener *listener = listen_with(&options, rows, 1);
  int fd = dial(listener);
  send_string(fd, GET("/"));
  WAIT_UNTIL(shelf_count(&shelf) == 1);
  struct linger reset = {.l_onoff = 1};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  close(fd);
  assert_string_equal(shelf.kept[0]->path.data, "/");
  http_exchange_text(shelf.kept[0], 200, "nobody is there");
  WAIT_UNTIL(count(listener).open_connections == 0);
  assert_int_equal(count(listener).aborted, 1);
  http_listener_free(listener);
}

/* ---- routes that change -------------------------------------------------------------------- */

static void count_release(void *context) {
  atomic_fetch_add((atomic_uint *)context, 1);
}

static void routes_change_under_open_connections_and_requests(void **state) {
  (void)state;
  struct shelf shelf = SHELF;
  atomic_uint released = 0;
  const struct http_route old[] = {{.path = "/keep", .handler = keep, .context = &shelf},
                                   {.path = "/", SAY("old")}};
  const struct http_route new[] = {{.path = "/", SAY("new")}};
  const struct http_route bad[] = {{.path = "bad"}};
  struct http_routes first = {old, 2, count_release, &released};
  struct http_routes second = {new, 1, count_release, &released};
  struct http_routes third = {bad, 1, count_release, &released};
  struct http_listener_options options = listener_options();
  struct error error = ERROR_NONE;
  struct http_listener *listener = http_listener_start(&options, &first, &error);
  assert_non_null(listener);
  int fd = dial(listener), waiting = dial(listener);
  struct reply reply = ask(fd, GET("/"));
  assert_string_equal(reply.body.data, "old");
  reply_free(&reply);
  send_string(waiting, GET("/keep"));
  WAIT_UNTIL(shelf_count(&shelf) == 1);

  assert_true(http_listener_route(listener, &second, &error));
  assert_false(http_listener_route(listener, &third, &error));
  reply = ask(fd, GET("/"));
  assert_string_equal(reply.body.data, "new");
  reply_free(&reply);
  assert_int_equal(released, 0); /* a request is still on it */
  http_exchange_text(shelf.kept[0], 200, "old");
  reply = read_reply(waiting, true);
  assert_string_equal(reply.body.data, "old\n");
  reply_free(&reply);
  WAIT_UNTIL(released == 1);
  assert_int_equal(count(listener).connections, 2); /* none was opened anew */
  close(fd);
  close(waiting);
  http_listener_stop(listener, 0);
  assert_int_equal(released, 2);
  http_listener_free(listener);
}

/* ---- damage -------------------------------------------------------------------------------- */

static void damage(void *context, struct http_exchange *exchange) {
  struct http_answer answer = HTTP_ANSWER(200);
  answer.damage = *(enum http_damage *)context;
  buffer_append_string(&answer.body, "ten bytes.");
  http_exchange_answer(exchange, &answer);
}

static void an_answer_can_be_cut_or_left_out(void **state) {
  (void)state;
  enum http_damage cut = HTTP_CUT, none = HTTP_CLOSE;
  const struct http_route rows[] = {{.path = "/cut", .handler = damage, .context = &cut},
                                    {.path = "/close", .handler = damage, .context = &none}};
  struct http_listener_options options = listener_options();
  struct http_listener *listener = listen_with(&options, rows, 2);
  char length[16];
  struct reply reply = ask_once(listener, GET("/cut"));
  assert_int_equal(reply.status, 200);
  assert_string_equal(reply_header(&reply, "Content-Length", length, sizeof length), "10");
  assert_int_equal(reply.body.size, 5);
  assert_false(reply.whole);
  reply_free(&reply);
  reply = ask_once(listener, GET("/close"));
  assert_int_equal(reply.head.size, 0);
  reply_free(&reply);
  assert_int_equal(count(listener).aborted, 0);
  http_listener_free(listener);
}

/* ---- stopping ------------------------------------------------------------------------------ */

struct stopping {
  struct http_listener *listener;
  int64_t grace_us;
  time_us took_us;
};

static void *stop(void *context) {
  struct stopping *stopping = context;
  time_us started = clock_monotonic();
  http_listener_stop(stopping->listener, stopping->grace_us);
  stopping->took_us = clock_monotonic() - started;
  return NULL;
}

static bool is_refused(uint16_t port) {
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool refused = connect(fd, (struct sockaddr *)&address, sizeof address) != 0;
  close(fd);
  return refused;
}

static void a_stop_waits_for_requests_under_way_and_takes_no_others(void **state) {
  (void)state;
  struct shelf shelf = SHELF;
  const struct http_route rows[] = {{.path = "/keep", .handler = keep, .context = &shelf},
                                    {.path = "/", SAY("")}};
  struct http_listener_options options = listener_options();
  struct http_listener *listener = listen_with(&options, rows, 2);
  uint16_t port = http_listener_port(listener);
  int waiting = dial(listener), other = dial(listener);
  send_string(waiting, GET("/keep"));
  WAIT_UNTIL(shelf_count(&shelf) == 1 && count(listener).open_connections == 2);
  struct stopping stopping = {.listener = listener, .grace_us = PATIENCE_US};
  pthread_t thread;
  pthread_create(&thread, NULL, stop, &stopping);
  WAIT_UNTIL(is_refused(port));
  struct reply late = ask(other, GET("/"));
  assert_int_equal(late.status, 503);
  assert_string_equal(late.body.data, "the server is stopping\n");
  assert_true(is_closed(other));
  http_exchange_text(shelf.kept[0], 200, "finished");
  struct reply reply = read_reply(waiting, true);
  assert_int_equal(reply.status, 200);
  assert_true(is_closed(waiting));
  pthread_join(thread, NULL);
  assert_true(stopping.took_us < PATIENCE_US);
  assert_int_equal(count(listener).refused[HTTP_REFUSED_STOPPING], 1);
  reply_free(&reply);
  reply_free(&late);
  close(waiting);
  close(other);
  http_listener_stop(listener, PATIENCE_US); /* at once */
  http_listener_free(listener);
}

static void a_request_that_nobody_answers_is_answered_by_the_stop(void **state) {
  (void)state;
  struct shelf shelf = SHELF;
  const struct http_route rows[] = {{.path = "/keep", .handler = keep, .context = &shelf}};
  struct http_listener_options options = listener_options();
  struct http_listener *listener = listen_with(&options, rows, 1);
  int fd = dial(listener);
  send_string(fd, "POST /keep HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbody");
  WAIT_UNTIL(shelf_count(&shelf) == 1);
  struct stopping stopping = {.listener = listener, .grace_us = 20 * US_PER_MS};
  stop(&stopping);
  assert_true(stopping.took_us >= 20 * US_PER_MS && stopping.took_us < US_PER_SECOND);
  struct reply reply = read_reply(fd, true);
  assert_int_equal(reply.status, 503);
  reply_free(&reply);
  http_listener_free(listener);
  /* The owner still has the request, and gives it back when it likes. */
  assert_string_equal(shelf.kept[0]->body.data, "body");
  http_exchange_text(shelf.kept[0], 200, "too late");
  close(fd);
}

static void a_listener_with_nothing_to_do_stops_at_once(void **state) {
  (void)state;
  static const struct http_route rows[] = {{.path = "/", SAY("")}};
  struct http_listener_options options = listener_options();
  struct http_listener *listener = listen_with(&options, rows, 1);
  int idle = dial(listener), half = dial(listener);
  struct reply reply = ask(idle, GET("/"));
  reply_free(&reply);
  WAIT_UNTIL(count(listener).open_requests == 0);
  struct stopping stopping = {.listener = listener, .grace_us = PATIENCE_US};
  stop(&stopping);
  assert_true(stopping.took_us < US_PER_SECOND);
  assert_true(is_closed(idle));
  assert_true(is_closed(half));
  close(idle);
  close(half);
  http_listener_free(listener);
  http_listener_free(NULL);
}

/* ---- starting and counting ----------------------------------------------------------------- */

static void a_listener_that_cannot_start_says_why(void **state) {
  (void)state;
  static const struct http_route rows[] = {{.path = "/", SAY("")}};
  struct http_routes routes = {.rows = rows, .count = 1};
  struct http_listener_options options = listener_options();
  struct http_listener *listener = listen_with(&options, rows, 1);
  const struct http_limits good = options.limits;
  struct http_listener_options cases[] = {
      {.port = http_listener_port(listener), .limits = good},
      {.address = "localhost", .limits = good},
      {.certificate_file = "only.pem", .limits = good},
      {.limits = good},
      {.limits = good},
  };
  cases[3].limits.threads = 0;
  cases[4].limits.idle_timeout_us = 0;
  const char *const texts[] = {
      "Address already in use",
      "cannot listen on \"localhost\": this is not an IP address: give one, like 127.0.0.1",
      "http: a certificate and its key are both needed for TLS",
      "http threads: 0 is not between 1 and 64",
      "http timeouts: must be at least one millisecond",
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct error error = ERROR_NONE;
    assert_null(http_listener_start(&cases[i], &routes, &error));
    assert_non_null(strstr(error.text, texts[i]));
  }
  http_listener_free(listener);
}

static void what_happens_is_counted(void **state) {
  (void)state;
  static const struct http_route rows[] = {{.method = "GET", .path = "/", SAY("")}};
  struct http_listener_options options = listener_options();
  struct http_listener *listener = listen_with(&options, rows, 1);
  assert_int_equal(status_of(listener, GET("/")), 200);
  assert_int_equal(status_of(listener, GET("/")), 200);
  assert_int_equal(status_of(listener, GET("/x")), 404);
  int open = dial(listener);
  WAIT_UNTIL(count(listener).connections == 4 && count(listener).open_connections == 1);
  struct http_listener_counts counts = count(listener);
  assert_int_equal(counts.connections, 4);
  assert_int_equal(counts.requests, 3);
  assert_int_equal(counts.answers[2], 2);
  assert_int_equal(counts.answers[4], 1);
  assert_int_equal(counts.open_requests, 0);
  for (size_t i = 0; i < HTTP_REFUSALS; i++) {
    assert_int_equal(counts.refused[i], 0);
    assert_non_null(http_refusal_names[i]);
  }
  assert_null(http_refusal_names[HTTP_REFUSALS]);
  close(open);
  http_listener_free(listener);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_row_of_a_path_and_method_answers),
      cmocka_unit_test(a_method_that_a_path_does_not_take_is_answered_with_those_that_it_takes),
      cmocka_unit_test(a_get_row_serves_head_without_a_body),
      cmocka_unit_test(rows_that_make_no_sense_are_refused),
      cmocka_unit_test(a_handler_sees_the_whole_request),
      cmocka_unit_test(a_handler_sees_the_address_of_the_client),
      cmocka_unit_test(an_ipv6_listener_shows_an_ipv4_client_by_its_ipv4_address),
      cmocka_unit_test(an_answer_has_the_headers_that_are_safe),
      cmocka_unit_test(a_kept_request_is_answered_by_another_thread),
      cmocka_unit_test(a_request_may_be_answered_before_its_handler_returns),
      cmocka_unit_test(a_client_that_leaves_a_kept_request_does_no_harm),
      cmocka_unit_test(routes_change_under_open_connections_and_requests),
      cmocka_unit_test(an_answer_can_be_cut_or_left_out),
      cmocka_unit_test(a_stop_waits_for_requests_under_way_and_takes_no_others),
      cmocka_unit_test(a_request_that_nobody_answers_is_answered_by_the_stop),
      cmocka_unit_test(a_listener_with_nothing_to_do_stops_at_once),
      cmocka_unit_test(a_listener_that_cannot_start_says_why),
      cmocka_unit_test(what_happens_is_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
