#include "base/log/log.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* A log into memory, at 2024-03-21T07:09:03.016Z. */
struct fixture {
  time_us now;
  FILE *out;
  char *text;
  size_t size;
  struct log *log;
};

static struct fixture *start(enum log_format format) {
  struct fixture *fixture = memory_alloc(sizeof *fixture);
  fixture->now = INT64_C(1711004943016789);
  fixture->out = open_memstream(&fixture->text, &fixture->size);
  fixture->log = log_new(fixture->out, LOG_LEVEL_DEBUG, format, clock_fixed(&fixture->now));
  return fixture;
}

static void stop(struct fixture *fixture) {
  log_free(fixture->log);
  fclose(fixture->out);
  free(fixture->text);
  free(fixture);
}

#define AT "ts=2024-03-21T07:09:03.016Z "

static void an_entry_is_one_logfmt_line(void **state) {
  (void)state;
  struct fixture *fixture = start(LOG_FORMAT_LOGFMT);
  LOG_INFO(fixture->log, "poll done", LOG_STRING("source", "zoom"), LOG_INT("records", 12),
           LOG_REAL("seconds", 0.25));
  LOG_ERROR(fixture->log, "stopped");
  assert_string_equal(fixture->text,
                      AT "level=info msg=\"poll done\" source=zoom records=12 seconds=0.25\n" AT
                         "level=error msg=stopped\n");
  stop(fixture);
}

static void an_entry_at_a_computed_level_has_every_field(void **state) {
  (void)state;
  struct fixture *fixture = start(LOG_FORMAT_LOGFMT);
  LOG_AT(fixture->log, state ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "slow", LOG_INT("a", 1),
         LOG_INT("b", 2));
  LOG_AT(fixture->log, LOG_LEVEL_INFO, "bare");
  assert_string_equal(fixture->text, AT "level=warn msg=slow a=1 b=2\n" AT "level=info msg=bare\n");
  stop(fixture);
}

static void an_entry_is_one_json_line(void **state) {
  (void)state;
  struct fixture *fixture = start(LOG_FORMAT_JSON);
  LOG_WARN(fixture->log, "poll done", LOG_STRING("source", "zo\"om"), LOG_INT("records", -12),
           LOG_REAL("nothing", NAN));
  assert_string_equal(
      fixture->text,
      "{\"ts\":\"2024-03-21T07:09:03.016Z\",\"level\":\"warn\",\"msg\":\"poll done\","
      "\"source\":\"zo\\\"om\",\"records\":-12,\"nothing\":null}\n");
  stop(fixture);
}

static void a_whole_second_still_has_milliseconds(void **state) {
  (void)state;
  struct fixture *fixture = start(LOG_FORMAT_LOGFMT);
  fixture->now = INT64_C(1711004943000000);
  LOG_INFO(fixture->log, "x");
  assert_string_equal(fixture->text, "ts=2024-03-21T07:09:03.000Z level=info msg=x\n");
  stop(fixture);
}

static void values_are_quoted_and_escaped_where_they_must_be(void **state) {
  (void)state;
  static const struct {
    struct text value;
    const char *written;
  } table[] = {
      {TEXT_INIT("plain"), "plain"},
      {TEXT_INIT("a/b:c,d"), "a/b:c,d"},
      {TEXT_INIT(""), "\"\""},
      {TEXT_INIT("two words"), "\"two words\""},
      {TEXT_INIT("a=b"), "\"a=b\""},
      {TEXT_INIT("say \"hi\""), "\"say \\\"hi\\\"\""},
      {TEXT_INIT("c:\\x"), "\"c:\\\\x\""},
      {TEXT_INIT("line\nlevel=error"), "\"line\\nlevel=error\""},
      {TEXT_INIT("\r\t"), "\"\\r\\t\""},
      {TEXT_INIT("\x1b[31mred"), "\"\\u001b[31mred\""},
      {TEXT_INIT("a\0b"), "\"a\\u0000b\""},
      {TEXT_INIT("\x7f"), "\"\\u007f\""},
      {TEXT_INIT("\xc2\x9b"), "\"\\u009b\""},
      {TEXT_INIT("\xe2\x80\xae"), "\"\\u202e\""},
      {TEXT_INIT("\xe2\x80\xa8"), "\"\\u2028\""},
      {TEXT_INIT("\xef\xbb\xbf"), "\"\\ufeff\""},
      {TEXT_INIT("\xf3\xa0\x81\x81"), "\"\\udb40\\udc41\""},
      {TEXT_INIT("J\xc3\xbcrgen"), "\"J\xc3\xbcrgen\""},
      {TEXT_INIT("\xff\xfe"), "\"\xef\xbf\xbd\xef\xbf\xbd\""},
      {TEXT_INIT("cut \xf0\x9f"), "\"cut \xef\xbf\xbd\xef\xbf\xbd\""},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct fixture *fixture = start(LOG_FORMAT_LOGFMT);
    char expected[200];
    LOG_INFO(fixture->log, "m", LOG_TEXT("v", table[i].value));
    snprintf(expected, sizeof expected, AT "level=info msg=m v=%s\n", table[i].written);
    assert_string_equal(fixture->text, expected);
    stop(fixture);
  }
}

static void any_bytes_give_json_that_reads_back(void **state) {
  (void)state;
  struct fixture *fixture = start(LOG_FORMAT_JSON);
  char bytes[256];
  for (int i = 0; i < 256; i++)
    bytes[i] = (char)i;
  LOG_INFO(fixture->log, "m", LOG_TEXT("v", ((struct text){bytes, sizeof bytes})));
  json_error_t error;
  json_t *root = json_loadb(fixture->text, fixture->size, JSON_ALLOW_NUL, &error);
  assert_non_null(root);
  assert_memory_equal(json_string_value(json_object_get(root, "v")), bytes, 128);
  json_decref(root);
  for (size_t i = 0; i + 1 < fixture->size; i++)
    assert_true((uint8_t)fixture->text[i] >= 0x20 && fixture->text[i] != 0x7f);
  stop(fixture);
}

static void secrets_are_hidden_wherever_they_turn_up(void **state) {
  (void)state;
  static const enum log_format formats[] = {LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON};
  for (size_t i = 0; i < 2; i++) {
    struct fixture *fixture = start(formats[i]);
    log_hide(fixture->log, TEXT("hunter2"));
    log_hide(fixture->log, TEXT("hunter2hunter3"));
    log_hide(fixture->log, TEXT("hunter2"));
    log_hide(fixture->log, TEXT("quo\"te\n"));
    log_hide(fixture->log, TEXT("98765"));
    log_hide(fixture->log, TEXT("abc")); /* too short: it would hide ordinary words */
    struct error error = ERROR_NONE;
    error_set(&error, "refused by hunter2@host");
    LOG_INFO(fixture->log, "the hunter2 word", LOG_STRING("a", "hunter2"),
             LOG_STRING("b", "xhunter2hunter3y"), LOG_STRING("c", "quo\"te\n"),
             LOG_INT("d", 1987650), LOG_REAL("e", 98765.5), LOG_ERROR_LINE(&error),
             LOG_STRING("f", "abc"));
    assert_null(strstr(fixture->text, "hunter"));
    assert_null(strstr(fixture->text, "quo"));
    assert_null(strstr(fixture->text, "98765"));
    assert_non_null(strstr(fixture->text, "abc"));
    if (formats[i] == LOG_FORMAT_LOGFMT)
      assert_string_equal(fixture->text,
                          AT "level=info msg=\"the [hidden] word\" a=[hidden] b=x[hidden]y "
                             "c=[hidden] d=1[hidden]0 e=[hidden].5 error=\"refused by "
                             "[hidden]@host\" f=abc\n");
    stop(fixture);
  }
}

static void a_long_value_is_cut_after_its_secrets_were_hidden(void **state) {
  (void)state;
  struct fixture *fixture = start(LOG_FORMAT_LOGFMT);
  size_t size = 4096 + 10;
  char *value = memory_alloc(size);
  memset(value, 'x', size);
  memcpy(value + 4090, "the-secret", 10);
  log_hide(fixture->log, TEXT("the-secret"));
  LOG_INFO(fixture->log, "m", LOG_TEXT("v", ((struct text){value, size})));
  assert_null(strstr(fixture->text, "the-"));
  assert_true(fixture->size < 4200);
  assert_string_equal(fixture->text + fixture->size - 4, "...\n");
  free(value);
  stop(fixture);
}

static void entries_below_the_level_are_not_written(void **state) {
  (void)state;
  struct fixture *fixture = start(LOG_FORMAT_LOGFMT);
  log_set(fixture->log, LOG_LEVEL_WARN, LOG_FORMAT_LOGFMT);
  LOG_INFO(fixture->log, "no");
  LOG_DEBUG(fixture->log, "no");
  fflush(fixture->out);
  assert_int_equal(fixture->size, 0);
  LOG_WARN(fixture->log, "yes");
  log_set(fixture->log, LOG_LEVEL_DEBUG, LOG_FORMAT_JSON);
  LOG_DEBUG(fixture->log, "yes");
  assert_string_equal(
      fixture->text,
      AT "level=warn msg=yes\n"
         "{\"ts\":\"2024-03-21T07:09:03.016Z\",\"level\":\"debug\",\"msg\":\"yes\"}\n");
  LOG_ERROR((struct log *)NULL, "nowhere");
  stop(fixture);
}

static void *write_many(void *log) {
  for (int i = 0; i < 500; i++)
    LOG_INFO((struct log *)log, "one of many", LOG_INT("i", i));
  return NULL;
}

static void lines_of_many_threads_stay_whole(void **state) {
  (void)state;
  struct fixture *fixture = start(LOG_FORMAT_LOGFMT);
  pthread_t threads[4];
  static const char start_of_line[] = AT "level=info msg=\"one of many\" i=";
  size_t lines = 0;
  for (int i = 0; i < 4; i++)
    pthread_create(&threads[i], NULL, write_many, fixture->log);
  for (int i = 0; i < 4; i++)
    pthread_join(threads[i], NULL);
  for (char *line = fixture->text, *end; (end = strchr(line, '\n')); line = end + 1, lines++)
    assert_int_equal(strncmp(line, start_of_line, sizeof start_of_line - 1), 0);
  assert_int_equal(lines, 2000);
  stop(fixture);
}

/* ---- a log with a thread of its own ------------------------------------------------------ */

enum { LINES = 3000, WAIT_STEPS = 20000 };

struct piped {
  int reader;
  FILE *out;
  struct log *log;
};

static struct piped piped_start(void) {
  struct error error = ERROR_NONE;
  int fds[2];
  assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
  struct piped piped = {.reader = fds[0], .out = fdopen(fds[1], "w")};
  signal(SIGPIPE, SIG_IGN);
  piped.log = log_new(piped.out, LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, clock_system());
  assert_true(log_detach(piped.log, &error));
  return piped;
}

/* Lines of a KiB, which are more than may wait. */
static void write_lines(struct log *log) {
  char value[1024];
  memset(value, 'v', sizeof value - 1);
  value[sizeof value - 1] = '\0';
  for (int i = 0; i < LINES; i++)
    LOG_INFO(log, "a line", LOG_STRING("value", value));
}

static void wait_lost(struct log *log, uint64_t lines) {
  for (int i = 0; log_lost(log) < lines; i++) {
    if (i == WAIT_STEPS)
      fail_msg("%d lines were lost, %d expected", (int)log_lost(log), (int)lines);
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
}

static void the_last_lines_are_written_before_the_end(void **state) {
  (void)state;
  struct piped piped = piped_start();
  LOG_INFO(piped.log, "one");
  LOG_INFO(piped.log, "two");
  log_free(piped.log);
  char text[512] = "";
  assert_true(read(piped.reader, text, sizeof text - 1) > 0);
  assert_non_null(strstr(text, "msg=one\n"));
  assert_non_null(strstr(text, "msg=two\n"));
  fclose(piped.out);
  close(piped.reader);
}

static void nobody_waits_for_a_log_that_is_not_read_and_the_loss_is_said(void **state) {
  (void)state;
  struct piped piped = piped_start();
  write_lines(piped.log); /* returns */
  uint64_t lost = log_lost(piped.log);
  assert_in_range(lost, LINES / 2, LINES - 1);
  struct buffer seen = BUFFER_NONE;
  char expected[64];
  snprintf(expected, sizeof expected, "nobody took them\" lines=%d\n", (int)lost);
  while (!seen.data || !strstr(seen.data, expected)) {
    char *room = buffer_reserve(&seen, 65536);
    ssize_t size = read(piped.reader, room, 65535);
    assert_true(size > 0);
    seen.size += (size_t)size;
    seen.data[seen.size] = '\0';
  }
  log_free(piped.log);
  buffer_free(&seen);
  fclose(piped.out);
  close(piped.reader);
}

static void a_log_that_is_never_read_does_not_keep_the_end(void **state) {
  (void)state;
  struct piped piped = piped_start();
  write_lines(piped.log);
  int64_t begin = clock_monotonic();
  log_free(piped.log);
  assert_true(clock_monotonic() - begin < 20 * US_PER_SECOND);
  fclose(piped.out);
  close(piped.reader);
}

static void lines_for_a_reader_that_has_gone_are_counted(void **state) {
  (void)state;
  struct piped piped = piped_start();
  close(piped.reader);
  LOG_INFO(piped.log, "one");
  LOG_INFO(piped.log, "two");
  wait_lost(piped.log, 2);
  log_free(piped.log);
  fclose(piped.out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_entry_is_one_logfmt_line),
      cmocka_unit_test(an_entry_at_a_computed_level_has_every_field),
      cmocka_unit_test(an_entry_is_one_json_line),
      cmocka_unit_test(a_whole_second_still_has_milliseconds),
      cmocka_unit_test(values_are_quoted_and_escaped_where_they_must_be),
      cmocka_unit_test(any_bytes_give_json_that_reads_back),
      cmocka_unit_test(secrets_are_hidden_wherever_they_turn_up),
      cmocka_unit_test(a_long_value_is_cut_after_its_secrets_were_hidden),
      cmocka_unit_test(entries_below_the_level_are_not_written),
      cmocka_unit_test(lines_of_many_threads_stay_whole),
      cmocka_unit_test(the_last_lines_are_written_before_the_end),
      cmocka_unit_test(nobody_waits_for_a_log_that_is_not_read_and_the_loss_is_said),
      cmocka_unit_test(a_log_that_is_never_read_does_not_keep_the_end),
      cmocka_unit_test(lines_for_a_reader_that_has_gone_are_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
