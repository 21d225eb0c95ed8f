#include "daemon/token_seal.h"

#include "base/digest.h"
#include "base/memory.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#define FORMAT "margay-sealed-1:"
#define NONCE_SIZE 12
#define TAG_SIZE 16

struct token_seal {
  bool has_key;
  uint8_t key[DIGEST_SIZE]; /* of AES-256 */
};

/* libcrypto without AES-256-GCM: nothing sensible can go on. */
static void require(bool works) {
  if (works)
    return;
  fprintf(stderr, "margay: AES-256-GCM does not work on this machine\n");
  abort();
}

/* RFC 5869 without a salt, and with as many bytes as the hash has: one round. */
static void derive(struct text key, uint8_t out[DIGEST_SIZE]) {
  static const char no_salt[DIGEST_SIZE] = {0};
  static const char purpose_and_round[] = "margay access tokens 1\x01";
  uint8_t extracted[DIGEST_SIZE];
  digest_hmac_sha256((struct text){no_salt, sizeof no_salt}, key, extracted);
  digest_hmac_sha256((struct text){(const char *)extracted, sizeof extracted},
                     TEXT(purpose_and_round), out);
  explicit_bzero(extracted, sizeof extracted);
}

struct token_seal *token_seal_new(struct text key) {
  struct token_seal *seal = memory_alloc(sizeof *seal);
  seal->has_key = key.size > 0;
  if (seal->has_key)
    derive(key, seal->key);
  return seal;
}

bool token_seal_has_key(const struct token_seal *seal) {
  return seal->has_key;
}

void token_seal_free(struct token_seal *seal) {
  if (!seal)
    return;
  explicit_bzero(seal, sizeof *seal);
  free(seal);
}

static const uint8_t *bytes_of(struct text text) {
  return (const uint8_t *)text.data;
}

/* What is authenticated beside the token. */
static bool add_context(EVP_CIPHER_CTX *context, struct text name) {
  int size;
  return EVP_CipherUpdate(context, NULL, &size, (const uint8_t *)FORMAT, sizeof FORMAT - 1) &&
         EVP_CipherUpdate(context, NULL, &size, bytes_of(name), (int)name.size);
}

void token_seal_close(const struct token_seal *seal, struct text name, struct text token,
                      struct buffer *out) {
  if (!seal->has_key) {
    buffer_append_text(out, token);
    return;
  }
  struct buffer sealed = BUFFER_NONE;
  int size, rest;
  uint8_t *nonce = (uint8_t *)buffer_reserve(&sealed, NONCE_SIZE + token.size + TAG_SIZE);
  uint8_t *text = nonce + NONCE_SIZE, *tag = text + token.size;
  random_bytes(nonce, NONCE_SIZE);
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  require(context && EVP_EncryptInit_ex2(context, EVP_aes_256_gcm(), seal->key, nonce, NULL) &&
          add_context(context, name) &&
          EVP_EncryptUpdate(context, text, &size, bytes_of(token), (int)token.size) &&
          EVP_EncryptFinal_ex(context, tag, &rest) && (size_t)size == token.size && rest == 0 &&
          EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, tag));
  EVP_CIPHER_CTX_free(context);
  buffer_append_string(out, FORMAT);
  base64_encode(nonce, NONCE_SIZE + token.size + TAG_SIZE, out);
  buffer_free(&sealed);
}

/* False: another key sealed it, or for another name, or it is damaged. */
static bool unseal(const struct token_seal *seal, struct text name, struct text sealed,
                   struct buffer *out) {
  if (sealed.size < NONCE_SIZE + TAG_SIZE)
    return false;
  uint8_t tag[TAG_SIZE];
  struct text text = {sealed.data + NONCE_SIZE, sealed.size - NONCE_SIZE - TAG_SIZE};
  int size = 0, rest = 0;
  memcpy(tag, text.data + text.size, TAG_SIZE);
  uint8_t *into = (uint8_t *)buffer_reserve(out, text.size);
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  require(context &&
          EVP_DecryptInit_ex2(context, EVP_aes_256_gcm(), seal->key, bytes_of(sealed), NULL) &&
          add_context(context, name) &&
          EVP_DecryptUpdate(context, into, &size, bytes_of(text), (int)text.size) &&
          EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag));
  bool ok = EVP_DecryptFinal_ex(context, into + size, &rest) > 0;
  EVP_CIPHER_CTX_free(context);
  if (ok)
    out->size += (size_t)size;
  else
    explicit_bzero(into, text.size);
  out->data[out->size] = '\0';
  return ok;
}

const char *token_seal_open(const struct token_seal *seal, struct text name, struct text stored,
                            struct buffer *out) {
  const size_t format_size = sizeof FORMAT - 1;
  bool is_sealed = stored.size >= format_size && memcmp(stored.data, FORMAT, format_size) == 0;
  if (!is_sealed && seal->has_key)
    return "it is not sealed, and there is a state.key";
  if (!is_sealed) {
    buffer_append_text(out, stored);
    return NULL;
  }
  if (!seal->has_key)
    return "it is sealed, and there is no state.key";
  struct buffer sealed = BUFFER_NONE;
  struct text encoded = {stored.data + format_size, stored.size - format_size};
  bool ok = base64_decode(encoded, &sealed) && unseal(seal, name, buffer_text(&sealed), out);
  buffer_free(&sealed);
  return ok ? NULL : "it was sealed with another state.key, or is damaged";
}
