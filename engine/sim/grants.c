#include "sim/grants.h"

#include "base/digest.h"
#include "base/web/pkce.h"

const char *authorization_code_issue(struct grants *grants,
                                     const struct authorization_code *wanted) {
  struct authorization_code *code = &grants->codes[grants->next];
  grants->next = (grants->next + 1) % CODES_REMEMBERED;
  *code = *wanted;
  token_text(code->text);
  return code->text;
}

struct authorization_code *authorization_code_find(struct grants *grants, struct text code,
                                                   time_us now) {
  for (size_t i = 0; i < CODES_REMEMBERED; i++) {
    struct authorization_code *known = &grants->codes[i];
    if (*known->text && secret_equal(code, text_from(known->text)))
      return known->expires > now ? known : NULL;
  }
  return NULL;
}

bool authorization_code_verify(const struct authorization_code *code, struct text verifier) {
  if (*code->challenge == '\0')
    return true;
  struct buffer made = BUFFER_NONE;
  pkce_append_challenge(&made, verifier);
  bool same = secret_equal(buffer_text(&made), text_from(code->challenge));
  buffer_free(&made);
  return same;
}

static const char *start(struct grants *grants, bool is_public) {
  grants->latest = (struct refresh_token){.is_public = is_public};
  token_text(grants->latest.text);
  return grants->latest.text;
}

const char *refresh_token_start(struct grants *grants, bool is_public) {
  grants->before = (struct refresh_token){.text = ""};
  return start(grants, is_public);
}

static bool is_token(const struct refresh_token *known, struct text token, bool is_public) {
  return *known->text && known->is_public == is_public &&
         secret_equal(token, text_from(known->text));
}

const char *refresh_token_rotate(struct grants *grants, struct text token, bool is_public,
                                 time_us now, int64_t grace_us) {
  if (is_token(&grants->latest, token, is_public)) {
    grants->before = grants->latest;
    grants->before.usable_until = now + grace_us;
  } else if (!is_token(&grants->before, token, is_public) || now >= grants->before.usable_until) {
    return NULL;
  }
  return start(grants, is_public);
}

void refresh_token_revoke(struct grants *grants) {
  grants->latest = grants->before = (struct refresh_token){.text = ""};
}
