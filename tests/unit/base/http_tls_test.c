#include "base/http_group.h"
#include "base/web/http_client.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
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

/* ---- client certificates ----------------------------------------------------------------- */

/* A folder of identities, as files. */
struct folder {
  char path[40], certificate[64], key[64], both[64], other_key[64], locked[64], words[64];
  struct identity identity;
};

static void write_file(struct folder *folder, char *path, const char *name, const char *text,
                       const char *more) {
  snprintf(path, 64, "%s/%s", folder->path, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fprintf(file, "%s%s", text, more);
  fclose(file);
}

static struct folder folder_new(void) {
  static const char locked[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n"
                               "-----END ENCRYPTED PRIVATE KEY-----\n";
  struct folder folder = {.path = "/tmp/margay-http-XXXXXX"};
  struct identity other;
  assert_non_null(mkdtemp(folder.path));
  make_identity(&folder.identity, "IP:127.0.0.1", 3600);
  make_identity(&other, "IP:127.0.0.1", 3600);
  write_file(&folder, folder.certificate, "certificate.pem", folder.identity.certificate, "");
  write_file(&folder, folder.key, "key.pem", folder.identity.key, "");
  write_file(&folder, folder.both, "both.pem", folder.identity.certificate, folder.identity.key);
  write_file(&folder, folder.other_key, "other.pem", other.key, "");
  write_file(&folder, folder.locked, "locked.pem", locked, "");
  write_file(&folder, folder.words, "words.pem", "words", "");
  return folder;
}

static void folder_end(struct folder *folder) {
  const char *const paths[] = {folder->certificate, folder->key,    folder->both,
                               folder->other_key,   folder->locked, folder->words};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
    unlink(paths[i]);
  rmdir(folder->path);
}

static void files_that_do_not_fit_are_a_mistake_with_a_way_out(void **state) {
  (void)state;
  struct folder folder = folder_new();
  const struct {
    struct http_tls tls;
    const char *text; /* NULL: all is well */
  } rows[] = {
      {{.ca_file = NULL}, NULL},
      {{.ca_file = folder.certificate}, NULL},
      {{.cert_file = folder.certificate, .key_file = folder.key}, NULL},
      {{.cert_file = folder.both}, NULL},
      {{.ca_file = "/nonexistent/ca.pem"}, "ca_file cannot be read: /nonexistent/ca.pem: No such"},
      {{.ca_file = folder.words}, "ca_file: there is no certificate in "},
      {{.cert_file = folder.key}, "cert_file: there is no certificate in "},
      {{.cert_file = folder.certificate}, "key_file: there is no key in "},
      {{.cert_file = folder.certificate, .key_file = folder.locked}, "without a passphrase"},
      {{.cert_file = folder.certificate, .key_file = folder.other_key}, "is not that of the"},
      {{.key_file = folder.key}, "key_file needs cert_file"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct error error = ERROR_NONE;
    assert_int_equal(http_tls_check(&rows[i].tls, &error), rows[i].text == NULL);
    if (rows[i].text && !strstr(error.text, rows[i].text))
      fail_msg("'%s' does not say '%s'", error.text, rows[i].text);
  }
  folder_end(&folder);
}

/* 200 for who shows the certificate that the server trusts, 403 for everybody else. */
static enum MHD_Result answer_known(void *context, struct MHD_Connection *connection,
                                    const char *url, const char *method, const char *version,
                                    const char *data, size_t *data_size, void **request_context) {
  unsigned status = 0, code;
  (void)context, (void)url, (void)method, (void)version, (void)data, (void)data_size;
  (void)request_context;
  gnutls_session_t session =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
  bool known = gnutls_certificate_verify_peers2(session, &status) == 0 && status == 0;
  code = known ? 200 : 403;
  struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
  enum MHD_Result result = MHD_queue_response(connection, code, response);
  MHD_destroy_response(response);
  return result;
}

static void a_client_certificate_is_shown_to_who_asks_for_it(void **state) {
  (void)state;
  struct folder folder = folder_new();
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct MHD_Daemon *daemon = MHD_start_daemon(
      MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, NULL, NULL, answer_known, NULL,
      MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_HTTPS_MEM_KEY,
      folder.identity.key, MHD_OPTION_HTTPS_MEM_CERT, folder.identity.certificate,
      MHD_OPTION_HTTPS_MEM_TRUST, folder.identity.certificate, MHD_OPTION_END);
  assert_non_null(daemon);
  const struct http_tls rows[] = {{.cert_file = folder.certificate, .key_file = folder.key},
                                  {.cert_file = folder.both},
                                  {.cert_file = NULL}};
  char url[100];
  snprintf(url, sizeof url, "https://127.0.0.1:%u/",
           MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct http_request request = {.method = "GET",
                                   .url = url,
                                   .ca_file = folder.certificate,
                                   .cert_file = rows[i].cert_file,
                                   .key_file = rows[i].key_file};
    struct http_response response = HTTP_RESPONSE_NONE;
    struct error error = ERROR_NONE;
    CURL *handle = NULL;
    if (!http_perform(&handle, &request, &response, &error))
      fail_msg("%s", error.text);
    assert_int_equal(response.status, rows[i].cert_file ? 200 : 403);
    curl_easy_cleanup(handle);
    http_response_free(&response);
  }
  MHD_stop_daemon(daemon);
  folder_end(&folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(certificates_are_always_verified),
      cmocka_unit_test(a_file_of_certificates_that_is_missing_is_reported),
      cmocka_unit_test(files_that_do_not_fit_are_a_mistake_with_a_way_out),
      cmocka_unit_test(a_client_certificate_is_shown_to_who_asks_for_it),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
