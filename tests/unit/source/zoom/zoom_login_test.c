/* Logging in to a General app: what is asked for, what may come back, what is kept. */
#include "source/zoom/zoom_login_world.h"

#include "source/zoom/zoom_grant.h"
#include "source/zoom/zoom_scope.h"

#include <pthread.h>

/* '@' in a row stands for the state of the login. */
static void fill_in(const char *row, const struct zoom_login *login, struct buffer *filled) {
  for (; *row; row++)
    if (*row == '@')
      buffer_append_text(filled, buffer_text(&login->state));
    else
      buffer_append_char(filled, *row);
}

static const struct {
  const char *given, *code, *error;
  enum zoom_login_reply reply;
} replies[] = {
    {"code=abc&state=@", "abc", NULL, ZOOM_LOGIN_CODE},
    {"http://127.0.0.1:9/zoom?code=abc&state=@", "abc", NULL, ZOOM_LOGIN_CODE},
    {"  https://example.com/?x=1&code=a_b-c.d&state=@#_=_\r\n", "a_b-c.d", NULL, ZOOM_LOGIN_CODE},
    {"?state=@&code=%61%62", "ab", NULL, ZOOM_LOGIN_CODE},
    {" abc_d-e \n", "abc_d-e", NULL, ZOOM_LOGIN_CODE},
    {"code=abc&state=another", NULL, "state that came back is another login's", ZOOM_LOGIN_FOREIGN},
    {"code=abc&state=", NULL, "another login's", ZOOM_LOGIN_FOREIGN},
    {"code=abc", NULL, "no state came back", ZOOM_LOGIN_FOREIGN},
    {"state=@", NULL, "no code came back", ZOOM_LOGIN_FOREIGN},
    {"code=a%0d%0ab&state=@", NULL, "no code came back", ZOOM_LOGIN_FOREIGN},
    {"", NULL, "no state came back", ZOOM_LOGIN_FOREIGN},
    {"error=access_denied&state=@", NULL, "was not let in (access_denied)", ZOOM_LOGIN_REFUSED},
    {"error=access_denied", NULL, "was not let in (access_denied)", ZOOM_LOGIN_REFUSED},
    {"error=access_denied&state=another", NULL, "another login's", ZOOM_LOGIN_FOREIGN},
    {"error=in%1bvalid&state=@", NULL, "does not let the app in (in\\u{1B}valid)",
     ZOOM_LOGIN_REFUSED},
};

static void what_comes_back_is_this_logins_code_or_it_is_said_why_not(void **state) {
  (void)state;
  struct login_world login;
  struct sim_options options = login_world_options(&login);
  login_world_start(&login, &options, true);
  for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
    struct zoom_login begun;
    struct buffer code = BUFFER_NONE;
    struct error error = ERROR_NONE;
    struct buffer given = BUFFER_NONE;
    zoom_login_begin(&begun, &login.world.source, TEXT(REDIRECT), true);
    fill_in(replies[i].given, &begun, &given);
    enum zoom_login_reply reply =
        zoom_login_read_pasted(&begun, buffer_text(&given), &code, &error);
    if (reply != replies[i].reply || (replies[i].error && !strstr(error.text, replies[i].error)) ||
        (replies[i].code && !text_is(buffer_text(&code), replies[i].code)))
      fail_msg("%s: %d %s %s", replies[i].given, (int)reply, buffer_text(&code).data, error.text);
    buffer_free(&code);
    buffer_free(&given);
    zoom_login_free(&begun);
  }
  login_world_end(&login);
}

static void a_code_alone_is_not_taken_from_a_browser(void **state) {
  (void)state;
  struct login_world login;
  struct zoom_login begun;
  struct buffer code = BUFFER_NONE;
  struct error error = ERROR_NONE;
  struct sim_options options = login_world_options(&login);
  login_world_start(&login, &options, true);
  zoom_login_begin(&begun, &login.world.source, TEXT(REDIRECT), true);
  assert_int_equal(zoom_login_read(&begun, TEXT("abc"), &code, &error), ZOOM_LOGIN_FOREIGN);
  zoom_login_free(&begun);
  buffer_free(&code);
  login_world_end(&login);
}

static void each_login_has_a_state_and_a_verifier_of_its_own(void **state) {
  (void)state;
  struct login_world login;
  struct zoom_login one, other, plain;
  struct sim_options options = login_world_options(&login);
  login_world_start(&login, &options, true);
  zoom_login_begin(&one, &login.world.source, TEXT(REDIRECT), true);
  zoom_login_begin(&other, &login.world.source, TEXT(REDIRECT), true);
  zoom_login_begin(&plain, &login.world.source, TEXT(REDIRECT), false);
  assert_int_equal(one.state.size, 43);
  assert_int_equal(one.verifier.size, 43);
  assert_string_not_equal(one.state.data, other.state.data);
  assert_string_not_equal(one.verifier.data, other.verifier.data);
  assert_null(strstr(one.url.data, one.verifier.data));
  assert_non_null(strstr(one.url.data, "&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fzoom&state="));
  assert_non_null(strstr(one.url.data, "&code_challenge_method=S256&code_challenge="));
  assert_null(strstr(plain.url.data, "code_challenge"));
  zoom_login_free(&one);
  zoom_login_free(&other);
  zoom_login_free(&plain);
  login_world_end(&login);
}

/* Whether the login ends well; the error if not. */
static bool finish(struct login_world *world, const struct zoom_login *login, struct text code,
                   struct error *error) {
  struct source_run run = world_run(&world->world);
  struct zoom_token_record record = ZOOM_TOKEN_RECORD_NONE;
  bool ok = zoom_login_finish(login, &run, code, &record, error);
  zoom_token_record_free(&record);
  return ok;
}

static void a_code_that_zoom_does_not_take_keeps_nothing(void **state) {
  (void)state;
  struct login_world login;
  struct zoom_login begun, other;
  struct buffer location = BUFFER_NONE, code = BUFFER_NONE;
  struct error error = ERROR_NONE, foreign = ERROR_NONE, late = ERROR_NONE;
  struct sim_options options = login_world_options(&login);
  login_world_start(&login, &options, true);
  zoom_login_begin(&begun, &login.world.source, TEXT(REDIRECT), true);
  zoom_login_begin(&other, &login.world.source, TEXT(REDIRECT), true);
  login_world_browse(&begun, &location);
  assert_int_equal(zoom_login_read_pasted(&begun, buffer_text(&location), &code, &error),
                   ZOOM_LOGIN_CODE);
  /* Another login's verifier. */
  assert_false(finish(&login, &other, buffer_text(&code), &foreign));
  assert_string_equal(foreign.text,
                      "Zoom gives no access token (400): the code is for one use within 5 minutes, "
                      "and for this redirect URL and this login only: run margay login again: "
                      "Invalid code verifier");
  buffer_reset(&location);
  login_world_browse(&begun, &location);
  zoom_login_read_pasted(&begun, buffer_text(&location), &code, &error);
  login.world.now += 5 * US_PER_MINUTE;
  assert_false(finish(&login, &begun, buffer_text(&code), &late));
  assert_non_null(strstr(late.text, "Invalid authorization code"));
  assert_int_equal(login_world_take(&login, NULL, &error), ZOOM_ANSWER_REFUSED);
  assert_string_equal(error.text, "nobody has let the app in yet: run `margay login one`");
  zoom_login_free(&begun);
  zoom_login_free(&other);
  buffer_free(&location);
  buffer_free(&code);
  login_world_end(&login);
}

/* ---- what is kept ------------------------------------------------------------------------ */

static void read_stored(struct login_world *login, struct buffer *stored) {
  struct buffer key = BUFFER_NONE;
  struct error error = ERROR_NONE;
  time_us expires;
  bool found;
  zoom_grant_append_key(&key, login->world.source.options);
  assert_true(
      store_token_get(login->world.store, buffer_text(&key), stored, &expires, &found, &error) &&
      found);
  buffer_free(&key);
}

static void the_refresh_token_is_sealed_when_there_is_a_key(void **state) {
  (void)state;
  struct login_world login;
  struct error error = ERROR_NONE;
  struct buffer stored = BUFFER_NONE;
  struct sim_options options = login_world_options(&login);
  login_world_start(&login, &options, true);
  login_world_log_in(&login);
  read_stored(&login, &stored);
  assert_non_null(strstr(stored.data, "\"refresh_token\":"));
  login_world_keep(&login, "0123456789abcdef0123456789abcdef");
  login_world_log_in(&login);
  read_stored(&login, &stored);
  assert_null(strstr(stored.data, "refresh"));
  assert_int_equal(login_world_take(&login, NULL, &error), ZOOM_ANSWER_GOOD);
  /* Another key: as if nobody had logged in. */
  login_world_keep(&login, "another-key-another-key-another-k");
  assert_int_equal(login_world_take(&login, NULL, &error), ZOOM_ANSWER_REFUSED);
  buffer_free(&stored);
  login_world_end(&login);
}

static void a_token_that_an_older_version_kept_is_used(void **state) {
  (void)state;
  static const struct {
    const char *stored, *access;
  } rows[] = {
      {"eyJhbGciOiJIUzI1NiJ9.x", "eyJhbGciOiJIUzI1NiJ9.x"},
      {"{\"access_token\":\"a\",\"scope\":3,\"more\":[]}", "a"},
      {"{\"scope\":\"x\"}", NULL},
      {"{", NULL},
  };
  struct login_world login;
  struct error error = ERROR_NONE;
  struct sim_options options = login_world_options(&login);
  login_world_start(&login, &options, true);
  struct source_run run = world_run(&login.world);
  struct zoom_token_record record = ZOOM_TOKEN_RECORD_NONE;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bool found;
    assert_true(
        store_token_set(login.world.store, TEXT("k"), text_from(rows[i].stored), 7, &error));
    assert_true(zoom_token_record_load(&record, &run, TEXT("k"), &found, &error));
    assert_int_equal(found, rows[i].access != NULL);
    if (found)
      assert_true(text_is(buffer_text(&record.access), rows[i].access) && record.expires == 7);
  }
  zoom_token_record_free(&record);
  login_world_end(&login);
}

/* ---- scopes ------------------------------------------------------------------------------ */

static void what_an_app_lacks_is_found_in_either_kind_of_scopes(void **state) {
  (void)state;
  static const struct text operation = TEXT_INIT("operation");
  static const struct setting_list wanted = {&operation, 1};
  static const struct {
    const char *scopes, *kind;
    bool allows;
  } rows[] = {
      {"", "no", true}, /* nothing is known */
      {"report:read:operation_logs:admin", "granular", true},
      {"a:b report:read:operation_logs:admin c", "granular", true},
      {"report:read:operation_logs:master", "granular", true},
      {"report:read:admin", "classic", true},
      {"  user:read:admin  report:read:admin", "classic", true},
      {"report:read:operation_logs", "classic", false},
      {"report:read:operation_logs:adminx", "granular", false},
      {"report:read:user_activities:admin", "granular", false},
      {"user:read:admin", "classic", false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct buffer missing = BUFFER_NONE;
    struct text scopes = text_from(rows[i].scopes);
    size_t count = zoom_scope_append_missing(&missing, scopes, &wanted);
    if (strcmp(zoom_scope_kind(scopes), rows[i].kind) != 0 || count != !rows[i].allows)
      fail_msg("%s: %s, %zu missing", rows[i].scopes, zoom_scope_kind(scopes), count);
    if (count)
      assert_string_equal(missing.data,
                          "operation: report:read:operation_logs:admin (classic: "
                          "report:read:admin; role: User activity reports > Admin Activity Logs)");
    buffer_free(&missing);
  }
}

static void missing_scopes_are_named_before_the_first_request(void **state) {
  (void)state;
  struct login_world login;
  struct error error = ERROR_NONE;
  struct sim_options options = login_world_options(&login);
  options.no_scope[SIM_OPERATION] = true;
  login_world_start(&login, &options, true);
  login_world_log_in(&login);
  struct source_run run = world_run(&login.world);
  assert_false(source_zoom_reports.run(&run, &error));
  fflush(login.world.log_file);
  const char *warned = strstr(login.world.log_text, "the app lacks scopes"),
             *failed = strstr(login.world.log_text, "level=error");
  assert_non_null(warned);
  assert_non_null(strstr(warned, "lacking=\"operation: report:read:operation_logs:admin (classic"));
  assert_true(!failed || warned < failed);
  login_world_end(&login);
}

/* ---- waiting ----------------------------------------------------------------------------- */

/* How the part "login" is; other parts are the reports. */
struct health {
  size_t failed, worked;
};

static void note_failure(void *context, const char *part, enum source_fault fault,
                         const struct error *error) {
  struct health *health = context;
  health->failed += strcmp(part, "login") == 0 && fault == SOURCE_FAULT_CREDENTIALS &&
                    strstr(error->text, "margay login one") != NULL;
}

static void note_success(void *context, const char *part) {
  struct health *health = context;
  health->worked += strcmp(part, "login") == 0;
}

struct running {
  struct login_world login;
  struct health health;
};

static void *run_source(void *context) {
  struct running *running = context;
  struct source_run run = world_run(&running->login.world);
  run.health = (struct source_health){
      .context = &running->health, .works = note_success, .fails = note_failure};
  struct error error = ERROR_NONE;
  source_zoom_reports.run(&run, &error);
  return NULL;
}

static void wait_for_log(struct login_world *login, const char *words) {
  for (int i = 0; i < 3000; i++) {
    fflush(login->world.log_file);
    if (strstr(login->world.log_text, words))
      return;
    usleep(10000);
  }
  fail_msg("no line of the log has: %s", words);
}

static void a_source_waits_for_a_login_and_goes_on_by_itself(void **state) {
  (void)state;
  struct running running = {.health = {0, 0}};
  struct login_world *login = &running.login;
  pthread_t thread;
  struct sim_options options = login_world_options(login);
  login_world_start(login, &options, false);
  assert_int_equal(pthread_create(&thread, NULL, run_source, &running), 0);
  wait_for_log(login, "waiting for a login");
  login_world_log_in(login);
  wait_for_log(login, "report read");
  world_stop(&login->world);
  pthread_join(thread, NULL);
  assert_int_equal(running.health.failed, 1);
  assert_int_equal(running.health.worked, 1);
  fflush(login->world.log_file);
  const char *first = strstr(login->world.log_text, "waiting for a login");
  assert_null(strstr(first + 1, "waiting for a login"));
  assert_non_null(strstr(login->world.log_text, "a login is there, going on"));
  assert_non_null(strstr(login->world.log_text, "state.key seals it"));
  assert_null(strstr(login->world.log_text, "level=error"));
  login_world_end(login);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_comes_back_is_this_logins_code_or_it_is_said_why_not),
      cmocka_unit_test(a_code_alone_is_not_taken_from_a_browser),
      cmocka_unit_test(each_login_has_a_state_and_a_verifier_of_its_own),
      cmocka_unit_test(a_code_that_zoom_does_not_take_keeps_nothing),
      cmocka_unit_test(the_refresh_token_is_sealed_when_there_is_a_key),
      cmocka_unit_test(a_token_that_an_older_version_kept_is_used),
      cmocka_unit_test(what_an_app_lacks_is_found_in_either_kind_of_scopes),
      cmocka_unit_test(missing_scopes_are_named_before_the_first_request),
      cmocka_unit_test(a_source_waits_for_a_login_and_goes_on_by_itself),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
