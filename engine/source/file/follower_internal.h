/* What the files of the follower share. */
#ifndef SOURCE_FILE_FOLLOWER_INTERNAL_H
#define SOURCE_FILE_FOLLOWER_INTERNAL_H

#include "base/map.h"
#include "source/file/find.h"
#include "source/file/followed.h"
#include "source/file/follower.h"

struct follower {
  const struct source_run *run;
  struct follower_options options;
  struct followed **files; /* of the checkpoint, and found since; owned */
  size_t count, capacity;
  struct json_reader *reader;
  time_us now; /* when the look began */

  /* One look. */
  uint64_t look;       /* its number */
  struct map by_inode; /* "device-inode" -> struct followed, none of them former */
  struct found_files found;
  struct followed **order; /* those found, oldest first; points into `files` */
  size_t order_count, order_capacity;
  struct map turns; /* series -> struct turn; owned */

  size_t open;         /* streams */
  bool nothing_found;  /* reported already */
  struct map passed;   /* paths that were passed over at this look */
  struct map reported; /* those of the look before */
};

/* Adds a file, which the follower then owns. */
struct followed *follower_add(struct follower *follower, struct followed *file);

/* Pushes a batch without records: what is known of a file, or that it is to be forgotten. False:
 * stop now. */
bool follower_push_part(struct follower *follower, const struct followed *file, bool forget);

#endif
