/* EVP makes and clears a context for each digest, which takes as long as hashing a block: every row
 * id would pay for it. The functions of one algorithm do without; libcrypto 3 has them, and marks
 * them as older than the interface that this names. */
#define OPENSSL_API_COMPAT 0x10100000L

#include "base/digest.h"

#include "base/memory.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

struct digest {
  SHA256_CTX context;
};

/* libcrypto without SHA-256, or a kernel without random bytes: nothing sensible can go on. */
static void require(bool works, const char *what) {
  if (works)
    return;
  fprintf(stderr, "margay: %s does not work on this machine\n", what);
  abort();
}

struct digest *digest_new(void) {
  struct digest *digest = memory_alloc(sizeof *digest);
  require(SHA256_Init(&digest->context), "SHA-256");
  return digest;
}

void digest_update(struct digest *digest, const void *bytes, size_t size) {
  require(SHA256_Update(&digest->context, bytes, size), "SHA-256");
}

void digest_final(struct digest *digest, uint8_t out[DIGEST_SIZE]) {
  require(SHA256_Final(out, &digest->context) && SHA256_Init(&digest->context), "SHA-256");
}

void digest_free(struct digest *digest) {
  free(digest);
}

void digest_sha256(struct text text, uint8_t out[DIGEST_SIZE]) {
  require(EVP_Digest(text.data, text.size, out, NULL, EVP_sha256(), NULL), "SHA-256");
}

void digest_hmac_sha256(struct text key, struct text message, uint8_t out[DIGEST_SIZE]) {
  /* A NULL key would mean "the key of before" to HMAC(). */
  const void *bytes = key.size ? key.data : "";
  require(key.size <= INT32_MAX &&
              HMAC(EVP_sha256(), bytes, (int)key.size, (const unsigned char *)message.data,
                   message.size, out, NULL) != NULL,
          "HMAC-SHA-256");
}

void hex_encode(const void *bytes, size_t size, char *out) {
  static const char digits[] = "0123456789abcdef";
  const uint8_t *p = bytes;
  for (size_t i = 0; i < size; i++) {
    *out++ = digits[p[i] >> 4];
    *out++ = digits[p[i] & 0xf];
  }
  *out = '\0';
}

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  digit |= 0x20;
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const void *bytes, size_t size, struct buffer *out) {
  const uint8_t *p = bytes;
  char *end = buffer_reserve(out, (size / 3 + 1) * 4), *q = end;
  for (; size > 0; p += 3) {
    size_t taken = size < 3 ? size : 3;
    uint32_t bits = (uint32_t)p[0] << 16;
    if (taken > 1)
      bits |= (uint32_t)p[1] << 8;
    if (taken > 2)
      bits |= p[2];
    *q++ = base64_digits[bits >> 18];
    *q++ = base64_digits[bits >> 12 & 0x3f];
    *q++ = taken > 1 ? base64_digits[bits >> 6 & 0x3f] : '=';
    *q++ = taken > 2 ? base64_digits[bits & 0x3f] : '=';
    size -= taken;
  }
  *q = '\0';
  out->size += (size_t)(q - end);
}

void base64_url_encode(const void *bytes, size_t size, struct buffer *out) {
  size_t start = out->size;
  base64_encode(bytes, size, out);
  while (out->size > start && out->data[out->size - 1] == '=')
    out->data[--out->size] = '\0';
  for (size_t i = start; i < out->size; i++)
    if (out->data[i] == '+')
      out->data[i] = '-';
    else if (out->data[i] == '/')
      out->data[i] = '_';
}

static int base64_value(char c) {
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_decode(struct text text, struct buffer *out) {
  size_t padding = 0;
  if (text.size % 4)
    return false;
  while (padding < 2 && padding < text.size && text.data[text.size - 1 - padding] == '=')
    padding++;
  char *end = buffer_reserve(out, text.size / 4 * 3), *q = end;
  uint32_t bits = 0;
  bool well_formed = true;
  for (size_t i = 0; i < text.size - padding && well_formed; i++) {
    int value = base64_value(text.data[i]);
    well_formed = value >= 0;
    bits = (bits << 6 | (uint32_t)(value & 0x3f)) & 0xffffff;
    /* A byte is whole at the second, third and fourth character of each four. */
    if (i % 4)
      *q++ = (char)(bits >> (6 - i % 4 * 2));
  }
  /* What is left over of the last character must be zero, so that each value has one text. */
  uint32_t rest = padding == 1 ? bits & 0x3 : padding == 2 ? bits & 0xf : 0;
  if (!well_formed || rest) {
    *end = '\0';
    return false;
  }
  *q = '\0';
  out->size += (size_t)(q - end);
  return true;
}

bool base64_url_decode(struct text text, struct buffer *out) {
  struct buffer padded = BUFFER_NONE;
  bool ok = true;
  for (size_t i = 0; i < text.size && ok; i++) {
    char c = text.data[i];
    ok = c != '+' && c != '/' && c != '=';
    buffer_append_char(&padded, (char)(c == '-' ? '+' : c == '_' ? '/' : c));
  }
  while (padded.size % 4 > 1) /* one character alone is no byte, whatever follows */
    buffer_append_char(&padded, '=');
  ok = ok && base64_decode(buffer_text(&padded), out);
  buffer_free(&padded);
  return ok;
}

bool secret_equal(struct text a, struct text b) {
  return a.size == b.size && (a.size == 0 || CRYPTO_memcmp(a.data, b.data, a.size) == 0);
}

void random_bytes(void *out, size_t size) {
  uint8_t *p = out;
  while (size > 0) {
    /* Up to 256 bytes are interrupted only while the system has just started (getrandom(2)). */
    ssize_t taken = getrandom(p, size < 256 ? size : 256, 0);
    if (taken < 0 && errno == EINTR)
      continue;
    require(taken > 0, "getrandom");
    p += taken;
    size -= (size_t)taken;
  }
}
