#include "detect/stateful/question_values.h"

#include "base/codec.h"

bool question_values_next(const struct question_state *state, struct question_entry *entry) {
  struct text all = buffer_text(&state->bytes);
  struct codec_reader in =
      codec_reader_of((struct text){all.data + entry->next, all.size - entry->next});
  if (codec_rest(&in).size == 0)
    return false;
  uint32_t folded = codec_take_u32(&in), shown = codec_take_u32(&in);
  entry->text.folded = codec_take_bytes(&in, folded);
  entry->text.shown = shown ? codec_take_bytes(&in, shown) : entry->text.folded;
  entry->at = entry->next;
  entry->next = all.size - codec_rest(&in).size;
  return codec_ok(&in);
}

/* A text that is written as it is compared is kept once. */
void question_values_add(struct question_state *state, const struct question_text *text) {
  bool same = text_equal_short(text->folded, text->shown);
  codec_put_u32(&state->bytes, (uint32_t)text->folded.size);
  codec_put_u32(&state->bytes, same ? 0 : (uint32_t)text->shown.size);
  codec_put_bytes(&state->bytes, text->folded.data, text->folded.size);
  if (!same)
    codec_put_bytes(&state->bytes, text->shown.data, text->shown.size);
}

void question_values_remove(struct question_state *state, const struct question_entry *entry) {
  struct buffer *bytes = &state->bytes;
  memmove(bytes->data + entry->at, bytes->data + entry->next, bytes->size - entry->next);
  bytes->size -= entry->next - entry->at;
}

size_t question_values_count(const struct question_state *state) {
  struct question_entry entry = {.next = 0};
  size_t count = 0;
  while (question_values_next(state, &entry))
    count++;
  return entry.next == state->bytes.size ? count : SIZE_MAX;
}
