#include "command/tuning/tune_mute.h"

#include "command/config/config.h"
#include "command/tuning/tune_file.h"
#include "command/tuning/tuning_edit.h"
#include "command/tuning/yaml_write.h"

/* Whoever reads the configuration next must find no mistake in it. */
static bool is_sound(struct tune_file *file, struct error *error) {
  struct problems problems = PROBLEMS_NONE;
  const char *next = tune_file_next(file, error);
  if (!next)
    return false;
  struct config *config = config_load(next, &problems);
  bool ok = config && problems.count == 0;
  if (!ok && problems.count > 0)
    *error = problems.items[0];
  config_free(config);
  problems_clear(&problems);
  return ok;
}

static json_t *entry_of(struct text rule_id, time_us until, struct text reason) {
  struct time_string time;
  json_t *entry = json_object();
  json_object_set_new(entry, "rule", yaml_text(rule_id));
  json_object_set_new(entry, "mute_until", yaml_plain(text_from(time_format(until, &time))));
  json_object_set_new(entry, "reason", yaml_text(reason));
  return entry;
}

bool tune_mute(const char *config, struct text rule_id, time_us until, struct text reason,
               struct error *error) {
  struct tune_file file = {.path = NULL};
  struct buffer text = BUFFER_NONE;
  bool changed = false;
  json_t *entry = entry_of(rule_id, until - until % US_PER_SECOND, reason);
  bool ok = tune_file_read(config, &file, error) &&
            tuning_edit(buffer_text(&file.old), config, entry, &text, &changed, error);
  if (ok && changed)
    ok = tune_file_write(&file, buffer_text(&text), error) && is_sound(&file, error) &&
         tune_file_replace(&file, error);
  json_decref(entry);
  buffer_free(&text);
  tune_file_clear(&file);
  return ok;
}
