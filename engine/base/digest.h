/* SHA-256, HMAC, base64 and hex over OpenSSL's libcrypto. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/buffer.h"
#include "base/text.h"

#define DIGEST_SIZE 32

/* A running SHA-256 that can be used again after digest_final. One thread at a time. */
struct digest;
struct digest *digest_new(void);
void digest_update(struct digest *digest, const void *bytes, size_t size);
void digest_final(struct digest *digest, uint8_t out[DIGEST_SIZE]); /* and starts anew */
void digest_free(struct digest *digest);

void digest_sha256(struct text text, uint8_t out[DIGEST_SIZE]);
void digest_hmac_sha256(struct text key, struct text message, uint8_t out[DIGEST_SIZE]);

/* Lower case, 2 * size characters and a NUL. */
void hex_encode(const void *bytes, size_t size, char *out);
/* Of a digit in either case; -1: it is none. */
int hex_value(char digit);

/* RFC 4648 section 4, with padding. */
void base64_encode(const void *bytes, size_t size, struct buffer *out);
bool base64_decode(struct text text, struct buffer *out); /* false for anything malformed */

/* RFC 4648 section 5, without padding: for URLs. */
void base64_url_encode(const void *bytes, size_t size, struct buffer *out);
bool base64_url_decode(struct text text, struct buffer *out); /* false for anything malformed */

/* Takes the same time whatever the first difference; sizes are not secret. */
bool secret_equal(struct text a, struct text b);

/* Bytes that cannot be guessed, from the kernel. */
void random_bytes(void *out, size_t size);

#endif
