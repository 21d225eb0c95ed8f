/* Keys, key sets and signed tokens as an OpenID provider makes them; cmocka.h comes before. */
#ifndef OPENID_FIXTURE_H
#define OPENID_FIXTURE_H

#include "base/buffer.h"
#include "base/digest.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

enum signing { SIGN_RS256, SIGN_PS256, SIGN_ES256 };
static const char *const signing_names[] = {"RS256", "PS256", "ES256"};

static inline void append_number(struct buffer *out, EVP_PKEY *key, const char *name, int size) {
  BIGNUM *number = NULL;
  uint8_t bytes[1024];
  assert_int_equal(EVP_PKEY_get_bn_param(key, name, &number), 1);
  int used = size ? size : BN_num_bytes(number);
  assert_int_equal(BN_bn2binpad(number, bytes, used), used);
  base64_url_encode(bytes, (size_t)used, out);
  BN_free(number);
}

/* Appends the public key as a JWK. */
static inline void append_jwk(struct buffer *out, EVP_PKEY *key, const char *id) {
  buffer_printf(out, "{\"kid\":\"%s\",\"use\":\"sig\",", id);
  if (EVP_PKEY_is_a(key, "RSA")) {
    buffer_append_string(out, "\"kty\":\"RSA\",\"n\":\"");
    append_number(out, key, OSSL_PKEY_PARAM_RSA_N, 0);
    buffer_append_string(out, "\",\"e\":\"");
    append_number(out, key, OSSL_PKEY_PARAM_RSA_E, 0);
  } else {
    buffer_append_string(out, "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"");
    append_number(out, key, OSSL_PKEY_PARAM_EC_PUB_X, 32);
    buffer_append_string(out, "\",\"y\":\"");
    append_number(out, key, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
  }
  buffer_append_string(out, "\"}");
}

/* ES256 signatures are the two numbers, not DER. */
static inline void append_signature(struct buffer *out, enum signing signing, const uint8_t *bytes,
                                    size_t size) {
  uint8_t halves[64];
  if (signing != SIGN_ES256) {
    base64_url_encode(bytes, size, out);
    return;
  }
  ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &bytes, (long)size);
  assert_non_null(signature);
  BN_bn2binpad(ECDSA_SIG_get0_r(signature), halves, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature), halves + 32, 32);
  ECDSA_SIG_free(signature);
  base64_url_encode(halves, sizeof halves, out);
}

/* Appends the token with this header, signed in that way, whatever the header says. */
static inline void append_token(struct buffer *out, EVP_PKEY *key, enum signing signing,
                                const char *header, const char *payload) {
  uint8_t signature[1024];
  size_t size = sizeof signature, start = out->size;
  EVP_PKEY_CTX *settings;
  base64_url_encode(header, strlen(header), out);
  buffer_append_char(out, '.');
  base64_url_encode(payload, strlen(payload), out);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  assert_int_equal(EVP_DigestSignInit(context, &settings, EVP_sha256(), NULL, key), 1);
  if (signing == SIGN_PS256) {
    EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST);
  }
  assert_int_equal(EVP_DigestSign(context, signature, &size, (const uint8_t *)out->data + start,
                                  out->size - start),
                   1);
  EVP_MD_CTX_free(context);
  buffer_append_char(out, '.');
  append_signature(out, signing, signature, size);
}

#endif
