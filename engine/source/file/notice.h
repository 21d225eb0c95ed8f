/*
 * Waiting until something changes in folders: inotify says so where the system has it and the
 * folder is on a file system that reports changes; the time to wait ends the wait in any case, so
 * that changes which nobody reports (a network's, a full queue's) are found, too.
 *
 * One thread at a time.
 */
#ifndef SOURCE_FILE_NOTICE_H
#define SOURCE_FILE_NOTICE_H

#include "source/source.h"

struct notice;

struct notice *notice_new(void);
void notice_free(struct notice *notice); /* NULL is fine */

/* Changes in this folder count from now on. Watching it again costs little. */
void notice_watch(struct notice *notice, const char *folder);

/* Whether changes of all folders are reported, as far as the system says. */
bool notice_works(const struct notice *notice);

/* Waits until something has changed since the last wait, or for so long. False: the run is to
 * stop. */
bool notice_wait(struct notice *notice, const struct source_run *run, int64_t until_us);

#endif
