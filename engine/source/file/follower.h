/*
 * A follower reads all files that a path names, and what is written to them later.
 *
 * It works in looks: each finds the files that are there, sees what has changed, and reads a turn
 * of every series (series.h) that has something new. Within a series the oldest file comes first,
 * so what a rotation cut into files comes in order; series take turns, so none waits for another
 * one. Nothing here sleeps or asks for the time but by the run's clock.
 *
 * Every batch carries the place behind it in its file, so a crash goes on exactly there. A file is
 * known by its device and inode: one that was renamed goes on where it was, one that became shorter
 * or whose bytes are others starts anew, and a copy of what was read goes on where the original was
 * (copy.h).
 *
 * The source's thread only.
 */
#ifndef SOURCE_FILE_FOLLOWER_H
#define SOURCE_FILE_FOLLOWER_H

#include "source/source.h"

struct follower;

#define FOLLOWER_TURN_SIZE ((size_t)16 * 1024 * 1024)

struct follower_options {
  const char *path;
  struct text log_type; /* empty: the records say */
  bool follow;          /* files may grow, and more may come */
  size_t turn_size;     /* what a series may read in one look, in bytes; 0: FOLLOWER_TURN_SIZE */
  /* NULL, or called for every folder in which files may appear. */
  void (*folder)(void *context, const char *path);
  void *context;
};

/* Reads the checkpoint. NULL with the reason. The run and the options' texts must outlive it. */
struct follower *follower_new(const struct source_run *run, const struct follower_options *options,
                              struct error *error);
void follower_free(struct follower *follower); /* NULL is fine */

/* One look. *more: there is something left to read, so that the next look should follow at once.
 * False: the run is to stop, or with the error. */
bool follower_look(struct follower *follower, bool *more, struct error *error);

#endif
