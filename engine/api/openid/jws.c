#include "api/openid/jws.h"

#include "base/digest.h"
#include "base/memory.h"

#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdlib.h>

enum {
  KEYS_MAX = 64,         /* providers have two to a dozen */
  RSA_BITS_MIN = 2048,   /* RFC 7518 section 3.3 */
  RSA_BITS_MAX = 8192,   /* larger ones cost a check more than they give */
  P256_SIZE = 32,        /* bytes of a coordinate, and of each half of a signature */
  SIGNATURE_MAX = 1024,  /* bytes: RSA_BITS_MAX */
  TOKEN_MAX = 64 * 1024, /* with the groups of a large organisation */
};

struct key {
  char *id; /* NULL: it has none */
  bool elliptic;
  EVP_PKEY *key;
};

struct jws_keys {
  struct key items[KEYS_MAX];
  size_t count;
};

/* What of libcrypto fails for want of memory alone. */
static void need(bool works) {
  if (!works)
    memory_exhausted();
}

/* ---- keys ---------------------------------------------------------------------------------- */

static struct text member(const json_t *object, const char *name) {
  const json_t *value = json_object_get(object, name);
  return json_is_string(value) ? (struct text){json_string_value(value), json_string_length(value)}
                               : TEXT("");
}

static bool number_of(const json_t *object, const char *name, struct buffer *out) {
  buffer_reset(out);
  struct text text = member(object, name);
  return text.size > 0 && base64_url_decode(text, out) && out->size > 0;
}

/* The key that the parameters describe; NULL when it is none. They are freed. */
static EVP_PKEY *make_key(const char *type, OSSL_PARAM *parameters) {
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
  need(context && parameters);
  if (EVP_PKEY_fromdata_init(context) <= 0 ||
      EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) <= 0)
    key = NULL;
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  ERR_clear_error();
  return key;
}

static EVP_PKEY *read_rsa(const json_t *jwk) {
  struct buffer n = BUFFER_NONE, e = BUFFER_NONE;
  EVP_PKEY *key = NULL;
  if (number_of(jwk, "n", &n) && number_of(jwk, "e", &e) && n.size <= RSA_BITS_MAX / 8 &&
      e.size <= 8) {
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *modulus = BN_bin2bn((const uint8_t *)n.data, (int)n.size, NULL);
    BIGNUM *exponent = BN_bin2bn((const uint8_t *)e.data, (int)e.size, NULL);
    need(build && modulus && exponent &&
         OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) &&
         OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent));
    key = make_key("RSA", OSSL_PARAM_BLD_to_param(build));
    OSSL_PARAM_BLD_free(build);
    BN_free(modulus);
    BN_free(exponent);
  }
  if (key && EVP_PKEY_get_bits(key) < RSA_BITS_MIN) {
    EVP_PKEY_free(key);
    key = NULL;
  }
  buffer_free(&n);
  buffer_free(&e);
  return key;
}

static EVP_PKEY *read_elliptic(const json_t *jwk) {
  struct buffer x = BUFFER_NONE, y = BUFFER_NONE;
  uint8_t point[1 + 2 * P256_SIZE] = {POINT_CONVERSION_UNCOMPRESSED};
  EVP_PKEY *key = NULL;
  if (text_is(member(jwk, "crv"), "P-256") && number_of(jwk, "x", &x) && number_of(jwk, "y", &y) &&
      x.size == P256_SIZE && y.size == P256_SIZE) {
    memcpy(point + 1, x.data, P256_SIZE);
    memcpy(point + 1 + P256_SIZE, y.data, P256_SIZE);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    need(build && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) &&
         OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point));
    key = make_key("EC", OSSL_PARAM_BLD_to_param(build));
    OSSL_PARAM_BLD_free(build);
  }
  buffer_free(&x);
  buffer_free(&y);
  return key;
}

static void add_key(struct jws_keys *keys, const json_t *jwk) {
  struct text use = member(jwk, "use"), type = member(jwk, "kty"), id = member(jwk, "kid");
  if (keys->count == KEYS_MAX || (use.size > 0 && !text_is(use, "sig")))
    return;
  struct key key = {.elliptic = text_is(type, "EC")};
  if (key.elliptic)
    key.key = read_elliptic(jwk);
  else if (text_is(type, "RSA"))
    key.key = read_rsa(jwk);
  if (!key.key)
    return;
  if (id.size > 0)
    key.id = memory_copy_bytes(id.data, id.size);
  keys->items[keys->count++] = key;
}

struct jws_keys *jws_keys_read(struct text json, struct error *error) {
  json_t *root = json_loadb(json.data ? json.data : "", json.size, 0, NULL);
  const json_t *list = json_object_get(root, "keys"), *jwk;
  struct jws_keys *keys = memory_alloc(sizeof *keys);
  size_t i;
  json_array_foreach(list, i, jwk) {
    add_key(keys, jwk);
  }
  if (keys->count == 0) {
    error_set(error, json_is_array(list)
                         ? "none of the provider's keys can be used: RS256, PS256 or ES256 is "
                           "needed, with RSA keys of 2048 bits or more"
                         : "the provider's keys are no JSON Web Key Set");
    jws_keys_free(keys);
    keys = NULL;
  }
  json_decref(root);
  return keys;
}

void jws_keys_free(struct jws_keys *keys) {
  if (!keys)
    return;
  for (size_t i = 0; i < keys->count; i++) {
    free(keys->items[i].id);
    EVP_PKEY_free(keys->items[i].key);
  }
  free(keys);
}

/* ---- signatures ---------------------------------------------------------------------------- */

struct parts {
  struct text signed_part; /* header and payload with the dot between, as they were signed */
  struct text header, payload;
  struct buffer signature;
};

/* Three parts, none empty, with dots between; the signature is decoded. */
static bool split(struct text token, struct parts *parts) {
  const char *end = token.data + token.size;
  const char *first = token.size > 0 ? memchr(token.data, '.', token.size) : NULL;
  const char *second = first ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;
  if (!second || token.size > TOKEN_MAX)
    return false;
  parts->header = (struct text){token.data, (size_t)(first - token.data)};
  parts->payload = (struct text){first + 1, (size_t)(second - first - 1)};
  parts->signed_part = (struct text){token.data, (size_t)(second - token.data)};
  return base64_url_decode((struct text){second + 1, (size_t)(end - second - 1)},
                           &parts->signature) &&
         parts->signature.size > 0 && parts->signature.size <= SIGNATURE_MAX;
}

enum algorithm { RS256, PS256, ES256, ALGORITHM_NONE };

struct header {
  enum algorithm algorithm;
  json_t *json; /* that `id` lives in */
  struct text id;
};

static bool read_header(struct text encoded, struct header *header, struct error *error) {
  static const char *const names[] = {"RS256", "PS256", "ES256", NULL};
  struct buffer text = BUFFER_NONE;
  char shown[64];
  if (base64_url_decode(encoded, &text))
    header->json = json_loadb(buffer_text(&text).data, text.size, JSON_REJECT_DUPLICATES, NULL);
  buffer_free(&text);
  if (!json_is_object(header->json))
    return error_set(error, "it is no signed token");
  struct text algorithm = member(header->json, "alg");
  header->id = member(header->json, "kid");
  while (names[header->algorithm] && !text_is(algorithm, names[header->algorithm]))
    header->algorithm++;
  if (header->algorithm == ALGORITHM_NONE)
    return error_set(error, "it is signed with %s: RS256, PS256 or ES256 is needed",
                     algorithm.size > 0 ? text_printable(algorithm, shown, sizeof shown)
                                        : "an algorithm without a name");
  /* Whoever does not know an extension that must be understood refuses it (RFC 7515, 4.1.11). */
  return !json_object_get(header->json, "crit") ||
         error_set(error, "it asks for extensions (crit) that margay does not know");
}

/* The two halves of an ES256 signature as libcrypto wants them (DER); empty: they are none. */
static void encode_halves(const struct buffer *signature, struct buffer *out) {
  if (signature->size != (size_t)2 * P256_SIZE)
    return;
  ECDSA_SIG *halves = ECDSA_SIG_new();
  BIGNUM *r = BN_bin2bn((const uint8_t *)signature->data, P256_SIZE, NULL);
  BIGNUM *s = BN_bin2bn((const uint8_t *)signature->data + P256_SIZE, P256_SIZE, NULL);
  need(halves && r && s && ECDSA_SIG_set0(halves, r, s));
  uint8_t *der = NULL;
  int size = i2d_ECDSA_SIG(halves, &der);
  need(size > 0);
  buffer_append(out, der, (size_t)size);
  OPENSSL_free(der);
  ECDSA_SIG_free(halves);
}

static bool is_signed_by(EVP_PKEY *key, enum algorithm algorithm, struct text bytes,
                         struct text signature) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  EVP_PKEY_CTX *settings = NULL;
  need(context != NULL);
  bool good = EVP_DigestVerifyInit(context, &settings, EVP_sha256(), NULL, key) > 0 &&
              (algorithm != PS256 ||
               (EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) > 0 &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) > 0)) &&
              EVP_DigestVerify(context, (const uint8_t *)signature.data, signature.size,
                               (const uint8_t *)bytes.data, bytes.size) == 1;
  EVP_MD_CTX_free(context);
  ERR_clear_error();
  return good;
}

/* Tries the key with the token's name for it; without a name, all of its kind. */
static enum jws_verdict try_keys(const struct jws_keys *keys, const struct header *header,
                                 struct text bytes, struct text signature) {
  enum jws_verdict verdict = JWS_UNKNOWN_KEY;
  for (size_t i = 0; i < keys->count && verdict != JWS_GOOD; i++) {
    const struct key *key = &keys->items[i];
    if (key->elliptic != (header->algorithm == ES256) ||
        (header->id.size > 0 && !(key->id && text_is(header->id, key->id))))
      continue;
    verdict = is_signed_by(key->key, header->algorithm, bytes, signature) ? JWS_GOOD : JWS_BAD;
  }
  return verdict;
}

static enum jws_verdict check_parts(const struct jws_keys *keys, const struct parts *parts,
                                    const struct header *header, struct error *error) {
  struct buffer halves = BUFFER_NONE;
  if (header->algorithm == ES256)
    encode_halves(&parts->signature, &halves);
  enum jws_verdict verdict =
      try_keys(keys, header, parts->signed_part,
               buffer_text(header->algorithm == ES256 ? &halves : &parts->signature));
  buffer_free(&halves);
  if (verdict == JWS_UNKNOWN_KEY)
    error_set(error, "it is signed with a key that the provider does not publish");
  else if (verdict == JWS_BAD)
    error_set(error, "its signature is not the provider's");
  return verdict;
}

enum jws_verdict jws_check(const struct jws_keys *keys, struct text token, struct buffer *payload,
                           struct error *error) {
  struct parts parts = {.signature = BUFFER_NONE};
  struct header header = {.json = NULL};
  enum jws_verdict verdict = JWS_BAD;
  if (!split(token, &parts))
    error_set(error, "it is no signed token");
  else if (read_header(parts.header, &header, error))
    verdict = check_parts(keys, &parts, &header, error);
  if (verdict == JWS_GOOD && !base64_url_decode(parts.payload, payload)) {
    error_set(error, "it is no signed token");
    verdict = JWS_BAD;
  }
  json_decref(header.json);
  buffer_free(&parts.signature);
  return verdict;
}
