#include "rule/condition/wildcard.h"

#include "base/unicode/fold.h"

/* Steps of looking closely at a place where a segment may start; each further piece is one more. */
#define PLACE_STEPS 1

/* One character of a pattern, its escape resolved. */
struct symbol {
  enum { SYMBOL_END, SYMBOL_BYTE, SYMBOL_ONE, SYMBOL_RUN } kind;
  char byte;
};

static struct symbol next_symbol(struct text pattern, size_t *at) {
  if (*at >= pattern.size)
    return (struct symbol){.kind = SYMBOL_END};
  char c = pattern.data[(*at)++];
  if (c == '*' || c == '?')
    return (struct symbol){c == '*' ? SYMBOL_RUN : SYMBOL_ONE, c};
  if (c == '\\' && *at < pattern.size && strchr("*?\\", pattern.data[*at]) && pattern.data[*at])
    c = pattern.data[(*at)++];
  return (struct symbol){SYMBOL_BYTE, c};
}

bool wildcard_literal(struct arena *arena, struct text pattern, struct text *literal) {
  char *bytes = arena_alloc(arena, pattern.size + 1);
  size_t size = 0;
  for (size_t at = 0;;) {
    struct symbol symbol = next_symbol(pattern, &at);
    if (symbol.kind == SYMBOL_END)
      break;
    if (symbol.kind != SYMBOL_BYTE)
      return false;
    bytes[size++] = symbol.byte;
  }
  *literal = (struct text){bytes, size};
  return true;
}

/* Neither a wildcard nor a backslash is a letter, so a pattern can be folded as a whole. */
static struct text fold_pattern(struct arena *arena, struct text pattern) {
  char *bytes = arena_alloc(arena, fold_size_max(pattern.size));
  return (struct text){bytes, fold_write(pattern, bytes)};
}

const struct wildcard *wildcard_compile(struct arena *arena, struct text pattern, bool open_start,
                                        bool open_end, bool folded) {
  if (folded)
    pattern = fold_pattern(arena, pattern);
  /* Every symbol makes at most one of each. */
  struct wildcard *wildcard = arena_alloc(arena, sizeof *wildcard);
  struct wildcard_segment *segments = arena_alloc(arena, (pattern.size + 1) * sizeof *segments);
  struct wildcard_piece *pieces = arena_alloc(arena, (pattern.size + 1) * sizeof *pieces);
  char *bytes = arena_alloc(arena, pattern.size + 1);

  wildcard->folded = folded;
  wildcard->beyond = folded && fold_range_of(pattern).min != SIZE_MAX;
  wildcard->open_start = open_start;
  wildcard->open_end = open_end;
  wildcard->segments = segments;
  struct wildcard_piece piece = {.literal = {bytes, 0}};
  struct wildcard_segment segment = {.pieces = pieces};
  bool any = false, run_last = false;
  for (size_t at = 0;;) {
    struct symbol symbol = next_symbol(pattern, &at);
    bool piece_ends = symbol.kind != SYMBOL_BYTE &&
                      (piece.literal.size > 0 || (symbol.kind != SYMBOL_ONE && piece.skip > 0));
    if (piece_ends) {
      *pieces++ = piece;
      segment.count++;
      piece = (struct wildcard_piece){.literal = {bytes, 0}};
    }
    if ((symbol.kind == SYMBOL_RUN || symbol.kind == SYMBOL_END) && segment.count) {
      segments[wildcard->count++] = segment;
      segment = (struct wildcard_segment){.pieces = pieces};
    }
    if (symbol.kind == SYMBOL_END)
      break;
    if (symbol.kind == SYMBOL_RUN && !any)
      wildcard->open_start = true;
    if (symbol.kind == SYMBOL_ONE)
      piece.skip++;
    if (symbol.kind == SYMBOL_BYTE) {
      *bytes++ = symbol.byte;
      piece.literal.size++;
    }
    if (symbol.kind != SYMBOL_RUN)
      wildcard->size_min++;
    any = true;
    run_last = symbol.kind == SYMBOL_RUN;
  }
  wildcard->open_end |= run_last;
  return wildcard;
}

static bool literal_is_at(const struct wildcard *wildcard, const char *at, struct text literal) {
  if (!wildcard->folded)
    return memcmp(at, literal.data, literal.size) == 0;
  return text_equal_folded((struct text){at, literal.size}, literal);
}

static bool is_continuation(char c) {
  return ((unsigned char)c & 0xC0) == 0x80;
}

/* Where the next character starts; NULL at the end. */
static const char *character_after(const char *at, const char *end) {
  if (at == end)
    return NULL;
  for (at++; at < end && is_continuation(*at);)
    at++;
  return at;
}

static const char *character_before(const char *at, const char *start) {
  if (at == start)
    return NULL;
  for (at--; at > start && is_continuation(*at);)
    at--;
  return at;
}

static const char *skip_forward(const char *at, const char *end, size_t characters) {
  for (; at && characters > 0; characters--)
    at = character_after(at, end);
  return at;
}

/* Where the segment ends when it starts at `at`; NULL when it does not. */
static const char *match_forward(const struct wildcard *wildcard,
                                 const struct wildcard_segment *segment, size_t from_piece,
                                 const char *at, const char *end) {
  for (size_t i = from_piece; i < segment->count; i++) {
    const struct wildcard_piece *piece = &segment->pieces[i];
    at = skip_forward(at, end, piece->skip);
    if (!at || (size_t)(end - at) < piece->literal.size ||
        !literal_is_at(wildcard, at, piece->literal))
      return NULL;
    at += piece->literal.size;
  }
  return at;
}

/* Where the segment starts when it ends at `at`; NULL when it does not. */
static const char *match_backward(const struct wildcard *wildcard,
                                  const struct wildcard_segment *segment, const char *start,
                                  const char *at) {
  for (size_t i = segment->count; i-- > 0;) {
    const struct wildcard_piece *piece = &segment->pieces[i];
    if ((size_t)(at - start) < piece->literal.size ||
        !literal_is_at(wildcard, at - piece->literal.size, piece->literal))
      return NULL;
    at -= piece->literal.size;
    for (size_t skip = piece->skip; at && skip > 0; skip--)
      at = character_before(at, start);
    if (!at)
      return NULL;
  }
  return at;
}

/* Where the first occurrence of the segment ends; NULL when there is none. The first one leaves
 * the most to the segments after it, so no other needs to be tried. */
static const char *find(const struct wildcard *wildcard, const struct wildcard_segment *segment,
                        const char *at, const char *end, struct work *work) {
  const struct wildcard_piece *first = &segment->pieces[0];
  at = skip_forward(at, end, first->skip);
  if (!at || first->literal.size == 0)
    return at;
  const char letter = first->literal.data[0];
  const char other = wildcard->folded && letter >= 'a' && letter <= 'z' ? letter ^ 0x20 : letter;
  for (; (size_t)(end - at) >= first->literal.size; at++) {
    if (*at != letter && *at != other)
      continue;
    if (work && !work_take(work, PLACE_STEPS + segment->count))
      return NULL;
    if (!literal_is_at(wildcard, at, first->literal))
      continue;
    const char *rest = match_forward(wildcard, segment, 1, at + first->literal.size, end);
    if (rest)
      return rest;
  }
  return NULL;
}

bool wildcard_match(const struct wildcard *wildcard, struct text subject, struct work *work) {
  if (subject.size < wildcard->size_min)
    return false;
  if (work && !work_take(work, subject.size / WORK_BYTES_PER_STEP))
    return false;
  if (subject.size == 0)
    subject.data = "";
  const char *at = subject.data, *end = subject.data + subject.size;
  size_t first = 0, last = wildcard->count;
  if (last == 0)
    return wildcard->open_start || wildcard->open_end || subject.size == 0;
  if (!wildcard->open_start) {
    at = match_forward(wildcard, &wildcard->segments[first++], 0, at, end);
    if (!at)
      return false;
    if (first == last)
      return wildcard->open_end || at == end;
  }
  if (!wildcard->open_end) {
    end = match_backward(wildcard, &wildcard->segments[--last], at, end);
    if (!end)
      return false;
  }
  for (; at && first < last; first++)
    at = find(wildcard, &wildcard->segments[first], at, end, work);
  return at != NULL;
}
