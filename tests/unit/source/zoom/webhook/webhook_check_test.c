/* What a webhook's request must show, as tables. Signatures come from openssl's command line:
 *   printf 'v0:1700000000:BODY' | openssl dgst -sha256 -hmac SECRET -r */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/digest.h"
#include "source/zoom/webhook/webhook_challenge.h"
#include "source/zoom/webhook/webhook_check.h"

#define SIGNED_AT INT64_C(1700000000)
#define AGE_MAX (7 * US_PER_MINUTE)
#define BODY "{\"event\":\"meeting.started\",\"event_ts\":1700000000000,\"payload\":{}}"
#define SIGNATURE "v0=a7f4c8dcea86be96cc62cd29477bc46bf049e25f28c19f72a5eca3abd5214e15"

/* ---- signature and time ------------------------------------------------------------------ */

static const struct row {
  const char *signature, *timestamp, *body;
  int64_t age_us; /* of the time that it was signed with */
  enum intake_outcome outcome;
} rows[] = {
    {SIGNATURE, "1700000000", BODY, 0, INTAKE_ACCEPTED},
    {SIGNATURE, "1700000000", BODY, AGE_MAX, INTAKE_ACCEPTED},
    {SIGNATURE, "1700000000", BODY, AGE_MAX + 1, INTAKE_BAD_TIME},
    {SIGNATURE, "1700000000", BODY, -WEBHOOK_SKEW_US, INTAKE_ACCEPTED},
    {SIGNATURE, "1700000000", BODY, -WEBHOOK_SKEW_US - 1, INTAKE_BAD_TIME},
    {NULL, "1700000000", BODY, 0, INTAKE_UNSIGNED},
    {SIGNATURE, NULL, BODY, 0, INTAKE_UNSIGNED},
    {"", "1700000000", BODY, 0, INTAKE_BAD_SIGNATURE},
    {"v0=", "1700000000", BODY, 0, INTAKE_BAD_SIGNATURE},
    {SIGNATURE "0", "1700000000", BODY, 0, INTAKE_BAD_SIGNATURE},
    {SIGNATURE, "1700000001", BODY, 0, INTAKE_BAD_SIGNATURE},
    {SIGNATURE, "+1700000000", BODY, 0, INTAKE_BAD_SIGNATURE},
    {SIGNATURE, "01700000000", BODY, 0, INTAKE_BAD_SIGNATURE},
    {SIGNATURE, "1700000000000000000000000000", BODY, 0, INTAKE_BAD_SIGNATURE},
    {SIGNATURE, "", BODY, 0, INTAKE_BAD_SIGNATURE},
    {SIGNATURE, "1700000000", BODY " ", 0, INTAKE_BAD_SIGNATURE}, /* serialised anew */
    {SIGNATURE, "1700000000", "", 0, INTAKE_BAD_SIGNATURE},
};

static void a_signature_holds_for_these_bytes_and_for_some_minutes(void **state) {
  static const struct webhook_secrets secrets = {.secret_token = TEXT_INIT("s3cret"),
                                                 .age_max = AGE_MAX};
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct webhook_head head = {.signature = rows[i].signature,
                                      .timestamp = rows[i].timestamp};
    const char *reason;
    time_us now = SIGNED_AT * US_PER_SECOND + rows[i].age_us;
    if (webhook_check(&secrets, &head, text_from(rows[i].body), now, &reason) != rows[i].outcome)
      fail_msg("row %zu: not %s: %s", i, intake_outcome_names[rows[i].outcome], reason);
  }
}

/* ---- other ways -------------------------------------------------------------------------- */

#define ALLADIN "QWxhZGRpbjpvcGVuIHNlc2FtZQ==" /* RFC 7617 section 2 */

static void what_else_a_subscription_sends_must_hold(void **state) {
  static const struct {
    struct webhook_secrets secrets;
    const char *authorization, *own;
    bool good;
  } ways[] = {
#define FIXED {.authorization = TEXT_INIT("fixed token")}
#define BASIC                                                                                      \
  { .user = TEXT_INIT("Aladdin"), .password = TEXT_INIT("open sesame") }
#define BEARER                                                                                     \
  { .bearer = TEXT_INIT("abc.def") }
#define OWN                                                                                        \
  { .header_name = TEXT_INIT("x-own"), .header_value = TEXT_INIT("value") }
      {FIXED, "fixed token", NULL, true},
      {FIXED, "fixed tokens", NULL, false},
      {FIXED, "Fixed token", NULL, false},
      {FIXED, NULL, NULL, false},
      {BASIC, "Basic " ALLADIN, NULL, true},
      {BASIC, "basic  " ALLADIN, NULL, true},
      {BASIC, "Basic QWxhZGRpbjpvcGVu", NULL, false},
      {BASIC, "Basic", NULL, false},
      {BASIC, "Basic !", NULL, false},
      {BASIC, "Bearer " ALLADIN, NULL, false},
      {BEARER, "Bearer abc.def", NULL, true},
      {BEARER, "bearer abc.def", NULL, true},
      {BEARER, "Bearer abc", NULL, false},
      {BEARER, "abc.def", NULL, false},
      {OWN, NULL, "value", true},
      {OWN, NULL, "other", false},
      {OWN, NULL, NULL, false},
  };
  (void)state;
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    const struct webhook_head head = {.authorization = ways[i].authorization, .own = ways[i].own};
    const char *reason;
    bool good = webhook_check(&ways[i].secrets, &head, TEXT(BODY), 0, &reason) == INTAKE_ACCEPTED;
    if (good != ways[i].good)
      fail_msg("row %zu: %s", i, good ? "accepted" : reason);
  }
}

static void the_signature_must_hold_besides_another_way(void **state) {
  static const struct webhook_secrets secrets = {.secret_token = TEXT_INIT("s3cret"),
                                                 .bearer = TEXT_INIT("abc")};
  struct webhook_head head = {
      .signature = SIGNATURE, .timestamp = "1700000000", .authorization = "Bearer abc"};
  const char *reason;
  time_us now = SIGNED_AT * US_PER_SECOND;
  (void)state;
  assert_int_equal(webhook_check(&secrets, &head, TEXT(BODY), now, &reason), INTAKE_ACCEPTED);
  head.authorization = "Bearer abd";
  assert_int_equal(webhook_check(&secrets, &head, TEXT(BODY), now, &reason),
                   INTAKE_BAD_CREDENTIALS);
  head.authorization = "Bearer abc";
  head.signature = NULL;
  assert_int_equal(webhook_check(&secrets, &head, TEXT(BODY), now, &reason), INTAKE_UNSIGNED);
}

/* ---- access tokens ----------------------------------------------------------------------- */

static const struct webhook_client client = {TEXT_INIT("id"), TEXT_INIT("a secret&more")};

static void a_token_is_given_to_its_client_alone(void **state) {
  static const struct {
    const char *authorization, *form, *wrong;
  } requests[] = {
      {"Basic aWQ6YSBzZWNyZXQmbW9yZQ==", "grant_type=client_credentials", NULL},
      {"Basic aWQ6YSBzZWNyZXQmbW9yZQ==", "", NULL},
      {"Basic aWQ6YSBzZWNyZXQ=", "grant_type=client_credentials", "invalid_client"},
      {"Basic aWQ6YSBzZWNyZXQmbW9yZQ==", "grant_type=password", "unsupported_grant_type"},
      {NULL, "grant_type=client_credentials&client_id=id&client_secret=a+secret%26more", NULL},
      {NULL, "client_secret=a%20secret%26more&client_id=id", NULL},
      {NULL, "client_id=id&client_secret=a secret&more", "invalid_client"},
      {NULL, "client_id=other&client_secret=a+secret%26more", "invalid_client"},
      {NULL, "client_id=id", "invalid_client"},
      {NULL, "client_secret=%&client_id=%2", "invalid_client"},
      {NULL, "", "invalid_client"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
    const char *wrong =
        webhook_token_refuse(&client, requests[i].authorization, text_from(requests[i].form));
    const char *expected = requests[i].wrong ? requests[i].wrong : "nothing";
    if (strcmp(wrong ? wrong : "nothing", expected) != 0)
      fail_msg("request %zu: %s and not %s", i, wrong ? wrong : "nothing", expected);
  }
}

static void a_token_holds_for_an_hour_and_for_one_secret(void **state) {
  const struct webhook_client other = {client.id, TEXT("another")};
  const time_us now = SIGNED_AT * US_PER_SECOND;
  struct buffer json = BUFFER_NONE;
  (void)state;
  webhook_token_give(&client, now, &json);
  static const char before[] = "{\"access_token\":\"";
  assert_memory_equal(json.data, before, sizeof before - 1);
  struct text token = {json.data + sizeof before - 1, 0};
  token.size = strcspn(token.data, "\"");
  assert_true(webhook_token_holds(&client, token, now));
  assert_true(webhook_token_holds(&client, token, now + WEBHOOK_TOKEN_LIFE_US - 1));
  assert_false(webhook_token_holds(&client, token, now + WEBHOOK_TOKEN_LIFE_US));
  assert_false(webhook_token_holds(&other, token, now));
  ((char *)(uintptr_t)token.data)[0]++; /* another time */
  assert_false(webhook_token_holds(&client, token, now));
  assert_false(webhook_token_holds(&client, TEXT(""), now));
  assert_false(webhook_token_holds(&client, TEXT("9999999999"), now));
  buffer_free(&json);
}

/* ---- challenges -------------------------------------------------------------------------- */

static void a_challenge_differs_from_an_event(void **state) {
  static const struct {
    const char *body;
    enum webhook_challenge is;
    const char *answer;
  } bodies[] = {
      {BODY, WEBHOOK_NO_CHALLENGE, NULL},
      {"", WEBHOOK_NO_CHALLENGE, NULL},
      {"endpoint.url_validation", WEBHOOK_NO_CHALLENGE, NULL},
      {"[\"endpoint.url_validation\"]", WEBHOOK_NO_CHALLENGE, NULL},
      {"{\"event\":\"meeting.started\",\"payload\":{\"topic\":\"endpoint.url_validation\"}}",
       WEBHOOK_NO_CHALLENGE, NULL},
      {"{\"event\":\"endpoint.url_validation\"}", WEBHOOK_BAD_CHALLENGE, NULL},
      {"{\"event\":\"endpoint.url_validation\",\"payload\":{\"plainToken\":7}}",
       WEBHOOK_BAD_CHALLENGE, NULL},
      {"{\"event\":\"endpoint.url_validation\",\"payload\":{\"plainToken\":\"\"}}",
       WEBHOOK_BAD_CHALLENGE, NULL},
      {"{\"payload\":{\"plainToken\":\"abc\"},\"event_ts\":1,\"event\":\"endpoint.url_"
       "validation\"}",
       WEBHOOK_CHALLENGE,
       "{\"plainToken\":\"abc\",\"encryptedToken\":"
       "\"4f2f30aaf4a57bd60ab473c8e9c2cdfefc186723d4727ed6f31f04353c91389a\"}"},
      {"{\"event\":\"endpoint.url_validation\",\"payload\":{\"plainToken\":\"a\\\"\\u000ab\"}}",
       WEBHOOK_CHALLENGE,
       "{\"plainToken\":\"a\\\"\\nb\",\"encryptedToken\":"
       "\"8760cbdba0eb41fdf23da7b59d4b50abd395388753fb2b286a1076a8c2d276ab\"}"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    struct buffer answer = BUFFER_NONE;
    assert_int_equal(webhook_challenge(TEXT("s3cret"), text_from(bodies[i].body), &answer),
                     bodies[i].is);
    assert_string_equal(buffer_text(&answer).data, bodies[i].answer ? bodies[i].answer : "");
    buffer_free(&answer);
  }
}

static void a_challenge_needs_a_secret_to_be_answered(void **state) {
  struct buffer answer = BUFFER_NONE;
  (void)state;
  assert_int_equal(
      webhook_challenge(
          TEXT(""),
          TEXT("{\"event\":\"endpoint.url_validation\",\"payload\":{\"plainToken\":\"abc\"}}"),
          &answer),
      WEBHOOK_BAD_CHALLENGE);
  assert_int_equal(answer.size, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_signature_holds_for_these_bytes_and_for_some_minutes),
      cmocka_unit_test(what_else_a_subscription_sends_must_hold),
      cmocka_unit_test(the_signature_must_hold_besides_another_way),
      cmocka_unit_test(a_token_is_given_to_its_client_alone),
      cmocka_unit_test(a_token_holds_for_an_hour_and_for_one_secret),
      cmocka_unit_test(a_challenge_differs_from_an_event),
      cmocka_unit_test(a_challenge_needs_a_secret_to_be_answered),
  };
  return cmocka_run_group_tests_name("webhook_check", tests, NULL, NULL);
}
