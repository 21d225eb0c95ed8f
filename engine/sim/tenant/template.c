#include "sim/tenant/template.h"

#include "sim/tenant/shape.h"

#include <assert.h>

void filler_free(struct filler *filler) {
  buffer_free(&filler->who_text);
  buffer_free(&filler->whom_text);
}

static const struct template_field *find_field(struct text name) {
  for (size_t i = 0; i < TEMPLATE_FIELD_COUNT; i++)
    if (text_is(name, TEMPLATE_FIELDS[i].name))
      return &TEMPLATE_FIELDS[i];
  return NULL;
}

/* The shape's bytes up to `size`, with the quotes of JSON. */
static struct text copy_run(struct arena *arena, const char *shape, size_t size) {
  struct text shape_run = {shape, size}, run = arena_copy(arena, shape_run);
  char *bytes = arena_alloc(arena, size + 1);
  for (size_t i = 0; i < size; i++)
    bytes[i] = run.data[i] == '\'' ? '"' : run.data[i];
  return (struct text){bytes, size};
}

struct template template_compile(struct arena *arena, enum tenant_log log, const char *shape) {
  size_t count = 1;
  for (const char *at = shape; *at; at++)
    count += *at == '<';
  struct template template = {log, arena_alloc(arena, count * sizeof *template.pieces)};
  for (struct template_piece *piece = template.pieces;; piece++) {
    size_t run = strcspn(shape, "<");
    piece->before = copy_run(arena, shape, run);
    if (!shape[run])
      return template;
    const char *name = shape + run + 1;
    size_t name_size = strcspn(name, ">");
    piece->field = find_field((struct text){name, name_size});
    assert(piece->field && name[name_size] == '>');
    shape = name + name_size + 1;
  }
}

void template_fill(const struct template *template, struct filler *filler, const struct act *act,
                   struct buffer *out) {
  filler->act = act;
  filler->who = people_somebody(filler->people, act->who, &filler->who_text);
  filler->whom = people_somebody(filler->people, act->whom, &filler->whom_text);
  for (const struct template_piece *piece = template->pieces;; piece++) {
    buffer_append_text(out, piece->before);
    if (!piece->field)
      return;
    piece->field->append(filler, out);
  }
}
