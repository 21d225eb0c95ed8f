/* Sigma's transformation modifiers: what a value looks like where it was encoded. */
#include "base/buffer.h"
#include "base/utf8.h"
#include "rule/condition/condition_key.h"
#include "rule/condition/wildcard.h"

/* Each dash of a windash value can be any of five characters, so that these are 625 texts. */
#define DASHES_MAX 4

static const struct text dashes[] = {TEXT_INIT("-"), TEXT_INIT("/"), TEXT_INIT("\xe2\x80\x93"),
                                     TEXT_INIT("\xe2\x80\x94"), TEXT_INIT("\xe2\x80\x95")};
enum { DASH_COUNT = sizeof dashes / sizeof *dashes };

/* The size of the dash that starts at a place; 0 when there is none. */
static size_t dash_at(struct text text, size_t at) {
  for (size_t i = 0; i < DASH_COUNT; i++)
    if (text.size - at >= dashes[i].size &&
        memcmp(text.data + at, dashes[i].data, dashes[i].size) == 0)
      return dashes[i].size;
  return 0;
}

static bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (unsigned char)c >= 0x80;
}

/* A dash that could begin a command's option: no word before it, one behind it. */
static bool begins_option(struct text text, size_t at, size_t size, bool after_dash) {
  bool before = at > 0 && !after_dash && is_word(text.data[at - 1]);
  size_t next = at + size;
  return !before && next < text.size && dash_at(text, next) == 0 && is_word(text.data[next]);
}

/* Finds the dashes that change; false when they are too many. */
static bool find_dashes(struct text text, size_t places[DASHES_MAX], size_t *count) {
  bool after_dash = false;
  *count = 0;
  for (size_t at = 0; at < text.size;) {
    size_t size = dash_at(text, at);
    if (size && begins_option(text, at, size, after_dash)) {
      if (*count == DASHES_MAX)
        return false;
      places[(*count)++] = at;
    }
    after_dash = size > 0;
    at += size ? size : 1;
  }
  return true;
}

/* Every dash in each of its five forms, in all combinations. */
static size_t vary_dashes(struct arena *arena, const struct condition_key *key, struct text text,
                          struct text **texts) {
  size_t places[DASHES_MAX], count, total = 1;
  if (!find_dashes(text, places, &count)) {
    condition_key_wrong(key, "more than %d dashes for 'windash' (split the value)", DASHES_MAX);
    return 0;
  }
  for (size_t i = 0; i < count; i++)
    total *= DASH_COUNT;
  *texts = arena_alloc(arena, total * sizeof **texts);
  struct buffer buffer = BUFFER_NONE;
  for (size_t variant = 0; variant < total; variant++) {
    size_t from = 0, digits = variant;
    buffer_reset(&buffer);
    for (size_t i = 0; i < count; i++, digits /= DASH_COUNT) {
      buffer_append(&buffer, text.data + from, places[i] - from);
      buffer_append_text(&buffer, dashes[digits % DASH_COUNT]);
      from = places[i] + dash_at(text, places[i]);
    }
    buffer_append(&buffer, text.data + from, text.size - from);
    (*texts)[variant] = arena_copy(arena, buffer_text(&buffer));
  }
  buffer_free(&buffer);
  return total;
}

static void append_unit(struct buffer *buffer, uint32_t unit, bool big_endian) {
  char low = (char)(unit & 0xff), high = (char)(unit >> 8);
  buffer_append_char(buffer, big_endian ? high : low);
  buffer_append_char(buffer, big_endian ? low : high);
}

/* RFC 2781. */
static bool append_utf16(struct buffer *buffer, struct text text, bool big_endian) {
  for (size_t at = 0; at < text.size;) {
    uint32_t code = 0;
    size_t size = utf8_read(text.data + at, text.size - at, &code);
    if (size == 0)
      return false;
    at += size;
    if (code < 0x10000) {
      append_unit(buffer, code, big_endian);
      continue;
    }
    append_unit(buffer, 0xd800 + ((code - 0x10000) >> 10), big_endian);
    append_unit(buffer, 0xdc00 + ((code - 0x10000) & 0x3ff), big_endian);
  }
  return true;
}

/* RFC 4648 section 4. */
static void append_base64(struct buffer *buffer, struct text bytes) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t at = 0; at < bytes.size; at += 3) {
    size_t left = bytes.size - at < 3 ? bytes.size - at : 3;
    uint32_t group = 0;
    for (size_t i = 0; i < 3; i++)
      group = group << 8 | (i < left ? (uint8_t)bytes.data[at + i] : 0);
    for (size_t i = 0; i < 4; i++)
      buffer_append_char(buffer, i <= left ? digits[group >> (18 - 6 * i) & 63] : '=');
  }
}

/* What stays of the encoding of `bytes` behind `shift` other bytes, whatever surrounds them. */
static struct text base64_within(struct arena *arena, struct text bytes, size_t shift) {
  static const size_t first[] = {0, 2, 3}, last[] = {0, 3, 2};
  struct buffer shifted = BUFFER_NONE, encoded = BUFFER_NONE;
  for (size_t i = 0; i < shift; i++)
    buffer_append_char(&shifted, ' ');
  buffer_append_text(&shifted, bytes);
  append_base64(&encoded, buffer_text(&shifted));
  size_t drop = first[shift] + last[shifted.size % 3];
  struct text within = TEXT("");
  if (encoded.size > drop)
    within = arena_copy(arena, (struct text){encoded.data + first[shift], encoded.size - drop});
  buffer_free(&shifted);
  buffer_free(&encoded);
  return within;
}

static bool vary_offset(struct arena *arena, const struct condition_key *key, struct text bytes,
                        struct text texts[3]) {
  for (size_t shift = 0; shift < 3; shift++) {
    texts[shift] = base64_within(arena, bytes, shift);
    if (texts[shift].size == 0)
      return condition_key_wrong(key, "a value too short for 'base64offset'");
  }
  return true;
}

static bool encode_one(struct arena *arena, const struct condition_key *key,
                       enum condition_encoding encoding, struct text *text) {
  struct buffer buffer = BUFFER_NONE;
  bool ok = true;
  switch (encoding) {
  case ENCODING_BASE64:
    append_base64(&buffer, *text);
    break;
  case ENCODING_UTF16:
    buffer_append_string(&buffer, "\xff\xfe");
    ok = append_utf16(&buffer, *text, false);
    break;
  default:
    ok = append_utf16(&buffer, *text, encoding == ENCODING_UTF16BE);
  }
  if (ok)
    *text = arena_copy(arena, buffer_text(&buffer));
  buffer_free(&buffer);
  return ok || condition_key_wrong(key, "bytes that are no text and cannot become UTF-16");
}

/* Applies the encodings from `from` on; may make three of each text. */
static size_t encode_all(struct arena *arena, const struct condition_key *key, size_t from,
                         struct text **texts, size_t count) {
  for (size_t e = from; e < key->encoding_count; e++) {
    bool offset = key->encodings[e] == ENCODING_BASE64_OFFSET;
    struct text *next = offset ? arena_alloc(arena, 3 * count * sizeof *next) : *texts;
    for (size_t i = 0; i < count; i++)
      if (offset ? !vary_offset(arena, key, (*texts)[i], &next[3 * i])
                 : !encode_one(arena, key, key->encodings[e], &next[i]))
        return 0;
    count *= offset ? 3 : 1;
    *texts = next;
  }
  return count;
}

size_t condition_encode(struct arena *arena, const struct condition_key *key, struct text value,
                        struct text **texts, bool *plain) {
  size_t from = key->encodings[0] == ENCODING_DASHES, count = 1;
  *texts = arena_alloc(arena, sizeof **texts);
  (*texts)[0] = value;
  if (from && (count = vary_dashes(arena, key, value, texts)) == 0)
    return 0;
  *plain = key->encoding_count > from;
  if (!*plain)
    return count;
  for (size_t i = 0; i < count; i++)
    if (!wildcard_literal(arena, (*texts)[i], &(*texts)[i])) {
      condition_key_wrong(key, "a wildcard in a value that is encoded (a backslash before it takes "
                               "its meaning)");
      return 0;
    }
  count = encode_all(arena, key, from, texts, count);
  for (size_t i = 0; i < count; i++)
    if (!text_is_utf8((*texts)[i])) {
      condition_key_wrong(key, "a value whose UTF-16 is no text (it needs 'base64' or "
                               "'base64offset' behind it)");
      return 0;
    }
  return count;
}
