#include "daemon/health/disk_space.h"

#include <sys/statvfs.h>

bool disk_space_read(const char *path, struct disk_space *space) {
  struct statvfs status;
  if (statvfs(path, &status) != 0)
    return false;
  space->free_bytes = (int64_t)status.f_bavail * (int64_t)status.f_frsize;
  space->total_bytes = (int64_t)status.f_blocks * (int64_t)status.f_frsize;
  return true;
}
