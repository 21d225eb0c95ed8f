/* Deliveries to a receiver whose certificate is that of a CA of one's own. */
#include "delivery/delivery_fixture.h"

#include "base/tls_identity.h"

#include <microhttpd.h>

struct tls_receiver {
  char ca_path[40], url[64];
  struct MHD_Daemon *daemon;
};

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *data_size, void **request_context) {
  static int seen;
  (void)context, (void)url, (void)method, (void)version, (void)data;
  if (!*request_context) {
    *request_context = &seen;
    return MHD_YES;
  }
  if (*data_size > 0) {
    *data_size = 0;
    return MHD_YES;
  }
  struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
  enum MHD_Result result = MHD_queue_response(connection, 200, response);
  MHD_destroy_response(response);
  return result;
}

static void tls_start(struct tls_receiver *receiver) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct identity identity;
  make_identity(&identity, "IP:127.0.0.1", 3600);
  strcpy(receiver->ca_path, "/tmp/margay-ca-XXXXXX");
  int file = mkstemp(receiver->ca_path);
  size_t size = strlen(identity.certificate);
  assert_int_equal(write(file, identity.certificate, size), size);
  close(file);
  receiver->daemon = MHD_start_daemon(
      MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, NULL, NULL, answer, NULL,
      MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_HTTPS_MEM_KEY, identity.key,
      MHD_OPTION_HTTPS_MEM_CERT, identity.certificate, MHD_OPTION_END);
  assert_non_null(receiver->daemon);
  snprintf(receiver->url, sizeof receiver->url, "https://127.0.0.1:%u/",
           MHD_get_daemon_info(receiver->daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
}

static void tls_stop(struct tls_receiver *receiver) {
  MHD_stop_daemon(receiver->daemon);
  unlink(receiver->ca_path);
}

static void a_receiver_with_a_ca_of_ones_own_gets_alerts(void **state) {
  struct fixture *f = *state;
  struct tls_receiver receiver;
  tls_start(&receiver);
  add_destination(f, &destination_webhook, "trusting", receiver.url);
  option_set(&destination_webhook, f->destinations[0].options, "ca_file", receiver.ca_path);
  add_destination(f, &destination_webhook, "strict", receiver.url);
  add_alerts(f, "trusting", 1, 3);
  add_alerts(f, "strict", 10, 1);
  start_delivery(f);
  wait_delivered(f, 3);
  wait_attempts(f, 10, 1);
  stop_delivery(f, 0);
  assert_int_equal(row_of(f, 10).state, OUTBOX_PENDING);
  assert_string_equal(row_of(f, 10).last_error,
                      "the server's TLS certificate is not trusted (self-signed certificate)");
  tls_stop(&receiver);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      DELIVERY_TEST(a_receiver_with_a_ca_of_ones_own_gets_alerts),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
