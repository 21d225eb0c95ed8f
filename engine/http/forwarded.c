#include "http/forwarded.h"

bool http_proxies_trust(const struct http_proxies *proxies, const struct ip *address) {
  for (size_t i = 0; i < proxies->count; i++)
    if (ip_network_contains(&proxies->trusted[i], address))
      return true;
  return false;
}

const char *http_proxies_header(const struct http_proxies *proxies) {
  return proxies->forwarded ? "Forwarded" : "X-Forwarded-For";
}

/* ---- one entry --------------------------------------------------------------------------- */

static struct text unquoted(struct text text) {
  if (text.size >= 2 && text.data[0] == '"' && text.data[text.size - 1] == '"')
    return (struct text){text.data + 1, text.size - 2};
  return text;
}

/* An address with or without a port: 192.0.2.1, 192.0.2.1:80, 2001:db8::1, [2001:db8::1]:80. */
static bool read_node(struct text node, struct ip *ip) {
  if (node.size > 0 && node.data[0] == '[') {
    const char *end = memchr(node.data, ']', node.size);
    node = (struct text){node.data + 1, end ? (size_t)(end - node.data) - 1 : 0};
  } else if (node.size > 0) {
    const char *colon = memchr(node.data, ':', node.size);
    const char *other = memrchr(node.data, ':', node.size);
    if (colon && colon == other)
      node.size = (size_t)(colon - node.data);
  }
  if (!ip_parse(node, ip))
    return false;
  *ip = ip_unmapped(ip);
  return true;
}

/* The value of `for` in an element of Forwarded; empty: it has none. */
static struct text for_of(struct text element) {
  while (element.size > 0) {
    const char *end = memchr(element.data, ';', element.size);
    size_t size = end ? (size_t)(end - element.data) : element.size;
    struct text pair = text_trim((struct text){element.data, size});
    if (pair.size > 4 && text_starts_folded(pair, TEXT("for=")))
      return unquoted((struct text){pair.data + 4, pair.size - 4});
    size += end != NULL;
    element = (struct text){element.data + size, element.size - size};
  }
  return TEXT("");
}

/* Takes the last entry off a list; false when there is none. Addresses hold no comma, so a comma
 * within quotes ends an entry that means nothing anyway. */
static bool take_last(struct text *list, struct text *entry) {
  if (!list->data)
    return false;
  const char *comma = list->size > 0 ? memrchr(list->data, ',', list->size) : NULL;
  size_t start = comma ? (size_t)(comma - list->data) + 1 : 0;
  *entry = text_trim((struct text){list->data + start, list->size - start});
  *list = comma ? (struct text){list->data, start - 1} : (struct text){NULL, 0};
  return true;
}

/* ---- the way back ------------------------------------------------------------------------ */

struct ip http_proxies_client(const struct http_proxies *proxies, const struct ip *peer,
                              const char *const *values, size_t count) {
  struct ip client = *peer;
  for (size_t i = count; i-- > 0;) {
    struct text list = text_from(values[i]), entry;
    struct ip next;
    while (take_last(&list, &entry)) {
      if (!http_proxies_trust(proxies, &client) ||
          !read_node(proxies->forwarded ? for_of(entry) : entry, &next))
        return client;
      client = next;
    }
  }
  return client;
}
