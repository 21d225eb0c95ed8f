/* A General app at the simulated Zoom: codes, PKCE, refresh tokens that rotate. */
#include "sim/sim_client.h"

/* RFC 7636, appendix B. */
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE                                                                                  \
  "&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#define AUTHORIZE "/oauth/authorize?response_type=code&state=a%2Fb&client_id="
#define LOOPBACK "&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fzoom"
#define PUBLIC "client_id=" SIM_PUBLIC_CLIENT_ID "&"

/* Lets the app in; the code of the redirect. */
static void authorize(struct client *client, const char *path, char code[64]) {
  struct text location;
  assert_int_equal(client_get(client, path), 302);
  assert_true(http_response_header(&client->response, "Location", &location));
  const char *found = strstr(location.data, "?code=");
  assert_non_null(found);
  snprintf(code, 64, "%.40s", found + 6);
  assert_non_null(strstr(location.data, "&state=a/b"));
}

static long ask(struct client *client, bool is_public, const char *form) {
  return client_send(client, "POST", "/oauth/token", is_public ? NULL : SIM_CLIENT_ID,
                     is_public ? NULL : SIM_CLIENT_SECRET, text_from(form));
}

static void refresh(struct client *client, const char *token, long status, char next[64]) {
  char form[256];
  snprintf(form, sizeof form, PUBLIC "grant_type=refresh_token&refresh_token=%s", token);
  assert_int_equal(ask(client, true, form), status);
  if (status == 200)
    snprintf(next, 64, "%s", client_string(client, "refresh_token"));
  else
    assert_string_equal(client_string(client, "reason"), "Invalid Token!");
}

static void login(struct client *client, char token[64]) {
  char code[64], form[512];
  authorize(client, AUTHORIZE SIM_PUBLIC_CLIENT_ID LOOPBACK CHALLENGE, code);
  snprintf(form, sizeof form,
           PUBLIC "grant_type=authorization_code&code=%s&code_verifier=" VERIFIER
                  "&redirect_uri=http://127.0.0.1:9/zoom",
           code);
  assert_int_equal(ask(client, true, form), 200);
  snprintf(token, 64, "%s", client_string(client, "refresh_token"));
  /* A code is for once. */
  assert_int_equal(ask(client, true, form), 400);
  assert_string_equal(client_string(client, "error"), "invalid_grant");
}

static void a_code_is_for_one_client_one_redirect_and_one_verifier(void **state) {
  (void)state;
  static const struct {
    const char *client, *form, *reason;
    bool is_public;
  } cases[] = {
      {SIM_PUBLIC_CLIENT_ID, "&redirect_uri=http://127.0.0.1:9/zoom&code_verifier=" VERIFIER, "",
       true},
      {SIM_CLIENT_ID, "&redirect_uri=http://127.0.0.1:9/zoom&code_verifier=" VERIFIER, NULL, true},
      {SIM_PUBLIC_CLIENT_ID, "&redirect_uri=http://127.0.0.1:8/zoom&code_verifier=" VERIFIER,
       "Redirect URI mismatch.", true},
      {SIM_PUBLIC_CLIENT_ID, "&redirect_uri=http://127.0.0.1:9/zoom&code_verifier=x",
       "Invalid code verifier", true},
      {SIM_PUBLIC_CLIENT_ID, "&redirect_uri=http://127.0.0.1:9/zoom", "Invalid code verifier",
       true},
      {SIM_PUBLIC_CLIENT_ID, "&redirect_uri=http://127.0.0.1:9/zoom&code_verifier=" VERIFIER,
       "Invalid authorization code", false},
  };
  struct client client;
  struct sim_options options = client_options(&client);
  client_start(&client, &options);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char path[512], form[512], code[64];
    snprintf(path, sizeof path, "%s%s%s", AUTHORIZE, cases[i].client, LOOPBACK CHALLENGE);
    if (!cases[i].reason) { /* a client with a secret gets no loopback */
      assert_int_equal(client_get(&client, path), 400);
      continue;
    }
    authorize(&client, path, code);
    snprintf(form, sizeof form, "%sgrant_type=authorization_code&code=%s%s",
             cases[i].is_public ? PUBLIC : "", code, cases[i].form);
    assert_int_equal(ask(&client, cases[i].is_public, form), *cases[i].reason ? 400 : 200);
    assert_string_equal(client_string(&client, "reason"), cases[i].reason);
  }
  client_stop(&client);
}

static void a_code_expires(void **state) {
  (void)state;
  struct client client;
  struct sim_options options = client_options(&client);
  client_start(&client, &options);
  char code[64], form[512];
  authorize(&client, AUTHORIZE SIM_CLIENT_ID "&redirect_uri=https%3A%2F%2Fexample.com", code);
  client.now += 5 * US_PER_MINUTE;
  snprintf(form, sizeof form,
           "grant_type=authorization_code&code=%s&redirect_uri=https://example.com", code);
  assert_int_equal(ask(&client, false, form), 400);
  assert_string_equal(client_string(&client, "reason"), "Invalid authorization code");
  client_stop(&client);
}

static void only_the_latest_refresh_token_works_or_the_one_before_it_for_a_while(void **state) {
  (void)state;
  for (int with_grace = 0; with_grace < 2; with_grace++) {
    struct client client;
    struct sim_options options = client_options(&client);
    options.refresh_grace_us = with_grace ? US_PER_MINUTE : 0;
    client_start(&client, &options);
    char first[64], second[64], third[64];
    login(&client, first);
    refresh(&client, first, 200, second);
    refresh(&client, first, with_grace ? 200 : 400, third);
    refresh(&client, second, with_grace ? 400 : 200, third);
    client.now += US_PER_MINUTE;
    refresh(&client, first, 400, third);
    sim_revoke_login(client.sim);
    refresh(&client, third, 400, third);
    client_stop(&client);
  }
}

static void scopes_are_those_of_the_app(void **state) {
  (void)state;
  struct client client;
  struct sim_options options = client_options(&client);
  options.no_scope[SIM_MEETING_ACTIVITY] = true;
  client_start(&client, &options);
  assert_int_equal(client_mint(&client), 200);
  assert_string_equal(client_string(&client, "scope"),
                      "report:read:operation_logs:admin report:read:user_activities:admin "
                      "phone:read:operation_logs:admin contact_center:read:operation_logs:admin "
                      "report:read:remote_support:admin "
                      "team_chat:read:list_channel_activity_logs:admin");
  client_stop(&client);
  options = client_options(&client);
  options.classic_scopes = true;
  client_start(&client, &options);
  assert_int_equal(client_mint(&client), 200);
  assert_string_equal(client_string(&client, "scope"),
                      "report:read:admin phone:read:admin chat_channel:read:admin");
  client_stop(&client);
}

static void a_user_may_deny_it(void **state) {
  (void)state;
  struct client client;
  struct sim_options options = client_options(&client);
  options.deny_login = true;
  client_start(&client, &options);
  struct text location;
  assert_int_equal(client_get(&client, AUTHORIZE SIM_PUBLIC_CLIENT_ID LOOPBACK CHALLENGE), 302);
  assert_true(http_response_header(&client.response, "Location", &location));
  assert_true(text_is(location, "http://127.0.0.1:9/zoom?error=access_denied&state=a/b"));
  client_stop(&client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_code_is_for_one_client_one_redirect_and_one_verifier),
      cmocka_unit_test(a_code_expires),
      cmocka_unit_test(only_the_latest_refresh_token_works_or_the_one_before_it_for_a_while),
      cmocka_unit_test(scopes_are_those_of_the_app),
      cmocka_unit_test(a_user_may_deny_it),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
