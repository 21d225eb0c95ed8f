/* What a scalar stands for: ${…} from the environment, secrets from files, paths from the folder.
 */
#include "base/buffer.h"
#include "base/file_text.h"
#include "base/settings/internal.h"

#include <stdio.h>
#include <stdlib.h>

#define SECRET_SIZE_MAX 65536 /* bytes of a file: secret; keys and tokens are far smaller */

static bool name_char(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* Replaces one ${…} that starts after "${" at `at`; returns how many bytes it took up to and with
 * the brace, or 0 after adding a problem. */
static size_t expand_variable(const struct settings_reader *reader, const struct yaml_node *node,
                              struct text rest, struct buffer *out) {
  size_t name_size = 0;
  while (name_size < rest.size && name_char(rest.data[name_size]))
    name_size++;
  const char *end = memchr(rest.data, '}', rest.size);
  if (!end || name_size == 0) {
    yaml_problem(&reader->context, node,
                 "unfinished ${…}: write ${NAME} or ${NAME:-default}, and $$ for a dollar sign");
    return 0;
  }
  size_t length = (size_t)(end - rest.data);
  struct text fallback = {NULL, 0};
  bool has_fallback = length >= name_size + 2 && memcmp(rest.data + name_size, ":-", 2) == 0;
  if (has_fallback)
    fallback = (struct text){rest.data + name_size + 2, length - name_size - 2};
  if (!has_fallback && length != name_size) {
    yaml_problem(&reader->context, node, "'${%.*s': write ${NAME} or ${NAME:-default}",
                 (int)name_size, rest.data);
    return 0;
  }
  if (text_contains(fallback, TEXT("${"))) { /* the default may be secret */
    yaml_problem(&reader->context, node,
                 "'${%.*s:-…}': a default is plain text and holds no other ${…}; set %.*s instead",
                 (int)name_size, rest.data, (int)name_size, rest.data);
    return 0;
  }
  char name[256];
  snprintf(name, sizeof name, "%.*s", (int)name_size, rest.data);
  const char *value = getenv(name);
  if (value && (*value || !has_fallback))
    buffer_append_string(out, value);
  else if (has_fallback)
    buffer_append_text(out, fallback);
  else {
    yaml_problem(&reader->context, node,
                 "the environment variable %s is not set; set it, or write ${%s:-default}", name,
                 name);
    return 0;
  }
  return length + 1;
}

static bool expand_text(const struct settings_reader *reader, const struct yaml_node *node,
                        struct text text, struct text *out) {
  if (!text.size || !memchr(text.data, '$', text.size)) {
    *out = arena_copy(reader->arena, text);
    return true;
  }
  struct buffer buffer = BUFFER_NONE;
  bool ok = true;
  for (size_t i = 0; ok && i < text.size;) {
    if (text.data[i] == '$' && i + 1 < text.size && text.data[i + 1] == '$') {
      buffer_append_char(&buffer, '$');
      i += 2;
    } else if (text.data[i] == '$' && i + 1 < text.size && text.data[i + 1] == '{') {
      size_t used = expand_variable(reader, node,
                                    (struct text){text.data + i + 2, text.size - i - 2}, &buffer);
      ok = used > 0;
      i += 2 + used;
    } else {
      buffer_append_char(&buffer, text.data[i++]);
    }
  }
  if (ok)
    *out = arena_copy(reader->arena, buffer_text(&buffer));
  buffer_free(&buffer);
  return ok;
}

bool settings_expand(const struct settings_reader *reader, const struct yaml_node *node,
                     struct text *out) {
  return expand_text(reader, node, node->value, out);
}

const char *settings_path(const struct settings_reader *reader, struct text path) {
  const char *folder = reader->folder;
  if (!folder || strcmp(folder, ".") == 0 || path.size == 0 || path.data[0] == '/')
    return arena_copy(reader->arena, path).data;
  return arena_printf(reader->arena, "%s/%.*s", folder, TEXT_ARGS(path));
}

bool settings_read_secret_file(const struct settings_reader *reader, const struct yaml_node *node,
                               struct text path, struct text *out) {
  if (path.size == 0)
    return yaml_problem(&reader->context, node,
                        "file: names no file: write file:/path/to/the/secret");
  const char *path_string = settings_path(reader, path);
  struct buffer bytes = BUFFER_NONE;
  struct error error = ERROR_NONE;
  bool ok =
      file_read(path_string, FILE_HANDED_OVER, SECRET_SIZE_MAX, &bytes, NULL, &error) == FILE_READ;
  struct text secret = buffer_text(&bytes);
  while (secret.size > 0 &&
         (secret.data[secret.size - 1] == '\n' || secret.data[secret.size - 1] == '\r'))
    secret.size--;
  if (!ok)
    yaml_problem(&reader->context, node, "cannot read the secret's file %s: %s", path_string,
                 error.text);
  else if (secret.size == 0)
    ok = yaml_problem(&reader->context, node,
                      "the secret's file %s is empty: put the secret into it", path_string);
  else
    *out = arena_copy(reader->arena, secret);
  if (bytes.data)
    explicit_bzero(bytes.data, bytes.capacity);
  buffer_free(&bytes);
  return ok;
}
