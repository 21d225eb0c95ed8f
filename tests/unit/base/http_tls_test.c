#include "base/http_client.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/tls_identity.h"

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *data_size, void **request_context) {
  (void)context, (void)url, (void)method, (void)version, (void)data, (void)data_size;
  (void)request_context;
  struct MHD_Response *response =
      MHD_create_response_from_buffer(5, (void *)(uintptr_t) "hello", MHD_RESPMEM_PERSISTENT);
  enum MHD_Result result = MHD_queue_response(connection, 200, response);
  MHD_destroy_response(response);
  return result;
}

static struct MHD_Daemon *start_server(const struct identity *identity, unsigned *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct MHD_Daemon *daemon = MHD_start_daemon(
      MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, NULL, NULL, answer, NULL,
      MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_HTTPS_MEM_KEY, identity->key,
      MHD_OPTION_HTTPS_MEM_CERT, identity->certificate, MHD_OPTION_END);
  assert_non_null(daemon);
  *port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
  return daemon;
}

static void certificates_are_always_verified(void **state) {
  (void)state;
  static const struct {
    const char *name;
    long valid_seconds;
    bool known;
    const char *text; /* NULL: it is trusted */
  } table[] = {
      {"IP:127.0.0.1", 3600, true, NULL},
      {"IP:127.0.0.1", 3600, false, "self-signed certificate"},
      {"IP:127.0.0.2", 3600, true, "it is not for this host name"},
      {"IP:127.0.0.1", -3600, true, "certificate has expired"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct identity identity;
    make_identity(&identity, table[i].name, table[i].valid_seconds);
    char path[] = "/tmp/margay-http-XXXXXX", url[100], expected[300];
    int file = mkstemp(path);
    size_t size = strlen(identity.certificate);
    assert_int_equal(write(file, identity.certificate, size), size);
    close(file);
    unsigned port;
    struct MHD_Daemon *daemon = start_server(&identity, &port);
    snprintf(url, sizeof url, "https://127.0.0.1:%u/", port);
    struct http_request request = {
        .method = "GET", .url = url, .ca_file = table[i].known ? path : NULL};
    struct http_response response = HTTP_RESPONSE_NONE;
    struct error error = ERROR_NONE;
    CURL *handle = NULL;
    bool answered = http_perform(&handle, &request, &response, &error);
    curl_easy_cleanup(handle);
    MHD_stop_daemon(daemon);
    unlink(path);
    if (table[i].text) {
      snprintf(expected, sizeof expected,
               "127.0.0.1:%u: the server's TLS certificate is not trusted (%s)", port,
               table[i].text);
      assert_false(answered);
      assert_string_equal(error.text, expected);
    } else {
      assert_true(answered);
      assert_true(text_is(buffer_text(&response.body), "hello"));
    }
    http_response_free(&response);
  }
}

static void a_file_of_certificates_that_is_missing_is_reported(void **state) {
  (void)state;
  struct identity identity;
  unsigned port;
  char url[100];
  make_identity(&identity, "IP:127.0.0.1", 3600);
  struct MHD_Daemon *daemon = start_server(&identity, &port);
  snprintf(url, sizeof url, "https://127.0.0.1:%u/", port);
  struct http_request request = {.method = "GET", .url = url, .ca_file = "/nonexistent/ca.pem"};
  struct http_response response = HTTP_RESPONSE_NONE;
  struct error error = ERROR_NONE;
  CURL *handle = NULL;
  assert_false(http_perform(&handle, &request, &response, &error));
  assert_non_null(strstr(error.text, "the file of trusted certificates cannot be read"));
  curl_easy_cleanup(handle);
  http_response_free(&response);
  MHD_stop_daemon(daemon);
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
      cmocka_unit_test(certificates_are_always_verified),
      cmocka_unit_test(a_file_of_certificates_that_is_missing_is_reported),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
