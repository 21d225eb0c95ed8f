#include "source/zoom/zoom_token_record.h"

#include "event/json/json.h"

#include <inttypes.h>

/* Between two looks whether another process has finished, which takes a second or so. */
#define HOLD_PAUSE (50 * US_PER_MS)
#define SAVE_PAUSE US_PER_SECOND

void zoom_token_record_free(struct zoom_token_record *record) {
  buffer_free(&record->access);
  buffer_free(&record->scope);
  buffer_free(&record->refresh);
  buffer_free(&record->previous);
  *record = ZOOM_TOKEN_RECORD_NONE;
}

static void read_text(const struct json_node *root, struct text key, struct buffer *out) {
  const struct json_node *node = json_get(root, key);
  if (node && node->type == JSON_TYPE_STRING)
    buffer_append_text(out, json_text(node));
}

/* It is our own writing: what is not as it should be is not there. */
static void read_members(struct zoom_token_record *record, const struct json_node *root) {
  read_text(root, TEXT("access_token"), &record->access);
  read_text(root, TEXT("scope"), &record->scope);
  read_text(root, TEXT("refresh_token"), &record->refresh);
  read_text(root, TEXT("previous"), &record->previous);
  const struct json_node *node = json_get(root, TEXT("renewing"));
  record->renewing = node && node->type == JSON_TYPE_TRUE;
  node = json_get(root, TEXT("refused"));
  if (node && node->type == JSON_TYPE_INT)
    record->refused = node->value.integer;
}

static bool read_record(struct zoom_token_record *record, struct text stored) {
  if (stored.size == 0 || stored.data[0] != '{') {
    buffer_append_text(&record->access, stored);
    return stored.size > 0;
  }
  struct error ignored = ERROR_NONE;
  struct json_reader *reader = json_reader_new();
  const struct json_node *root = json_read_copy(reader, stored, &ignored);
  if (root && root->type == JSON_TYPE_OBJECT)
    read_members(record, root);
  json_reader_free(reader);
  return record->access.size > 0 || record->refresh.size > 0;
}

bool zoom_token_record_load(struct zoom_token_record *record, const struct source_run *run,
                            struct text key, bool *found, struct error *error) {
  const struct source_memory *memory = &run->memory;
  struct buffer stored = BUFFER_NONE;
  time_us expires;
  zoom_token_record_free(record);
  bool ok = memory->token_get(memory->context, key, &stored, &expires, found, error);
  if (ok && *found) {
    *found = read_record(record, buffer_text(&stored));
    record->expires = expires;
  }
  buffer_free(&stored);
  return ok;
}

static void write_text(struct buffer *out, const char *key, const struct buffer *value) {
  if (value->size == 0)
    return;
  buffer_printf(out, "%s\"%s\":", out->size > 1 ? "," : "", key);
  buffer_append_json_string(out, buffer_text(value));
}

bool zoom_token_record_save(const struct zoom_token_record *record, const struct source_run *run,
                            struct text key, struct error *error) {
  const struct source_memory *memory = &run->memory;
  struct buffer out = BUFFER_NONE;
  buffer_append_char(&out, '{');
  write_text(&out, "access_token", &record->access);
  write_text(&out, "scope", &record->scope);
  write_text(&out, "refresh_token", &record->refresh);
  write_text(&out, "previous", &record->previous);
  if (record->renewing)
    buffer_append_string(&out, ",\"renewing\":true");
  if (record->refused != TIME_NONE)
    buffer_printf(&out, ",\"refused\":%" PRId64, record->refused);
  buffer_append_char(&out, '}');
  bool ok = memory->token_set(memory->context, key, buffer_text(&out), record->expires, error);
  buffer_free(&out);
  return ok;
}

bool zoom_token_record_insist(const struct zoom_token_record *record, const struct source_run *run,
                              struct text key, struct error *error) {
  bool said = false;
  for (;;) {
    struct error cause = ERROR_NONE;
    if (zoom_token_record_save(record, run, key, &cause))
      return true;
    if (!said)
      LOG_ERROR(run->log, "the renewed login could not be kept; trying again until it is",
                LOG_TEXT("source", run->source->id), LOG_ERROR_LINE(&cause));
    said = true;
    if (!source_wait(run, SAVE_PAUSE))
      return zoom_token_record_save(record, run, key, error);
  }
}

static bool hold(const struct source_run *run, struct text key, struct error *error) {
  const struct source_memory *memory = &run->memory;
  bool locked = !memory->token_lock;
  while (!locked) {
    if (!memory->token_lock(memory->context, key, &locked, error))
      return false;
    if (!locked && !source_wait(run, HOLD_PAUSE))
      return false;
  }
  return true;
}

bool zoom_token_hold(const struct source_run *run, struct text key, struct error *error) {
  source_lock(run->locks, key);
  if (hold(run, key, error))
    return true;
  source_unlock(run->locks, key);
  return false;
}

void zoom_token_release(const struct source_run *run, struct text key) {
  if (run->memory.token_lock)
    run->memory.token_unlock(run->memory.context);
  source_unlock(run->locks, key);
}
