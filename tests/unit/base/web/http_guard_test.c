/* Which addresses a guarded request reaches, and by which proxy. */
#include "base/http_fixture.h"

static void addresses_within_are_not_public(void **state) {
  (void)state;
  static const struct {
    const char *address;
    bool is_public;
  } rows[] = {
      {"8.8.8.8", true},
      {"172.15.255.255", true},
      {"172.32.0.1", true},
      {"192.169.0.1", true},
      {"100.63.0.1", true},
      {"0.0.0.0", false},
      {"10.0.0.1", false},
      {"100.64.0.1", false},
      {"127.1.2.3", false},
      {"169.254.169.254", false},
      {"172.16.0.1", false},
      {"172.31.255.255", false},
      {"192.168.1.1", false},
      {"198.18.0.1", false},
      {"224.0.0.1", false},
      {"255.255.255.255", false},
      {"2606:4700::1111", true},
      {"2a00:1450:4001::200e", true},
      {"::", false},
      {"::1", false},
      {"fe80::1", false},
      {"fd00::1", false},
      {"fec0::1", false},
      {"ff02::1", false},
      {"2001:db8::1", false},
      {"::ffff:8.8.8.8", true},
      {"::ffff:127.0.0.1", false},
      {"::ffff:169.254.169.254", false},
      {"::10.0.0.1", false},
      {"64:ff9b::8.8.8.8", true},
      {"64:ff9b::10.0.0.1", false},
      {"64:ff9b::7f00:1", false},
      {"64:ff9b:1::1", false},
      {"2002:a00:1::1", false},
      {"2002:808:808::1", true},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct ip ip;
    assert_true(ip_parse(text_from(rows[i].address), &ip));
    if (ip_is_public(&ip) != rows[i].is_public)
      fail_msg("%s", rows[i].address);
  }
}

/* Nobody but libcurl, which needs no DNS for it, knows that a name below localhost is loopback. */
static void a_name_may_not_stand_for_an_address_within(void **state) {
  (void)state;
  static const struct {
    const char *host;
    bool guarded;
    const char *said; /* NULL: it is answered */
  } rows[] = {
      {"hook.localhost", false, NULL},
      {"hook.localhost", true, "its host is at the private address "},
      {"localhost", true, NULL},
      {"127.0.0.1", true, NULL},
      {"2130706433", true, NULL}, /* the same in another form */
      {"[::ffff:127.0.0.1]", true, NULL},
      {"10.0.0.5", true, "its host is at the private address 10.0.0.5"},
      {"[fd00::1]", true, "its host is at the private address fd00::1"},
      {"169.254.169.254", true, "its host is at the private address 169.254.169.254"},
      {"[::ffff:169.254.169.254]", true, "its host is at the private address 169.254.169.254"},
      {"0.0.0.0", true, "its host is at the private address 0.0.0.0"},
  };
  struct server server = {.answer = TEXT("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")};
  server_start(&server);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    char url[128];
    snprintf(url, sizeof url, "http://%s:%u/", rows[i].host, server.port);
    const struct http_request request = {
        .method = "GET", .url = url, .guarded = rows[i].guarded, .proxy = ""};
    struct http_response response = HTTP_RESPONSE_NONE;
    struct error error = ERROR_NONE;
    CURL *handle = NULL;
    bool answered = http_perform(&handle, &request, &response, &error);
    if (answered != !rows[i].said || (rows[i].said && !strstr(error.text, rows[i].said)))
      fail_msg("%s: %s", rows[i].host, answered ? "answered" : error.text);
    curl_easy_cleanup(handle);
    http_response_free(&response);
  }
  server_stop(&server);
}

static void an_address_that_is_written_is_refused_before_anything_is_sent(void **state) {
  (void)state;
  static const struct {
    const char *url, *refused; /* NULL: it is not */
  } rows[] = {
      {"https://hooks.example.com/x", NULL},
      {"https://8.8.8.8/x", NULL},
      {"http://127.0.0.1:8065/", NULL},
      {"http://localhost/", NULL},
      {"http://[::1]:1/", NULL},
      {"http://10.0.0.5:8065/", "10.0.0.5"},
      {"https://user:secret@192.168.1.1/x", "192.168.1.1"},
      {"http://0x0a000005/", "10.0.0.5"},
      {"http://10.5/", "10.0.0.5"},
      {"http://[fd00::1]/", "fd00::1"},
      {"http://[::ffff:10.0.0.5]/", "10.0.0.5"},
      {"http://169.254.169.254/latest", "169.254.169.254"},
      {"smtp://172.16.0.9:25", "172.16.0.9"},
      {"smtp://mail.example.com", NULL},
      {"no url", NULL},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct ip_string address = {.text = ""};
    bool refused = http_guard_refuses(rows[i].url, &address);
    if (refused != !!rows[i].refused || (refused && strcmp(address.text, rows[i].refused) != 0))
      fail_msg("%s: %s", rows[i].url, refused ? address.text : "not refused");
  }
}

/* A connection that somebody else opened and left is no way around it. */
static void a_kept_connection_is_checked_too(void **state) {
  (void)state;
  struct server server = {
      .answer = TEXT("HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n")};
  server_start(&server);
  char url[128];
  snprintf(url, sizeof url, "http://hook.localhost:%u/", server.port);
  struct http_request request = {.method = "GET", .url = url, .proxy = ""};
  struct http_response response = HTTP_RESPONSE_NONE;
  struct error error = ERROR_NONE;
  CURL *handle = NULL;
  assert_true(http_perform(&handle, &request, &response, &error));
  request.guarded = true;
  assert_false(http_perform(&handle, &request, &response, &error));
  assert_non_null(strstr(error.text, "its host is at the private address "));
  curl_easy_cleanup(handle);
  http_response_free(&response);
  server_stop(&server);
  assert_int_equal(server.connections, 1);
}

static void the_proxy_is_that_of_the_environment(void **state) {
  (void)state;
  static const struct {
    const char *except, *url, *host, *proxy;
  } rows[] = {
      {"", "http://a.example/", "a.example", "http://plain:1"},
      {"", "HTTPS://a.example/", "a.example", "http://tls:1"},
      {"*", "http://a.example/", "a.example", NULL},
      {"b.example, a.example", "http://a.example/", "a.example", NULL},
      {".example", "https://a.example/", "a.example", NULL},
      {"a.example", "http://x.A.example/", "x.A.example", NULL},
      {"a.example", "http://xa.example/", "xa.example", "http://plain:1"},
      {"10.0.0.0/8", "http://10.1.2.3/", "10.1.2.3", NULL},
      {"10.0.0.0/8", "http://11.1.2.3/", "11.1.2.3", "http://plain:1"},
      {"2001:db8::1", "http://[2001:db8::1]/", "[2001:db8::1]", NULL},
  };
  setenv("http_proxy", "http://plain:1", 1);
  setenv("HTTPS_PROXY", "http://tls:1", 1);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    setenv("NO_PROXY", rows[i].except, 1);
    const char *proxy = http_environment_proxy(rows[i].url, rows[i].host);
    if (!!proxy != !!rows[i].proxy || (proxy && strcmp(proxy, rows[i].proxy) != 0))
      fail_msg("%s: %s", rows[i].url, proxy ? proxy : "none");
  }
  unsetenv("NO_PROXY");
  unsetenv("HTTPS_PROXY");
  unsetenv("http_proxy");
}

/* The proxy is within, as proxies are, and resolves the name. */
static void a_guarded_request_goes_by_a_proxy(void **state) {
  (void)state;
  static const struct {
    const char *url;
    bool reached;
  } rows[] = {{"http://margay.invalid/", true}, {"http://169.254.169.254/", false}};
  for (size_t i = 0; i < 2; i++) {
    struct server server = {.answer = TEXT("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")};
    server_start(&server);
    char proxy[64];
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", server.port);
    const struct http_request request = {
        .method = "GET", .url = rows[i].url, .proxy = proxy, .guarded = true};
    struct http_response response = HTTP_RESPONSE_NONE;
    struct error error = ERROR_NONE;
    CURL *handle = NULL;
    assert_int_equal(http_perform(&handle, &request, &response, &error), rows[i].reached);
    curl_easy_cleanup(handle);
    http_response_free(&response);
    server_stop(&server);
    assert_int_equal(server.connections, rows[i].reached);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(addresses_within_are_not_public),
      cmocka_unit_test(a_name_may_not_stand_for_an_address_within),
      cmocka_unit_test(an_address_that_is_written_is_refused_before_anything_is_sent),
      cmocka_unit_test(a_kept_connection_is_checked_too),
      cmocka_unit_test(the_proxy_is_that_of_the_environment),
      cmocka_unit_test(a_guarded_request_goes_by_a_proxy),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
