#include "event/indicator_find.h"

#include <endian.h>

enum character {
  DOMAIN_PART = 1, /* of a name: letters, digits, hyphens, dots, what is not ASCII */
  LOCAL_PART = 2,  /* besides, what people have before the @ of an address (RFC 5322, atext) */
  IP_PART = 4,     /* of an address or a port */
};

/* What a byte may be part of; those from 0x80 on are parts of characters that are not ASCII. What
 * separates words where people write addresses is part of none: quotes, brackets, commas, slashes,
 * equals signs. */
static const uint8_t kinds[256] = {
    /* clang-format off */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x00 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x10 */
    0, 2, 0, 2, 2, 2, 2, 0, 0, 0, 2, 2, 0, 3, 7, 0, /* 0x20 */
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 4, 0, 0, 0, 0, 2, /* 0x30 */
    0, 7, 7, 7, 7, 7, 7, 3, 3, 3, 3, 3, 3, 3, 3, 3, /* 0x40 */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 2, 2, /* 0x50 */
    2, 7, 7, 7, 7, 7, 7, 3, 3, 3, 3, 3, 3, 3, 3, 3, /* 0x60 */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 2, 0, /* 0x70 */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, /* 0x80 */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, /* 0x90 */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, /* 0xA0 */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, /* 0xB0 */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, /* 0xC0 */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, /* 0xD0 */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, /* 0xE0 */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, /* 0xF0 */
    /* clang-format on */
};

static unsigned kind_of(char c) {
  return kinds[(unsigned char)c];
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

#define IN_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The next dot or colon, or asterisk or angle bracket: all four are '*' without the two bits. Eight
 * bytes at a time; what is zero is found as in event/indicator.c, the first one exactly. */
static const char *next_separator(const char *at, const char *end) {
  const uint8_t bits = ('.' ^ '*') | (':' ^ '*');
  for (; (size_t)(end - at) >= sizeof(uint64_t); at += sizeof(uint64_t)) {
    uint64_t zero = (le64toh(text_load_8(at)) & ~IN_EACH(bits)) ^ IN_EACH('*');
    uint64_t found = (zero - IN_EACH(1)) & ~zero & IN_EACH(0x80);
    if (found)
      return at + __builtin_ctzll(found) / 8;
  }
  while (at < end && *at != '.' && *at != ':')
    at++;
  return at;
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* Whether the separator may stand in an address: 192.0, 8:0, ::1, but not example.com, title:. */
static bool is_within_ip(const char *at, const char *start, const char *end) {
  char before = at > start ? at[-1] : ' ', after = at + 1 < end ? at[1] : ' ';
  if (*at == '.')
    return is_digit(before) && is_digit(after);
  return *at == ':' &&
         (before == ':' || after == ':' || (kind_of(before) & IP_PART && kind_of(after) & IP_PART));
}

static bool is_all_ip(const char *at, const char *stop) {
  while (at < stop && kind_of(*at) & IP_PART)
    at++;
  return at == stop;
}

/* Gives the word around a dot or colon if it may be an address, or what follows its last colon
 * (Address:192.0.2.1); returns the word's end. */
static const char *give_ip(struct text text, const char *at, indicator_found *found,
                           void *context) {
  const char *end = text.data + text.size, *start = at, *stop, *colon;
  while (start > text.data && kind_of(start[-1]))
    start--;
  while (at < end && kind_of(*at))
    at++;
  bool is_network = at + 1 < end && *at == '/' && at[1] >= '0' && at[1] <= '9';
  for (stop = at; stop - start > 1 && (stop[-1] == '.' || (stop[-1] == ':' && stop[-2] != ':'));)
    stop--;
  if (!is_all_ip(start, stop) && (colon = memrchr(start, ':', (size_t)(stop - start))) != NULL)
    start = colon + 1;
  if (!is_network && start < stop && is_all_ip(start, stop))
    found(context, (struct text){start, (size_t)(stop - start)});
  return at;
}

void indicator_find_ips(struct text text, indicator_found *found, void *context) {
  const char *end = text.data + text.size, *at = text.data;
  while ((at = next_separator(at, end)) < end)
    at = is_within_ip(at, text.data, end) ? give_ip(text, at, found, context) : at + 1;
}
