/* YAML and schemas: any text is either a schema that can be used, or is reported as problems. */
#include "base/memory.h"
#include "base/yaml/yaml.h"
#include "event/event.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
  if (!holds)
    abort();
}

static void walk(const struct yaml_node *node) {
  must(node->line > 0 && node->column > 0);
  for (size_t i = 0; i < node->count; i++) {
    if (node->type == YAML_MAPPING)
      walk(node->keys[i]);
    walk(node->items[i]);
  }
}

static void use_schemas(const struct schema_set *set) {
  static const char record[] =
      "{\"a\":\"x\",\"b\":1,\"time\":\"2024-03-21T07:09:03Z\",\"o\":{\"a\":[1,{\"b\":\"y\"}]}}"
      "                                                                ";
  struct event_reader *reader =
      event_reader_new(&(struct event_typing){.schemas = set}, TEXT("s"), TEXT("l"));
  struct error error = ERROR_NONE;
  const struct event *event = event_read(
      reader, (struct text){record, sizeof record - 1 - JSON_PADDING}, TEXT(""), 1, &error);
  struct buffer out = BUFFER_NONE;
  if (event)
    event_write(event, &out);
  buffer_free(&out);
  event_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct text text = {(const char *)data, size};
  struct problems problems = PROBLEMS_NONE;
  struct error error = ERROR_NONE;
  struct yaml *yaml = yaml_load_text(text, "fuzz.yml", &error);
  must((yaml == NULL) == error.set);
  if (yaml)
    walk(yaml_root(yaml));
  yaml_free(yaml);

  struct schema_set *set = schema_set_load_text(text, "fuzz.yml", &problems);
  must(set->count == 1 || problems.count > 0);
  if (set->count > 0)
    use_schemas(set);
  schema_set_free(set);
  problems_clear(&problems);
  return 0;
}
