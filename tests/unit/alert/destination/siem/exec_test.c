/* Programs that get alerts: what is on their input, and what their ends mean. */
#include "alert/destination/siem/work_fixture.h"

#include <signal.h>

extern const struct destination_type destination_exec;

static struct destination exec_of(const struct text *command, size_t count) {
  struct destination destination = destination_sample(&destination_exec, "exec", NULL);
  const struct setting_list list = {command, count};
  const int64_t timeout = 10 * US_PER_SECOND;
  memcpy(option_place(&destination_exec, destination.options, "command"), &list, sizeof list);
  memcpy(option_place(&destination_exec, destination.options, "timeout"), &timeout, sizeof timeout);
  return destination;
}

static void its_end_decides(void **state) {
  (void)state;
  static const struct {
    const char *script;
    enum delivery_verdict verdict;
    const char *words;
  } rows[] = {
      {"grep -q '^{.*\"occasion\":\"opened\".*\"idempotency_key\":\"0123.*}$'", DELIVERY_DONE,
       NULL},
      {"[ \"$1\" = '$(exit 9)' ] && [ $# = 1 ]", DELIVERY_DONE, NULL},
      {"exit 65", DELIVERY_PARK, "status 65: it does not take this alert"},
      {"exit 75", DELIVERY_RETRY, "status 75"},
      {"exit 1", DELIVERY_RETRY, "status 1"},
      {"kill -9 $$", DELIVERY_RETRY, "signal 9"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct text command[] = {TEXT("/bin/sh"), TEXT("-c"), text_from(rows[i].script),
                                   TEXT("sh"), TEXT("$(exit 9)")};
    struct destination destination = exec_of(command, 5);
    const struct alert alert = alert_sample();
    const struct delivery_try attempt = try_sample(SAMPLE_TIME);
    struct delivery_request request = {.method = NULL};
    struct error reason = ERROR_NONE;
    assert_true(destination_exec.kind.check(destination.options, &reason));
    assert_true(destination_exec.render(&destination, &alert, &attempt, &request, &reason));
    assert_string_equal(request.url.data, "/bin/sh");
    work_judge_request(rows[i].script, &request, 20 * US_PER_SECOND, rows[i].verdict,
                       rows[i].words);
    free(destination.options);
  }
}

static void its_path_must_be_whole(void **state) {
  (void)state;
  static const struct text commands[] = {TEXT_INIT("page"), TEXT_INIT(""), TEXT_INIT("./page")};
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
    struct destination destination = exec_of(&commands[i], 1);
    struct error error = ERROR_NONE;
    assert_false(destination_exec.kind.check(destination.options, &error));
    assert_non_null(strstr(error.text, "begin with the program's whole path"));
    free(destination.options);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(its_end_decides),
      cmocka_unit_test(its_path_must_be_whole),
  };
  signal(SIGPIPE, SIG_IGN);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
