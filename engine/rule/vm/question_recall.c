#include "rule/vm/question_recall.h"

#include "base/hash.h"
#include "base/memory.h"

/* Bytes of a text for which answers are kept: addresses, "1.2.3.4" excepted. */
enum { KEY_LEAST = 8, KEY_MOST = 40 };

/* The one field that all parts are about, at least one of them by a table; NULL: there is none. */
static const struct rule_template_source *only_field(const struct question_parts *parts) {
  const struct rule_template_source *first = parts->items->field->parts->value->sources;
  bool looks_up = false;
  for (size_t i = 0; i < parts->count; i++) {
    const struct rule_template_value *value = parts->items[i].field->parts->value;
    if (value->count != 1 || value->sources->name.size || value->sources->field != first->field)
      return NULL;
    looks_up |= parts->items[i].lookup.size > 0;
  }
  return looks_up ? first : NULL;
}

/* Of KEY_LEAST bytes or more, eight at a time; the last eight may overlap. The highest bits of the
 * hash depend on all bytes. */
static inline size_t place_of(struct text key, unsigned parts) {
  uint64_t hash = hash_start(parts);
  for (size_t at = 0; at + 8 < key.size; at += 8)
    hash = hash_8(hash, text_load_8(key.data + at));
  return hash_8(hash, text_load_8(key.data + key.size - 8)) >> (64 - RULE_VM_RECALLED_BITS);
}

static inline bool is_key(const struct rule_vm_recalled *kept, struct text key) {
  if (kept->key_size != key.size)
    return false;
  for (size_t at = 0; at + 8 < key.size; at += 8)
    if (text_load_8(kept->bytes + at) != text_load_8(key.data + at))
      return false;
  return text_load_8(kept->bytes + key.size - 8) == text_load_8(key.data + key.size - 8);
}

struct question_recall question_recall_of(struct rule_vm *vm, const struct question_parts *parts) {
  const struct question_recall none = {.kept = NULL};
  const struct rule_template_source *source = vm->mocked ? NULL : only_field(parts);
  const struct json_node *node = source ? field_view_get(vm->view, source->field) : NULL;
  if (!node || node->type != JSON_TYPE_STRING || node->size < KEY_LEAST || node->size > KEY_MOST)
    return none;
  struct text key = json_text(node);
  if (!vm->recalled)
    vm->recalled = memory_alloc_array((size_t)1 << RULE_VM_RECALLED_BITS, sizeof *vm->recalled);
  return (struct question_recall){&vm->recalled[place_of(key, parts->shared)], key};
}

bool question_recall(const struct rule_vm *vm, const struct question_parts *parts,
                     const struct question_recall *recall, struct question_text *item) {
  const struct rule_vm_recalled *kept = recall->kept;
  if (!kept || kept->tables != vm->tables || kept->parts != parts->shared ||
      !is_key(kept, recall->key))
    return false;
  const char *bytes = kept->bytes + kept->key_size;
  item->shown = (struct text){bytes, kept->shown_size};
  item->folded =
      kept->folded_size ? (struct text){bytes + kept->shown_size, kept->folded_size} : item->shown;
  item->hash = kept->hash;
  return true;
}

void question_recall_add(struct question_gatherer *gatherer, const struct question_text *item) {
  bool same = item->shown.data == item->folded.data;
  size_t size = item->shown.size + (same ? 0 : item->folded.size);
  if (size == 0)
    return;
  char *bytes = arena_take(gatherer->arena, size);
  memcpy(bytes, item->shown.data, size); /* the folded text stands behind the shown one */
  struct question_text copy = {.shown = {bytes, item->shown.size}, .hash = item->hash};
  copy.folded = same ? copy.shown : (struct text){bytes + item->shown.size, item->folded.size};
  question_gather_item(gatherer, copy);
}

void question_recall_keep(const struct question_gatherer *gatherer,
                          const struct question_parts *parts,
                          const struct question_recall *recall) {
  struct rule_vm_recalled *kept = recall->kept;
  struct question_text item = {TEXT(""), TEXT(""), 0};
  if (gatherer->count > 1 || gatherer->cut || gatherer->failed)
    return;
  if (gatherer->count == 1)
    item = *gatherer->items;
  bool same = item.shown.data == item.folded.data;
  size_t folded_size = same ? 0 : item.folded.size;
  if (recall->key.size + item.shown.size + folded_size > sizeof kept->bytes)
    return;
  kept->tables = gatherer->vm->tables;
  kept->parts = parts->shared;
  kept->hash = item.hash;
  kept->key_size = (uint8_t)recall->key.size;
  kept->shown_size = (uint8_t)item.shown.size;
  kept->folded_size = (uint8_t)folded_size;
  char *at = kept->bytes;
  memcpy(at, recall->key.data, recall->key.size);
  memcpy(at += recall->key.size, item.shown.data, item.shown.size);
  memcpy(at + item.shown.size, item.folded.data, folded_size);
}
