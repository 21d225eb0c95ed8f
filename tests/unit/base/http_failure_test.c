/* What goes wrong with a request, in words. */
#include "base/http_fixture.h"

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
  assert_proxy_failure(
      "http://margay.invalid/", dead.port,
      "margay.invalid: could not connect to the proxy that its settings or the environment name");
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_no_whole_answer_is_reported_in_words),
      cmocka_unit_test(an_answer_larger_than_allowed_is_refused),
      cmocka_unit_test(headers_without_end_are_refused),
      cmocka_unit_test(a_silent_server_times_out),
      cmocka_unit_test(a_transfer_is_given_up_when_asked),
      cmocka_unit_test(what_a_proxy_refuses_is_named_as_the_proxys),
      cmocka_unit_test(a_refused_connection_is_reported),
      cmocka_unit_test(urls_that_cannot_be_used_are_reported),
      cmocka_unit_test(codes_have_a_meaning_for_those_who_run_a_multi),
      cmocka_unit_test(a_flood_of_interim_answers_is_refused),
      cmocka_unit_test(tls_to_a_server_without_it_is_reported),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
