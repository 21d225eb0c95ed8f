#include "command/tuning/tuning_edit.h"

#include "base/memory.h"
#include "base/yaml/yaml.h"
#include "command/tuning/tuning_model.h"
#include "command/tuning/yaml_write.h"

#include <stdlib.h>
#include <string.h>

/* Keys that one entry may set, each by a change of its own. */
#define CHANGES_MAX 64

/* The bytes from `from` up to `to` become `with`. */
struct change {
  size_t from, to;
  struct buffer with;
};

struct edit {
  struct text file;
  const char *name;
  const char *line_end;
  const json_t *entry;
  struct yaml *yaml;
  struct error *error;
};

/* ---- places in the text ------------------------------------------------------------------ */

/* The byte at which a character begins; libyaml counts characters, without a byte order mark. */
static size_t byte_at(struct text file, size_t character) {
  size_t at = file.size >= 3 && memcmp(file.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
  for (; at < file.size; at++) {
    bool begins = ((unsigned char)file.data[at] & 0xc0) != 0x80;
    if (begins && character-- == 0)
      break;
  }
  return at;
}

static size_t line_start(struct text file, size_t at) {
  while (at > 0 && file.data[at - 1] != '\n')
    at--;
  return at;
}

/* The newline itself, or the end; a carriage return before it is part of the line's end. */
static size_t line_end(struct text file, size_t at) {
  while (at < file.size && file.data[at] != '\n' &&
         !(file.data[at] == '\r' && at + 1 < file.size && file.data[at + 1] == '\n'))
    at++;
  return at;
}

static size_t next_line(struct text file, size_t at) {
  const char *newline = at < file.size ? memchr(file.data + at, '\n', file.size - at) : NULL;
  return newline ? (size_t)(newline - file.data) + 1 : file.size;
}

static size_t spaces_at(struct text file, size_t at) {
  size_t count = 0;
  while (at + count < file.size && file.data[at + count] == ' ')
    count++;
  return count;
}

/* Where lines can be put behind something that ends at `at` and whose lines begin at `column`:
 * behind its line, and behind comments that stand below it like its own lines. */
static size_t behind_lines(struct text file, size_t at, size_t column) {
  bool ended = at > 0 && file.data[at - 1] == '\n'; /* behind a block of text */
  size_t next = ended ? at : next_line(file, at);
  for (;;) {
    size_t spaces = spaces_at(file, next);
    bool comment = next + spaces < file.size && file.data[next + spaces] == '#';
    if (!comment || spaces == 0 || spaces < column)
      return next;
    next = next_line(file, next);
  }
}

/* The column of the dashes of a list in lines; false when it cannot be seen. */
static bool dash_column(struct text file, const struct yaml_node *list, size_t *column) {
  size_t at = byte_at(file, list->start), end = byte_at(file, list->last);
  size_t start = line_start(file, at);
  for (size_t i = start; i < at; i++)
    if (file.data[i] != ' ')
      start = file.size; /* something else is before it: the dashes are in the lines below */
  for (start = start == file.size ? next_line(file, at) : start; start < end;
       start = next_line(file, start)) {
    *column = spaces_at(file, start);
    if (start + *column < file.size && file.data[start + *column] == '-')
      return true;
  }
  return false;
}

/* ---- changes ----------------------------------------------------------------------------- */

/* Puts whole lines in; a file whose last line does not end keeps to that. */
static void put_lines(const struct edit *edit, size_t at, const struct buffer *lines,
                      struct change *change) {
  bool open = at > 0 && edit->file.data[at - 1] != '\n';
  struct text text = buffer_text(lines);
  *change = (struct change){.from = at, .to = at};
  if (open) {
    buffer_append_string(&change->with, edit->line_end);
    text.size -= strlen(edit->line_end);
  }
  buffer_append_text(&change->with, text);
}

static struct yaml_style style_of(const struct edit *edit, size_t column) {
  return (struct yaml_style){edit->line_end, column};
}

/* A value more in brackets; `text` is "value" or "key: value". */
static void put_in_brackets(const struct edit *edit, const struct yaml_node *node,
                            struct buffer *text, struct change *change) {
  size_t at = byte_at(edit->file, node->last);
  *change = (struct change){.from = at, .to = at};
  if (node->count > 0)
    buffer_append_string(&change->with, ", ");
  buffer_append_text(&change->with, buffer_text(text));
}

/* An item more in a list that has some, or stands in brackets. */
static bool add_item(const struct edit *edit, const struct yaml_node *list, const json_t *item,
                     struct change *change) {
  struct buffer text = BUFFER_NONE;
  size_t column = 0;
  bool ok = true;
  if (list->flow) {
    yaml_write_flow(&text, item);
    put_in_brackets(edit, list, &text, change);
  } else if ((ok = dash_column(edit->file, list, &column))) {
    size_t at = behind_lines(edit->file, byte_at(edit->file, list->last), column);
    yaml_write_item(&text, style_of(edit, column), item);
    put_lines(edit, at, &text, change);
  }
  buffer_free(&text);
  return ok;
}

/* A key more in a mapping that has some. */
static bool add_key(const struct edit *edit, const struct yaml_node *mapping, const char *key,
                    const json_t *value, struct change *change) {
  struct buffer text = BUFFER_NONE;
  if (mapping->flow) {
    yaml_write_flow_entry(&text, key, value);
    put_in_brackets(edit, mapping, &text, change);
  } else {
    size_t column = mapping->keys[0]->column - 1;
    size_t at = behind_lines(edit->file, byte_at(edit->file, mapping->last), column);
    yaml_write_entry(&text, style_of(edit, column), key, value);
    put_lines(edit, at, &text, change);
  }
  buffer_free(&text);
  return true;
}

/* Another value in the place of a scalar, or of a list in brackets. */
static bool set_whole(const struct edit *edit, const struct yaml_node *node, const json_t *value,
                      struct change *change) {
  *change = (struct change){.from = byte_at(edit->file, node->start),
                            .to = byte_at(edit->file, node->end)};
  if (change->from == change->to)
    buffer_append_char(&change->with, ' ');
  yaml_write_flow(&change->with, value);
  return true;
}

/* ---- the section ------------------------------------------------------------------------- */

/* How far the dashes of lists stand behind their key in this file: as those of the first list do.
 */
static size_t usual_indent(const struct edit *edit, const struct yaml_node *root) {
  size_t column;
  for (size_t i = 0; i < root->count; i++)
    if (root->items[i]->type == YAML_SEQUENCE && !root->items[i]->flow &&
        root->items[i]->count > 0 && dash_column(edit->file, root->items[i], &column) &&
        column + 1 >= root->keys[i]->column)
      return column + 1 - root->keys[i]->column;
  return 2;
}

/* Before a line "..." that ends the document, else the end of the file. */
static size_t document_end(const struct edit *edit, const struct yaml_node *root) {
  struct text file = edit->file;
  for (size_t at = line_start(file, byte_at(file, root->last)); at < file.size;
       at = next_line(file, at))
    if (file.size - at >= 3 && memcmp(file.data + at, "...", 3) == 0)
      return at;
  return file.size;
}

/* Whether a blank line, or nothing, is before this place. */
static bool is_parted(struct text file, size_t at) {
  size_t before = at > 0 && file.data[at - 1] == '\n' ? at - 1 : at;
  if (before > 0 && before < at && file.data[before - 1] == '\r')
    before--;
  return before == line_start(file, before) && (at == 0 || before < at);
}

/* The whole section, at the end of the file. */
static void add_section(const struct edit *edit, const struct yaml_node *root,
                        struct change *change) {
  struct buffer text = BUFFER_NONE;
  size_t column = root->count > 0 ? root->keys[0]->column - 1 : 0;
  size_t at = document_end(edit, root);
  if (at > 0 && !is_parted(edit->file, at))
    buffer_append_string(&text, edit->line_end);
  buffer_printf(&text, "%*stuning:%s", (int)column, "", edit->line_end);
  yaml_write_item(&text, style_of(edit, column + usual_indent(edit, root)), edit->entry);
  put_lines(edit, at, &text, change);
  buffer_free(&text);
}

/* The same where the whole file is in brackets. */
static void add_section_in_brackets(const struct edit *edit, const struct yaml_node *root,
                                    struct change *change) {
  struct buffer text = BUFFER_NONE;
  buffer_append_string(&text, "tuning: [");
  yaml_write_flow(&text, edit->entry);
  buffer_append_char(&text, ']');
  put_in_brackets(edit, root, &text, change);
  buffer_free(&text);
}

/* Where an empty value (nothing, ~, null, []) itself begins, behind an anchor. */
static size_t value_start(struct text file, size_t from, size_t to) {
  if (from < to && file.data[from] == '&')
    while (from < to && file.data[from] != ' ' && file.data[from] != '\n')
      from++;
  while (from < to && file.data[from] == ' ')
    from++;
  return from;
}

/* The key is there, and nothing behind it: the list comes into the lines below. */
static void fill_section(const struct edit *edit, const struct yaml_node *root, size_t index,
                         struct change *change) {
  const struct yaml_node *value = root->items[index];
  struct text file = edit->file;
  struct buffer text = BUFFER_NONE;
  size_t to = byte_at(file, value->end);
  size_t from = value_start(file, byte_at(file, value->start), to), end = line_end(file, to);
  *change = (struct change){.from = from, .to = end};
  if (root->flow) {
    change->to = to;
    buffer_append_string(&change->with, from == to ? " [" : "[");
    yaml_write_flow(&change->with, edit->entry);
    buffer_append_char(&change->with, ']');
    return;
  }
  bool rest = end > to;
  while (!rest && change->from > 0 && file.data[change->from - 1] == ' ')
    change->from--; /* no space at the line's end */
  buffer_append(&change->with, file.data + to, end - to);
  buffer_append_string(&change->with, edit->line_end);
  size_t column = root->keys[index]->column - 1 + usual_indent(edit, root);
  yaml_write_item(&text, style_of(edit, column), edit->entry);
  buffer_append(&change->with, text.data, text.size - strlen(edit->line_end));
  buffer_free(&text);
}

static bool holds_comment(const struct edit *edit, const struct yaml_node *node) {
  size_t from = byte_at(edit->file, node->start), to = byte_at(edit->file, node->end);
  return memchr(edit->file.data + from, '#', to - from) != NULL;
}

/* ---- an entry that is there -------------------------------------------------------------- */

/* The first of the wanted items that the list lacks; NULL: none. */
static const json_t *first_lacking(const struct yaml_node *list, const json_t *wanted) {
  json_t *there = model_of(list);
  const json_t *lacking = NULL;
  for (size_t i = 0; !lacking && i < json_array_size(wanted); i++)
    if (!model_has(there, json_array_get(wanted, i)))
      lacking = json_array_get(wanted, i);
  json_decref(there);
  return lacking;
}

static bool says(const struct yaml_node *node, const json_t *wanted) {
  json_t *there = model_of(node);
  bool same = model_fits(wanted, there);
  json_decref(there);
  return same;
}

/* The change for one key; `*made` stays false when the entry has it already. */
static bool change_key(const struct edit *edit, const struct yaml_node *mapping, const char *key,
                       const json_t *value, struct change *change, bool *made) {
  const struct yaml_node *there = yaml_get(mapping, key);
  *made = true;
  if (!there)
    return add_key(edit, mapping, key, value, change);
  if (there->type == YAML_SEQUENCE && model_adds(key) && json_is_array(value)) {
    const json_t *lacking = first_lacking(there, value);
    *made = lacking != NULL;
    return !lacking || add_item(edit, there, lacking, change);
  }
  *made = !says(there, value);
  bool whole = there->type == YAML_SCALAR ||
               (there->type == YAML_SEQUENCE && there->flow && !holds_comment(edit, there));
  return !*made || (whole && !json_is_object(value) && set_whole(edit, there, value, change));
}

static bool change_entry(const struct edit *edit, const struct yaml_node *mapping,
                         struct change *change, bool *made) {
  json_t *readable = (json_t *)(uintptr_t)edit->entry;
  *made = false;
  for (void *at = json_object_iter(readable); at && !*made;
       at = json_object_iter_next(readable, at))
    if (!change_key(edit, mapping, json_object_iter_key(at), json_object_iter_value(at), change,
                    made))
      return false;
  return true;
}

/* ---- one change -------------------------------------------------------------------------- */

static size_t find_key(const struct yaml_node *mapping, const char *key) {
  for (size_t i = 0; i < mapping->count; i++)
    if (text_is(mapping->keys[i]->value, key))
      return i;
  return mapping->count;
}

static bool change_list(const struct edit *edit, const struct yaml_node *list,
                        struct change *change, bool *made) {
  json_t *model = model_of(list);
  int at = model_find(model, edit->entry);
  json_decref(model);
  *made = true;
  return at < 0 ? add_item(edit, list, edit->entry, change)
                : change_entry(edit, list->items[at], change, made);
}

/* The next change that the text needs; *made = false: none. False: it cannot be made. */
static bool next_change(const struct edit *edit, struct change *change, bool *made) {
  const struct yaml_node *root = yaml_root(edit->yaml);
  *made = true;
  if (root->type != YAML_MAPPING)
    return false;
  size_t index = find_key(root, "tuning");
  if (index == root->count) {
    (root->flow ? add_section_in_brackets : add_section)(edit, root, change);
    return true;
  }
  const struct yaml_node *value = root->items[index];
  bool empty = yaml_is_null(value) || (value->type == YAML_SEQUENCE && value->count == 0);
  if (empty && !holds_comment(edit, value)) {
    fill_section(edit, root, index, change);
    return true;
  }
  return value->type == YAML_SEQUENCE && change_list(edit, value, change, made);
}

static void apply(struct buffer *text, const struct change *change) {
  struct buffer changed = BUFFER_NONE;
  buffer_append(&changed, text->data, change->from);
  buffer_append_text(&changed, buffer_text(&change->with));
  buffer_append(&changed, text->data + change->to, text->size - change->to);
  buffer_free(text);
  *text = changed;
}

/* ---- the whole --------------------------------------------------------------------------- */

static const char *line_end_of(struct text file) {
  const char *newline = file.size ? memchr(file.data, '\n', file.size) : NULL;
  return newline && newline > file.data && newline[-1] == '\r' ? "\r\n" : "\n";
}

static bool cannot(const struct edit *edit) {
  const struct yaml_node *root = yaml_root(edit->yaml);
  size_t index = root->type == YAML_MAPPING ? find_key(root, "tuning") : root->count;
  const struct yaml_node *at =
      root->type == YAML_MAPPING && index < root->count ? root->keys[index] : root;
  return error_set_at(edit->error, edit->name, at->line, at->column,
                      "an entry cannot be put into 'tuning' here without changing more than that: "
                      "write it as a list of one entry a line, or add the entry by hand");
}

/* Makes change after change; each is looked for in the text as it then is. */
static bool make_changes(struct edit *edit, struct buffer *text, bool *changed) {
  for (int i = 0; i < CHANGES_MAX; i++) {
    struct change change = {.from = 0};
    bool made = false;
    edit->file = buffer_text(text);
    bool ok = next_change(edit, &change, &made);
    if (ok && made)
      apply(text, &change);
    buffer_free(&change.with);
    if (!ok)
      return cannot(edit);
    if (!made)
      return true;
    *changed = true;
    struct error error = ERROR_NONE;
    struct yaml *yaml = yaml_load_text(buffer_text(text), edit->name, &error);
    if (!yaml)
      return cannot(edit);
    yaml_free(edit->yaml);
    edit->yaml = yaml;
  }
  return cannot(edit);
}

bool tuning_edit(struct text file, const char *name, const json_t *entry, struct buffer *out,
                 bool *changed, struct error *error) {
  struct edit edit = {.name = name, .line_end = line_end_of(file), .entry = entry, .error = error};
  struct buffer text = BUFFER_NONE;
  *changed = false;
  edit.yaml = yaml_load_text(file, name, error);
  if (!edit.yaml)
    return false;
  json_t *before = model_of(yaml_root(edit.yaml)), *wanted = model_with_entry(before, entry);
  buffer_append_text(&text, file);
  bool ok = wanted ? make_changes(&edit, &text, changed) : cannot(&edit);
  json_t *after = model_of(yaml_root(edit.yaml));
  if (ok && !model_fits(wanted, after))
    ok = cannot(&edit);
  if (ok)
    buffer_append_text(out, buffer_text(&text));
  json_decref(before);
  json_decref(wanted);
  json_decref(after);
  yaml_free(edit.yaml);
  buffer_free(&text);
  return ok;
}
