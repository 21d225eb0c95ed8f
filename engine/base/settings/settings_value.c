/* Settings whose value is one scalar, or a list of scalars. */
#include "base/buffer.h"
#include "base/settings/internal.h"
#include "base/suggestion.h"

#include <stdio.h>
#include <unistd.h>

static bool starts_with(struct text text, const char *prefix) {
  size_t size = strlen(prefix);
  return text.size >= size && memcmp(text.data, prefix, size) == 0;
}

static bool check_url(const struct settings_reader *reader, const struct yaml_node *node,
                      const struct setting *setting, struct text url) {
  const char *rest = starts_with(url, "https://")  ? url.data + 8
                     : starts_with(url, "http://") ? url.data + 7
                                                   : NULL;
  if (rest && rest < url.data + url.size && !strchr("/:?#", *rest) &&
      !memchr(url.data, ' ', url.size) && !memchr(url.data, '\n', url.size))
    return true;
  return yaml_problem(&reader->context, node,
                      "%s must be a URL that begins with https:// or http://, and names a host",
                      setting->key);
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
  if (node->secret)
    yaml_problem(&reader->context, node,
                 "%s: a value that is not known (not shown: it may be secret; expected %s)",
                 setting->key, known.data);
  else
    yaml_problem(&reader->context, node, "%s: unknown value '%s' (%sexpected %s)", setting->key,
                 text_printable(text, shown, sizeof shown),
                 suggestion_write_within(near, &suggestion), known.data);
  buffer_free(&known);
  return false;
}

/* "$NAME" is a shell's way to write ${NAME}. */
static void warn_of_dollar(const struct settings_reader *reader, const struct yaml_node *node,
                           const struct setting *setting) {
  struct text name = {node->value.data + 1, node->value.size ? node->value.size - 1 : 0};
  if (name.size == 0 || node->value.data[0] != '$' || (*name.data >= '0' && *name.data <= '9'))
    return;
  for (size_t i = 0; i < name.size; i++)
    if (!(name.data[i] == '_' || (name.data[i] >= '0' && name.data[i] <= '9') ||
          (name.data[i] >= 'A' && name.data[i] <= 'Z')))
      return;
  settings_warn(reader, node,
                "%s: $NAME is taken as it is written; write ${NAME} for the environment variable",
                setting->key);
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
  bool secret = SETTING_IS_SECRET(setting);
  if (secret && starts_with(text, "file:") &&
      !settings_read_secret_file(reader, node, (struct text){text.data + 5, text.size - 5}, &text))
    return false;
  if (secret && text.size == 0)
    return yaml_problem(&reader->context, node,
                        "%s is empty: give it a value, or leave the key out", setting->key);
  warn_of_dollar(reader, node, setting);
  if (secret && reader->on_secret)
    reader->on_secret(reader->on_secret_context, text);
  if (setting->required && text.size == 0)
    return yaml_problem(&reader->context, node, "%s is empty: give it a value", setting->key);
  if ((setting->kind == SETTING_URL || setting->kind == SETTING_SECRET_URL) && text.size > 0 &&
      !check_url(reader, node, setting, text))
    return false;
  *out = setting->kind == SETTING_PATH ? text_from(settings_path(reader, text)) : text;
  return true;
}

/* A path among others, or the word that stands for something else. */
static struct text path_item(const struct settings_reader *reader, const struct setting *setting,
                             struct text item) {
  return setting->word && text_is(item, setting->word) ? item
                                                       : text_from(settings_path(reader, item));
}

/* A word that is no path, and is nearly the one that would be known. */
static bool check_word(const struct settings_reader *reader, const struct yaml_node *node,
                       const struct setting *setting, struct text item) {
  char shown[64];
  if (!setting->word || text_is(item, setting->word) || !text_nearest(item, &setting->word, 1) ||
      access(settings_path(reader, item), F_OK) == 0)
    return true;
  return yaml_problem(&reader->context, node, "%s: there is no '%s' (did you mean '%s'?)",
                      setting->key, text_printable(item, shown, sizeof shown), setting->word);
}

static bool read_list(const struct settings_reader *reader, const struct yaml_node *node,
                      const struct setting *setting, struct setting_list *out) {
  bool alone = (setting->kind == SETTING_PATHS || setting->alone) && node->type == YAML_SCALAR &&
               !yaml_is_null(node);
  if (!alone && !yaml_expect(&reader->context, node, YAML_SEQUENCE, setting->key))
    return false;
  size_t count = alone ? 1 : node->count;
  struct text *items = arena_alloc(reader->arena, (count + 1) * sizeof *items);
  bool ok = true;
  for (size_t i = 0; i < count; i++) {
    const struct yaml_node *item = alone ? node : node->items[i];
    if (!yaml_expect(&reader->context, item, YAML_SCALAR, setting->key) ||
        !settings_expand(reader, item, &items[i]))
      ok = false;
    else if (setting->choices && choice_index(setting, items[i]) < 0)
      ok = choice_problem(reader, item, setting, items[i]);
    else if (setting->kind == SETTING_HEADERS)
      ok = settings_read_header(reader, item, &items[i]) && ok;
    else if (setting->kind == SETTING_PATHS && !check_word(reader, item, setting, items[i])) {
      items[i] = text_from(setting->word); /* what was meant */
      ok = false;
    }
    if (setting->kind == SETTING_PATHS)
      items[i] = path_item(reader, setting, items[i]);
  }
  *out = (struct setting_list){items, count};
  return ok;
}

static bool range_problem(const struct settings_reader *reader, const struct yaml_node *node,
                          const struct setting *setting) {
  struct time_string low, high;
  return yaml_problem(&reader->context, node, "%s must be between %s and %s", setting->key,
                      duration_format(setting->min, &low),
                      setting->max ? duration_format(setting->max, &high) : "any length");
}

static bool read_duration(const struct settings_reader *reader, const struct yaml_node *node,
                          const struct setting *setting, int64_t *target) {
  int64_t duration;
  if (!yaml_duration(&reader->context, node, setting->key, &duration))
    return false;
  if (duration < setting->min || (setting->max && duration > setting->max))
    return range_problem(reader, node, setting);
  *target = duration;
  return true;
}

static const struct {
  const char *name;
  unsigned shift;
} units[] = {{"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"", 0}};
enum { UNIT_COUNT = sizeof units / sizeof *units };

const char *size_format(int64_t bytes, struct size_string *string) {
  size_t unit = 0;
  while (bytes == 0 ? unit + 1 < UNIT_COUNT : bytes % (INT64_C(1) << units[unit].shift) != 0)
    unit++;
  snprintf(string->text, sizeof string->text, "%lld%s", (long long)(bytes >> units[unit].shift),
           units[unit].name);
  return string->text;
}

/* False also for what no int64_t holds. */
static bool parse_size(struct text text, int64_t *size) {
  size_t digits = 0;
  int64_t number = 0;
  for (; digits < text.size && text.data[digits] >= '0' && text.data[digits] <= '9'; digits++)
    if (__builtin_mul_overflow(number, 10, &number) ||
        __builtin_add_overflow(number, text.data[digits] - '0', &number))
      return false;
  for (size_t i = 0; digits > 0 && i < UNIT_COUNT; i++)
    if (text_is((struct text){text.data + digits, text.size - digits}, units[i].name))
      return !__builtin_mul_overflow(number, INT64_C(1) << units[i].shift, size);
  return false;
}

static bool read_size(const struct settings_reader *reader, const struct yaml_node *node,
                      const struct setting *setting, int64_t *target) {
  int64_t size;
  struct size_string low = {.text = ""}, high = {.text = ""};
  char shown[64];
  if (!parse_size(node->value, &size) && node->secret)
    return yaml_problem(&reader->context, node,
                        "%s: expected a size: bytes, or a whole number and one of KiB, MiB, GiB "
                        "(such as 64KiB), found a text (not shown: it may be secret)",
                        setting->key);
  if (!parse_size(node->value, &size))
    return yaml_problem(&reader->context, node,
                        "%s: expected a size: bytes, or a whole number and one of KiB, MiB, GiB "
                        "(such as 64KiB), found '%s'",
                        setting->key, text_printable(node->value, shown, sizeof shown));
  if (size < setting->min || size > setting->max)
    return yaml_problem(&reader->context, node, "%s must be between %s and %s", setting->key,
                        size_format(setting->min, &low), size_format(setting->max, &high));
  *target = size;
  return true;
}

/* Numbers, booleans and durations may come out of ${…}, too: they are read from the expanded
 * text, through a stand-in for the node that keeps its place. */
static bool read_scalar(const struct settings_reader *reader, const struct yaml_node *node,
                        const struct setting *setting, void *target) {
  struct yaml_node expanded = *node;
  if (!yaml_expect(&reader->context, node, YAML_SCALAR, setting->key) ||
      !settings_expand(reader, node, &expanded.value))
    return false;
  if (!text_equal(expanded.value, node->value)) {
    expanded.quoted = false;
    expanded.secret = true; /* what the environment holds is shown nowhere */
  }
  switch (setting->kind) {
  case SETTING_CHOICE:
    *(int *)target = choice_index(setting, expanded.value);
    return *(int *)target >= 0 || choice_problem(reader, &expanded, setting, expanded.value);
  case SETTING_BOOL:
    return yaml_bool(&reader->context, &expanded, setting->key, target);
  case SETTING_INT:
    return yaml_int(&reader->context, &expanded, setting->key, setting->min, setting->max, target);
  case SETTING_SIZE:
    return read_size(reader, &expanded, setting, target);
  case SETTING_DURATION:
  default:
    return read_duration(reader, &expanded, setting, target);
  }
}

/* As one line in which equal trees are equal. */
static void write_tree(struct buffer *out, const struct yaml_node *node) {
  if (node->type == YAML_SCALAR) {
    buffer_append_char(out, node->quoted ? 'q' : 'p');
    buffer_append_json_string(out, node->value);
    return;
  }
  buffer_append_char(out, node->type == YAML_MAPPING ? '{' : '[');
  for (size_t i = 0; i < node->count; i++) {
    if (node->type == YAML_MAPPING)
      write_tree(out, node->keys[i]);
    write_tree(out, node->items[i]);
  }
  buffer_append_char(out, node->type == YAML_MAPPING ? '}' : ']');
}

static bool read_tree(const struct settings_reader *reader, const struct yaml_node *node,
                      struct text *target) {
  struct buffer tree = BUFFER_NONE;
  write_tree(&tree, node);
  *target = arena_copy(reader->arena, buffer_text(&tree));
  buffer_free(&tree);
  return true;
}

bool settings_read_value(const struct settings_reader *reader, const struct yaml_node *node,
                         const struct setting *setting, void *target) {
  struct yaml_node hidden = *node;
  hidden.secret = hidden.secret || SETTING_IS_SECRET(setting);
  node = &hidden;
  if (setting_is_list(setting->kind))
    return read_list(reader, node, setting, target);
  if (setting->kind == SETTING_TREE)
    return read_tree(reader, node, target);
  if (setting_is_text(setting->kind))
    return read_text(reader, node, setting, target);
  return read_scalar(reader, node, setting, target);
}

/* Defaults are written as YAML would be and read by the same code. They hold no ${…} and are
 * right by construction, which the tests check for every table. */
bool settings_read_fallback(const struct settings_reader *reader, const struct setting *setting,
                            void *target) {
  if (!setting->fallback)
    return true;
  struct text value = text_from(setting->fallback);
  /* Unquoted, nothing would be YAML's null and not an empty text. */
  struct yaml_node node = {.type = YAML_SCALAR, .value = value, .quoted = value.size == 0};
  if (!setting_is_list(setting->kind))
    return settings_read_value(reader, &node, setting, target);
  size_t count = 0;
  struct text *items = arena_alloc(reader->arena, (value.size + 1) * sizeof *items);
  while (value.size > 0) {
    const char *comma = memchr(value.data, ',', value.size);
    size_t size = comma ? (size_t)(comma - value.data) : value.size;
    items[count] = text_trim((struct text){value.data, size});
    if (setting->kind == SETTING_PATHS)
      items[count] = path_item(reader, setting, items[count]);
    count++;
    size += comma ? 1 : 0;
    value = (struct text){value.data + size, value.size - size};
  }
  *(struct setting_list *)target = (struct setting_list){items, count};
  return true;
}
