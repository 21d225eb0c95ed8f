/*
 * A growing byte string. Start it with BUFFER_NONE; release it with buffer_free. The bytes are
 * always followed by a NUL that is not counted in `size` (once anything was appended).
 *
 * A buffer serves one thread at a time.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/text.h"

struct buffer {
  char *data;
  size_t size, capacity;
};

#define BUFFER_NONE ((struct buffer){.data = NULL})

/* For buffer_reserve, where the memory does not suffice. */
char *buffer_grow(struct buffer *buffer, size_t extra);

/* Room for `extra` more bytes and the NUL; returns where they start. The caller writes them and
 * adds to `size`. */
static inline char *buffer_reserve(struct buffer *buffer, size_t extra) {
  if (buffer->data && extra < buffer->capacity - buffer->size)
    return buffer->data + buffer->size;
  return buffer_grow(buffer, extra);
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t size);
void buffer_append_text(struct buffer *buffer, struct text text);
void buffer_append_string(struct buffer *buffer, const char *string);
static inline void buffer_append_char(struct buffer *buffer, char c) {
  char *end = buffer_reserve(buffer, 1);
  end[0] = c;
  end[1] = '\0';
  buffer->size++;
}
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Appends text as a JSON string with its quotes (RFC 8259 section 7). Malformed UTF-8 becomes
 * U+FFFD, so that the output is always valid JSON. */
void buffer_append_json_string(struct buffer *buffer, struct text text);

/* Appends a code point as \uXXXX, or as the two of a surrogate pair. */
void buffer_append_json_escape(struct buffer *buffer, uint32_t code);

/* Appends JSON for a terminal: the same JSON, but characters that a terminal would act on, that
 * reorder what a person sees or that nobody sees are written as escapes. */
void buffer_append_json_visible(struct buffer *buffer, struct text json);

/* The same as ASCII without control characters: every other character is an escape. */
void buffer_append_json_ascii(struct buffer *buffer, struct text json);

/* Appends a double as JSON that reads back to the same value; NaN and infinities become null. */
void buffer_append_json_number(struct buffer *buffer, double number);

static inline struct text buffer_text(const struct buffer *buffer) {
  return (struct text){buffer->data ? buffer->data : "", buffer->size};
}

/* Hands the bytes (NUL-terminated) to the caller, who frees them; the buffer is empty again. */
char *buffer_steal(struct buffer *buffer);

void buffer_reset(struct buffer *buffer); /* empties, keeps the memory */
void buffer_free(struct buffer *buffer);  /* empties, releases the memory */

#endif
