/*
 * Work that blocks (a file, a socket, a program), each on a thread of its own, so that the delivery
 * thread goes on. There are as many as there are attempts at once, so one that hangs holds up no
 * other destination.
 *
 * The functions are the delivery thread's.
 */
#ifndef DELIVERY_WORK_H
#define DELIVERY_WORK_H

#include "alert/destination/destination.h"

struct work;

/* Starts what a request of DELIVERY_WORK asks for; takes its buffers. `multi` is woken when it has
 * ended, which it should within `most_us`. NULL with the reason when the system gives no thread. */
struct work *work_start(struct delivery_request *request, const struct destination *destination,
                        int64_t most_us, CURLM *multi, struct error *error);

/* Whether it has ended, and what came of it. */
bool work_ended(struct work *work, enum delivery_verdict *verdict, struct error *reason);

#define WORK_STOP_US (2 * US_PER_SECOND) /* for a program to be killed, a file to be unlocked */

/* Gives it up if it has not ended, and frees it. Waits so long for its end; a thread that hangs
 * even then (a file system that is gone) is left to itself. NULL is fine. */
void work_stop(struct work *work, int64_t most_us);

/* The same at once, for who waits for it. Any thread. */
enum delivery_verdict work_do(const struct delivery_request *request,
                              const struct destination *destination, int64_t most_us,
                              struct error *reason);

#endif
