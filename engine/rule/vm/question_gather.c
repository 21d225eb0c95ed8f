#include "rule/vm/question_gather.h"

#include "base/digest.h"
#include "base/hash.h"
#include "base/unicode/fold.h"
#include "event/schema/data_model.h"
#include "rule/binding/event_own_field.h"
#include "rule/binding/event_view.h"

#include <lauxlib.h>

/* Bytes that stay of a longer text, before its digest. */
#define BEGINNING 150

/* ---- texts ---- */

/* Whether one of eight bytes is beyond ASCII, or below the space. */
static inline bool has_other_8(uint64_t eight) {
  const uint64_t ones = UINT64_C(0x0101010101010101);
  return (eight | ((eight - 0x20 * ones) & ~eight)) & 0x80 * ones;
}

bool question_take_short(struct arena *arena, struct text record, struct text text,
                         struct question_text *out) {
  size_t at = 0, end = text.size & ~(size_t)7;
  uint64_t hash = hash_start(text.size), differs = 0, eight, folded;
  if (text.data < record.data || text.data + text.size > record.data + record.size ||
      text.size > QUESTION_TEXT_MAX)
    return false;
  for (; at < end; at += 8) {
    eight = text_load_8(text.data + at);
    if (has_other_8(eight))
      return false;
    folded = text_fold_8(eight);
    differs |= folded ^ eight;
    hash = hash_8(hash, folded);
  }
  if (at < text.size) {
    uint64_t rest = ~UINT64_C(0) >> 8 * (8 - (text.size - at));
    eight = text_load_8(text.data + at) & rest; /* JSON_PADDING bytes follow a record */
    if (has_other_8(eight | (UINT64_C(0x2020202020202020) & ~rest)))
      return false;
    folded = text_fold_8(eight);
    differs |= folded ^ eight;
    hash = hash_8(hash, folded);
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

bool question_has_joint(struct text text) {
  for (size_t i = 0; i < text.size; i++)
    if (text.data[i] >= QUESTION_JOINT_FIRST && text.data[i] <= QUESTION_JOINT)
      return true;
  return false;
}

static struct text shorten(struct question_gatherer *gatherer, struct text text) {
  uint8_t digest[DIGEST_SIZE];
  char hex[2 * DIGEST_SIZE + 1];
  digest_sha256(text, digest);
  hex_encode(digest, sizeof digest, hex);
  struct text beginning = text_cut(text, BEGINNING);
  if (question_has_joint(beginning))
    beginning = TEXT("");
  return text_from(arena_printf(gatherer->arena, "%.*s~%.32s", TEXT_ARGS(beginning), hex));
}

static struct text fold(struct question_gatherer *gatherer, struct text text) {
  char *out = arena_take(gatherer->arena, fold_size_max(text.size));
  return (struct text){out, fold_write(text, out)};
}

void question_gather_item(struct question_gatherer *gatherer, struct question_text item) {
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

/* The short way for any text: a copy with padding is a record of its own. */
static bool add_short(struct question_gatherer *gatherer, struct text text) {
  struct question_text item;
  if (text.size > QUESTION_TEXT_MAX)
    return false;
  if (question_take_short(gatherer->arena, gatherer->vm->binding.event->record, text, &item)) {
    question_gather_item(gatherer, item);
    return true;
  }
  char *copy = arena_take(gatherer->arena, text.size + sizeof(uint64_t));
  memcpy(copy, text.data, text.size);
  memset(copy + text.size, 0, sizeof(uint64_t));
  const struct text copied = {copy, text.size};
  if (!question_take_short(gatherer->arena, copied, copied, &item))
    return false;
  question_gather_item(gatherer, item);
  return true;
}

struct text question_domain(struct text text) {
  const char *at = text.size ? memrchr(text.data, '@', text.size) : NULL;
  return at ? (struct text){at + 1, (size_t)(text.data + text.size - at - 1)} : TEXT("");
}

/* An empty text is no value: records have them for what is not known. */
void question_gather_text(struct question_gatherer *gatherer, const struct question_part *part,
                          struct text text) {
  if (part->cut == QUESTION_DOMAIN)
    text = question_domain(text);
  if (text.size == 0 || add_short(gatherer, text))
    return;
  bool long_or_odd = text.size > QUESTION_TEXT_MAX || question_has_joint(text);
  text = long_or_odd ? shorten(gatherer, text) : arena_copy(gatherer->arena, text);
  question_gather_pair(gatherer, text, fold(gatherer, text));
}

/* ---- parts ---- */

static void add_node(struct question_gatherer *gatherer, const struct question_part *part,
                     const struct json_node *node) {
  struct buffer *buffer = &gatherer->vm->buffer;
  switch (node->type) {
  case JSON_TYPE_STRING:
    question_gather_text(gatherer, part, json_text(node));
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
    question_gather_text(gatherer, part, buffer_text(buffer));
  }
}

/* Of a value that Lua gave; what is no text, number or boolean is none. */
void question_gather_lua(struct question_gatherer *gatherer, const struct question_part *part) {
  lua_State *lua = sandbox_lua(gatherer->vm->sandbox);
  int type = lua_type(lua, -1);
  struct text text;
  if (type == LUA_TBOOLEAN) {
    question_gather_text(gatherer, part, lua_toboolean(lua, -1) ? TEXT("true") : TEXT("false"));
  } else if (type == LUA_TSTRING || type == LUA_TNUMBER) {
    text.data = lua_tolstring(lua, -1, &text.size);
    question_gather_text(gatherer, part, text);
  }
  lua_pop(lua, 1);
}

/* As event:udm(name). */
static void add_model(struct question_gatherer *gatherer, const struct question_part *part,
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
      question_gather_lua(gatherer, part);
    else
      gatherer->failed = true;
    return;
  }
}

/* The first source that has a value. */
void question_gather_field(struct question_gatherer *gatherer, const struct question_part *part) {
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
