/* The listener over TLS, and certificates that change under it. */
#include "http/http_fixture.h"

#include "base/tls_identity.h"

#include "base/http_group.h"
#include "base/log/log.h"
#include "base/web/http_client.h"

#include <gnutls/gnutls.h>

struct world {
  char folder[64], certificate[100], key[100], log_path[100];
  FILE *log_out;
  struct log *log;
  struct http_listener *listener;
};

/* A new file in the place of the old one, as tools that renew certificates do. */
static void replace_file(const char *path, const char *text) {
  char fresh[120];
  snprintf(fresh, sizeof fresh, "%s.new", path);
  FILE *file = fopen(fresh, "w");
  assert_non_null(file);
  fputs(text, file);
  assert_int_equal(fclose(file), 0);
  assert_int_equal(rename(fresh, path), 0);
}

static void world_make(struct world *world) {
  *world = (struct world){.folder = "/tmp/margay-listener-XXXXXX"};
  assert_non_null(mkdtemp(world->folder));
  snprintf(world->certificate, sizeof world->certificate, "%s/certificate.pem", world->folder);
  snprintf(world->key, sizeof world->key, "%s/key.pem", world->folder);
  snprintf(world->log_path, sizeof world->log_path, "%s/log", world->folder);
  world->log_out = fopen(world->log_path, "w");
  assert_non_null(world->log_out);
  world->log = log_new(world->log_out, LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, clock_system());
}

static void world_open(struct world *world, const struct identity *identity,
                       const struct http_limits *limits) {
  static const struct http_route rows[] = {{.path = "/", .handler = echo}};
  world_make(world);
  replace_file(world->certificate, identity->certificate);
  replace_file(world->key, identity->key);
  struct http_listener_options options = {.certificate_file = world->certificate,
                                          .key_file = world->key,
                                          .limits = *limits,
                                          .log = world->log};
  world->listener = listen_with(&options, rows, 1);
}

static void world_close(struct world *world) {
  http_listener_free(world->listener);
  log_free(world->log);
  fclose(world->log_out);
  unlink(world->log_path);
  unlink(world->certificate);
  unlink(world->key);
  assert_int_equal(rmdir(world->folder), 0);
}

static bool is_in_log(const struct world *world, const char *text) {
  char read[4096];
  FILE *file = fopen(world->log_path, "r");
  assert_non_null(file);
  read[fread(read, 1, sizeof read - 1, file)] = '\0';
  fclose(file);
  return strstr(read, text) != NULL;
}

/* Whether a request that trusts only this file is answered. `handle` keeps its connection. */
static bool is_answered(const struct world *world, CURL **handle, const char *trusted) {
  char url[64];
  struct error error = ERROR_NONE;
  struct http_response response = HTTP_RESPONSE_NONE;
  snprintf(url, sizeof url, "https://127.0.0.1:%u/", http_listener_port(world->listener));
  struct http_request request = {.method = "GET", .url = url, .ca_file = trusted};
  bool answered = http_perform(handle, &request, &response, &error) && response.status == 200;
  http_response_free(&response);
  return answered;
}

static bool is_answered_anew(const struct world *world, const char *trusted) {
  CURL *handle = NULL;
  bool answered = is_answered(world, &handle, trusted);
  curl_easy_cleanup(handle);
  return answered;
}

static void requests_come_over_tls(void **state) {
  (void)state;
  struct identity identity;
  struct http_limits limits = http_limits_default();
  struct world world;
  make_identity(&identity, "IP:127.0.0.1", 3600);
  world_open(&world, &identity, &limits);
  CURL *handle = NULL;
  for (int i = 0; i < 3; i++)
    assert_true(is_answered(&world, &handle, world.certificate));
  assert_int_equal(count(world.listener).connections, 1);
  curl_easy_cleanup(handle);
  world_close(&world);
}

static void a_certificate_is_replaced_under_open_connections(void **state) {
  (void)state;
  struct identity first, second;
  struct http_limits limits = http_limits_default();
  struct world world;
  char trusted[120];
  CURL *open = NULL;
  make_identity(&first, "IP:127.0.0.1", 3600);
  make_identity(&second, "IP:127.0.0.1", 3600);
  world_open(&world, &first, &limits);
  snprintf(trusted, sizeof trusted, "%s/trusted.pem", world.folder);
  replace_file(trusted, first.certificate);
  assert_true(is_answered(&world, &open, trusted));
  uint16_t port = http_listener_port(world.listener);
  replace_file(world.certificate, second.certificate);
  replace_file(world.key, second.key);
  WAIT_UNTIL(is_answered_anew(&world, world.certificate));
  assert_false(is_answered_anew(&world, trusted));
  uint64_t connections = count(world.listener).connections;
  assert_true(is_answered(&world, &open, trusted)); /* on the old connection */
  assert_int_equal(count(world.listener).connections, connections);
  assert_int_equal(http_listener_port(world.listener), port);
  assert_true(is_in_log(&world, "msg=\"http certificate changed\""));
  curl_easy_cleanup(open);
  unlink(trusted);
  world_close(&world);
}

static void a_certificate_that_cannot_be_used_changes_nothing(void **state) {
  (void)state;
  struct identity first, second;
  struct http_limits limits = http_limits_default();
  struct world world;
  char trusted[120];
  make_identity(&first, "IP:127.0.0.1", 3600);
  make_identity(&second, "IP:127.0.0.1", 3600);
  world_open(&world, &first, &limits);
  snprintf(trusted, sizeof trusted, "%s/trusted.pem", world.folder);
  replace_file(trusted, first.certificate);
  replace_file(world.certificate, second.certificate); /* without its key */
  WAIT_UNTIL(is_in_log(&world, "msg=\"http certificate not changed\""));
  assert_true(is_answered_anew(&world, trusted));
  assert_false(is_in_log(&world, "BEGIN"));
  replace_file(world.key, second.key);
  WAIT_UNTIL(is_answered_anew(&world, world.certificate));
  unlink(trusted);
  world_close(&world);
}

static void files_that_cannot_be_used_are_refused_at_the_start(void **state) {
  (void)state;
  struct identity one, other;
  make_identity(&one, "IP:127.0.0.1", 3600);
  make_identity(&other, "IP:127.0.0.1", 3600);
  const struct {
    const char *certificate, *key, *file, *text;
  } cases[] = {
      {NULL, one.key, "certificate.pem", "cannot be read: No such file"},
      {one.certificate, NULL, "key.pem", "cannot be read: No such file"},
      {"nothing", one.key, "certificate.pem", "not a PEM file of certificates"},
      {one.certificate, "nothing", "key.pem", "not a PEM file of a private key without a password"},
      {one.certificate, other.key, "certificate.pem",
       "the certificate cannot be used with its key"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct world world;
    struct error error = ERROR_NONE;
    struct http_routes none = {.count = 0};
    world_make(&world);
    if (cases[i].certificate)
      replace_file(world.certificate, cases[i].certificate);
    if (cases[i].key)
      replace_file(world.key, cases[i].key);
    struct http_listener_options options = listener_options();
    options.certificate_file = world.certificate;
    options.key_file = world.key;
    assert_null(http_listener_start(&options, &none, &error));
    assert_non_null(strstr(error.file, cases[i].file));
    assert_non_null(strstr(error.text, cases[i].text));
    world_close(&world);
  }
}

/* The version that a client which allows only some agrees on with the listener. */
static gnutls_protocol_t agree(const struct world *world, const char *priorities) {
  gnutls_session_t session;
  gnutls_certificate_credentials_t credentials;
  gnutls_certificate_allocate_credentials(&credentials);
  gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL);
  assert_int_equal(gnutls_priority_set_direct(session, priorities, NULL), 0);
  gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
  int fd = dial(world->listener);
  gnutls_transport_set_int(session, fd);
  int code;
  do
    code = gnutls_handshake(session);
  while (code < 0 && !gnutls_error_is_fatal(code));
  gnutls_protocol_t version =
      code < 0 ? GNUTLS_VERSION_UNKNOWN : gnutls_protocol_get_version(session);
  gnutls_deinit(session);
  gnutls_certificate_free_credentials(credentials);
  close(fd);
  return version;
}

static void old_versions_of_tls_are_refused(void **state) {
  (void)state;
  struct identity identity;
  struct http_limits limits = http_limits_default();
  struct world world;
  make_identity(&identity, "IP:127.0.0.1", 3600);
  world_open(&world, &identity, &limits);
  assert_int_equal(agree(&world, "NORMAL:-VERS-ALL:+VERS-TLS1.0:%COMPAT"), GNUTLS_VERSION_UNKNOWN);
  assert_int_equal(agree(&world, "NORMAL:-VERS-ALL:+VERS-TLS1.1:%COMPAT"), GNUTLS_VERSION_UNKNOWN);
  assert_int_equal(agree(&world, "NORMAL:-VERS-ALL:+VERS-TLS1.2"), GNUTLS_TLS1_2);
  assert_int_equal(agree(&world, "NORMAL"), GNUTLS_TLS1_3);
  WAIT_UNTIL(count(world.listener).refused[HTTP_REFUSED_MALFORMED] == 2);
  world_close(&world);
}

static void clients_that_do_not_speak_tls_are_refused(void **state) {
  (void)state;
  struct identity identity;
  struct http_limits limits = http_limits_default();
  struct world world;
  limits.head_timeout_us = 60 * US_PER_MS;
  make_identity(&identity, "IP:127.0.0.1", 3600);
  world_open(&world, &identity, &limits);
  int plain = dial(world.listener);
  send_string(plain, GET("/"));
  assert_true(is_closed(plain));
  WAIT_UNTIL(count(world.listener).refused[HTTP_REFUSED_MALFORMED] == 1);
  int silent = dial(world.listener);
  assert_true(is_closed(silent));
  WAIT_UNTIL(count(world.listener).refused[HTTP_REFUSED_HEAD_TIME] == 1);
  close(plain);
  close(silent);
  world_close(&world);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(requests_come_over_tls),
      cmocka_unit_test(a_certificate_is_replaced_under_open_connections),
      cmocka_unit_test(a_certificate_that_cannot_be_used_changes_nothing),
      cmocka_unit_test(files_that_cannot_be_used_are_refused_at_the_start),
      cmocka_unit_test(old_versions_of_tls_are_refused),
      cmocka_unit_test(clients_that_do_not_speak_tls_are_refused),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
