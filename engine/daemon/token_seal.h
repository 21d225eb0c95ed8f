/*
 * Seals the access tokens that sources keep in the state file, so that a copy of the file is no
 * access to anything: AES-256-GCM (NIST SP 800-38D) with a fresh random nonce of 96 bits for each
 * token. Its key is derived by HKDF-SHA256 (RFC 5869) from the one in the configuration, so that
 * the latter can serve other purposes, too.
 *
 *   margay-sealed-1:BASE64      nonce (12 bytes), ciphertext, tag (16 bytes)
 *
 * The format and the token's name in the store are authenticated with it: a sealed token opens
 * under its own name only. Another layout gets another number.
 *
 * Threads: any; a seal never changes.
 */
#ifndef DAEMON_TOKEN_SEAL_H
#define DAEMON_TOKEN_SEAL_H

#include "base/buffer.h"

#define TOKEN_SEAL_KEY_SIZE 32

struct token_seal;

/* `key` is copied and wiped by token_seal_free; empty: tokens are kept as they are. */
struct token_seal *token_seal_new(struct text key);
void token_seal_free(struct token_seal *seal); /* NULL is fine */
bool token_seal_has_key(const struct token_seal *seal);

/* Appends what is to be stored for the token. */
void token_seal_close(const struct token_seal *seal, struct text name, struct text token,
                      struct buffer *out);

/* Appends the token that was stored. Else the reason why it cannot be used, a constant; `out` is
 * then as before. A token that is not sealed is refused when there is a key: whoever wrote it may
 * not have known the key. */
const char *token_seal_open(const struct token_seal *seal, struct text name, struct text stored,
                            struct buffer *out);

#endif
