/*
 * The room base/log writes what the program says: lines of its log, and texts for readers that may
 * be slow.
 *
 * The program's log: one line an entry on stderr, logfmt (`ts=… level=info msg="poll done"
 * source=zoom records=12`) or JSON. Thread-safe. Control characters in values are escaped, and
 * every secret registered with log_hide is replaced by `[hidden]` wherever it turns up. Values
 * longer than 4 KiB are cut. Writing to a NULL log does nothing.
 *
 *   LOG_INFO(log, "poll done", LOG_STRING("source", id), LOG_INT("records", n));
 */
#ifndef BASE_LOG_LOG_H
#define BASE_LOG_LOG_H

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };
enum log_format { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON };

struct log;

/* `out` stays the caller's and must outlive the log. A line is written by whoever logs, who waits
 * for it, until log_detach. */
struct log *log_new(FILE *out, enum log_level level, enum log_format format, struct clock clock);

/*
 * From now on a thread of the log writes to the descriptor of `out`, so that nobody waits where
 * nobody reads. Up to a MiB of lines waits; what comes beyond that, or cannot be written, is lost
 * and counted, and a line says how many were lost once lines are written again. SIGPIPE must be
 * ignored. log_free writes what waits for a second at most. False with the reason; the log works as
 * before then.
 */
bool log_detach(struct log *log, struct error *error);

/* How many lines were lost so far. Any thread; log NULL: none. */
uint64_t log_lost(const struct log *log);

void log_set(struct log *log, enum log_level level, enum log_format format);
void log_free(struct log *log);

/* From now on never print this text (copied; shorter than 4 bytes is ignored). */
void log_hide(struct log *log, struct text secret);

/* The names that people write, by enum; both end with NULL. */
extern const char *const log_level_names[];  /* debug info warn error */
extern const char *const log_format_names[]; /* logfmt json */

struct log_field {
  const char *key;
  enum { LOG_FIELD_TEXT, LOG_FIELD_INT, LOG_FIELD_REAL } type;
  struct text text;
  int64_t integer;
  double real;
};

#define LOG_STRING(k, v)                                                                           \
  ((struct log_field){.key = (k), .type = LOG_FIELD_TEXT, .text = text_from(v)})
#define LOG_TEXT(k, v) ((struct log_field){.key = (k), .type = LOG_FIELD_TEXT, .text = (v)})
#define LOG_INT(k, v)                                                                              \
  ((struct log_field){.key = (k), .type = LOG_FIELD_INT, .integer = (int64_t)(v)})
#define LOG_REAL(k, v) ((struct log_field){.key = (k), .type = LOG_FIELD_REAL, .real = (v)})
/* The error's line, under the key "error". Evaluated within the log call only. */
#define LOG_ERROR_LINE(e) LOG_STRING("error", error_line((e), &(struct error_line){.text = ""}))

void log_write(struct log *log, enum log_level level, const char *message,
               const struct log_field *fields, size_t count);

/* A last field that is not counted, so that an entry may have none. */
#define LOG_END ((struct log_field){.key = NULL})
#define LOG_ENTRY(log, level, message, ...)                                                        \
  log_write((log), (level), (message), (const struct log_field[]){__VA_ARGS__},                    \
            sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field) - 1)
#define LOG_AT(log, level, ...) LOG_ENTRY(log, level, __VA_ARGS__, LOG_END)
#define LOG_DEBUG(log, ...) LOG_AT(log, LOG_LEVEL_DEBUG, __VA_ARGS__)
#define LOG_INFO(log, ...) LOG_AT(log, LOG_LEVEL_INFO, __VA_ARGS__)
#define LOG_WARN(log, ...) LOG_AT(log, LOG_LEVEL_WARN, __VA_ARGS__)
#define LOG_ERROR(log, ...) LOG_AT(log, LOG_LEVEL_ERROR, __VA_ARGS__)

#endif
