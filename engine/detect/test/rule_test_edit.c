#include "detect/test/rule_test_edit.h"

#define NUMBER_MARK "{n}"

/* One change: what stands at the path becomes `value`, or is taken out. */
struct change {
  struct text path;
  bool is_key;       /* the whole path is one key, dots or not */
  struct text value; /* JSON; data NULL: take it out */
};

/* ---- new values ---- */

static void write_numbered(struct buffer *out, struct text text, int64_t number) {
  struct buffer numbered = BUFFER_NONE;
  for (size_t i = 0; i < text.size;) {
    size_t size = sizeof NUMBER_MARK - 1;
    if (number && text.size - i >= size && memcmp(text.data + i, NUMBER_MARK, size) == 0) {
      buffer_printf(&numbered, "%lld", (long long)number);
      i += size;
    } else {
      buffer_append_char(&numbered, text.data[i++]);
    }
  }
  buffer_append_json_string(out, buffer_text(&numbered));
  buffer_free(&numbered);
}

/* Texts in it are numbered; what is within tables stays as it is written. */
static void write_value(struct buffer *out, const struct json_node *node, int64_t number) {
  if (node->type == JSON_TYPE_STRING)
    write_numbered(out, json_text(node), number);
  else
    json_write(out, node);
}

/* ---- paths ---- */

/* The path's first part, and what is left of the change behind it. False: the part is the last. */
static bool take_part(struct change *change, struct text *part) {
  struct text *path = &change->path;
  const char *dot = change->is_key ? NULL : memchr(path->data, '.', path->size);
  part->data = path->data;
  part->size = dot ? (size_t)(dot - path->data) : path->size;
  path->data += part->size + (dot != NULL);
  path->size -= part->size + (dot != NULL);
  return dot != NULL;
}

/* The list's place that the part names, from 0; its size when it names none. */
static size_t position(const struct json_node *list, struct text part) {
  size_t number = 0;
  for (size_t i = 0; i < part.size; i++) {
    if (part.data[i] < '0' || part.data[i] > '9' || number > list->size)
      return list->size;
    number = number * 10 + (size_t)(part.data[i] - '0');
  }
  return number >= 1 && number <= list->size ? number - 1 : list->size;
}

static void separate(struct buffer *out, char opening) {
  if (out->data[out->size - 1] != opening)
    buffer_append_char(out, ',');
}

static void write_key(struct buffer *out, struct text key) {
  separate(out, '{');
  buffer_append_json_string(out, key);
  buffer_append_char(out, ':');
}

static bool write_changed(struct buffer *out, const struct json_node *node, struct change change);

/* What takes the place of a child that the part names; nothing where the last part is taken out. */
static bool write_child(struct buffer *out, const struct json_node *child, struct change rest,
                        bool more) {
  if (more)
    return write_changed(out, child, rest);
  buffer_append_text(out, rest.value);
  return true;
}

/* node NULL: an object is made, with the one member. */
static bool write_object(struct buffer *out, const struct json_node *node, struct text part,
                         struct change rest, bool more) {
  bool found = false, removes = !rest.value.data && !more, ok = true;
  buffer_append_char(out, '{');
  if (node) {
    for (JSON_EACH(child, node)) {
      bool is_it = text_equal(json_key(child), part);
      found = found || is_it;
      if (is_it && removes)
        continue;
      write_key(out, json_key(child));
      if (is_it)
        ok = ok && write_child(out, child, rest, more);
      else
        json_write(out, child);
    }
  }
  if (!found && rest.value.data) {
    write_key(out, part);
    ok = write_child(out, NULL, rest, more);
  }
  buffer_append_char(out, '}');
  return ok;
}

static bool write_list(struct buffer *out, const struct json_node *node, struct text part,
                       struct change rest, bool more) {
  size_t place = position(node, part), i = 0;
  bool ok = place < node->size || !rest.value.data;
  buffer_append_char(out, '[');
  for (JSON_EACH(child, node)) {
    bool is_it = i++ == place;
    if (is_it && !rest.value.data && !more)
      continue;
    separate(out, '[');
    if (is_it)
      ok = ok && write_child(out, child, rest, more);
    else
      json_write(out, child);
  }
  buffer_append_char(out, ']');
  return ok;
}

/* False when the path leads into something that has no parts; to take something out from there
 * changes nothing. */
static bool write_changed(struct buffer *out, const struct json_node *node, struct change change) {
  struct text part;
  bool more = take_part(&change, &part);
  if (node && node->type == JSON_TYPE_ARRAY)
    return write_list(out, node, part, change, more);
  if (!node || node->type == JSON_TYPE_OBJECT ||
      (node->type == JSON_TYPE_NULL && change.value.data))
    return write_object(out, node && node->type == JSON_TYPE_OBJECT ? node : NULL, part, change,
                        more);
  json_write(out, node);
  return !change.value.data;
}

/* ---- the whole ---- */

struct editing {
  struct buffer *record;
  struct json_reader *reader;
  struct error *error;
};

static bool apply(const struct editing *editing, struct change change) {
  char shown[120];
  struct buffer changed = BUFFER_NONE;
  const struct json_node *root =
      json_read_copy(editing->reader, buffer_text(editing->record), editing->error);
  if (!root)
    return false;
  if (root->type != JSON_TYPE_OBJECT)
    return error_set(editing->error, "not a JSON object");
  bool ok = write_changed(&changed, root, change);
  if (ok) {
    buffer_reset(editing->record);
    buffer_append_text(editing->record, buffer_text(&changed));
  } else {
    error_set(editing->error, "'%s' leads into something that has no fields",
              text_printable(change.path, shown, sizeof shown));
  }
  buffer_free(&changed);
  return ok;
}

static bool apply_all(const struct editing *editing, const struct rule_test_edit *edit) {
  bool ok = true;
  if (edit->unset)
    for (JSON_EACH(path, edit->unset))
      ok = ok && apply(editing, (struct change){.path = json_text(path)});
  struct buffer value = BUFFER_NONE;
  if (edit->set)
    for (JSON_EACH(member, edit->set)) {
      buffer_reset(&value);
      write_value(&value, member, edit->number);
      ok = ok && apply(editing, (struct change){json_key(member), false, buffer_text(&value)});
    }
  buffer_free(&value);
  return ok && (!edit->moved_key.data ||
                apply(editing, (struct change){edit->moved_key, true, edit->moved_value}));
}

bool rule_test_edit_apply(struct buffer *record, const struct rule_test_edit *edit,
                          struct error *error) {
  const struct editing editing = {record, json_reader_new(), error};
  bool ok = apply_all(&editing, edit);
  json_reader_free(editing.reader);
  return ok;
}
