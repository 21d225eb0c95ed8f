#include "base/memory.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LARGE_SIZE (1024 * 1024)
/* What each thread keeps of what was freed at the end of its memory. More saves no time that can be
 * measured. */
#define SPARE_SIZE LARGE_SIZE

void memory_start(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, LARGE_SIZE);
  mallopt(M_TRIM_THRESHOLD, SPARE_SIZE);
#endif
}

void memory_share(void) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);
#endif
}

/* write(2), because stdio may itself want memory. */
void memory_exhausted(void) {
  static const char message[] = "margay: out of memory\n";
  ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);
  (void)ignored;
  abort();
}

void *memory_alloc(size_t size) {
  void *memory = calloc(1, size ? size : 1);
  if (!memory)
    memory_exhausted();
  return memory;
}

void *memory_alloc_array(size_t count, size_t size) {
  size_t total;
  if (__builtin_mul_overflow(count, size, &total))
    memory_exhausted();
  return memory_alloc(total);
}

void *memory_resize(void *memory, size_t size) {
  void *resized = realloc(memory, size ? size : 1);
  if (!resized)
    memory_exhausted();
  return resized;
}

void *memory_reserve(void *items, size_t *capacity, size_t need, size_t item_size) {
  if (items && need <= *capacity)
    return items;
  size_t grown = *capacity ? *capacity : 8, total;
  while (grown < need)
    grown = grown > SIZE_MAX / 2 ? need : grown * 2;
  if (__builtin_mul_overflow(grown, item_size, &total))
    memory_exhausted();
  items = memory_resize(items, total);
  *capacity = grown;
  return items;
}

char *memory_copy_string(const char *string) {
  return string ? memory_copy_bytes(string, strlen(string)) : NULL;
}

char *memory_copy_bytes(const char *bytes, size_t size) {
  if (size == SIZE_MAX)
    memory_exhausted();
  char *copy = memory_resize(NULL, size + 1);
  if (size)
    memcpy(copy, bytes, size);
  copy[size] = '\0';
  return copy;
}
