/*
 * The room base/settings reads configurations by tables, and knows what a kind is.
 *
 * Settings: YAML mappings read into structs by tables.
 *
 * Each part that can be configured (a kind of source, a kind of destination, the program itself)
 * has a struct of options and a table with one row a key: what it is, where it goes in the struct,
 * its default, and one line of help. A row may also stand for a mapping of its own, for a list of
 * mappings, or for a list of kinds (base/settings/kind.h), each with a table again. Reading,
 * defaults, ranges, secrets, unknown keys, comparing, JSON schemas and the tables of the documents
 * are then the same everywhere:
 *
 *   static const struct setting rows[] = {
 *       {.key = "path", .kind = SETTING_PATH, .offset = offsetof(struct file_options, path),
 *        .required = true, .help = "a file, or several by a pattern"},
 *       …
 *   };
 *   static const struct settings_table table = SETTINGS(rows, struct file_options);
 *
 * In every scalar, ${NAME} is replaced by the environment variable (unset is a mistake),
 * ${NAME:-default} by the default when it is unset or empty, and $$ by a dollar sign. A secret
 * given as `file:PATH` is read from that file, without its final newline, and so is a header's
 * value or its end (`Authorization: Bearer file:PATH`). No message shows the value of a secret or
 * of a header, even where it stands in the wrong shape, or a value that came out of the
 * environment.
 *
 * Tables are constant. A reader and what it fills belong to one thread; what was read may be used
 * by any thread that does not write to it. All of it lives as long as the reader's arena.
 */
#ifndef BASE_SETTINGS_SETTINGS_H
#define BASE_SETTINGS_SETTINGS_H

#include "base/arena.h"
#include "base/yaml/yaml.h"

struct kind_list;
struct settings_reader;

enum setting_kind {
  SETTING_TEXT,       /* struct text */
  SETTING_PATH,       /* struct text that ends with a NUL; relative to the reader's folder */
  SETTING_SECRET,     /* struct text; is given to on_secret and never shown */
  SETTING_URL,        /* struct text; http:// or https:// */
  SETTING_SECRET_URL, /* a URL that is itself a secret (chat webhooks) */
  SETTING_CHOICE,     /* int: the index into `choices` */
  SETTING_BOOL,       /* bool */
  SETTING_INT,        /* int64_t within min..max */
  SETTING_DURATION,   /* int64_t microseconds within min..max (max 0: no limit) */
  SETTING_SIZE,       /* int64_t bytes within min..max: 4096, 64KiB, 1MiB, 2GiB */
  SETTING_LIST,       /* struct setting_list of texts, each one of `choices` when there are any */
  SETTING_HEADERS,    /* struct setting_list of `Name: value`; the values may be secrets */
  SETTING_PATHS,      /* struct setting_list of paths, each as SETTING_PATH; one may stand alone */
  SETTING_MAPPING,    /* the struct of `table`; its defaults when there is no such key */
  SETTING_OPTIONAL,   /* a pointer to the struct of `table`; NULL when there is no such key */
  SETTING_MAPPINGS,   /* struct setting_entries of the struct of `table`; at most `max`, if any */
  SETTING_KINDS,      /* the same; each entry has a `type`, which is one of `kinds`, and its keys */
  SETTING_TREE        /* struct text: what somebody else reads from the file, written as one line */
};

/* Whether no message shows the values of a row. */
#define SETTING_IS_SECRET(setting)                                                                 \
  ((setting)->kind == SETTING_SECRET || (setting)->kind == SETTING_SECRET_URL ||                   \
   (setting)->kind == SETTING_HEADERS)

/* Whether rows of this kind hold a struct text that is a scalar. */
static inline bool setting_is_text(enum setting_kind kind) {
  return kind <= SETTING_SECRET_URL;
}

/* Whether rows of this kind hold a struct setting_list. */
static inline bool setting_is_list(enum setting_kind kind) {
  return kind >= SETTING_LIST && kind <= SETTING_PATHS;
}

struct setting_list {
  const struct text *items;
  size_t count;
};

/* An array of `count` structs; those with mistakes are left out. */
struct setting_entries {
  void *items;
  size_t count;
};

struct setting {
  const char *key;
  enum setting_kind kind;
  size_t offset; /* offsetof(struct …_options, …) */
  bool required;
  bool restart; /* a change of it, or within it, needs a restart, and no reload takes it over */
  const char *fallback; /* as it would be written in YAML; NULL: zero. Lists: comma-separated */
  const char *usual;    /* for documents: what is taken where the row itself has no default */
  int64_t min, max;
  const char *const *choices; /* ends with NULL */
  bool alone;       /* of LIST and MAPPINGS: one may stand alone, without a list, as in PATHS */
  const char *word; /* of PATHS: an item that is no path, and is kept as it is; NULL: none */
  const struct settings_table *table; /* of KINDS: what every entry has, whatever its kind */
  const struct kind_list *kinds;
  const char *help; /* one line, for documents, editors and messages */
};

struct settings_table {
  const struct setting *rows;
  size_t count;
  size_t size; /* of the struct */

  /* What an entry of a list of these is called ("lookup"), and the key that names it ("id"): no two
   * entries have the same value there. */
  const char *what, *name;

  /* Checks what no row can say by itself, and may complete the struct; called when every row could
   * be read. False after adding problems. NULL: nothing to check. */
  bool (*check)(const struct settings_reader *reader, const struct yaml_node *mapping,
                const char *where, void *options);
};

/* A table of such rows and no more. */
#define SETTINGS(table_rows, type)                                                                 \
  { .rows = (table_rows), .count = sizeof(table_rows) / sizeof *(table_rows), .size = sizeof(type) }

struct settings_reader {
  struct yaml_context context;
  struct arena *arena;        /* owns every text read; a NUL follows each */
  const char *folder;         /* that relative paths start from; NULL: the current one */
  const char *const *skipped; /* keys of the top that are left zero, so that nothing that they need
                                 is asked for; ends with NULL; NULL: none */
  struct problems *warnings;  /* what is no mistake but should be known; NULL: nobody wants them */
  void (*on_secret)(void *on_secret_context, struct text secret); /* may be NULL */
  void *on_secret_context;
};

/*
 * Fills `options` (zeroed by the caller) from `mapping` (NULL: defaults only). `where` names the
 * mapping in messages ("margay.yml"). Returns false after adding problems, each with its place;
 * `options` then holds what could be read.
 */
bool settings_read(const struct settings_reader *reader, const struct yaml_node *mapping,
                   const char *where, const struct settings_table *table, void *options);

/* One scalar with its ${…} replaced. */
bool settings_expand(const struct settings_reader *reader, const struct yaml_node *node,
                     struct text *out);

/* A path as seen from the current folder; lives in the reader's arena. */
const char *settings_path(const struct settings_reader *reader, struct text path);

/* Adds a warning, "warning: …" with the node's place. */
void settings_warn(const struct settings_reader *reader, const struct yaml_node *node,
                   const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "64KiB", as SETTING_SIZE reads it; bytes when it is no whole number of a unit. */
struct size_string {
  char text[32];
};
const char *size_format(int64_t bytes, struct size_string *string);

/* ---- comparing --------------------------------------------------------------------------- */

enum setting_change { SETTING_CHANGED, SETTING_ADDED, SETTING_REMOVED };

struct settings_difference {
  const char *path; /* "state.path", "sources[zoom].page_size"; lives during the call */
  enum setting_change change;
  bool restart; /* as its row says, or that of a mapping around it */
};

/* Compares two structs that were read by the same table, setting by setting, and calls `each` (may
 * be NULL) for every difference; returns how many there are. Entries of a list are compared by
 * their names, in whatever order they stand; of an entry that is new, is gone or is of another kind
 * nothing else is reported. Secrets are compared as everything is, and no value is ever given out.
 */
size_t settings_compare(const struct settings_table *table, const void *old, const void *new,
                        void (*each)(void *context, const struct settings_difference *difference),
                        void *context);

#endif
