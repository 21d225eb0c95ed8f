#include "base/http_fixture.h"

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

static void loopback_is_reached_past_any_proxy(void **state) {
  (void)state;
  struct exchange exchange = EXCHANGE(.server.answer = empty_answer);
  setenv("http_proxy", "http://127.0.0.1:1/", 1);
  exchange_run(&exchange);
  unsetenv("http_proxy");
  assert_int_equal(exchange.response.status, 200);
  exchange_stop(&exchange);
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_answer_of_any_status_is_an_answer),
      cmocka_unit_test(a_post_carries_headers_a_body_and_credentials),
      cmocka_unit_test(retry_after_is_read_as_seconds_or_a_date),
      cmocka_unit_test(the_headers_of_an_answer_are_kept),
      cmocka_unit_test(another_method_is_sent_with_its_body),
      cmocka_unit_test(a_compressed_answer_is_measured_as_it_is_read),
      cmocka_unit_test(loopback_is_reached_past_any_proxy),
      cmocka_unit_test(a_plain_request_asks_for_no_compression_and_unpacks_none),
      cmocka_unit_test(a_handle_kept_keeps_its_connection_and_nothing_else),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
