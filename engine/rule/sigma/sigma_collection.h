/*
 * Collections, from before Sigma 2: a document with `action: global` is no rule, and what it says
 * holds for those that come after it in its file, until one with `action: reset`. One with `action:
 * repeat` is the document before it with changes. Private to Sigma's loader; for the thread that
 * loads.
 */
#ifndef RULE_SIGMA_SIGMA_COLLECTION_H
#define RULE_SIGMA_SIGMA_COLLECTION_H

#include "base/arena.h"
#include "base/yaml/yaml.h"

struct sigma_collection {
  struct arena *arena;            /* of the documents that are made */
  const struct yaml_node *global; /* what all documents say from here on; NULL: nothing */
  const struct yaml_node *previous;
};

/* The next document of a file, with what it takes from others; NULL when it is no rule. */
const struct yaml_node *sigma_collection_take(struct sigma_collection *collection,
                                              const struct yaml_node *document);

#endif
