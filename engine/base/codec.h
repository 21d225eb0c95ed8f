/*
 * The encoding of blobs that outlive the process (windows, states of correlations, sets of kv, what
 * goes to temporary files): the same bytes on every machine.
 *
 *   header     4 bytes: 0xd6, kind, version, 0x6d
 *   u8         1 byte
 *   u32, u64   4 or 8 bytes, the lowest first
 *   i64        the u64 of its two's complement
 *   double     the u64 of its IEEE 754 bits; a NaN keeps its bits
 *   bool       1 byte, 0 or 1
 *   varint     7 bits a byte, the lowest first; the top bit says that another byte follows (LEB128)
 *   count      a varint
 *   text       its size as a varint, then its bytes
 *   bytes      as they are; both sides know their number
 *
 * A value has one encoding, and a reader refuses all others (a varint that is longer than it needs
 * to be, a bool of 2). So bytes that were read to their end come out again when what was read is
 * encoded.
 *
 *   codec_put_header(out, 'w', 3);              struct codec_reader in = codec_reader_of(bytes);
 *   codec_put_i64(out, window->end);            unsigned version;
 *   codec_put_count(out, window->count);        codec_take_header(&in, 'w', 3, 3, &version);
 *   for (size_t i = 0; …)                       window->end = codec_take_i64(&in);
 *     codec_put_text(out, window->items[i]);    size_t count = codec_take_count(&in, 1, ITEMS_MAX);
 *                                               for (size_t i = 0; i < count; i++)
 *                                                 items[i] = codec_take_text(&in);
 *                                               return codec_end(&in);
 *
 * Threads: any; a buffer and a reader are values that serve one thread at a time.
 */
#ifndef BASE_CODEC_H
#define BASE_CODEC_H

#include "base/buffer.h"
#include "base/error.h"

/* ---- writing: appends to a buffer, cannot fail ---- */

/* Kinds are letters that the callers choose; blobs that may be taken for each other have different
 * ones. `version` is 1 to 255. */
void codec_put_header(struct buffer *out, char kind, unsigned version);

void codec_put_u8(struct buffer *out, uint8_t number);
void codec_put_u32(struct buffer *out, uint32_t number);
void codec_put_u64(struct buffer *out, uint64_t number);
void codec_put_i64(struct buffer *out, int64_t number);
void codec_put_double(struct buffer *out, double number);
void codec_put_bool(struct buffer *out, bool value);
void codec_put_varint(struct buffer *out, uint64_t number);
void codec_put_count(struct buffer *out, size_t count);
void codec_put_text(struct buffer *out, struct text text);
void codec_put_bytes(struct buffer *out, const void *bytes, size_t size);

/* ---- reading ---- */

enum codec_fault {
  CODEC_SOUND,
  CODEC_TOO_SHORT,     /* the bytes end within a value, or hold fewer items than a count says */
  CODEC_TOO_LONG,      /* bytes are left over */
  CODEC_BAD_VALUE,     /* no value's encoding, past a bound, or refused by the caller */
  CODEC_OTHER_KIND,    /* a blob of another kind, or none of this codec's */
  CODEC_OTHER_VERSION, /* of the right kind, older or newer than the caller reads */
};

/* Owns nothing: the bytes must outlive it and every text that it gave. Callers may look at the
 * fields, and do not write them. */
struct codec_reader {
  struct text bytes;
  size_t at; /* how many bytes are used up; at a fault: where the value begins */
  enum codec_fault fault;
};

struct codec_reader codec_reader_of(struct text bytes);

/*
 * The blob's version, from `oldest` to `newest`; false is a fault. Bytes without a header are
 * version 0: nothing of them is used up, and they are refused unless `oldest` is 0. (State files
 * of margay 0.1.0 hold such blobs. They begin with a u32 below 2^24, which no header is, and their
 * numbers are fixed in size: where a little-endian machine wrote them, the functions below read
 * them.)
 *
 * An older version: go on with the functions that read it, from this reader.
 */
bool codec_take_header(struct codec_reader *reader, char kind, unsigned oldest, unsigned newest,
                       unsigned *version);

/*
 * Never read past the end. The first fault stays: from then on all of them give 0, false or an
 * empty text and use nothing up. So a caller may read a whole struct before it asks codec_ok; but
 * a loop needs codec_take_count or codec_rest as its bound, which both end it after a fault.
 */
uint8_t codec_take_u8(struct codec_reader *reader);
uint32_t codec_take_u32(struct codec_reader *reader);
uint64_t codec_take_u64(struct codec_reader *reader);
int64_t codec_take_i64(struct codec_reader *reader);
double codec_take_double(struct codec_reader *reader);
bool codec_take_bool(struct codec_reader *reader);
uint64_t codec_take_varint(struct codec_reader *reader);

/* A u8 below `choices`, as an enum is written. */
unsigned codec_take_choice(struct codec_reader *reader, unsigned choices);

/* The count of items that follow: at most `most`, and no more than there is room for when each
 * takes `item_size` bytes at least (1 or more). So the count may be allocated for. */
size_t codec_take_count(struct codec_reader *reader, size_t item_size, size_t most);

/* Texts point into the reader's bytes, without a NUL behind them. */
struct text codec_take_text(struct codec_reader *reader);
struct text codec_take_bytes(struct codec_reader *reader, size_t size);

/* `size` bytes into `out`; zeros at a fault. */
void codec_copy_bytes(struct codec_reader *reader, void *out, size_t size);

/* What was not used up; empty after a fault. */
struct text codec_rest(const struct codec_reader *reader);

/* The caller refuses a value that it read: CODEC_BAD_VALUE, unless there is a fault already.
 * Always returns false. */
bool codec_refuse(struct codec_reader *reader);

bool codec_ok(const struct codec_reader *reader);

/* To be asked last: true when there was no fault and all was used up; else that is a fault. */
bool codec_end(struct codec_reader *reader);

/* Sets the error from the reader's fault: "the saved window cannot be read: it ends too early (at
 * byte 12 of 15)", where `what` is "the saved window". Always returns false. */
bool codec_error(const struct codec_reader *reader, const char *what, struct error *error);

#endif
