/*
 * What the files of a stream share: stream_read.c reads its bytes, stream_cut.c cuts them into
 * batches, stream.c is its life and its place.
 */
#ifndef SOURCE_FILE_STREAM_INTERNAL_H
#define SOURCE_FILE_STREAM_INTERNAL_H

#include "event/batch/batch_file.h"
#include "event/json/json.h"
#include "source/file/framing.h"
#include "source/file/stream.h"
#include "source/file/unpack.h"

#define BLOCK_SIZE ((size_t)256 * 1024)
/* Kept of a record that is too long, so that its reader sees that it is. */
#define CUT_SIZE ((size_t)JSON_SIZE_MAX + 1)

struct stream {
  int file;
  char *path; /* for errors */
  enum framing_form form;
  bool ended;    /* the end was seen and reported */
  bool at_start; /* a byte order mark may come */
  uint64_t total, bytes_read;

  /* What is compressed is unpacked while it is read; positions are those of what comes out. */
  struct unpack *unpack; /* NULL: it is not */
  bool form_known;       /* whether it is compressed */
  char first[UNPACK_MAGIC_SIZE];
  size_t first_size; /* bytes read before that was known */
  bool cut_reported;

  /* Read but not handed out. Lines: the last line so far; values: the rest of a block. */
  struct buffer carry;
  uint64_t carry_position; /* of carry.data[0] */

  /* Lines only: bytes of a line that is too long, read and dropped behind the carry's. */
  uint64_t dropped;

  struct batch_file *planned; /* NULL, or the file is left to those who load its batches */

  /* Values only. */
  struct framer framer;
  size_t cursor;         /* within carry */
  struct framed pending; /* came after a batch of another log type; place is before it */
  bool has_pending;
  struct framing_place place; /* after everything handed out */

  /* The first bytes, and the last ones before the place. */
  struct mark_edge start, end;
};

/* Reads at most BLOCK_SIZE bytes (stream_read.c). Returns how many, 0 at the end (or at the end so
 * far), -1 on an error. */
ssize_t stream_read_block(struct stream *stream, char *into, bool growing, struct error *error);

/* Bytes that were read behind `position`: the first ones of the stream are kept. */
void stream_keep_start(struct stream *stream, uint64_t position, const char *bytes, size_t size);

/* As stream_next, of a stream of that form (stream_cut.c). */
struct batch *stream_next_lines(struct stream *stream, bool growing, struct error *error);
struct batch *stream_next_values(struct stream *stream, bool growing, struct error *error);

#endif
