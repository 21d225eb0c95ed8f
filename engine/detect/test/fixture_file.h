/*
 * Reading a fixture. A rule's file names it, and a failed test shows what is in it, so the name
 * must not lead out of the folders of fixtures: rules may come from somebody else.
 *
 * For any thread.
 */
#ifndef DETECT_TEST_FIXTURE_FILE_H
#define DETECT_TEST_FIXTURE_FILE_H

#include "base/file_text.h"

/* Appends the file's bytes, of the first folder that has it; `folders` ends with NULL. Otherwise
 * the text of the error is the cause without the name: the file cannot be read, is no regular file,
 * is too large, or lies outside of the folder, because the name is absolute, or `..` or a symbolic
 * link leads out. `*folder` (may be NULL) is the one that has it, or else the first one; NULL when
 * there is none at all. */
enum file_result fixture_file_read(const char *const *folders, const char *name,
                                   struct buffer *bytes, const char **folder, struct error *error);

/* Opens a file beneath the folder for reading; -1 with errno, which is EXDEV for one that lies
 * outside. The second one is for kernels without openat2: between its look at the path and the
 * opening somebody could change the folder. */
int fixture_file_open(const char *folder, const char *name);
int fixture_file_open_compared(const char *folder, const char *name);

#endif
