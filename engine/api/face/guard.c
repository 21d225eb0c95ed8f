/*
 * What is refused by the head of a request alone.
 *
 * A browser sends requests for any page that it shows, with the cookies of whom they go to. So a
 * request that a page of another origin made is refused: by Sec-Fetch-Site and Origin, which pages
 * cannot set, and because what is no GET must be application/json, which a page of another origin
 * cannot send without asking first (Fetch Standard, CORS protocol), and nobody answers that.
 */
#include "api/face/server_internal.h"

#include "base/ip.h"

#include <strings.h>

/* The Host header without its port. */
static struct text host_name(struct text host) {
  const char *end = host.data + host.size, *colon = NULL;
  const char *bracket =
      host.size > 0 && host.data[0] == '[' ? memchr(host.data, ']', host.size) : NULL;
  if (bracket)
    return (struct text){host.data + 1, (size_t)(bracket - host.data) - 1};
  for (const char *c = host.data; c < end && !colon; c++)
    if (*c == ':')
      colon = c;
  return (struct text){host.data, (size_t)((colon ? colon : end) - host.data)};
}

static bool is_this_machine(struct text host) {
  static const char *const loopback[] = {"127.0.0.0/8", "::1"};
  struct text name = host_name(host);
  struct ip ip;
  if (text_equal_folded(name, TEXT("localhost")))
    return true;
  for (size_t i = 0; ip_parse(name, &ip) && i < sizeof loopback / sizeof *loopback; i++) {
    struct ip_network network;
    if (ip_network_parse(text_from(loopback[i]), &network) && ip_network_contains(&network, &ip))
      return true;
  }
  return false;
}

/* "https://margay.example.com" is of the Host "margay.example.com". Without TLS here there may be a
 * proxy in front that has it. */
static bool is_same_origin(const struct http_exchange *exchange, struct text origin) {
  const struct text schemes[] = {TEXT("https://"), TEXT("http://")};
  struct text host = text_from(http_exchange_header(exchange, "Host"));
  for (size_t i = 0; i < (exchange->secure ? 1 : sizeof schemes / sizeof *schemes); i++)
    if (text_starts_folded(origin, schemes[i]))
      return text_equal_folded(
          (struct text){origin.data + schemes[i].size, origin.size - schemes[i].size}, host);
  return false;
}

static bool is_json(const char *type) {
  const char *semicolon = type ? strchr(type, ';') : NULL;
  struct text name = {type, type ? semicolon ? (size_t)(semicolon - type) : strlen(type) : 0};
  return type && text_equal_folded(text_trim(name), TEXT("application/json"));
}

static bool check_site(const struct http_exchange *exchange, struct api_answer *answer) {
  const char *site = http_exchange_header(exchange, "Sec-Fetch-Site");
  const char *origin = http_exchange_header(exchange, "Origin");
  if (site && strcasecmp(site, "same-origin") != 0 && strcasecmp(site, "none") != 0)
    return api_refuse(answer, API_FORBIDDEN, NULL, "a page of another site asked for this");
  return !origin || is_same_origin(exchange, text_from(origin)) ||
         api_refuse(answer, API_FORBIDDEN, NULL, "a page of another origin asked for this");
}

/* Without a login nobody else may come, so neither does what a proxy brings; most say so. */
static bool check_local(const struct http_exchange *exchange, struct api_answer *answer) {
  static const char *const of_proxies[] = {"Forwarded", "Via", "X-Forwarded-For",
                                           "X-Forwarded-Host", "X-Real-IP"};
  const char *host = http_exchange_header(exchange, "Host");
  bool is_local = host && is_this_machine(text_from(host));
  for (size_t i = 0; i < sizeof of_proxies / sizeof *of_proxies; i++)
    is_local = is_local && !http_exchange_header(exchange, of_proxies[i]);
  return is_local ||
         api_refuse(answer, API_WRONG_HOST, NULL,
                    "without a login only this machine may ask, by localhost or a loopback address "
                    "and without a proxy: set http.login to token");
}

bool guard_check(const struct http_exchange *exchange, const struct api_operation *operation,
                 enum api_login login, struct api_answer *answer) {
  if (login == API_LOGIN_NONE && !check_local(exchange, answer))
    return false;
  bool from_provider = operation->special == API_SIGNS_IN || operation->special == API_SIGNED_IN;
  if (!from_provider && !check_site(exchange, answer))
    return false;
  return strcmp(operation->method, "GET") == 0 ||
         is_json(http_exchange_header(exchange, "Content-Type")) ||
         api_refuse(answer, API_WRONG_TYPE, NULL,
                    "what changes something needs the header 'Content-Type: application/json'");
}
