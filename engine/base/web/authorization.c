#include "base/web/authorization.h"

#include "base/digest.h"

#include <strings.h>

bool authorization_take_scheme(const char *authorization, const char *scheme, struct text *rest) {
  size_t size = strlen(scheme);
  if (strncasecmp(authorization, scheme, size) != 0 || authorization[size] != ' ')
    return false;
  *rest = text_trim(text_from(authorization + size));
  return true;
}

bool authorization_is_basic(const char *authorization, struct text user, struct text password) {
  struct buffer given = BUFFER_NONE, expected = BUFFER_NONE;
  struct text encoded;
  bool good =
      authorization_take_scheme(authorization, "Basic", &encoded) && base64_decode(encoded, &given);
  buffer_append_text(&expected, user);
  buffer_append_string(&expected, ":"); /* which the user's name does not hold: section 2 */
  buffer_append_text(&expected, password);
  good = good && secret_equal(buffer_text(&given), buffer_text(&expected));
  buffer_free(&given);
  buffer_free(&expected);
  return good;
}
