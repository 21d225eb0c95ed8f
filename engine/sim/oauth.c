/* The token endpoint: https://developers.zoom.us/docs/internal-apps/s2s-oauth/ */
#include "sim/state.h"

#include "base/digest.h"
#include "sim/error_answer.h"

#include <stdio.h>
#include <strings.h>

static void oauth_error(struct sim *sim, struct server_answer *answer, const char *reason,
                        const char *error) {
  sim->stats.tokens_refused++;
  answer->status = 400;
  buffer_printf(&answer->body, "{\"reason\":\"%s\",\"error\":\"%s\"}", reason, error);
}

/* Whether the Basic credentials (RFC 7617) are the client's. */
static bool client_known(const struct sim *sim, const char *authorization) {
  static const char basic[] = "Basic ";
  if (!authorization || strncasecmp(authorization, basic, sizeof basic - 1) != 0)
    return false;
  struct buffer given = BUFFER_NONE, known = BUFFER_NONE;
  buffer_printf(&known, "%s:%s", sim->options.client_id, sim->options.client_secret);
  bool good = base64_decode(text_from(authorization + sizeof basic - 1), &given) &&
              secret_equal(buffer_text(&given), buffer_text(&known));
  buffer_free(&given);
  buffer_free(&known);
  return good;
}

static int hex_value(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

/* A field of an application/x-www-form-urlencoded body. */
static bool form_field(struct text form, const char *name, struct buffer *value) {
  struct text key = text_from(name);
  for (size_t at = 0; at < form.size;) {
    const char *pair = form.data + at;
    const char *end = memchr(pair, '&', form.size - at);
    size_t size = end ? (size_t)(end - pair) : form.size - at;
    at += size + 1;
    if (size <= key.size || memcmp(pair, key.data, key.size) != 0 || pair[key.size] != '=')
      continue;
    for (size_t i = key.size + 1; i < size; i++) {
      if (pair[i] == '%' && i + 2 < size && hex_value(pair[i + 1]) >= 0 &&
          hex_value(pair[i + 2]) >= 0) {
        buffer_append_char(value, (char)(hex_value(pair[i + 1]) * 16 + hex_value(pair[i + 2])));
        i += 2;
      } else {
        buffer_append_char(value, pair[i] == '+' ? ' ' : pair[i]);
      }
    }
    return true;
  }
  return false;
}

/* Whether a parameter, in the query or in the form, has this value. */
static bool parameter_is(const struct server_request *request, const char *name,
                         const char *value) {
  const char *query = server_query(request, name);
  if (query)
    return strcmp(query, value) == 0;
  struct buffer given = BUFFER_NONE;
  bool same = form_field(request->body, name, &given) && text_is(buffer_text(&given), value);
  buffer_free(&given);
  return same;
}

void oauth_answer(struct sim *sim, const struct server_request *request,
                  struct server_answer *answer) {
  if (strcmp(request->method, "POST") != 0) {
    sim_answer_error(answer, 405, 405, "Request method is not supported.");
    return;
  }
  if (!client_known(sim, server_header(request, "Authorization"))) {
    oauth_error(sim, answer, "Invalid client_id or client_secret", "invalid_client");
    return;
  }
  if (!parameter_is(request, "grant_type", "account_credentials")) {
    oauth_error(sim, answer, "unsupported grant type", "unsupported_grant_type");
    return;
  }
  if (!parameter_is(request, "account_id", sim->options.account_id)) {
    oauth_error(sim, answer, "Bad Request", "invalid_request");
    return;
  }
  int64_t lifetime = sim->options.token_lifetime_us;
  const char *token = access_token_mint(&sim->access, clock_now(&sim->options.clock), lifetime,
                                        !sim->options.tokens_coexist);
  sim->stats.tokens_minted++;
  buffer_printf(&answer->body,
                "{\"access_token\":\"%s\",\"token_type\":\"bearer\",\"expires_in\":%lld,"
                "\"scope\":\"report:read:operation_logs:admin report:read:user_activities:admin\","
                "\"api_url\":\"http://127.0.0.1:%u\"}",
                token, (long long)(lifetime / US_PER_SECOND), server_port(sim->server));
}
