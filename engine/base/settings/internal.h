/*
 * What the files of the settings share: settings.c reads mappings and lists of them,
 * settings_value.c scalars, settings_expand.c what they stand for. Nothing else includes this.
 * Threads: as in settings.h.
 */
#ifndef BASE_SETTINGS_INTERNAL_H
#define BASE_SETTINGS_INTERNAL_H

#include "base/settings/settings.h"

/* Reads a node into `target` for a row of any kind up to SETTING_PATHS, or SETTING_TREE. */
bool settings_read_value(const struct settings_reader *reader, const struct yaml_node *node,
                         const struct setting *setting, void *target);

/* The row's default. Does nothing for one that has none. */
bool settings_read_fallback(const struct settings_reader *reader, const struct setting *setting,
                            void *target);

/* What follows `file:`, with the newline at its end left out. */
bool settings_read_secret_file(const struct settings_reader *reader, const struct yaml_node *node,
                               struct text path, struct text *out);

/* Replaces what a header takes from a file, and reports its value if it is a secret: one of a file
 * or the environment, or of a header with a name such as Authorization or X-Api-Key. */
bool settings_read_header(const struct settings_reader *reader, const struct yaml_node *node,
                          struct text *header);

/* What distinguishes the entries of a list; empty when its table names no key for that. */
struct text settings_entry_name(const struct settings_table *table, const void *entry);

#endif
