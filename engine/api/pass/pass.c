#include "api/pass/pass.h"

#include "store/store_access.h"

#include <stdio.h>

struct pass pass_of(struct text token, struct text session, const char *role) {
  struct pass pass = {.kind = PASS_NONE};
  if (token.size > 0)
    pass.kind = PASS_TOKEN;
  else if (session.size > 0)
    pass.kind = PASS_SESSION;
  snprintf(pass.hash, sizeof pass.hash, "%.*s", TEXT_ARGS(token.size > 0 ? token : session));
  snprintf(pass.role, sizeof pass.role, "%s", role);
  return pass;
}

struct looking {
  const struct pass *pass;
  time_us now;
  bool holds;
};

static void look_at_token(void *context, const struct store_access_token *token) {
  struct looking *looking = context;
  looking->holds = text_is(token->role, looking->pass->role) &&
                   (token->expires_at == TIME_NONE || token->expires_at > looking->now);
}

static void look_at_session(void *context, const struct store_access_session *session) {
  struct looking *looking = context;
  looking->holds = text_is(session->role, looking->pass->role);
}

bool pass_check(struct store *store, const struct pass *pass, time_us now, bool *holds,
                struct error *error) {
  struct looking looking = {pass, now, pass->kind == PASS_NONE};
  struct text hash = text_from(pass->hash);
  bool ok = true, known;
  if (pass->kind == PASS_TOKEN)
    ok = store_access_token_find(store, hash, look_at_token, &looking, &known, error);
  else if (pass->kind == PASS_SESSION)
    ok = store_access_session_find(store, hash, now, look_at_session, &looking, &known, error);
  *holds = looking.holds;
  return ok;
}
