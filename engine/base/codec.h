/*
 * The encoding of blobs that outlive the process (windows, states of correlations, sets of kv, what
 * goes to temporary files): the same bytes on every machine.
 *
 *   u32, u64   4 or 8 bytes, the lowest first
 *   i64        the u64 of its two's complement
 *   bytes      as they are; both sides know their number
 *
 * A value has one encoding, so bytes that were read to their end come out again when what was read
 * is encoded. A layout that may change begins with its version, as a u32.
 *
 *   codec_put_u32(out, 3);                      struct codec_reader in = codec_reader_of(bytes);
 *   codec_put_i64(out, window->end);            if (codec_take_u32(&in) != 3)
 *   for (size_t i = 0; …)                         return codec_refuse(&in);
 *     codec_put_bytes(out, items[i], 32);       window->end = codec_take_i64(&in);
 *                                               while (codec_rest(&in).size > 0)
 *                                                 codec_copy_bytes(&in, items[count++], 32);
 *                                               return codec_end(&in);
 *
 * Threads: any; a buffer and a reader are values that serve one thread at a time.
 */
#ifndef BASE_CODEC_H
#define BASE_CODEC_H

#include "base/buffer.h"

/* ---- writing: appends to a buffer, cannot fail ---- */

void codec_put_u32(struct buffer *out, uint32_t number);
void codec_put_u64(struct buffer *out, uint64_t number);
void codec_put_i64(struct buffer *out, int64_t number);
void codec_put_bytes(struct buffer *out, const void *bytes, size_t size);

/* ---- reading ---- */

/* Owns nothing: the bytes must outlive it and every text that it gave. Callers may look at the
 * fields, and do not write them. */
struct codec_reader {
  struct text bytes;
  size_t at;   /* how many bytes are used up; at a fault: where the value begins */
  bool faulty; /* the bytes ended within a value, or go on behind the last, or were refused */
};

struct codec_reader codec_reader_of(struct text bytes);

/*
 * Never read past the end. The first fault stays: from then on all of them give 0 or an empty text
 * and use nothing up. So a caller may read a whole struct before it asks codec_ok; but a loop needs
 * codec_rest as its bound, which ends it after a fault.
 */
uint32_t codec_take_u32(struct codec_reader *reader);
uint64_t codec_take_u64(struct codec_reader *reader);
int64_t codec_take_i64(struct codec_reader *reader);
/* Texts point into the reader's bytes, without a NUL behind them. */
struct text codec_take_bytes(struct codec_reader *reader, size_t size);

/* `size` bytes into `out`; zeros at a fault. */
void codec_copy_bytes(struct codec_reader *reader, void *out, size_t size);

/* What was not used up; empty after a fault. */
struct text codec_rest(const struct codec_reader *reader);

/* The caller refuses a value that it read, which is a fault. Always returns false. */
bool codec_refuse(struct codec_reader *reader);

bool codec_ok(const struct codec_reader *reader);

/* To be asked last: true when there was no fault and all was used up; else that is a fault. */
bool codec_end(struct codec_reader *reader);

#endif
