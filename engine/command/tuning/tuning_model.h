/*
 * What a configuration's text says, for comparing it before and after a change. Private to the
 * room.
 *
 * A node becomes jansson's: mappings objects, lists arrays, scalars texts whose first letter says
 * whether they were quoted ('q') or not ('p').
 */
#ifndef COMMAND_TUNING_TUNING_MODEL_H
#define COMMAND_TUNING_TUNING_MODEL_H

#include "base/yaml/yaml.h"

#include <jansson.h>

json_t *model_of(const struct yaml_node *node);

/* Whether a node says what `wanted` says: 't' before a text takes it quoted or not. */
bool model_fits(const json_t *wanted, const json_t *actual);

/* The place of the entry in the list `tuning` that is of the same rule and reason; -1: none is. */
int model_find(const json_t *tuning, const json_t *entry);

/* Whether the key's value is a list that an entry adds to; others are set. */
bool model_adds(const char *key);

/* Whether the list has the value. */
bool model_has(const json_t *list, const json_t *value);

/* The whole configuration with the entry, as tuning_edit puts it; a new reference. `root` stays as
 * it is. NULL when `tuning` is no list. */
json_t *model_with_entry(const json_t *root, const json_t *entry);

#endif
