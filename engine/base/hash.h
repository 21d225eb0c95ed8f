/*
 * The hash of tables in memory, whose keys are texts of events: whoever is watched chooses these.
 *
 * With a hash that everybody can calculate, somebody who gives people, files or meetings their
 * names makes thousands of one hash (a flood), and a table takes a walk over all of them for each.
 * So this one has a key, which is made at random when the process starts. Each eight bytes go into
 * the state, which is multiplied by a secret word; both halves of the product of 128 bits are then
 * folded into one: the folded multiply of wyhash (https://github.com/wangyi-fudan/wyhash) and
 * foldhash (https://github.com/orlp/foldhash). All that is multiplied holds a secret word, and
 * there are no constants: known ones are what floods of such hashes were made of
 * (https://github.com/Nicoshev/rapidhash/issues/10).
 *
 * What it resists: a flood that was made without the key, thus one that was made for another
 * process. What it does not: somebody who learns hashes, or the key, from a process that runs, be
 * it by measuring how long events take; and two texts that differ by a word and its complement have
 * one hash with one key in some hundred million (https://github.com/orlp/foldhash/issues/50), so a
 * pair may meet, but no crowd. It is no identity: tables compare the texts too. A table's order
 * differs between processes: what is shown or stored is in another order.
 *
 * A hash that is stored or shown is text_hash (base/text.h), which has no key.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/text.h"

struct hash_key {
  uint64_t start;  /* of the state */
  uint64_t factor; /* of each product: odd, and large, as a small one would leave bits out */
  uint64_t size;   /* of a text's size, so that nobody knows by what two sizes differ */
};

/* Made before main begins, and read by all threads. A test may set another before any table or
 * thread is there; builds for fuzzing have a fixed one, so that what they find is found again. */
extern struct hash_key hash_key;

__extension__ typedef unsigned __int128 hash_product;

/* The hash of a text is that of its eights, the first with hash_start; unless it is empty. */
static inline uint64_t hash_start(size_t size) {
  return hash_key.start + size * hash_key.size;
}
static inline uint64_t hash_8(uint64_t hash, uint64_t eight) {
  hash_product product = (hash_product)(hash ^ eight) * hash_key.factor;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The last one to seven bytes of a text, as text_load_8 gives them with zeros behind; 0 if there
 * are none behind the eights. */
static inline uint64_t hash_load_rest(struct text text) {
  const char *data = text.data;
  const size_t size = text.size, rest = size % 8;
  if (rest == 0)
    return 0;
  if (size >= 8)
    return text_load_8(data + size - 8) >> 8 * (8 - rest);
  if (size >= 4)
    return text_load_4(data) | (uint64_t)text_load_4(data + size - 4) << 8 * (size - 4);
  /* Of one byte or two, some are the same. */
  return (uint64_t)(uint8_t)data[0] | (uint64_t)(uint8_t)data[size / 2] << 8 * (size / 2) |
         (uint64_t)(uint8_t)data[size - 1] << 8 * (size - 1);
}

/* Of an empty text 0, with every key: static tables may hold it. */
static inline uint64_t hash_text(struct text text) {
  uint64_t hash = text.size ? hash_start(text.size) : 0;
  for (size_t at = 0; at + 8 <= text.size; at += 8)
    hash = hash_8(hash, text_load_8(text.data + at));
  return text.size % 8 ? hash_8(hash, hash_load_rest(text)) : hash;
}

/* Of what is no text, such as a hash that is stored. */
static inline uint64_t hash_number(uint64_t number) {
  return hash_8(hash_key.start, number);
}

#endif
