/*
 * Events as few bytes: zstd, with a dictionary of what the events of one log type have in common.
 *
 * Events that come together are packed together (block.h). One that comes alone is packed by
 * itself: a record of 180 bytes hardly gets smaller by that; with a dictionary that was trained on
 * a thousand of its kind it takes 45.
 *
 *   what is packed   the length of the source's id (LEB128), the id, the record
 *   packed bytes     the number of the dictionary (LEB128), then zstd's frame without its first
 *                    four bytes, which are always the same. The frame has the size and a checksum
 *                    of what is packed.
 *
 * A dictionary's number is never 0. Only a block may be packed without one, and has the number 0.
 *
 * Nothing here knows the store. Threads: a packer and a dictionary serve one at a time.
 */
#ifndef STORE_SQLITE_ARCHIVE_PACKER_H
#define STORE_SQLITE_ARCHIVE_PACKER_H

#include "base/buffer.h"

/* The version of the layout above; it stands beside each dictionary. */
#define PACKER_FORMAT 1

/* No event is larger: records end at 16 MiB (event/json/json.h). */
#define PACKER_UNPACKED_MAX ((size_t)64 << 20)

/* zstd's working memory. */
struct packer;
struct packer *packer_new(void);
/* For bytes that are packed again and again: they get less small, in half the time. Any packer
 * unpacks them. */
struct packer *packer_new_quick(void);
void packer_free(struct packer *packer); /* NULL is fine */

struct dictionary {
  int64_t id;                /* above 0 */
  void *packing, *unpacking; /* zstd's; made at first use */
  char *bytes;               /* owned, of `size` */
  size_t size;
};
struct dictionary *dictionary_new(int64_t id, struct text bytes);
void dictionary_free(struct dictionary *dictionary); /* NULL is fine */

/* Shows whether bytes are still what was written, as those of a dictionary, beside which it is
 * kept. CRC-32 (zlib's), so never negative. */
int64_t packer_checksum(struct text bytes);

/* What a dictionary is made of and tried on: bytes as they would be packed, one after the other. */
struct packer_samples {
  struct buffer bytes;
  size_t *sizes; /* of `capacity` */
  size_t count, capacity;
};
void packer_samples_add(struct packer_samples *samples, struct text source_id, struct text record);
void packer_samples_free(struct packer_samples *samples);

/* Makes a dictionary's bytes of samples; every eighth is left for packer_try. False: they are too
 * few. */
bool packer_train(const struct packer_samples *samples, struct buffer *bytes);

/* How many bytes the samples take that no dictionary was made of: as they are, and packed. */
struct packer_trial {
  size_t samples, plain, packed;
};
struct packer_trial packer_try(struct packer *packer, struct dictionary *dictionary,
                               const struct packer_samples *samples);

/* Packs an event. The bytes live until the next call. False: that would not make it smaller. */
bool packer_pack(struct packer *packer, struct dictionary *dictionary, struct text source_id,
                 struct text record, struct text *packed);

/* The same for any bytes; without a dictionary when it is NULL. False: it failed. */
bool packer_pack_bytes(struct packer *packer, struct dictionary *dictionary, struct text bytes,
                       struct text *packed);

/* Which dictionary bytes were packed with; 0: with none; -1: they are damaged. */
int64_t packed_dictionary(struct text packed);

/* How many bytes an event takes unpacked, as the packed ones say; 0: they are damaged. */
size_t packed_size(struct text packed);

/* An event in `unpacked`, whose old contents are gone. Any bytes may be given: NULL when it went
 * well, else what is wrong with them ("the bytes are damaged"). */
const char *packer_unpack(struct packer *packer, struct dictionary *dictionary, struct text packed,
                          struct buffer *unpacked, struct text *source_id, struct text *record);

/* The same for what packer_pack_bytes packed, if it has `most` bytes at most: no memory is taken
 * for more. */
const char *packer_unpack_bytes(struct packer *packer, struct dictionary *dictionary,
                                struct text packed, size_t most, struct buffer *unpacked);

#endif
