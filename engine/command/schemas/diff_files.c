/* margay schemas diff: what changed between two files or folders of schemas. */
#include "base/yaml/problems.h"
#include "command/config/load.h"
#include "command/schemas/diff.h"
#include "command/schemas/schemas.h"

#include <jansson.h>
#include <stdio.h>

struct diff_run {
  bool json;
  size_t changes, breaks;
};

static void set_text(json_t *object, const char *name, struct text text) {
  json_t *json = json_stringn(text.data, text.size);
  json_object_set_new(object, name, json ? json : json_string("?"));
}

static void print_json(const struct schema_change *change) {
  json_t *object = json_object();
  set_text(object, "log_type", change->log_type);
  set_text(object, "path", change->path);
  set_text(object, "change", change->what);
  json_object_set_new(object, "breaks", json_boolean(change->breaks));
  json_dumpf(object, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
  putchar('\n');
  json_decref(object);
}

static void print(void *context, const struct schema_change *change) {
  struct diff_run *run = context;
  char path[300], what[500];
  run->changes++;
  run->breaks += change->breaks;
  if (run->json) {
    print_json(change);
    return;
  }
  printf("%s  %.*s: ", change->breaks ? "breaks" : "fine  ", TEXT_ARGS(change->log_type));
  if (change->path.size)
    printf("field '%s': ", text_printable(change->path, path, sizeof path));
  printf("%s\n", text_printable(change->what, what, sizeof what));
}

static void print_summary(const struct diff_run *run) {
  printf("%zu change%s", run->changes, run->changes == 1 ? "" : "s");
  if (run->breaks)
    printf(", %zu of them break%s something", run->breaks, run->breaks == 1 ? "s" : "");
  else if (run->changes)
    printf(", none of them breaks something");
  putchar('\n');
}

int schemas_diff(const struct schemas_tool *tool) {
  struct problems problems = PROBLEMS_NONE;
  struct diff_run run = {.json = tool->json};
  struct schema_set *old = schema_set_load(tool->operands[0], &problems);
  struct schema_set *new = schema_set_load(tool->operands[1], &problems);
  int status = EXIT_USAGE;
  if (load_report(&problems) && old && new) {
    schema_diff(old, new, print, &run);
    if (!run.json)
      print_summary(&run);
    status = run.breaks ? EXIT_FAILURES : EXIT_DONE;
  }
  schema_set_free(old);
  schema_set_free(new);
  problems_clear(&problems);
  return status;
}
