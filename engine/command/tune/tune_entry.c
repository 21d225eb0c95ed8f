#include "command/tune/tune_entry.h"

#include "base/zone/week_hours.h"
#include "command/tuning/yaml_write.h"

#define BOTH " && " /* between the conditions of one exception */

/* ---- exceptions -------------------------------------------------------------------------- */

/* A number, true or false as such, anything else as a text; "…" is a text in any case. */
static json_t *value_of(struct text text) {
  if (text.size >= 2 && text.data[0] == '"' && text.data[text.size - 1] == '"')
    return yaml_text((struct text){text.data + 1, text.size - 2});
  if (text_is_number(text) || text_is(text, "true") || text_is(text, "false"))
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

/* ---- hours ------------------------------------------------------------------------------- */

static bool add_word(json_t *hours, const char *key, struct text value) {
  if (value.size == 0 || json_object_get(hours, key))
    return false;
  return json_object_set_new(hours, key, yaml_text(value)) == 0;
}

/* "22:00-06:00" */
static bool add_times(json_t *hours, struct text word) {
  const char *dash = memchr(word.data, '-', word.size);
  size_t size = dash ? (size_t)(dash - word.data) : word.size;
  return dash && add_word(hours, "from", (struct text){word.data, size}) &&
         add_word(hours, "to", (struct text){dash + 1, word.size - size - 1});
}

/* A time has a colon; what names days is days, and anything else a time zone. Which of these there
 * are is for the reader of configurations to say. */
static bool add_hours_word(json_t *hours, struct text word) {
  unsigned days = 0;
  if (memchr(word.data, ':', word.size))
    return add_times(hours, word);
  return add_word(hours, week_days_parse(word, &days) ? "days" : "time_zone", word);
}

/* "mon-fri 22:00-06:00 Europe/Zurich", of which each part may be missing. */
static json_t *hours_of(const struct command *command, struct text given) {
  json_t *hours = json_object();
  struct text rest = text_trim(given);
  bool ok = rest.size > 0;
  while (ok && rest.size > 0) {
    const char *space = memchr(rest.data, ' ', rest.size);
    size_t size = space ? (size_t)(space - rest.data) : rest.size;
    ok = add_hours_word(hours, (struct text){rest.data, size});
    rest = text_trim((struct text){rest.data + size, rest.size - size});
  }
  if (ok)
    return hours;
  json_decref(hours);
  options_wrong(command, "--hours: '%.*s' is not as 'mon-fri 22:00-06:00 Europe/Zurich'",
                TEXT_ARGS(given));
  return NULL;
}

static bool add_hours(const struct command *command, const struct tune_options *options,
                      json_t *entry) {
  json_t *list = json_array();
  for (size_t i = 0; i < options->hours.count; i++) {
    json_t *hours = hours_of(command, options->hours.items[i]);
    if (!hours) {
      json_decref(list);
      return false;
    }
    json_array_append_new(list, hours);
  }
  return json_object_set_new(entry, "hours", list) == 0;
}

/* ---- the entry --------------------------------------------------------------------------- */

/* A date or a time of day with nothing in it needs no quotes. */
static json_t *time_value(struct text text) {
  for (size_t i = 0; i < text.size; i++)
    if (!strchr("0123456789-+:.TZ", text.data[i]))
      return yaml_text(text);
  return text.size > 0 ? yaml_plain(text) : yaml_text(text);
}

/* "4h" needs no quotes either. */
static json_t *span_value(struct text text) {
  for (size_t i = 0; i < text.size; i++)
    if (!strchr("0123456789smhdw", text.data[i]))
      return yaml_text(text);
  return text.size > 0 ? yaml_plain(text) : yaml_text(text);
}

/* "soc,mail"; an empty text is nowhere. */
static json_t *destinations_value(struct text text) {
  json_t *list = json_array();
  while (text.size > 0) {
    const char *comma = memchr(text.data, ',', text.size);
    size_t size = comma ? (size_t)(comma - text.data) : text.size;
    struct text id = text_trim((struct text){text.data, size});
    if (id.size > 0)
      json_array_append_new(list, yaml_escaped(id));
    size += comma ? 1 : 0;
    text = (struct text){text.data + size, text.size - size};
  }
  return list;
}

static void set_text(json_t *entry, const char *key, const char *text) {
  if (text)
    json_object_set_new(entry, key, yaml_escaped(text_from(text)));
}

static bool are_texts(const struct command *command, const struct tune_options *options) {
  const char *const texts[] = {options->mute_until, options->severity, options->period,
                               options->destinations, options->reason};
  bool ok = true;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    ok = ok && (!texts[i] || text_is_utf8(text_from(texts[i])));
  for (size_t i = 0; i < options->excepts.count; i++)
    ok = ok && text_is_utf8(options->excepts.items[i]);
  for (size_t i = 0; i < options->hours.count; i++)
    ok = ok && text_is_utf8(options->hours.items[i]);
  if (!ok)
    options_wrong(command, "a text is not valid UTF-8, which the configuration has to be");
  return ok;
}

static bool changes_something(const struct command *command, const struct tune_options *options) {
  bool silences = options->excepts.count > 0 || options->hours.count > 0 || options->mute_until ||
                  options->off || options->mode == 2;
  if (!silences && !options->severity && !options->threshold && !options->period &&
      !options->destinations && options->mode < 0) {
    options_wrong(command, "say what is to change: --except, --mute-until, --hours, --severity, "
                           "--threshold, --period, --destinations, --mode or --off");
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

static void set_values(json_t *entry, const struct tune_options *options) {
  static const char *const modes[] = {"alert", "signal", "off"};
  if (options->mute_until)
    json_object_set_new(entry, "mute_until", time_value(text_from(options->mute_until)));
  set_text(entry, "severity", options->severity);
  if (options->threshold) {
    char number[32];
    snprintf(number, sizeof number, "%lld", (long long)options->threshold);
    json_object_set_new(entry, "threshold", yaml_plain(text_from(number)));
  }
  if (options->period)
    json_object_set_new(entry, "dedup_period", span_value(text_from(options->period)));
  if (options->destinations)
    json_object_set_new(entry, "destinations",
                        destinations_value(text_from(options->destinations)));
  if (options->off || options->mode >= 0)
    json_object_set_new(entry, "mode",
                        yaml_plain(text_from(options->off ? "off" : modes[options->mode])));
  set_text(entry, "reason", options->reason);
}

json_t *tune_entry(const struct command *command, const struct tune_options *options,
                   struct text rule) {
  if (!changes_something(command, options) || !are_texts(command, options))
    return NULL;
  json_t *entry = json_object();
  json_object_set_new(entry, "rule", yaml_escaped(rule));
  if ((options->excepts.count > 0 && !add_exceptions(command, options, entry)) ||
      (options->hours.count > 0 && !add_hours(command, options, entry))) {
    json_decref(entry);
    return NULL;
  }
  set_values(entry, options);
  return entry;
}
