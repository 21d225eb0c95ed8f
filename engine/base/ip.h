/* IP addresses and networks (RFC 4291, RFC 4632), read without any name lookup. Any thread. */
#ifndef BASE_IP_H
#define BASE_IP_H

#include "base/text.h"

struct ip {
  uint8_t family;    /* 4 or 6 */
  uint8_t bytes[16]; /* network order; IPv4 uses the first four */
};

struct ip_network {
  struct ip address; /* host bits zero */
  uint8_t prefix;    /* 0..32 or 0..128 */
};

bool ip_parse(struct text text, struct ip *ip);

/* `10.0.0.0/8`; a bare address is a network of one. Host bits that are set are cleared. */
bool ip_network_parse(struct text text, struct ip_network *network);

/* The IPv4 address that an IPv4-mapped IPv6 address (::ffff:a.b.c.d) holds; any other as it is. */
struct ip ip_unmapped(const struct ip *ip);

/* An IPv4-mapped IPv6 address (::ffff:a.b.c.d) counts as the IPv4 address that it holds. */
bool ip_network_contains(const struct ip_network *network, const struct ip *ip);

/* RFC 5952 text. */
struct ip_string {
  char text[48];
};
const char *ip_format(const struct ip *ip, struct ip_string *string);

#endif
