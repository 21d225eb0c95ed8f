/* Networks in order, so that the smallest one around an address is found by halving. Private to the
 * lookup files. One thread builds a list; then any thread may search it. */
#ifndef EVENT_LOOKUP_LOOKUP_NETWORK_H
#define EVENT_LOOKUP_LOOKUP_NETWORK_H

#include "base/ip.h"

struct lookup_network {
  uint8_t address[16];
  uint8_t family, prefix;
  uint32_t row;    /* what it leads to */
  uint32_t parent; /* 1 + the smallest network around it; 0 = none */
};

/* Start it zeroed. */
struct lookup_networks {
  struct lookup_network *items;
  size_t count, capacity;
};

/* Adds a network; an IPv4-mapped one counts as the IPv4 network that it holds. */
void lookup_networks_add(struct lookup_networks *networks, const struct ip_network *network,
                         uint32_t row);
/* Puts them in order: to be called once, before the first look-up. */
void lookup_networks_sort(struct lookup_networks *networks);
/* After sorting: the first at or after `from` that is the same network as the one after it, or
 * `count`. */
size_t lookup_networks_twice(const struct lookup_networks *networks, size_t from);
/* The smallest network that holds the address, or NULL. */
const struct lookup_network *lookup_networks_find(const struct lookup_networks *networks,
                                                  const struct ip *ip);
void lookup_networks_free(struct lookup_networks *networks);

#endif
