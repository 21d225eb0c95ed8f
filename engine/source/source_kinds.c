#include "source/source_kinds.h"

static const struct source_type *const source_types[] = {&source_file, &source_zoom_reports};

#define SOURCE_TYPE_COUNT (sizeof(source_types) / sizeof(source_types[0]))

const struct source_type *source_type_find(struct text name) {
  for (size_t i = 0; i < SOURCE_TYPE_COUNT; i++)
    if (text_is(name, source_types[i]->name))
      return source_types[i];
  return NULL;
}

const char *const *source_type_names(size_t *count) {
  static const char *const names[SOURCE_TYPE_COUNT] = {"file", "zoom_reports"};
  *count = SOURCE_TYPE_COUNT;
  return names;
}
