/* An entry put into any configuration: either the file is refused, or it says what it said and the
 * entry, and to put the entry in again changes nothing. */
#include "base/yaml/yaml.h"
#include "command/tuning/tuning_edit.h"
#include "command/tuning/yaml_write.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
  if (!holds)
    abort();
}

/* An exception of rule A for reason r, as seeds have it. */
static json_t *make_entry(void) {
  json_t *entry = json_object(), *list = json_array(), *exception = json_object();
  json_object_set_new(exception, "operator|contains", yaml_text(TEXT("a: b # c")));
  json_array_append_new(list, exception);
  json_object_set_new(entry, "rule", yaml_text(TEXT("A")));
  json_object_set_new(entry, "except", list);
  json_object_set_new(entry, "threshold", yaml_plain(TEXT("5")));
  json_object_set_new(entry, "reason", yaml_text(TEXT("r")));
  return entry;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct text file = {(const char *)data, size};
  struct buffer once = BUFFER_NONE, twice = BUFFER_NONE;
  struct error error = ERROR_NONE;
  json_t *entry = make_entry();
  bool changed = false;
  bool ok = tuning_edit(file, "fuzz.yml", entry, &once, &changed, &error);
  must(ok != error.set);
  must(!ok || changed || text_equal(buffer_text(&once), file));
  if (ok) {
    must(tuning_edit(buffer_text(&once), "fuzz.yml", entry, &twice, &changed, &error));
    must(!changed && text_equal(buffer_text(&once), buffer_text(&twice)));
  }
  json_decref(entry);
  buffer_free(&once);
  buffer_free(&twice);
  return 0;
}
