/*
 * Writes texts to a file descriptor by a thread of its own, in the order in which they came, so
 * that nobody waits for a reader that does not read: a pipe that is full, a terminal that was
 * stopped.
 *
 * Any thread may put texts. A text is written whole, or it fails with an errno; what was written of
 * it before stays written.
 */
#ifndef BASE_LOG_WRITER_H
#define BASE_LOG_WRITER_H

#include "base/error.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

struct writer;

/* `fd` stays the caller's, and open until the writer is stopped. `most` bytes may wait, and one
 * text of any size if nothing waits. SIGPIPE must be ignored. NULL with the reason when the system
 * gives no thread. */
struct writer *writer_start(int fd, size_t most, struct error *error);

/* What became of a text: 0, or an errno. On the writer's thread, which may put further texts. */
typedef void writer_ended(void *context, int code);

/* Takes a copy of the text. False when too much waits already. `ended` (may be NULL) is called once
 * the text is written or has failed, and never after writer_stop has returned. */
bool writer_put(struct writer *writer, struct text text, writer_ended *ended, void *context);

/* Writes what waits, for `most_us` at most, gives up on the rest, and frees the writer. NULL is
 * fine. Nobody may put texts any more. */
void writer_stop(struct writer *writer, int64_t most_us);

#endif
