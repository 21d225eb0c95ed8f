/* Indicators: values by which events of different log types can be found together. */
#include "event/event.h"

#include "base/ip.h"
#include "event/indicator_find.h"

#include <endian.h>

struct extraction {
  void (*each)(void *context, const char *name, struct text value);
  void *context;
};

#define NAME_MAX_SIZE 253 /* of a host name, RFC 1035; an address has 320 at most */
#define VALUE_MAX_SIZE 320

/* ---- eight bytes at a time ---- */

#define IN_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define HIGH_BITS IN_EACH(0x80)

static uint64_t load(const char *at) {
  uint64_t bytes;
  memcpy(&bytes, at, sizeof bytes);
  return bytes;
}

/* A text of less than eight bytes; what is missing is a letter. */
static uint64_t load_short(struct text text) {
  uint64_t bytes = IN_EACH('x');
  memcpy(&bytes, text.data, text.size);
  return bytes;
}

/* With the ASCII letters in lower case. A sum has a byte's high bit when it is above Z, or A. */
static uint64_t fold(uint64_t bytes) {
  uint64_t low = bytes & ~HIGH_BITS;
  uint64_t above_z = low + IN_EACH(0x7f - 'Z'), from_a = low + IN_EACH(0x80 - 'A');
  return bytes | ((from_a & ~above_z & ~bytes & HIGH_BITS) >> 2);
}

/* Whether a byte is a space, below it, or 0x7f ("Determine if a word has a byte less than n", Sean
 * Anderson's Bit Twiddling Hacks). */
static bool has_gap(uint64_t bytes) {
  uint64_t deleted = bytes ^ IN_EACH(0x7f);
  return (((bytes - IN_EACH(' ' + 1)) & ~bytes) | ((deleted - IN_EACH(1)) & ~deleted)) & HIGH_BITS;
}

/* Gives the value with its ASCII letters in lower case. */
static void give_folded(const struct extraction *extraction, const char *name, struct text value) {
  char folded[VALUE_MAX_SIZE];
  uint64_t eight;
  if (value.size < sizeof eight) {
    eight = fold(load_short(value));
    memcpy(folded, &eight, sizeof eight);
  } else {
    for (size_t at = 0; at < value.size; at += sizeof eight) {
      size_t from = value.size - at < sizeof eight ? value.size - sizeof eight : at;
      eight = fold(load(value.data + from));
      memcpy(folded + from, &eight, sizeof eight);
    }
  }
  extraction->each(extraction->context, name, (struct text){folded, value.size});
}

static bool has_space_or_control(struct text text) {
  const size_t step = sizeof(uint64_t);
  if (text.size < step)
    return has_gap(load_short(text));
  for (size_t at = 0; at + step <= text.size; at += step)
    if (has_gap(load(text.data + at)))
      return true;
  return has_gap(load(text.data + text.size - step));
}

static bool is_hex(struct text text) {
  for (size_t i = 0; i < text.size; i++) {
    char c = text.data[i];
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
      return false;
  }
  return true;
}

static bool take_ip(const struct extraction *extraction, struct text text) {
  struct ip ip;
  struct ip_string string;
  if (!ip_parse(text, &ip))
    return false;
  extraction->each(extraction->context, "p_any_ip_addresses", text_from(ip_format(&ip, &string)));
  return true;
}

static void take_domain(const struct extraction *extraction, struct text text) {
  if (text.size > 1 && text.data[text.size - 1] == '.')
    text.size--; /* the root of a fully qualified name */
  if (text.size > 0 && text.size <= NAME_MAX_SIZE && !has_space_or_control(text))
    give_folded(extraction, "p_any_domain_names", text);
}

static void take_hostname(const struct extraction *extraction, struct text text) {
  if (text.size > 2 && text.data[0] == '[' && text.data[text.size - 1] == ']')
    text = (struct text){text.data + 1, text.size - 2};
  if (!take_ip(extraction, text))
    take_domain(extraction, text);
}

/* "host", "host:port", "[address]:port"; a bare IPv6 address has no port. */
static void take_net_address(const struct extraction *extraction, struct text text) {
  const char *colon = text.size ? memrchr(text.data, ':', text.size) : NULL;
  const char *bracket = text.size ? memrchr(text.data, ']', text.size) : NULL;
  if (text.size && text.data[0] == '[' && bracket)
    text.size = (size_t)(bracket + 1 - text.data);
  else if (colon && memchr(text.data, ':', text.size) == colon)
    text.size = (size_t)(colon - text.data);
  take_hostname(extraction, text);
}

/* The host of scheme://user@host:port/path (RFC 3986 section 3.2). */
static void take_url(const struct extraction *extraction, struct text text) {
  const char *start = text.size ? memmem(text.data, text.size, "://", 3) : NULL;
  if (!start)
    return;
  start += 3;
  struct text authority = {start, text.size - (size_t)(start - text.data)};
  for (size_t i = 0; i < authority.size; i++)
    if (strchr("/?#\\", authority.data[i])) /* a NUL ends it as well */
      authority.size = i;
  const char *at = authority.size ? memrchr(authority.data, '@', authority.size) : NULL;
  if (at) {
    authority.size -= (size_t)(at + 1 - authority.data);
    authority.data = at + 1;
  }
  take_net_address(extraction, authority);
}

static void take_email(const struct extraction *extraction, struct text text) {
  const char *at = text.size ? memchr(text.data, '@', text.size) : NULL;
  if (at && at > text.data && at + 1 < text.data + text.size && text.size <= VALUE_MAX_SIZE &&
      memrchr(text.data, '@', text.size) == at && !has_space_or_control(text))
    give_folded(extraction, "p_any_emails", text);
}

static void take_hash(const struct extraction *extraction, const char *name, struct text text,
                      size_t digits) {
  if (text.size == digits && is_hex(text))
    give_folded(extraction, name, text);
}

/* Six bytes in hex (IEEE 802), with colons, hyphens or nothing between them. */
static void take_mac(const struct extraction *extraction, struct text text) {
  char digits[12];
  size_t count = 0, step = text.size == 12 ? 2 : 3;
  if (text.size != 12 && text.size != 17)
    return;
  for (size_t i = 0; i < text.size; i++)
    if (i % step < 2)
      digits[count++] = text.data[i];
    else if (text.data[i] != ':' && text.data[i] != '-')
      return;
  if (is_hex((struct text){digits, count}))
    give_folded(extraction, "p_any_mac_addresses", text);
}

/* Where indicators go that are any text. */
static const char *const whole_names[INDICATOR_COUNT] = {
    [INDICATOR_USERNAME] = "p_any_usernames",
    [INDICATOR_TRACE_ID] = "p_any_trace_ids",
    [INDICATOR_ACTOR_ID] = "p_any_actor_ids",
    [INDICATOR_SERIAL_NUMBER] = "p_any_serial_numbers",
    [INDICATOR_AWS_ACCOUNT_ID] = "p_any_aws_account_ids",
    [INDICATOR_AWS_ARN] = "p_any_aws_arns",
    [INDICATOR_AWS_INSTANCE_ID] = "p_any_aws_instance_ids",
    [INDICATOR_AWS_TAG] = "p_any_aws_tags",
};

static void take(const struct extraction *extraction, enum indicator indicator, struct text text) {
  switch (indicator) {
  case INDICATOR_IP:
    take_ip(extraction, text);
    break;
  case INDICATOR_DOMAIN:
    take_domain(extraction, text);
    break;
  case INDICATOR_HOSTNAME:
    take_hostname(extraction, text);
    break;
  case INDICATOR_URL:
    take_url(extraction, text);
    break;
  case INDICATOR_NET_ADDR:
    take_net_address(extraction, text);
    break;
  case INDICATOR_EMAIL:
    take_email(extraction, text);
    break;
  case INDICATOR_MD5:
    take_hash(extraction, "p_any_md5_hashes", text, 32);
    break;
  case INDICATOR_SHA1:
    take_hash(extraction, "p_any_sha1_hashes", text, 40);
    break;
  case INDICATOR_SHA256:
    take_hash(extraction, "p_any_sha256_hashes", text, 64);
    break;
  case INDICATOR_MAC:
    take_mac(extraction, text);
    break;
  case INDICATOR_USERNAME:
  case INDICATOR_TRACE_ID:
  case INDICATOR_ACTOR_ID:
  case INDICATOR_SERIAL_NUMBER:
  case INDICATOR_AWS_ACCOUNT_ID:
  case INDICATOR_AWS_ARN:
  case INDICATOR_AWS_INSTANCE_ID:
  case INDICATOR_AWS_TAG:
    extraction->each(extraction->context, whole_names[indicator], text);
    break;
  }
}

/* It has one @, neither first nor last, and no character that no address has. */
static void found_email(void *context, struct text text) {
  if (text.size <= VALUE_MAX_SIZE)
    give_folded(context, "p_any_emails", text);
}

/* An address alone, or one with a port; what else such a word is, a time or a version, is none. */
static void found_ip(void *context, struct text text) {
  const char *colon = memrchr(text.data, ':', text.size);
  if (!take_ip(context, text) && colon && memchr(text.data, '.', text.size))
    take_ip(context, (struct text){text.data, (size_t)(colon - text.data)});
}

static void find_within(struct extraction *extraction, uint32_t indicators, struct text text) {
  if (indicators >> INDICATOR_EMAIL & 1)
    indicator_find_emails(text, found_email, extraction);
  if (indicators >> INDICATOR_IP & 1)
    indicator_find_ips(text, found_ip, extraction);
}

static void take_all(struct extraction *extraction, const struct field *field, struct text text) {
  uint32_t left = text.size > 0 ? field->indicators : 0;
  for (; left; left &= left - 1)
    take(extraction, (enum indicator)__builtin_ctz(left), text);
  if (field->find_indicators)
    find_within(extraction, field->find_indicators, text);
}

static void walk(struct extraction *extraction, const struct field *field,
                 const struct json_node *value) {
  if (field->type == FIELD_STRING) {
    if (field->indicators | field->find_indicators && value->type == JSON_TYPE_STRING)
      take_all(extraction, field, text_trim(json_text(value)));
  } else if (field->type == FIELD_ARRAY && value->type == JSON_TYPE_ARRAY) {
    for (JSON_EACH(element, value))
      walk(extraction, field->element, element);
  } else if (field->type == FIELD_OBJECT && value->type == JSON_TYPE_OBJECT) {
    for (JSON_EACH(member, value)) {
      int at = field_find_nested(field, json_key(member));
      if (at >= 0)
        walk(extraction, &field->fields[at], member);
    }
  }
}

void event_indicators(const struct event *event,
                      void (*each)(void *context, const char *name, struct text value),
                      void *context) {
  struct extraction extraction = {.each = each, .context = context};
  for (size_t i = 0; event->schema && i < event->schema->field_count; i++) {
    const struct field *field = &event->schema->fields[i];
    bool holds_none = field->type == FIELD_STRING && !(field->indicators | field->find_indicators);
    if (event->slots[i] && !holds_none)
      walk(&extraction, field, event->slots[i]);
  }
}

void indicators_of_text(struct text text,
                        void (*each)(void *context, const char *name, struct text value),
                        void *context) {
  struct extraction extraction = {.each = each, .context = context};
  text = text_trim(text);
  /* Each name once: a host name is a domain or an address. */
  static const enum indicator kinds[] = {INDICATOR_EMAIL,
                                         INDICATOR_HOSTNAME,
                                         INDICATOR_USERNAME,
                                         INDICATOR_MD5,
                                         INDICATOR_SHA1,
                                         INDICATOR_SHA256,
                                         INDICATOR_TRACE_ID,
                                         INDICATOR_MAC,
                                         INDICATOR_ACTOR_ID,
                                         INDICATOR_SERIAL_NUMBER,
                                         INDICATOR_AWS_ACCOUNT_ID,
                                         INDICATOR_AWS_ARN,
                                         INDICATOR_AWS_INSTANCE_ID,
                                         INDICATOR_AWS_TAG};
  for (size_t i = 0; text.size > 0 && i < sizeof kinds / sizeof *kinds; i++)
    take(&extraction, kinds[i], text);
}

/* Eight bytes at a time, the last ones with zeros behind them; the multiplier is that of PCG's
 * 64-bit generator (odd, and without a pattern in its bits). */
static uint64_t add_word(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * UINT64_C(6364136223846793005);
  return hash ^ hash >> 32;
}

static uint64_t load_whole(const char *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return le64toh(word);
}

static uint64_t add_bytes(uint64_t hash, struct text bytes) {
  const size_t left = bytes.size % sizeof(uint64_t), whole = bytes.size - left;
  uint64_t word = 0;
  for (size_t at = 0; at < whole; at += sizeof word)
    hash = add_word(hash, load_whole(bytes.data + at));
  if (left == 0)
    return hash;
  if (whole > 0) /* the last eight, without those that were added */
    word = load_whole(bytes.data + bytes.size - sizeof word) >> 8 * (sizeof word - left);
  else
    for (size_t i = 0; i < left; i++)
      word |= (uint64_t)(uint8_t)bytes.data[i] << 8 * i;
  return add_word(hash, word);
}

/* The mixing steps of SplitMix64 at the end make the high bits depend on all of it. */
uint64_t indicator_number(const char *name, struct text value) {
  uint64_t hash = add_bytes(value.size, text_from(name));
  hash = add_bytes(hash, value);
  hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  hash = (hash ^ hash >> 27) * UINT64_C(0x94d049bb133111eb);
  return hash ^ hash >> 31;
}
