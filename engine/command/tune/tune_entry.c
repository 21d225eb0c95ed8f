#include "command/tune/tune_entry.h"

#include "command/tune/yaml_write.h"

#define BOTH " && " /* between the conditions of one exception */

/* ---- exceptions -------------------------------------------------------------------------- */

/* Whether YAML takes it for a number: digits, with a sign and a fraction. */
static bool is_number(struct text text) {
  size_t digits = 0, points = 0;
  for (size_t i = 0; i < text.size; i++) {
    char c = text.data[i];
    digits += c >= '0' && c <= '9';
    points += c == '.';
    if (!(c >= '0' && c <= '9') && c != '.' && !(i == 0 && c == '-'))
      return false;
  }
  /* A zero before other digits, as in a phone number, is part of a text. */
  bool zero = text.size > 1 && text.data[0] == '0' && text.data[1] != '.';
  return digits > 0 && digits < 16 && points < 2 && !zero;
}

/* A number, true or false as such, anything else as a text; "…" is a text in any case. */
static json_t *value_of(struct text text) {
  if (text.size >= 2 && text.data[0] == '"' && text.data[text.size - 1] == '"')
    return yaml_text((struct text){text.data + 1, text.size - 2});
  if (is_number(text) || text_is(text, "true") || text_is(text, "false"))
    return yaml_plain(text);
  return yaml_text(text);
}

static bool add_condition(const struct command *command, json_t *exception, struct text condition) {
  const char *equals = memchr(condition.data, '=', condition.size);
  size_t size = equals ? (size_t)(equals - condition.data) : 0;
  struct text key = text_trim((struct text){condition.data, size});
  if (key.size == 0) {
    options_wrong(command, "--except: '%.*s' is not KEY=VALUE", TEXT_ARGS(condition));
    return false;
  }
  struct text value = text_trim((struct text){equals + 1, condition.size - size - 1});
  char name[256];
  snprintf(name, sizeof name, "%.*s", TEXT_ARGS(key));
  if (json_object_get(exception, name)) {
    options_wrong(command, "--except: '%s' is there twice: another --except means either of them",
                  name);
    return false;
  }
  return json_object_set_new(exception, name, value_of(value)) == 0;
}

static json_t *exception_of(const struct command *command, struct text given) {
  json_t *exception = json_object();
  while (given.data) {
    const char *both = memmem(given.data, given.size, BOTH, sizeof BOTH - 1);
    size_t size = both ? (size_t)(both - given.data) : given.size;
    if (!add_condition(command, exception, (struct text){given.data, size})) {
      json_decref(exception);
      return NULL;
    }
    size_t skip = size + sizeof BOTH - 1;
    given = both ? (struct text){given.data + skip, given.size - skip} : (struct text){NULL, 0};
  }
  return exception;
}

static bool add_exceptions(const struct command *command, const struct tune_options *options,
                           json_t *entry) {
  json_t *list = json_array();
  for (size_t i = 0; i < options->excepts.count; i++) {
    json_t *exception = exception_of(command, options->excepts.items[i]);
    if (!exception) {
      json_decref(list);
      return false;
    }
    json_array_append_new(list, exception);
  }
  return json_object_set_new(entry, "except", list) == 0;
}

/* ---- the entry --------------------------------------------------------------------------- */

/* The configuration gives `$` a meaning in texts. */
static json_t *text_value(struct text text) {
  struct buffer doubled = BUFFER_NONE;
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] == '$')
      buffer_append_char(&doubled, '$');
    buffer_append_char(&doubled, text.data[i]);
  }
  json_t *value = yaml_text(buffer_text(&doubled));
  buffer_free(&doubled);
  return value;
}

/* A date or a time of day with nothing in it needs no quotes. */
static json_t *time_value(struct text text) {
  for (size_t i = 0; i < text.size; i++)
    if (!strchr("0123456789-+:.TZ", text.data[i]))
      return yaml_text(text);
  return text.size > 0 ? yaml_plain(text) : yaml_text(text);
}

static void set_text(json_t *entry, const char *key, const char *text) {
  if (text)
    json_object_set_new(entry, key, text_value(text_from(text)));
}

static bool are_texts(const struct command *command, const struct tune_options *options) {
  const char *const texts[] = {options->mute_until, options->severity, options->reason};
  bool ok = true;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    ok = ok && (!texts[i] || text_is_utf8(text_from(texts[i])));
  for (size_t i = 0; i < options->excepts.count; i++)
    ok = ok && text_is_utf8(options->excepts.items[i]);
  if (!ok)
    options_wrong(command, "a text is not valid UTF-8, which the configuration has to be");
  return ok;
}

static bool changes_something(const struct command *command, const struct tune_options *options) {
  bool silences =
      options->excepts.count > 0 || options->mute_until || options->off || options->mode == 2;
  if (!silences && !options->severity && !options->threshold && options->mode < 0) {
    options_wrong(command, "say what is to change: --except, --mute-until, --severity, "
                           "--threshold, --mode or --off");
    return false;
  }
  if (options->off && options->mode >= 0 && options->mode != 2) {
    options_wrong(command, "--off and --mode contradict each other");
    return false;
  }
  if (silences && !options->reason) {
    options_wrong(command, "--reason is missing: say why, for who reads it in a year");
    return false;
  }
  return true;
}

json_t *tune_entry(const struct command *command, const struct tune_options *options,
                   struct text rule) {
  static const char *const modes[] = {"alert", "signal", "off"};
  if (!changes_something(command, options) || !are_texts(command, options))
    return NULL;
  json_t *entry = json_object();
  json_object_set_new(entry, "rule", text_value(rule));
  if (options->excepts.count > 0 && !add_exceptions(command, options, entry)) {
    json_decref(entry);
    return NULL;
  }
  if (options->mute_until)
    json_object_set_new(entry, "mute_until", time_value(text_from(options->mute_until)));
  set_text(entry, "severity", options->severity);
  if (options->threshold) {
    char number[32];
    snprintf(number, sizeof number, "%lld", (long long)options->threshold);
    json_object_set_new(entry, "threshold", yaml_plain(text_from(number)));
  }
  if (options->off || options->mode >= 0)
    json_object_set_new(entry, "mode",
                        yaml_plain(text_from(options->off ? "off" : modes[options->mode])));
  set_text(entry, "reason", options->reason);
  return entry;
}
