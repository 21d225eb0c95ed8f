/*
 * A row of a lookup table, as bytes: written once when a table is read, walked from front to end
 * when the row is found. Only margay writes them, so reading checks nothing. Any thread may read a
 * row.
 */
#ifndef EVENT_LOOKUP_LOOKUP_VALUE_H
#define EVENT_LOOKUP_LOOKUP_VALUE_H

#include "base/buffer.h"

#define LOOKUP_DEPTH_MAX 32 /* of lists and maps within each other */

enum lookup_type {
  LOOKUP_NULL, /* in lists only */
  LOOKUP_FALSE,
  LOOKUP_TRUE,
  LOOKUP_INTEGER,
  LOOKUP_REAL,
  LOOKUP_TEXT,
  LOOKUP_LIST, /* `count` values follow */
  LOOKUP_MAP,  /* `count` times a key and a value follow */
  LOOKUP_ROW,  /* the same; the keys are columns of the table */
  LOOKUP_KEY   /* written only: a text, that of the row's key */
};

struct lookup_value {
  enum lookup_type type;
  union {
    int64_t integer;
    double real;
    struct text text;
    size_t count;
  } of;
};

struct lookup_cursor {
  const char *at;
  const struct text *columns; /* names of a row's columns */
  struct text key;            /* of the row */
};

/* The next value; what is in a container comes after it. */
struct lookup_value lookup_take(struct lookup_cursor *cursor);
/* The key before a value of a map or row. */
struct text lookup_take_key(struct lookup_cursor *cursor, enum lookup_type container);
/* Passes over the next value with all that is in it. */
void lookup_skip(struct lookup_cursor *cursor);

void lookup_put(struct buffer *bytes, enum lookup_type type); /* one without more to say */
void lookup_put_integer(struct buffer *bytes, int64_t integer);
void lookup_put_real(struct buffer *bytes, double real);
void lookup_put_text(struct buffer *bytes, struct text text);
void lookup_put_container(struct buffer *bytes, enum lookup_type type, size_t count);
void lookup_put_key(struct buffer *bytes, struct text key);    /* in a map */
void lookup_put_column(struct buffer *bytes, unsigned column); /* in a row */

/* A text after its size. */
struct text lookup_take_text(const char **at);

#endif
