#include "detect/test/rule_test_edit.h"

#include <jansson.h>
#include <stdio.h>

#define NUMBER_MARK "{n}"
/* A field's name; longer ones are cut. */
#define NAME_SIZE 512
#define LOAD_FLAGS (JSON_DECODE_ANY | JSON_ALLOW_NUL)

/* ---- new values ---- */

static json_t *number_text(struct text text, int64_t number) {
  struct buffer out = BUFFER_NONE;
  for (size_t i = 0; i < text.size;) {
    size_t size = sizeof NUMBER_MARK - 1;
    if (number && text.size - i >= size && memcmp(text.data + i, NUMBER_MARK, size) == 0) {
      buffer_printf(&out, "%lld", (long long)number);
      i += size;
    } else {
      buffer_append_char(&out, text.data[i++]);
    }
  }
  json_t *value = json_stringn_nocheck(buffer_text(&out).data, out.size);
  buffer_free(&out);
  return value;
}

static json_t *load(struct text json) {
  return json_loadb(json.data, json.size, LOAD_FLAGS, NULL);
}

/* Texts in it are numbered; what is within tables stays as it is written. */
static json_t *new_value(const struct json_node *node, int64_t number) {
  if (node->type == JSON_TYPE_STRING)
    return number_text(json_text(node), number);
  struct buffer json = BUFFER_NONE;
  json_write(&json, node);
  json_t *value = load(buffer_text(&json));
  buffer_free(&json);
  return value;
}

/* ---- paths ---- */

static bool take_part(struct text *path, struct text *part) {
  const char *dot = memchr(path->data, '.', path->size);
  part->data = path->data;
  part->size = dot ? (size_t)(dot - path->data) : path->size;
  path->data += part->size + (dot != NULL);
  path->size -= part->size + (dot != NULL);
  return dot != NULL;
}

/* A list's place, from 0; false when the part is no position in it. */
static bool position(const json_t *list, struct text part, size_t *index) {
  size_t number = 0;
  for (size_t i = 0; i < part.size; i++) {
    if (part.data[i] < '0' || part.data[i] > '9' || number > json_array_size(list))
      return false;
    number = number * 10 + (size_t)(part.data[i] - '0');
  }
  *index = number - 1;
  return number >= 1 && number <= json_array_size(list);
}

/* jansson wants names with a NUL at the end. */
struct name {
  char text[NAME_SIZE];
};

static const char *name_of(struct text part, struct name *name) {
  snprintf(name->text, sizeof name->text, "%.*s", TEXT_ARGS(part));
  return name->text;
}

static json_t *child_of(json_t *at, struct text part) {
  struct name name = {""};
  size_t index;
  if (json_is_object(at))
    return json_object_get(at, name_of(part, &name));
  return position(at, part, &index) ? json_array_get(at, index) : NULL;
}

/* Takes the value over. */
static bool put(json_t *at, struct text part, json_t *value) {
  struct name name = {""};
  size_t index;
  if (json_is_object(at))
    return json_object_set_new_nocheck(at, name_of(part, &name), value) == 0;
  if (json_is_array(at) && position(at, part, &index))
    return json_array_set_new(at, index, value) == 0;
  json_decref(value);
  return false;
}

static bool set_path(json_t *root, struct text path, json_t *value) {
  struct text part;
  json_t *at = root;
  while (take_part(&path, &part)) {
    json_t *child = child_of(at, part);
    if (!child || json_is_null(child)) {
      child = json_object();
      if (!put(at, part, child)) {
        json_decref(value);
        return false;
      }
    }
    at = child;
  }
  return put(at, part, value);
}

static void unset_path(json_t *root, struct text path) {
  struct text part;
  json_t *at = root;
  struct name name = {""};
  size_t index;
  while (take_part(&path, &part))
    if (!(at = child_of(at, part)))
      return;
  if (json_is_object(at))
    json_object_del(at, name_of(part, &name));
  else if (position(at, part, &index))
    json_array_remove(at, index);
}

/* ---- the whole ---- */

static bool refuse_path(struct text path, struct error *error) {
  char shown[120];
  return error_set(error, "'%s' leads into something that has no fields",
                   text_printable(path, shown, sizeof shown));
}

static bool edit_root(json_t *root, const struct rule_test_edit *edit, struct error *error) {
  if (edit->unset)
    for (JSON_EACH(path, edit->unset))
      unset_path(root, json_text(path));
  if (edit->set)
    for (JSON_EACH(value, edit->set))
      if (!set_path(root, json_key(value), new_value(value, edit->number)))
        return refuse_path(json_key(value), error);
  return !edit->moved_key.data || put(root, edit->moved_key, load(edit->moved_value)) ||
         refuse_path(edit->moved_key, error);
}

bool rule_test_edit_apply(struct buffer *record, const struct rule_test_edit *edit,
                          struct error *error) {
  json_error_t cause;
  json_t *root = json_loadb(buffer_text(record).data, record->size, LOAD_FLAGS, &cause);
  bool ok = false;
  if (!root)
    error_set(error, "not JSON: %s", cause.text);
  else if (!json_is_object(root))
    error_set(error, "not a JSON object");
  else
    ok = edit_root(root, edit, error);
  if (ok) {
    size_t size = json_dumpb(root, NULL, 0, JSON_COMPACT);
    buffer_reset(record);
    json_dumpb(root, buffer_reserve(record, size), size, JSON_COMPACT);
    record->size = size;
    record->data[size] = '\0';
  }
  json_decref(root);
  return ok;
}
