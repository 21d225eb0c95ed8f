#include "command/config/config.h"
#include "command/config/http_settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void an_address_to_listen_on_is_in_numbers_and_has_a_port(void **state) {
  (void)state;
  static const struct {
    const char *listen, *address; /* NULL: refused */
    uint16_t port;
  } rows[] = {
      {"127.0.0.1:8440", "127.0.0.1", 8440},
      {"8440", "127.0.0.1", 8440},
      {"0.0.0.0:1", "0.0.0.0", 1},
      {"[::1]:65535", "::1", 65535},
      {"[2001:db8::7]:80", "2001:db8::7", 80},
      {"", NULL, 0},
      {":8440", NULL, 0},
      {"127.0.0.1", NULL, 0},
      {"127.0.0.1:", NULL, 0},
      {"127.0.0.1:0", NULL, 0},
      {"127.0.0.1:65536", NULL, 0},
      {"127.0.0.1:99999999999999999999", NULL, 0},
      {"127.0.0.1:+80", NULL, 0},
      {"127.0.0.1: 80", NULL, 0},
      {"127.1:80", NULL, 0},
      {"::1:8440", NULL, 0},
      {"[127.0.0.1]:80", NULL, 0},
      {"[]:80", NULL, 0},
      {"[::1]", NULL, 0},
      {"localhost:8440", NULL, 0},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct arena arena = ARENA_NONE;
    struct error error = ERROR_NONE;
    const char *address = NULL;
    uint16_t port = 0;
    bool ok = http_settings_listen(text_from(rows[i].listen), &arena, &address, &port, &error);
    if (ok != (rows[i].address != NULL))
      fail_msg("'%s' is %s", rows[i].listen, ok ? "taken" : error.text);
    if (ok) {
      assert_string_equal(address, rows[i].address);
      assert_int_equal(port, rows[i].port);
    }
    arena_free(&arena);
  }
}

static void loopback_is_what_only_this_machine_reaches(void **state) {
  (void)state;
  assert_true(http_settings_is_loopback("127.0.0.1"));
  assert_true(http_settings_is_loopback("127.9.9.9"));
  assert_true(http_settings_is_loopback("::1"));
  assert_true(http_settings_is_loopback("::ffff:127.0.0.1"));
  assert_false(http_settings_is_loopback("0.0.0.0"));
  assert_false(http_settings_is_loopback("::"));
  assert_false(http_settings_is_loopback("10.0.0.1"));
  assert_false(http_settings_is_loopback("::ffff:10.0.0.1"));
}

static struct config *config_of(const char *text, struct problems *problems) {
  char path[] = "/tmp/margay-http-XXXXXX";
  int file = mkstemp(path);
  assert_true(file >= 0);
  assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
  close(file);
  struct config *config = config_load(path, problems);
  unlink(path);
  return config;
}

static void without_the_section_nothing_is_served_and_an_empty_one_has_defaults(void **state) {
  (void)state;
  struct problems problems = PROBLEMS_NONE;
  struct config *config = config_of("{}", &problems);
  assert_null(config->http);
  config_free(config);
  config = config_of("http: {}\ndestinations: [{id: c, type: console}]", &problems);
  const struct http_settings *http = config->http;
  assert_int_equal(problems.count, 0);
  assert_int_equal(config->warnings.count, 0);
  assert_non_null(http);
  assert_string_equal(http->address, "127.0.0.1");
  assert_int_equal(http->port, 8440);
  assert_int_equal(http->threads, 4);
  assert_null(http->tls);
  assert_int_equal(http->limits.body_max, 1024 * 1024);
  assert_int_equal(http->limits.head_timeout, 10 * US_PER_SECOND);
  config_free(config);
}

static void an_address_that_others_reach_is_warned_of(void **state) {
  (void)state;
  struct problems problems = PROBLEMS_NONE;
  struct config *config =
      config_of("http:\n  listen: 0.0.0.0:8440\ndestinations: [{id: c, type: console}]", &problems);
  assert_int_equal(problems.count, 0);
  assert_int_equal(config->warnings.count, 1);
  assert_int_equal(config->warnings.items[0].line, 2);
  assert_int_equal(config->warnings.items[0].column, 11);
  assert_string_equal(config->warnings.items[0].text,
                      "warning: http.listen: 0.0.0.0 is reachable from other machines, in clear "
                      "text: set tls, or listen on 127.0.0.1 behind a proxy that does TLS");
  config_free(config);
  config = config_of("http: {listen: '[::]:1', tls: {cert: ../dev/null, key: /dev/null}}\n"
                     "destinations: [{id: c, type: console}]",
                     &problems);
  assert_int_equal(config->warnings.count, 1);
  assert_non_null(strstr(config->warnings.items[0].text, ":: is reachable from other machines; "));
  assert_string_equal(config->http->tls->cert.data, "/tmp/../dev/null");
  assert_string_equal(config->http->tls->key.data, "/dev/null");
  config_free(config);
}

static void a_mistake_in_the_section_has_its_place(void **state) {
  (void)state;
  static const struct {
    const char *text;
    unsigned column;
    const char *words;
  } rows[] = {
      {"http: {listen: localhost:1}", 16,
       "http.listen: 'localhost:1' is no address to listen on: write it as 127.0.0.1:8440, "
       "[::1]:8440 or 8440"},
      {"http: {tls: {cert: a}}", 13,
       "http.tls needs 'key': its key, a PEM file without a password; read again when it changes"},
      {"http: {limits: {boody_max: 1}}", 17,
       "unknown key 'boody_max' in http.limits (did you mean 'body_max'?)"},
      {"http: {limits: {body_max: 1TiB}}", 27,
       "body_max: expected a size: bytes, or a whole number and one of KiB, MiB, GiB (such as "
       "64KiB), found '1TiB'"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct problems problems = PROBLEMS_NONE;
    struct config *config = config_of(rows[i].text, &problems);
    assert_int_equal(problems.count, 1);
    assert_string_equal(problems.items[0].text, rows[i].words);
    assert_int_equal(problems.items[0].column, rows[i].column);
    problems_clear(&problems);
    config_free(config);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_address_to_listen_on_is_in_numbers_and_has_a_port),
      cmocka_unit_test(loopback_is_what_only_this_machine_reaches),
      cmocka_unit_test(without_the_section_nothing_is_served_and_an_empty_one_has_defaults),
      cmocka_unit_test(an_address_that_others_reach_is_warned_of),
      cmocka_unit_test(a_mistake_in_the_section_has_its_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
