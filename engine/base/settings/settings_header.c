/* Headers of requests, as SETTING_HEADERS has them: values that are secrets, or come from files. */
#include "base/settings/internal.h"

#include <string.h>

/* Where a file is named: at the beginning of the value, or of a later word ("Bearer file:token").
 * The path goes to the end. */
static size_t find_file(struct text value) {
  for (size_t i = 0; i + 5 <= value.size; i++)
    if ((i == 0 || value.data[i - 1] == ' ') && memcmp(value.data + i, "file:", 5) == 0)
      return i;
  return value.size;
}

/* Names of headers whose values nobody else should know. */
static bool names_secret(struct text name) {
  static const char *const parts[] = {"auth", "cookie", "key", "pass", "secret", "token"};
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    if (text_contains_folded(name, text_from(parts[i])))
      return true;
  return false;
}

/* The value, and its last word: what follows "Bearer". */
static void hide(const struct settings_reader *reader, struct text value) {
  if (!reader->on_secret)
    return;
  reader->on_secret(reader->on_secret_context, value);
  for (size_t i = value.size; i > 0; i--)
    if (value.data[i - 1] == ' ') {
      reader->on_secret(reader->on_secret_context, (struct text){value.data + i, value.size - i});
      return;
    }
}

static bool read_file(const struct settings_reader *reader, const struct yaml_node *node,
                      struct text path, size_t kept, struct text *header) {
  struct text content = TEXT("");
  if (!settings_read_secret_file(reader, node, path, &content))
    return false;
  char *whole = arena_alloc(reader->arena, kept + content.size + 1);
  memcpy(whole, header->data, kept);
  memcpy(whole + kept, content.data, content.size);
  whole[kept + content.size] = '\0';
  *header = (struct text){whole, kept + content.size};
  return true;
}

bool settings_read_header(const struct settings_reader *reader, const struct yaml_node *node,
                          struct text *header) {
  const char *colon = header->size > 0 ? memchr(header->data, ':', header->size) : NULL;
  if (!colon)
    return true; /* a mistake that whoever sends it reports */
  struct text name = {header->data, (size_t)(colon - header->data)};
  struct text value = text_trim((struct text){colon + 1, header->size - name.size - 1});
  size_t start = (size_t)(value.data - header->data), file = find_file(value);
  bool from_file = file < value.size;
  bool secret = from_file || !text_equal(*header, node->value) || names_secret(name);
  if (from_file &&
      !read_file(reader, node, (struct text){value.data + file + 5, value.size - file - 5},
                 start + file, header))
    return false;
  if (start == header->size && secret)
    return yaml_problem(&reader->context, node,
                        "the header %s has no value: give it one, or leave the header out",
                        arena_printf(reader->arena, "%.*s", TEXT_ARGS(name)));
  if (secret)
    hide(reader, (struct text){header->data + start, header->size - start});
  return true;
}
