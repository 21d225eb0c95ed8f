#include "source/file/notice.h"

#include "base/map.h"
#include "base/memory.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/inotify.h>
#endif

/* A busy writer is looked at this often, not at each of its writes. */
#define PAUSE (50 * US_PER_MS)
/* Folders that were watched and are gone stay in the list; it then begins anew. */
#define FOLDERS_MAX 4096

struct notice {
  int file;    /* -1: there is none */
  bool failed; /* a folder could not be watched */
  struct map folders;
};

struct notice *notice_new(void) {
  struct notice *notice = memory_alloc(sizeof *notice);
  notice->file = -1;
#ifdef __linux__
  notice->file = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
#endif
  return notice;
}

void notice_free(struct notice *notice) {
  if (!notice)
    return;
  if (notice->file >= 0)
    close(notice->file);
  map_clear(&notice->folders, NULL);
  free(notice);
}

void notice_watch(struct notice *notice, const char *folder) {
#ifdef __linux__
  static const uint32_t events = IN_MODIFY | IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_FROM |
                                 IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  static char watched;
  if (notice->file < 0 || map_get(&notice->folders, text_from(folder)))
    return;
  if (notice->folders.count == FOLDERS_MAX)
    map_clear(&notice->folders, NULL);
  if (inotify_add_watch(notice->file, folder, events) < 0)
    notice->failed = true;
  else
    map_put(&notice->folders, text_from(folder), &watched);
#else
  (void)notice;
  (void)folder;
#endif
}

bool notice_works(const struct notice *notice) {
  return notice->file >= 0 && !notice->failed;
}

/* That something happened is enough, but for a folder that went: another may take its name. */
static void drain(struct notice *notice) {
#ifdef __linux__
  static const uint32_t gone = IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_Q_OVERFLOW;
  _Alignas(struct inotify_event) char events[4096];
  ssize_t size;
  while (notice->file >= 0 && (size = read(notice->file, events, sizeof events)) > 0)
    for (ssize_t at = 0; at < size;) {
      struct inotify_event event;
      memcpy(&event, events + at, sizeof event);
      at += (ssize_t)(sizeof event + event.len);
      if (event.mask & gone)
        map_clear(&notice->folders, NULL);
    }
#else
  (void)notice;
#endif
}

bool notice_wait(struct notice *notice, const struct source_run *run, int64_t until_us) {
  time_us end = clock_monotonic() + until_us;
  if (!source_wait(run, until_us < PAUSE ? until_us : PAUSE))
    return false;
  for (time_us left; (left = end - clock_monotonic()) > 0;) {
    if (left > US_PER_HOUR)
      left = US_PER_HOUR;
    struct pollfd files[] = {{.fd = run->stop_fd, .events = POLLIN},
                             {.fd = notice->file, .events = POLLIN}};
    int ready = poll(files, 2, (int)((left + US_PER_MS - 1) / US_PER_MS));
    if (ready > 0 && files[0].revents)
      return false;
    if (ready > 0)
      break;
  }
  drain(notice);
  return !atomic_load(run->stop);
}
