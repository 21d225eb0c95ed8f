/* `margay --version`. */
#ifndef COMMAND_VERSION_H
#define COMMAND_VERSION_H

#include <stdio.h>

/* margay's version, then one line per library: the version that is running, not the one that it was
 * built with. */
void version_print(FILE *out);

#endif
