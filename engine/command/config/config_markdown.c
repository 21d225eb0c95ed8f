#include "command/config/config_markdown.h"

#include "command/config/config_settings.h"

#include <stdio.h>

static void append_default(struct buffer *out, const struct setting *setting) {
  if (setting->required)
    buffer_append_string(out, "needed");
  else if (setting->fallback && *setting->fallback)
    buffer_printf(out, "`%s`", setting->fallback);
  else if (setting->usual)
    buffer_append_string(out, setting->usual);
  else
    buffer_append_string(out, setting->kind == SETTING_MAPPING ? "" : "none");
}

/* "; one of `auto`, `never`", unless the help already names each of them in backticks. */
static void append_choices(struct buffer *out, const struct setting *setting, const char *before) {
  bool explained = true;
  char quoted[64];
  for (size_t i = 0; setting->choices[i]; i++) {
    snprintf(quoted, sizeof quoted, "`%s`", setting->choices[i]);
    explained = explained && strstr(setting->help, quoted);
  }
  for (size_t i = 0; !explained && setting->choices[i]; i++)
    buffer_printf(out, "%s`%s`", i ? ", " : before, setting->choices[i]);
}

static void append_kinds(struct buffer *out, const struct kind_list *kinds) {
  for (size_t i = 0; i < kinds->count; i++)
    buffer_printf(out, "%s`%s`", i ? ", " : "; one of ", kinds->items[i]->name);
}

static void append_durations(struct buffer *out, const struct setting *setting) {
  struct time_string low, high;
  if (setting->min && setting->max)
    buffer_printf(out, "; %s to %s", duration_format(setting->min, &low),
                  duration_format(setting->max, &high));
  else if (setting->max)
    buffer_printf(out, "; at most %s", duration_format(setting->max, &high));
  else if (setting->min)
    buffer_printf(out, "; at least %s", duration_format(setting->min, &low));
}

/* What the row's kind says of its value. */
static void append_range(struct buffer *out, const struct setting *setting) {
  struct size_string low = {.text = ""}, high = {.text = ""};
  switch (setting->kind) {
  case SETTING_CHOICE:
    append_choices(out, setting, "; one of ");
    break;
  case SETTING_LIST:
    if (setting->choices)
      append_choices(out, setting, setting->alone ? "; one or a list of " : "; a list of ");
    break;
  case SETTING_INT:
    buffer_printf(out, "; %lld to %lld", (long long)setting->min, (long long)setting->max);
    break;
  case SETTING_DURATION:
    append_durations(out, setting);
    break;
  case SETTING_SIZE:
    buffer_printf(out, "; %s to %s", size_format(setting->min, &low),
                  size_format(setting->max, &high));
    break;
  case SETTING_SECRET:
  case SETTING_SECRET_URL:
    buffer_append_string(out, "; a secret");
    break;
  case SETTING_HEADERS:
    buffer_append_string(out, "; a value may be a secret: `file:PATH`, or `Bearer file:PATH`");
    break;
  default:
    break;
  }
}

/* ": [http.tls](#httptls)", as GitHub names headings. */
static void append_link(struct buffer *out, const char *prefix, const char *key) {
  buffer_printf(out, ": [%s%s](#", prefix, key);
  for (const char *c = prefix; *c; c++)
    if (*c != '.')
      buffer_append_char(out, *c);
  buffer_printf(out, "%s)", key);
}

/* "| `page_size` | `300` | rows a page; 1 to 300 |"; `kinds`: what `type` may be. */
static void append_row(struct buffer *out, const struct setting *setting, const char *prefix,
                       const struct kind_list *kinds) {
  buffer_printf(out, "| `%s` | ", setting->key);
  append_default(out, setting);
  buffer_printf(out, " | %s", setting->help);
  if (setting->table)
    append_link(out, prefix, setting->key);
  if (kinds && strcmp(setting->key, "type") == 0)
    append_kinds(out, kinds);
  append_range(out, setting);
  if (setting->restart)
    buffer_append_string(out, "; **needs a restart**");
  buffer_append_string(out, " |\n");
}

static void append_section(struct buffer *out, const char *level, const char *heading,
                           const char *prefix, const struct settings_table *table,
                           const struct kind_list *kinds) {
  buffer_printf(out, "%s %s\n\n| key | default | meaning |\n|---|---|---|\n", level, heading);
  for (size_t i = 0; i < table->count; i++)
    append_row(out, &table->rows[i], prefix, kinds);
  buffer_append_char(out, '\n');
}

/* The mappings and lists within a table, each below a heading of its own. */
static void append_nested(struct buffer *out, const char *level, const char *prefix,
                          const struct settings_table *table) {
  struct buffer path = BUFFER_NONE;
  for (size_t i = 0; i < table->count; i++) {
    const struct setting *setting = &table->rows[i];
    if (!setting->table)
      continue;
    buffer_reset(&path);
    buffer_printf(&path, "%s%s", prefix, setting->key);
    struct buffer within = BUFFER_NONE;
    buffer_printf(&within, "%s.", path.data);
    append_section(out, level, path.data, within.data, setting->table, setting->kinds);
    append_nested(out, "###", within.data, setting->table);
    for (size_t j = 0; setting->kinds && j < setting->kinds->count; j++) {
      const struct kind *kind = setting->kinds->items[j];
      buffer_reset(&within);
      buffer_printf(&within, "%s.", kind->name);
      append_section(out, "###", kind->name, within.data, &kind->settings, NULL);
      append_nested(out, "###", within.data, &kind->settings);
    }
    buffer_free(&within);
  }
  buffer_free(&path);
}

void config_markdown(struct buffer *out) {
  append_section(out, "##", "Top level", "", &config_table, NULL);
  append_nested(out, "##", "", &config_table);
}
