#include "api/arguments.h"

#include "base/json_member.h"
#include "base/suggestion.h"
#include "base/web/form.h"

#include <inttypes.h>
#include <stdlib.h>

#define NAMES_MAX 64 /* of parameters that a suggestion is looked for among */

struct reading {
  struct api_arguments *arguments;
  const struct api_operation *operation;
  time_us now;
  struct api_answer *answer;
};

/* ---- texts --------------------------------------------------------------------------------- */

static bool read_integer(const struct reading *reading, const struct api_parameter *row,
                         struct text text, struct api_value *value) {
  char number[24], *end;
  if (text.size == 0 || text.size >= sizeof number)
    return api_refuse(reading->answer, API_BAD, row->name, "%s: give a whole number", row->name);
  memcpy(number, text.data, text.size);
  number[text.size] = '\0';
  value->integer = strtoll(number, &end, 10);
  if (*end || (number[0] != '-' && (number[0] < '0' || number[0] > '9')))
    return api_refuse(reading->answer, API_BAD, row->name, "%s: give a whole number", row->name);
  return true;
}

static bool check_integer(const struct reading *reading, const struct api_parameter *row,
                          int64_t integer) {
  return (integer >= row->min && integer <= row->max) ||
         api_refuse(reading->answer, API_BAD, row->name,
                    "%s: %" PRId64 " is out of bounds: give %" PRId64 " to %" PRId64, row->name,
                    integer, row->min, row->max);
}

static bool read_boolean(const struct reading *reading, const struct api_parameter *row,
                         struct text text, struct api_value *value) {
  value->integer = text_is(text, "true");
  return value->integer || text_is(text, "false") ||
         api_refuse(reading->answer, API_BAD, row->name, "%s: give true or false", row->name);
}

static bool read_time(const struct reading *reading, const struct api_parameter *row,
                      struct text text, struct api_value *value) {
  struct error error = ERROR_NONE;
  char shown[80];
  int64_t ago;
  if (time_parse(text, &value->integer) || time_parse_strftime(text, "%Y-%m-%d", &value->integer))
    return true;
  if (!duration_parse(text, &ago, &error))
    return api_refuse(reading->answer, API_BAD, row->name,
                      "%s: '%s' is no time: give 2024-03-21T07:00:00Z, 2024-03-21, or how long "
                      "ago, as 7d",
                      row->name, text_printable(text, shown, sizeof shown));
  value->integer = reading->now - ago;
  return true;
}

static bool read_choice(const struct reading *reading, const struct api_parameter *row,
                        struct text text, struct api_value *value) {
  struct buffer expected = BUFFER_NONE;
  char shown[80];
  for (int64_t i = 0; row->choices[i]; i++) {
    if (text_equal_folded(text, text_from(row->choices[i]))) {
      *value = (struct api_value){true, text_from(row->choices[i]), i, NULL, 0, NULL};
      buffer_free(&expected);
      return true;
    }
    buffer_printf(&expected, "%s%s", i ? ", " : "", row->choices[i]);
  }
  api_refuse(reading->answer, API_BAD, row->name, "%s: there is no '%s': give one of %s", row->name,
             text_printable(text, shown, sizeof shown), expected.data);
  buffer_free(&expected);
  return false;
}

/* Controls would reach logs, histories and messages. */
static bool check_text(const struct reading *reading, const struct api_parameter *row,
                       struct text text) {
  size_t most = row->max > 0 ? (size_t)row->max : API_TEXT_MAX;
  if (text.size > most)
    return api_refuse(reading->answer, API_BAD, row->name, "%s: longer than %zu bytes", row->name,
                      most);
  if (row->required && text.size == 0)
    return api_refuse(reading->answer, API_BAD, row->name, "%s: must not be empty", row->name);
  bool good = text_is_utf8(text);
  for (size_t i = 0; good && i < text.size; i++) {
    unsigned char c = (unsigned char)text.data[i];
    good = c >= ' ' ? c != 0x7f : c == '\t' || c == '\n' || c == '\r';
  }
  return good || api_refuse(reading->answer, API_BAD, row->name,
                            "%s: give UTF-8 without control characters", row->name);
}

/* One value that came as a text. */
static bool read_text(const struct reading *reading, const struct api_parameter *row,
                      struct text text, struct api_value *value) {
  if (!check_text(reading, row, text))
    return false;
  value->given = true;
  switch (row->type) {
  case API_INTEGER:
    return read_integer(reading, row, text, value) && check_integer(reading, row, value->integer);
  case API_BOOLEAN:
    return read_boolean(reading, row, text, value);
  case API_TIME:
    return read_time(reading, row, text, value);
  case API_CHOICE:
    return read_choice(reading, row, text, value);
  default:
    break;
  }
  value->text = arena_copy(&reading->arguments->arena, text);
  return true;
}

static bool add_to_list(const struct reading *reading, const struct api_parameter *row,
                        struct text text, struct api_value *value) {
  struct api_value one = {.given = false};
  if (!check_text(reading, row, text) || (row->choices && !read_choice(reading, row, text, &one)))
    return false;
  if (value->count == API_LIST_MAX)
    return api_refuse(reading->answer, API_BAD, row->name, "%s: give at most %d", row->name,
                      API_LIST_MAX);
  struct arena *arena = &reading->arguments->arena;
  if (!value->items)
    value->items = arena_alloc(arena, API_LIST_MAX * sizeof *value->items);
  value->given = true;
  value->items[value->count++] = row->choices ? one.text : arena_copy(arena, text);
  return true;
}

/* ---- rows ---------------------------------------------------------------------------------- */

/* NULL: refused. */
static const struct api_parameter *find_row(const struct reading *reading, struct text name,
                                            bool from_body, bool any, struct api_value **value) {
  const struct api_operation *operation = reading->operation;
  const char *names[NAMES_MAX];
  size_t count = 0;
  for (size_t i = 0; i < operation->parameter_count; i++) {
    const struct api_parameter *row = &operation->parameters[i];
    if (!any && row->place != (from_body ? API_BODY : API_QUERY))
      continue;
    *value = &reading->arguments->values[i];
    if (text_is(name, row->name))
      return row;
    if (count < NAMES_MAX)
      names[count++] = row->name;
  }
  struct suggestion suggestion;
  char shown[80];
  api_refuse(reading->answer, API_BAD, NULL, "unknown %s '%s'%s",
             from_body ? "member of the body" : "parameter",
             text_printable(name, shown, sizeof shown),
             suggestion_find(name, names, count, &suggestion));
  return NULL;
}

static bool read_query(const struct reading *reading, struct text query) {
  struct buffer name = BUFFER_NONE, text = BUFFER_NONE;
  bool ok = true;
  for (size_t at = 0; ok && form_next(query, &at, &name, &text);) {
    struct api_value *value;
    const struct api_parameter *row = find_row(reading, buffer_text(&name), false, false, &value);
    if (!row)
      ok = false;
    else if (row->type == API_LIST)
      ok = add_to_list(reading, row, buffer_text(&text), value);
    else if (value->given)
      ok = api_refuse(reading->answer, API_BAD, row->name, "%s: given twice", row->name);
    else
      ok = read_text(reading, row, buffer_text(&text), value);
  }
  buffer_free(&name);
  buffer_free(&text);
  return ok;
}

static struct text text_of(const json_t *json) {
  return (struct text){json_string_value(json), json_string_length(json)};
}

static bool read_array(const struct reading *reading, const struct api_parameter *row,
                       const json_t *json, struct api_value *value) {
  const json_t *item;
  size_t i;
  json_array_foreach(json, i, item) {
    if (!json_is_string(item))
      return api_refuse(reading->answer, API_BAD, row->name, "%s: give an array of texts",
                        row->name);
    if (!add_to_list(reading, row, text_of(item), value))
      return false;
  }
  return true;
}

static bool read_json(const struct reading *reading, const struct api_parameter *row, json_t *json,
                      struct api_value *value) {
  static const char *const wanted[] = {
      [API_TEXT] = "a text",     [API_INTEGER] = "a whole number", [API_BOOLEAN] = "true or false",
      [API_TIME] = "a time",     [API_LIST] = "an array of texts", [API_CHOICE] = "a text",
      [API_OBJECT] = "an object"};
  if (json_is_null(json) && !row->required)
    return true;
  if (row->type == API_LIST && json_is_array(json))
    return read_array(reading, row, json, value);
  if (row->type == API_OBJECT && json_is_object(json)) {
    value->json = json;
    return value->given = true;
  }
  if (row->type == API_INTEGER && json_is_integer(json)) {
    value->integer = json_integer_value(json);
    value->given = true;
    return check_integer(reading, row, value->integer);
  }
  if (row->type == API_BOOLEAN && json_is_boolean(json)) {
    value->integer = json_is_true(json);
    return value->given = true;
  }
  bool is_text = row->type == API_TEXT || row->type == API_TIME || row->type == API_CHOICE;
  if (is_text && json_is_string(json))
    return read_text(reading, row, text_of(json), value);
  return api_refuse(reading->answer, API_BAD, row->name, "%s: give %s", row->name,
                    wanted[row->type]);
}

static bool read_object(const struct reading *reading, json_t *object, bool any) {
  const char *name;
  json_t *json;
  json_object_foreach(object, name, json) {
    struct api_value *value;
    const struct api_parameter *row = find_row(reading, text_from(name), true, any, &value);
    if (!row || !read_json(reading, row, json, value))
      return false;
  }
  return true;
}

/* A GET has no body worth reading. */
static bool read_body(const struct reading *reading, struct text body) {
  json_error_t error;
  if (strcmp(reading->operation->method, "GET") == 0 || body.size == 0)
    return true;
  json_t *json = reading->arguments->body =
      json_loadb(body.data, body.size, JSON_REJECT_DUPLICATES, &error);
  if (!json_is_object(json))
    return api_refuse(reading->answer, API_BAD, NULL, "the body is no JSON object: %s",
                      json ? "begin it with '{'" : error.text);
  return read_object(reading, json, false);
}

static bool read_path(const struct reading *reading, const struct api_input *input) {
  size_t at = 0;
  for (size_t i = 0; i < reading->operation->parameter_count; i++) {
    const struct api_parameter *row = &reading->operation->parameters[i];
    if (row->place == API_PATH && at < input->path_count &&
        !read_text(reading, row, input->path[at++], &reading->arguments->values[i]))
      return false;
  }
  return true;
}

static bool check_required(const struct reading *reading) {
  for (size_t i = 0; i < reading->operation->parameter_count; i++) {
    const struct api_parameter *row = &reading->operation->parameters[i];
    if ((row->required || row->place == API_PATH) && !reading->arguments->values[i].given)
      return api_refuse(reading->answer, API_BAD, row->name, "%s: must be given", row->name);
  }
  return true;
}

static struct reading begin(struct api_arguments *arguments, const struct api_operation *operation,
                            time_us now, struct api_answer *answer) {
  arguments->values =
      arena_alloc(&arguments->arena, (operation->parameter_count + 1) * sizeof *arguments->values);
  return (struct reading){arguments, operation, now, answer};
}

bool api_arguments_read(struct api_arguments *arguments, const struct api_operation *operation,
                        const struct api_input *input, time_us now, struct api_answer *answer) {
  const struct reading reading = begin(arguments, operation, now, answer);
  return read_path(&reading, input) && read_query(&reading, input->query) &&
         read_body(&reading, input->body) && check_required(&reading);
}

bool api_arguments_take(struct api_arguments *arguments, const struct api_operation *operation,
                        json_t *object, time_us now, struct api_answer *answer) {
  const struct reading reading = begin(arguments, operation, now, answer);
  arguments->body = json_incref(object);
  return read_object(&reading, object, true) && check_required(&reading);
}

/* ---- the audit log ------------------------------------------------------------------------- */

static void append_value(const struct api_parameter *row, const struct api_value *value,
                         size_t text_max, struct buffer *out) {
  struct time_string time;
  switch (row->type) {
  case API_INTEGER:
    buffer_printf(out, "%" PRId64, value->integer);
    break;
  case API_BOOLEAN:
    buffer_append_string(out, value->integer ? "true" : "false");
    break;
  case API_TIME:
    buffer_append_json_string(out, text_from(time_format(value->integer, &time)));
    break;
  case API_LIST:
    buffer_printf(out, "%zu", value->count);
    break;
  case API_OBJECT: {
    char *json = json_dumps(value->json, JSON_COMPACT);
    buffer_append_json_string(out, text_cut(text_from(json ? json : ""), text_max));
    free(json);
    break;
  }
  default:
    buffer_append_json_string(out, text_cut(value->text, text_max));
    break;
  }
}

void api_arguments_append(const struct api_arguments *arguments,
                          const struct api_operation *operation, size_t text_max,
                          struct buffer *out) {
  buffer_append_char(out, '{');
  for (size_t i = 0; arguments->values && i < operation->parameter_count; i++) {
    const struct api_parameter *row = &operation->parameters[i];
    if (!arguments->values[i].given || row->secret)
      continue;
    json_member_name(out, text_from(row->name));
    append_value(row, &arguments->values[i], text_max, out);
  }
  buffer_append_char(out, '}');
}

void api_arguments_free(struct api_arguments *arguments) {
  json_decref(arguments->body);
  arena_free(&arguments->arena);
  *arguments = API_ARGUMENTS_NONE;
}
