/* A table with a row of every kind, and structs that are read by it. */
#ifndef TESTS_SETTINGS_FIXTURE_H
#define TESTS_SETTINGS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/settings/kind.h"

#include <stdio.h>

/* ---- a zoo ------------------------------------------------------------------------------- */

struct fence {
  int64_t height;
  struct text colour;
};

struct keeper {
  struct text name, badge;
};

struct cat {
  int64_t lives;
  struct fence fence;
};

struct bird {
  bool flies;
};

struct animal {
  struct kind_entry entry;
  struct text id, type;
  int64_t age;
};

struct zoo {
  struct text name, secret, tree;
  struct setting_list colours, paths, headers;
  int64_t size, pause, weight;
  bool on;
  int shape;
  struct fence fence;
  struct fence *moat;
  struct setting_entries keepers, animals;
};

static const struct setting fence_rows[] = {
    {.key = "height",
     .kind = SETTING_INT,
     .offset = offsetof(struct fence, height),
     .fallback = "2",
     .min = 1,
     .max = 9,
     .restart = true,
     .help = "in metres"},
    {.key = "colour",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct fence, colour),
     .fallback = "",
     .help = "of its paint"},
};

static inline bool fence_is_right(const struct settings_reader *reader,
                                  const struct yaml_node *mapping, const char *where,
                                  void *options) {
  const struct fence *fence = options;
  if (fence->height > 6)
    settings_warn(reader, yaml_get(mapping, "height"), "%s: higher than a crane reaches", where);
  return fence->height != 4 ||
         yaml_problem(&reader->context, yaml_get(mapping, "height"), "%s: four is unlucky", where);
}

static const struct settings_table fence_table = {
    .rows = fence_rows, .count = 2, .size = sizeof(struct fence), .check = fence_is_right};

static const struct setting keeper_rows[] = {
    {.key = "name",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct keeper, name),
     .required = true,
     .help = "the keeper's name"},
    {.key = "badge",
     .kind = SETTING_SECRET,
     .offset = offsetof(struct keeper, badge),
     .help = "opens doors"},
};
static const struct settings_table keeper_table = {.rows = keeper_rows,
                                                   .count = 2,
                                                   .size = sizeof(struct keeper),
                                                   .what = "keeper",
                                                   .name = "name"};

static const struct setting cat_rows[] = {
    {.key = "lives",
     .kind = SETTING_INT,
     .offset = offsetof(struct cat, lives),
     .fallback = "9",
     .max = 9,
     .help = "that are left"},
    {.key = "fence",
     .kind = SETTING_MAPPING,
     .offset = offsetof(struct cat, fence),
     .table = &fence_table,
     .help = "around it"},
};

static inline bool cat_lives(const void *options, struct error *error) {
  return ((const struct cat *)options)->lives > 0 || error_set(error, "it has no life left");
}

static const struct setting bird_rows[] = {
    {.key = "flies",
     .kind = SETTING_BOOL,
     .offset = offsetof(struct bird, flies),
     .fallback = "true",
     .help = "not every bird does"},
};

static const struct kind cat_kind = {.name = "margay",
                                     .help = "a small cat",
                                     .settings = SETTINGS(cat_rows, struct cat),
                                     .check = cat_lives};
static const struct kind bird_kind = {
    .name = "toucan", .help = "a large beak", .settings = SETTINGS(bird_rows, struct bird)};
static const struct kind *const animal_kinds[] = {&cat_kind, &bird_kind};
static const struct kind_list animals = {animal_kinds, 2};

static const struct setting animal_rows[] = {
    {.key = "id",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct animal, id),
     .required = true,
     .help = "a short name"},
    {.key = "type",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct animal, type),
     .required = true,
     .help = "the kind of animal"},
    {.key = "age",
     .kind = SETTING_INT,
     .offset = offsetof(struct animal, age),
     .max = 99,
     .help = "in years"},
};
static const struct settings_table animal_table = {
    .rows = animal_rows, .count = 3, .size = sizeof(struct animal), .what = "animal", .name = "id"};

static const char *const shapes[] = {"round", "square", NULL};

#define AT(member) offsetof(struct zoo, member)
static const struct setting zoo_rows[] = {
    {.key = "name", .kind = SETTING_TEXT, .offset = AT(name), .fallback = "", .help = "its name"},
    {.key = "secret", .kind = SETTING_SECRET, .offset = AT(secret), .help = "nobody knows"},
    {.key = "tree", .kind = SETTING_TREE, .offset = AT(tree), .help = "anything"},
    {.key = "colours", .kind = SETTING_LIST, .offset = AT(colours), .fallback = "red, blue"},
    {.key = "paths", .kind = SETTING_PATHS, .offset = AT(paths), .fallback = "north, /south"},
    {.key = "size",
     .kind = SETTING_INT,
     .offset = AT(size),
     .fallback = "7",
     .min = 1,
     .max = 9,
     .restart = true},
    {.key = "pause", .kind = SETTING_DURATION, .offset = AT(pause), .fallback = "2s"},
    {.key = "weight",
     .kind = SETTING_SIZE,
     .offset = AT(weight),
     .fallback = "64KiB",
     .min = 1024,
     .max = INT64_C(1) << 30},
    {.key = "on", .kind = SETTING_BOOL, .offset = AT(on), .fallback = "true"},
    {.key = "shape",
     .kind = SETTING_CHOICE,
     .offset = AT(shape),
     .fallback = "square",
     .choices = shapes},
    {.key = "fence", .kind = SETTING_MAPPING, .offset = AT(fence), .table = &fence_table},
    {.key = "moat",
     .kind = SETTING_OPTIONAL,
     .offset = AT(moat),
     .table = &fence_table,
     .restart = true},
    {.key = "keepers",
     .kind = SETTING_MAPPINGS,
     .offset = AT(keepers),
     .table = &keeper_table,
     .max = 3},
    {.key = "animals",
     .kind = SETTING_KINDS,
     .offset = AT(animals),
     .table = &animal_table,
     .kinds = &animals},
    {.key = "headers", .kind = SETTING_HEADERS, .offset = AT(headers)},
};
#undef AT
static const struct settings_table zoo_table = SETTINGS(zoo_rows, struct zoo);

/* ---- reading it -------------------------------------------------------------------------- */

struct reading {
  struct arena arena;
  struct problems problems, warnings;
  struct zoo zoo;
  const char *const *skipped;
  size_t secrets;
  char last_secrets[128]; /* each followed by a bar */
};

static inline void count_secret(void *context, struct text secret) {
  struct reading *reading = context;
  size_t used = strlen(reading->last_secrets);
  reading->secrets += secret.size > 0;
  snprintf(reading->last_secrets + used, sizeof reading->last_secrets - used, "%.*s|",
           TEXT_ARGS(secret));
}

static inline bool reading_of(struct reading *reading, const char *text) {
  struct error error = ERROR_NONE;
  struct yaml *yaml = yaml_load_text(text_from(text), "test.yml", &error);
  if (!yaml)
    fail_msg("%s", error.text);
  const struct settings_reader reader = {.context = {yaml, &reading->problems},
                                         .arena = &reading->arena,
                                         .folder = "zoo",
                                         .skipped = reading->skipped,
                                         .warnings = &reading->warnings,
                                         .on_secret = count_secret,
                                         .on_secret_context = reading};
  memset(&reading->zoo, 0, sizeof reading->zoo);
  bool ok = settings_read(&reader, yaml_root(yaml), "test.yml", &zoo_table, &reading->zoo);
  assert_int_equal(ok, reading->problems.count == 0);
  yaml_free(yaml);
  return ok;
}

static inline void reading_end(struct reading *reading) {
  problems_clear(&reading->problems);
  problems_clear(&reading->warnings);
  arena_free(&reading->arena);
}

#endif
