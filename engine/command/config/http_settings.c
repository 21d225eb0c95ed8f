#include "command/config/http_settings.h"

#include "api/openid/provider.h"
#include "base/ip.h"

#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>

#define DEFAULT_ADDRESS "127.0.0.1"
#define PORT_MAX 65535

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)

/* ---- rows -------------------------------------------------------------------------------- */

#define ROW(row_key, row_kind, ...)                                                                \
  { .key = #row_key, .kind = (row_kind), .offset = AT(row_key), __VA_ARGS__ }

#define AT(member) offsetof(struct http_tls_settings, member)
static const struct setting tls_rows[] = {
    ROW(cert, SETTING_PATH, .required = true,
        .help = "the certificate with its chain, a PEM file; read again when it changes"),
    ROW(key, SETTING_PATH, .required = true,
        .help = "its key, a PEM file without a password; read again when it changes"),
};

static bool check_file(const struct settings_reader *reader, const struct yaml_node *mapping,
                       const char *key, struct text path) {
  char shown[256];
  struct stat status; /* of what is there: what it is good for is found when it is read */
  return lstat(path.data, &status) == 0 || (errno != ENOENT && errno != ENOTDIR) ||
         yaml_problem(&reader->context, yaml_get(mapping, key), "%s: %s: %s: name a PEM file", key,
                      text_printable(path, shown, sizeof shown), strerror(errno));
}

static bool check_tls(const struct settings_reader *reader, const struct yaml_node *mapping,
                      const char *where, void *options) {
  const struct http_tls_settings *tls = options;
  (void)where;
  bool has_cert = check_file(reader, mapping, "cert", tls->cert);
  return check_file(reader, mapping, "key", tls->key) && has_cert;
}

static const struct settings_table tls_table = {.rows = tls_rows,
                                                .count = sizeof tls_rows / sizeof *tls_rows,
                                                .size = sizeof(struct http_tls_settings),
                                                .check = check_tls};
#undef AT

#define AT(member) offsetof(struct http_limit_settings, member)
static const struct setting limit_rows[] = {
    ROW(body_max, SETTING_SIZE, .fallback = "1MiB", .min = 1, .max = 64 * MIB,
        .help = "the body of a request"),
    ROW(head_max, SETTING_SIZE, .fallback = "16KiB", .min = KIB, .max = MIB,
        .help = "the request line and the headers of a request"),
    ROW(connections, SETTING_INT, .fallback = "256", .min = 1, .max = 100000,
        .help = "open connections"),
    ROW(per_address, SETTING_INT, .fallback = "64", .min = 0, .max = 100000,
        .help = "open connections of one IPv4 address or one IPv6 /64; `0`: no limit"),
    ROW(head_timeout, SETTING_DURATION, .fallback = "10s", .min = US_PER_MS, .max = US_PER_HOUR,
        .help = "the time until a request's head is complete"),
    ROW(body_timeout, SETTING_DURATION, .fallback = "30s", .min = US_PER_MS, .max = US_PER_HOUR,
        .help = "the time from then until its body is complete"),
    ROW(idle_timeout, SETTING_DURATION, .fallback = "60s", .min = US_PER_MS, .max = US_PER_HOUR,
        .help = "the time from an answer to the next request"),
    ROW(answer_timeout, SETTING_DURATION, .fallback = "60s", .min = US_PER_MS, .max = US_PER_HOUR,
        .help = "the time in which a client must take its answer"),
    ROW(stream_buffer_max, SETTING_SIZE, .fallback = "256KiB", .min = 1, .max = 64 * MIB,
        .help = "bytes of a stream that its client has not taken yet"),
};
static const struct settings_table limit_table = SETTINGS(limit_rows, struct http_limit_settings);
#undef AT

static const char *const logins[] = {"auto", "none", "token", "oidc", NULL};
static const char *const roles[] = {"viewer", "analyst", "admin", NULL};
static const char *const roles_of_others[] = {"none", "viewer", "analyst", "admin", NULL};

/* Where the provider sends browsers back to. */
#define CALLBACK "/api/v1/session/oidc/callback"

#define AT(member) offsetof(struct http_oidc_role_settings, member)
static const struct setting oidc_role_rows[] = {
    ROW(claim, SETTING_TEXT, .fallback = "groups",
        .help = "a claim of the ID token, a text or a list; a dot leads into objects"),
    ROW(value, SETTING_TEXT, .required = true, .help = "what it must be, or have"),
    ROW(role, SETTING_CHOICE, .required = true, .choices = roles,
        .help = "what such a user may do; of several the most"),
};
static const struct settings_table oidc_role_table =
    SETTINGS(oidc_role_rows, struct http_oidc_role_settings);
#undef AT

#define AT(member) offsetof(struct http_oidc_settings, member)
static const struct setting oidc_rows[] = {
    ROW(issuer, SETTING_URL, .required = true,
        .help = "the provider, as its discovery document calls it"),
    ROW(client_id, SETTING_TEXT, .required = true, .help = "what margay is registered as there"),
    ROW(client_secret, SETTING_SECRET,
        .help = "the secret of it; without one it is a public client"),
    ROW(redirect, SETTING_URL, .required = true,
        .help = "where the provider sends browsers back to, as it is registered there: this "
                "margay's own URL, with the path `" CALLBACK "`"),
    ROW(scopes, SETTING_TEXT, .fallback = "openid profile email",
        .help = "what is asked for, with blanks between"),
    ROW(ca, SETTING_PATH, .help = "certificates that the provider's is checked against, a PEM file",
        .usual = "those of the system"),
    ROW(roles, SETTING_MAPPINGS, .table = &oidc_role_table, .max = 100,
        .help = "which users have which role"),
    ROW(others, SETTING_CHOICE, .fallback = "none", .choices = roles_of_others,
        .help = "the role of those of whom `roles` says nothing; `none`: they are refused"),
};

static bool check_oidc(const struct settings_reader *reader, const struct yaml_node *mapping,
                       const char *where, void *options) {
  const struct http_oidc_settings *oidc = options;
  struct error error = ERROR_NONE;
  (void)where;
  if (!provider_issuer_check(oidc->issuer, &error))
    return yaml_problem(&reader->context, yaml_get(mapping, "issuer"), "issuer: %s", error.text);
  if (!text_ends_folded(oidc->redirect, TEXT(CALLBACK)))
    return yaml_problem(&reader->context, yaml_get(mapping, "redirect"),
                        "redirect: it must end in " CALLBACK);
  return oidc->roles.count > 0 || oidc->others > 0 ||
         yaml_problem(&reader->context, mapping,
                      "roles: nobody has a role: say who has one, or what others may do");
}

static const struct settings_table oidc_table = {.rows = oidc_rows,
                                                 .count = sizeof oidc_rows / sizeof *oidc_rows,
                                                 .size = sizeof(struct http_oidc_settings),
                                                 .check = check_oidc};
#undef AT
static const char *const proxy_headers[] = {"x-forwarded-for", "forwarded", NULL};

#define AT(member) offsetof(struct http_settings, member)
static const struct setting http_rows[] = {
    ROW(listen, SETTING_TEXT, .fallback = DEFAULT_ADDRESS ":8440",
        .help = "the IP address and port to listen on, as `ADDRESS:PORT`, `[ADDRESS]:PORT` for "
                "IPv6, or only `PORT` for " DEFAULT_ADDRESS),
    ROW(threads, SETTING_INT, .fallback = "4", .min = 1, .max = 64,
        .help = "the number of threads that serve connections"),
    ROW(tls, SETTING_OPTIONAL, .table = &tls_table, .help = "makes it HTTPS"),
    ROW(api, SETTING_BOOL, .fallback = "true", .help = "serves the API, below `/api/v1`"),
    ROW(dashboard, SETTING_BOOL, .fallback = "true",
        .help = "serves the dashboard at `/`, which needs the API"),
    ROW(login, SETTING_CHOICE, .fallback = "auto", .choices = logins,
        .help = "who may use the API: `token` whoever has a token of `margay token`; `oidc` also "
                "whom the provider of `oidc` knows; `none` whoever reaches the address, which then "
                "must be this machine's own; `auto` is `oidc` with such a section, or else `none` "
                "on such an address, but `token` where a proxy brings others there: with "
                "`trusted_proxies`, sources that take webhooks, or messages with buttons"),
    ROW(oidc, SETTING_OPTIONAL, .table = &oidc_table,
        .help = "an OpenID provider with which browsers log in"),
    ROW(trusted_proxies, SETTING_LIST,
        .help = "addresses and networks of the reverse proxies in front, such as `127.0.0.1` or "
                "`10.0.0.0/8`: their word about who the client is counts"),
    ROW(proxy_header, SETTING_CHOICE, .fallback = "x-forwarded-for", .choices = proxy_headers,
        .help = "the header in which they say so, each adding to its end"),
    ROW(limits, SETTING_MAPPING, .table = &limit_table, .help = "what clients may ask for"),
};
#undef AT

/* ---- listen ------------------------------------------------------------------------------ */

static bool read_port(struct text text, uint16_t *port) {
  unsigned number = 0;
  for (size_t i = 0; i < text.size && number <= PORT_MAX; i++) {
    if ((uint8_t)(text.data[i] - '0') > 9)
      return false;
    number = number * 10 + (unsigned)(text.data[i] - '0');
  }
  *port = (uint16_t)number;
  return number > 0 && number <= PORT_MAX;
}

/* "[::1]:8440", "127.0.0.1:8440" or "8440" taken apart; no address: empty. */
static void split_listen(struct text listen, struct text *address, struct text *port) {
  const char *colon = NULL;
  for (size_t i = 0; i < listen.size; i++)
    if (listen.data[i] == ':')
      colon = &listen.data[i];
  size_t size = colon ? (size_t)(colon - listen.data) : 0;
  *address = (struct text){listen.data, size};
  *port = colon ? (struct text){colon + 1, listen.size - size - 1} : listen;
}

bool http_settings_listen(struct text listen, struct arena *arena, const char **address,
                          uint16_t *port, struct error *error) {
  struct text name, number;
  struct ip ip;
  char shown[80];
  split_listen(listen, &name, &number);
  bool is_bracketed = name.size > 2 && name.data[0] == '[' && name.data[name.size - 1] == ']';
  if (is_bracketed)
    name = (struct text){name.data + 1, name.size - 2};
  bool has_address = ip_parse(name, &ip) && (ip.family == 6) == is_bracketed;
  bool has_port_only = number.size == listen.size;
  if (!(has_address || has_port_only) || !read_port(number, port))
    return error_set(error,
                     "'%s' is no address to listen on: write it as 127.0.0.1:8440, [::1]:8440 or "
                     "8440",
                     text_printable(listen, shown, sizeof shown));
  *address = has_address ? arena_copy(arena, name).data : DEFAULT_ADDRESS;
  return true;
}

bool http_settings_is_loopback(const char *address) {
  static const char *const loopback[] = {"127.0.0.0/8", "::1"};
  struct ip ip;
  if (!ip_parse(text_from(address), &ip))
    return false;
  for (size_t i = 0; i < sizeof loopback / sizeof *loopback; i++) {
    struct ip_network network;
    if (ip_network_parse(text_from(loopback[i]), &network) && ip_network_contains(&network, &ip))
      return true;
  }
  return false;
}

/* Whoever has an address of a network this wide is believed, and that is about anybody. */
enum { PREFIX_MIN = 8 };

static bool take_proxies(const struct settings_reader *reader, const struct yaml_node *mapping,
                         const char *where, struct http_settings *http) {
  const struct setting_list *list = &http->trusted_proxies;
  const struct yaml_node *node = yaml_get(mapping, "trusted_proxies");
  struct ip_network *trusted = arena_alloc(reader->arena, (list->count + 1) * sizeof *trusted);
  char shown[80];
  bool good = true;
  for (size_t i = 0; i < list->count; i++) {
    const struct yaml_node *at =
        node && node->type == YAML_SEQUENCE && i < node->count ? node->items[i] : mapping;
    text_printable(list->items[i], shown, sizeof shown);
    if (!ip_network_parse(list->items[i], &trusted[i]))
      good = yaml_problem(&reader->context, at,
                          "%s.trusted_proxies: '%s' is no address and no network: write it as "
                          "127.0.0.1 or 10.0.0.0/8",
                          where, shown);
    else if (trusted[i].prefix < PREFIX_MIN)
      good =
          yaml_problem(&reader->context, at,
                       "%s.trusted_proxies: '%s' is about everybody, who could say to be anybody: "
                       "name the proxies",
                       where, shown);
  }
  http->proxies = (struct http_proxies){
      .trusted = trusted, .count = list->count, .forwarded = http->proxy_header == 1};
  return good;
}

static bool check_http(const struct settings_reader *reader, const struct yaml_node *mapping,
                       const char *where, void *options) {
  struct http_settings *http = options;
  const struct yaml_node *node = yaml_get(mapping, "listen");
  struct error error = ERROR_NONE;
  if (!take_proxies(reader, mapping, where, http))
    return false;
  if (!http_settings_listen(http->listen, reader->arena, &http->address, &http->port, &error))
    return yaml_problem(&reader->context, node ? node : mapping, "%s.listen: %s", where,
                        error.text);
  bool is_loopback = http_settings_is_loopback(http->address);
  if (!is_loopback && http->login == HTTP_LOGIN_NONE)
    return yaml_problem(
        &reader->context, yaml_get(mapping, "login"),
        "%s.login: without a login everybody who reaches %s could change what margay "
        "does: set it to token, or listen on " DEFAULT_ADDRESS,
        where, http->address);
  if (!http->oidc && http->login == HTTP_LOGIN_OIDC)
    return yaml_problem(&reader->context, yaml_get(mapping, "login"),
                        "%s.login: oidc needs the section oidc, which names the provider", where);
  if (!is_loopback)
    settings_warn(reader, node, "%s.listen: %s is reachable from other machines%s", where,
                  http->address,
                  http->tls ? "; let only those through that may read what margay serves"
                            : ", in clear text: set tls, or listen on " DEFAULT_ADDRESS
                              " behind a proxy that does TLS");
  return true;
}

const struct settings_table http_table = {
    .rows = http_rows,
    .count = sizeof http_rows / sizeof *http_rows,
    .size = sizeof(struct http_settings),
    .check = check_http,
};
