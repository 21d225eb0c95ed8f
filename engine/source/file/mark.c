#include "source/file/mark.h"

void mark_edge_fill(struct mark_edge *edge, struct text bytes) {
  size_t room = MARK_SIZE - edge->size;
  size_t size = bytes.size < room ? bytes.size : room;
  if (size > 0)
    memcpy(edge->bytes + edge->size, bytes.data, size);
  edge->size += size;
}

void mark_edge_move(struct mark_edge *edge, struct text bytes) {
  if (bytes.size >= MARK_SIZE) {
    memcpy(edge->bytes, bytes.data + bytes.size - MARK_SIZE, MARK_SIZE);
    edge->size = MARK_SIZE;
    return;
  }
  size_t kept = MARK_SIZE - bytes.size;
  if (edge->size > kept) {
    memmove(edge->bytes, edge->bytes + edge->size - kept, kept);
    edge->size = kept;
  }
  mark_edge_fill(edge, bytes);
}

struct mark mark_of(const struct mark_edge *start, const struct mark_edge *end, uint64_t position) {
  size_t start_size = position < start->size ? (size_t)position : start->size;
  bool has_first = start_size >= MARK_FIRST_SIZE;
  return (struct mark){.first =
                           has_first ? text_hash((struct text){start->bytes, MARK_FIRST_SIZE}) : 0,
                       .start = text_hash((struct text){start->bytes, start_size}),
                       .end = text_hash(mark_edge_text(end)),
                       .start_size = start_size,
                       .end_size = end->size};
}

bool mark_may_fit(const struct mark *mark, struct text start) {
  if (start.size >= mark->start_size)
    return mark_start_fits(mark, start);
  return mark->first == 0 || start.size < MARK_FIRST_SIZE ||
         text_hash((struct text){start.data, MARK_FIRST_SIZE}) == mark->first;
}

bool mark_start_fits(const struct mark *mark, struct text start) {
  return mark->start_size <= start.size &&
         (mark->start_size == 0 ||
          text_hash((struct text){start.data, mark->start_size}) == mark->start);
}

bool mark_end_fits(const struct mark *mark, struct text end) {
  return mark->end_size <= end.size &&
         (mark->end_size == 0 || text_hash((struct text){end.data + end.size - mark->end_size,
                                                         mark->end_size}) == mark->end);
}
