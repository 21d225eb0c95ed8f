#include "base/text.h"

#include "base/utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static inline uint8_t fold(uint8_t c) {
  return (uint8_t)(c - 'A') < 26 ? c | 0x20 : c;
}

/* Up to seven bytes, each at least once, in an order that depends on `size` alone. */
static inline uint64_t load_short(const char *data, size_t size) {
  if (size >= 4) {
    uint32_t low, high;
    memcpy(&low, data, sizeof low);
    memcpy(&high, data + size - 4, sizeof high);
    return low | (uint64_t)high << 32;
  }
  if (size == 0)
    return 0;
  return (uint64_t)(uint8_t)data[0] | (uint64_t)(uint8_t)data[size / 2] << 8 |
         (uint64_t)(uint8_t)data[size - 1] << 16;
}

static inline bool equal_folded(const char *a, const char *b, size_t size) {
  if (size < 8)
    return text_fold_8(load_short(a, size)) == text_fold_8(load_short(b, size));
  for (size_t i = 0; i + 8 < size; i += 8)
    if (text_fold_8(text_load_8(a + i)) != text_fold_8(text_load_8(b + i)))
      return false;
  return text_fold_8(text_load_8(a + size - 8)) == text_fold_8(text_load_8(b + size - 8));
}

bool text_is_ascii(struct text text) {
  const uint64_t high = UINT64_C(0x8080808080808080);
  const char *data = text.data;
  if (text.size < 8)
    return (load_short(data, text.size) & high) == 0;
  size_t i = 0;
#ifdef __SSE2__
  for (; i + 32 <= text.size; i += 32)
    if (_mm_movemask_epi8(
            _mm_or_si128(_mm_loadu_si128((const __m128i *)(const void *)(data + i)),
                         _mm_loadu_si128((const __m128i *)(const void *)(data + i + 16)))))
      return false;
#endif
  for (; i + 8 < text.size; i += 8)
    if (text_load_8(data + i) & high)
      return false;
  return (text_load_8(data + text.size - 8) & high) == 0;
}

bool text_equal_folded(struct text a, struct text b) {
  return a.size == b.size && equal_folded(a.data, b.data, a.size);
}

bool text_starts_folded(struct text subject, struct text prefix) {
  return subject.size >= prefix.size && equal_folded(subject.data, prefix.data, prefix.size);
}

bool text_ends_folded(struct text subject, struct text suffix) {
  return suffix.size == 0 ||
         (subject.size >= suffix.size &&
          equal_folded(subject.data + (subject.size - suffix.size), suffix.data, suffix.size));
}

bool text_contains(struct text subject, struct text needle) {
  if (needle.size == 0)
    return true;
  return subject.size >= needle.size &&
         memmem(subject.data, subject.size, needle.data, needle.size) != NULL;
}

/*
 * A place is looked at closely only when the needle's first and last byte that are no spaces are
 * both there: spaces are nearly everywhere. The bit 0x20 is set on both sides for that: letters
 * match in either case, and what else matches by it is refused by the close look.
 */
bool text_contains_folded(struct text subject, struct text needle) {
  if (needle.size == 0)
    return true;
  if (subject.size < needle.size)
    return false;
  size_t head = 0, tail = needle.size - 1;
  while (tail > 0 && needle.data[tail] == ' ')
    tail--;
  while (head < tail && needle.data[head] == ' ')
    head++;
  const char *data = subject.data, *start = data + head, *end = data + tail;
  size_t places = subject.size - needle.size + 1, i = 0;
  const uint8_t first = (uint8_t)needle.data[head] | 0x20;
  const uint8_t last = (uint8_t)needle.data[tail] | 0x20;
#ifdef __SSE2__
  const __m128i bit = _mm_set1_epi8(0x20);
  const __m128i firsts = _mm_set1_epi8((char)first), lasts = _mm_set1_epi8((char)last);
  while (places >= 16 && i < places) {
    if (i > places - 16)
      i = places - 16; /* the last sixteen overlap the ones before */
    __m128i starts = _mm_loadu_si128((const __m128i *)(const void *)(start + i));
    __m128i ends = _mm_loadu_si128((const __m128i *)(const void *)(end + i));
    __m128i both = _mm_and_si128(_mm_cmpeq_epi8(_mm_or_si128(starts, bit), firsts),
                                 _mm_cmpeq_epi8(_mm_or_si128(ends, bit), lasts));
    for (unsigned mask = (unsigned)_mm_movemask_epi8(both); mask; mask &= mask - 1)
      if (equal_folded(data + i + __builtin_ctz(mask), needle.data, needle.size))
        return true;
    i += 16;
  }
#endif
  for (; i < places; i++)
    if (((uint8_t)start[i] | 0x20) == first && ((uint8_t)end[i] | 0x20) == last &&
        equal_folded(data + i, needle.data, needle.size))
      return true;
  return false;
}

static inline bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool text_is_number(struct text text) {
  size_t digits = 0, points = 0;
  for (size_t i = 0; i < text.size; i++) {
    char c = text.data[i];
    digits += c >= '0' && c <= '9';
    points += c == '.';
    if (!(c >= '0' && c <= '9') && c != '.' && !(i == 0 && c == '-'))
      return false;
  }
  size_t first = text.size > 0 && text.data[0] == '-';
  bool zero = text.size > first + 1 && text.data[first] == '0' && text.data[first + 1] != '.';
  bool ends_in_point = text.size > 0 && text.data[text.size - 1] == '.';
  return digits > 0 && digits < 16 && points < 2 && !zero && !ends_in_point;
}

struct text text_trim(struct text text) {
  while (text.size && is_space(text.data[0])) {
    text.data++;
    text.size--;
  }
  while (text.size && is_space(text.data[text.size - 1]))
    text.size--;
  return text;
}

bool text_is_utf8(struct text text) {
  uint32_t code;
  for (size_t i = 0; i < text.size;) {
    if (text.size - i >= 8 && utf8_eight_are_ascii(text.data + i)) {
      i += 8;
      continue;
    }
    size_t size = utf8_read(text.data + i, text.size - i, &code);
    if (size == 0)
      return false;
    i += size;
  }
  return true;
}

struct text text_cut(struct text text, size_t size) {
  if (text.size <= size)
    return text;
  uint32_t code;
  for (size_t back = 1; back <= 3 && back <= size; back++) {
    size_t start = size - back, sequence = utf8_read(text.data + start, text.size - start, &code);
    if (sequence > back)
      return (struct text){text.data, start};
    if (((uint8_t)text.data[start] & 0xc0) != 0x80)
      break;
  }
  return (struct text){text.data, size};
}

const char *text_printable(struct text text, char *out, size_t out_size) {
  static const char dots[] = "...";
  size_t used = 0, cut = 0; /* cut: as far as the output may go when dots must follow */
  for (size_t i = 0; i < text.size;) {
    uint32_t code;
    struct utf8_escape escape;
    const char *piece = text.data + i;
    size_t size = utf8_read(piece, text.size - i, &code), shown = size;
    if (size == 0) {
      piece = "?";
      shown = 1;
    } else if (utf8_is_hidden(code)) {
      piece = escape.text;
      shown = utf8_escape(code, &escape);
    }
    i += size ? size : 1;
    if (used + shown + 1 > out_size) {
      size_t room = out_size > cut ? out_size - cut - 1 : 0;
      size_t dots_size = room < sizeof dots - 1 ? room : sizeof dots - 1;
      memcpy(out + cut, dots, dots_size);
      used = cut + dots_size;
      break;
    }
    memcpy(out + used, piece, shown);
    used += shown;
    if (used + sizeof dots <= out_size)
      cut = used;
  }
  if (out_size)
    out[used] = '\0';
  return out;
}

uint64_t text_hash(struct text text) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < text.size; i++)
    hash = (hash ^ (uint8_t)text.data[i]) * UINT64_C(0x100000001b3);
  return hash;
}

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

/* A bit for each letter (case is free) and for other bytes, which share the bits that are left. */
static uint32_t letters_of(struct text text) {
  uint32_t letters = 0;
  for (size_t i = 0; i < text.size; i++)
    letters |= UINT32_C(1) << (fold((uint8_t)text.data[i]) & 31);
  return letters;
}

/* Whether the edit distance is certainly greater than `most`: each insertion changes the size, and
 * each letter that only one of them has takes an edit of its own. Far cheaper than the distance,
 * and true of nearly all. */
static bool is_far(struct text a, uint32_t a_letters, struct text b, size_t most) {
  uint32_t b_letters;
  if ((a.size > b.size ? a.size - b.size : b.size - a.size) > most)
    return true;
  b_letters = letters_of(b);
  return (size_t)__builtin_popcount(a_letters & ~b_letters) > most ||
         (size_t)__builtin_popcount(b_letters & ~a_letters) > most;
}

/* Optimal string alignment: insert, delete, replace, or swap two neighbours; case is free.
 * Three rows of the table are kept, each one longer than `b`. Ends when two rows following each
 * other have nothing up to `most`, as no later one has then; that gives what is greater. */
static size_t edit_distance(struct text a, struct text b, size_t most) {
  size_t rows[3][TEXT_NEAREST_MAX + 1];
  size_t least = 0, least_above;
  for (size_t j = 0; j <= b.size; j++)
    rows[0][j] = j;
  for (size_t i = 1; i <= a.size; i++) {
    size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];
    least_above = least;
    row[0] = least = i;
    for (size_t j = 1; j <= b.size; j++) {
      uint8_t x = fold((uint8_t)a.data[i - 1]), y = fold((uint8_t)b.data[j - 1]);
      row[j] = smaller(smaller(row[j - 1], above[j]) + 1, above[j - 1] + (x != y));
      if (i > 1 && j > 1 && x == fold((uint8_t)b.data[j - 2]) && y == fold((uint8_t)a.data[i - 2]))
        row[j] = smaller(row[j], second[j - 2] + 1);
      least = smaller(least, row[j]);
    }
    if (smaller(least, least_above) > most)
      return most + 1;
  }
  return rows[a.size % 3][b.size];
}

#define BEGUN_LEAST 4 /* bytes of a word that says how another one goes on */

/* The one candidate that begins with the word; NULL: none does, or several do. */
static const char *begun_by(struct text word, const char *const *candidates, size_t count) {
  const char *found = NULL;
  for (size_t i = 0; i < count; i++) {
    struct text candidate = text_from(candidates[i]);
    if (candidate.size > TEXT_NEAREST_MAX || !text_starts_folded(candidate, word))
      continue;
    if (found)
      return NULL;
    found = candidates[i];
  }
  return found;
}

const char *text_nearest(struct text word, const char *const *candidates, size_t count) {
  if (word.size == 0 || word.size > TEXT_NEAREST_MAX)
    return NULL;
  const uint32_t letters = letters_of(word);
  size_t best = word.size / 3 ? word.size / 3 : 1;
  const char *nearest = NULL;
  for (size_t i = 0; i < count; i++) {
    struct text candidate = text_from(candidates[i]);
    if (candidate.size == 0 || candidate.size > TEXT_NEAREST_MAX ||
        is_far(word, letters, candidate, best))
      continue;
    size_t distance = edit_distance(word, candidate, best);
    if (distance < best || (distance == best && !nearest)) {
      best = distance;
      nearest = candidates[i];
    }
  }
  /* Of words that are not one slip away, one that was not written to its end is likelier. */
  const char *begun =
      word.size >= BEGUN_LEAST && (!nearest || best > 1) ? begun_by(word, candidates, count) : NULL;
  return begun ? begun : nearest;
}
