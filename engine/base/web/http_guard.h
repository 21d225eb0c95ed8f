/*
 * Which addresses a request may reach, and by which proxy.
 *
 * A URL may name a host that stands for an address within: of the machine, of its network, of a
 * cloud's metadata. What is checked is the address that a connection really goes to, at every new
 * connection and at every request on one that is kept, so a name that means another address later
 * changes nothing. A proxy resolves names itself: then only an address within the URL can be
 * checked.
 *
 * Threads: any; a guard serves one request at a time.
 */
#ifndef BASE_WEB_HTTP_GUARD_H
#define BASE_WEB_HTTP_GUARD_H

#include "base/ip.h"

#include <curl/curl.h>

struct http_guard {
  bool is_loopback;         /* the URL's host is loopback, by an address or as `localhost` */
  struct ip_string refused; /* the address that was refused last; "" */
};

/* Whether an address is for everybody to reach (IANA's special-purpose address registries): not
 * loopback, private, link-local, shared, unspecified, multicast, reserved, nor an IPv6 address that
 * holds such an IPv4 address (mapped, compatible, 6to4, NAT64). */
bool ip_is_public(const struct ip *ip);

/* Refuses private addresses on the handle, but for loopback where the URL itself is written with
 * it: whoever wrote http://127.0.0.1 or http://localhost means this very machine. `host` is the
 * URL's, with the brackets of an IPv6 address. The guard must outlive the transfer. */
void http_guard_apply(struct http_guard *guard, CURL *handle, const char *host, bool by_proxy);

/* Whether a guarded request to a URL is refused for the address that is written in it. */
bool http_guard_refuses(const char *url, struct ip_string *address);

/* The same for who connects by itself: whether that address of `host` may be reached. */
struct sockaddr;
bool http_guard_allows(struct http_guard *guard, const char *host, const struct sockaddr *address);

/* The proxy for a URL by the environment (http_proxy, HTTPS_PROXY, ALL_PROXY …), unless NO_PROXY
 * names its host; NULL: none. The text is the environment's. */
const char *http_environment_proxy(const char *url, const char *host);

#endif
