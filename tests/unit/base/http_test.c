#include "base/clock.h"
#include "base/http_client.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* A server that answers every request on every connection with the same bytes. */
struct server {
  int listener;
  unsigned port;
  pthread_t thread;
  struct text answer; /* size 0: none */
  bool hangs;         /* after the answer, keeps the connection open until the client closes */
  atomic_bool *asked; /* set to true when a request is in; may be NULL */
  struct buffer requests;
  unsigned connections;
};

static size_t content_length(const char *request) {
  const char *header = strstr(request, "Content-Length: ");
  return header ? strtoul(header + 16, NULL, 10) : 0;
}

/* One request from the connection, added to `requests`; false when the client closed. */
static bool read_request(struct server *server, int connection) {
  size_t start = server->requests.size;
  for (;;) {
    char *room = buffer_reserve(&server->requests, 4096);
    ssize_t size = recv(connection, room, 4096, 0);
    if (size <= 0)
      return false;
    room[size] = '\0';
    server->requests.size += (size_t)size;
    const char *request = server->requests.data + start, *end = strstr(request, "\r\n\r\n");
    if (end && strlen(end + 4) >= content_length(request))
      return true;
  }
}

static void serve_connection(struct server *server, int connection) {
  char byte;
  while (read_request(server, connection)) {
    if (server->asked)
      atomic_store(server->asked, true);
    if (server->answer.size)
      send(connection, server->answer.data, server->answer.size, MSG_NOSIGNAL);
    if (server->hangs)
      while (recv(connection, &byte, 1, 0) > 0)
        continue;
    if (!strstr(server->answer.size ? server->answer.data : "", "Keep"))
      return;
  }
}

static void *serve(void *context) {
  struct server *server = context;
  int connection;
  while ((connection = accept(server->listener, NULL, NULL)) >= 0) {
    server->connections++;
    serve_connection(server, connection);
    close(connection);
  }
  return NULL;
}

static void server_start(struct server *server) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(server->listener, (struct sockaddr *)&address, size), 0);
  assert_int_equal(listen(server->listener, 8), 0);
  assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
  server->port = ntohs(address.sin_port);
  assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void server_stop(struct server *server) {
  shutdown(server->listener, SHUT_RDWR);
  pthread_join(server->thread, NULL);
  close(server->listener);
  buffer_free(&server->requests);
}

/* One request, and the server that answers it. */
struct exchange {
  struct server server;
  struct http_request request;
  struct http_response response;
  struct error error;
  char url[200], expected[600];
  bool answered;
};

#define EXCHANGE(...)                                                                              \
  (struct exchange) {                                                                              \
    .response = HTTP_RESPONSE_NONE, __VA_ARGS__                                                    \
  }

static void exchange_run(struct exchange *exchange) {
  CURL *handle = NULL;
  if (!exchange->request.method)
    exchange->request.method = "GET";
  server_start(&exchange->server);
  snprintf(exchange->url, sizeof exchange->url, "http://127.0.0.1:%u/path?token=sesame",
           exchange->server.port);
  exchange->request.url = exchange->url;
  exchange->answered =
      http_perform(&handle, &exchange->request, &exchange->response, &exchange->error);
  curl_easy_cleanup(handle);
}

static void exchange_stop(struct exchange *exchange) {
  server_stop(&exchange->server);
  http_response_free(&exchange->response);
}

/* The exchange failed, with this text after the host. */
static void assert_failure(struct exchange *exchange, const char *text) {
  assert_false(exchange->answered);
  snprintf(exchange->expected, sizeof exchange->expected, "127.0.0.1:%u: %s", exchange->server.port,
           text);
  assert_string_equal(exchange->error.text, exchange->expected);
  assert_int_equal(exchange->response.status, 0);
  assert_int_equal(exchange->response.body.size, 0);
}

static void an_answer_of_any_status_is_an_answer(void **state) {
  (void)state;
  static const struct {
    struct text answer;
    long status;
    const char *body;
  } table[] = {
      {TEXT_INIT("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), 200, "hello"},
      {TEXT_INIT("HTTP/1.1 204 No Content\r\n\r\n"), 204, ""},
      {TEXT_INIT(
           "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"),
       302, ""},
      {TEXT_INIT("HTTP/1.1 500 Broken\r\nContent-Length: 3\r\n\r\nbad"), 500, "bad"},
      {TEXT_INIT("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), 200,
       "abc"},
      {TEXT_INIT("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Made\r\nContent-Length: 2\r\n\r\nok"),
       201, "ok"},
      {TEXT_INIT("HTTP/1.0 200 OK\r\n\r\nto the end"), 200, "to the end"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct exchange exchange = EXCHANGE(.server.answer = table[i].answer);
    exchange_run(&exchange);
    if (!exchange.answered)
      fail_msg("%s", exchange.error.text);
    assert_int_equal(exchange.response.status, table[i].status);
    assert_true(text_is(buffer_text(&exchange.response.body), table[i].body));
    assert_int_equal(exchange.response.retry_after_us, -1);
    exchange_stop(&exchange);
  }
}

static const struct text empty_answer = TEXT_INIT("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

static void a_post_carries_headers_a_body_and_credentials(void **state) {
  (void)state;
  struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
  struct exchange exchange =
      EXCHANGE(.server.answer = empty_answer, .request.method = "POST", .request.headers = headers,
               .request.body = TEXT_INIT("{\"a\":1}"), .request.user = "id",
               .request.password = "se:cret");
  exchange_run(&exchange);
  assert_true(exchange.answered);
  const char *seen = exchange.server.requests.data;
  assert_int_equal(strncmp(seen, "POST /path?token=sesame HTTP/1.1\r\n", 34), 0);
  assert_non_null(strstr(seen, "\r\nContent-Type: application/json\r\n"));
  assert_non_null(strstr(seen, "\r\nAuthorization: Basic aWQ6c2U6Y3JldA==\r\n"));
  assert_non_null(strstr(seen, "\r\nUser-Agent: margay\r\n"));
  assert_non_null(strstr(seen, "\r\n\r\n{\"a\":1}"));
  curl_slist_free_all(headers);
  exchange_stop(&exchange);
}

static void retry_after_is_read_as_seconds_or_a_date(void **state) {
  (void)state;
  static const struct {
    const char *value;
    int64_t least, most;
  } table[] = {
      {"0", 0, 0},
      {"120", 120 * US_PER_SECOND, 120 * US_PER_SECOND},
      {"99999999999999999999", 366 * US_PER_DAY, 366 * US_PER_DAY},
      {"Thu, 01 Jan 1998 00:00:00 GMT", 0, 0},
      {"Fri, 01 Jan 2038 00:00:00 GMT", 1, 366 * US_PER_DAY},
      {"soon", -1, -1},
      {"-5", -1, -1},
      {"", -1, -1},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    char answer[200];
    snprintf(answer, sizeof answer,
             "HTTP/1.1 429 Slow\r\nretry-AFTER: %s\r\nContent-Length: 0\r\n\r\n", table[i].value);
    struct exchange exchange = EXCHANGE(.server.answer = text_from(answer));
    exchange_run(&exchange);
    assert_int_equal(exchange.response.status, 429);
    if (exchange.response.retry_after_us < table[i].least ||
        exchange.response.retry_after_us > table[i].most)
      fail_msg("%s: %lld", table[i].value, (long long)exchange.response.retry_after_us);
    exchange_stop(&exchange);
  }
}

static void what_is_no_whole_answer_is_reported_in_words(void **state) {
  (void)state;
  static const struct {
    struct text answer;
    const char *text;
  } table[] = {
      {TEXT_INIT("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"), "the answer was cut off"},
      {TEXT_INIT("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
       "the answer was cut off"},
      {TEXT_INIT(""), "the server closed the connection without an answer"},
      {TEXT_INIT("SSH-2.0-OpenSSH\r\n"), NULL},
      {TEXT_INIT("HTTP/1.1 200 OK\r\nContent-Le"), "the answer was cut off within its headers"},
      {TEXT_INIT("HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n"),
       "the answer is not HTTP (its status is not a number from 100 to 599)"},
      {TEXT_INIT("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone"),
       "the answer's compression cannot be read"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct exchange exchange = EXCHANGE(.server.answer = table[i].answer);
    exchange_run(&exchange);
    if (table[i].text)
      assert_failure(&exchange, table[i].text);
    else
      assert_false(exchange.answered);
    exchange_stop(&exchange);
  }
}

static void an_answer_larger_than_allowed_is_refused(void **state) {
  (void)state;
  struct text answer = TEXT("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789");
  struct exchange exchange = EXCHANGE(.server.answer = answer, .request.body_max = 9);
  exchange_run(&exchange);
  assert_failure(&exchange, "the answer is larger than 9 bytes");
  exchange_stop(&exchange);
  exchange = EXCHANGE(.server.answer = answer, .request.body_max = 10);
  exchange_run(&exchange);
  assert_true(exchange.answered);
  exchange_stop(&exchange);
}

static void assert_headers_refused(size_t count, size_t size, const char *text) {
  struct buffer answer = BUFFER_NONE;
  buffer_append_string(&answer, "HTTP/1.1 200 OK\r\n");
  for (size_t i = 0; i < count; i++)
    buffer_printf(&answer, "X-Header: %0*d\r\n", (int)size, 0);
  buffer_append_string(&answer, "Content-Length: 0\r\n\r\n");
  struct exchange exchange = EXCHANGE(.server.answer = buffer_text(&answer));
  exchange_run(&exchange);
  assert_failure(&exchange, text);
  exchange_stop(&exchange);
  buffer_free(&answer);
}

static void headers_without_end_are_refused(void **state) {
  (void)state;
  assert_headers_refused(900, 1000, "the answer's headers are larger than 256 KiB");
  assert_headers_refused(1001, 1, "the answer has more than 1000 header lines");
}

static void the_headers_of_an_answer_are_kept(void **state) {
  (void)state;
  static const struct text answer = TEXT_INIT(
      "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n"
      "HTTP/1.1 200 OK\r\nX-Id:  a b \r\nx-id: second\r\nX-Empty:\r\nX-Folded: a\r\n X-No: b\r\n"
      "Trailer: X-Late\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2\r\nok\r\n0\r\nX-Late: 1\r\nRetry-After: 7\r\n\r\n");
  static const struct {
    const char *name, *value; /* NULL: there is no such header */
  } rows[] = {
      {"X-Id", "a b"}, {"X-ID", "a b"},   {"x-empty", ""}, {"X", NULL},       {"X-Id:", NULL},
      {"", NULL},      {"X-Folded", "a"}, {"X-No", NULL},  {"X-Early", NULL}, {"X-Late", NULL},
  };
  struct exchange exchange = EXCHANGE(.server.answer = answer);
  exchange_run(&exchange);
  assert_int_equal(exchange.response.status, 200);
  assert_int_equal(exchange.response.retry_after_us, -1);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct text value;
    bool found = http_response_header(&exchange.response, rows[i].name, &value);
    if (found != (rows[i].value != NULL) || (found && !text_is(value, rows[i].value)))
      fail_msg("%s: %.*s", rows[i].name, found ? (int)value.size : 0, found ? value.data : "");
  }
  exchange_stop(&exchange);
}

static void another_method_is_sent_with_its_body(void **state) {
  (void)state;
  static const char *const methods[] = {"PUT", "PATCH", "DELETE"};
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
    struct exchange exchange = EXCHANGE(.server.answer = empty_answer, .request.method = methods[i],
                                        .request.body = TEXT_INIT("{\"a\":1}"));
    exchange_run(&exchange);
    assert_true(exchange.answered);
    const char *seen = exchange.server.requests.data;
    assert_int_equal(strncmp(seen, methods[i], strlen(methods[i])), 0);
    assert_non_null(strstr(seen, "\r\n\r\n{\"a\":1}"));
    exchange_stop(&exchange);
  }
}

/* RFC 1951 with fixed codes, whose bits come first things first. */
static void put_code(struct buffer *out, unsigned *filled, unsigned code, int bits) {
  while (bits-- > 0) {
    if (*filled % 8 == 0)
      buffer_append_char(out, 0);
    out->data[out->size - 1] |= (char)((code >> bits & 1) << (*filled)++ % 8);
  }
}

/* A megabyte of nothing in some kilobytes. */
static void a_compressed_answer_is_measured_as_it_is_read(void **state) {
  (void)state;
  struct buffer answer = BUFFER_NONE, packed = BUFFER_NONE;
  unsigned filled = 0;
  put_code(&packed, &filled, 6, 3);    /* the last block, fixed codes */
  put_code(&packed, &filled, 0x30, 8); /* a NUL */
  for (int i = 0; i < 4064; i++) {
    put_code(&packed, &filled, 0xc5, 8); /* 258 bytes */
    put_code(&packed, &filled, 0, 5);    /* the same as the last one */
  }
  put_code(&packed, &filled, 0, 7); /* the end */
  buffer_printf(&answer,
                "HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: %zu\r\n\r\n",
                packed.size + 2);
  buffer_append_string(&answer, "\x78\x01");
  buffer_append_text(&answer, buffer_text(&packed));
  struct exchange exchange =
      EXCHANGE(.server.answer = buffer_text(&answer), .request.body_max = 65536);
  exchange_run(&exchange);
  assert_failure(&exchange, "the answer is larger than 65536 bytes");
  exchange_stop(&exchange);
  buffer_free(&answer);
  buffer_free(&packed);
}

static void a_silent_server_times_out(void **state) {
  (void)state;
  struct exchange exchange = EXCHANGE(.server.hangs = true, .request.timeout_ms = 100);
  exchange_run(&exchange);
  assert_failure(&exchange, "timed out after 100 ms");
  exchange_stop(&exchange);
}

static void a_transfer_is_given_up_when_asked(void **state) {
  (void)state;
  atomic_bool stop = false;
  struct exchange exchange =
      EXCHANGE(.server.hangs = true, .server.asked = &stop, .request.stop = &stop);
  exchange_run(&exchange);
  assert_failure(&exchange, "given up, because the program is stopping");
  exchange_stop(&exchange);
}

static void loopback_is_reached_past_any_proxy(void **state) {
  (void)state;
  struct exchange exchange = EXCHANGE(.server.answer = empty_answer);
  setenv("http_proxy", "http://127.0.0.1:1/", 1);
  exchange_run(&exchange);
  unsetenv("http_proxy");
  assert_int_equal(exchange.response.status, 200);
  exchange_stop(&exchange);
}

/* A name that no DNS has: whoever asks for it must have gone to the proxy. */
static void assert_proxy_failure(const char *url, unsigned port, const char *text) {
  char proxy[64];
  snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", port);
  const struct http_request request = {.method = "GET", .url = url};
  struct http_response response = HTTP_RESPONSE_NONE;
  struct error error = ERROR_NONE;
  CURL *handle = NULL;
  setenv("http_proxy", proxy, 1);
  setenv("https_proxy", proxy, 1);
  assert_false(http_perform(&handle, &request, &response, &error));
  unsetenv("http_proxy");
  unsetenv("https_proxy");
  assert_non_null(strstr(error.text, text));
  curl_easy_cleanup(handle);
  http_response_free(&response);
}

static void what_a_proxy_refuses_is_named_as_the_proxys(void **state) {
  (void)state;
  static const struct {
    const char *answer, *url, *text;
  } rows[] = {
      {"HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n", "http://margay.invalid/",
       "margay.invalid: the proxy asks for a name and a password (407)"},
      {"HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n", "https://margay.invalid/",
       "the proxy asks for a name and a password (407)"},
      {"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", "https://margay.invalid/",
       "the proxy does not let the connection through (status 403)"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct server server = {.answer = text_from(rows[i].answer)};
    server_start(&server);
    assert_proxy_failure(rows[i].url, server.port, rows[i].text);
    server_stop(&server);
  }
  struct server dead = {.listener = -1};
  server_start(&dead);
  server_stop(&dead); /* its port is free again */
  assert_proxy_failure("http://margay.invalid/", dead.port,
                       "margay.invalid: could not connect to the proxy that the environment names");
}

static void a_refused_connection_is_reported(void **state) {
  (void)state;
  struct server server = {.listener = -1};
  server_start(&server);
  server_stop(&server); /* its port is free again */
  char url[100], expected[200];
  snprintf(url, sizeof url, "http://user:pass@127.0.0.1:%u/secret?token=sesame", server.port);
  struct http_request request = {.method = "GET", .url = url};
  struct http_response response = HTTP_RESPONSE_NONE;
  struct error error = ERROR_NONE;
  CURL *handle = NULL;
  assert_false(http_perform(&handle, &request, &response, &error));
  snprintf(expected, sizeof expected, "127.0.0.1:%u: could not connect: Connection refused",
           server.port);
  assert_string_equal(error.text, expected);
  curl_easy_cleanup(handle);
  http_response_free(&response);
}

static void urls_that_cannot_be_used_are_reported(void **state) {
  (void)state;
  static const struct {
    const char *url, *text;
  } table[] = {
      {"", "the URL is not valid"},
      {"http://", "the URL is not valid"},
      {"http://a b/", "the URL is not valid"},
      {"file:///etc/passwd", "only http and https URLs can be used"},
      {"ftp://127.0.0.1/", "127.0.0.1: only http and https URLs can be used"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct http_request request = {.method = "GET", .url = table[i].url};
    struct http_response response = HTTP_RESPONSE_NONE;
    struct error error = ERROR_NONE;
    CURL *handle = NULL;
    assert_false(http_perform(&handle, &request, &response, &error));
    assert_string_equal(error.text, table[i].text);
    curl_easy_cleanup(handle);
    http_response_free(&response);
  }
}

static void codes_have_a_meaning_for_those_who_run_a_multi(void **state) {
  (void)state;
  static const struct {
    CURLcode code;
    const char *url;
    enum http_outcome outcome;
    const char *words; /* NULL: some */
  } table[] = {
      {CURLE_COULDNT_RESOLVE_HOST, "http://a/", HTTP_FAILED,
       "could not resolve the host name (is it right, and is DNS up?)"},
      {CURLE_INTERFACE_FAILED, "http://a/", HTTP_FAILED, NULL},
      {CURLE_UNSUPPORTED_PROTOCOL, "gopher://a/", HTTP_MISTAKE,
       "only http and https URLs can be used"},
      {CURLE_UNSUPPORTED_PROTOCOL, "HTTPS://a/", HTTP_FAILED, "the answer is not HTTP"},
      {CURLE_URL_MALFORMAT, "http://", HTTP_MISTAKE, "the URL is not valid"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct http_request request = {.method = "GET", .url = table[i].url};
    struct http_response response = HTTP_RESPONSE_NONE;
    struct error error = ERROR_NONE;
    CURL *handle = http_handle(&request, &response);
    assert_int_equal(http_outcome(handle, table[i].code, &response, &error), table[i].outcome);
    if (table[i].words)
      assert_string_equal(error.text, table[i].words);
    assert_true(error.text[0]);
    curl_easy_cleanup(handle);
    http_response_free(&response);
  }
}

static void a_flood_of_interim_answers_is_refused(void **state) {
  (void)state;
  struct buffer answer = BUFFER_NONE;
  for (int i = 0; i < 16; i++)
    buffer_append_string(&answer, "HTTP/1.1 102 Processing\r\n\r\n");
  buffer_append_string(&answer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  struct exchange exchange = EXCHANGE(.server.answer = buffer_text(&answer));
  exchange_run(&exchange);
  assert_int_equal(exchange.response.status, 200);
  exchange_stop(&exchange);
  struct text more = TEXT("HTTP/1.1 102 Processing\r\n\r\n");
  char *longer = memory_copy_bytes(answer.data, answer.size);
  buffer_reset(&answer);
  buffer_append_text(&answer, more);
  buffer_append_string(&answer, longer);
  exchange = EXCHANGE(.server.answer = buffer_text(&answer));
  exchange_run(&exchange);
  assert_failure(&exchange, "more than 16 answers of 1xx came, and none that counts");
  exchange_stop(&exchange);
  free(longer);
  buffer_free(&answer);
}

static void a_plain_request_asks_for_no_compression_and_unpacks_none(void **state) {
  (void)state;
  struct exchange exchange =
      EXCHANGE(.server.answer = TEXT(
                   "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone"),
               .request.plain = true);
  exchange_run(&exchange);
  assert_true(exchange.answered);
  assert_true(text_is(buffer_text(&exchange.response.body), "none"));
  assert_null(strcasestr(exchange.server.requests.data, "accept-encoding"));
  exchange_stop(&exchange);
}

static void a_handle_kept_keeps_its_connection_and_nothing_else(void **state) {
  (void)state;
  struct server server = {
      .answer = TEXT("HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx")};
  server_start(&server);
  char url[100];
  snprintf(url, sizeof url, "http://127.0.0.1:%u/", server.port);
  struct http_request requests[] = {
      {.method = "POST", .url = url, .body = TEXT("one"), .user = "id", .password = "secret"},
      {.method = "GET", .url = url},
  };
  struct http_response response = HTTP_RESPONSE_NONE;
  struct error error = ERROR_NONE;
  CURL *handle = NULL;
  for (size_t i = 0; i < 2; i++) {
    assert_true(http_perform(&handle, &requests[i], &response, &error));
    assert_true(text_is(buffer_text(&response.body), "x"));
  }
  curl_easy_cleanup(handle);
  http_response_free(&response);
  shutdown(server.listener, SHUT_RDWR);
  pthread_join(server.thread, NULL);
  assert_int_equal(server.connections, 1);
  const char *second = strstr(server.requests.data, "GET / HTTP/1.1");
  assert_non_null(second);
  assert_null(strstr(second, "Authorization"));
  close(server.listener);
  buffer_free(&server.requests);
}

static void tls_to_a_server_without_it_is_reported(void **state) {
  (void)state;
  struct server server = {.answer = TEXT("no TLS here, only words\r\n")};
  server_start(&server);
  char url[100];
  snprintf(url, sizeof url, "https://127.0.0.1:%u/", server.port);
  struct http_request request = {.method = "GET", .url = url, .timeout_ms = 300};
  struct http_response response = HTTP_RESPONSE_NONE;
  struct error error = ERROR_NONE;
  CURL *handle = NULL;
  assert_false(http_perform(&handle, &request, &response, &error));
  assert_true(error.set);
  curl_easy_cleanup(handle);
  http_response_free(&response);
  server_stop(&server);
}

static int start_http(void **state) {
  (void)state;
  struct error error = ERROR_NONE;
  return http_global_start(&error) ? 0 : -1;
}

static int stop_http(void **state) {
  (void)state;
  http_global_stop();
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_answer_of_any_status_is_an_answer),
      cmocka_unit_test(a_post_carries_headers_a_body_and_credentials),
      cmocka_unit_test(retry_after_is_read_as_seconds_or_a_date),
      cmocka_unit_test(what_is_no_whole_answer_is_reported_in_words),
      cmocka_unit_test(an_answer_larger_than_allowed_is_refused),
      cmocka_unit_test(headers_without_end_are_refused),
      cmocka_unit_test(the_headers_of_an_answer_are_kept),
      cmocka_unit_test(another_method_is_sent_with_its_body),
      cmocka_unit_test(a_compressed_answer_is_measured_as_it_is_read),
      cmocka_unit_test(a_silent_server_times_out),
      cmocka_unit_test(a_transfer_is_given_up_when_asked),
      cmocka_unit_test(loopback_is_reached_past_any_proxy),
      cmocka_unit_test(what_a_proxy_refuses_is_named_as_the_proxys),
      cmocka_unit_test(a_refused_connection_is_reported),
      cmocka_unit_test(urls_that_cannot_be_used_are_reported),
      cmocka_unit_test(codes_have_a_meaning_for_those_who_run_a_multi),
      cmocka_unit_test(a_flood_of_interim_answers_is_refused),
      cmocka_unit_test(a_plain_request_asks_for_no_compression_and_unpacks_none),
      cmocka_unit_test(a_handle_kept_keeps_its_connection_and_nothing_else),
      cmocka_unit_test(tls_to_a_server_without_it_is_reported),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
