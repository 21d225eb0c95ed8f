/*
 * Making a rule set: from folders and files, or from files that are in memory.
 *
 * Each mistake adds a problem (file:line, cause, "did you mean …"); a rule with a mistake is left
 * out, with those that need it (the set's `dependents`), and so is the second rule of an id. The
 * set is usable whatever happened; the caller decides whether problems are fatal.
 *
 * Any thread may make a set; nothing is shared with others that are being made.
 */
#ifndef RULE_LOAD_RULE_SET_LOAD_H
#define RULE_LOAD_RULE_SET_LOAD_H

#include "base/yaml/problems.h"
#include "rule/sandbox/sandbox_limit.h"
#include "rule/set/rule_set.h"

struct schema_set;
struct sigma_mapping;

/* Who wants to know how far loading is. */
struct rule_progress {
  void (*report)(void *context, size_t loaded, size_t total); /* after each of the files */
  void *context;
};

/* A file that is in memory. */
struct rule_file {
  const char *path; /* for errors; its suffix says whether it is a Sigma rule */
  struct text source;
  struct text library; /* the name for require(); empty = a rule */
  bool pack;           /* describes a pack; `only_base`: if no other file does */
  bool only_base;      /* to be derived from, and nothing else; its mistakes are not reported */
};

struct rule_options {
  const char *const *paths; /* directories (walked, *.lua, and *.yml or *.yaml for Sigma; a folder
                               named lib holds libraries) or files */
  size_t path_count;
  const struct rule_file *given; /* a rule that is to be tried: of the paths it has libraries,
                                    packs and rules to derive from, and none of these rules is in
                                    the set; NULL = none */
  const char *library_path; /* a folder of libraries for the names that no other lib/ has; NULL =
                               none. Each path has its own lib/, or else the nearest one upward */
  const char *base_path;    /* a folder of rules that others may derive from without their being
                               loaded; NULL = none */
  const struct schema_set *schemas;     /* as in rule_reading */
  const struct sigma_mapping *sigma;    /* the same */
  unsigned statuses;                    /* the same */
  const struct rule_progress *progress; /* the same */
  struct problems *mistakes; /* takes what is wrong in files of rules and libraries; NULL: it is a
                                problem as a path that is not there is */
};

/* Never NULL; the caller frees the set. Everything in the options is only read, during the call. */
struct rule_set *rule_set_load(const struct rule_options *options, struct problems *problems);

/* The texts are copied. */
struct rule_set *rule_set_load_files(const struct rule_file *files, size_t count,
                                     struct problems *problems);

/* What files are read with. It is needed during the call only. */
struct rule_reading {
  struct sandbox_limits limits;      /* of the files' code */
  const struct schema_set *schemas;  /* what Sigma's logsources mean, by the schemas' `logsource`;
                                        NULL = no schemas are loaded */
  const struct sigma_mapping *sigma; /* what else they mean (sigma_mapping.h); NULL = nothing */
  unsigned statuses; /* of Sigma rules that are taken, too: SIGMA_DEPRECATED, SIGMA_UNSUPPORTED */
  const struct rule_progress *progress; /* NULL = nobody asks */
};

/* The same with these. */
struct rule_set *rule_set_build(const struct rule_file *files, size_t count,
                                const struct rule_reading *reading, struct problems *problems);

#endif
