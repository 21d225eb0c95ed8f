#include "base/arena.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_BLOCK_SIZE = 4096, LARGEST_BLOCK_SIZE = 1 << 20 };

static struct arena_block *add_block(struct arena *arena, size_t size) {
  struct arena_block *current = arena->current;
  size_t capacity = current ? current->capacity * 2 : FIRST_BLOCK_SIZE;
  if (capacity > LARGEST_BLOCK_SIZE)
    capacity = LARGEST_BLOCK_SIZE;
  if (capacity < size)
    capacity = size;
  struct arena_block *block = memory_resize(NULL, sizeof *block + capacity);
  block->next = current ? current->next : NULL;
  block->capacity = capacity;
  block->used = 0;
  if (current)
    current->next = block;
  else
    arena->first = block;
  return block;
}

/* Blocks after the current one are empty, left over from before a reset. */
void *arena_take_elsewhere(struct arena *arena, size_t size) {
  struct arena_block *block = arena->current;
  while (block && block->capacity - block->used < size) {
    block = block->next;
    if (block) {
      block->used = 0;
      arena->current = block;
    }
  }
  if (!block)
    arena->current = block = add_block(arena, size);
  void *memory = block->data + block->used;
  block->used += size;
  return memory;
}

void *arena_alloc(struct arena *arena, size_t size) {
  return memset(arena_take(arena, size), 0, size);
}

struct text arena_copy(struct arena *arena, struct text text) {
  char *copy = arena_take(arena, text.size + 1);
  if (text.size)
    memcpy(copy, text.data, text.size);
  copy[text.size] = '\0';
  return (struct text){copy, text.size};
}

char *arena_copy_string(struct arena *arena, const char *string) {
  if (!string)
    return NULL;
  size_t size = strlen(string) + 1;
  return memcpy(arena_take(arena, size), string, size);
}

char *arena_printf(struct arena *arena, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int size = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (size < 0)
    size = 0;
  char *string = arena_take(arena, (size_t)size + 1);
  *string = '\0';
  va_start(arguments, format);
  vsnprintf(string, (size_t)size + 1, format, arguments);
  va_end(arguments);
  return string;
}

size_t arena_size(const struct arena *arena) {
  size_t size = 0;
  for (const struct arena_block *block = arena->first; block; block = block->next)
    size += sizeof *block + block->capacity;
  return size;
}

void arena_reset(struct arena *arena) {
  arena->current = arena->first;
  if (arena->first)
    arena->first->used = 0;
}

void arena_free(struct arena *arena) {
  struct arena_block *next;
  for (struct arena_block *block = arena->first; block; block = next) {
    next = block->next;
    free(block);
  }
  *arena = ARENA_NONE;
}
