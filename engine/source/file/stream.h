/*
 * The room source/file reads records from files and standard input.
 *
 * Cuts a stream of bytes (a file, standard input) into records without holding all of it: NDJSON,
 * JSON values one after another over several lines, a JSON array of records, or Zoom API pages
 * (objects that hold `operation_logs`, `activity_logs` or `meeting_activity_logs`). Which one it
 * is shows at the first bytes. Damaged JSON is passed on as a record, to become a dead letter.
 *
 * A stream that is compressed (source/file/unpack.h) is unpacked while it is read. Positions are
 * then those of what comes out, and going on at one unpacks everything before it again.
 */
#ifndef SOURCE_FILE_STREAM_H
#define SOURCE_FILE_STREAM_H

#include "base/error.h"
#include "event/batch/batch.h"
#include "source/file/mark.h"

struct stream;

/* Where a stream can go on later: after everything handed out. `within` says what surrounds the
 * place ("lines", "array", a page's array, …); "" at the start of a file. */
struct stream_place {
  uint64_t position;
  char within[48];
};

/* Opens whatever can be read to its end (FILE_STREAM of base/file_text.h); a FIFO is waited for.
 * "-" is standard input. `from` is where a line begins: what follows is then taken as lines. NULL
 * with the reason. */
struct stream *stream_open(const char *path, uint64_t from, struct error *error);

/* Goes on at a place of an earlier stream over the same file, or at the start of a file. Only a
 * regular file is taken, and nothing is waited for. */
struct stream *stream_resume(const char *path, const struct stream_place *place,
                             struct error *error);
/* The same in a file that may be a copy of another one, which was read up to the place. NULL unless
 * the bytes before the place are those of the mark; *lack: whether that is for want of bytes. */
enum stream_lack { STREAM_WHOLE, STREAM_SHORT, STREAM_CUT /* within an archive */ };
struct stream *stream_resume_copy(const char *path, const struct stream_place *place,
                                  const struct mark *mark, enum stream_lack *lack);
void stream_close(struct stream *stream); /* NULL is fine */

/*
 * The next batch (the caller owns it), or NULL at the end or on an error (which is then set): it
 * cannot be read, what is compressed in it is damaged, or it ends within an array, a page or an
 * archive. A last line without its newline is a record
 * too, unless `growing` (a file still being written): then it waits for the rest, and asking again
 * goes on with what was appended.
 *
 * A record longer than JSON_SIZE_MAX is cut just behind that and so becomes a dead letter.
 */
struct batch *stream_next(struct stream *stream, bool growing, struct error *error);

/*
 * The same for a stream that does not grow, for who works on batches in several threads: lines of a
 * large regular file are left in it, to be read with batch_load (event/batch/batch_file.h), which
 * also says what stream_next would have reported. What is appended to the file meanwhile is not
 * read.
 */
struct batch *stream_plan(struct stream *stream, struct error *error);

/* The place after everything handed out. */
struct stream_place stream_place(const struct stream *stream);
/* The first bytes, as far as they were read and at most MARK_SIZE. */
struct text stream_start(const struct stream *stream);
/* What is known of the bytes before that place. */
struct mark stream_mark(const struct stream *stream);
/* Just after stream_resume: whether the bytes before the place are those of the mark. */
bool stream_fits(const struct stream *stream, const struct mark *mark);
/* Whether the file that is open still holds the bytes that were read from it, as far as that shows
 * at the first ones and, if it is not compressed, at the last ones. */
bool stream_is_intact(const struct stream *stream);

/* Whether the line that is not ended yet still stands there, as far as its first bytes show it. */
bool stream_rest_is_intact(const struct stream *stream);
/* Whether the file that is open still has a name. */
bool stream_has_name(const struct stream *stream);

/* The line without its newline that is at the end of a growing file so far; empty for other
 * forms. Lives until the stream is asked for more. */
struct text stream_rest(const struct stream *stream);
/* Hands it out as a record; NULL when there is none. The file may still grow. */
struct batch *stream_take_rest(struct stream *stream);
/* Gives back memory that is of no use until the file grows. */
void stream_rest_memory(struct stream *stream);

/* Compressed bytes read so far; 0: the stream is not compressed, or nothing was read. */
uint64_t stream_packed(const struct stream *stream);

/* Whether what was read so far ends in the middle of an archive. */
bool stream_is_cut(const struct stream *stream);

/* Bytes read so far (compressed ones, if it is), and in all (0 when not known), for progress. */
void stream_progress(const struct stream *stream, uint64_t *read, uint64_t *total);

#endif
