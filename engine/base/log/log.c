#include "base/log/log.h"

#include "base/buffer.h"
#include "base/log/writer.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SECRET_SIZE_MIN = 4, VALUE_SIZE_MAX = 4096, WAITING_MAX = 1 << 20 };

/* How long the last lines may take. */
#define FLUSH_US US_PER_SECOND

const char *const log_level_names[] = {
    [LOG_LEVEL_DEBUG] = "debug",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_ERROR] = "error",
    NULL,
};

const char *const log_format_names[] = {
    [LOG_FORMAT_LOGFMT] = "logfmt",
    [LOG_FORMAT_JSON] = "json",
    NULL,
};

struct log {
  FILE *out;
  struct clock clock;
  atomic_int level;          /* read without the mutex, so that what is not wanted costs nothing */
  atomic_uint_fast64_t lost; /* lines, */
  atomic_uint_fast64_t said; /* and of how many a line says so */
  struct writer *writer;     /* NULL: who logs writes */
  pthread_mutex_t mutex;     /* for all that follows, and for the order of lines */
  enum log_format format;
  struct text *secrets; /* owned, longest first */
  size_t secret_count, secret_capacity;
  struct buffer line, value;
};

struct log *log_new(FILE *out, enum log_level level, enum log_format format, struct clock clock) {
  struct log *log = memory_alloc(sizeof *log);
  log->out = out;
  log->clock = clock;
  log->format = format;
  atomic_init(&log->level, (int)level);
  pthread_mutex_init(&log->mutex, NULL);
  return log;
}

void log_set(struct log *log, enum log_level level, enum log_format format) {
  pthread_mutex_lock(&log->mutex);
  atomic_store(&log->level, (int)level);
  log->format = format;
  pthread_mutex_unlock(&log->mutex);
}

void log_free(struct log *log) {
  if (!log)
    return;
  writer_stop(log->writer, FLUSH_US);
  for (size_t i = 0; i < log->secret_count; i++)
    free((void *)(uintptr_t)log->secrets[i].data);
  free(log->secrets);
  buffer_free(&log->line);
  buffer_free(&log->value);
  pthread_mutex_destroy(&log->mutex);
  free(log);
}

void log_hide(struct log *log, struct text secret) {
  if (!log || secret.size < SECRET_SIZE_MIN)
    return;
  pthread_mutex_lock(&log->mutex);
  size_t place = 0;
  bool known = false;
  for (; place < log->secret_count && log->secrets[place].size >= secret.size; place++)
    known = known || text_equal(log->secrets[place], secret);
  if (!known) {
    log->secrets = memory_reserve(log->secrets, &log->secret_capacity, log->secret_count + 1,
                                  sizeof *log->secrets);
    memmove(log->secrets + place + 1, log->secrets + place,
            (log->secret_count - place) * sizeof *log->secrets);
    log->secrets[place] = (struct text){memory_copy_bytes(secret.data, secret.size), secret.size};
    log->secret_count++;
  }
  pthread_mutex_unlock(&log->mutex);
}

/* The size of the longest secret that `text` starts with, or 0. */
static size_t secret_at(const struct log *log, struct text text) {
  for (size_t i = 0; i < log->secret_count; i++) {
    struct text secret = log->secrets[i];
    if (text.size >= secret.size && memcmp(text.data, secret.data, secret.size) == 0)
      return secret.size;
  }
  return 0;
}

/* The value without secrets and not too long; valid until the next call. */
static struct text shown_value(struct log *log, struct text value, bool *changed) {
  buffer_reset(&log->value);
  *changed = false;
  for (size_t i = 0; i < value.size;) {
    size_t size = secret_at(log, (struct text){value.data + i, value.size - i});
    if (size) {
      buffer_append_string(&log->value, "[hidden]");
      *changed = true;
    } else {
      buffer_append_char(&log->value, value.data[i]);
      size = 1;
    }
    i += size;
    if (log->value.size > VALUE_SIZE_MAX && i < value.size) {
      log->value.size = text_cut(buffer_text(&log->value), VALUE_SIZE_MAX).size;
      buffer_append_string(&log->value, "...");
      break;
    }
  }
  return buffer_text(&log->value);
}

/* In quotes, by JSON's rules; what a terminal would act on is escaped too. */
static void append_quoted(struct buffer *line, struct text text) {
  static const char short_escapes[] = "\"\"\\\\\nn\rr\tt"; /* pairs */
  buffer_append_char(line, '"');
  for (size_t i = 0; i < text.size;) {
    uint32_t code = 0xfffd;
    size_t size = utf8_read(text.data + i, text.size - i, &code);
    const char *escape = NULL;
    for (const char *pair = short_escapes; size == 1 && *pair && !escape; pair += 2)
      if ((uint8_t)*pair == code)
        escape = pair + 1;
    if (escape)
      buffer_printf(line, "\\%c", *escape);
    else if (size == 0)
      buffer_append_string(line, "\xef\xbf\xbd");
    else if (utf8_is_hidden(code))
      buffer_append_json_escape(line, code);
    else
      buffer_append(line, text.data + i, size);
    i += size ? size : 1;
  }
  buffer_append_char(line, '"');
}

/* True when logfmt may write the value without quotes. */
static bool is_bare(struct text text) {
  for (size_t i = 0; i < text.size; i++) {
    uint8_t c = (uint8_t)text.data[i];
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c >= 0x7f)
      return false;
  }
  return text.size > 0;
}

static void append_key(struct log *log, const char *key) {
  bool json = log->format == LOG_FORMAT_JSON;
  if (log->line.size > 1)
    buffer_append_char(&log->line, json ? ',' : ' ');
  if (json)
    append_quoted(&log->line, text_from(key));
  else
    buffer_append_string(&log->line, key);
  buffer_append_char(&log->line, json ? ':' : '=');
}

static void append_text(struct log *log, const char *key, struct text value) {
  bool changed;
  append_key(log, key);
  value = shown_value(log, value, &changed);
  if (log->format == LOG_FORMAT_LOGFMT && is_bare(value))
    buffer_append_text(&log->line, value);
  else
    append_quoted(&log->line, value);
}

/* A number; as text when a secret hides in it. */
static void append_number(struct log *log, const char *key, struct text digits) {
  bool changed;
  struct text shown = shown_value(log, digits, &changed);
  if (changed) {
    append_text(log, key, digits);
    return;
  }
  append_key(log, key);
  buffer_append_text(&log->line, shown);
}

static void append_field(struct log *log, const struct log_field *field) {
  struct buffer digits = BUFFER_NONE;
  switch (field->type) {
  case LOG_FIELD_TEXT:
    append_text(log, field->key, field->text);
    break;
  case LOG_FIELD_INT:
    buffer_printf(&digits, "%lld", (long long)field->integer);
    append_number(log, field->key, buffer_text(&digits));
    break;
  case LOG_FIELD_REAL:
    buffer_append_json_number(&digits, field->real);
    append_number(log, field->key, buffer_text(&digits));
    break;
  }
  buffer_free(&digits);
}

/* Always with milliseconds, so that lines are as wide as each other. */
static void append_now(struct log *log) {
  struct time_string string;
  time_us now = clock_now(&log->clock);
  int64_t us = ((now % US_PER_SECOND) + US_PER_SECOND) % US_PER_SECOND;
  struct text second = text_from(time_format(now - us, &string));
  append_key(log, "ts");
  if (second.size)
    second.size--; /* its Z */
  bool json = log->format == LOG_FORMAT_JSON;
  buffer_printf(&log->line, "%s%.*s.%03dZ%s", json ? "\"" : "", TEXT_ARGS(second),
                (int)(us / US_PER_MS), json ? "\"" : "");
}

static void compose(struct log *log, enum log_level level, const char *message,
                    const struct log_field *fields, size_t count) {
  bool json = log->format == LOG_FORMAT_JSON;
  buffer_reset(&log->line);
  if (json)
    buffer_append_char(&log->line, '{');
  append_now(log);
  append_text(log, "level", text_from(log_level_names[level]));
  append_text(log, "msg", text_from(message));
  for (size_t i = 0; i < count; i++)
    append_field(log, &fields[i]);
  buffer_append_string(&log->line, json ? "}\n" : "\n");
}

/* ---- the thread that writes ---------------------------------------------------------------- */

static void line_ended(void *context, int code);

/* Says once how many lines were lost. When that finds no room either, the next line says it. */
static void say_lost(struct log *log) {
  pthread_mutex_lock(&log->mutex);
  uint64_t lost = atomic_load(&log->lost), said = atomic_load(&log->said);
  const struct log_field field = LOG_INT("lines", lost - said);
  if (lost > said) {
    compose(log, LOG_LEVEL_WARN, "lines of the log were lost, because nobody took them", &field, 1);
    if (writer_put(log->writer, buffer_text(&log->line), line_ended, log))
      atomic_store(&log->said, lost);
  }
  pthread_mutex_unlock(&log->mutex);
}

static void line_ended(void *context, int code) {
  struct log *log = context;
  if (code)
    atomic_fetch_add(&log->lost, 1);
  else if (atomic_load(&log->lost) > atomic_load(&log->said))
    say_lost(log);
}

bool log_detach(struct log *log, struct error *error) {
  fflush(log->out);
  struct writer *writer = writer_start(fileno(log->out), WAITING_MAX, error);
  pthread_mutex_lock(&log->mutex);
  log->writer = writer;
  pthread_mutex_unlock(&log->mutex);
  return writer != NULL;
}

uint64_t log_lost(const struct log *log) {
  return log ? atomic_load(&log->lost) : 0;
}

void log_write(struct log *log, enum log_level level, const char *message,
               const struct log_field *fields, size_t count) {
  if (!log || (int)level < atomic_load_explicit(&log->level, memory_order_relaxed))
    return;
  pthread_mutex_lock(&log->mutex);
  compose(log, level, message, fields, count);
  if (!log->writer) {
    fwrite(log->line.data, 1, log->line.size, log->out);
    fflush(log->out);
  } else if (!writer_put(log->writer, buffer_text(&log->line), line_ended, log)) {
    atomic_fetch_add(&log->lost, 1);
  }
  pthread_mutex_unlock(&log->mutex);
}
