/*
 * Cuts a stream of bytes (a file, standard input) into records without holding all of it: NDJSON,
 * JSON values one after another over several lines, a JSON array of records, or Zoom API pages
 * (objects that hold `operation_logs`, `activity_logs` or `meeting_activity_logs`). Which one it
 * is shows at the first bytes. Damaged JSON is passed on as a record, to become a dead letter.
 */
#ifndef SOURCE_STREAM_H
#define SOURCE_STREAM_H

#include "base/error.h"
#include "source/batch.h"

struct stream;

/* Opens a file; "-" is standard input. NULL with the reason. */
struct stream *stream_open(const char *path, uint64_t from, struct error *error);
void stream_close(struct stream *stream); /* NULL is fine */

/*
 * The next batch (the caller owns it), or NULL at the end or on an error (which is then set). A
 * last line without its newline is a record too, unless `growing` (a file still being written):
 * then it waits for the rest.
 */
struct batch *stream_next(struct stream *stream, bool growing, struct error *error);

/* The position after everything handed out: where a later stream_open(…, from) goes on. */
uint64_t stream_position(const struct stream *stream);
/* Bytes read so far, and in all (0 when not known), for progress. */
void stream_progress(const struct stream *stream, uint64_t *read, uint64_t *total);

#endif
