/* What tests/fault/shim.c writes down of the state file, and tests/fault/images.c makes files of.
 */
#ifndef FAULT_JOURNAL_H
#define FAULT_JOURNAL_H

#include <stdint.h>

enum journal_kind {
  JOURNAL_WRITE, /* `size` bytes follow, which went to `offset`; and zeros up to a multiple of 8 */
  JOURNAL_TRUNCATE, /* to `offset` bytes */
  JOURNAL_SYNC,     /* everything before is on the disk */
  JOURNAL_REMOVE
};

/* In the order in which they happened, of all threads. */
struct journal_entry {
  uint32_t kind;
  uint32_t file; /* 0: the state file; 1: its write-ahead log */
  int64_t offset, size;
};

#endif
