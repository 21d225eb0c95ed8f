/*
 * The rows of one window: gathered page by page, numbered, and handed on when the window is whole.
 *
 * Zoom gives no ids and serves rows in an order that it does not promise. So a row is known by its
 * content, and the nth of several identical ones in the window by n: the same rows get the same row
 * ids whenever they are asked for again. Rows that the store knows are only counted.
 *
 * Memory is proportional to the window: about 40 bytes for every different row, and its bytes for
 * every row that is new.
 */
#ifndef SOURCE_ZOOM_ZOOM_ROWS_H
#define SOURCE_ZOOM_ZOOM_ROWS_H

#include "event/json/json.h"
#include "source/source.h"
#include "source/zoom/zoom_report.h"

struct zoom_row {
  time_us time; /* TIME_NONE when it cannot be read */
  size_t offset;
  uint32_t size, occurrence;
};

/* A row's content and how many rows of the window had it so far; count 0: a free place. */
struct zoom_row_seen {
  uint8_t content[16]; /* half a SHA-256 of the canonical bytes */
  uint32_t count;
};

struct zoom_rows {
  struct buffer bytes;   /* of the new rows, one after another */
  struct zoom_row *rows; /* the new ones */
  size_t count, capacity;
  struct zoom_row_seen *seen; /* open addressing; seen_capacity is a power of two */
  size_t seen_count, seen_capacity;
  uint64_t fetched; /* rows served, known ones included */
  time_us earliest; /* of all rows served; TIME_NONE when no time could be read */
  struct buffer canonical;
};

#define ZOOM_ROWS_NONE ((struct zoom_rows){.rows = NULL, .earliest = TIME_NONE})

/* Forgets the rows; keeps the memory unless it is much. */
void zoom_rows_reset(struct zoom_rows *rows);
void zoom_rows_free(struct zoom_rows *rows);

/* Adds the rows of a page: its bytes and the parsed array in them. False when the store fails. */
bool zoom_rows_add(struct zoom_rows *rows, const struct source_run *run,
                   const struct zoom_report *report, struct text page,
                   const struct json_node *array, struct error *error);

/*
 * Pushes the new rows, oldest first, in batches of at most ZOOM_BATCH_ROWS; the last one carries
 * the checkpoint (owned from here on; NULL: none), alone when nothing is new, and says how far the
 * report is complete with it (batch.watermark). False: stop now.
 */
#define ZOOM_BATCH_ROWS 1000
bool zoom_rows_push(struct zoom_rows *rows, const struct source_run *run,
                    const struct zoom_report *report, char *checkpoint, time_us watermark);

#endif
