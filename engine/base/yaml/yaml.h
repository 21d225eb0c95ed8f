/*
 * The room base/yaml reads files that people write, and lists the mistakes in them.
 *
 * A YAML document as a tree of nodes that know their place, over libyaml. For configuration,
 * schemas and other files that people write: the point is good errors. Tags, and several documents
 * in one file where one is expected, are refused with a clear message, as are trees deeper than 64
 * levels, duplicate keys, and files over 4 MiB.
 *
 * An alias (`*name`) is the very node that its anchor (`&name`) names, so a node may be reached in
 * several ways, never from within itself; its line is where the anchor is. All aliases of a file
 * stand for at most 100,000 nodes. A merge (`<<`) is resolved: the mapping has the merged keys
 * behind its own.
 *
 * The tree owns everything; nodes and their strings live until yaml_free. One thread reads it in;
 * it never changes after that, so any thread may look at it.
 */
#ifndef BASE_YAML_YAML_H
#define BASE_YAML_YAML_H

#include "base/clock.h"
#include "base/file_text.h"
#include "base/text.h"
#include "base/yaml/problems.h"

enum yaml_type { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

struct yaml_node {
  enum yaml_type type;
  unsigned line, column; /* 1-based */
  /* For who changes the file's text. Places are characters of the text from 0, a byte order mark
   * not counted. `last` is behind the last thing in a collection; of a flow collection `end` is
   * behind its bracket, of all others the same. A node that an alias stands for has the places of
   * its anchor. */
  size_t start, end, last;
  bool flow;                /* a collection in brackets */
  struct text value;        /* scalar, NUL-terminated */
  bool quoted;              /* scalar written in quotes or as a block: never null, bool or number */
  bool secret;              /* set by who knows: the value is not shown in problems */
  size_t count;             /* entries of a sequence or mapping */
  struct yaml_node **items; /* sequence entries, or the mapping's values */
  struct yaml_node **keys;  /* the mapping's keys (scalars), in file order */
};

struct yaml;

/* Reads a file of one of `kinds`, or text under a name for errors. NULL on error. */
struct yaml *yaml_load_file(const char *path, enum file_kinds kinds, struct error *error);
struct yaml *yaml_load_text(struct text text, const char *name, struct error *error);
void yaml_close(struct yaml *yaml);

/* The same for a text of any number of documents; those that are empty are left out. A key that is
 * in a mapping twice is the mistake of its document (yaml_document_mistake), which is there with
 * both; the others are right all the same. */
struct yaml *yaml_load_documents(struct text text, const char *name, struct error *error);

/* Inline because libyaml exports a yaml_free of its own, which an external one would replace. */
static inline void yaml_free(struct yaml *yaml) {
  yaml_close(yaml);
}

const struct yaml_node *yaml_root(const struct yaml *yaml); /* an empty file: an empty mapping */
size_t yaml_document_count(const struct yaml *yaml);        /* at least 1: the root */
const struct yaml_node *yaml_document(const struct yaml *yaml, size_t index);
const struct error *yaml_document_mistake(const struct yaml *yaml, size_t index); /* NULL: none */
const char *yaml_name(const struct yaml *yaml); /* the path, for errors */

/* The value under a key of a mapping, or NULL. NULL when the node is not a mapping. */
const struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key);

/*
 * Strict readers: each returns false and adds a problem that names the place and what was
 * expected when the value does not fit. A plain `~`, `null` or empty scalar is null.
 * String arguments are set to memory of the tree.
 */
struct yaml_context {
  const struct yaml *yaml;
  struct problems *problems;
};

bool yaml_problem(const struct yaml_context *context, const struct yaml_node *node,
                  const char *format, ...) __attribute__((format(printf, 3, 4)));
bool yaml_is_null(const struct yaml_node *node);
bool yaml_expect(const struct yaml_context *context, const struct yaml_node *node,
                 enum yaml_type type, const char *what);
bool yaml_string(const struct yaml_context *context, const struct yaml_node *node, const char *what,
                 struct text *out);
bool yaml_bool(const struct yaml_context *context, const struct yaml_node *node, const char *what,
               bool *out); /* true, false */
bool yaml_int(const struct yaml_context *context, const struct yaml_node *node, const char *what,
              int64_t min, int64_t max, int64_t *out);
bool yaml_duration(const struct yaml_context *context, const struct yaml_node *node,
                   const char *what, int64_t *out_us);

/* Every key of the mapping must be one of `known`; others are problems with a suggestion
 * ("unknown key 'polll' in a source (did you mean 'poll'?)"). */
bool yaml_known_keys(const struct yaml_context *context, const struct yaml_node *mapping,
                     const char *where, const char *const *known, size_t known_count);

#endif
