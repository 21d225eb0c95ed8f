/*
 * Framing: where one record ends and the next begins, in bytes that come block by block. Knows
 * strings, escapes and nesting, and nothing else of JSON; what it cuts out is checked when it is
 * read. Holds at most one record, so memory is flat.
 *
 * What it understands: values one after another, an array of values, and Zoom API pages, also an
 * array of pages or pages one after another. The records of a page are the elements of its array
 * (page_kinds); the rest of the page is dropped.
 *
 * Damage costs as little as possible: a line that cannot go on from the one before it begins a new
 * record, and what was open is handed out as it is.
 *
 * A framer serves one thread at a time.
 */
#ifndef SOURCE_FILE_FRAMING_H
#define SOURCE_FILE_FRAMING_H

#include "base/buffer.h"
#include "source/zoom/page.h"

enum framing_form {
  FRAMING_UNKNOWN, /* needs more bytes */
  FRAMING_LINES,   /* NDJSON, or anything else that is best taken line by line */
  FRAMING_VALUES   /* what a framer is for */
};

/* The form, from the first bytes (without a byte order mark). `complete`: no more will come. */
enum framing_form framing_guess(struct text start, bool complete);

/* A place between two records, where a later framer can go on. */
struct framing_place {
  uint64_t position; /* in the stream */
  bool in_array, in_page;
  const struct page_kind *kind; /* within this array of a page; NULL outside */
};

/* A place's surroundings as a word for a checkpoint, and back (false: no such word). */
#define FRAMING_WORD_SIZE 48
void framing_place_write(const struct framing_place *place, char out[FRAMING_WORD_SIZE]);
bool framing_place_read(struct text word, struct framing_place *place);

struct framer {
  struct framing_place place; /* where to go on after the last record handed out */

  uint64_t position;      /* of the next byte to look at */
  size_t depth;           /* open brackets of the value being looked at; 0: between values */
  bool between;           /* looking for the start of a value */
  bool bare;              /* in something that begins with no bracket and no quote */
  bool in_string, escape; /* escape: the next byte of the string stands for itself */
  bool envelope;          /* in a page's own members: nothing is kept */
  bool object;            /* the value began with '{' */
  bool line_start;        /* only white space since the newline */
  char previous;          /* the last byte that is not white space */
  char key[32];           /* the last string at depth 1 of an object */
  size_t key_size;        /* sizeof(key): too long to be a page's array */
  uint64_t start;         /* position of the value's first byte */
  struct buffer partial;  /* its bytes from earlier blocks, at most JSON_SIZE_MAX + 1 */
  bool partial_done;      /* `partial` was handed out */
};

struct framed {
  struct text record;   /* lives until the next call, or as long as the block */
  uint64_t position;    /* of its first byte */
  struct text log_type; /* of a page's array; empty otherwise */
};

void framer_start(struct framer *framer, const struct framing_place *place);
void framer_free(struct framer *framer);

/* The next record that ends within `block`, from *cursor on (0 for a new block). False when the
 * block is used up. A record longer than JSON_SIZE_MAX is cut just behind that. */
bool framer_next(struct framer *framer, struct text block, size_t *cursor, struct framed *framed);

/* At the end of the stream: hands out what is still open. True when there was something; call it
 * once. */
bool framer_finish(struct framer *framer, struct framed *framed);

/* True when the stream may not end here: an array or a page is open. */
bool framer_is_inside(const struct framer *framer);

#endif
