#include "alert/alert_fixture.h"

#include "base/utf8.h"

enum colour { AUTO, ALWAYS, NEVER };
enum format { WORDS, JSON };

static struct buffer render(const struct alert *alert, int colour, int format, bool terminal) {
  struct destination destination = destination_sample(&destination_console, "console", NULL);
  struct delivery_request request = {.headers = NULL};
  struct delivery_try attempt = try_sample(SAMPLE_TIME);
  struct error error = ERROR_NONE;
  memcpy(option_place(&destination_console, destination.options, "colour"), &colour, sizeof colour);
  memcpy(option_place(&destination_console, destination.options, "format"), &format, sizeof format);
  attempt.terminal = terminal;
  assert_true(destination_console.render(&destination, alert, &attempt, &request, &error));
  assert_int_equal(request.transport, DELIVERY_PRINT);
  free(destination.options);
  struct buffer body = request.body;
  request.body = BUFFER_NONE;
  delivery_request_free(&request);
  return body;
}

static void an_alert_reads_well(void **state) {
  (void)state;
  struct alert alert = alert_sample();
  struct buffer body = render(&alert, AUTO, WORDS, false);
  assert_string_equal(
      body.data,
      "2024-03-21 07:09:03 UTC  HIGH      Passcode turned off for group Springfield\n"
      "                                   homer@example.com, Zoom.PasscodeDisabled, 3 matches\n");
  buffer_free(&body);
}

static void a_correlation_shows_what_happened_in_each_step(void **state) {
  (void)state;
  struct alert alert = alert_of_correlation();
  struct buffer body = render(&alert, AUTO, WORDS, false);
#define IN "                                   "
  assert_string_equal(
      body.data, "2024-03-21 07:09:03 UTC  HIGH      Added and promoted by homer\n" IN
                 "homer@example.com, My.AddedThenPromoted, 1 match\n" IN "added: 4 matches\n" IN
                 "  2024-03-21 07:00:00 UTC  homer  bart was added  (Zoom.User.Added)\n" IN
                 "  2024-03-21 07:01:00 UTC  homer  lisa was added  (Zoom.User.Added)\n" IN
                 "  2024-03-21 07:02:00 UTC  <!channel>  (Zoom.User.Added)\n" IN "  and 1 more\n" IN
                 "deleted: did not happen\n" IN "promoted: 1 match\n" IN
                 "  2024-03-21 07:05:00 UTC  bart is an admin  (Zoom.User.Promoted)\n");
  buffer_free(&body);
}

static void what_is_not_known_is_left_out(void **state) {
  (void)state;
  struct alert alert = {.type = ALERT_RULE_ERROR,
                        .severity = SEVERITY_CRITICAL,
                        .rule_id = TEXT("A.B"),
                        .first_event_time = TIME_NONE,
                        .match_count = 1};
  struct buffer body = render(&alert, AUTO, WORDS, false);
  assert_string_equal(body.data, "unknown                  CRITICAL  rule error: A.B\n"
                                 "                                   A.B, 1 match\n");
  buffer_free(&body);
}

static void colour_is_for_terminals_unless_asked_otherwise(void **state) {
  (void)state;
  static const struct {
    int colour;
    bool terminal, coloured;
  } rows[] = {
      {AUTO, false, false}, {AUTO, true, true},    {ALWAYS, false, true},
      {ALWAYS, true, true}, {NEVER, false, false}, {NEVER, true, false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    for (int severity = 0; severity < SEVERITY_COUNT; severity++) {
      struct alert alert = alert_sample();
      alert.severity = (enum severity)severity;
      struct buffer body = render(&alert, rows[i].colour, WORDS, rows[i].terminal);
      assert_int_equal(strchr(body.data, '\x1b') != NULL, rows[i].coloured);
      assert_non_null(strstr(body.data, severity_name(alert.severity)));
      buffer_free(&body);
    }
}

static void hostile_text_stays_on_its_lines(void **state) {
  (void)state;
  struct alert alert = alert_sample();
  struct text hostile = TEXT("\x1b]0;title\x07\x1b[2J\n2024-01-01 fake\r\nline\x00\x7f\xc2\x9b"
                             "31m \xe2\x80\xae\xe2\x80\xac \xff");
  alert.title = alert.actor = alert.rule_id = hostile;
  struct buffer body = render(&alert, NEVER, WORDS, true);
  size_t lines = 0;
  for (size_t at = 0, size; at < body.size; at += size) {
    uint32_t code = 0;
    size = utf8_read(body.data + at, body.size - at, &code);
    assert_true(size > 0);
    if (code == '\n')
      lines++;
    else
      assert_false(utf8_is_hidden(code));
  }
  assert_int_equal(lines, 2);
  buffer_free(&body);
}

static void json_is_one_line_of_printable_ascii(void **state) {
  (void)state;
  struct alert alert = alert_sample();
  alert.title = TEXT("\x1b[2J\n \xe2\x80\xae\xe2\x80\xac \x7f \xff \xc3\xa4");
  struct buffer body = render(&alert, ALWAYS, JSON, true);
  for (size_t i = 0; i < body.size - 1; i++)
    assert_true(body.data[i] >= 0x20 && body.data[i] < 0x7f);
  assert_int_equal(body.data[body.size - 1], '\n');
  json_t *json = json_loadb(body.data, body.size, 0, NULL);
  assert_non_null(json);
  assert_string_equal(json_string_value(json_object_get(json, "title")),
                      "\x1b[2J\n \xe2\x80\xae\xe2\x80\xac \x7f \xef\xbf\xbd \xc3\xa4");
  json_decref(json);
  buffer_free(&body);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_alert_reads_well),
      cmocka_unit_test(a_correlation_shows_what_happened_in_each_step),
      cmocka_unit_test(what_is_not_known_is_left_out),
      cmocka_unit_test(colour_is_for_terminals_unless_asked_otherwise),
      cmocka_unit_test(hostile_text_stays_on_its_lines),
      cmocka_unit_test(json_is_one_line_of_printable_ascii),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
