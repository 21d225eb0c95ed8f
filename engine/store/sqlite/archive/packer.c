#include "store/sqlite/archive/packer.h"

#include "base/memory.h"
#include "store/sqlite/archive/number.h"

#include <stdlib.h>
#include <string.h>
#include <zdict.h>
#include <zlib.h>
#include <zstd.h>

/* Level 3 takes 3 % less, but its tables of a dictionary 440 KiB of memory and of the processor's
 * cache in the place of 80; level 6 takes three times as long. */
#define LEVEL 1
/* For a state of 5 KB this takes half the time of level 1, and a fifth more bytes. */
#define QUICK_LEVEL (-5)
/* 16 KiB take 4 % more; the double takes 4 % less for sign-ins and nothing less for webhooks. */
#define DICTIONARY_BYTES ((size_t)32 * 1024)
#define SAMPLES_PER_BYTE 4 /* bytes of samples for each of the dictionary; zstd asks for many */
#define TABLES_BYTES 1024  /* of the dictionary, for what is not its content */
#define LEFT_OUT 8         /* every eighth sample is for the trial */

#define MAGIC_SIZE 4 /* ZSTD_MAGICNUMBER, the lowest byte first (RFC 8878, 3.1.1) */

struct packer {
  ZSTD_CCtx *packing;
  ZSTD_DCtx *unpacking;
  struct buffer plain, packed, frame;
};

struct packer *packer_new(void) {
  struct packer *packer = memory_alloc(sizeof *packer);
  packer->packing = ZSTD_createCCtx();
  packer->unpacking = ZSTD_createDCtx();
  if (!packer->packing || !packer->unpacking)
    memory_exhausted();
  ZSTD_CCtx_setParameter(packer->packing, ZSTD_c_compressionLevel, LEVEL);
  ZSTD_CCtx_setParameter(packer->packing, ZSTD_c_checksumFlag, 1);
  ZSTD_CCtx_setParameter(packer->packing, ZSTD_c_dictIDFlag, 0);
  return packer;
}

struct packer *packer_new_quick(void) {
  struct packer *packer = packer_new();
  ZSTD_CCtx_setParameter(packer->packing, ZSTD_c_compressionLevel, QUICK_LEVEL);
  return packer;
}

void packer_free(struct packer *packer) {
  if (!packer)
    return;
  ZSTD_freeCCtx(packer->packing);
  ZSTD_freeDCtx(packer->unpacking);
  buffer_free(&packer->plain);
  buffer_free(&packer->packed);
  buffer_free(&packer->frame);
  free(packer);
}

/* ---- dictionaries ------------------------------------------------------------------------ */

struct dictionary *dictionary_new(int64_t id, struct text bytes) {
  struct dictionary *dictionary = memory_alloc(sizeof *dictionary);
  dictionary->id = id;
  dictionary->bytes = memory_copy_bytes(bytes.data, bytes.size);
  dictionary->size = bytes.size;
  return dictionary;
}

void dictionary_free(struct dictionary *dictionary) {
  if (!dictionary)
    return;
  ZSTD_freeCDict(dictionary->packing);
  ZSTD_freeDDict(dictionary->unpacking);
  free(dictionary->bytes);
  free(dictionary);
}

int64_t packer_checksum(struct text bytes) {
  return (int64_t)crc32_z(crc32(0, NULL, 0), (const Bytef *)bytes.data, bytes.size);
}

/* Bytes that are no dictionary of zstd's make none; then what was packed with it cannot be read. */
static const ZSTD_DDict *unpacking(struct dictionary *dictionary) {
  if (!dictionary->unpacking)
    dictionary->unpacking = ZSTD_createDDict(dictionary->bytes, dictionary->size);
  return dictionary->unpacking;
}

static const ZSTD_CDict *packing(struct dictionary *dictionary) {
  if (!dictionary->packing)
    dictionary->packing = ZSTD_createCDict(dictionary->bytes, dictionary->size, LEVEL);
  return dictionary->packing;
}

static void append_plain(struct buffer *out, struct text source_id, struct text record) {
  number_put(out, source_id.size);
  buffer_append_text(out, source_id);
  buffer_append_text(out, record);
}

void packer_samples_add(struct packer_samples *samples, struct text source_id, struct text record) {
  size_t before = samples->bytes.size;
  append_plain(&samples->bytes, source_id, record);
  samples->sizes = memory_reserve(samples->sizes, &samples->capacity, samples->count + 1,
                                  sizeof *samples->sizes);
  samples->sizes[samples->count++] = samples->bytes.size - before;
}

void packer_samples_free(struct packer_samples *samples) {
  buffer_free(&samples->bytes);
  free(samples->sizes);
  *samples = (struct packer_samples){.count = 0};
}

static bool is_left_out(size_t sample) {
  return sample % LEFT_OUT == LEFT_OUT - 1;
}

/* Whole samples, evenly from all of them, with `most` bytes at most. */
static void append_spread(struct buffer *out, const struct buffer *bytes, const size_t *sizes,
                          size_t count, size_t most) {
  size_t due = 0; /* bytes that there would be if samples could be cut */
  for (size_t i = 0, at = 0; i < count; at += sizes[i++]) {
    due = (size_t)((double)most * (double)(at + sizes[i]) / (double)bytes->size);
    if (out->size + sizes[i] <= most && out->size + sizes[i] / 2 <= due)
      buffer_append(out, bytes->data + at, sizes[i]);
  }
}

bool packer_train(const struct packer_samples *samples, struct buffer *bytes) {
  struct buffer used = BUFFER_NONE, content = BUFFER_NONE;
  size_t *sizes = memory_alloc_array(samples->count + 1, sizeof *sizes), count = 0, at = 0;
  for (size_t i = 0; i < samples->count; at += samples->sizes[i++]) {
    if (is_left_out(i))
      continue;
    buffer_append(&used, samples->bytes.data + at, samples->sizes[i]);
    sizes[count++] = samples->sizes[i];
  }
  size_t room = used.size / SAMPLES_PER_BYTE;
  room = room < DICTIONARY_BYTES ? room : DICTIONARY_BYTES;
  if (room > TABLES_BYTES)
    append_spread(&content, &used, sizes, count, room - TABLES_BYTES);
  buffer_reset(bytes);
  size_t size = content.size == 0
                    ? 0
                    : ZDICT_finalizeDictionary(buffer_reserve(bytes, room), room, content.data,
                                               content.size, used.data, sizes, (unsigned)count,
                                               (ZDICT_params_t){.compressionLevel = LEVEL});
  bool ok = size > 0 && !ZDICT_isError(size);
  if (ok)
    bytes->size = size;
  buffer_free(&used);
  buffer_free(&content);
  free(sizes);
  return ok;
}

/* ---- packing ----------------------------------------------------------------------------- */

/* The dictionary's number is written in front of the frame, over the end of its magic. */
bool packer_pack_bytes(struct packer *packer, struct dictionary *dictionary, struct text bytes,
                       struct text *packed) {
  const ZSTD_CDict *words = dictionary ? packing(dictionary) : NULL;
  struct buffer *out = &packer->packed, *number = &packer->frame;
  buffer_reset(out);
  buffer_reset(number);
  if (dictionary && (!words || dictionary->id < 1))
    return false;
  number_put(number, dictionary ? (uint64_t)dictionary->id : 0);
  size_t room = ZSTD_compressBound(bytes.size);
  char *start = buffer_reserve(out, NUMBER_BYTES_MAX + room);
  ZSTD_CCtx_refCDict(packer->packing, words);
  size_t size =
      ZSTD_compress2(packer->packing, start + NUMBER_BYTES_MAX, room, bytes.data, bytes.size);
  if (ZSTD_isError(size) || size <= MAGIC_SIZE)
    return false;
  char *frame = start + NUMBER_BYTES_MAX + MAGIC_SIZE - number->size;
  memcpy(frame, number->data, number->size);
  *packed = (struct text){frame, size - MAGIC_SIZE + number->size};
  return true;
}

bool packer_pack(struct packer *packer, struct dictionary *dictionary, struct text source_id,
                 struct text record, struct text *packed) {
  buffer_reset(&packer->plain);
  append_plain(&packer->plain, source_id, record);
  return packer->plain.size <= PACKER_UNPACKED_MAX &&
         packer_pack_bytes(packer, dictionary, buffer_text(&packer->plain), packed) &&
         packed->size < source_id.size + record.size;
}

struct packer_trial packer_try(struct packer *packer, struct dictionary *dictionary,
                               const struct packer_samples *samples) {
  struct packer_trial trial = {.samples = 0};
  for (size_t i = 0, at = 0; i < samples->count; at += samples->sizes[i++]) {
    struct text plain = {samples->bytes.data + at, samples->sizes[i]}, packed;
    if (!is_left_out(i))
      continue;
    trial.samples++;
    trial.plain += plain.size;
    trial.packed +=
        packer_pack_bytes(packer, dictionary, plain, &packed) ? packed.size : plain.size;
  }
  return trial;
}

/* ---- unpacking --------------------------------------------------------------------------- */

int64_t packed_dictionary(struct text packed) {
  uint64_t id;
  return number_take(&packed, &id) ? (int64_t)id : -1;
}

/* The frame with its magic, in `frame`. */
static bool restore_frame(struct text packed, struct buffer *frame) {
  static const unsigned char magic[MAGIC_SIZE] = {0x28, 0xb5, 0x2f, 0xfd};
  uint64_t id;
  buffer_reset(frame);
  if (!number_take(&packed, &id))
    return false;
  buffer_append(frame, magic, sizeof magic);
  buffer_append_text(frame, packed);
  return true;
}

/* A frame's size stands in its first bytes. */
#define FRAME_START_MAX ((size_t)32)

static size_t frame_content(struct text frame) {
  unsigned long long size = ZSTD_getFrameContentSize(frame.data, frame.size);
  bool known = size != ZSTD_CONTENTSIZE_UNKNOWN && size != ZSTD_CONTENTSIZE_ERROR;
  return known && size <= PACKER_UNPACKED_MAX ? (size_t)size : 0;
}

size_t packed_size(struct text packed) {
  struct buffer frame = BUFFER_NONE;
  packed.size = packed.size < FRAME_START_MAX ? packed.size : FRAME_START_MAX;
  size_t size = restore_frame(packed, &frame) ? frame_content(buffer_text(&frame)) : 0;
  buffer_free(&frame);
  return size;
}

static const char damaged[] = "its bytes are damaged";

const char *packer_unpack_bytes(struct packer *packer, struct dictionary *dictionary,
                                struct text packed, size_t most, struct buffer *unpacked) {
  const ZSTD_DDict *words = dictionary ? unpacking(dictionary) : NULL;
  if (dictionary && !words)
    return "its dictionary is damaged";
  size_t size =
      restore_frame(packed, &packer->frame) ? frame_content(buffer_text(&packer->frame)) : 0;
  if (size == 0 || size > most)
    return damaged;
  buffer_reset(unpacked);
  size_t got = ZSTD_decompress_usingDDict(packer->unpacking, buffer_reserve(unpacked, size), size,
                                          packer->frame.data, packer->frame.size, words);
  if (got != size)
    return damaged;
  unpacked->size = size;
  unpacked->data[size] = '\0';
  return NULL;
}

const char *packer_unpack(struct packer *packer, struct dictionary *dictionary, struct text packed,
                          struct buffer *unpacked, struct text *source_id, struct text *record) {
  uint64_t source_size;
  const char *why = packer_unpack_bytes(packer, dictionary, packed, PACKER_UNPACKED_MAX, unpacked);
  if (why)
    return why;
  struct text rest = buffer_text(unpacked);
  if (!number_take(&rest, &source_size) || source_size > rest.size)
    return damaged;
  *source_id = (struct text){rest.data, (size_t)source_size};
  *record = (struct text){rest.data + source_size, rest.size - (size_t)source_size};
  return NULL;
}
