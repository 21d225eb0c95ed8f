#include "base/signal_fd.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int signal_fd_new(void) {
  return eventfd(0, EFD_CLOEXEC);
}

void signal_fd_raise(int fd) {
  uint64_t one = 1;
  ssize_t written;
  do
    written = write(fd, &one, sizeof one);
  while (written < 0 && errno == EINTR);
}
