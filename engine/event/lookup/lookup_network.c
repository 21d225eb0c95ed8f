#include "event/lookup/lookup_network.h"

#include "base/memory.h"

#include <endian.h>
#include <stdlib.h>

enum { MAPPED_BITS = 96 }; /* ::ffff:0:0/96, RFC 4291 section 2.5.5.2 */

void lookup_networks_add(struct lookup_networks *networks, const struct ip_network *network,
                         uint32_t row) {
  networks->items = memory_reserve(networks->items, &networks->capacity, networks->count + 1,
                                   sizeof *networks->items);
  struct lookup_network *item = &networks->items[networks->count++];
  *item = (struct lookup_network){.row = row, .prefix = network->prefix};
  struct ip address = network->address, inner = ip_unmapped(&address);
  if (inner.family != address.family && network->prefix >= MAPPED_BITS) {
    address = inner;
    item->prefix = (uint8_t)(network->prefix - MAPPED_BITS);
  }
  item->family = address.family;
  memcpy(item->address, address.bytes, sizeof item->address);
}

/* By address; of networks that begin alike the wide one first. */
static int order(const void *left, const void *right) {
  const struct lookup_network *a = left, *b = right;
  if (a->family != b->family)
    return a->family < b->family ? -1 : 1;
  int by_address = memcmp(a->address, b->address, sizeof a->address);
  return by_address ? by_address : (a->prefix > b->prefix) - (a->prefix < b->prefix);
}

static bool holds(const struct lookup_network *network, const struct lookup_network *inner) {
  if (network->family != inner->family || network->prefix > inner->prefix)
    return false;
  size_t whole = network->prefix / 8, bits = network->prefix % 8;
  if (memcmp(network->address, inner->address, whole) != 0)
    return false;
  return bits == 0 || ((network->address[whole] ^ inner->address[whole]) >> (8 - bits)) == 0;
}

void lookup_networks_sort(struct lookup_networks *networks) {
  struct lookup_network *items = networks->items;
  if (networks->count == 0)
    return;
  networks->items = items = memory_resize(items, networks->count * sizeof *items);
  networks->capacity = networks->count;
  qsort(items, networks->count, sizeof *items, order);
  /* Networks are within each other or apart, never across. So what is around one is the one before
   * it, or around that one. */
  for (size_t i = 1; i < networks->count; i++) {
    uint32_t around = (uint32_t)i;
    while (around && !holds(&items[around - 1], &items[i]))
      around = items[around - 1].parent;
    items[i].parent = around;
  }
}

size_t lookup_networks_twice(const struct lookup_networks *networks, size_t from) {
  for (; from + 1 < networks->count; from++)
    if (order(&networks->items[from], &networks->items[from + 1]) == 0)
      return from;
  return networks->count;
}

/* An address's half, as a number in the same order. */
static inline uint64_t half_of(const uint8_t *bytes) {
  uint64_t half;
  memcpy(&half, bytes, sizeof half);
  return be64toh(half);
}

/* Whether the network begins at the address, before it, or with a family before its. */
static inline bool begins_by(const struct lookup_network *network, uint8_t family, uint64_t high,
                             uint64_t low) {
  uint64_t half = half_of(network->address);
  if (network->family != family)
    return network->family < family;
  return half == high ? half_of(network->address + 8) <= low : half < high;
}

const struct lookup_network *lookup_networks_find(const struct lookup_networks *networks,
                                                  const struct ip *ip) {
  struct ip address = ip_unmapped(ip);
  struct lookup_network wanted = {.family = address.family,
                                  .prefix = address.family == 4 ? 32 : 128};
  memcpy(wanted.address, address.bytes, sizeof wanted.address);
  uint64_t first = half_of(wanted.address), second = half_of(wanted.address + 8);
  /* The last that is not after it is before `from`. */
  size_t from = 0;
  for (size_t left = networks->count; left > 0;) {
    size_t half = left / 2;
    bool by = begins_by(&networks->items[from + half], wanted.family, first, second);
    from = by ? from + half + 1 : from;
    left = by ? left - half - 1 : half;
  }
  const struct lookup_network *item = from ? &networks->items[from - 1] : NULL;
  while (item && !holds(item, &wanted))
    item = item->parent ? &networks->items[item->parent - 1] : NULL;
  return item;
}

void lookup_networks_free(struct lookup_networks *networks) {
  free(networks->items);
  *networks = (struct lookup_networks){.items = NULL};
}
