/*
 * Kinds: the variants of what can be configured, each one file and one line in one list.
 *
 * A source, a destination and the like are entries of a list in the configuration; the key `type`
 * of an entry says which kind it is. A kind is a static struct in a file of its own that begins
 * with a struct kind, and its list names it once. Help, reading, JSON schemas and the tables of the
 * documents come from there.
 *
 * Everything here is constant, so any thread may use it.
 */
#ifndef BASE_SETTINGS_KIND_H
#define BASE_SETTINGS_KIND_H

#include "base/buffer.h"
#include "base/settings/settings.h"

struct kind {
  const char *name; /* "zoom_reports": what `type` says */
  const char *help; /* one line */
  struct settings_table settings;
  /* Checks what no row of the table can say. NULL: nothing to check. The error names no secret. */
  bool (*check)(const void *options, struct error *error);
};

struct kind_list {
  const struct kind *const *items;
  size_t count;
};

/* What the struct of a SETTING_KINDS row's table begins with. */
struct kind_entry {
  const struct kind *kind;
  void *options; /* the kind's options struct */
};

/* NULL when there is no such kind. */
const struct kind *kind_find(const struct kind_list *list, struct text name);

/* Appends "file, zoom_reports". */
void kind_append_names(struct buffer *out, const struct kind_list *list);

/* The kind whose name is nearest to one that is not in the list; NULL when none is near. */
const struct kind *kind_nearest(const struct kind_list *list, struct text name);

#endif
