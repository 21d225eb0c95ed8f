#include "api/access/session.h"

#include "api/access/token.h"
#include "store/store_access.h"

#include <inttypes.h>

/* Sessions at once; past that the oldest ends. */
#define SESSIONS_MAX 1000

/* Strict: no other site's page sends it. */
#define ATTRIBUTES "; Path=/; HttpOnly; SameSite=Strict"

bool session_begin(struct store *store, const struct session_of *session, bool secure, time_us now,
                   struct buffer *cookie, struct error *error) {
  struct buffer value = BUFFER_NONE;
  struct token_hash hash;
  time_us end = now + SESSION_US;
  if (session->expires_at != TIME_NONE && session->expires_at < end)
    end = session->expires_at;
  token_make(SESSION_BEGIN, &value);
  const struct store_access_session row = {.hash = token_hash(buffer_text(&value), &hash),
                                           .name = session->name,
                                           .role = text_from(api_role_names[session->role]),
                                           .via = text_from(api_via_names[session->via]),
                                           .token = session->token,
                                           .created_at = now,
                                           .expires_at = end};
  bool ok = store_access_session_add(store, &row, SESSIONS_MAX, error);
  if (ok)
    buffer_printf(cookie, SESSION_COOKIE "=%s; Max-Age=%" PRId64 ATTRIBUTES "%s", value.data,
                  (end - now) / US_PER_SECOND, secure ? "; Secure" : "");
  buffer_free(&value);
  return ok;
}

struct text session_cookie(struct text cookies, const char *begin) {
  size_t begins = strlen(begin);
  while (cookies.size > 0) {
    const char *end = memchr(cookies.data, ';', cookies.size);
    size_t size = end ? (size_t)(end - cookies.data) : cookies.size;
    struct text one = text_trim((struct text){cookies.data, size});
    if (one.size > begins && memcmp(one.data, begin, begins) == 0)
      return (struct text){one.data + begins, one.size - begins};
    size += end != NULL;
    cookies = (struct text){cookies.data + size, cookies.size - size};
  }
  return TEXT("");
}

void session_forget(struct buffer *cookie) {
  buffer_append_string(cookie, SESSION_COOKIE "=; Max-Age=0" ATTRIBUTES);
}
