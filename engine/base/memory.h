/*
 * The room base holds what every other room stands on: memory, texts, errors, time, YAML,
 * settings, log, counters, HTTP out. It knows nothing of records or alerts.
 *
 * Allocation that cannot return NULL.
 *
 * margay ends the process, with one line on stderr, when memory is exhausted. That is safe
 * because of the one transaction: what was not committed is read again after a restart. Sizes
 * that hostile input could choose are bounded where the input is read (RECORD_SIZE_MAX, the
 * Lua allocator's cap, HTTP body caps), so exhaustion is the machine's state, not an attack.
 *
 * Everything here is released with free().
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/* To be called before anything is allocated. Blocks of a MiB and more then go back to the system
 * when they are freed. Otherwise glibc takes the size of the first one as a measure, and keeps as
 * much for each thread: one large record for each worker would stay in memory for good. */
void memory_start(void);

/* To be called before a second thread is started, by who runs for long: all threads then allocate
 * from the same memory. Otherwise glibc has some for each, and what one thread frees does not serve
 * the others. */
void memory_share(void);

/* Ends the process: for who allocates by other means than these. */
void memory_exhausted(void) __attribute__((noreturn));

/* `size` bytes, zeroed. size 0 gives a unique pointer. */
void *memory_alloc(size_t size) __attribute__((malloc, returns_nonnull));

/* Room for `count` items of `size` bytes, zeroed; ends the process when the product overflows. */
void *memory_alloc_array(size_t count, size_t size) __attribute__((malloc, returns_nonnull));

/* realloc; bytes added are not zeroed. */
void *memory_resize(void *memory, size_t size) __attribute__((returns_nonnull));

/* Makes sure that *items has room for `need` items of `item_size`; grows *capacity by doubling.
 * Returns the (possibly moved) array. */
void *memory_reserve(void *items, size_t *capacity, size_t need, size_t item_size)
    __attribute__((returns_nonnull));

/* A copy of a C string, or of `size` bytes followed by a NUL. NULL string gives NULL. */
char *memory_copy_string(const char *string);
char *memory_copy_bytes(const char *bytes, size_t size) __attribute__((returns_nonnull));

#endif
