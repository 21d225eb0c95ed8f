#include "rule/vm/question_repeat.h"

#include "base/hash.h"
#include "base/memory.h"

/* The highest bits depend on all bytes. */
static size_t place_of(const struct rule_vm_repeated *wanted) {
  uint64_t hash = hash_start((size_t)wanted->parts << 8 | wanted->size);
  hash = hash_8(hash, wanted->bytes[0]);
  return hash_8(hash, wanted->bytes[1]) >> (64 - RULE_VM_REPEATED_BITS);
}

struct question_repeat question_repeat_of(struct rule_vm *vm, const struct question_parts *parts,
                                          struct text text) {
  struct question_repeat repeat = {.place = NULL};
  struct rule_vm_repeated *wanted = &repeat.wanted;
  if (vm->batch == 0 || text.size == 0 || text.size > sizeof wanted->bytes)
    return repeat;
  wanted->batch = vm->batch;
  wanted->parts = parts->shared;
  wanted->size = (uint32_t)text.size;
  if (text.size >= 8) {
    wanted->bytes[0] = text_load_8(text.data);
    wanted->bytes[1] = text_load_8(text.data + text.size - 8);
  } else {
    wanted->bytes[0] = hash_load_rest(text);
  }
  if (!vm->repeated)
    vm->repeated = memory_alloc_array((size_t)1 << RULE_VM_REPEATED_BITS, sizeof *vm->repeated);
  repeat.place = &vm->repeated[place_of(wanted)];
  return repeat;
}
