/*
 * Settings: YAML mappings read into structs by tables.
 *
 * Each part that can be configured (a source type, a destination type, the program itself) has a
 * struct of options and a table with one row a key: its kind, where it goes in the struct, its
 * default, and one line of help. Reading, defaults, ranges, secrets and unknown keys are then the
 * same everywhere.
 *
 * In every scalar, ${NAME} is replaced by the environment variable (unset is a mistake),
 * ${NAME:-default} by the default when it is unset or empty, and $$ by a dollar sign. A secret
 * given as `file:PATH` is read from that file, without its final newline.
 */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include "base/arena.h"
#include "base/yaml.h"

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
  SETTING_LIST        /* struct setting_list of texts, each one of `choices` when there are any */
};

struct setting_list {
  const struct text *items;
  size_t count;
};

struct setting {
  const char *key;
  enum setting_kind kind;
  size_t offset; /* offsetof(struct …_options, …) */
  bool required;
  const char *fallback; /* as it would be written in YAML; NULL: zero. Lists: comma-separated */
  int64_t min, max;
  const char *const *choices; /* ends with NULL */
  const char *help;           /* one line, for docs and messages */
};

struct settings_reader {
  struct yaml_context context;
  struct arena *arena; /* owns every text read; a NUL follows each */
  const char *folder;  /* that relative paths start from; NULL: the current one */
  void (*on_secret)(void *on_secret_context, struct text secret); /* may be NULL */
  void *on_secret_context;
};

/* A path as seen from the current folder; lives in the reader's arena. */
const char *settings_path(const struct settings_reader *reader, struct text path);

/*
 * Fills `options` (zeroed by the caller) from `mapping` (NULL: defaults only). `where` names the
 * mapping in messages ("source 'zoom'"). Keys in `also_known` (ends with NULL; may be NULL) are
 * left to the caller; settings_any_key leaves every other key to it. Returns false after adding
 * problems; `options` then holds what could be read.
 */
extern const char *const settings_any_key[];
bool settings_read(const struct settings_reader *reader, const struct yaml_node *mapping,
                   const char *where, const struct setting *settings, size_t count,
                   const char *const *also_known, void *options);

/* One scalar with its ${…} replaced. */
bool settings_expand(const struct settings_reader *reader, const struct yaml_node *node,
                     struct text *out);

#endif
