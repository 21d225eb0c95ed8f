#include "source/zoom/zoom_login.h"

#include "base/digest.h"
#include "base/web/form.h"
#include "base/web/pkce.h"
#include "source/zoom/zoom_grant.h"
#include "source/zoom/zoom_oauth.h"

#define CODE_MAX 2048 /* Zoom's have some 30 to 700 bytes */

/* ---- the URL ----------------------------------------------------------------------------- */

void zoom_login_begin(struct zoom_login *login, const struct source *source, struct text redirect,
                      bool with_pkce) {
  const struct zoom_options *options = source->options;
  struct text url = zoom_authorize_url(options);
  *login = ZOOM_LOGIN_NONE;
  buffer_append_text(&login->redirect, redirect);
  pkce_append_random(&login->state);
  buffer_append_text(&login->url, url);
  buffer_append_char(&login->url, memchr(url.data, '?', url.size) ? '&' : '?');
  /* No scopes: Zoom gives those of the app. */
  buffer_append_string(&login->url, "response_type=code");
  form_append(&login->url, "client_id", options->client_id);
  form_append(&login->url, "redirect_uri", redirect);
  form_append(&login->url, "state", buffer_text(&login->state));
  if (!with_pkce)
    return;
  pkce_append_random(&login->verifier);
  buffer_append_string(&login->url, "&code_challenge_method=S256&code_challenge=");
  pkce_append_challenge(&login->url, buffer_text(&login->verifier));
}

void zoom_login_free(struct zoom_login *login) {
  buffer_free(&login->url);
  buffer_free(&login->redirect);
  buffer_free(&login->state);
  buffer_free(&login->verifier);
}

/* ---- what comes back --------------------------------------------------------------------- */

/* What stands between '?' and '#'; the whole when there is none. */
static struct text query_of(struct text given) {
  const char *start = memchr(given.data, '?', given.size);
  if (start) {
    given.size -= (size_t)(start + 1 - given.data);
    given.data = start + 1;
  }
  const char *end = memchr(given.data, '#', given.size);
  if (end)
    given.size = (size_t)(end - given.data);
  return given;
}

static bool is_code(struct text text) {
  static const char allowed[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  for (size_t i = 0; i < text.size; i++)
    if (!memchr(allowed, text.data[i], sizeof allowed - 1))
      return false;
  return text.size > 0 && text.size <= CODE_MAX;
}

static enum zoom_login_reply refused(struct text reason, struct error *error) {
  char shown[128];
  if (text_is(reason, "access_denied"))
    error_set(error, "the app was not let in (access_denied): run margay login again, and choose "
                     "Allow; the user must be an admin whom Zoom lets add the app");
  else
    error_set(error, "Zoom does not let the app in (%s): check its redirect URL and its scopes",
              text_printable(reason, shown, sizeof shown));
  return ZOOM_LOGIN_REFUSED;
}

static enum zoom_login_reply foreign(struct error *error, const char *what) {
  error_set(error, "%s: open the URL that this margay login has printed, and no older one", what);
  return ZOOM_LOGIN_FOREIGN;
}

enum zoom_login_reply zoom_login_read(const struct zoom_login *login, struct text query,
                                      struct buffer *code, struct error *error) {
  struct buffer value = BUFFER_NONE;
  enum zoom_login_reply reply = ZOOM_LOGIN_CODE;
  bool has_state = form_find(query, "state", &value);
  bool is_ours = has_state && secret_equal(buffer_text(&value), buffer_text(&login->state));
  bool is_error = form_find(query, "error", &value);
  if (has_state && !is_ours)
    reply = foreign(error, "the state that came back is another login's");
  else if (is_error)
    reply = refused(buffer_text(&value), error);
  else if (!is_ours)
    reply = foreign(error, "no state came back");
  else if (!form_find(query, "code", code) || !is_code(buffer_text(code)))
    reply = foreign(error, "no code came back");
  buffer_free(&value);
  return reply;
}

enum zoom_login_reply zoom_login_read_pasted(const struct zoom_login *login, struct text given,
                                             struct buffer *code, struct error *error) {
  given = text_trim(given);
  if (!is_code(given))
    return zoom_login_read(login, query_of(given), code, error);
  buffer_reset(code);
  buffer_append_text(code, given);
  return ZOOM_LOGIN_CODE;
}

/* ---- the tokens -------------------------------------------------------------------------- */

static bool exchange(const struct zoom_login *login, const struct source_run *run, struct text code,
                     struct zoom_token_record *record, struct error *error) {
  static const char way_out[] =
      "the code is for one use within 5 minutes, and for this redirect URL and this login only: "
      "run margay login again";
  struct http_response response = HTTP_RESPONSE_NONE;
  struct buffer form = BUFFER_NONE;
  CURL *handle = NULL;
  buffer_append_string(&form, "grant_type=authorization_code");
  form_append(&form, "code", code);
  form_append(&form, "redirect_uri", buffer_text(&login->redirect));
  if (login->verifier.size > 0)
    form_append(&form, "code_verifier", buffer_text(&login->verifier));
  struct zoom_oauth_answer answer =
      zoom_oauth_ask(run, buffer_text(&form), way_out, &handle, &response, record, error);
  curl_easy_cleanup(handle);
  http_response_free(&response);
  buffer_free(&form);
  if (answer.meaning != ZOOM_ANSWER_GOOD)
    return false;
  return record->refresh.size > 0 ||
         error_set(error, "Zoom gave no refresh token: the app must be a General app");
}

bool zoom_login_finish(const struct zoom_login *login, const struct source_run *run,
                       struct text code, struct zoom_token_record *record, struct error *error) {
  struct buffer key = BUFFER_NONE;
  zoom_grant_append_key(&key, run->source->options);
  zoom_token_record_free(record);
  bool held = zoom_token_hold(run, buffer_text(&key), error);
  bool ok = held && exchange(login, run, code, record, error) &&
            zoom_token_record_insist(record, run, buffer_text(&key), error);
  if (held)
    zoom_token_release(run, buffer_text(&key));
  buffer_free(&key);
  return ok;
}
