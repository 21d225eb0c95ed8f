/*
 * What a power failure leaves of a state file, from the journal of tests/fault/shim.c.
 *
 *   images JOURNAL                        lists the entries: NUMBER KIND FILE
 *   images JOURNAL NUMBER LOSS SEED PATH  writes PATH and PATH-wal as they may be after that many
 * entries
 *
 * Whatever was synced is there. Of what was not, LOSS says what is left:
 *
 *   all    nothing
 *   some   any part: of each write some sectors, in no order; truncations or not. SEED chooses.
 *   none   everything, as after a kill
 *
 * That files exist is believed to be on the disk at once: both are synced with their folder when
 * SQLite makes them.
 */
#include "journal.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES = 2, SECTOR = 512 };

enum loss { LOSS_NONE, LOSS_ALL, LOSS_SOME };

static const char *const kind_names[] = {"write", "truncate", "sync", "remove"};
static const char *const file_names[FILES] = {"state", "wal"};

struct bytes {
  char *data;
  size_t size, capacity;
};

/* A file on the disk, and the entries since its last sync. */
struct disk {
  struct bytes content;
  bool exists;
  const struct journal_entry **pending; /* their bytes follow them */
  size_t pending_count, pending_capacity;
};

static void *must(void *memory) {
  if (!memory)
    abort();
  return memory;
}

static void resize(struct bytes *bytes, size_t size) {
  if (size > bytes->capacity) {
    bytes->capacity = size * 2;
    bytes->data = must(realloc(bytes->data, bytes->capacity));
  }
  if (size > bytes->size)
    memset(bytes->data + bytes->size, 0, size - bytes->size);
  bytes->size = size;
}

static void read_file(const char *path, struct bytes *bytes) {
  FILE *file = must(fopen(path, "rb"));
  char block[65536];
  size_t size;
  while ((size = fread(block, 1, sizeof block, file)) > 0) {
    size_t before = bytes->size;
    resize(bytes, before + size);
    memcpy(bytes->data + before, block, size);
  }
  fclose(file);
}

static void write_file(const char *path, const struct bytes *bytes) {
  FILE *file = must(fopen(path, "wb"));
  if (fwrite(bytes->data, 1, bytes->size, file) != bytes->size || fclose(file) != 0)
    abort();
}

/* The next entry, whose bytes follow it; NULL at the end. */
static const struct journal_entry *next_entry(const struct bytes *journal, size_t *at) {
  struct journal_entry entry;
  if (*at + sizeof entry > journal->size)
    return NULL;
  const void *place = journal->data + *at;
  memcpy(&entry, place, sizeof entry);
  *at += sizeof entry;
  if (entry.kind == JOURNAL_WRITE)
    *at += ((size_t)entry.size + 7) / 8 * 8;
  return place;
}

static bool chance(uint64_t *seed) { /* xorshift64 */
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return *seed >> 32 & 1;
}

static void put(struct bytes *content, const struct journal_entry *entry, size_t from,
                size_t size) {
  size_t offset = (size_t)entry->offset + from;
  if (content->size < offset + size)
    resize(content, offset + size);
  memcpy(content->data + offset, (const char *)(entry + 1) + from, size);
}

/* Half of the writes are there whole or not at all, of the others some sectors. */
static void apply(struct disk *disk, const struct journal_entry *entry, enum loss loss,
                  uint64_t *seed) {
  bool all = loss == LOSS_NONE || chance(seed), torn = !all && chance(seed);
  size_t size = (size_t)entry->size;
  switch (entry->kind) {
  case JOURNAL_WRITE:
    disk->exists = true;
    if (all)
      put(&disk->content, entry, 0, size);
    for (size_t from = 0; torn && from < size; from += SECTOR)
      if (chance(seed))
        put(&disk->content, entry, from, size - from < SECTOR ? size - from : SECTOR);
    break;
  case JOURNAL_TRUNCATE:
    if (all)
      resize(&disk->content, (size_t)entry->offset);
    break;
  case JOURNAL_REMOVE:
    disk->exists = !all;
    if (all)
      disk->content.size = 0;
    break;
  default:
    break;
  }
}

static void apply_pending(struct disk *disk, enum loss loss, uint64_t *seed) {
  for (size_t i = 0; loss != LOSS_ALL && i < disk->pending_count; i++)
    apply(disk, disk->pending[i], loss, seed);
  disk->pending_count = 0;
}

static void add_pending(struct disk *disk, const struct journal_entry *entry) {
  if (disk->pending_count == disk->pending_capacity) {
    disk->pending_capacity = disk->pending_capacity * 2 + 64;
    disk->pending = must(realloc(disk->pending, disk->pending_capacity * sizeof(*disk->pending)));
  }
  disk->pending[disk->pending_count++] = entry;
}

static void list(const struct bytes *journal) {
  const struct journal_entry *entry;
  size_t number = 0;
  for (size_t at = 0; (entry = next_entry(journal, &at)) != NULL;)
    printf("%zu %s %s\n", ++number, kind_names[entry->kind], file_names[entry->file]);
}

static void make_image(const struct bytes *journal, size_t count, enum loss loss, uint64_t seed,
                       const char *path) {
  struct disk disks[FILES] = {{.exists = false}, {.exists = false}};
  const struct journal_entry *entry;
  for (size_t at = 0; count > 0 && (entry = next_entry(journal, &at)) != NULL; count--) {
    if (entry->kind == JOURNAL_SYNC)
      apply_pending(&disks[entry->file], LOSS_NONE, &seed);
    else
      add_pending(&disks[entry->file], entry);
  }
  for (size_t i = 0; i < FILES; i++) {
    char name[4096];
    snprintf(name, sizeof name, "%s%s", path, i == 0 ? "" : "-wal");
    apply_pending(&disks[i], loss, &seed);
    if (disks[i].exists || i == 0)
      write_file(name, &disks[i].content);
    free(disks[i].content.data);
    free(disks[i].pending);
  }
}

int main(int argc, char **argv) {
  struct bytes journal = {.data = NULL};
  if (argc != 2 && argc != 6) {
    fputs("usage: images JOURNAL [NUMBER all|some|none SEED PATH]\n", stderr);
    return 2;
  }
  read_file(argv[1], &journal);
  if (argc == 2)
    list(&journal);
  else
    make_image(&journal, strtoul(argv[2], NULL, 10),
               strcmp(argv[3], "all") == 0    ? LOSS_ALL
               : strcmp(argv[3], "some") == 0 ? LOSS_SOME
                                              : LOSS_NONE,
               strtoul(argv[4], NULL, 10) * 2 + 1, argv[5]);
  free(journal.data);
  return 0;
}
