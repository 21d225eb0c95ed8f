#include "event/indicator_find.h"

enum character {
  DOMAIN_PART = 1, /* of a name: letters, digits, hyphens, dots, what is not ASCII */
  LOCAL_PART = 2,  /* besides, what people have before the @ of an address (RFC 5322, atext) */
  IP_PART = 4,     /* of an address or a port */
};

/* What an ASCII character may be part of. What separates words where people write addresses is part
 * of none: quotes, brackets, commas, slashes, equals signs. */
static const uint8_t kinds[128] = {
    /* clang-format off */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x00 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x10 */
    0, 2, 0, 2, 2, 2, 2, 0, 0, 0, 2, 2, 0, 3, 7, 0, /* 0x20 */
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 4, 0, 0, 0, 0, 2, /* 0x30 */
    0, 7, 7, 7, 7, 7, 7, 3, 3, 3, 3, 3, 3, 3, 3, 3, /* 0x40 */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 2, 2, /* 0x50 */
    2, 7, 7, 7, 7, 7, 7, 3, 3, 3, 3, 3, 3, 3, 3, 3, /* 0x60 */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 2, 0, /* 0x70 */
    /* clang-format on */
};

static unsigned kind_of(char c) {
  unsigned char byte = (unsigned char)c;
  return byte < sizeof kinds ? kinds[byte] : DOMAIN_PART | LOCAL_PART;
}

static bool is(const char *at, const char *end, unsigned kind) {
  return at < end && kind_of(*at) & kind;
}

/* A dot or a hyphen at an end belongs to the sentence. */
static struct text trimmed(const char *start, const char *end) {
  while (start < end && (*start == '.' || *start == '-'))
    start++;
  while (end > start && (end[-1] == '.' || end[-1] == '-'))
    end--;
  return (struct text){start, (size_t)(end - start)};
}

void indicator_find_emails(struct text text, indicator_found *found, void *context) {
  const char *end = text.data + text.size, *from = text.data, *at;
  while (from < end && (at = memchr(from, '@', (size_t)(end - from))) != NULL) {
    const char *start = at, *stop = at + 1;
    while (start > from && is(start - 1, end, LOCAL_PART))
      start--;
    while (is(stop, end, DOMAIN_PART))
      stop++;
    struct text local = trimmed(start, at), domain = trimmed(at + 1, stop);
    bool single = stop == end || *stop != '@';
    while (stop < end && *stop == '@') /* a@b@c: the next address begins behind all of it */
      for (stop++; is(stop, end, DOMAIN_PART);)
        stop++;
    from = stop;
    if (single && local.size && local.data + local.size == at && domain.data == at + 1 &&
        domain.size && memchr(domain.data, '.', domain.size))
      found(context, (struct text){local.data, (size_t)(domain.data + domain.size - local.data)});
  }
}

void indicator_find_ips(struct text text, indicator_found *found, void *context) {
  const char *end = text.data + text.size, *at = text.data;
  while (at < end) {
    const char *start = at;
    unsigned all = IP_PART;
    while (at < end && kind_of(*at)) /* a word; of an address if all of it may be */
      all &= kind_of(*at++);
    const char *stop = at;
    bool is_network = at + 1 < end && *at == '/' && at[1] >= '0' && at[1] <= '9';
    if (at < end)
      at++;
    while (stop > start &&
           (stop[-1] == '.' || (stop[-1] == ':' && stop - 1 > start && stop[-2] != ':')))
      stop--;
    struct text word = {start, (size_t)(stop - start)};
    if (all && !is_network && word.size >= 2 &&
        (memchr(word.data, '.', word.size) || memchr(word.data, ':', word.size)))
      found(context, word);
  }
}
