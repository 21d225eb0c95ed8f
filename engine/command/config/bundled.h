/*
 * The rules, schemas and fixtures that come with the program, wherever the current folder is.
 *
 * They are in ../share/margay beside the program's folder (an installed program, or one in a
 * package's staging folder), else in the source tree that the program was built in, else where
 * `make install` puts them. In lists of paths (rules, schemas, fixtures; in a configuration and on
 * the command line) the word `bundled` stands for them; `./bundled` is a folder of that name.
 */
#ifndef COMMAND_CONFIG_BUNDLED_H
#define COMMAND_CONFIG_BUNDLED_H

#include "base/arena.h"

#define BUNDLED_WORD "bundled"

/* Where one of them ("rules", "schemas", "fixtures", "rules/lib", "margay.yml") is. As short as
 * "rules" when that is the very folder. When it is nowhere, where `make install` would put it. The
 * string lives in `arena`. */
const char *bundled_path(struct arena *arena, const char *name);

/* Whether a list of paths says so. */
static inline bool bundled_is_meant(struct text path) {
  return text_is(path, BUNDLED_WORD);
}

/* A list of paths that ends with NULL, with the bundled folder where the word is. A path that is
 * the bundled folder, too, is left out, so that nothing is read twice. All in `arena`. */
const char *const *bundled_expand(struct arena *arena, const char *name, const struct text *paths,
                                  size_t count);

/* The lengths of lists that end with NULL. */
size_t bundled_count(const char *const *paths);

#endif
