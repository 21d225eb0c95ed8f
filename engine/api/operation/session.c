/* Browsers log in with a token, and get a session that no script of a page can read. */
#include "api/access/session.h"
#include "api/access/identify.h"
#include "api/access/token.h"
#include "api/api.h"
#include "base/arena.h"
#include "base/json_member.h"
#include "store/store_access.h"

static bool begin(const struct api_world *world, const struct api_request *request,
                  struct arena *arena, struct api_answer *answer) {
  struct error error = ERROR_NONE;
  struct api_token token;
  enum access_result result = api_token_check(world->store, api_text(request, "token"),
                                              request->now, arena, &token, &error);
  if (result == ACCESS_FAILED)
    return api_fail(answer, &error);
  if (result != ACCESS_KNOWN)
    return api_refuse(answer, API_UNAUTHORIZED, "token",
                      "token: there is no such token, or it has expired: ask for a new one");
  const struct session_of session = {.name = token.name,
                                     .role = token.role,
                                     .via = API_VIA_SESSION,
                                     .token = token.name,
                                     .expires_at = token.expires_at};
  buffer_append_text(&answer->who, token.name);
  if (!session_begin(world->store, &session, request->secure, request->now, &answer->cookie,
                     &error) ||
      !store_access_token_used(world->store, token.hash, request->now, &error))
    return api_fail(answer, &error);
  buffer_append_char(&answer->body, '{');
  json_member_text(&answer->body, "name", token.name);
  json_member_text(&answer->body, "role", text_from(api_role_names[token.role]));
  buffer_append_char(&answer->body, '}');
  return true;
}

static bool begin_session(const struct api_world *world, const struct api_request *request,
                          struct api_answer *answer) {
  struct arena arena = ARENA_NONE;
  bool ok = begin(world, request, &arena, answer);
  arena_free(&arena);
  return ok;
}

static const struct api_parameter begin_parameters[] = {
    {.name = "token",
     .place = API_BODY,
     .type = API_TEXT,
     .required = true,
     .secret = true,
     .max = 256,
     .help = "A token of `margay token new`"},
};

static const struct api_field begin_fields[] = {
    {.name = "name", .type = API_TEXT, .help = "Of the token"},
    {.name = "role", .type = API_TEXT},
    {.name = NULL},
};

const struct api_operation api_session_begin = {
    .name = "session.begin",
    .method = "POST",
    .path = "/session",
    .role = API_ANYBODY,
    .summary = "Log a browser in with a token",
    .help = "Sets a cookie that lasts for twelve hours, but no longer than the token.",
    API_PARAMETERS(begin_parameters),
    .fields = begin_fields,
    .writes = true,
    .run = begin_session,
};

const struct api_operation api_session_log_in = {
    .name = "session.log_in",
    .method = "GET",
    .path = "/session/oidc",
    .role = API_ANYBODY,
    .summary = "Send a browser to the OpenID provider",
    .special = API_SIGNS_IN,
};

const struct api_operation api_session_logged_in = {
    .name = "session.logged_in",
    .method = "GET",
    .path = "/session/oidc/callback",
    .role = API_ANYBODY,
    .summary = "Take a browser that comes back from the OpenID provider",
    .help = "Begins a session and goes on to `/`, or to `/login?problem=WORD`: `late`, `refused`, "
            "`role` or `provider`.",
    .special = API_SIGNED_IN,
};

static bool end_session(const struct api_world *world, const struct api_request *request,
                        struct api_answer *answer) {
  struct error error = ERROR_NONE;
  struct text session = request->caller->session;
  if (session.size > 0 && !store_access_session_end(world->store, session, &error))
    return api_fail(answer, &error);
  session_forget(&answer->cookie);
  answer->status = 204;
  return true;
}

const struct api_operation api_session_end = {
    .name = "session.end",
    .method = "DELETE",
    .path = "/session",
    .role = API_ANYBODY,
    .summary = "Log a browser out",
    .writes = true,
    .run = end_session,
};
