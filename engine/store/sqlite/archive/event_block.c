#include "store/sqlite/archive/event_block.h"

#include "base/memory.h"
#include "store/sqlite/archive/archive.h"
#include "store/sqlite/archive/block.h"

#include <inttypes.h>
#include <stdlib.h>

/* Percent of what its events take as they came that a block may take. */
#define BLOCK_WORTH 90

/* Blocks that are kept unpacked: sets of some, by their ids, the one that was read last first. 128
 * are what the largest batch has, and what many sources side by side read from. */
#define SETS 32
#define WAYS 4

struct unpacked_block {
  int64_t id; /* 0: none */
  size_t packed_size;
  struct buffer bytes;
  struct block_event *events; /* of `capacity`, in the bytes */
  size_t count, capacity;
};

/* An event of a batch, among those of its log type. */
struct member {
  time_us time;
  size_t event;
};

struct event_blocks {
  /* Of the batch that is added. */
  struct place {
    int64_t block; /* 0: none */
    size_t place;
  } * places;
  struct member *members;
  struct packed_type **types;
  size_t count, place_capacity, member_capacity, type_capacity;
  size_t placed; /* in blocks */
  struct buffer plain;
  struct block_reference reference;

  struct unpacked_block *unpacked; /* SETS * WAYS; NULL: no block was read yet */
  uint64_t rollbacks;              /* of the handle, when the first of them was read */
};

static struct event_blocks *blocks_of(struct store *store) {
  if (!store->blocks)
    store->blocks = memory_alloc(sizeof *store->blocks);
  return store->blocks;
}

void event_blocks_forget(struct store *store) {
  struct event_blocks *blocks = store->blocks;
  if (!blocks || !blocks->unpacked)
    return;
  for (size_t i = 0; i < (size_t)SETS * WAYS; i++) {
    buffer_free(&blocks->unpacked[i].bytes);
    free(blocks->unpacked[i].events);
  }
  free(blocks->unpacked);
  blocks->unpacked = NULL;
}

void event_blocks_free(struct store *store) {
  struct event_blocks *blocks = store->blocks;
  if (!blocks)
    return;
  event_blocks_forget(store);
  buffer_free(&blocks->plain);
  free(blocks->places);
  free(blocks->members);
  free(blocks->types);
  free(blocks);
}

/* ---- adding ------------------------------------------------------------------------------ */

/* Packs `count` events into one block, unless it is not worth it. */
static bool add_block(struct store *store, const struct packed_type *type,
                      const struct store_event *events, const struct member *members, size_t count,
                      struct error *error) {
  struct event_blocks *blocks = store->blocks;
  struct block_event in_block[BLOCK_EVENTS_MAX];
  struct text packed;
  if (count < BLOCK_EVENTS_MIN)
    return true;
  for (size_t i = 0; i < count; i++)
    in_block[i] =
        (struct block_event){events[members[i].event].source_id, events[members[i].event].record};
  buffer_reset(&blocks->plain);
  block_write(&blocks->plain, in_block, count);
  if (!packer_pack_bytes(store->packing->packer, type->current, buffer_text(&blocks->plain),
                         &packed) ||
      packed.size * 100 > blocks->plain.size * BLOCK_WORTH)
    return true;
  if (!statement_run(store, STATEMENT_BLOCK_ADD, error,
                     STATEMENT_ARGUMENTS(AS_INTEGER((int64_t)count), AS_INTEGER(BLOCK_FORMAT),
                                         AS_TEXT(packed))))
    return false;
  int64_t block = sqlite3_last_insert_rowid(store->db);
  for (size_t i = 0; i < count; i++)
    blocks->places[members[i].event] = (struct place){block, i};
  blocks->placed += count;
  return true;
}

/* Blocks of about as many events each. One that is large ends a block. */
static bool add_type(struct store *store, const struct packed_type *type,
                     const struct store_event *events, const struct member *members, size_t count,
                     struct error *error) {
  size_t blocks = (count + BLOCK_EVENTS - 1) / BLOCK_EVENTS, first = 0, bytes = 0;
  size_t most = (count + blocks - 1) / blocks;
  bool ok = true;
  for (size_t i = 0; ok && i < count; i++) {
    const struct store_event *event = &events[members[i].event];
    size_t size = event->source_id.size + event->record.size;
    if (i > first && (i - first == most || size > BLOCK_BYTES - bytes)) {
      ok = add_block(store, type, events, members + first, i - first, error);
      first = i;
      bytes = 0;
    }
    bytes += size < BLOCK_BYTES - bytes ? size : BLOCK_BYTES - bytes;
  }
  /* An event that is larger than any block may be stands alone by now. */
  return ok && add_block(store, type, events, members + first, count - first, error);
}

static int by_time(const void *left, const void *right) {
  const struct member *a = left, *b = right;
  if (a->time != b->time)
    return a->time < b->time ? -1 : 1;
  return (a->event > b->event) - (a->event < b->event);
}

static bool are_sorted(const struct member *members, size_t count) {
  for (size_t i = 1; i < count; i++)
    if (members[i].time < members[i - 1].time)
      return false;
  return true;
}

/* The members of each log type behind each other. Types are chained by `next_in_batch`, and know
 * where theirs begin and how many they are. */
static struct packed_type *sort_by_type(struct store *store, const struct store_event *events,
                                        size_t count) {
  struct event_blocks *blocks = store->blocks;
  struct packed_type *chain = NULL;
  for (size_t i = 0; i < count; i++) {
    struct packed_type *type = packing_type(store, events[i].log_type);
    blocks->types[i] = type;
    if (type->in_batch++ == 0) {
      type->next_in_batch = chain;
      chain = type;
    }
  }
  size_t begin = 0;
  for (struct packed_type *type = chain; type; type = type->next_in_batch) {
    type->batch_begin = begin;
    begin += type->in_batch;
    type->in_batch = 0;
  }
  for (size_t i = 0; i < count; i++) {
    struct packed_type *type = blocks->types[i];
    blocks->members[type->batch_begin + type->in_batch++] =
        (struct member){events[i].event_time, i};
  }
  return chain;
}

static void reserve(struct event_blocks *blocks, size_t count) {
  blocks->places =
      memory_reserve(blocks->places, &blocks->place_capacity, count, sizeof *blocks->places);
  blocks->members =
      memory_reserve(blocks->members, &blocks->member_capacity, count, sizeof *blocks->members);
  blocks->types =
      memory_reserve(blocks->types, &blocks->type_capacity, count, sizeof(struct packed_type *));
  memset(blocks->places, 0, count * sizeof *blocks->places);
  blocks->count = count;
  blocks->placed = 0;
}

/* In order of time, because events are read so: a batch may have them in any. */
bool event_blocks_add(struct store *store, const struct store_event *events, size_t count,
                      struct error *error) {
  if (!store->packing || !store->packing->compress || count < BLOCK_EVENTS_MIN)
    return true;
  struct event_blocks *blocks = blocks_of(store);
  bool ok = true;
  reserve(blocks, count);
  for (struct packed_type *type = sort_by_type(store, events, count); type;
       type = type->next_in_batch) {
    struct member *members = blocks->members + type->batch_begin;
    if (ok && type->in_batch >= BLOCK_EVENTS_MIN) {
      if (!are_sorted(members, type->in_batch))
        qsort(members, type->in_batch, sizeof *members, by_time);
      ok = add_type(store, type, events, members, type->in_batch, error);
    }
    type->in_batch = 0;
  }
  return ok;
}

bool event_blocks_refer(struct store *store, size_t event, struct text *packed) {
  struct event_blocks *blocks = store->blocks;
  if (!blocks || event >= blocks->count || blocks->places[event].block == 0)
    return false;
  blocks->reference = block_refer(blocks->places[event].block, blocks->places[event].place);
  *packed = (struct text){blocks->reference.bytes, blocks->reference.size};
  return true;
}

bool event_blocks_hold_all(const struct store *store) {
  const struct event_blocks *blocks = store->blocks;
  return blocks && blocks->count > 0 && blocks->placed == blocks->count;
}

void event_blocks_added(struct store *store) {
  if (store->blocks)
    store->blocks->count = 0;
}

/* ---- reading ----------------------------------------------------------------------------- */

/* Unpacks the bytes of a row. */
static bool unpack(struct store *store, struct text packed, struct unpacked_block *block,
                   struct error *error) {
  struct block_event events[BLOCK_EVENTS_MAX];
  int64_t number = packed_dictionary(packed);
  struct dictionary *dictionary = number > 0 ? packing_dictionary(store, number, error) : NULL;
  if (number > 0 && !dictionary)
    return false;
  if (packer_unpack_bytes(packing_of(store)->packer, dictionary, packed, BLOCK_UNPACKED_MAX,
                          &block->bytes) ||
      (block->count = block_read(buffer_text(&block->bytes), events)) == 0)
    return error_set(error, "its block is damaged");
  block->events = memory_reserve(block->events, &block->capacity, block->count, sizeof *events);
  memcpy(block->events, events, block->count * sizeof *events);
  block->packed_size = packed.size;
  return true;
}

static bool load(struct store *store, int64_t id, struct unpacked_block *block,
                 struct error *error) {
  bool row = false;
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_BLOCK_GET, error, STATEMENT_ARGUMENTS(AS_INTEGER(id)));
  bool ok = statement && statement_next(store, statement, &row, error);
  if (ok && !row)
    ok = error_set(error, "its block %" PRId64 " is not there", id);
  else if (ok && sqlite3_column_int64(statement, 0) != BLOCK_FORMAT)
    ok = error_set(error, "its block was made by a newer margay: update this one");
  else
    ok = ok && unpack(store, column_text(statement, 1), block, error);
  statement_end(statement);
  block->id = ok ? id : 0;
  return ok;
}

/* Ids of blocks that were taken back are given again. */
static void drop_taken_back(struct store *store) {
  struct event_blocks *blocks = blocks_of(store);
  if (!blocks->unpacked)
    blocks->unpacked = memory_alloc_array((size_t)SETS * WAYS, sizeof *blocks->unpacked);
  for (size_t i = 0; blocks->rollbacks != store->rollbacks && i < (size_t)SETS * WAYS; i++)
    blocks->unpacked[i].id = 0;
  blocks->rollbacks = store->rollbacks;
}

/* A block, unpacked, until the next one is found. NULL with the error. */
static const struct unpacked_block *find_block(struct store *store, int64_t id,
                                               struct error *error) {
  drop_taken_back(store);
  struct unpacked_block *set = &store->blocks->unpacked[(size_t)(id % SETS) * WAYS], found;
  size_t way = 0;
  while (way < WAYS - 1 && set[way].id != id)
    way++;
  if (set[way].id != id && !load(store, id, &set[way], error))
    return NULL;
  if (way > 0) {
    found = set[way];
    memmove(set + 1, set, way * sizeof *set);
    set[0] = found;
  }
  return set;
}

/* The block of a reference and the event in it. NULL with the error. */
static const struct block_event *find_event(struct store *store, struct text reference,
                                            const struct unpacked_block **block,
                                            struct error *error) {
  int64_t id;
  size_t place;
  if (!block_resolve(reference, &id, &place)) {
    error_set(error, "its bytes are damaged");
    return NULL;
  }
  *block = find_block(store, id, error);
  if (*block && place >= (*block)->count)
    error_set(error, "its block %" PRId64 " does not have it", id);
  return *block && place < (*block)->count ? &(*block)->events[place] : NULL;
}

/* It is copied: what else is read with the handle may need the block's memory. */
bool event_unpack(struct store *store, struct text packed, struct buffer *unpacked,
                  struct text *source_id, struct text *record, struct error *error) {
  const struct unpacked_block *block;
  if (!block_is_reference(packed))
    return packing_unpack(store, packed, unpacked, source_id, record, error);
  const struct block_event *event = find_event(store, packed, &block, error);
  if (!event)
    return false;
  buffer_reset(unpacked);
  buffer_append_text(unpacked, event->source_id);
  buffer_append_text(unpacked, event->record);
  *source_id = (struct text){unpacked->data, event->source_id.size};
  *record = (struct text){unpacked->data + event->source_id.size, event->record.size};
  return true;
}

/* Its share of a block is the same for each of the block's events, but for what is left over. */
void event_measure(struct store *store, struct text packed, int64_t *plain, int64_t *kept) {
  struct error unreadable = ERROR_NONE; /* the archive's check reports it */
  const struct unpacked_block *block;
  *kept = (int64_t)packed.size;
  if (!block_is_reference(packed)) {
    *plain = (int64_t)packed_size(packed) - 1;
    return;
  }
  const struct block_event *event = find_event(store, packed, &block, &unreadable);
  *plain = event ? (int64_t)(event->source_id.size + event->record.size) : 0;
  if (event) {
    size_t place = (size_t)(event - block->events);
    *kept += (int64_t)(block->packed_size * (place + 1) / block->count -
                       block->packed_size * place / block->count);
  }
}
