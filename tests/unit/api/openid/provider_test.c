/* A login with a provider that is played here: what margay asks it, and what it takes from it. */
#include "api/openid/provider.h"

#include "base/web/form.h"
#include "base/web/http_client.h"
#include "http/http_fixture.h"

#include "api/openid/provider_play.h"

static EVP_PKEY *rsa, *elliptic;

/* A played provider, and one of ours for it. */
struct world {
  struct play play;
  struct http_listener *listener;
  struct provider *provider;
  struct provider_login login;
  time_us now;
};

static void begin_world(struct world *world, const char *secret) {
  *world = (struct world){.now = 1800000000 * US_PER_SECOND, .login = PROVIDER_LOGIN_NONE};
  world->listener = play_start(&world->play, elliptic);
  world->provider = provider_new(
      &(struct provider_options){.issuer = text_from(world->play.url),
                                 .client_id = TEXT("margay"),
                                 .client_secret = text_from(secret),
                                 .scopes = TEXT("openid profile"),
                                 .redirect = TEXT("https://margay.example.com/login/callback"),
                                 .ca_file = TEXT(""),
                                 .clock = clock_fixed(&world->now)});
}

static void end_world(struct world *world) {
  provider_login_free(&world->login);
  provider_free(world->provider);
  http_listener_stop(world->listener, 0);
  http_listener_free(world->listener);
  play_end(&world->play);
}

static void begin_login(struct world *world) {
  struct error error = ERROR_NONE;
  provider_login_free(&world->login);
  assert_true(provider_begin(world->provider, &world->login, &error));
  snprintf(world->play.nonce, sizeof world->play.nonce, "%s", world->login.nonce.data);
}

/* The reason, which is "" when the login is good; it lives until the next call. */
static const char *finish_with(struct world *world, const struct provider_reply *reply) {
  static struct error error;
  struct buffer claims = BUFFER_NONE;
  error = ERROR_NONE;
  bool good = provider_finish(world->provider, &world->login, reply, &claims, &error);
  assert_true(good == (error.text[0] == '\0'));
  assert_true(!good || strstr(claims.data, "\"groups\":[\"soc\"]"));
  buffer_free(&claims);
  return error.text;
}

static const char *finish(struct world *world) {
  return finish_with(world,
                     &(struct provider_reply){.state = world->login.state.data, .code = "c0de"});
}

static const char *form_value(const struct buffer *form, const char *name) {
  static struct buffer value;
  buffer_reset(&value);
  form_find(buffer_text(form), name, &value);
  return buffer_text(&value).data;
}

static void a_login_asks_for_a_code_and_redeems_it_with_its_verifier(void **state) {
  (void)state;
  struct world world;
  begin_world(&world, "s3cret&");
  begin_login(&world);
  char *query = strchr(world.login.url.data, '?');
  assert_non_null(query);
  struct buffer parameters = BUFFER_NONE;
  buffer_append_string(&parameters, query + 1);
  assert_string_equal(form_value(&parameters, "response_type"), "code");
  assert_string_equal(form_value(&parameters, "client_id"), "margay");
  assert_string_equal(form_value(&parameters, "scope"), "openid profile");
  assert_string_equal(form_value(&parameters, "state"), world.login.state.data);
  assert_string_equal(form_value(&parameters, "code_challenge_method"), "S256");
  assert_string_equal(finish(&world), "");
  uint8_t digest[DIGEST_SIZE];
  struct buffer challenge = BUFFER_NONE;
  digest_sha256(text_from(form_value(&world.play.form, "code_verifier")), digest);
  base64_url_encode(digest, sizeof digest, &challenge);
  assert_string_equal(form_value(&parameters, "code_challenge"), challenge.data);
  assert_string_equal(form_value(&world.play.form, "code"), "c0de");
  assert_string_equal(form_value(&world.play.form, "redirect_uri"),
                      "https://margay.example.com/login/callback");
  /* "margay:s3cret%26" */
  assert_string_equal(world.play.authorization.data, "Basic bWFyZ2F5OnMzY3JldCUyNg==");
  buffer_free(&challenge);
  buffer_free(&parameters);
  end_world(&world);
}

static void a_public_client_names_itself_in_the_form(void **state) {
  (void)state;
  struct world world;
  begin_world(&world, "");
  begin_login(&world);
  assert_string_equal(finish(&world), "");
  assert_string_equal(world.play.authorization.data, "");
  assert_string_equal(form_value(&world.play.form, "client_id"), "margay");
  end_world(&world);
}

static void two_logins_share_nothing_that_can_be_guessed(void **state) {
  (void)state;
  struct world world;
  begin_world(&world, "");
  begin_login(&world);
  char first[3][64];
  snprintf(first[0], sizeof first[0], "%s", world.login.state.data);
  snprintf(first[1], sizeof first[1], "%s", world.login.nonce.data);
  snprintf(first[2], sizeof first[2], "%s", world.login.verifier.data);
  begin_login(&world);
  assert_string_not_equal(first[0], world.login.state.data);
  assert_string_not_equal(first[1], world.login.nonce.data);
  assert_string_not_equal(first[2], world.login.verifier.data);
  assert_int_equal(world.login.verifier.size, 43); /* 32 bytes (RFC 7636 section 4.1) */
  assert_int_equal(world.play.documents, 1);       /* it is kept */
  end_world(&world);
}

static void replies_of_other_logins_are_refused_before_the_provider_is_asked(void **state) {
  (void)state;
  struct world world;
  begin_world(&world, "");
  begin_login(&world);
  const char *own = world.login.state.data;
  const struct {
    struct provider_reply reply;
    const char *reason;
  } table[] = {
      {{.code = "c"}, "not the login that was begun"},
      {{.state = "guessed", .code = "c"}, "not the login that was begun"},
      {{.state = own}, "no code"},
      {{.state = own, .code = ""}, "no code"},
      {{.state = own, .error = "access_denied"}, "refuses the login: access_denied"},
      {{.state = own, .error = "a\x1b[2J"}, "refuses the login: a\\u{1B}[2J"},
      {{.state = own, .code = "c", .issuer = "https://evil.example.com"}, "(iss)"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    assert_non_null(strstr(finish_with(&world, &table[i].reply), table[i].reason));
  assert_int_equal(world.play.tokens, 0);
  end_world(&world);
}

static void tokens_that_prove_nothing_are_refused(void **state) {
  (void)state;
  const struct {
    const char *answer, *header, *claims, *reason;
    bool foreign_key;
  } table[] = {
      {"{\"access_token\":\"a\"}", NULL, NULL, "no ID token", false},
      {"{\"id_token\":\"a.b.c\"}", NULL, NULL, "no signed token", false},
      {"nonsense", NULL, NULL, "no JSON object", false},
      {"!{\"error\":\"invalid_grant\"}", NULL, NULL, "status 400, invalid_grant", false},
      {"", NULL, NULL, "no JSON object", false},
      {"[\"id_token\"]", NULL, NULL, "no JSON object", false},
      {"{\"id_token\":7}", NULL, NULL, "no ID token", false},
      {"{\"id_token\":\"..\"}", NULL, NULL, "no signed token", false},
      {"{\"id_token\":\"\\u00ff.\\ud83d\\ude00.\\n\"}", NULL, NULL, "no signed token", false},
      {"!{\"error\":\"a\\r\\nb\"}", NULL, NULL, "status 400", false},
      {"!{\"error\":[]}", NULL, NULL, "status 400", false},
      {NULL, NULL, "nonsense", "claims", false},
      {NULL, NULL, "[]", "claims", false},
      {NULL, NULL, CLAIMS_START "\"iat\":1800000000,\"exp\":\"soon\"}", "", false},
      {NULL, NULL, CLAIMS_START "\"iat\":[],\"exp\":1800000300}", "", false},
      {NULL, NULL, CLAIMS_START "\"iat\":1800000000,\"exp\":-1e300}", "", false},
      {NULL, NULL, CLAIMS_START "\"iat\":1800000000,\"exp\":9223372036854775807}", "", false},
      {NULL, "{\"alg\":[\"ES256\"]}", NULL, "", false},
      {NULL, "nonsense", NULL, "", false},
      {NULL, "{\"alg\":\"none\"}", NULL, "signed with none", false},
      {NULL, NULL, NULL, "its signature", true},
      {NULL, NULL, CLAIMS_START "\"iat\":1700000000,\"exp\":1700000300}", "too old", false},
      {NULL, NULL, "{\"iss\":\"@\",\"aud\":\"other\",\"nonce\":\"#\"}", "(aud)", false},
      {NULL, NULL, "{\"iss\":\"@.evil\",\"aud\":\"margay\",\"nonce\":\"#\"}", "(iss)", false},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct world world;
    EVP_PKEY *foreign = EVP_EC_gen("P-256");
    begin_world(&world, "");
    world.play.token_answer = table[i].answer;
    world.play.header = table[i].header ? table[i].header : world.play.header;
    world.play.claims = table[i].claims ? table[i].claims : world.play.claims;
    world.play.signer = table[i].foreign_key ? foreign : elliptic;
    begin_login(&world);
    const char *found = finish(&world);
    if (!*found || !strstr(found, table[i].reason) || strpbrk(found, "\r\n"))
      fail_msg("row %zu: \"%s\"", i, found);
    end_world(&world);
    EVP_PKEY_free(foreign);
  }
}

static void a_key_that_is_new_is_fetched_at_most_once_a_minute(void **state) {
  (void)state;
  struct world world;
  begin_world(&world, "");
  begin_login(&world);
  assert_string_equal(finish(&world), "");
  world.play.published = world.play.signer = rsa;
  world.play.signing = SIGN_RS256;
  world.play.published_id = "two";
  world.play.header = "{\"alg\":\"RS256\",\"kid\":\"two\"}";
  assert_non_null(strstr(finish(&world), "does not publish"));
  assert_int_equal(world.play.key_sets, 1);
  world.now += US_PER_MINUTE;
  assert_string_equal(finish(&world), "");
  assert_int_equal(world.play.key_sets, 2);
  end_world(&world);
}

static void a_document_that_cannot_be_trusted_is_refused(void **state) {
  (void)state;
  const struct {
    const char *document, *reason;
  } table[] = {
      {"[]", "no JSON object"},
      {"{\"issuer\":\"https://evil.example.com\"}", "calls itself \"https://evil.example.com\""},
      {"{}", "calls itself \"\""},
      {"{\"issuer\":\"@\",\"authorization_endpoint\":\"http://id.example.com\"}",
       "no https URL as authorization_endpoint"},
      {"{\"issuer\":\"@\",\"authorization_endpoint\":\"http://localhost:pw\\u0040evil.example.com/"
       "\"}",
       "no https URL as authorization_endpoint"},
      {"{\"issuer\":\"@\",\"authorization_endpoint\":\"https://id.example.com/\\r\\nX: y\"}",
       "no https URL as authorization_endpoint"},
      {"{\"issuer\":\"@\",\"authorization_endpoint\":\"https://id.example.com/\\u0000\"}",
       "no JSON object"},
      {"{\"issuer\":\"@\",\"authorization_endpoint\":\"https://id.example.com/\\u0023a\"}",
       "no https URL as authorization_endpoint"},
      {"{\"issuer\":\"@\",\"authorization_endpoint\":[\"https://id.example.com/\"]}",
       "no https URL as authorization_endpoint"},
      {"{\"issuer\":[\"@\"],\"authorization_endpoint\":\"@/a\"}", "calls itself \"\""},
      {"{\"issuer\":\"@\",\"issuer\":\"@\"}", "no JSON object"},
      {"", "no JSON object"},
      {"{\"issuer\":\"@\",\"authorization_endpoint\":\"@/a\",\"token_endpoint\":\"@/t\"}",
       "no https URL as jwks_uri"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct world world;
    struct error error = ERROR_NONE;
    begin_world(&world, "");
    world.play.document = table[i].document;
    assert_false(provider_begin(world.provider, &world.login, &error));
    assert_non_null(strstr(error.text, table[i].reason));
    end_world(&world);
  }
}

static void issuers_are_https_or_this_machine(void **state) {
  (void)state;
  const struct {
    const char *issuer;
    bool good;
  } table[] = {
      {"https://id.example.com", true},
      {"https://id.example.com/realms/main", true},
      {"HTTPS://id.example.com/", true},
      {"http://127.0.0.1:8080/realm", true},
      {"http://localhost", true},
      {"http://[::1]:80", true},
      {"http://id.example.com", false},
      {"http://localhost.example.com", false},
      {"http://127.0.0.1@evil.example.com", false},
      {"https://", false},
      {"https://id.example.com/?a", false},
      {"https://id.example.com/#a", false},
      {"id.example.com", false},
      {"", false},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct error error = ERROR_NONE;
    assert_true(provider_issuer_check(text_from(table[i].issuer), &error) == table[i].good);
    assert_true(error.set != table[i].good);
  }
}

static int begin(void **state) {
  (void)state;
  struct error error = ERROR_NONE;
  rsa = EVP_RSA_gen(2048);
  elliptic = EVP_EC_gen("P-256");
  return rsa && elliptic && http_global_start(&error) ? 0 : -1;
}

static int end(void **state) {
  (void)state;
  http_global_stop();
  EVP_PKEY_free(rsa);
  EVP_PKEY_free(elliptic);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_login_asks_for_a_code_and_redeems_it_with_its_verifier),
      cmocka_unit_test(a_public_client_names_itself_in_the_form),
      cmocka_unit_test(two_logins_share_nothing_that_can_be_guessed),
      cmocka_unit_test(replies_of_other_logins_are_refused_before_the_provider_is_asked),
      cmocka_unit_test(tokens_that_prove_nothing_are_refused),
      cmocka_unit_test(a_key_that_is_new_is_fetched_at_most_once_a_minute),
      cmocka_unit_test(a_document_that_cannot_be_trusted_is_refused),
      cmocka_unit_test(issuers_are_https_or_this_machine),
  };
  return cmocka_run_group_tests(tests, begin, end);
}
