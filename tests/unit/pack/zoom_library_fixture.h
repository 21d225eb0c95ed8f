/* A rule with the library rules/lib/zoom.lua, for the tests of its parts. */
#ifndef TESTS_ZOOM_LIBRARY_FIXTURE_H
#define TESTS_ZOOM_LIBRARY_FIXTURE_H

#include "rule/rule_fixture.h"

#include <stdio.h>
#include <string.h>

/* The library's files, in any order. */
static const char *const parts[] = {
    "zoom",
    "zoom.change",
    "zoom.content",
    "zoom.detail",
    "zoom.people",
    "zoom.role",
    "zoom.security_settings",
    "zoom.setting",
    "zoom.setting_value",
    "zoom.webhook",
    "zoom.webhook_setting",
    "zoom.webhook_settings",
};

enum { PART_COUNT = sizeof parts / sizeof *parts, PART_SIZE = 32768 };

/* Reads a part from its file: zoom.role from rules/lib/zoom/role.lua. */
static inline struct rule_file read_part(const char *name, char path[64], char *source) {
  snprintf(path, 64, "rules/lib/%s.lua", name);
  char *dot = strchr(path + strlen("rules/lib/"), '.');
  if (strcmp(dot, ".lua") != 0)
    *dot = '/';
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  size_t size = fread(source, 1, PART_SIZE, file);
  fclose(file);
  assert_true(size < PART_SIZE);
  return (struct rule_file){.path = path, .source = {source, size}, .library = text_from(name)};
}

static inline int start_probe(void **state, const char *code) {
  static char sources[PART_COUNT][PART_SIZE], paths[PART_COUNT][64];
  struct rule_file files[PART_COUNT + 1];
  rule_fixture_start(state);
  for (size_t i = 0; i < PART_COUNT; i++)
    files[i] = read_part(parts[i], paths[i], sources[i]);
  files[PART_COUNT] = (struct rule_file){.path = "t.lua", .source = text_from(code)};
  rule_fixture_load(*state, files, PART_COUNT + 1);
  rule_fixture_start_vm(*state, NULL);
  return 0;
}

#endif
