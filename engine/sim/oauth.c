/*
 * OAuth: the token endpoint for a Server-to-Server app and a General one, and the page where a user
 * lets a General app in, who does so at once.
 *
 * https://developers.zoom.us/docs/internal-apps/s2s-oauth/
 * https://developers.zoom.us/docs/integrations/oauth/ and …/PKCE/
 */
#include "sim/state.h"

#include "base/web/authorization.h"
#include "base/web/form.h"
#include "sim/error_answer.h"
#include "sim/report_kind.h"

#include <stdio.h>

static void oauth_error(struct sim *sim, struct server_answer *answer, const char *reason,
                        const char *error) {
  sim->stats.tokens_refused++;
  answer->status = 400;
  buffer_printf(&answer->body, "{\"reason\":\"%s\",\"error\":\"%s\"}", reason, error);
}

/* ---- parameters -------------------------------------------------------------------------- */

/* A parameter, in the query or in the form; false when there is none. */
static bool parameter(const struct server_request *request, const char *name,
                      struct buffer *value) {
  const char *query = server_query(request, name);
  buffer_reset(value);
  if (!query)
    return form_find(request->body, name, value);
  buffer_append_string(value, query);
  return true;
}

static bool parameter_is(const struct server_request *request, const char *name,
                         const char *value) {
  struct buffer given = BUFFER_NONE;
  bool same = parameter(request, name, &given) && text_is(buffer_text(&given), value);
  buffer_free(&given);
  return same;
}

/* ---- clients ----------------------------------------------------------------------------- */

/* The client with the secret, or the public one, which only names itself. */
static bool find_client(const struct sim *sim, const struct server_request *request,
                        bool *is_public) {
  const char *authorization = server_header(request, "Authorization");
  *is_public = !authorization;
  return authorization ? authorization_is_basic(authorization, text_from(sim->options.client_id),
                                                text_from(sim->options.client_secret))
                       : parameter_is(request, "client_id", SIM_PUBLIC_CLIENT_ID);
}

/* ---- access tokens ----------------------------------------------------------------------- */

/* Classic scopes are for many reports each: there they all are. */
static void append_scopes(const struct sim *sim, struct buffer *out) {
  size_t start = out->size;
  if (sim->options.classic_scopes)
    buffer_append_string(out, "report:read:admin phone:read:admin chat_channel:read:admin");
  for (int report = 0; report < SIM_REPORTS && !sim->options.classic_scopes; report++)
    if (!sim->options.no_scope[report] && report_kinds[report].scope)
      buffer_printf(out, "%s%s", out->size > start ? " " : "", report_kinds[report].scope);
}

/* `refresh_token` NULL: there is none. */
static void give_tokens(struct sim *sim, const char *refresh_token, struct server_answer *answer) {
  int64_t lifetime = sim->options.token_lifetime_us;
  const char *token = access_token_mint(&sim->access, clock_now(&sim->options.clock), lifetime,
                                        !sim->options.tokens_coexist);
  sim->stats.tokens_minted++;
  buffer_printf(&answer->body, "{\"access_token\":\"%s\",\"token_type\":\"bearer\",", token);
  if (refresh_token)
    buffer_printf(&answer->body, "\"refresh_token\":\"%s\",", refresh_token);
  buffer_printf(&answer->body, "\"expires_in\":%lld,\"scope\":\"",
                (long long)(lifetime / US_PER_SECOND));
  append_scopes(sim, &answer->body);
  buffer_printf(&answer->body, "\",\"api_url\":\"http://127.0.0.1:%u\"}", server_port(sim->server));
}

static void answer_code(struct sim *sim, const struct server_request *request, bool is_public,
                        struct server_answer *answer) {
  struct buffer value = BUFFER_NONE;
  parameter(request, "code", &value);
  struct authorization_code *code =
      authorization_code_find(&sim->grants, buffer_text(&value), clock_now(&sim->options.clock));
  if (!code || code->is_public != is_public) {
    oauth_error(sim, answer, "Invalid authorization code", "invalid_grant");
  } else if (!parameter_is(request, "redirect_uri", code->redirect)) {
    oauth_error(sim, answer, "Redirect URI mismatch.", "invalid_grant");
  } else {
    parameter(request, "code_verifier", &value);
    bool verified = authorization_code_verify(code, buffer_text(&value));
    *code->text = '\0';
    if (verified)
      give_tokens(sim, refresh_token_start(&sim->grants, is_public), answer);
    else
      oauth_error(sim, answer, "Invalid code verifier", "invalid_grant");
  }
  buffer_free(&value);
}

static void answer_refresh(struct sim *sim, const struct server_request *request, bool is_public,
                           struct server_answer *answer) {
  struct buffer value = BUFFER_NONE;
  parameter(request, "refresh_token", &value);
  const char *next =
      refresh_token_rotate(&sim->grants, buffer_text(&value), is_public,
                           clock_now(&sim->options.clock), sim->options.refresh_grace_us);
  if (next) {
    sim->stats.tokens_refreshed++;
    give_tokens(sim, next, answer);
  } else {
    oauth_error(sim, answer, "Invalid Token!", "invalid_grant");
  }
  buffer_free(&value);
}

void oauth_answer(struct sim *sim, const struct server_request *request,
                  struct server_answer *answer) {
  bool is_public;
  if (strcmp(request->method, "POST") != 0)
    sim_answer_error(answer, 405, 405, "Request method is not supported.");
  else if (!find_client(sim, request, &is_public))
    oauth_error(sim, answer, "Invalid client_id or client_secret", "invalid_client");
  else if (parameter_is(request, "grant_type", "authorization_code"))
    answer_code(sim, request, is_public, answer);
  else if (parameter_is(request, "grant_type", "refresh_token"))
    answer_refresh(sim, request, is_public, answer);
  else if (!parameter_is(request, "grant_type", "account_credentials"))
    oauth_error(sim, answer, "unsupported grant type", "unsupported_grant_type");
  else if (is_public || !parameter_is(request, "account_id", sim->options.account_id))
    oauth_error(sim, answer, "Bad Request", "invalid_request");
  else
    give_tokens(sim, NULL, answer);
}

/* ---- the page that lets an app in -------------------------------------------------------- */

static void redirect(const struct authorization_code *code, const char *name, const char *value,
                     const char *state, struct server_answer *answer) {
  answer->status = 302;
  answer->content_type = NULL;
  server_answer_header(answer, "Location", "%s%c%s=%s%s%s", code->redirect,
                       strchr(code->redirect, '?') ? '&' : '?', name, value, state ? "&state=" : "",
                       state ? state : "");
}

/* As Zoom does: a client without a secret needs a challenge. */
static bool read_challenge(const struct server_request *request, struct authorization_code *code) {
  const char *challenge = server_query(request, "code_challenge");
  const char *method = server_query(request, "code_challenge_method");
  if (!challenge)
    return !code->is_public;
  snprintf(code->challenge, sizeof code->challenge, "%s", challenge);
  return *challenge && strlen(challenge) <= CHALLENGE_MAX && method && strcmp(method, "S256") == 0;
}

void authorize_answer(struct sim *sim, const struct server_request *request,
                      struct server_answer *answer) {
  const char *type = server_query(request, "response_type");
  const char *client = server_query(request, "client_id");
  const char *target = server_query(request, "redirect_uri");
  const char *state = server_query(request, "state");
  struct authorization_code code = {
      .is_public = client && strcmp(client, SIM_PUBLIC_CLIENT_ID) == 0,
      .expires = clock_now(&sim->options.clock) + sim->options.code_lifetime_us};
  if (!type || strcmp(type, "code") != 0 || !client ||
      (!code.is_public && strcmp(client, sim->options.client_id) != 0)) {
    sim_answer_error(answer, 400, 4702, "Invalid client_id.");
  } else if (!target || strlen(target) > REDIRECT_MAX ||
             (strncmp(target, "https://", 8) != 0 &&
              !(code.is_public && strncmp(target, "http://127.0.0.1", 16) == 0))) {
    sim_answer_error(answer, 400, 4700, "Invalid redirect url");
  } else if (!read_challenge(request, &code)) {
    sim_answer_error(answer, 400, 4700, "Invalid code_challenge");
  } else {
    snprintf(code.redirect, sizeof code.redirect, "%s", target);
    if (sim->options.deny_login)
      redirect(&code, "error", "access_denied", state, answer);
    else
      redirect(&code, "code", authorization_code_issue(&sim->grants, &code), state, answer);
  }
}
