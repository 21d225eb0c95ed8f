/*
 * Compressed files: gzip (RFC 1952) and zstd (RFC 8878), found by their first bytes, whatever the
 * file is called. Several archives one after another are one, as gzip and zstd have it.
 *
 * Memory is bounded: gzip needs 32 KiB, zstd as much as the archive says, up to the 128 MiB that
 * `zstd -d` takes, too. What comes out is handed on block by block, however much it is.
 *
 * One thread at a time.
 */
#ifndef SOURCE_FILE_UNPACK_H
#define SOURCE_FILE_UNPACK_H

#include "base/error.h"
#include "base/text.h"

#include <sys/types.h>

#define UNPACK_MAGIC_SIZE 4 /* first bytes that show the form */

enum unpack_form { UNPACK_NONE, UNPACK_GZIP, UNPACK_ZSTD };

/* What a file with these first bytes is. UNPACK_NONE for fewer than UNPACK_MAGIC_SIZE. */
enum unpack_form unpack_form_of(struct text start);

/* At most `size` of the first bytes of a file, or of what is compressed in it, as far as its first
 * 64 KiB show them. Leaves the file's offset alone. *cut (NULL: not wanted): there are fewer
 * because the file ends within an archive. */
size_t unpack_start(int file, char *into, size_t size, bool *cut);

struct unpack;

/* `start`: bytes of the archive that were read already; copied. */
struct unpack *unpack_new(enum unpack_form form, struct text start);
void unpack_free(struct unpack *unpack); /* NULL is fine */

/*
 * Reads on in the file and gives the next bytes, at most `size`. 0 at the file's end, where the
 * archive may go on later (unpack_is_within). -1 with the cause in words: the file cannot be read,
 * or what is in it is damaged; what came before that was given.
 */
ssize_t unpack_read(struct unpack *unpack, int file, char *into, size_t size, struct error *error);

/* Whether the bytes so far end within an archive. */
bool unpack_is_within(const struct unpack *unpack);

/* Compressed bytes read so far. */
uint64_t unpack_position(const struct unpack *unpack);

#endif
