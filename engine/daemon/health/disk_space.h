/* The file system that a file lies on. Any thread. */
#ifndef DAEMON_HEALTH_DISK_SPACE_H
#define DAEMON_HEALTH_DISK_SPACE_H

#include <stdbool.h>
#include <stdint.h>

struct disk_space {
  int64_t free_bytes; /* that this user may still use (statvfs(3), f_bavail) */
  int64_t total_bytes;
};

/* False when it cannot be found out. */
bool disk_space_read(const char *path, struct disk_space *space);

#endif
