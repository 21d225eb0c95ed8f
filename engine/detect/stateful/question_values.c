#include "detect/stateful/question_values.h"

#include <endian.h>

#define SIZES_BYTES 8 /* of two u32 before each entry (base/codec.h) */

bool question_values_next(const struct question_state *state, struct question_entry *entry) {
  size_t left = state->bytes.size - entry->next;
  if (left < SIZES_BYTES)
    return false;
  const char *at = state->bytes.data + entry->next;
  size_t folded = le32toh(text_load_4(at)), shown = le32toh(text_load_4(at + 4));
  at += SIZES_BYTES;
  if (folded + shown > left - SIZES_BYTES)
    return false;
  entry->text.folded = (struct text){at, folded};
  entry->text.shown = shown ? (struct text){at + folded, shown} : entry->text.folded;
  entry->at = entry->next;
  entry->next += SIZES_BYTES + folded + shown;
  return true;
}

/* A text that is written as it is compared is kept once. */
void question_values_add(struct question_state *state, const struct question_text *text) {
  bool same = text_equal_short(text->folded, text->shown);
  const uint32_t sizes[] = {htole32((uint32_t)text->folded.size),
                            htole32(same ? 0 : (uint32_t)text->shown.size)};
  question_state_append(state, sizes, sizeof sizes);
  question_state_append(state, text->folded.data, text->folded.size);
  if (!same)
    question_state_append(state, text->shown.data, text->shown.size);
}

void question_values_remove(struct question_state *state, const struct question_entry *entry) {
  struct question_bytes *bytes = &state->bytes;
  memmove(bytes->data + entry->at, bytes->data + entry->next, bytes->size - entry->next);
  bytes->size = (uint32_t)(bytes->size - (entry->next - entry->at));
}

size_t question_values_count(const struct question_state *state) {
  struct question_entry entry = {.next = 0};
  size_t count = 0;
  while (question_values_next(state, &entry))
    count++;
  return entry.next == state->bytes.size ? count : SIZE_MAX;
}
