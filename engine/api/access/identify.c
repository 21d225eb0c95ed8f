#include "api/access/identify.h"

#include "api/access/session.h"
#include "api/access/token.h"
#include "base/arena.h"
#include "store/store_access.h"

/* The word's index, or the least that there is: the file may have been changed by other hands. */
static unsigned index_of(struct text word, const char *const *words) {
  for (unsigned i = 0; words[i]; i++)
    if (text_is(word, words[i]))
      return i;
  return 0;
}

/* ---- tokens -------------------------------------------------------------------------------- */

struct taking {
  struct arena *arena;
  struct api_token *token;
  struct api_caller *caller;
};

static void take_token(void *context, const struct store_access_token *token) {
  struct taking *taking = context;
  *taking->token = (struct api_token){.name = arena_copy(taking->arena, token->name),
                                      .hash = arena_copy(taking->arena, token->hash),
                                      .role = (enum api_role)index_of(token->role, api_role_names),
                                      .expires_at = token->expires_at,
                                      .used_at = token->used_at};
}

enum access_result api_token_check(struct store *store, struct text token, time_us now,
                                   struct arena *arena, struct api_token *found,
                                   struct error *error) {
  struct token_hash hash;
  struct taking taking = {.arena = arena, .token = found};
  bool known;
  if (!store_access_token_find(store, token_hash(text_trim(token), &hash), take_token, &taking,
                               &known, error))
    return ACCESS_FAILED;
  bool over = known && found->expires_at != TIME_NONE && found->expires_at <= now;
  return known && !over ? ACCESS_KNOWN : ACCESS_REFUSED;
}

/* ---- sessions ------------------------------------------------------------------------------ */

static void take_session(void *context, const struct store_access_session *session) {
  struct taking *taking = context;
  *taking->caller =
      (struct api_caller){.name = arena_copy(taking->arena, session->name),
                          .role = (enum api_role)index_of(session->role, api_role_names),
                          .via = (enum api_via)index_of(session->via, api_via_names),
                          .session = arena_copy(taking->arena, session->hash)};
}

static enum access_result session_check(struct store *store, struct text session, time_us now,
                                        struct taking *taking, struct error *error) {
  struct token_hash hash;
  bool known;
  if (!store_access_session_find(store, token_hash(session, &hash), now, take_session, taking,
                                 &known, error))
    return ACCESS_FAILED;
  return known ? ACCESS_KNOWN : ACCESS_REFUSED;
}

/* ---- both ---------------------------------------------------------------------------------- */

enum access_result access_identify(struct store *store, const struct access_proof *proof,
                                   time_us now, struct arena *arena, struct api_caller *caller,
                                   time_us *used_at, struct error *error) {
  const struct text bearer = TEXT("Bearer ");
  struct api_token token;
  struct taking taking = {arena, &token, caller};
  struct text session = session_cookie(proof->cookies, SESSION_COOKIE "=");
  *used_at = TIME_NONE;
  if (proof->authorization.size == 0)
    return session.size > 0 ? session_check(store, session, now, &taking, error) : ACCESS_NONE;
  if (!text_starts_folded(proof->authorization, bearer))
    return ACCESS_REFUSED;
  enum access_result result =
      api_token_check(store,
                      (struct text){proof->authorization.data + bearer.size,
                                    proof->authorization.size - bearer.size},
                      now, arena, &token, error);
  if (result == ACCESS_KNOWN) {
    *caller = (struct api_caller){
        .name = token.name, .role = token.role, .via = API_VIA_TOKEN, .token = token.hash};
    *used_at = token.used_at;
  }
  return result;
}
