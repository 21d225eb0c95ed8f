#include "rule/vm/rule_question.h"

#include "base/digest.h"
#include "base/unicode/fold.h"
#include "event/schema/data_model.h"
#include "rule/binding/event_lookup.h"
#include "rule/binding/event_own_field.h"
#include "rule/binding/event_view.h"
#include "rule/vm/rule_vm_internal.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>

/* Between the parts of a value, and behind the number of a part that stands by itself. No text of
 * an event that holds one goes in as it is. */
#define JOINT '\x1f'
#define MARK '\x1e'
/* Those and what detect/stateful puts between a key and a value. */
#define JOINT_FIRST '\x1d'
/* Bytes that stay of a longer text, before its digest. */
#define BEGINNING 150

/* The values of `of` or the keys of `per`, while they are found. */
struct gatherer {
  struct rule_vm *vm;
  const struct rule *rule;
  struct arena *arena;
  struct question_text *items; /* room for one at first */
  size_t count;
  bool cut, failed;
  struct error *error;
};

/* ---- texts ---- */

/* Whether one of eight bytes is beyond ASCII, or a control character that is not zero. */
static inline bool has_other_8(uint64_t eight) {
  const uint64_t ones = UINT64_C(0x0101010101010101);
  return (eight | ((eight - 0x20 * ones) & ~eight)) & 0x80 * ones;
}

/*
 * The short way, which most texts can go: of printable ASCII, and standing in the record, which
 * lives as long as the batch. Looked at, folded and hashed at once. False: the long way is to be
 * taken, and nothing was done.
 */
static bool take_short(struct arena *arena, struct text record, struct text text,
                       struct question_text *out) {
  size_t at = 0, end = text.size & ~(size_t)7;
  uint64_t hash = question_hash_start(text), differs = 0, eight, folded;
  if (text.data < record.data || text.data + text.size > record.data + record.size ||
      text.size > QUESTION_TEXT_MAX)
    return false;
  for (; at < end; at += 8) {
    eight = text_load_8(text.data + at);
    if (has_other_8(eight))
      return false;
    folded = text_fold_8(eight);
    differs |= folded ^ eight;
    hash = question_hash_8(hash, folded);
  }
  if (at < text.size) {
    uint64_t rest = ~UINT64_C(0) >> 8 * (8 - (text.size - at));
    eight = text_load_8(text.data + at) & rest; /* JSON_PADDING bytes follow a record */
    if (has_other_8(eight | (UINT64_C(0x2020202020202020) & ~rest)))
      return false;
    folded = text_fold_8(eight);
    differs |= folded ^ eight;
    hash = question_hash_8(hash, folded);
  }
  *out = (struct question_text){text, text, hash};
  if (!differs)
    return true;
  char *bytes = arena_take(arena, text.size + 8);
  for (at = 0; at < text.size; at += 8) {
    folded = text_fold_8(text_load_8(text.data + at));
    memcpy(bytes + at, &folded, sizeof folded);
  }
  out->folded.data = bytes;
  return true;
}

static bool has_joint(struct text text) {
  for (size_t i = 0; i < text.size; i++)
    if (text.data[i] >= JOINT_FIRST && text.data[i] <= JOINT)
      return true;
  return false;
}

static struct text shorten(struct gatherer *gatherer, struct text text) {
  uint8_t digest[DIGEST_SIZE];
  char hex[2 * DIGEST_SIZE + 1];
  digest_sha256(text, digest);
  hex_encode(digest, sizeof digest, hex);
  struct text beginning = text_cut(text, BEGINNING);
  if (has_joint(beginning))
    beginning = TEXT("");
  return text_from(arena_printf(gatherer->arena, "%.*s~%.32s", TEXT_ARGS(beginning), hex));
}

static struct text fold(struct gatherer *gatherer, struct text text) {
  char *out = arena_take(gatherer->arena, fold_size_max(text.size));
  return (struct text){out, fold_write(text, out)};
}

static void add_item(struct gatherer *gatherer, struct question_text item) {
  if (gatherer->count == QUESTION_VALUES_MAX) {
    gatherer->cut = true;
    return;
  }
  if (gatherer->count == 1) { /* more than most have */
    struct question_text *items = arena_take(gatherer->arena, QUESTION_VALUES_MAX * sizeof *items);
    items[0] = gatherer->items[0];
    gatherer->items = items;
  }
  gatherer->items[gatherer->count++] = item;
}

static void add(struct gatherer *gatherer, struct text shown, struct text folded) {
  add_item(gatherer, (struct question_text){shown, folded, question_hash(folded)});
}

/* The short way for any text: a copy with padding is a record of its own. */
static bool add_short(struct gatherer *gatherer, struct text text) {
  struct question_text item;
  if (text.size > QUESTION_TEXT_MAX)
    return false;
  if (take_short(gatherer->arena, gatherer->vm->binding.event->record, text, &item)) {
    add_item(gatherer, item);
    return true;
  }
  char *copy = arena_take(gatherer->arena, text.size + sizeof(uint64_t));
  memcpy(copy, text.data, text.size);
  memset(copy + text.size, 0, sizeof(uint64_t));
  const struct text copied = {copy, text.size};
  if (!take_short(gatherer->arena, copied, copied, &item))
    return false;
  add_item(gatherer, item);
  return true;
}

/* An empty text is no value: records have them for what is not known. */
static void add_text(struct gatherer *gatherer, const struct question_part *part,
                     struct text text) {
  if (part->cut == QUESTION_DOMAIN) {
    const char *at = text.size ? memrchr(text.data, '@', text.size) : NULL;
    text = at ? (struct text){at + 1, (size_t)(text.data + text.size - at - 1)} : TEXT("");
  }
  if (text.size == 0 || add_short(gatherer, text))
    return;
  bool long_or_odd = text.size > QUESTION_TEXT_MAX || has_joint(text);
  text = long_or_odd ? shorten(gatherer, text) : arena_copy(gatherer->arena, text);
  add(gatherer, text, fold(gatherer, text));
}

/* ---- parts ---- */

static void add_node(struct gatherer *gatherer, const struct question_part *part,
                     const struct json_node *node) {
  struct buffer *buffer = &gatherer->vm->buffer;
  switch (node->type) {
  case JSON_TYPE_STRING:
    add_text(gatherer, part, json_text(node));
    break;
  case JSON_TYPE_ARRAY:
    for (JSON_EACH(item, node))
      if (item->type != JSON_TYPE_ARRAY)
        add_node(gatherer, part, item);
    break;
  case JSON_TYPE_NULL:
  case JSON_TYPE_OBJECT:
    break;
  default:
    buffer_reset(buffer);
    json_write(buffer, node);
    add_text(gatherer, part, buffer_text(buffer));
  }
}

/* Of a value that Lua gave; what is no text, number or boolean is none. */
static void add_lua(struct gatherer *gatherer, const struct question_part *part) {
  lua_State *lua = sandbox_lua(gatherer->vm->sandbox);
  int type = lua_type(lua, -1);
  struct text text;
  if (type == LUA_TBOOLEAN) {
    add_text(gatherer, part, lua_toboolean(lua, -1) ? TEXT("true") : TEXT("false"));
  } else if (type == LUA_TSTRING || type == LUA_TNUMBER) {
    text.data = lua_tolstring(lua, -1, &text.size);
    add_text(gatherer, part, text);
  }
  lua_pop(lua, 1);
}

/* As event:udm(name). */
static void add_model(struct gatherer *gatherer, const struct question_part *part,
                      struct text name) {
  struct rule_vm *vm = gatherer->vm;
  const struct event *event = vm->binding.event;
  const struct data_model *model = event->schema ? event->schema->model : NULL;
  const struct data_model_field *field = model ? data_model_find(model, name) : NULL;
  size_t before = gatherer->count;
  for (size_t i = 0; field && i < field->count && gatherer->count == before; i++) {
    struct text path = field->sources[i].path;
    if (path.size && !event_hides_field(event, path)) {
      const struct json_node *node = event_path(event, path);
      if (node)
        add_node(gatherer, part, node);
      continue;
    }
    if (rule_vm_call_model(vm, gatherer->rule, name.data, gatherer->error))
      add_lua(gatherer, part);
    else
      gatherer->failed = true;
    return;
  }
}

/* The first source that has a value. */
static void add_field(struct gatherer *gatherer, const struct question_part *part) {
  const struct rule_template_value *value = part->field->parts->value;
  size_t before = gatherer->count;
  for (size_t i = 0; i < value->count && gatherer->count == before; i++) {
    const struct rule_template_source *source = &value->sources[i];
    const struct json_node *node =
        source->name.size ? NULL : field_view_get(gatherer->vm->view, source->field);
    if (source->name.size)
      add_model(gatherer, part, source->name);
    else if (node)
      add_node(gatherer, part, node);
  }
}

/* ---- lookups ---- */

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

static void add_lookup_value(struct gatherer *gatherer, const struct question_part *part,
                             struct lookup_cursor *cursor) {
  char number[40];
  struct lookup_value value = lookup_take(cursor);
  switch (value.type) {
  case LOOKUP_TEXT:
  case LOOKUP_KEY:
    add_text(gatherer, part, value.of.text);
    break;
  case LOOKUP_INTEGER:
    snprintf(number, sizeof number, "%lld", (long long)value.of.integer);
    add_text(gatherer, part, text_from(number));
    break;
  case LOOKUP_REAL:
    add_text(gatherer, part,
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
static void add_mocked(struct gatherer *gatherer, const struct question_part *part,
                       struct text key) {
  struct rule_vm *vm = gatherer->vm;
  size_t before = gatherer->count;
  for (size_t i = 0; i < part->column_count && gatherer->count == before; i++) {
    struct error ignored = ERROR_NONE;
    if (rule_vm_call_lookup(vm, gatherer->rule, part->lookup, key, part->columns[i], &ignored))
      add_lua(gatherer, part);
  }
}

/* NULL: there is none. A table that is not configured has no rows. */
static const struct lookup_cursor *find_row(struct rule_vm *vm, struct text table,
                                            struct text key) {
  struct rule_vm_row *row = &vm->row;
  struct error error;
  if (!row->known || !text_equal_short(buffer_text(&row->key), key) ||
      !text_equal_short(row->table, table)) {
    error_clear(&error);
    buffer_reset(&row->key);
    buffer_append_text(&row->key, key);
    row->table = table;
    row->found = lookup_find(vm->binding.lookups, table, key, &row->scratch, &row->row, &error) ==
                 LOOKUP_FOUND;
    row->known = true;
  }
  return row->found ? &row->row : NULL;
}

static void add_row(struct gatherer *gatherer, const struct question_part *part, struct text key) {
  const struct lookup_cursor *row = find_row(gatherer->vm, part->lookup, key);
  size_t before = gatherer->count;
  for (size_t i = 0; row && i < part->column_count && gatherer->count == before; i++) {
    struct lookup_cursor cursor = *row;
    if (follow(&cursor, part->columns[i]))
      add_lookup_value(gatherer, part, &cursor);
  }
}

static void look_up_key(struct gatherer *gatherer, const struct question_part *part,
                        struct text key) {
  if (gatherer->vm->mocked == gatherer->rule)
    add_mocked(gatherer, part, key);
  else
    add_row(gatherer, part, key);
}

/* The one text of a part that needs no list of keys; empty: the long way is to be taken. */
static struct text single_text(const struct gatherer *gatherer, const struct question_part *part) {
  const struct rule_template_value *value = part->field->parts->value;
  if (value->count != 1 || value->sources->name.size)
    return TEXT("");
  const struct json_node *node = field_view_get(gatherer->vm->view, value->sources->field);
  bool is_short = node && node->type == JSON_TYPE_STRING && node->size <= QUESTION_TEXT_MAX;
  return is_short && !has_joint(json_text(node)) ? json_text(node) : TEXT("");
}

static void look_up(struct gatherer *gatherer, const struct question_part *part) {
  struct text single = single_text(gatherer, part);
  if (single.size > 0) {
    look_up_key(gatherer, part, single);
    return;
  }
  struct gatherer keys = *gatherer;
  struct question_text room;
  const struct question_part field = {.field = part->field};
  keys.items = &room;
  keys.count = 0;
  add_field(&keys, &field);
  gatherer->cut |= keys.cut;
  gatherer->failed |= keys.failed;
  for (size_t i = 0; i < keys.count; i++)
    look_up_key(gatherer, part, keys.items[i].shown);
}

static void add_part(struct gatherer *gatherer, const struct question_part *part) {
  if (part->lookup.size)
    look_up(gatherer, part);
  else
    add_field(gatherer, part);
}

/* ---- several parts ---- */

static struct text join(struct gatherer *gatherer, struct text left, const char *between,
                        struct text right) {
  size_t joint = strlen(between), size = left.size + joint + right.size;
  char *bytes = arena_take(gatherer->arena, size + 1);
  memcpy(bytes, left.data, left.size);
  memcpy(bytes + left.size, between, joint);
  memcpy(bytes + left.size + joint, right.data, right.size);
  bytes[size] = '\0';
  return (struct text){bytes, size};
}

/* All parts are one value: each value of one with each of the others. */
static void add_product(struct gatherer *gatherer, const struct question_parts *parts) {
  static const char between[] = {JOINT, '\0'};
  struct gatherer left = *gatherer;
  struct question_text *rooms = arena_take(gatherer->arena, 2 * parts->count * sizeof *rooms);
  add_part(&left, &parts->items[0]);
  for (size_t p = 1; p < parts->count && left.count > 0; p++) {
    struct gatherer right = *gatherer, both = *gatherer;
    right.items = rooms++;
    both.items = rooms++;
    add_part(&right, &parts->items[p]);
    for (size_t i = 0; i < left.count; i++)
      for (size_t k = 0; k < right.count; k++)
        add(&both, join(gatherer, left.items[i].shown, ", ", right.items[k].shown),
            join(gatherer, left.items[i].folded, between, right.items[k].folded));
    both.cut |= left.cut | right.cut;
    both.failed |= left.failed | right.failed;
    left = both;
  }
  *gatherer = left;
}

/* Each part is a value by itself: the same text in two of them is two values. */
static void add_each(struct gatherer *gatherer, const struct question_parts *parts) {
  for (size_t p = 0; p < parts->count; p++) {
    const char mark[] = {(char)('0' + p), MARK, '\0'};
    size_t before = gatherer->count;
    add_part(gatherer, &parts->items[p]);
    for (size_t i = before; i < gatherer->count; i++) {
      struct question_text *item = &gatherer->items[i];
      item->folded = join(gatherer, TEXT(""), mark, item->folded);
      item->hash = question_hash(item->folded);
    }
  }
}

static void gather(struct gatherer *gatherer, const struct question_parts *parts, bool any) {
  if (any)
    add_each(gatherer, parts);
  else if (parts->count == 1)
    add_part(gatherer, &parts->items[0]);
  else
    add_product(gatherer, parts);
}

/* ---- one event ---- */

/* Of one field that holds one text: what nearly all questions are about. */
static bool gather_short(const struct gatherer *gatherer, const struct question_parts *parts) {
  const struct question_part *part = parts->items;
  if (parts->count != 1 || part->lookup.size || part->cut != QUESTION_WHOLE)
    return false;
  const struct rule_template_value *value = part->field->parts->value;
  if (value->count != 1 || value->sources->name.size)
    return false;
  const struct rule_vm *vm = gatherer->vm;
  const struct json_node *node = field_view_get(vm->view, value->sources->field);
  return node && node->type == JSON_TYPE_STRING && node->size > 0 &&
         take_short(gatherer->arena, vm->binding.event->record, json_text(node), gatherer->items);
}

/* What was found, with room for the one that most have. */
struct found_room {
  struct question_found found;
  struct question_text first;
};

/* A mock is one rule's own. NULL when a function fails. */
static const struct question_found *find_now(const struct gatherer *base,
                                             const struct question_parts *parts, bool any) {
  struct found_room *room = arena_take(base->arena, sizeof *room);
  struct gatherer gatherer = *base;
  gatherer.items = &room->first;
  if (!any && gather_short(&gatherer, parts))
    gatherer.count = 1;
  else
    gather(&gatherer, parts, any);
  if (gatherer.failed)
    return NULL;
  struct rule_vm *vm = base->vm;
  room->found = (struct question_found){gatherer.items, gatherer.count, gatherer.cut};
  if (!vm->mocked)
    vm->gathered[parts->shared] =
        (struct rule_vm_gathered){.event = vm->event_number, .found = &room->found};
  return &room->found;
}

/* What the parts are in this event, which several rules may ask. */
static inline const struct question_found *find(const struct gatherer *gatherer,
                                                const struct question_parts *parts, bool any) {
  const struct rule_vm_gathered *gathered = &gatherer->vm->gathered[parts->shared];
  if (gathered->event == gatherer->vm->event_number && !gatherer->vm->mocked)
    return gathered->found;
  return find_now(gatherer, parts, any);
}

static bool ask(const struct gatherer *gatherer, const struct question *question,
                struct question_asked *asked) {
  static const struct question_text nobody = {TEXT_INIT(""), TEXT_INIT(""), .hash = 0};
  static const struct question_found organisation = {&nobody, 1, false};
  const struct question_found *keys = &organisation, *values = NULL;
  *asked = (struct question_asked){.question = question};
  if (question->per.count && !(keys = find(gatherer, &question->per, false)))
    return false;
  if (keys->count && question->of.count &&
      !(values = find(gatherer, &question->of, question->of_any)))
    return false;
  if (keys->count && (!values || values->count)) {
    asked->keys = keys;
    asked->values = values;
  }
  return true;
}

const struct question_asked *rule_vm_ask(struct rule_vm *vm, const struct rule *rule,
                                         struct arena *arena, struct error *error) {
  size_t count = rule->questions.count;
  struct question_asked *asked = arena_take(arena, count * sizeof *asked);
  const struct gatherer gatherer = {.vm = vm, .rule = rule, .arena = arena, .error = error};
  for (size_t i = 0; i < count; i++)
    if (!ask(&gatherer, &rule->questions.items[i], &asked[i]))
      return NULL;
  return asked;
}

void rule_vm_set_answers(struct rule_vm *vm, const struct question_answers *answers) {
  vm->binding.answers = answers;
}
