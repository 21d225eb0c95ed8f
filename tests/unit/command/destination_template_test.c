/* Templates of messages: what they may change, and what becomes of one that fails. */
#include "command/config/destination_template.h"

#include "alert/alert_fixture.h"

#include <stdio.h>
#include <unistd.h>

struct written {
  struct arena arena;
  struct message message;
  struct error error;
};

static struct message_template *template_of(const char *source, struct error *error) {
  char path[] = "/tmp/margay-template-XXXXXX";
  int file = mkstemp(path);
  assert_true(file >= 0);
  assert_int_equal(write(file, source, strlen(source)), (ssize_t)strlen(source));
  close(file);
  struct message_template *template = destination_template_open(path, error);
  unlink(path);
  return template;
}

static void write_message(const char *source, const struct alert *alert, struct written *written) {
  struct error error = ERROR_NONE;
  struct message_template *template = template_of(source, &error);
  if (!template)
    fail_msg("%s: %s", source, error.text);
  const struct alert_display display = {.template = template};
  *written = (struct written){.arena = ARENA_NONE, .error = ERROR_NONE};
  const struct message_occasion occasion = {
      .occasion = OCCASION_RESOLVED, .by = TEXT("lisa"), .template_error = &written->error};
  message_write(&written->message, alert, &display, &occasion, &written->arena);
  destination_template_close(template);
}

static void assert_text(const char *source, struct text text, const char *expected) {
  if (!text_is(text, expected))
    fail_msg("%s\n'%.*s' where '%s' was expected", source, TEXT_ARGS(text), expected);
}

static void a_title_is_made_of_the_alert(void **state) {
  (void)state;
  static const char usual[] = "Passcode turned off for group Springfield";
  static const struct {
    const char *source, *headline;
  } rows[] = {
      {"function title(alert) return alert.severity .. ' ' .. alert.actor end",
       "HIGH homer@example.com"},
      {"function title(alert) return alert.event.action .. ' ' .. alert.alert_context.group end",
       "Update Springfield"},
      {"function title(alert) return alert.occasion .. ' by ' .. alert.by end", "resolved by lisa"},
      {"function title(alert) return alert.tags[2] .. #alert.steps end", "settings0"},
      {"function title(alert) return re.find('on', '^o') and '  trimmed ' end", "trimmed"},
      {"function title(alert) end", usual},
      {"function title(alert) return '' end", usual},
      {"function fields(alert) end", usual},
  };
  const struct alert alert = alert_sample();
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct written written;
    write_message(rows[i].source, &alert, &written);
    if (written.error.set)
      fail_msg("%s: %s", rows[i].source, written.error.text);
    assert_text(rows[i].source, written.message.headline, rows[i].headline);
    arena_free(&written.arena);
  }
}

static void what_no_rule_reports_is_still_said_to_be_that(void **state) {
  (void)state;
  struct alert alert = alert_sample();
  struct written written;
  alert.type = ALERT_SYSTEM;
  write_message("function title(alert) return 'x' end", &alert, &written);
  assert_text("", written.message.headline, "margay: x");
  arena_free(&written.arena);
}

static void fields_replace_the_usual_ones_which_a_template_may_add_to(void **state) {
  (void)state;
  static const struct {
    const char *source, *labels;
  } rows[] = {
      {"function fields(alert) return {{'Team', 'blue'}, {'n', 3}, {'yes', true}, {'x', 1.5}} end",
       "Team=blue n=3 yes=true x=1.5 "},
      {"function fields(alert) return {{'Team', 'blue'}, alert.fields[1]} end",
       "Team=blue group=Springfield "},
      {"function fields(alert) return {} end", ""},
      {"function fields(alert) return {{'empty', ''}, {'a', 'b'}} end", "a=b "},
  };
  const struct alert alert = alert_sample();
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct written written;
    struct buffer found = BUFFER_NONE;
    write_message(rows[i].source, &alert, &written);
    if (written.error.set)
      fail_msg("%s: %s", rows[i].source, written.error.text);
    for (size_t k = 0; k < written.message.field_count; k++)
      buffer_printf(&found, "%.*s=%.*s ", TEXT_ARGS(written.message.fields[k].label),
                    TEXT_ARGS(written.message.fields[k].value));
    assert_text(rows[i].source, buffer_text(&found), rows[i].labels);
    buffer_free(&found);
    arena_free(&written.arena);
  }
}

static void one_that_fails_leaves_the_message_as_it_is_without_it(void **state) {
  (void)state;
  static const struct {
    const char *source, *error;
  } rows[] = {
      {"function title(alert) return alert.nothing.x end", "attempt to index a nil value"},
      {"function title(alert) return 3 end", "title must return a text"},
      {"function title(alert) return {} end", "title must return a text"},
      {"function title(alert) return print end", "function"},
      {"function title(alert) while true do end end", "used up its 10,000,000 instructions"},
      {"function title(alert) return ('x'):rep(1 << 27) end", "memory"},
      {"function title(alert) return ('x'):rep(1 << 20) end", "65536"},
      {"function title() return 'half' end function fields() error('no') end", "no"},
      {"function fields(alert) return {a = 'b'} end", "fields must return a list"},
      {"function fields(alert) return {'a'} end", "entry 1 "},
      {"function fields(alert) return {{'a', 'b'}, {'a', {}}} end", "entry 2 "},
      {"function fields(alert) local l = {} for i = 1, 11 do l[i] = {'a', i} end return l end",
       "returned 11 fields"},
      {"function title(alert) return kv.get_counter('x') end", "kv"},
      {"function title(alert) return io.open('/etc/passwd') end", "io"},
  };
  const struct alert alert = alert_sample();
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct written written;
    write_message(rows[i].source, &alert, &written);
    if (!written.error.set || !strstr(written.error.text, rows[i].error))
      fail_msg("%s: '%s' where '%s' was expected", rows[i].source, written.error.text,
               rows[i].error);
    assert_non_null(strstr(written.error.file, "/tmp/margay-template-"));
    assert_text(rows[i].source, written.message.headline,
                "Passcode turned off for group Springfield");
    assert_true(written.message.field_count > 0);
    arena_free(&written.arena);
  }
}

static void calls_share_nothing_but_what_the_template_keeps(void **state) {
  (void)state;
  struct error error = ERROR_NONE;
  struct message_template *template = template_of(
      "local n = 0 function title(alert) n = n + 1 alert.title = 'x' return 'call ' .. n end",
      &error);
  const struct alert_display display = {.template = template};
  const struct message_occasion occasion = {.occasion = OCCASION_OPENED};
  const struct alert alert = alert_sample();
  struct arena arena = ARENA_NONE;
  struct message message;
  assert_non_null(template);
  for (int i = 0; i < 200; i++)
    message_write(&message, &alert, &display, &occasion, &arena);
  assert_text("", message.headline, "call 200");
  arena_free(&arena);
  destination_template_close(template);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_title_is_made_of_the_alert),
      cmocka_unit_test(what_no_rule_reports_is_still_said_to_be_that),
      cmocka_unit_test(fields_replace_the_usual_ones_which_a_template_may_add_to),
      cmocka_unit_test(one_that_fails_leaves_the_message_as_it_is_without_it),
      cmocka_unit_test(calls_share_nothing_but_what_the_template_keeps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
