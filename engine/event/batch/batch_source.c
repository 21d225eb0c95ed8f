#include "event/batch/batch_source.h"

#include "base/memory.h"

#include <stdlib.h>

struct batch_source *batch_source_new(struct text id, struct text label) {
  struct batch_source *source = memory_alloc(sizeof *source);
  source->id = (struct text){memory_copy_bytes(id.data, id.size), id.size};
  source->label = (struct text){memory_copy_bytes(label.data, label.size), label.size};
  atomic_init(&source->references, 1);
  return source;
}

struct batch_source *batch_source_hold(struct batch_source *source) {
  atomic_fetch_add(&source->references, 1);
  return source;
}

void batch_source_release(struct batch_source *source) {
  if (!source || atomic_fetch_sub(&source->references, 1) > 1)
    return;
  free((char *)(uintptr_t)source->id.data);
  free((char *)(uintptr_t)source->label.data);
  free(source);
}
