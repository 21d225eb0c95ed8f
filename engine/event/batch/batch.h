/*
 * The room event/batch holds records on their way from a source to a worker.
 *
 * A batch: some records of one source on their way through the pipeline, and the checkpoint
 * that becomes true when all of them are committed.
 *
 * Whoever makes it owns it until it is pushed; then the pipeline does, and frees it after
 * the commit.
 *
 * It serves one thread at a time: the source's fills it, a worker's reads it, and the one that
 * takes results frees it; the pipeline hands it over under its lock.
 */
#ifndef EVENT_BATCH_BATCH_H
#define EVENT_BATCH_BATCH_H

#include "base/clock.h"
#include "base/text.h"
#include "event/batch/batch_source.h"

#define BATCH_ENDED INT64_MAX
#define BATCH_ROW_ID_MAX 32 /* characters; ROW_ID_SIZE of event/event.h */

struct batch_record {
  uint64_t occurrence;   /* for the row id: see event_identify */
  uint32_t offset, size; /* within bytes */
};

struct batch_file;

/* What is known of a record that is an event of the archive. */
struct batch_kept {
  char row_id[BATCH_ROW_ID_MAX + 1];
  time_us parse_time;
};

struct batch {
  char *bytes; /* JSON_PADDING readable bytes follow `size` */
  size_t size, capacity;
  struct batch_record
      *records; /* NULL: the bytes are lines, one record each (empty ones skipped) */
  size_t count; /* of records, when they are given */
  size_t record_capacity;
  int64_t *letters;        /* NULL, or for each listed record the dead letter that it was; owned */
  struct batch_kept *kept; /* NULL, or for each listed record the event that it is; owned */
  size_t kept_capacity;
  uint64_t position;    /* lines: position of bytes[0] in its stream; the occurrence of a record is
                           the position of its first byte */
  struct text log_type; /* empty: by p_log_type or schema; points to memory of the source */
  bool rereads;         /* rows may come again: commit only those not known yet */
  bool resends;         /* their sender may send records again for hours: commit only the first of
                           each */
  char *checkpoint;     /* NULL: nothing becomes true with this batch */
  /* NULL, or the part of its source (one file of many) whose checkpoint `checkpoint` is; an empty
   * checkpoint forgets the part. Owned. */
  char *checkpoint_part;
  /* 0: as its source says. Else the batch is of a backfill, and this is 1 + what becomes of its
   * alerts (enum history_alerts of source/source.h). */
  int backfill_alerts;
  time_us received_at;
  /* With this batch every event of its log type (and source) that happened before is here;
   * TIME_NONE: nothing is known. BATCH_ENDED: nothing more comes from its source at all. */
  time_us watermark;
  struct batch_source *source; /* held by the batch; NULL until it is pushed, unless its records
                                  are not those of who pushes it */
  unsigned tag;                /* for whoever pushes: `scan` knows its files by it */

  /* NULL, or called once when the batch's fate is known: durable, when the transaction that holds
   * what it became (and its checkpoint) is on disk; not durable, when it never will be in this run
   * (the batch was refused, or the pipeline was abandoned). Called by the thread that settles the
   * batch: the committer's, or the pusher's for a batch that is refused. Must be quick and must
   * not push. */
  void (*committed)(void *context, bool durable);
  void *committed_context;

  /* NULL, or where its lines are still to be read (event/batch/batch_file.h): those that begin in
   * `block_size` bytes from `position` on. */
  struct batch_file *file;
  size_t block_size;
  bool within_line; /* the position may be within a line, which is not this batch's */

  /* Called by batch_free first, on its thread: gives back what the batch holds besides its own
   * memory. NULL: nothing. */
  void (*release)(struct batch *batch);
};

/* A batch with room for `capacity` bytes and the padding. Its bytes are not zeroed. */
struct batch *batch_new(size_t capacity);
/* Settles it as not durable when nobody has settled it before. NULL is fine. */
void batch_free(struct batch *batch);

/* Reports the batch's fate to `committed`, the first time only. */
void batch_settle(struct batch *batch, bool durable);

/* Makes room for `capacity` bytes in all. */
void batch_reserve(struct batch *batch, size_t capacity);

/* Adds a record, and a newline, to a batch that lists its records. At most 4 GiB fit in one. */
void batch_add(struct batch *batch, struct text record, uint64_t occurrence);

/* The same for an event of the archive, in a batch that lists nothing else: it keeps its row id and
 * its time of parsing. */
void batch_add_kept(struct batch *batch, struct text record, struct text row_id,
                    time_us parse_time);

/* A batch of listed records that has none yet: the first batch_add is not needed for it to count
 * as such (a batch that only carries a checkpoint). */
struct batch *batch_new_listed(size_t capacity);

/* Walks the records of either form: *cursor starts at 0. False at the end. Of a line the newline
 * and a carriage return before it are left out, and so are blank lines. */
bool batch_next(const struct batch *batch, size_t *cursor, struct text *record,
                uint64_t *occurrence);

#endif
