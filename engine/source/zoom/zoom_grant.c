#include "source/zoom/zoom_grant.h"

const char *const zoom_grant_names[] = {"account_credentials", "authorization_code", NULL};

static bool needs(const char *key, struct text value, const char *what, struct error *error) {
  return value.size > 0 ||
         error_set(error, "it needs '%s': %s; for a General app set grant: authorization_code", key,
                   what);
}

static bool has_no(const char *key, struct text value, struct error *error) {
  return value.size == 0 ||
         error_set(error, "'%s' is for a General app: set grant: authorization_code, or remove it",
                   key);
}

static bool check_redirect(struct text url, struct error *error) {
  uint16_t port;
  struct text path;
  if (url.size == 0 || zoom_redirect_is_local(url, &port, &path))
    return true;
  if (memchr(url.data, '#', url.size))
    return error_set(error, "redirect_url: a URL with '#' cannot be redirected to");
  return text_starts_folded(url, TEXT("https://")) ||
         error_set(error, "redirect_url: write http://127.0.0.1:PORT/PATH, where margay login "
                          "listens, or an https URL, for margay login --paste");
}

bool zoom_grant_check(const struct zoom_options *options, struct error *error) {
  if (options->grant == ZOOM_GRANT_AUTHORIZATION_CODE)
    return check_redirect(options->redirect_url, error);
  return needs("account_id", options->account_id,
               "the account ID of the Server-to-Server OAuth app", error) &&
         needs("client_secret", options->client_secret, "its client secret", error) &&
         has_no("redirect_url", options->redirect_url, error) &&
         has_no("authorize_url", options->authorize_url, error);
}

struct text zoom_authorize_url(const struct zoom_options *options) {
  return options->authorize_url.size > 0 ? options->authorize_url : TEXT(ZOOM_AUTHORIZE_URL);
}

struct text zoom_redirect_url(const struct zoom_options *options) {
  return options->redirect_url.size > 0 ? options->redirect_url : TEXT(ZOOM_REDIRECT_URL);
}

bool zoom_redirect_is_local(struct text url, uint16_t *port, struct text *path) {
  static const struct text local = TEXT_INIT("http://127.0.0.1:");
  uint32_t number = 0;
  size_t at = local.size;
  if (!text_starts_folded(url, local))
    return false;
  for (; at < url.size && url.data[at] >= '0' && url.data[at] <= '9' && number <= UINT16_MAX; at++)
    number = number * 10 + (uint32_t)(url.data[at] - '0');
  if (number == 0 || number > UINT16_MAX || at == url.size || url.data[at] != '/')
    return false;
  *port = (uint16_t)number;
  *path = (struct text){url.data + at, url.size - at};
  return !memchr(path->data, '?', path->size) && !memchr(path->data, '#', path->size);
}

void zoom_grant_append_key(struct buffer *out, const struct zoom_options *options) {
  /* Tokens of Server-to-Server apps have been kept without the name of the grant. */
  if (options->grant != ZOOM_GRANT_ACCOUNT_CREDENTIALS)
    buffer_printf(out, "%s ", zoom_grant_names[options->grant]);
  buffer_append_text(out, options->token_url);
  buffer_append_char(out, ' ');
  buffer_append_text(out, options->account_id);
  buffer_append_char(out, ' ');
  buffer_append_text(out, options->client_id);
}
