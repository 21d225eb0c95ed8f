/* Syslog: what messages look like, that no alert breaks their form, and what is known of a message
 * that was sent. */
#include "alert/destination/siem/syslog_receiver.h"
#include "alert/destination/siem/work_fixture.h"

extern const struct destination_type destination_syslog;

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CEF }; /* as the settings' choices */
enum transport { TLS, TCP, UDP };

struct form {
  int format, transport;
  int64_t max_size;
};

static struct destination syslog_of(const struct form *form, const char *server) {
  struct destination destination = destination_sample(&destination_syslog, "siem", NULL);
  void *options = destination.options;
  const int facility = 16;
  option_set(&destination_syslog, options, "server", server);
  option_set(&destination_syslog, options, "host_name", "margay.example");
  option_set(&destination_syslog, options, "app_name", "margay");
  memcpy(option_place(&destination_syslog, options, "format"), &form->format, sizeof(int));
  memcpy(option_place(&destination_syslog, options, "transport"), &form->transport, sizeof(int));
  memcpy(option_place(&destination_syslog, options, "facility"), &facility, sizeof facility);
  memcpy(option_place(&destination_syslog, options, "max_size"), &form->max_size, sizeof(int64_t));
  return destination;
}

static void render(const struct form *form, const char *server, const struct alert *alert,
                   const struct message_occasion *occasion, struct delivery_request *request) {
  struct destination destination = syslog_of(form, server);
  struct delivery_try attempt = try_sample(SAMPLE_TIME);
  struct error error = ERROR_NONE;
  attempt.occasion = *occasion;
  assert_true(destination_syslog.kind.check(destination.options, &error));
  assert_true(destination_syslog.render(&destination, alert, &attempt, request, &error));
  free(destination.options);
}

static void messages_are_as_they_were_looked_at(void **state) {
  (void)state;
  static const struct message_occasion occasions[] = {
      {.occasion = OCCASION_OPENED},
      {.occasion = OCCASION_RESOLVED, .by = TEXT_INIT("lisa"), .note = TEXT_INIT("a=b|\\]\"")}};
  struct alert alert = alert_sample();
  struct buffer all = BUFFER_NONE;
  for (int format = FORMAT_TEXT; format <= FORMAT_CEF; format++)
    for (size_t i = 0; i < 2; i++) {
      const struct form form = {format, TCP, i == 0 ? 8192 : 2048};
      struct delivery_request request = {.method = NULL};
      alert.state = i == 0 ? ALERT_OPEN : ALERT_RESOLVED;
      alert.resolution = i == 0 ? RESOLUTION_NONE : RESOLUTION_BENIGN;
      render(&form, "siem.example", &alert, &occasions[i], &request);
      assert_string_equal(request.url.data, "siem.example:601");
      buffer_append_text(&all, buffer_text(&request.body));
      buffer_append_char(&all, '\n');
      delivery_request_free(&request);
    }
  golden_text("syslog.txt", buffer_text(&all));
  buffer_free(&all);
}

/* ---- hostile alerts ------------------------------------------------------------------------- */

/* The end of structured data, which begins at `at`. */
static const char *skip_data(const char *at) {
  if (*at == '-')
    return at + 1;
  assert_int_equal(*at, '[');
  for (bool quoted = false; *at && (quoted || *at != ']'); at++) {
    if (quoted && *at == '\\')
      assert_non_null(strchr("\"\\]", *++at));
    else if (*at == '"')
      quoted = !quoted;
    else if (quoted)
      assert_int_not_equal(*at, ']');
  }
  assert_int_equal(*at, ']');
  return at + 1;
}

static void check_cef(const char *message) {
  size_t bars = 0;
  const char *at = message;
  assert_memory_equal(at, "CEF:0|margay|margay|1|", 22);
  for (; bars < 7; at++) {
    assert_int_not_equal(*at, '\0');
    if (*at == '\\')
      assert_non_null(strchr("|\\", *++at));
    else
      bars += *at == '|';
  }
  for (; *at; at++) { /* each `=` ends a key that margay wrote */
    if (*at == '\\') {
      assert_non_null(strchr("\\=", *++at));
    } else if (*at == '=') {
      const char *key = at;
      while (key[-1] != ' ' && key[-1] != '|')
        key--;
      for (; key < at; key++)
        assert_true(markup_is_word(*key));
    }
  }
}

static void check_message(const struct hostile *hostile, struct text frame,
                          const struct form *form) {
  char *text;
  size_t size = strtoul(frame.data, &text, 10);
  if (*text != ' ' || ++text + size != frame.data + frame.size || size > (size_t)form->max_size)
    fail_msg("alert %zu: %zu bytes", hostile->number, size);
  assert_true(text_is_utf8(frame));
  for (size_t i = 0; i < size; i++)
    if ((unsigned char)text[i] < 0x20 || (text[i] == 0x7f && form->format != FORMAT_JSON))
      fail_msg("alert %zu: a control character", hostile->number);
  const char *at = text;
  for (int words = 0; words < 6; words++) /* PRI to MSGID */
    at = strchr(at, ' ') + 1;
  at = skip_data(at);
  assert_int_equal(*at++, ' ');
  if (form->format == FORMAT_CEF)
    check_cef(at);
  if (form->format == FORMAT_JSON) {
    json_t *json = json_loads(at, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    assert_true(json_is_object(json));
    json_decref(json);
  }
}

static void check_hostile(const struct hostile *hostile, void *context) {
  (void)context;
  const struct form form = {(int)(hostile->number % 3), TCP,
                            hostile->number % 2 == 0 ? 2048 : 65536};
  struct delivery_request request = {.method = NULL};
  render(&form, "siem.example", &hostile->alert, &hostile->occasion, &request);
  check_message(hostile, buffer_text(&request.body), &form);
  delivery_request_free(&request);
}

static void hostile_alerts_keep_the_form(void **state) {
  (void)state;
  hostile_each(check_hostile, NULL);
}

/* ---- sending -------------------------------------------------------------------------------- */

/* What a message to a receiver comes to. */
static void expect(const char *row, int transport, struct syslog_receiver *receiver,
                   const char *ca_file, enum delivery_verdict verdict, const char *words) {
  const struct form form = {FORMAT_TEXT, transport, 2048};
  const struct alert alert = alert_sample();
  const struct message_occasion opened = {.occasion = OCCASION_OPENED};
  struct delivery_request request = {.method = NULL};
  struct error reason = ERROR_NONE;
  char server[32];
  snprintf(server, sizeof server, "127.0.0.1:%u", receiver->port);
  render(&form, server, &alert, &opened, &request);
  const struct delivery_work work = {.target = buffer_text(&request.url),
                                     .arguments = buffer_text(&request.work.arguments),
                                     .body = buffer_text(&request.body),
                                     .tls = {.ca_file = ca_file},
                                     .guarded = true,
                                     .stop_fd = -1,
                                     .until = clock_monotonic() + 5 * US_PER_SECOND};
  enum delivery_verdict found = request.work.run(&work, &reason);
  syslog_receiver_stop(receiver);
  if (found != verdict || reason.set != !!words || !strstr(reason.text, words ? words : ""))
    fail_msg("%s: verdict %d, '%s'", row, found, reason.text);
  if (verdict == DELIVERY_DONE)
    assert_string_equal(receiver->bytes, request.body.data);
  delivery_request_free(&request);
}

static void what_is_known_decides(void **state) {
  (void)state;
  static const struct {
    const char *name;
    int transport;
    enum syslog_receiver_way way;
    bool trusted;
    enum delivery_verdict verdict;
    const char *words;
  } rows[] = {
      {"TCP", TCP, RECEIVER_READS, false, DELIVERY_DONE, NULL},
      {"TCP, reset", TCP, RECEIVER_RESETS, false, DELIVERY_RETRY, ""}, /* at once, or later */
      {"TCP, nobody", TCP, RECEIVER_IS_GONE, false, DELIVERY_RETRY, "connect"},
      {"UDP", UDP, RECEIVER_READS, false, DELIVERY_DONE, NULL},
      {"UDP, nobody", UDP, RECEIVER_IS_GONE, false, DELIVERY_RETRY, "Connection refused"},
      {"TLS", TLS, RECEIVER_READS, true, DELIVERY_DONE, NULL},
      {"TLS, not trusted", TLS, RECEIVER_READS, false, DELIVERY_RETRY, "certificate"},
      {"TLS, wants a certificate", TLS, RECEIVER_WANTS_A_CERTIFICATE, true, DELIVERY_RETRY,
       "closed the connection"},
      {"TLS, TCP there", TLS, RECEIVER_RESETS, true, DELIVERY_RETRY, ""},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct syslog_receiver receiver = {.way = rows[i].way,
                                       .datagrams = rows[i].transport == UDP,
                                       .tls = rows[i].transport == TLS &&
                                              rows[i].way != RECEIVER_RESETS};
    syslog_receiver_start(&receiver);
    expect(rows[i].name, rows[i].transport, &receiver, rows[i].trusted ? receiver.ca_path : NULL,
           rows[i].verdict, rows[i].words);
  }
}

static void settings_are_checked(void **state) {
  (void)state;
  static const struct {
    const char *key, *value, *words;
  } rows[] = {
      {"server", "tcp://siem.example", "server: write it as 'host' or 'host:port'"},
      {"server", "", "server: write it"},
      {"host_name", "two words", "host_name: at most 255"},
      {"app_name", "", "app_name: at most 48"},
      {"ca_file", "/nowhere/ca.pem", "ca_file cannot be read"},
  };
  const struct form form = {FORMAT_TEXT, TCP, 2048};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct destination destination = syslog_of(&form, "siem.example");
    struct error error = ERROR_NONE;
    option_set(&destination_syslog, destination.options, rows[i].key, rows[i].value);
    assert_false(destination_syslog.kind.check(destination.options, &error));
    if (!strstr(error.text, rows[i].words))
      fail_msg("%s", error.text);
    free(destination.options);
  }
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
      cmocka_unit_test(messages_are_as_they_were_looked_at),
      cmocka_unit_test(hostile_alerts_keep_the_form),
      cmocka_unit_test(what_is_known_decides),
      cmocka_unit_test(settings_are_checked),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
