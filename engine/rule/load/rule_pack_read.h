/*
 * What a file in a folder `packs` says of a pack:
 *
 *   name: zoom-extended      # as rules name it
 *   mode: signal             # alert, signal or off, unless a configuration says otherwise
 *   description: what its rules are for
 *
 * For the thread that makes the set.
 */
#ifndef RULE_LOAD_RULE_PACK_READ_H
#define RULE_LOAD_RULE_PACK_READ_H

#include "rule/load/rule_set_load.h"

/* Texts are copied to the arena. False after adding problems, each with its place. */
bool rule_pack_read(struct arena *arena, const struct rule_file *file, struct rule_pack *pack,
                    struct problems *problems);

#endif
