#include "base/digest.h"
#include "daemon/token_seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct text no_key = {"", 0};
#define KEY TEXT("0123456789abcdef0123456789abcdef")
#define OTHER_KEY TEXT("0123456789abcdef0123456789abcdeF")
#define NAME TEXT("https://zoom.example/oauth/token account client")

static void close_with(struct text key, struct text name, struct text token, struct buffer *out) {
  struct token_seal *seal = token_seal_new(key);
  token_seal_close(seal, name, token, out);
  token_seal_free(seal);
}

static const char *open_with(struct text key, struct text name, struct text stored,
                             struct buffer *out) {
  struct token_seal *seal = token_seal_new(key);
  const char *reason = token_seal_open(seal, name, stored, out);
  token_seal_free(seal);
  return reason;
}

static void assert_refused(struct text key, struct text name, struct text stored,
                           const char *reason) {
  struct buffer out = BUFFER_NONE;
  buffer_append_string(&out, "before");
  assert_string_equal(open_with(key, name, stored, &out), reason);
  assert_true(text_is(buffer_text(&out), "before"));
  buffer_free(&out);
}

static void a_sealed_token_opens_with_its_key_and_name(void **state) {
  (void)state;
  static const char *const tokens[] = {"", "t", "eyJhbGciOiJIUzUxMiJ9.eyJ2ZXIiOjl9.c2lnbmF0dXJl"};
  for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
    struct buffer stored = BUFFER_NONE, token = BUFFER_NONE;
    close_with(KEY, NAME, text_from(tokens[i]), &stored);
    assert_null(open_with(KEY, NAME, buffer_text(&stored), &token));
    assert_true(text_is(buffer_text(&token), tokens[i]));
    buffer_free(&stored);
    buffer_free(&token);
  }
}

static void the_token_cannot_be_seen_and_looks_different_each_time(void **state) {
  (void)state;
  struct buffer one = BUFFER_NONE, two = BUFFER_NONE;
  close_with(KEY, NAME, TEXT("eyJhbGciOiJIUzUxMiJ9"), &one);
  close_with(KEY, NAME, TEXT("eyJhbGciOiJIUzUxMiJ9"), &two);
  assert_false(text_contains(buffer_text(&one), TEXT("eyJ")));
  assert_false(text_equal(buffer_text(&one), buffer_text(&two)));
  buffer_free(&one);
  buffer_free(&two);
}

static void another_key_or_name_opens_nothing(void **state) {
  (void)state;
  struct buffer stored = BUFFER_NONE;
  static const char reason[] = "it was sealed with another state.key, or is damaged";
  close_with(KEY, NAME, TEXT("token"), &stored);
  assert_refused(OTHER_KEY, NAME, buffer_text(&stored), reason);
  assert_refused(KEY, TEXT("another account"), buffer_text(&stored), reason);
  assert_refused(no_key, NAME, buffer_text(&stored), "it is sealed, and there is no state.key");
  buffer_free(&stored);
}

static void a_token_that_was_changed_anywhere_is_refused(void **state) {
  (void)state;
  struct buffer stored = BUFFER_NONE, bytes = BUFFER_NONE;
  const size_t format = sizeof "margay-sealed-1:" - 1;
  close_with(KEY, NAME, TEXT("token"), &stored);
  assert_true(base64_decode((struct text){stored.data + format, stored.size - format}, &bytes));
  for (size_t i = 0; i < bytes.size * 8; i++) {
    struct buffer changed = BUFFER_NONE;
    buffer_append_string(&changed, "margay-sealed-1:");
    bytes.data[i / 8] ^= (char)(1 << i % 8);
    base64_encode(bytes.data, bytes.size, &changed);
    bytes.data[i / 8] ^= (char)(1 << i % 8);
    assert_refused(KEY, NAME, buffer_text(&changed),
                   "it was sealed with another state.key, or is damaged");
    buffer_free(&changed);
  }
  for (size_t size = format; size < stored.size; size++)
    assert_refused(KEY, NAME, (struct text){stored.data, size},
                   "it was sealed with another state.key, or is damaged");
  buffer_free(&stored);
  buffer_free(&bytes);
}

static void without_a_key_tokens_are_kept_as_they_are(void **state) {
  (void)state;
  struct buffer stored = BUFFER_NONE, token = BUFFER_NONE;
  close_with(no_key, NAME, TEXT("token"), &stored);
  assert_true(text_is(buffer_text(&stored), "token"));
  assert_null(open_with(no_key, NAME, buffer_text(&stored), &token));
  assert_true(text_is(buffer_text(&token), "token"));
  assert_refused(KEY, NAME, buffer_text(&stored), "it is not sealed, and there is a state.key");
  buffer_free(&stored);
  buffer_free(&token);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_sealed_token_opens_with_its_key_and_name),
      cmocka_unit_test(the_token_cannot_be_seen_and_looks_different_each_time),
      cmocka_unit_test(another_key_or_name_opens_nothing),
      cmocka_unit_test(a_token_that_was_changed_anywhere_is_refused),
      cmocka_unit_test(without_a_key_tokens_are_kept_as_they_are),
  };
  return cmocka_run_group_tests_name("token_seal", tests, NULL, NULL);
}
