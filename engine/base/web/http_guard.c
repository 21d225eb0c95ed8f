#include "base/web/http_guard.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- addresses --------------------------------------------------------------------------- */

/* IANA IPv4 and IPv6 Special-Purpose Address Registries: what is not globally reachable, with
 * multicast. Read at each check, which is once a connection. */
static const char *const special[] = {
    "0.0.0.0/8",       "10.0.0.0/8",     "100.64.0.0/10", "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12",   "192.0.0.0/24",   "192.0.2.0/24",  "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",   "240.0.0.0/4",    "::/128",
    "::1/128",         "64:ff9b:1::/48", "100::/64",      "2001::/23",      "2001:db8::/32",
    "3fff::/20",       "5f00::/16",      "fc00::/7",      "fe80::/10",      "fec0::/10",
    "ff00::/8",
};

/* IPv6 networks whose addresses hold an IPv4 address, and at which byte. */
static const struct {
  const char *network;
  size_t at;
} holders[] = {
    {"::ffff:0:0/96", 12}, /* mapped, RFC 4291 2.5.5.2 */
    {"::/96", 12},         /* compatible, RFC 4291 2.5.5.1 */
    {"64:ff9b::/96", 12},  /* NAT64, RFC 6052 2.1 */
    {"2002::/16", 2},      /* 6to4, RFC 3056 2 */
};

static bool is_in(const struct ip *ip, const char *words) {
  struct ip_network network;
  return ip_network_parse(text_from(words), &network) && network.address.family == ip->family &&
         ip_network_contains(&network, ip);
}

static bool is_in_any(const struct ip *ip, const char *const *networks, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (is_in(ip, networks[i]))
      return true;
  return false;
}

/* The IPv4 address that an IPv6 address leads to; any other as it is. */
static struct ip held(const struct ip *ip) {
  struct ip plain = ip_unmapped(ip);
  for (size_t i = 0; plain.family == 6 && i < sizeof holders / sizeof holders[0]; i++) {
    struct ip inner = {.family = 4};
    memcpy(inner.bytes, plain.bytes + holders[i].at, 4);
    bool is_own = is_in(&plain, "::/127"); /* unspecified and loopback hold nothing */
    if (!is_own && is_in(&plain, holders[i].network))
      plain = inner;
  }
  return plain;
}

bool ip_is_public(const struct ip *ip) {
  struct ip plain = held(ip);
  return !is_in_any(&plain, special, sizeof special / sizeof special[0]);
}

static bool is_loopback(const struct ip *ip) {
  struct ip plain = held(ip);
  return is_in(&plain, "127.0.0.0/8") || is_in(&plain, "::1/128");
}

static bool ip_of_socket(const struct sockaddr *address, struct ip *ip) {
  *ip = (struct ip){.family = 0};
  if (address->sa_family == AF_INET) {
    ip->family = 4;
    memcpy(ip->bytes, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
  } else if (address->sa_family == AF_INET6) {
    ip->family = 6;
    memcpy(ip->bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
  }
  return ip->family != 0;
}

/* ---- what a handle may reach ------------------------------------------------------------- */

static bool may_reach(struct http_guard *guard, const struct ip *ip) {
  bool may = ip_is_public(ip) || (guard->is_loopback && is_loopback(ip));
  if (!may) {
    struct ip plain = ip_unmapped(ip);
    ip_format(&plain, &guard->refused);
  }
  return may;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *address) {
  struct ip ip;
  (void)purpose;
  if (!ip_of_socket(&address->addr, &ip) || !may_reach(context, &ip))
    return CURL_SOCKET_BAD;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Also of a connection that is kept, which another destination may have opened. */
static int before_request(void *context, char *remote, char *local, int remote_port,
                          int local_port) {
  struct ip ip;
  (void)local, (void)remote_port, (void)local_port;
  return ip_parse(text_from(remote), &ip) && may_reach(context, &ip) ? CURL_PREREQFUNC_OK
                                                                     : CURL_PREREQFUNC_ABORT;
}

static curl_socket_t refuse_socket(void *context, curlsocktype purpose,
                                   struct curl_sockaddr *address) {
  (void)context, (void)purpose, (void)address;
  return CURL_SOCKET_BAD;
}

/* "[::1]" without its brackets. */
static struct text bare(const char *host) {
  size_t size = strlen(host);
  bool bracketed = size > 2 && host[0] == '[' && host[size - 1] == ']';
  return bracketed ? (struct text){host + 1, size - 2} : (struct text){host, size};
}

/* *written: the address that the host is; family 0: it is a name. */
static void read_host(struct http_guard *guard, const char *host, struct ip *written) {
  if (!ip_parse(bare(host), written))
    written->family = 0;
  *guard = (struct http_guard){.is_loopback = text_equal_folded(bare(host), TEXT("localhost")) ||
                                              (written->family != 0 && is_loopback(written))};
}

bool http_guard_refuses(const char *url, struct ip_string *address) {
  struct http_guard guard;
  struct ip written = {.family = 0};
  char *host = NULL;
  CURLU *parts = curl_url();
  if (parts && !curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) &&
      !curl_url_get(parts, CURLUPART_HOST, &host, 0))
    read_host(&guard, host, &written);
  bool refused = written.family != 0 && !may_reach(&guard, &written);
  if (refused)
    *address = guard.refused;
  curl_free(host);
  curl_url_cleanup(parts);
  return refused;
}

bool http_guard_allows(struct http_guard *guard, const char *host, const struct sockaddr *address) {
  struct ip ip, written;
  read_host(guard, host, &written);
  return ip_of_socket(address, &ip) && may_reach(guard, &ip);
}

void http_guard_apply(struct http_guard *guard, CURL *handle, const char *host, bool by_proxy) {
  struct ip written;
  read_host(guard, host, &written);
  if (by_proxy) {
    if (written.family != 0 && !may_reach(guard, &written))
      curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, refuse_socket);
    return;
  }
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, guard);
  curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, before_request);
  curl_easy_setopt(handle, CURLOPT_PREREQDATA, guard);
}

/* ---- the environment's proxy ------------------------------------------------------------- */

static const char *variable(const char *lower, const char *upper) {
  const char *value = getenv(lower);
  if ((!value || !*value) && upper)
    value = getenv(upper);
  return value && *value ? value : NULL;
}

/* An entry of NO_PROXY: a domain with everything below it, an address or a network. */
static bool names_host(struct text entry, const char *host) {
  struct ip ip;
  struct ip_network network;
  struct text name = bare(host);
  while (entry.size > 0 && *entry.data == '.')
    entry = (struct text){entry.data + 1, entry.size - 1};
  if (ip_parse(name, &ip))
    return ip_network_parse(entry, &network) && ip_network_contains(&network, &ip);
  if (entry.size == 0 || entry.size > name.size)
    return false;
  size_t before = name.size - entry.size;
  struct text end = {name.data + before, entry.size};
  return text_equal_folded(end, entry) && (before == 0 || name.data[before - 1] == '.');
}

static bool is_excepted(const char *host) {
  const char *list = variable("no_proxy", "NO_PROXY");
  if (list && strcmp(list, "*") == 0)
    return true;
  for (; list && *list;) {
    size_t size = strcspn(list, ", ");
    if (size > 0 && names_host((struct text){list, size}, host))
      return true;
    list += size + strspn(list + size, ", ");
  }
  return false;
}

/* As libcurl has it: HTTP_PROXY in capitals is not read, because a CGI's client can set it. */
const char *http_environment_proxy(const char *url, const char *host) {
  bool tls = text_starts_folded(text_from(url), TEXT("https:"));
  const char *proxy = tls ? variable("https_proxy", "HTTPS_PROXY") : variable("http_proxy", NULL);
  if (!proxy)
    proxy = variable("all_proxy", "ALL_PROXY");
  return proxy && !is_excepted(host) ? proxy : NULL;
}
