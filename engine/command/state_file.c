#include "command/state_file.h"

#include "base/memory.h"
#include "command/config/config.h"
#include "event/json/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file, and the folder in which SQLite keeps its log. */
static bool may_write(const char *path) {
  const char *slash = strrchr(path, '/');
  char *folder = slash ? memory_copy_bytes(path, (size_t)(slash - path) + 1) : NULL;
  if (folder)
    folder[slash - path] = '\0'; /* over the slash */
  bool may = access(path, W_OK) == 0 && access(!folder ? "." : *folder ? folder : "/", W_OK) == 0;
  free(folder);
  return may;
}

static struct store *open_at(const char *path, struct error *error) {
  if (access(path, F_OK) != 0) { /* store_open would make a new one */
    error_set(error, "cannot read %s: %s; `margay run` makes it, --state names another", path,
              strerror(errno));
    return NULL;
  }
  return may_write(path) ? store_open(path, error) : store_open_to_read(path, error);
}

struct store *state_file_open(const char *config_path, const char *state, struct error *error) {
  struct buffer path = BUFFER_NONE;
  struct store *store = state_file_open_named(config_path, state, &path, error);
  buffer_free(&path);
  return store;
}

struct store *state_file_open_named(const char *config_path, const char *state, struct buffer *path,
                                    struct error *error) {
  if (state) {
    buffer_append_string(path, state);
    return open_at(state, error);
  }
  struct problems problems = PROBLEMS_NONE;
  struct config *config = config_load(config_path ? config_path : CONFIG_DEFAULT_PATH, &problems);
  struct store *store = config ? open_at(config->state_path, error) : NULL;
  if (config)
    buffer_append_string(path, config->state_path);
  if (!store)
    problems_print(&problems, stderr);
  if (!config)
    error_set(error, "without a configuration, --state PATH names the state file");
  config_free(config);
  problems_clear(&problems);
  return store;
}

struct found_event {
  struct buffer *record, *log_type;
};

static void take_event(void *context, const struct store_event *event) {
  struct found_event *found = context;
  buffer_append_text(found->record, event->record);
  buffer_append_text(found->log_type, event->log_type);
  memset(buffer_reserve(found->record, JSON_PADDING), 0, JSON_PADDING);
}

bool state_file_find_event(const char *config, const char *state, const char *row,
                           struct buffer *record, struct buffer *log_type, struct error *error) {
  struct found_event found = {record, log_type};
  bool known = false;
  struct store *store = state_file_open(config, state, error);
  bool ok = store && store_event_find(store, text_from(row), take_event, &found, &known, error);
  store_close(store);
  return ok && (known || error_set(error,
                                   "no event has the row '%s': `margay search` and `margay alerts "
                                   "show` list rows; those past their retention are gone",
                                   row));
}
