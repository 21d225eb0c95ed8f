#include "base/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>

enum { BITS_4 = 32, BITS_6 = 128 };

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

#define SIZE_4 15 /* "255.255.255.255" */

/* As inet_pton(3) does: four decimal numbers without leading zeros. Records have such addresses by
 * the million. */
static bool read_4(struct text text, uint8_t bytes[4]) {
  const char *at = text.data, *end = text.data + text.size;
  for (unsigned part = 0; part < 4; part++) {
    unsigned value = 0;
    const char *start = at;
    for (; at < end && (unsigned char)(*at - '0') <= 9 && at < start + 3; at++)
      value = value * 10 + (unsigned)(*at - '0');
    if (at == start || value > 255 || (*start == '0' && at > start + 1))
      return false;
    bytes[part] = (uint8_t)value;
    if (part < 3 && (at == end || *at++ != '.'))
      return false;
  }
  return at == end;
}

/* inet_pton(3) takes exactly the texts wanted: no octal, no short forms, no zone, no names. */
bool ip_parse(struct text text, struct ip *ip) {
  char string[INET6_ADDRSTRLEN];
  struct ip four = {.family = 4};
  if (text.size == 0 || text.size >= sizeof string)
    return false;
  if (text.size <= SIZE_4 && read_4(text, four.bytes)) {
    *ip = four;
    return true;
  }
  if (memchr(text.data, '\0', text.size))
    return false;
  memcpy(string, text.data, text.size);
  string[text.size] = '\0';
  struct ip read = {.family = 6};
  if (inet_pton(AF_INET6, string, read.bytes) != 1)
    return false;
  *ip = read;
  return true;
}

/* Decimal without sign or leading zero, at most `max`. */
static bool read_prefix(struct text text, unsigned max, uint8_t *prefix) {
  unsigned value = 0;
  if (text.size == 0 || text.size > 3 || (text.size > 1 && text.data[0] == '0'))
    return false;
  for (size_t i = 0; i < text.size; i++) {
    if ((uint8_t)(text.data[i] - '0') > 9)
      return false;
    value = value * 10 + (unsigned)(text.data[i] - '0');
  }
  *prefix = (uint8_t)value;
  return value <= max;
}

/* The bits of byte `index` that belong to the network. */
static uint8_t byte_mask(unsigned prefix, unsigned index) {
  unsigned before = index * 8;
  if (prefix >= before + 8)
    return 0xff;
  return prefix <= before ? 0 : (uint8_t)(0xff00u >> (prefix - before));
}

bool ip_network_parse(struct text text, struct ip_network *network) {
  struct ip_network read;
  const char *slash = text.size ? memchr(text.data, '/', text.size) : NULL;
  size_t size = slash ? (size_t)(slash - text.data) : text.size;
  if (!ip_parse((struct text){text.data, size}, &read.address))
    return false;
  unsigned bits = read.address.family == 4 ? BITS_4 : BITS_6;
  read.prefix = (uint8_t)bits;
  if (slash && !read_prefix((struct text){slash + 1, text.size - size - 1}, bits, &read.prefix))
    return false;
  for (unsigned i = 0; i < sizeof read.address.bytes; i++)
    read.address.bytes[i] &= byte_mask(read.prefix, i);
  *network = read;
  return true;
}

struct ip ip_unmapped(const struct ip *ip) {
  struct ip inner = {.family = 4};
  if (ip->family != 6 || memcmp(ip->bytes, mapped_prefix, sizeof mapped_prefix) != 0)
    return *ip;
  memcpy(inner.bytes, ip->bytes + sizeof mapped_prefix, 4);
  return inner;
}

bool ip_network_contains(const struct ip_network *network, const struct ip *ip) {
  struct ip_network range = *network;
  struct ip address = ip_unmapped(ip);
  if (range.prefix >= 96 && range.address.family == 6) {
    range.address = ip_unmapped(&network->address);
    if (range.address.family == 4)
      range.prefix = (uint8_t)(range.prefix - 96);
  }
  if (range.address.family == 6 && address.family == 4)
    address = *ip; /* a network wider than the mapped ones, such as ::/0 */
  if (address.family != range.address.family)
    return false;
  for (unsigned i = 0; i * 8 < range.prefix; i++)
    if ((address.bytes[i] & byte_mask(range.prefix, i)) != range.address.bytes[i])
      return false;
  return true;
}

const char *ip_format(const struct ip *ip, struct ip_string *string) {
  string->text[0] = '\0';
  inet_ntop(ip->family == 4 ? AF_INET : AF_INET6, ip->bytes, string->text, sizeof string->text);
  return string->text;
}
