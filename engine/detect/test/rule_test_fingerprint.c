#include "detect/test/rule_test_fingerprint.h"

#include "base/memory.h"
#include "detect/test/rule_test_case.h"
#include "rule/load/rule_require.h"

#include <stdlib.h>
#include <sys/stat.h>

struct summer {
  const struct rule_set *set;
  const struct rule_test_options *options;
  uint64_t sum;
  bool *seen; /* by library: it is in the sum */
};

static void add_bytes(struct summer *summer, const void *bytes, size_t size) {
  uint64_t hash = text_hash((struct text){bytes, size});
  summer->sum = (summer->sum ^ hash) * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

static void add_file(struct summer *summer, const char *path) {
  struct stat status;
  if (!path || stat(path, &status) != 0)
    return;
  const int64_t parts[] = {(int64_t)status.st_mtim.tv_sec, (int64_t)status.st_mtim.tv_nsec,
                           (int64_t)status.st_size, (int64_t)status.st_ino};
  add_bytes(summer, parts, sizeof parts);
}

/* ---- libraries ---- */

static void add_source(struct summer *summer, struct text source);

static void add_library(struct summer *summer, size_t index) {
  if (summer->seen[index])
    return;
  summer->seen[index] = true;
  add_source(summer, summer->set->libraries[index].source);
}

/* Where a name is not written out, it may be any library. */
static void add_required(struct summer *summer, struct text name) {
  for (size_t i = 0; i < summer->set->library_count; i++)
    if (name.size == 0 || text_equal(summer->set->libraries[i].name, name))
      add_library(summer, i);
}

static void add_source(struct summer *summer, struct text source) {
  struct rule_require require;
  unsigned line = 1;
  add_bytes(summer, source.data, source.size);
  while (rule_require_next(&source, &line, &require))
    add_required(summer, require.name);
}

/* With what it derives from. */
static void add_rule(struct summer *summer, const struct rule *rule) {
  for (; rule; rule = rule->base.size ? rule_set_find(summer->set, rule->base) : NULL)
    add_source(summer, rule->source);
}

/* ---- what is on disk ---- */

/* The file, and the libraries that its functions are in. */
static void add_model(struct summer *summer, const struct data_model *model) {
  add_file(summer, model->file);
  for (size_t i = 0; i < model->count; i++)
    for (size_t k = 0; k < model->fields[i].count; k++)
      for (size_t l = 0; l < summer->set->library_count; l++)
        if (text_equal(summer->set->libraries[l].name, model->fields[i].sources[k].library))
          add_library(summer, l);
}

static void add_log_types(struct summer *summer, const struct text_list *log_types) {
  const struct schema_set *schemas = summer->options->schemas;
  for (size_t i = 0; schemas && i < log_types->count; i++) {
    const struct schema *schema = schema_find(schemas, log_types->items[i]);
    if (!schema)
      continue;
    add_file(summer, schema->file);
    if (schema->model)
      add_model(summer, schema->model);
  }
}

static void add_fixtures(struct summer *summer, const struct rule_test_subject *subject) {
  struct rule_test_cases cases;
  struct arena arena = ARENA_NONE;
  rule_test_cases_read(subject, &cases);
  for (size_t i = 0; i < cases.count; i++)
    for (size_t k = 0; k < cases.items[i].event_count; k++) {
      struct text fixture = cases.items[i].events[k].fixture;
      const char *const *folder = summer->options->fixtures;
      for (; fixture.size && *folder; folder++)
        add_file(summer, arena_printf(&arena, "%s/%.*s", *folder, TEXT_ARGS(fixture)));
    }
  rule_test_cases_free(&cases);
  arena_free(&arena);
}

uint64_t rule_test_fingerprint(const struct rule_set *set, const struct rule_test_options *options,
                               const struct rule_test_subject *subject) {
  struct summer summer = {.set = set, .options = options};
  summer.seen = memory_alloc_array(set->library_count + 1, sizeof *summer.seen);
  add_source(&summer, subject->source);
  for (size_t i = 0; i < subject->rule_count; i++)
    add_rule(&summer, subject->rules[i]);
  add_log_types(&summer, &subject->log_types);
  add_fixtures(&summer, subject);
  free(summer.seen);
  return summer.sum;
}
