#include "sim/tokens.h"

#include "base/digest.h"
#include "base/memory.h"
#include "base/web/authorization.h"

#include <stdlib.h>

/* Access tokens that are still distinguished from unknown ones. */
#define TOKENS_REMEMBERED 64

void token_text(char text[TOKEN_SIZE + 1]) {
  uint8_t bytes[TOKEN_SIZE / 2];
  random_bytes(bytes, sizeof bytes);
  hex_encode(bytes, sizeof bytes, text);
}

const char *access_token_mint(struct access_tokens *tokens, time_us now, int64_t lifetime_us,
                              bool revoke_others) {
  if (revoke_others)
    access_token_revoke_all(tokens);
  if (tokens->count >= TOKENS_REMEMBERED) {
    memmove(tokens->tokens, tokens->tokens + 1, (tokens->count - 1) * sizeof *tokens->tokens);
    tokens->count--;
  }
  tokens->tokens =
      memory_reserve(tokens->tokens, &tokens->capacity, tokens->count + 1, sizeof *tokens->tokens);
  struct access_token *token = &tokens->tokens[tokens->count++];
  *token = (struct access_token){.expires = now + lifetime_us};
  token_text(token->text);
  return token->text;
}

void access_token_revoke_all(struct access_tokens *tokens) {
  for (size_t i = 0; i < tokens->count; i++)
    tokens->tokens[i].revoked = true;
}

enum token_state access_token_check(const struct access_tokens *tokens, const char *authorization,
                                    time_us now) {
  struct text given;
  if (!authorization || !authorization_take_scheme(authorization, "Bearer", &given))
    return TOKEN_UNKNOWN;
  for (size_t i = 0; i < tokens->count; i++) {
    const struct access_token *token = &tokens->tokens[i];
    if (!secret_equal(given, text_from(token->text)) || token->revoked)
      continue;
    return token->expires > now ? TOKEN_GOOD : TOKEN_EXPIRED;
  }
  return TOKEN_UNKNOWN;
}

void access_tokens_free(struct access_tokens *tokens) {
  free(tokens->tokens);
  *tokens = (struct access_tokens){.tokens = NULL};
}

const struct page_token *page_token_add(struct page_tokens *tokens, const struct page_token *token,
                                        time_us now) {
  size_t kept = 0;
  for (size_t i = 0; i < tokens->count; i++)
    if (tokens->tokens[i].expires > now)
      tokens->tokens[kept++] = tokens->tokens[i];
  tokens->count = kept;
  tokens->tokens =
      memory_reserve(tokens->tokens, &tokens->capacity, tokens->count + 1, sizeof *tokens->tokens);
  struct page_token *added = &tokens->tokens[tokens->count++];
  *added = *token;
  token_text(added->text);
  return added;
}

struct page_token *page_token_find(struct page_tokens *tokens, const char *text) {
  for (size_t i = 0; i < tokens->count; i++)
    if (strcmp(tokens->tokens[i].text, text) == 0)
      return &tokens->tokens[i];
  return NULL;
}

void page_tokens_free(struct page_tokens *tokens) {
  free(tokens->tokens);
  *tokens = (struct page_tokens){.tokens = NULL};
}
