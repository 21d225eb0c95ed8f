#include "base/settings.h"

#include "base/buffer.h"
#include "base/suggestion.h"

#include <errno.h>
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
  else if (length != name_size) {
    yaml_problem(&reader->context, node, "'${%.*s}': write ${NAME} or ${NAME:-default}",
                 (int)length, rest.data);
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

static bool read_secret_file(const struct settings_reader *reader, const struct yaml_node *node,
                             struct text path, struct text *out) {
  const char *path_string = settings_path(reader, path);
  char *content = arena_alloc(reader->arena, SECRET_SIZE_MAX + 1);
  FILE *file = fopen(path_string, "re");
  if (!file)
    return yaml_problem(&reader->context, node, "cannot read the secret's file %s: %s", path_string,
                        strerror(errno));
  size_t size = fread(content, 1, SECRET_SIZE_MAX + 1, file);
  bool failed = ferror(file) != 0;
  fclose(file);
  if (failed || size > SECRET_SIZE_MAX)
    return yaml_problem(&reader->context, node, "cannot read the secret's file %s: %s", path_string,
                        failed ? "read error" : "larger than 64 KiB");
  while (size > 0 && (content[size - 1] == '\n' || content[size - 1] == '\r'))
    size--;
  content[size] = '\0';
  *out = (struct text){content, size};
  return true;
}

static bool starts_with(struct text text, const char *prefix) {
  size_t size = strlen(prefix);
  return text.size >= size && memcmp(text.data, prefix, size) == 0;
}

static bool check_url(const struct settings_reader *reader, const struct yaml_node *node,
                      const struct setting *setting, struct text url) {
  const char *rest = starts_with(url, "https://")  ? url.data + 8
                     : starts_with(url, "http://") ? url.data + 7
                                                   : NULL;
  if (rest && rest < url.data + url.size && !memchr(url.data, ' ', url.size) &&
      !memchr(url.data, '\n', url.size))
    return true;
  return yaml_problem(&reader->context, node,
                      "%s must be a URL that begins with https:// or http://", setting->key);
}

static int choice_index(const struct setting *setting, struct text text) {
  for (int i = 0; setting->choices[i]; i++)
    if (text_equal_folded(text, text_from(setting->choices[i])))
      return i;
  return -1;
}

static bool choice_problem(const struct settings_reader *reader, const struct yaml_node *node,
                           const struct setting *setting, struct text text) {
  struct buffer known = BUFFER_NONE;
  size_t count = 0;
  for (; setting->choices[count]; count++)
    buffer_printf(&known, "%s%s", count ? ", " : "", setting->choices[count]);
  const char *near = text_nearest(text, setting->choices, count);
  struct suggestion suggestion;
  char shown[64];
  yaml_problem(&reader->context, node, "%s: unknown value '%s' (%sexpected %s)", setting->key,
               text_printable(text, shown, sizeof shown),
               suggestion_write_within(near, &suggestion), known.data);
  buffer_free(&known);
  return false;
}

static bool is_text(enum setting_kind kind) {
  return kind == SETTING_TEXT || kind == SETTING_PATH || kind == SETTING_SECRET ||
         kind == SETTING_URL || kind == SETTING_SECRET_URL;
}

static bool read_text(const struct settings_reader *reader, const struct yaml_node *node,
                      const struct setting *setting, struct text *out) {
  struct text text;
  if (!yaml_expect(&reader->context, node, YAML_SCALAR, setting->key))
    return false;
  if (yaml_is_null(node))
    return yaml_problem(&reader->context, node, "%s has no value: give one, or leave the key out",
                        setting->key);
  if (!settings_expand(reader, node, &text))
    return false;
  bool secret = setting->kind == SETTING_SECRET || setting->kind == SETTING_SECRET_URL;
  if (secret && starts_with(text, "file:") &&
      !read_secret_file(reader, node, (struct text){text.data + 5, text.size - 5}, &text))
    return false;
  if (secret && reader->on_secret)
    reader->on_secret(reader->on_secret_context, text);
  if (setting->required && text.size == 0)
    return yaml_problem(&reader->context, node, "%s is empty", setting->key);
  if ((setting->kind == SETTING_URL || setting->kind == SETTING_SECRET_URL) && text.size > 0 &&
      !check_url(reader, node, setting, text))
    return false;
  *out = setting->kind == SETTING_PATH ? text_from(settings_path(reader, text)) : text;
  return true;
}

static bool read_list(const struct settings_reader *reader, const struct yaml_node *node,
                      const struct setting *setting, struct setting_list *out) {
  if (!yaml_expect(&reader->context, node, YAML_SEQUENCE, setting->key))
    return false;
  struct text *items = arena_alloc(reader->arena, (node->count + 1) * sizeof *items);
  bool ok = true;
  for (size_t i = 0; i < node->count; i++) {
    const struct yaml_node *item = node->items[i];
    if (!yaml_expect(&reader->context, item, YAML_SCALAR, setting->key) ||
        !settings_expand(reader, item, &items[i]))
      ok = false;
    else if (setting->choices && choice_index(setting, items[i]) < 0)
      ok = choice_problem(reader, item, setting, items[i]);
  }
  *out = (struct setting_list){items, node->count};
  return ok;
}

/* Numbers, booleans and durations may come out of ${…}, too: they are read from the expanded
 * text, through a stand-in for the node that keeps its place. */
static bool read_value(const struct settings_reader *reader, const struct yaml_node *node,
                       const struct setting *setting, void *target) {
  if (setting->kind == SETTING_LIST)
    return read_list(reader, node, setting, target);
  if (is_text(setting->kind))
    return read_text(reader, node, setting, target);

  struct yaml_node expanded = *node;
  if (!yaml_expect(&reader->context, node, YAML_SCALAR, setting->key) ||
      !settings_expand(reader, node, &expanded.value))
    return false;
  if (!text_equal(expanded.value, node->value))
    expanded.quoted = false;
  int64_t number;
  switch (setting->kind) {
  case SETTING_CHOICE:
    *(int *)target = choice_index(setting, expanded.value);
    return *(int *)target >= 0 || choice_problem(reader, node, setting, expanded.value);
  case SETTING_BOOL:
    return yaml_bool(&reader->context, &expanded, setting->key, target);
  case SETTING_INT:
    return yaml_int(&reader->context, &expanded, setting->key, setting->min, setting->max, target);
  case SETTING_DURATION:
  default:
    if (!yaml_duration(&reader->context, &expanded, setting->key, &number))
      return false;
    if (number < setting->min || (setting->max && number > setting->max)) {
      struct time_string low, high;
      return yaml_problem(&reader->context, node, "%s must be between %s and %s", setting->key,
                          duration_format(setting->min, &low),
                          setting->max ? duration_format(setting->max, &high) : "any length");
    }
    *(int64_t *)target = number;
    return true;
  }
}

/* Defaults are written as YAML would be and read by the same code. They hold no ${…} and are
 * right by construction, which the tests check for every table. */
static bool read_fallback(const struct settings_reader *reader, const struct setting *setting,
                          void *target) {
  struct text value = text_from(setting->fallback);
  /* Unquoted, nothing would be YAML's null and not an empty text. */
  struct yaml_node node = {.type = YAML_SCALAR, .value = value, .quoted = value.size == 0};
  if (setting->kind != SETTING_LIST)
    return read_value(reader, &node, setting, target);
  size_t count = 0;
  struct text *items = arena_alloc(reader->arena, (value.size + 1) * sizeof *items);
  while (value.size > 0) {
    const char *comma = memchr(value.data, ',', value.size);
    size_t size = comma ? (size_t)(comma - value.data) : value.size;
    items[count++] = text_trim((struct text){value.data, size});
    size += comma ? 1 : 0;
    value = (struct text){value.data + size, value.size - size};
  }
  *(struct setting_list *)target = (struct setting_list){items, count};
  return true;
}

const char *const settings_any_key[] = {NULL};

static bool check_keys(const struct settings_reader *reader, const struct yaml_node *mapping,
                       const char *where, const struct setting *settings, size_t count,
                       const char *const *also_known) {
  size_t known_count = 0, also_count = 0;
  while (also_known && also_known[also_count])
    also_count++;
  const char **known = arena_alloc(reader->arena, (count + also_count + 1) * sizeof *known);
  for (size_t i = 0; i < count; i++)
    known[known_count++] = settings[i].key;
  for (size_t i = 0; i < also_count; i++)
    known[known_count++] = also_known[i];
  return yaml_known_keys(&reader->context, mapping, where, known, known_count);
}

bool settings_read(const struct settings_reader *reader, const struct yaml_node *mapping,
                   const char *where, const struct setting *settings, size_t count,
                   const char *const *also_known, void *options) {
  static const struct yaml_node nothing = {.type = YAML_MAPPING};
  if (!mapping)
    mapping = &nothing;
  if (!yaml_expect(&reader->context, mapping, YAML_MAPPING, where))
    return false;

  bool ok = also_known == settings_any_key ||
            check_keys(reader, mapping, where, settings, count, also_known);

  for (size_t i = 0; i < count; i++) {
    const struct setting *setting = &settings[i];
    void *target = (char *)options + setting->offset;
    const struct yaml_node *node = yaml_get(mapping, setting->key);
    if (node)
      ok = read_value(reader, node, setting, target) && ok;
    else if (setting->required)
      ok = yaml_problem(&reader->context, mapping, "%s needs '%s': %s", where, setting->key,
                        setting->help);
    else if (setting->fallback)
      ok = read_fallback(reader, setting, target) && ok;
  }
  return ok;
}
