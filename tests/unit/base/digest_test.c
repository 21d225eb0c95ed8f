#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *hex(const uint8_t digest[DIGEST_SIZE]) {
  static char out[2 * DIGEST_SIZE + 1];
  hex_encode(digest, DIGEST_SIZE, out);
  return out;
}

static void sha256_gives_the_published_digests(void **state) {
  (void)state;
  /* NIST FIPS 180-4 examples and the empty message. */
  static const struct {
    const char *message, *digest;
  } table[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
  };
  uint8_t out[DIGEST_SIZE];
  struct digest *digest = digest_new();
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct text message = text_from(table[i].message);
    digest_sha256(message, out);
    assert_string_equal(hex(out), table[i].digest);
    /* The same byte by byte, with one running digest for all. */
    for (size_t j = 0; j < message.size; j++)
      digest_update(digest, message.data + j, 1);
    digest_final(digest, out);
    assert_string_equal(hex(out), table[i].digest);
  }
  digest_free(digest);
}

static void hmac_gives_the_digests_of_rfc_4231(void **state) {
  (void)state;
  char aa[131], dd[50], key4[25], cd[50];
  memset(aa, 0xaa, sizeof aa);
  memset(dd, 0xdd, sizeof dd);
  memset(cd, 0xcd, sizeof cd);
  for (int i = 0; i < 25; i++)
    key4[i] = (char)(i + 1);
  const struct {
    struct text key, message;
    const char *digest;
  } table[] = {
      {TEXT("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
       TEXT("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {TEXT("Jefe"), TEXT("what do ya want for nothing?"),
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {{aa, 20}, {dd, 50}, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {{key4, 25}, {cd, 50}, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {{aa, 131},
       TEXT("Test Using Larger Than Block-Size Key - Hash Key First"),
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      /* An empty key and message. */
      {{NULL, 0}, {NULL, 0}, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    uint8_t out[DIGEST_SIZE];
    digest_hmac_sha256(table[i].key, table[i].message, out);
    assert_string_equal(hex(out), table[i].digest);
  }
}

static void base64_gives_the_texts_of_rfc_4648_both_ways(void **state) {
  (void)state;
  static const struct {
    struct text bytes;
    const char *text;
  } table[] = {
      {TEXT_INIT(""), ""},
      {TEXT_INIT("f"), "Zg=="},
      {TEXT_INIT("fo"), "Zm8="},
      {TEXT_INIT("foo"), "Zm9v"},
      {TEXT_INIT("foob"), "Zm9vYg=="},
      {TEXT_INIT("fooba"), "Zm9vYmE="},
      {TEXT_INIT("foobar"), "Zm9vYmFy"},
      {TEXT_INIT("\xfb\xff\0"), "+/8A"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct buffer out = BUFFER_NONE;
    buffer_append_string(&out, "> ");
    base64_encode(table[i].bytes.data, table[i].bytes.size, &out);
    assert_string_equal(out.data + 2, table[i].text);
    buffer_reset(&out);
    buffer_append_string(&out, "> ");
    assert_true(base64_decode(text_from(table[i].text), &out));
    assert_int_equal(out.size, table[i].bytes.size + 2);
    assert_memory_equal(out.data + 2, table[i].bytes.data, table[i].bytes.size);
    buffer_free(&out);
  }
}

static void base64_for_urls_has_no_padding(void **state) {
  (void)state;
  /* The bytes of RFC 7636, appendix A, and two whose digits are those that URLs have no place for.
   */
  static const uint8_t bytes[] = {0xff, 0xef, 0xbe, 0xfb};
  uint8_t digest[DIGEST_SIZE];
  struct buffer out = BUFFER_NONE;
  digest_sha256(TEXT("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), digest);
  base64_url_encode(digest, sizeof digest, &out);
  assert_string_equal(out.data, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  buffer_reset(&out);
  buffer_append_string(&out, "=+/");
  base64_url_encode(bytes, sizeof bytes, &out);
  assert_string_equal(out.data, "=+/_----w");
  buffer_free(&out);
}

static void base64_of_urls_is_read_as_it_is_written_and_nothing_else(void **state) {
  (void)state;
  static const struct {
    const char *text;
    bool good;
  } table[] = {{"", true},      {"Zg", true},     {"Zm8", true},   {"Zm9v", true},  {"-_--", true},
               {"Z", false},    {"Zm9vZ", false}, {"Zg==", false}, {"Zm9=", false}, {"Zh", false},
               {"+/++", false}, {"Zm 9", false},  {"Zm\n9", false}};
  struct buffer out = BUFFER_NONE, again = BUFFER_NONE;
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    buffer_reset(&out);
    buffer_reset(&again);
    assert_true(base64_url_decode(text_from(table[i].text), &out) == table[i].good);
    base64_url_encode(out.data, out.size, &again);
    assert_string_equal(buffer_text(&again).data, table[i].good ? table[i].text : "");
  }
  buffer_free(&out);
  buffer_free(&again);
}

static void malformed_base64_is_refused_and_leaves_the_buffer(void **state) {
  (void)state;
  static const char *const table[] = {
      "Z",    "Zg",   "Zg=",  "Zg===", "=",      "====", "Zg=a",
      "Z===", "Zh==", "Zm9=", "Zm 9",  "Zm9v\n", "Zm-_", "Zg==Zg=="};
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct buffer out = BUFFER_NONE;
    buffer_append_string(&out, "kept");
    if (base64_decode(text_from(table[i]), &out))
      fail_msg("accepted: %s", table[i]);
    assert_string_equal(out.data, "kept");
    assert_int_equal(out.size, 4);
    buffer_free(&out);
  }
}

static void every_byte_survives_base64(void **state) {
  (void)state;
  char bytes[256];
  for (int i = 0; i < 256; i++)
    bytes[i] = (char)i;
  for (size_t size = 0; size <= sizeof bytes; size++) {
    struct buffer text = BUFFER_NONE, back = BUFFER_NONE;
    base64_encode(bytes, size, &text);
    assert_true(base64_decode(buffer_text(&text), &back));
    assert_int_equal(back.size, size);
    assert_memory_equal(buffer_text(&back).data, bytes, size);
    buffer_free(&text);
    buffer_free(&back);
  }
}

static void secrets_are_equal_only_to_themselves(void **state) {
  (void)state;
  assert_true(secret_equal(TEXT("secret"), TEXT("secret")));
  assert_false(secret_equal(TEXT("secret"), TEXT("secreT")));
  assert_false(secret_equal(TEXT("secret"), TEXT("secrets")));
  assert_true(secret_equal((struct text){NULL, 0}, TEXT("")));
}

static void random_bytes_fill_all_and_differ(void **state) {
  (void)state;
  static uint8_t a[1000], b[1000];
  random_bytes(a, sizeof a);
  random_bytes(b, sizeof b);
  assert_memory_not_equal(a, b, 16);
  assert_memory_not_equal(a + sizeof a - 16, b + sizeof b - 16, 16);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sha256_gives_the_published_digests),
      cmocka_unit_test(hmac_gives_the_digests_of_rfc_4231),
      cmocka_unit_test(base64_gives_the_texts_of_rfc_4648_both_ways),
      cmocka_unit_test(base64_for_urls_has_no_padding),
      cmocka_unit_test(base64_of_urls_is_read_as_it_is_written_and_nothing_else),
      cmocka_unit_test(malformed_base64_is_refused_and_leaves_the_buffer),
      cmocka_unit_test(every_byte_survives_base64),
      cmocka_unit_test(secrets_are_equal_only_to_themselves),
      cmocka_unit_test(random_bytes_fill_all_and_differ),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
