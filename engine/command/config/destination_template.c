#include "command/config/destination_template.h"

#include "alert/message/alert_json.h"
#include "alert/message/stored_json.h"
#include "base/file_text.h"
#include "base/memory.h"
#include "rule/vm/json_functions.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_SIZE_MAX ((size_t)1 << 20)
#define RESULT_SIZE_MAX ((size_t)64 << 10) /* more than any message shows */

static const char *const function_names[] = {"title", "fields", NULL};

struct opened_template {
  struct message_template template; /* first: what is given out */
  char *path;
  pthread_mutex_t mutex; /* of the functions */
  struct json_functions *functions;
};

/* ---- what a template sees ------------------------------------------------------------------ */

static void append_argument(struct buffer *out, const struct alert *alert,
                            const struct message_occasion *occasion,
                            const struct message *message) {
  alert_json_append_sent(out, alert, occasion);
  out->size--; /* its brace */
  buffer_append_string(out, ",\"fields\":[");
  for (size_t i = 0; i < message->field_count; i++) {
    buffer_append_string(out, i > 0 ? ",[" : "[");
    buffer_append_json_string(out, message->fields[i].label);
    buffer_append_char(out, ',');
    buffer_append_json_string(out, message->fields[i].value);
    buffer_append_char(out, ']');
  }
  buffer_append_string(out, "]}");
}

/* ---- what it returns ----------------------------------------------------------------------- */

/* A text, number or boolean. False for all others. */
static bool take_text(const json_t *value, struct arena *arena, struct text *out) {
  if (json_is_string(value))
    *out = arena_copy(arena, (struct text){json_string_value(value), json_string_length(value)});
  else if (json_is_integer(value))
    *out = text_from(arena_printf(arena, "%lld", (long long)json_integer_value(value)));
  else if (json_is_real(value))
    *out = text_from(arena_printf(arena, "%.6g", json_real_value(value)));
  else if (json_is_boolean(value))
    *out = text_from(json_is_true(value) ? "true" : "false");
  else
    return false;
  return true;
}

static bool take_title(const json_t *value, struct message *message, struct arena *arena,
                       const char *prefix, struct error *error) {
  struct text title;
  if (!json_is_string(value) || !take_text(value, arena, &title))
    return error_set(error, "title must return a text, or nil for the usual one");
  title = text_trim(title);
  if (title.size == 0)
    return true;
  struct buffer headline = BUFFER_NONE;
  buffer_append_string(&headline, prefix);
  buffer_append_text(&headline, title);
  message->headline = arena_copy(arena, buffer_text(&headline));
  buffer_free(&headline);
  return true;
}

static bool take_fields(const json_t *value, struct message *message, struct arena *arena,
                        struct error *error) {
  bool empty = json_is_object(value) && json_object_size(value) == 0; /* Lua's {} */
  size_t count = json_array_size(value);
  if (!json_is_array(value) && !empty)
    return error_set(error, "fields must return a list of {\"label\", value}, or nil for the usual "
                            "ones");
  if (count > MESSAGE_FIELDS_MAX)
    return error_set(error, "fields returned %zu fields, and a message has at most %d", count,
                     MESSAGE_FIELDS_MAX);
  message->field_count = 0;
  for (size_t i = 0; i < count; i++) {
    const json_t *pair = json_array_get(value, i);
    struct alert_field *field = &message->fields[message->field_count];
    if (json_array_size(pair) != 2 || !json_is_string(json_array_get(pair, 0)) ||
        !take_text(json_array_get(pair, 0), arena, &field->label) ||
        !take_text(json_array_get(pair, 1), arena, &field->value))
      return error_set(error,
                       "entry %zu of what fields returned is not {\"label\", value} with a text, "
                       "number or boolean",
                       i + 1);
    message->field_count += text_trim(field->value).size > 0;
  }
  return true;
}

/* The function's result; *value is NULL where it gave none. */
static bool call(const struct opened_template *opened, const char *name, struct text argument,
                 json_t **value, struct error *error) {
  struct buffer result = BUFFER_NONE;
  *value = NULL;
  bool ok = json_functions_call(opened->functions, name, argument, RESULT_SIZE_MAX, &result, error);
  if (ok && result.size > 0)
    *value = stored_json_load(buffer_text(&result));
  buffer_free(&result);
  return ok;
}

static bool change(const struct opened_template *opened, const struct alert *alert,
                   const struct message_occasion *occasion, struct message *message,
                   struct arena *arena, struct error *error) {
  struct buffer argument = BUFFER_NONE;
  json_t *title = NULL, *fields = NULL;
  append_argument(&argument, alert, occasion, message);
  bool ok = call(opened, "title", buffer_text(&argument), &title, error) &&
            (!title || take_title(title, message, arena, alert_type_words(alert->type), error)) &&
            call(opened, "fields", buffer_text(&argument), &fields, error) &&
            (!fields || take_fields(fields, message, arena, error));
  json_decref(title);
  json_decref(fields);
  buffer_free(&argument);
  return ok;
}

static bool apply(void *context, const struct alert *alert, const struct message_occasion *occasion,
                  struct message *message, struct arena *arena, struct error *error) {
  struct opened_template *opened = context;
  pthread_mutex_lock(&opened->mutex);
  bool ok = change(opened, alert, occasion, message, arena, error);
  pthread_mutex_unlock(&opened->mutex);
  if (!ok && !error->file[0])
    snprintf(error->file, sizeof error->file, "%s", opened->path);
  return ok;
}

/* ---- the file ------------------------------------------------------------------------------ */

struct message_template *destination_template_open(const char *path, struct error *error) {
  struct buffer source = BUFFER_NONE;
  struct json_functions *functions = NULL;
  if (file_read(path, FILE_HANDED_OVER, FILE_SIZE_MAX, &source, NULL, error) == FILE_READ)
    functions = json_functions_load(path, buffer_text(&source), function_names, error);
  buffer_free(&source);
  if (!functions)
    return NULL;
  struct opened_template *opened = memory_alloc(sizeof *opened);
  opened->template = (struct message_template){.apply = apply, .context = opened};
  pthread_mutex_init(&opened->mutex, NULL);
  opened->path = memory_copy_string(path);
  opened->functions = functions;
  return &opened->template;
}

void destination_template_close(const struct message_template *template) {
  if (!template)
    return;
  struct opened_template *opened = template->context;
  json_functions_free(opened->functions);
  pthread_mutex_destroy(&opened->mutex);
  free(opened->path);
  free(opened);
}
