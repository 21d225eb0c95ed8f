#include "store/sqlite/archive/indicator_page.h"

#include "base/memory.h"

#include <stdlib.h>
#include <zlib.h>

/* A row of a table WITHOUT ROWID stays on one page of the file up to 1,002 bytes, where these have
 * 4,096 (https://www.sqlite.org/fileformat2.html, "Cell Payload Overflow"). */
#define PAGE_BYTES 940
#define ENTRY_BYTES 10 /* of one difference at most */

/* 39 bits in three passes, or in four: then the counts cost less than the entries of a commit. */
#define DIGIT_BITS 13
#define DIGIT_BITS_OF_FEW 10
#define FEW_FOR_DIGITS 16384
#define DIGITS (1u << DIGIT_BITS)
#define FEW 128 /* that are sorted by insertion: a pass costs as much as some thousand entries */

void indicator_entries_free(struct indicator_entries *entries) {
  free(entries->items);
  free(entries->scratch);
  *entries = (struct indicator_entries){NULL, NULL, 0, 0};
}

void indicator_entries_reserve(struct indicator_entries *entries, size_t count) {
  size_t capacity = entries->capacity;
  entries->items = memory_reserve(entries->items, &capacity, count, sizeof *entries->items);
  if (capacity == entries->capacity)
    return;
  free(entries->scratch);
  entries->scratch = memory_resize(NULL, capacity * sizeof *entries->scratch);
  entries->capacity = capacity;
}

static void sort_few(uint64_t *items, size_t count) {
  for (size_t i = 1; i < count; i++) {
    uint64_t item = items[i];
    size_t at = i;
    for (; at > 0 && items[at - 1] > item; at--)
      items[at] = items[at - 1];
    items[at] = item;
  }
}

/* One pass of a radix sort, which keeps the order of what has the same digit. */
static void sort_by_digit(const uint64_t *items, uint64_t *sorted, size_t count, unsigned shift,
                          unsigned bits) {
  uint32_t starts[DIGITS], sum = 0;
  const size_t digits = (size_t)1 << bits;
  memset(starts, 0, digits * sizeof *starts);
  for (size_t i = 0; i < count; i++)
    starts[items[i] >> shift & (digits - 1)]++;
  for (size_t i = 0; i < digits; i++) {
    uint32_t with_digit = starts[i];
    starts[i] = sum;
    sum += with_digit;
  }
  for (size_t i = 0; i < count; i++)
    sorted[starts[items[i] >> shift & (digits - 1)]++] = items[i];
}

void indicator_entries_sort(struct indicator_entries *entries) {
  if (entries->count <= FEW)
    sort_few(entries->items, entries->count);
  const unsigned bits = entries->count < FEW_FOR_DIGITS ? DIGIT_BITS_OF_FEW : DIGIT_BITS;
  for (unsigned shift = INDICATOR_EVENT_BITS; entries->count > FEW && shift < 63; shift += bits) {
    sort_by_digit(entries->items, entries->scratch, entries->count, shift, bits);
    uint64_t *sorted = entries->scratch;
    entries->scratch = entries->items;
    entries->items = sorted;
  }
  size_t kept = 0;
  for (size_t i = 0; i < entries->count; i++)
    if (kept == 0 || entries->items[i] != entries->items[kept - 1])
      entries->items[kept++] = entries->items[i];
  entries->count = kept;
}

size_t indicator_page_write(const struct indicator_entries *entries, size_t from,
                            struct buffer *page) {
  char bytes[PAGE_BYTES + ENTRY_BYTES];
  size_t at = from + 1, size = 0;
  for (; at < entries->count && size < PAGE_BYTES; at++) {
    uint64_t difference = entries->items[at] - entries->items[at - 1];
    for (; difference >= 0x80; difference >>= 7)
      bytes[size++] = (char)(difference | 0x80);
    bytes[size++] = (char)difference;
  }
  buffer_append_text(page, (struct text){bytes, size});
  return at;
}

int64_t indicator_page_checksum(uint64_t first, struct text page) {
  uint8_t bytes[8];
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t)(first >> 8 * i);
  uLong sum = crc32(crc32(0, NULL, 0), bytes, sizeof bytes);
  return (int64_t)crc32_z(sum, (const Bytef *)page.data, page.size);
}

bool indicator_page_read(struct indicator_entries *entries, uint64_t first, struct text page,
                         uint64_t shift) {
  uint64_t entry = first + shift;
  indicator_entries_reserve(entries, entries->count + page.size + 1); /* a byte each at least */
  entries->items[entries->count++] = entry;
  for (size_t at = 0; at < page.size;) {
    uint64_t difference = 0;
    unsigned bits = 0;
    uint8_t byte;
    do {
      if (at == page.size || bits > 56)
        return false;
      byte = (uint8_t)page.data[at++];
      difference |= (uint64_t)(byte & 0x7f) << bits;
      bits += 7;
    } while (byte & 0x80);
    entry += difference;
    entries->items[entries->count++] = entry;
  }
  return true;
}
