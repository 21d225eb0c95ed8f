/* An eventfd(2) as a flag that poll(2) can wait for: it becomes readable once, and stays so. */
#ifndef BASE_SIGNAL_FD_H
#define BASE_SIGNAL_FD_H

/* -1 when the system gives no more descriptors; the caller closes it. */
int signal_fd_new(void);

/* Makes it readable. Any thread, any number of times. */
void signal_fd_raise(int fd);

#endif
