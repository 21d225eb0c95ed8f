#include "api/openid/claims.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOW (1800000000 * US_PER_SECOND)

/* Claims that are good but for what a row puts last: the later of two members is a mistake, so rows
 * replace whole members. */
#define ISS "\"iss\":\"https://id.example.com\","
#define AUD "\"aud\":\"margay\","
#define TIMES "\"iat\":1800000000,\"exp\":1800000300,"
#define NONCE "\"nonce\":\"n\","
#define SUB "\"sub\":\"42\""

static void claims_are_taken_only_from_this_login_with_this_provider_now(void **state) {
  (void)state;
  const struct {
    const char *claims, *reason; /* "": they are good */
  } table[] = {
      {"{" ISS AUD TIMES NONCE SUB "}", ""},
      {"{" ISS "\"aud\":[\"margay\"]," TIMES NONCE SUB "}", ""},
      {"{" ISS "\"aud\":[\"x\",\"margay\"],\"azp\":\"margay\"," TIMES NONCE SUB "}", ""},
      {"{" ISS AUD "\"iat\":1799999990.5,\"exp\":1799999900," NONCE SUB "}", ""},
      {"{" ISS AUD "\"iat\":1800000100,\"exp\":1800000400," NONCE SUB "}", ""},
      {"", "no claims"},
      {"[1]", "no claims"},
      {"{" ISS ISS AUD TIMES NONCE SUB "}", "no claims"},
      {"{" AUD TIMES NONCE SUB "}", "(iss)"},
      {"{\"iss\":\"https://id.example.com/\"," AUD TIMES NONCE SUB "}", "(iss)"},
      {"{" ISS TIMES NONCE SUB "}", "(aud)"},
      {"{" ISS "\"aud\":\"margay2\"," TIMES NONCE SUB "}", "(aud)"},
      {"{" ISS "\"aud\":{\"margay\":1}," TIMES NONCE SUB "}", "(aud)"},
      {"{" ISS "\"aud\":[\"x\",\"margay\"]," TIMES NONCE SUB "}", "(azp)"},
      {"{" ISS AUD "\"azp\":\"x\"," TIMES NONCE SUB "}", "(azp)"},
      {"{" ISS AUD "\"azp\":7," TIMES NONCE SUB "}", "(azp)"},
      {"{" ISS AUD "\"exp\":1800000300," NONCE SUB "}", "(iat, exp)"},
      {"{" ISS AUD "\"iat\":1800000000," NONCE SUB "}", "(iat, exp)"},
      {"{" ISS AUD "\"iat\":\"1800000000\",\"exp\":1800000300," NONCE SUB "}", "(iat, exp)"},
      {"{" ISS AUD "\"iat\":1799999000,\"exp\":1799999800," NONCE SUB "}", "too old"},
      {"{" ISS AUD "\"iat\":1799990000,\"exp\":1900000000," NONCE SUB "}", "too old"},
      {"{" ISS AUD "\"iat\":1800000200,\"exp\":1800000500," NONCE SUB "}", "future"},
      {"{" ISS AUD TIMES "\"nbf\":1800000200," NONCE SUB "}", "future"},
      {"{" ISS AUD TIMES SUB "}", "(nonce)"},
      {"{" ISS AUD TIMES "\"nonce\":\"m\"," SUB "}", "(nonce)"},
      {"{" ISS AUD TIMES "\"nonce\":\"n\"}", "(sub)"},
      {"{" ISS AUD TIMES NONCE "\"sub\":7}", "(sub)"},
  };
  struct claims_expected expected = {.issuer = TEXT("https://id.example.com"),
                                     .client_id = TEXT("margay"),
                                     .nonce = TEXT("n"),
                                     .now = NOW};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct error error = ERROR_NONE;
    bool good = claims_check(text_from(table[i].claims), &expected, &error);
    assert_true(good == (table[i].reason[0] == '\0'));
    assert_non_null(strstr(error.text, table[i].reason));
  }
}

static void a_user_is_called_by_what_people_know_first(void **state) {
  (void)state;
  const struct {
    const char *claims, *name;
  } table[] = {
      {"{\"sub\":\"42\",\"email\":\"homer@example.com\",\"preferred_username\":\"homer\"}",
       "homer"},
      {"{\"sub\":\"42\",\"email\":\"homer@example.com\",\"name\":\"Homer\"}", "homer@example.com"},
      {"{\"sub\":\"42\",\"email\":\"h@example.com\",\"email_verified\":false}", "42"},
      {"{\"sub\":\"42\",\"email\":\"\",\"name\":\"Homer\"}", "Homer"},
      {"{\"sub\":\"42\"}", "42"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct buffer name = BUFFER_NONE;
    claims_name(text_from(table[i].claims), &name);
    assert_string_equal(buffer_text(&name).data, table[i].name);
    buffer_free(&name);
  }
}

static void a_long_name_is_cut_at_a_character(void **state) {
  (void)state;
  struct buffer claims = BUFFER_NONE, name = BUFFER_NONE;
  buffer_append_string(&claims, "{\"sub\":\"x");
  for (int i = 0; i < 200; i++)
    buffer_append_string(&claims, "ä");
  buffer_append_string(&claims, "\"}");
  claims_name(buffer_text(&claims), &name);
  assert_int_equal(name.size, CLAIMS_NAME_MAX - 1);
  assert_true(text_is_utf8(buffer_text(&name)));
  buffer_free(&claims);
  buffer_free(&name);
}

static void a_claim_has_a_value_alone_or_in_its_list(void **state) {
  (void)state;
  const struct text claims =
      TEXT("{\"groups\":[\"soc\",7],\"role\":\"admin\",\"a.b\":\"dotted\","
           "\"realm_access\":{\"roles\":[\"viewer\"]},\"a\":{\"b\":\"in\"}}");
  const struct {
    const char *name, *value;
    bool has;
  } table[] = {
      {"groups", "soc", true},
      {"groups", "so", false},
      {"groups", "7", false},
      {"role", "admin", true},
      {"role", "Admin", false},
      {"realm_access.roles", "viewer", true},
      {"realm_access", "viewer", false},
      {"realm_access.roles.viewer", "viewer", false},
      {"a.b", "dotted", true},
      {"a.b", "in", false},
      {"none", "", false},
      {"", "", false},
      {".", "", false},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    assert_true(claims_have(claims, text_from(table[i].name), text_from(table[i].value)) ==
                table[i].has);
  assert_false(claims_have(TEXT("nothing"), TEXT("groups"), TEXT("soc")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(claims_are_taken_only_from_this_login_with_this_provider_now),
      cmocka_unit_test(a_user_is_called_by_what_people_know_first),
      cmocka_unit_test(a_long_name_is_cut_at_a_character),
      cmocka_unit_test(a_claim_has_a_value_alone_or_in_its_list),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
