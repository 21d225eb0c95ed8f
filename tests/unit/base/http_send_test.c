/* What a connection whose first request could not be sent means for those that follow. */
#include "base/http_fixture.h"

#include <errno.h>
#include <stdatomic.h>

static atomic_bool breaks; /* the next request that is sent */

/* In the place of the system's, for the client, too.
 * NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
ssize_t send(int socket, const void *bytes, size_t size, int flags) {
  if (size > 4 && memcmp(bytes, "GET ", 4) == 0 && atomic_exchange(&breaks, false)) {
    errno = EPIPE;
    return -1;
  }
  return sendto(socket, bytes, size, flags, NULL, 0);
}

static void a_request_is_answered_after_one_that_could_not_be_sent(void **state) {
  (void)state;
  struct server server = {
      .answer = TEXT("HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx")};
  server_start(&server);
  char url[100];
  snprintf(url, sizeof url, "http://127.0.0.1:%u/", server.port);
  const struct http_request request = {.method = "GET", .url = url, .timeout_ms = 5000};
  struct http_response response = HTTP_RESPONSE_NONE;
  struct error error = ERROR_NONE;
  CURL *handle = NULL;
  atomic_store(&breaks, true);
  assert_false(http_perform(&handle, &request, &response, &error));
  assert_false(atomic_load(&breaks));
  error = ERROR_NONE;
  bool answered = http_perform(&handle, &request, &response, &error);
  assert_string_equal(error.text, "");
  assert_true(answered);
  curl_easy_cleanup(handle);
  http_response_free(&response);
  server_stop(&server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_request_is_answered_after_one_that_could_not_be_sent),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
