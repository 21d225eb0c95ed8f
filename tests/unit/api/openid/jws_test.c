#include "api/openid/jws.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "api/openid/openid_fixture.h"

static EVP_PKEY *rsa, *elliptic, *other, *small;

static int make_keys(void **state) {
  (void)state;
  rsa = EVP_RSA_gen(2048);
  small = EVP_RSA_gen(1024);
  elliptic = EVP_EC_gen("P-256");
  other = EVP_EC_gen("P-256");
  return rsa && small && elliptic && other ? 0 : -1;
}

static int free_keys(void **state) {
  (void)state;
  EVP_PKEY_free(rsa);
  EVP_PKEY_free(small);
  EVP_PKEY_free(elliptic);
  EVP_PKEY_free(other);
  return 0;
}

/* A set of `rsa` as "r" and `elliptic` as "e", with others that nobody can use. */
static struct jws_keys *read_keys(void) {
  struct buffer json = BUFFER_NONE;
  struct error error = ERROR_NONE;
  buffer_append_string(&json, "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"},7,{\"kty\":\"RSA\","
                              "\"n\":\"!\",\"e\":\"AQAB\"},");
  append_jwk(&json, rsa, "r");
  buffer_append_char(&json, ',');
  append_jwk(&json, elliptic, "e");
  buffer_append_string(&json, "]}");
  struct jws_keys *keys = jws_keys_read(buffer_text(&json), &error);
  assert_string_equal(error.text, "");
  buffer_free(&json);
  return keys;
}

static enum jws_verdict check(struct text token, struct buffer *payload, struct error *error) {
  struct jws_keys *keys = read_keys();
  *error = ERROR_NONE;
  buffer_reset(payload);
  enum jws_verdict verdict = jws_check(keys, token, payload, error);
  jws_keys_free(keys);
  return verdict;
}

static void tokens_are_good_by_the_key_that_signed_them(void **state) {
  (void)state;
  const struct {
    const char *header;
    enum signing signing;
    EVP_PKEY *key;
    enum jws_verdict verdict;
    const char *reason;
  } table[] = {
      {"{\"alg\":\"RS256\",\"kid\":\"r\"}", SIGN_RS256, rsa, JWS_GOOD, ""},
      {"{\"alg\":\"PS256\",\"kid\":\"r\"}", SIGN_PS256, rsa, JWS_GOOD, ""},
      {"{\"alg\":\"ES256\",\"kid\":\"e\"}", SIGN_ES256, elliptic, JWS_GOOD, ""},
      {"{\"alg\":\"ES256\"}", SIGN_ES256, elliptic, JWS_GOOD, ""},
      {"{\"alg\":\"ES256\",\"kid\":\"e\"}", SIGN_ES256, other, JWS_BAD, "its signature"},
      {"{\"alg\":\"ES256\",\"kid\":\"new\"}", SIGN_ES256, other, JWS_UNKNOWN_KEY, "a key that"},
      {"{\"alg\":\"ES256\",\"kid\":\"r\"}", SIGN_ES256, elliptic, JWS_UNKNOWN_KEY, "a key that"},
      {"{\"alg\":\"PS256\",\"kid\":\"r\"}", SIGN_RS256, rsa, JWS_BAD, "its signature"},
      {"{\"alg\":\"none\"}", SIGN_RS256, rsa, JWS_BAD, "signed with none"},
      {"{\"alg\":\"HS256\",\"kid\":\"r\"}", SIGN_RS256, rsa, JWS_BAD, "signed with HS256"},
      {"{\"kid\":\"r\"}", SIGN_RS256, rsa, JWS_BAD, "without a name"},
      {"{\"alg\":\"RS256\",\"crit\":[\"b64\"],\"b64\":false}", SIGN_RS256, rsa, JWS_BAD, "crit"},
      {"{\"alg\":\"none\",\"alg\":\"RS256\"}", SIGN_RS256, rsa, JWS_BAD, "no signed token"},
      {"[]", SIGN_RS256, rsa, JWS_BAD, "no signed token"},
  };
  struct buffer token = BUFFER_NONE, payload = BUFFER_NONE;
  struct error error;
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    buffer_reset(&token);
    append_token(&token, table[i].key, table[i].signing, table[i].header, "{\"sub\":\"homer\"}");
    assert_int_equal(check(buffer_text(&token), &payload, &error), table[i].verdict);
    assert_non_null(strstr(error.text, table[i].reason));
    assert_string_equal(buffer_text(&payload).data,
                        table[i].verdict == JWS_GOOD ? "{\"sub\":\"homer\"}" : "");
  }
  buffer_free(&token);
  buffer_free(&payload);
}

static void a_token_with_any_byte_changed_is_not_good(void **state) {
  (void)state;
  struct buffer token = BUFFER_NONE, payload = BUFFER_NONE;
  struct error error;
  append_token(&token, elliptic, SIGN_ES256, "{\"alg\":\"ES256\",\"kid\":\"e\"}", "{\"a\":1}");
  for (size_t i = 0; i < token.size; i++) {
    char kept = token.data[i];
    token.data[i] = kept == 'A' ? 'Q' : 'A'; /* no two of base64's texts of equal value */
    assert_int_not_equal(check(buffer_text(&token), &payload, &error), JWS_GOOD);
    token.data[i] = kept;
    assert_int_not_equal(check((struct text){token.data, i}, &payload, &error), JWS_GOOD);
  }
  assert_int_equal(check(buffer_text(&token), &payload, &error), JWS_GOOD);
  buffer_free(&token);
  buffer_free(&payload);
}

static void a_set_without_a_key_that_can_be_used_is_refused(void **state) {
  (void)state;
  struct buffer weak = BUFFER_NONE;
  buffer_append_string(&weak, "{\"keys\":[");
  append_jwk(&weak, small, "s");
  buffer_append_string(&weak, "]}");
  const struct {
    const char *json, *reason;
  } table[] = {
      {"", "no JSON Web Key Set"},
      {"[]", "no JSON Web Key Set"},
      {"{\"keys\":{}}", "no JSON Web Key Set"},
      {"{\"keys\":[]}", "none of the provider's keys"},
      {"{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", "none of the provider's keys"},
      {"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}]}", "none of"},
      {weak.data, "2048 bits"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct error error = ERROR_NONE;
    assert_null(jws_keys_read(text_from(table[i].json), &error));
    assert_non_null(strstr(error.text, table[i].reason));
  }
  buffer_free(&weak);
}

static void a_point_that_is_not_on_the_curve_is_no_key(void **state) {
  (void)state;
  struct buffer json = BUFFER_NONE;
  struct error error = ERROR_NONE;
  buffer_append_string(&json, "{\"keys\":[");
  append_jwk(&json, elliptic, "e");
  buffer_append_string(&json, "]}");
  char *x = strstr(json.data, "\"x\":\"") + 5;
  x[4] = x[4] == 'A' ? 'B' : 'A';
  assert_null(jws_keys_read(buffer_text(&json), &error));
  buffer_free(&json);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tokens_are_good_by_the_key_that_signed_them),
      cmocka_unit_test(a_token_with_any_byte_changed_is_not_good),
      cmocka_unit_test(a_set_without_a_key_that_can_be_used_is_refused),
      cmocka_unit_test(a_point_that_is_not_on_the_curve_is_no_key),
  };
  return cmocka_run_group_tests(tests, make_keys, free_keys);
}
