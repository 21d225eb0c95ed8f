#include "rule/vm/question_look_up.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>

static bool enter(struct lookup_cursor *cursor, struct text wanted) {
  struct lookup_value container = lookup_take(cursor);
  if (container.type != LOOKUP_MAP && container.type != LOOKUP_ROW)
    return false;
  for (size_t i = 0; i < container.of.count; i++) {
    if (text_equal_short(lookup_take_key(cursor, container.type), wanted))
      return true;
    lookup_skip(cursor);
  }
  return false;
}

static bool follow(struct lookup_cursor *cursor, struct text column) {
  while (column.size) {
    const char *dot = memchr(column.data, '.', column.size);
    struct text step = {column.data, dot ? (size_t)(dot - column.data) : column.size};
    if (!enter(cursor, step))
      return false;
    size_t used = step.size + (dot != NULL);
    column = (struct text){column.data + used, column.size - used};
  }
  return true;
}

/* In as few digits as say the same number when it has up to six decimals, as places have: printf
 * takes some thousand instructions. Returns the size. */
static size_t write_real(double value, char *out, size_t size) {
  const int64_t million = 1000000;
  int64_t scaled = value > -1e9 && value < 1e9 ? llround(value * (double)million) : 0;
  if ((double)scaled / (double)million != value || scaled == 0)
    return (size_t)snprintf(out, size, "%.17g", value);
  char reversed[24];
  size_t count = 0, used = 0;
  uint64_t rest = (uint64_t)(scaled < 0 ? -scaled : scaled);
  for (int place = 0; rest > 0 || place <= 6; place++, rest /= 10) {
    if (place == 6 && count > 0)
      reversed[count++] = '.';
    if (place >= 6 || rest % 10 || count > 0)
      reversed[count++] = (char)('0' + rest % 10);
  }
  if (scaled < 0)
    out[used++] = '-';
  while (count > 0)
    out[used++] = reversed[--count];
  return used;
}

static void add_lookup_value(struct question_gatherer *gatherer, const struct question_part *part,
                             struct lookup_cursor *cursor) {
  char number[40];
  struct lookup_value value = lookup_take(cursor);
  switch (value.type) {
  case LOOKUP_TEXT:
  case LOOKUP_KEY:
    question_gather_text(gatherer, part, value.of.text);
    break;
  case LOOKUP_INTEGER:
    snprintf(number, sizeof number, "%lld", (long long)value.of.integer);
    question_gather_text(gatherer, part, text_from(number));
    break;
  case LOOKUP_REAL:
    question_gather_text(gatherer, part,
                         (struct text){number, write_real(value.of.real, number, sizeof number)});
    break;
  case LOOKUP_LIST:
    for (size_t i = 0; i < value.of.count; i++)
      add_lookup_value(gatherer, part, cursor);
    break;
  case LOOKUP_MAP:
  case LOOKUP_ROW:
    for (size_t i = 0; i < value.of.count; i++) {
      lookup_take_key(cursor, value.type);
      lookup_skip(cursor);
    }
    break;
  default:
    break;
  }
}

/* A test may have mocks in the place of tables, which only Lua sees. */
static void add_mocked(struct question_gatherer *gatherer, const struct question_part *part,
                       struct text key) {
  struct rule_vm *vm = gatherer->vm;
  size_t before = gatherer->count;
  for (size_t i = 0; i < part->column_count && gatherer->count == before; i++) {
    struct error ignored = ERROR_NONE;
    if (rule_vm_call_lookup(vm, gatherer->rule, part->lookup, key, part->columns[i], &ignored))
      question_gather_lua(gatherer, part);
  }
}

/* ---- rows ---- */

static bool is_known(const struct rule_vm *vm, struct text table, struct text key) {
  const struct rule_vm_row *row = &vm->row;
  return row->event == vm->event_number && row->key.data == key.data && row->key.size == key.size &&
         text_equal_short(row->table, table);
}

/* The key stands where it is until the next event. NULL: there is no row. A table that is not
 * configured has none. */
static const struct lookup_cursor *find_row(struct rule_vm *vm, struct text table,
                                            struct text key) {
  struct rule_vm_row *row = &vm->row;
  struct error error;
  if (!is_known(vm, table, key)) {
    error_clear(&error);
    row->event = vm->event_number;
    row->key = key;
    row->table = table;
    row->found = lookup_find(vm->binding.lookups, table, key, &row->scratch, &row->row, &error) ==
                 LOOKUP_FOUND;
  }
  return row->found ? &row->row : NULL;
}

/* Where what the part takes of the row is kept; NULL: nowhere, as the row is written anew for each
 * look-up. */
static struct rule_vm_row_text *place_of(struct rule_vm *vm, const struct question_part *part,
                                         const struct lookup_cursor *row) {
  if (!row->columns)
    return NULL;
  if (!vm->row_texts)
    vm->row_texts = memory_alloc_array(RULE_VM_ROW_TEXTS, sizeof *vm->row_texts);
  uint64_t place = (uintptr_t)row->at ^ (uintptr_t)part << 20;
  uint64_t hash = place * UINT64_C(0x9e3779b97f4a7c15);
  return &vm->row_texts[hash >> 32 & (RULE_VM_ROW_TEXTS - 1)];
}

static void add_kept(struct question_gatherer *gatherer, const struct rule_vm_row_text *kept) {
  struct question_text item = {.hash = kept->hash};
  if (kept->shown_size == 0)
    return;
  char *bytes = arena_take(gatherer->arena, kept->same ? ROW_TEXT_SIZE : 2 * ROW_TEXT_SIZE);
  memcpy(bytes, kept->shown, ROW_TEXT_SIZE);
  item.shown = item.folded = (struct text){bytes, kept->shown_size};
  if (!kept->same) {
    memcpy(bytes + ROW_TEXT_SIZE, kept->folded, ROW_TEXT_SIZE);
    item.folded = (struct text){bytes + ROW_TEXT_SIZE, kept->folded_size};
  }
  question_gather_item(gatherer, item);
}

/* `added`: what the part takes of the row; NULL: nothing. */
static void keep(const struct rule_vm *vm, const struct question_part *part, const char *row,
                 const struct question_text *added, struct rule_vm_row_text *kept) {
  *kept = (struct rule_vm_row_text){.tables = vm->tables, .row = row, .part = part};
  if (!added)
    return;
  kept->hash = added->hash;
  kept->same = added->shown.data == added->folded.data;
  kept->shown_size = (uint8_t)added->shown.size;
  kept->folded_size = (uint8_t)added->folded.size;
  memcpy(kept->shown, added->shown.data, added->shown.size);
  memcpy(kept->folded, added->folded.data, added->folded.size);
}

static void read_row(struct question_gatherer *gatherer, const struct question_part *part,
                     const struct lookup_cursor *row) {
  size_t before = gatherer->count;
  for (size_t i = 0; i < part->column_count && gatherer->count == before; i++) {
    struct lookup_cursor cursor = *row;
    if (follow(&cursor, part->columns[i]))
      add_lookup_value(gatherer, part, &cursor);
  }
}

static void add_row(struct question_gatherer *gatherer, const struct question_part *part,
                    struct text key) {
  struct rule_vm *vm = gatherer->vm;
  const struct lookup_cursor *row = find_row(vm, part->lookup, key);
  if (!row)
    return;
  struct rule_vm_row_text *kept = place_of(vm, part, row);
  if (kept && kept->tables == vm->tables && kept->row == row->at && kept->part == part) {
    add_kept(gatherer, kept);
    return;
  }
  size_t before = gatherer->count;
  read_row(gatherer, part, row);
  const struct question_text *added = gatherer->count > before ? &gatherer->items[before] : NULL;
  bool is_one = gatherer->count <= before + 1 && !gatherer->cut;
  if (kept && is_one &&
      (!added || (added->shown.size <= ROW_TEXT_SIZE && added->folded.size <= ROW_TEXT_SIZE)))
    keep(vm, part, row->at, added, kept);
}

static void look_up_key(struct question_gatherer *gatherer, const struct question_part *part,
                        struct text key) {
  if (gatherer->vm->mocked == gatherer->rule)
    add_mocked(gatherer, part, key);
  else
    add_row(gatherer, part, key);
}

/* The one text of a part that needs no list of keys; empty: the long way is to be taken. */
static struct text single_text(const struct question_gatherer *gatherer,
                               const struct question_part *part) {
  const struct rule_template_value *value = part->field->parts->value;
  if (value->count != 1 || value->sources->name.size)
    return TEXT("");
  const struct json_node *node = field_view_get(gatherer->vm->view, value->sources->field);
  if (!node || node->type != JSON_TYPE_STRING || node->size > QUESTION_TEXT_MAX)
    return TEXT("");
  struct text text = json_text(node);
  bool is_plain = is_known(gatherer->vm, part->lookup, text) || !question_has_joint(text);
  return is_plain ? text : TEXT("");
}

void question_look_up(struct question_gatherer *gatherer, const struct question_part *part) {
  struct text single = single_text(gatherer, part);
  if (single.size > 0) {
    look_up_key(gatherer, part, single);
    return;
  }
  struct question_gatherer keys = *gatherer;
  struct question_text room;
  const struct question_part field = {.field = part->field};
  keys.items = &room;
  keys.count = 0;
  question_gather_field(&keys, &field);
  gatherer->cut |= keys.cut;
  gatherer->failed |= keys.failed;
  for (size_t i = 0; i < keys.count; i++)
    look_up_key(gatherer, part, keys.items[i].shown);
}
