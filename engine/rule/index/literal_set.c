/*
 * Our own engine, by an example. A set of three literals:
 *
 *   0  "update meeting passcode"     1  "update meeting topic"     2  "delete webinar"
 *
 * A gram is a window of 8 bytes. The shortest literal has 14 bytes, room for 7 neighbouring grams.
 * So 7 neighbouring grams of each literal are kept, those that the fewest other literals share:
 * 0 and 1 share the grams that begin at their bytes 0 to 7.
 *
 *   0  at 8 to 14: "eeting p" … " passcod"     1  at 6 to 12: " meeting" … "ng topic"
 *   2  at 0 to  6: "delete w" … " webinar"
 *
 * Wherever a text contains a literal, one of the literal's 7 grams begins at a multiple of 7. So
 * only these places of a text are looked at:
 *
 *   Update Meeting Topic: From A to B
 *   ^      ^      ^      ^
 *
 * "update m", " topic: " and " from a " were not kept; a look at the bitmap shows that nearly
 * always. "meeting " was kept for literal 1, at its byte 7. The text from 7 bytes earlier is
 * compared with the whole literal, and that is found. Literal 0 has this gram as well, but is not
 * compared.
 */
#include "rule/index/literal_set.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/unicode/fold.h"
#include "rule/index/literal_vectorscan.h"

#include <stdlib.h>

#define GRAM_LONG 8u
#define GRAM_SHORT 4u /* where the shortest literal has no room for STRIDE_LONG_MIN long ones */
/* The stride is the number of grams kept of each literal, and the distance of the places that are
 * looked at. With a stride below this one, short grams and a longer stride are faster. */
#define STRIDE_LONG_MIN 4u
#define STRIDE_MAX 16u
#define BITMAP_SHARE 16 /* bits for each gram: about one place of 50 passes by chance */
/* Literals that consist of the same words have rare grams, but few that are neighbours. Then the
 * stride is halved until a gram leads to this many literals at most, on average. */
#define SHARING_MAX 8
/* Case is ASCII's bit 0x20; bytes that are no letters fall together in pairs, too, which only
 * lets a few more places pass. */
#define FOLD_MASK UINT64_C(0x2020202020202020)
#define LITERALS_FOR_VECTORSCAN 50000
/* So few are looked for one by one, sixteen places at a time, in a text that is not longer. */
#define LITERALS_ONE_BY_ONE 4
#define TEXT_ONE_BY_ONE ((size_t)1024)
#define BLOCK_SIZE ((size_t)16 * 1024) /* of a long text, for Vectorscan */

struct gram {
  uint64_t bytes; /* folded */
  unsigned literal;
  size_t offset; /* of the window in the literal */
};

/* The grams of one value stand together in `grams`. */
struct cell {
  uint64_t bytes;
  uint32_t first, count; /* count 0: free */
};

struct literal_set {
  struct arena arena;
  struct text *literals;
  size_t count, shortest, longest; /* sizes in bytes */
  bool beyond;                     /* see literal_set_reaches_beyond */
  unsigned gram_size, stride;
  struct gram *grams;
  size_t gram_count;
  uint64_t *bitmap;
  unsigned bitmap_shift; /* a gram's word: the upper bits of its product */
  struct cell *cells;
  unsigned cell_shift;
  size_t cell_mask;
  struct hs_database *database; /* the other engine, or NULL */
};

struct literal_scratch {
  struct hs_scratch *vectorscan;
};

static inline uint64_t gram_at(unsigned gram_size, const char *bytes) {
  uint64_t gram = 0;
  memcpy(&gram, bytes, gram_size == GRAM_LONG ? GRAM_LONG : GRAM_SHORT);
  return gram | FOLD_MASK;
}

/* Fibonacci hashing (Knuth, TAOCP 6.4): the upper bits are the good ones. */
static inline uint64_t gram_product(uint64_t gram) {
  return gram * UINT64_C(0x9e3779b97f4a7c15);
}

static inline uint32_t gram_hash(uint64_t gram) {
  return (uint32_t)(gram_product(gram) >> 32);
}

/* A gram's two bits in its word of the bitmap: a Bloom filter of which one load answers all. They
 * come from the lower half of the product, which the hash does not use. */
static inline uint64_t gram_bits(uint64_t product) {
  return UINT64_C(1) << (product >> 26 & 63) | UINT64_C(1) << (product >> 20 & 63);
}

/* At least two words of the bitmap, so that a shift by bitmap_shift is one. */
static unsigned bits_for(size_t at_least) {
  unsigned bits = 7;
  while (bits < 31 && ((size_t)1 << bits) < at_least)
    bits++;
  return bits;
}

/* ---- building ---- */

/* How many literals' windows have a value, by hash: collisions only blur the choice. */
struct counts {
  uint32_t *items;
  unsigned shift;
};

static struct counts count_grams(const struct literal_set *set) {
  size_t windows = 0;
  for (size_t i = 0; i < set->count; i++)
    windows += set->literals[i].size;
  unsigned bits = bits_for(2 * windows);
  struct counts counts = {memory_alloc_array((size_t)1 << bits, sizeof *counts.items), 32 - bits};
  for (size_t i = 0; i < set->count; i++)
    for (size_t at = 0; at + set->gram_size <= set->literals[i].size; at++)
      counts
          .items[gram_hash(gram_at(set->gram_size, set->literals[i].data + at)) >> counts.shift]++;
  return counts;
}

/* Where the literal's rarest run of windows begins. */
static size_t rarest_windows(const struct literal_set *set, struct text literal,
                             const struct counts *counts) {
  size_t best = 0, best_sum = SIZE_MAX;
  for (size_t start = 0; start + set->stride + set->gram_size - 1 <= literal.size; start++) {
    size_t sum = 0;
    for (size_t i = start; i < start + set->stride; i++)
      sum += counts->items[gram_hash(gram_at(set->gram_size, literal.data + i)) >> counts->shift];
    if (sum < best_sum) {
      best = start;
      best_sum = sum;
    }
  }
  return best;
}

static int compare_grams(const void *left, const void *right) {
  const struct gram *a = left, *b = right;
  if (a->bytes != b->bytes)
    return a->bytes < b->bytes ? -1 : 1;
  return a->literal < b->literal ? -1 : a->literal > b->literal;
}

static void choose_grams(struct literal_set *set) {
  struct counts counts = count_grams(set);
  set->gram_count = 0;
  for (size_t i = 0; i < set->count; i++) {
    size_t start = rarest_windows(set, set->literals[i], &counts);
    for (size_t at = start; at < start + set->stride; at++)
      set->grams[set->gram_count++] =
          (struct gram){gram_at(set->gram_size, set->literals[i].data + at), (unsigned)i, at};
  }
  qsort(set->grams, set->gram_count, sizeof *set->grams, compare_grams);
  free(counts.items);
}

/* Whether a gram that is met would lead to many literals. */
static bool share_much(const struct literal_set *set) {
  double squares = 0;
  for (size_t i = 0, end; i < set->gram_count; i = end) {
    for (end = i; end < set->gram_count && set->grams[end].bytes == set->grams[i].bytes;)
      end++;
    squares += (double)(end - i) * (double)(end - i);
  }
  return squares > SHARING_MAX * (double)set->gram_count;
}

static struct cell *cell_of(const struct literal_set *set, uint64_t gram) {
  size_t at = gram_hash(gram) >> set->cell_shift;
  while (set->cells[at].count && set->cells[at].bytes != gram)
    at = (at + 1) & set->cell_mask;
  return &set->cells[at];
}

static void fill_tables(struct literal_set *set) {
  unsigned bits = bits_for(BITMAP_SHARE * set->gram_count);
  set->bitmap = arena_alloc(&set->arena, ((size_t)1 << bits) / 8);
  set->bitmap_shift = 64 - (bits - 6);
  bits = bits_for(2 * set->gram_count);
  set->cells = arena_alloc(&set->arena, ((size_t)1 << bits) * sizeof *set->cells);
  set->cell_shift = 32 - bits;
  set->cell_mask = ((size_t)1 << bits) - 1;
  for (size_t i = 0; i < set->gram_count; i++) {
    uint64_t gram = set->grams[i].bytes;
    struct cell *cell = cell_of(set, gram);
    set->bitmap[gram_product(gram) >> set->bitmap_shift] |= gram_bits(gram_product(gram));
    if (cell->count++ == 0) {
      cell->bytes = gram;
      cell->first = (uint32_t)i;
    }
  }
}

static void measure(struct literal_set *set, const struct text *literals) {
  set->shortest = set->longest = literals[0].size;
  for (size_t i = 1; i < set->count; i++) {
    if (literals[i].size < set->shortest)
      set->shortest = literals[i].size;
    if (literals[i].size > set->longest)
      set->longest = literals[i].size;
  }
  for (size_t i = 0; i < set->count && !set->beyond; i++)
    set->beyond = fold_range_of(literals[i]).min != SIZE_MAX;
}

struct literal_set *literal_set_new(const struct text *literals, size_t count,
                                    enum literal_engine engine) {
  struct literal_set *set = memory_alloc(sizeof *set);
  set->arena = ARENA_NONE;
  set->count = count;
  measure(set, literals);
  if (engine == LITERAL_ENGINE_VECTORSCAN ||
      (engine == LITERAL_ENGINE_BEST && count >= LITERALS_FOR_VECTORSCAN))
    set->database = literal_vectorscan_new(literals, count);
  if (set->database)
    return set;
  set->literals = arena_alloc(&set->arena, count * sizeof *set->literals);
  for (size_t i = 0; i < count; i++)
    set->literals[i] = arena_copy(&set->arena, literals[i]);
  set->gram_size = set->shortest >= GRAM_LONG + STRIDE_LONG_MIN - 1 ? GRAM_LONG : GRAM_SHORT;
  size_t room = set->shortest - set->gram_size + 1;
  set->stride = room < STRIDE_MAX ? (unsigned)room : STRIDE_MAX;
  set->grams = arena_alloc(&set->arena, count * set->stride * sizeof *set->grams);
  for (choose_grams(set); share_much(set) && set->stride > 1; choose_grams(set))
    set->stride /= 2;
  fill_tables(set);
  return set;
}

void literal_set_free(struct literal_set *set) {
  if (!set)
    return;
  literal_vectorscan_free(set->database);
  arena_free(&set->arena);
  free(set);
}

struct literal_scratch *literal_scratch_new(void) {
  return memory_alloc(sizeof(struct literal_scratch));
}

void literal_scratch_free(struct literal_scratch *scratch) {
  if (!scratch)
    return;
  literal_vectorscan_release(scratch->vectorscan);
  free(scratch);
}

void literal_scratch_prepare(struct literal_scratch *scratch, const struct literal_set *set) {
  if (set->database)
    literal_vectorscan_prepare(set->database, &scratch->vectorscan);
}

bool literal_set_reaches_beyond(const struct literal_set *set) {
  return set->beyond;
}

struct literal_set_size literal_set_size(const struct literal_set *set) {
  return (struct literal_set_size){set->gram_size, set->stride, set->gram_count};
}

const char *literal_set_vectorscan_version(void) {
  return literal_vectorscan_version();
}

/* ---- scanning ---- */

/* False: there is no work left. Who knows the literals can write a text that is compared with many
 * of them at every place. */
static bool compare_at(const struct literal_set *set, struct work *work, struct text subject,
                       size_t at, uint64_t gram, void (*found)(void *context, unsigned literal),
                       void *context) {
  const struct cell *cell = cell_of(set, gram);
  if (!work_take(work, cell->count))
    return false;
  for (size_t i = cell->first; i < (size_t)cell->first + cell->count; i++) {
    const struct gram *entry = &set->grams[i];
    struct text literal = set->literals[entry->literal];
    if (at < entry->offset || subject.size - (at - entry->offset) < literal.size)
      continue;
    struct text part = {subject.data + at - entry->offset, literal.size};
    if (text_equal_folded(part, literal))
      found(context, entry->literal);
  }
  return true;
}

static inline __attribute__((always_inline)) bool
scan(const struct literal_set *set, struct work *work, const unsigned gram_size,
     struct text subject, void (*found)(void *context, unsigned literal), void *context) {
  const uint64_t *bitmap = set->bitmap;
  const unsigned shift = set->bitmap_shift;
  const size_t stride = set->stride, last = subject.size - gram_size; /* no literal is shorter */
  for (size_t at = 0; at <= last; at += stride) {
    uint64_t gram = gram_at(gram_size, subject.data + at);
    uint64_t product = gram_product(gram), bits = gram_bits(product);
    if (__builtin_expect((bitmap[product >> shift] & bits) == bits, 0) &&
        !compare_at(set, work, subject, at, gram, found, context))
      return false;
  }
  return true;
}

/* Vectorscan cannot be interrupted, and its time for a byte depends on the literals: 150 ns were
 * measured for 6,000 that end alike, on a text full of such ends, instead of 1. So a long text is
 * scanned in blocks, which overlap by as much as a literal may have on either side, and between
 * them the clock is looked at. */
static bool scan_in_blocks(const struct literal_set *set, struct hs_scratch *scratch,
                           struct work *work, struct text subject,
                           void (*found)(void *context, unsigned literal), void *context) {
  const size_t overlap = set->longest - 1;
  const size_t step = overlap < BLOCK_SIZE / 2 ? BLOCK_SIZE - overlap : BLOCK_SIZE / 2;
  for (size_t at = 0;; at += step) {
    struct text block = {subject.data + at, subject.size - at};
    if (block.size > step + overlap)
      block.size = step + overlap;
    literal_vectorscan_scan(set->database, scratch, block, found, context);
    if (at + block.size == subject.size)
      return true;
    if (!work_look(work))
      return false;
  }
}

static void look_for_each(const struct literal_set *set, struct text subject,
                          void (*found)(void *context, unsigned literal), void *context) {
  for (size_t i = 0; i < set->count; i++)
    if (text_contains_folded(subject, set->literals[i]))
      found(context, (unsigned)i);
}

bool literal_set_scan(const struct literal_set *set, struct literal_scratch *scratch,
                      struct work *work, struct text subject,
                      void (*found)(void *context, unsigned literal), void *context) {
  if (subject.size < set->shortest)
    return true;
  if (!work_take(work, subject.size / WORK_BYTES_PER_STEP + 1))
    return false;
  if (set->database)
    return scan_in_blocks(set, scratch->vectorscan, work, subject, found, context);
  if (set->count <= LITERALS_ONE_BY_ONE && subject.size <= TEXT_ONE_BY_ONE) {
    look_for_each(set, subject, found, context);
    return true;
  }
  if (set->gram_size == GRAM_LONG)
    return scan(set, work, GRAM_LONG, subject, found, context);
  return scan(set, work, GRAM_SHORT, subject, found, context);
}
