/* Waits that a server asks for, servers without TLS, and proxies that answer for Zoom. */
#include "source/zoom/raw_attack.h"

static void an_absurd_retry_after_and_a_drip_end_with_a_stop(void **state) {
  (void)state;
  static const struct raw_answer answers[] = {
      {.raw = "HTTP/1.1 429 No\r\nRetry-After: -5\r\nContent-Length: 0\r\n\r\n"},
      {.raw = "HTTP/1.1 429 No\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n"},
      {.raw = "HTTP/1.1 429 No\r\nRetry-After: 99999999999999999999\r\nContent-Length: 0\r\n\r\n"},
      {.raw = "HTTP/1.1 503 No\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n"
              "Content-Length: 0\r\n\r\n"},
      {.call = drip},
  };
  for (size_t i = 0; i < 2 * sizeof answers / sizeof *answers; i++) {
    struct raw_zoom zoom = {.token = GOOD_TOKEN, .page = LAST_PAGE};
    struct raw_poll poll;
    pthread_t thread;
    *(i % 2 ? &zoom.token : &zoom.page) = answers[i / 2];
    raw_start(&zoom);
    raw_poll_begin(&poll, &zoom, NULL);
    struct zoom_options *options = poll.world.source.options;
    options->request_timeout = US_PER_HOUR;
    assert_int_equal(pthread_create(&thread, NULL, raw_poll_run, &poll), 0);
    while ((i % 2 ? zoom.token_requests : zoom.page_requests) == 0)
      usleep(1000);
    world_stop(&poll.world);
    pthread_join(thread, NULL);
    raw_stop(&zoom);
    assert_true(poll.ok);
    assert_true(poll.cost.took_us < SECONDS_MAX * US_PER_SECOND);
    assert_int_equal(poll.world.records, 0);
    world_end(&poll.world);
  }
}

static void poll_urls(struct raw_zoom *zoom, const char *urls, const char *words) {
  struct raw_poll poll;
  raw_poll_begin(&poll, zoom, urls);
  raw_poll_run(&poll);
  assert_false(poll.ok);
  if (!strstr(poll.error.text, words))
    fail_msg("%s", poll.error.text);
  assert_null(wrong_log(&poll));
  assert_false(checkpoint_passed(&poll));
  world_end(&poll.world);
}

static void a_server_without_tls_gets_no_credentials_over_https(void **state) {
  (void)state;
  struct raw_zoom zoom = {.token = GOOD_TOKEN, .page = LAST_PAGE};
  char urls[200];
  raw_start(&zoom);
  snprintf(urls, sizeof urls,
           "api_url: https://127.0.0.1:%u/v2\ntoken_url: https://127.0.0.1:%u/oauth/token\n",
           zoom.port, zoom.port);
  poll_urls(&zoom, urls, "the TLS handshake failed");
  raw_stop(&zoom);
  assert_int_equal(zoom.token_requests + zoom.page_requests, 0);
}

/* It is asked for a tunnel, and answers in Zoom's place. */
static void a_proxy_gets_no_credentials(void **state) {
  (void)state;
  struct raw_zoom proxy = {.token = GOOD_TOKEN, .page = LAST_PAGE};
  char url[64];
  raw_start(&proxy);
  snprintf(url, sizeof url, "http://127.0.0.1:%u", proxy.port);
  setenv("https_proxy", url, 1);
  setenv("http_proxy", url, 1);
  poll_urls(&proxy,
            "api_url: https://zoom.invalid/v2\ntoken_url: https://zoom.invalid/oauth/token\n",
            "zoom.invalid");
  assert_true(proxy.strays > 0);
  assert_int_equal(proxy.leaks, 0);
  assert_int_equal(proxy.token_requests + proxy.page_requests, 0);
  /* Loopback is reached without it. */
  unsigned strays = proxy.strays;
  struct raw_poll poll;
  raw_poll_begin(&poll, &proxy, NULL);
  raw_poll_run(&poll);
  unsetenv("https_proxy");
  unsetenv("http_proxy");
  raw_stop(&proxy);
  assert_true(poll.ok);
  assert_int_equal(proxy.strays, strays);
  world_end(&poll.world);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_absurd_retry_after_and_a_drip_end_with_a_stop),
      cmocka_unit_test(a_server_without_tls_gets_no_credentials_over_https),
      cmocka_unit_test(a_proxy_gets_no_credentials),
  };
  return run_attacks(tests, sizeof tests / sizeof *tests);
}
