/*
 * One file that a source reads, or has read: which one it is, how far it was read, and how that is
 * written as the checkpoint of its part of the source.
 *
 * A file is its device and inode, whatever it is called. What stood in a file that was truncated
 * or overwritten, and what stood in one that is gone, is remembered for a while (`former`,
 * `gone_since`): a rotation may have copied or compressed it, and the copy is not read again.
 *
 * The source's thread only.
 */
#ifndef SOURCE_FILE_FOLLOWED_H
#define SOURCE_FILE_FOLLOWED_H

#include "event/json/json.h"
#include "source/file/stream.h"

#include <sys/stat.h>

struct followed {
  /* What the checkpoint says. */
  char *path;
  uint64_t device, inode; /* device 0: not known */
  struct stream_place place;
  struct mark mark;
  uint64_t packed;    /* compressed bytes read; 0: it is not compressed */
  bool former;        /* what stood in the file before it was truncated or overwritten */
  time_us gone_since; /* wall clock; 0: it is there */

  char *old_path;        /* its path before the last rename; NULL: none is known */
  char *series;          /* its series' name (series.h) */
  struct stream *stream; /* open while it is read, and between two looks when following */
  uint64_t read_at;      /* number of the look in which it was read last */

  /* As it was at the last look. */
  uint64_t size;
  struct timespec modified, changed;

  time_us found_at, changed_at; /* wall clock; when a look found it, and found it changed */
  bool seen;                    /* at this look */
  bool undecided;               /* it may be a copy of another one */
  bool copy_reported;
  bool copied;     /* a copy goes on where this one was */
  bool moved_away; /* it was seen no more, and had a name still */
  bool more;       /* it may have something that was not read */
  bool unreadable; /* reported already */
  bool damaged;    /* its stream ended with an error: not read on */
  bool half_line;  /* it ends in a line without its newline, which was not looked at yet */
  bool half_line_reported;
  bool cut; /* it ends in the middle of an archive, which was not looked at yet */
  bool cut_reported;
  time_us unseen_since; /* wall clock; 0: it was there at the last look */
};

/* Copies the path. */
struct followed *followed_new(const char *path, uint64_t device, uint64_t inode);
void followed_free(struct followed *file); /* NULL is fine */

void followed_close(struct followed *file);
void followed_rename(struct followed *file, const char *path);

/* What stood in a file until here, which from now on is read from its start. The caller owns it. */
struct followed *followed_split(struct followed *file);

/* Takes what a look found. True when it is not as it was at the last look. */
bool followed_look(struct followed *file, const struct stat *status, time_us now);

/* The name of its part of the source: "fd00-1f3a9", or with the position for what is former. */
#define FOLLOWED_PART_SIZE 56
const char *followed_part(const struct followed *file, char part[FOLLOWED_PART_SIZE]);

/*
 * Its checkpoint: {"path":"/var/log/a.ndjson","device":64768,"inode":123,"position":456,
 * "within":"lines","start":"cbf29ce484222325","start_size":456,"end":"…","end_size":456,
 * "first":"…"}, with "packed":789 where it is compressed, "former":true and "gone":TIME where that
 * is so. The caller frees it.
 */
char *followed_write(const struct followed *file);
/* NULL when it is none. `old`: an entry of the list that margay 0.1.0 kept, whose marks of
 * compressed files mean something else. */
struct followed *followed_read(const struct json_node *checkpoint, bool old);

#endif
