/* Mails by SMTP: what is handed over, and what the server's answers mean. */
#include "delivery/delivery_fixture.h"

#include "base/tls_identity.h"
#include "delivery/mail_receiver.h"

extern const struct destination_type destination_email;

enum tls { STARTTLS, IMPLICIT, NONE }; /* as the setting's choices */

static void add_mail(struct fixture *f, unsigned port, int tls) {
  static char server[64];
  static const struct text to[] = {TEXT_INIT("soc@example.com"), TEXT_INIT("lisa@example.com")};
  const struct setting_list list = {to, 2};
  snprintf(server, sizeof server, "127.0.0.1:%u", port);
  add_destination(f, &destination_email, "mail", NULL);
  void *options = f->destinations[0].options;
  option_set(&destination_email, options, "server", server);
  option_set(&destination_email, options, "from", "margay@example.com");
  memcpy(option_place(&destination_email, options, "to"), &list, sizeof list);
  memcpy(option_place(&destination_email, options, "tls"), &tls, sizeof tls);
}

static void a_mail_is_handed_over_once_for_all(void **state) {
  struct fixture *f = *state;
  struct mail_receiver server = {.command = NULL};
  mail_start(&server);
  add_mail(f, server.port, NONE);
  add_alerts(f, "mail", 1, 1);
  start_delivery(f);
  wait_delivered(f, 1);
  stop_delivery(f, 0);
  assert_int_equal(server.mails, 1);
  static const char *const commands[] = {"MAIL FROM:<margay@example.com>",
                                         "RCPT TO:<soc@example.com>", "RCPT TO:<lisa@example.com>"};
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    assert_non_null(strstr(server.commands.data, commands[i]));
  static const char *const lines[] = {
      "\r\nFrom: margay <margay@example.com>\r\n",
      "\r\nTo: soc@example.com,\r\n lisa@example.com\r\n",
      "\r\nSubject: HIGH: Passcode turned off for group Springfield\r\n",
      "\r\nMessage-ID: <00000000000000000000000000000001.margay@example.com>\r\n",
      "\r\nAuto-Submitted: auto-generated\r\n",
      "\r\n--=_margay_part--\r\n",
  };
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
    if (!strstr(server.mail.data, lines[i]))
      fail_msg("'%s' is not in\n%s", lines[i], server.mail.data);
  mail_stop(&server);
}

static void what_the_server_answers_decides(void **state) {
  static const struct {
    const char *command, *answer;
    int tls;
    enum outbox_state state;
    const char *reason;
  } rows[] = {
      {"", "421 busy", NONE, OUTBOX_PENDING, ""},
      {"", NULL, NONE, OUTBOX_PENDING, ""},
      {"MAIL", "550 not you", NONE, OUTBOX_PARKED, "the mail server refuses"},
      {"RCPT", "450 later", NONE, OUTBOX_PENDING, "(450)"},
      {"RCPT", "550 nobody", NONE, OUTBOX_PARKED, "(550)"},
      {"DATA", "554 no", NONE, OUTBOX_PARKED, "(554)"},
      {".", "552 too large", NONE, OUTBOX_PARKED, "(552)"},
      {".", "451 try again", NONE, OUTBOX_PENDING, "(451)"},
      {".", NULL, NONE, OUTBOX_PENDING, ""},
      {NULL, NULL, STARTTLS, OUTBOX_PENDING, "offers no STARTTLS"},
      {NULL, NULL, IMPLICIT, OUTBOX_PENDING, ""},
  };
  struct fixture *f = *state;
  for (int i = 0; i < (int)(sizeof rows / sizeof rows[0]); i++) {
    struct mail_receiver server = {.command = rows[i].command, .answer = rows[i].answer};
    mail_start(&server);
    f->destination_count = 0;
    free(f->destinations[0].options);
    f->destinations[0].options = NULL;
    add_mail(f, server.port, rows[i].tls);
    f->options.retry_first_us = US_PER_HOUR;
    f->options.retry_most_us = US_PER_HOUR;
    add_alerts(f, "mail", i, 1);
    start_delivery(f);
    wait_attempts(f, i, 1);
    stop_delivery(f, 0);
    struct seen row = row_of(f, i);
    if (row.state != rows[i].state || !*row.last_error || !strstr(row.last_error, rows[i].reason))
      fail_msg("row %d: %s, '%s'", i, outbox_state_name(row.state), row.last_error);
    int64_t count;
    done(f, store_outbox_drop(f->store, &(struct outbox_filter){.limit = 0}, INT64_MAX, &count,
                              &f->error));
    mail_stop(&server);
  }
}

/* Writes the certificate to a file of this name. */
static gnutls_certificate_credentials_t credentials_of(char *path) {
  struct identity identity;
  gnutls_certificate_credentials_t credentials;
  make_identity(&identity, "IP:127.0.0.1", 3600);
  const gnutls_datum_t certificate = {(unsigned char *)identity.certificate,
                                      (unsigned)strlen(identity.certificate)},
                       key = {(unsigned char *)identity.key, (unsigned)strlen(identity.key)};
  assert_int_equal(gnutls_certificate_allocate_credentials(&credentials), 0);
  assert_int_equal(
      gnutls_certificate_set_x509_key_mem(credentials, &certificate, &key, GNUTLS_X509_FMT_PEM), 0);
  int file = mkstemp(path);
  assert_int_equal(write(file, certificate.data, certificate.size), certificate.size);
  close(file);
  return credentials;
}

static void starttls_is_verified(void **state) {
  struct fixture *f = *state;
  char path[] = "/tmp/margay-ca-XXXXXX";
  struct mail_receiver server = {.credentials = credentials_of(path)};
  mail_start(&server);
  add_mail(f, server.port, STARTTLS);
  f->options.retry_first_us = US_PER_HOUR;
  f->options.retry_most_us = US_PER_HOUR;
  add_alerts(f, "mail", 1, 1);
  start_delivery(f);
  wait_attempts(f, 1, 1);
  stop_delivery(f, 0);
  assert_int_equal(row_of(f, 1).state, OUTBOX_PENDING);
  assert_non_null(strstr(row_of(f, 1).last_error, "certificate"));
  assert_int_equal(server.mails, 0);

  option_set(&destination_email, f->destinations[0].options, "ca_file", path);
  add_alerts(f, "mail", 2, 1);
  start_delivery(f);
  wait_delivered(f, 2); /* the first one is due, as the server takes mails */
  stop_delivery(f, US_PER_SECOND);
  assert_int_equal(server.mails, 2);
  assert_true(server.secured >= 1);
  assert_non_null(strstr(server.commands.data, "STARTTLS\r\n"));
  mail_stop(&server);
  gnutls_certificate_free_credentials(server.credentials);
  unlink(path);
}

static size_t count_text(const char *text, const char *part) {
  size_t count = 0;
  for (const char *at = text; (at = strstr(at, part)); at++)
    count++;
  return count;
}

static void a_recipient_who_is_refused_holds_up_nobody(void **state) {
  struct fixture *f = *state;
  struct mail_receiver server = {
      .recipients = {{.address = "lisa@", .answer = "550-no\r\n550 such user"}}};
  struct delivery_counts counts;
  mail_start(&server);
  add_mail(f, server.port, NONE);
  add_alerts(f, "mail", 1, 1);
  start_delivery(f);
  wait_delivered(f, 1);
  for (int i = 0; delivery_count(f->delivery, &counts), counts.sent < 1 && i < WAIT_STEPS; i++)
    nap();
  assert_int_equal(counts.left_out, 1);
  stop_delivery(f, 0);
  assert_int_equal(server.mails, 1);
  assert_string_equal(row_of(f, 1).last_error, "the mail server refuses lisa@example.com (550)");
  assert_int_equal(count_in_log(f, "not to all of its recipients"), 1);
  mail_stop(&server);
}

static void who_is_put_off_gets_the_mail_later_and_the_others_once(void **state) {
  struct fixture *f = *state;
  struct mail_receiver server = {
      .recipients = {{.address = "lisa@", .answer = "450 come again", .until = 1}}};
  mail_start(&server);
  add_mail(f, server.port, NONE);
  add_alerts(f, "mail", 1, 1);
  start_delivery(f);
  wait_delivered(f, 1);
  stop_delivery(f, 0);
  assert_int_equal(server.mails, 2);
  assert_int_equal(count_text(server.commands.data, "RCPT TO:<soc@example.com>"), 1);
  assert_int_equal(count_text(server.commands.data, "RCPT TO:<lisa@example.com>"), 2);
  assert_string_equal(row_of(f, 1).last_error, "");
  mail_stop(&server);
}

static void when_all_are_refused_the_mail_is_parked(void **state) {
  struct fixture *f = *state;
  struct mail_receiver server = {.recipients = {{.address = "soc@", .answer = "553 no"},
                                                {.address = "lisa@", .answer = "550 no"}}};
  mail_start(&server);
  add_mail(f, server.port, NONE);
  add_alerts(f, "mail", 1, 1);
  start_delivery(f);
  wait_parked(f, 1);
  stop_delivery(f, 0);
  assert_int_equal(server.mails, 0);
  mail_stop(&server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      DELIVERY_TEST(a_mail_is_handed_over_once_for_all),
      DELIVERY_TEST(what_the_server_answers_decides),
      DELIVERY_TEST(starttls_is_verified),
      DELIVERY_TEST(a_recipient_who_is_refused_holds_up_nobody),
      DELIVERY_TEST(who_is_put_off_gets_the_mail_later_and_the_others_once),
      DELIVERY_TEST(when_all_are_refused_the_mail_is_parked),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
