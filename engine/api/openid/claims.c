#include "api/openid/claims.h"

#include "base/utf8.h"

#include <jansson.h>
#include <string.h>

/* Seconds that a token may be older than now, whatever it says: a login takes minutes. */
#define AGE_MAX_US US_PER_HOUR

static json_t *read_claims(struct text claims) {
  json_t *root =
      json_loadb(claims.data ? claims.data : "", claims.size, JSON_REJECT_DUPLICATES, NULL);
  if (json_is_object(root))
    return root;
  json_decref(root);
  return NULL;
}

static struct text text_of(const json_t *value) {
  return json_is_string(value) ? (struct text){json_string_value(value), json_string_length(value)}
                               : TEXT("");
}

static struct text member(const json_t *root, const char *name) {
  return text_of(json_object_get(root, name));
}

static bool is_or_has(const json_t *claim, struct text value) {
  if (json_is_string(claim))
    return text_equal(text_of(claim), value);
  const json_t *item;
  size_t i;
  json_array_foreach(claim, i, item) {
    if (json_is_string(item) && text_equal(text_of(item), value))
      return true;
  }
  return false;
}

/* NumericDate: seconds, perhaps with a fraction. TIME_NONE: it is not there, or no time. */
static time_us time_of(const json_t *root, const char *name) {
  const json_t *value = json_object_get(root, name);
  double seconds = json_is_number(value) ? json_number_value(value) : -1;
  return seconds >= 0 && seconds < 1e11 ? (time_us)(seconds * (double)US_PER_SECOND) : TIME_NONE;
}

static bool check_audience(const json_t *root, struct text client_id, struct error *error) {
  const json_t *audience = json_object_get(root, "aud"), *party = json_object_get(root, "azp");
  if (!is_or_has(audience, client_id))
    return error_set(error, "the ID token is for another client (aud)");
  if (json_array_size(audience) > 1 && !party)
    return error_set(error,
                     "the ID token is for several clients and does not say whose it is (azp)");
  return !party || text_equal(text_of(party), client_id) ||
         error_set(error, "the ID token was given to another client (azp)");
}

static bool check_times(const json_t *root, time_us now, struct error *error) {
  time_us expires = time_of(root, "exp"), issued = time_of(root, "iat");
  time_us begins = time_of(root, "nbf");
  if (expires == TIME_NONE || issued == TIME_NONE)
    return error_set(error, "the ID token does not say when it was issued and ends (iat, exp)");
  if (expires + CLAIMS_CLOCK_SLACK_US < now || issued + AGE_MAX_US < now)
    return error_set(error, "the ID token is too old: check the clocks of this machine and of the "
                            "provider");
  if (issued - CLAIMS_CLOCK_SLACK_US > now ||
      (begins != TIME_NONE && begins - CLAIMS_CLOCK_SLACK_US > now))
    return error_set(error, "the ID token comes from the future: check the clocks of this machine "
                            "and of the provider");
  return true;
}

static bool check(const json_t *root, const struct claims_expected *expected, struct error *error) {
  if (!root)
    return error_set(error, "the ID token holds no claims");
  if (!text_equal(member(root, "iss"), expected->issuer))
    return error_set(error, "the ID token is another issuer's (iss)");
  if (!check_audience(root, expected->client_id, error) || !check_times(root, expected->now, error))
    return false;
  if (!text_equal(member(root, "nonce"), expected->nonce))
    return error_set(error, "the ID token is of another login (nonce)");
  return member(root, "sub").size > 0 ||
         error_set(error, "the ID token does not say whose it is (sub)");
}

bool claims_check(struct text claims, const struct claims_expected *expected, struct error *error) {
  json_t *root = read_claims(claims);
  bool good = check(root, expected, error);
  json_decref(root);
  return good;
}

void claims_name(struct text claims, struct buffer *name) {
  json_t *root = read_claims(claims);
  bool mail = !json_is_false(json_object_get(root, "email_verified"));
  const char *const names[] = {"preferred_username", mail ? "email" : "sub", "name", "sub"};
  struct text found = TEXT("");
  for (size_t i = 0; i < sizeof names / sizeof *names && found.size == 0; i++)
    found = member(root, names[i]);
  size_t size = 0, step;
  for (uint32_t code; size < found.size; size += step) {
    step = utf8_read(found.data + size, found.size - size, &code);
    if (step == 0 || size + step > CLAIMS_NAME_MAX)
      break;
  }
  buffer_append(name, found.data, size);
  json_decref(root);
}

/* The claim with that name; else the one that its parts lead to. */
static const json_t *find(const json_t *object, struct text name) {
  char part[CLAIMS_NAME_MAX + 1];
  const json_t *found = NULL;
  if (name.size > CLAIMS_NAME_MAX)
    return NULL;
  while (!found && name.size > 0) {
    memcpy(part, name.data, name.size);
    part[name.size] = '\0';
    found = json_object_get(object, part);
    char *dot = strchr(part, '.');
    if (found || !dot)
      break;
    *dot++ = '\0';
    object = json_object_get(object, part);
    name.size -= (size_t)(dot - part);
    name.data += dot - part;
  }
  return found;
}

bool claims_have(struct text claims, struct text name, struct text value) {
  json_t *root = read_claims(claims);
  bool have = root && is_or_has(find(root, name), value);
  json_decref(root);
  return have;
}
