/*
 * An error as a value: what went wrong, and where in the user's files.
 *
 * The caller owns the struct (usually on its stack), starts it with ERROR_NONE, and passes its
 * address down. A function that fails sets it and returns false (or NULL). The first error set
 * wins; later ones are ignored, so cleanup code cannot hide the cause. NULL may be given by a
 * caller that does not want to know the cause.
 *
 * Text says place, cause and way out, in one line without a final newline. It never holds a
 * secret; bytes taken from events or files pass through text_printable() first.
 *
 * An error serves one thread at a time.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

struct error {
  bool set;
  unsigned line, column; /* 1-based; 0 = not known */
  /* Which bytes of the text are the record's own: error_mark_data. */
  unsigned data_at, data_size;
  char file[256]; /* "" = no file */
  char text[1024];
};

#define ERROR_NONE ((struct error){.set = false})

/* Makes an error usable (again) without writing all of it: for the record path. */
static inline void error_clear(struct error *error) {
  error->set = false;
  error->line = error->column = error->data_at = error->data_size = 0;
  error->file[0] = error->text[0] = '\0';
}

/* Sets the message. Always returns false, so that a caller can `return error_set(...)`. */
bool error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with a place. line or column 0 when unknown; file NULL when there is none. */
bool error_set_at(struct error *error, const char *file, unsigned line, unsigned column,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Puts "prefix: " before the text of an error that is set; does nothing to one that is not.
 * Always returns false. */
bool error_prefix(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says that `size` bytes of the text, from `at` on, come from a record. What is left without them
 * (error_reason) is the same for every record with this mistake. Always returns false. */
bool error_mark_data(struct error *error, size_t at, size_t size);

/* Puts words behind the text of an error that is set; does nothing to one that is not. Always
 * returns false. */
bool error_append(struct error *error, const char *words);

/* "file:line:column: text", leaving out what is not known, fit for a terminal: control characters
 * become '?'. The string lives in `line`. */
struct error_line {
  char text[1400];
};
const char *error_line(const struct error *error, struct error_line *line);

/* The same without what comes from the record: marked bytes become "...", and the places in lists
 * ("[17]") "[]". For grouping, counting, and logs that are not to hold people's data. */
const char *error_reason(const struct error *error, struct error_line *line);

#endif
