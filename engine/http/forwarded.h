/*
 * Who the client is behind reverse proxies: the address that a trusted proxy says it got the
 * request from. Proxies add to the end of a list, and what stands before a trusted proxy's own
 * entry came from whoever talked to it. So the list is read from its end: while the one who speaks
 * is trusted, the entry that it wrote counts. Nothing counts when the peer itself is not trusted,
 * because then anybody could say to be anybody.
 *
 * Any thread.
 */
#ifndef HTTP_FORWARDED_H
#define HTTP_FORWARDED_H

#include "base/ip.h"

/* Whose word counts, and where it stands. Zeroed: nobody's. */
struct http_proxies {
  const struct ip_network *trusted;
  size_t count;
  bool forwarded; /* the header Forwarded (RFC 7239) and not X-Forwarded-For: the proxies set one of
                     them, and a client might set the other */
};

bool http_proxies_trust(const struct http_proxies *proxies, const struct ip *address);

/* The name of the header. */
const char *http_proxies_header(const struct http_proxies *proxies);

/* The client of a request from `peer` with these headers of that name, in their order. An entry
 * that is no address ("unknown", a name) ends the way back. */
struct ip http_proxies_client(const struct http_proxies *proxies, const struct ip *peer,
                              const char *const *values, size_t count);

#endif
