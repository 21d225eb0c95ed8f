/*
 * Waiting until files change: folders with all that is below them, and single files. inotify wakes
 * it where there is one and it has room; else it looks at the files' times and sizes a few times a
 * second. Either way times and sizes decide whether something has changed, so no way of saving a
 * file (in place, by renaming another over it) is missed, and a save that changed nothing wakes
 * nobody. Hidden files, and those whose names end in `~`, are passed over.
 */
#ifndef COMMAND_TERMINAL_WATCH_H
#define COMMAND_TERMINAL_WATCH_H

#include <stdbool.h>
#include <stddef.h>

enum watch_kind { WATCH_BEST, WATCH_POLL /* without inotify */ };

struct watch;

struct watch *watch_new(enum watch_kind kind);
void watch_free(struct watch *watch); /* NULL is fine */

/* Replaces what is watched. The paths are copied; a path that does not exist changes when it
 * appears. Changes since the wait before count where a path stays watched. */
void watch_set(struct watch *watch, const char *const *paths, size_t count);

/* Whether something has changed since the wait, or since this was asked. */
bool watch_has_changed(struct watch *watch);

/* Waits until something has changed, and then a moment more for what belongs to the same change.
 * False: the descriptor `stop` (-1 = none) became readable first. */
bool watch_wait(struct watch *watch, int stop);

#endif
