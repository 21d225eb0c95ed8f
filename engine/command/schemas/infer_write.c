/* The shape of records as a schema in YAML. */
#include "command/schemas/infer.h"

#include "base/utf8.h"

#include <ctype.h>
#include <inttypes.h>

struct writing {
  struct buffer *out;
  uint64_t records;
};

/* Words that YAML 1.1 takes for something else than text. */
static bool is_yaml_word(struct text text) {
  static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (text_equal_folded(text, text_from(words[i])))
      return true;
  return false;
}

static bool is_plain(struct text text) {
  if (text.size == 0 || is_yaml_word(text) || isdigit((unsigned char)text.data[0]))
    return false;
  for (size_t i = 0; i < text.size; i++)
    if (!isalnum((unsigned char)text.data[i]) && text.data[i] != '_' &&
        (i == 0 || (text.data[i] != '-' && text.data[i] != '.')))
      return false;
  return true;
}

/* A scalar: plain where it is a word, else in double quotes, as ASCII (YAML 1.1, 5.7). */
static void append_scalar(struct buffer *out, struct text text) {
  if (is_plain(text)) {
    buffer_append_text(out, text);
    return;
  }
  buffer_append_char(out, '"');
  for (size_t i = 0; i < text.size;) {
    uint32_t code = 0xfffd;
    size_t size = utf8_read(text.data + i, text.size - i, &code);
    if (code == '"' || code == '\\')
      buffer_printf(out, "\\%c", (int)code);
    else if (code >= 0x20 && code < 0x7f)
      buffer_append_char(out, (char)code);
    else
      buffer_printf(out, code > 0xffff ? "\\U%08" PRIX32 : "\\u%04" PRIX32, code);
    i += size ? size : 1;
  }
  buffer_append_char(out, '"');
}

static void append_time_forms(struct buffer *out, uint32_t forms) {
  bool list = (forms & (forms - 1)) != 0, first = true;
  buffer_append_string(out, list ? ", timeFormats: [" : ", timeFormat: ");
  for (size_t i = 0; i < infer_form_count; i++) {
    if (!(forms >> i & 1))
      continue;
    buffer_append_string(out, first ? "" : ", ");
    append_scalar(out, text_from(infer_form_word(&infer_forms[i])));
    first = false;
  }
  buffer_append_string(out, list ? "]" : "");
}

static void append_indicators(struct buffer *out, uint32_t indicators) {
  bool first = true;
  if (!indicators)
    return;
  buffer_append_string(out, ", indicators: [");
  for (unsigned i = 0; i < INDICATOR_COUNT; i++) {
    if (!(indicators >> i & 1))
      continue;
    buffer_printf(out, "%s%s", first ? "" : ", ", indicator_words[i]);
    first = false;
  }
  buffer_append_char(out, ']');
}

/* Why a place is of any type. */
static const char *json_reason(const struct infer_shape *shape) {
  if (infer_values(shape) == 0)
    return "only null";
  if (shape->cut)
    return "too many fields, or too deep";
  return infer_objects(shape) == infer_values(shape) ? "only empty objects"
                                                     : "values of several types";
}

/* "  # in 3 of 5 records; null in 1; email by its values" */
static void append_comment(const struct writing *writing, const struct infer_shape *shape,
                           uint64_t of, const char *unit) {
  struct buffer *out = writing->out;
  enum field_type type = infer_type(shape);
  bool by_name = false, ambiguous = false;
  buffer_printf(out, "  # in %" PRIu64 " of %" PRIu64 " %s", infer_values(shape), of, unit);
  if (shape->seen[SEEN_NULL])
    buffer_printf(out, "; null in %" PRIu64, shape->seen[SEEN_NULL]);
  if (infer_is_embedded(shape))
    buffer_append_string(out, "; JSON in texts");
  if (type == FIELD_JSON)
    buffer_printf(out, "; %s", json_reason(shape));
  if (type == FIELD_TIMESTAMP && infer_times_forms(&shape->times, shape->name, &ambiguous) &&
      ambiguous)
    buffer_append_string(out, "; day and month could be the other way round");
  if (shape->event_time)
    buffer_append_string(out, "; the event's time is a guess");
  if (type == FIELD_STRING && infer_texts_indicators(&shape->texts, shape->name, &by_name))
    buffer_printf(out, "; the indicator is a guess by its %s", by_name ? "name" : "values");
  buffer_append_char(out, '\n');
}

static void indent(struct buffer *out, unsigned depth) {
  buffer_printf(out, "%*s", (int)depth * 2, "");
}

/* A description without fields and element, in braces. `head` is what comes before the type. */
static void append_flow(const struct writing *writing, const struct infer_shape *shape,
                        bool required) {
  struct buffer *out = writing->out;
  enum field_type type = infer_type(shape);
  bool unused;
  buffer_append_char(out, '{');
  if (shape->name.size) {
    buffer_append_string(out, "name: ");
    append_scalar(out, shape->name);
    buffer_append_string(out, ", ");
  }
  buffer_printf(out, "type: %s", field_type_word(type));
  if (type == FIELD_TIMESTAMP)
    append_time_forms(out, infer_times_forms(&shape->times, shape->name, &unused));
  if (infer_is_embedded(shape))
    buffer_append_string(out, ", isEmbeddedJSON: true");
  if (shape->event_time)
    buffer_append_string(out, ", isEventTime: true");
  if (required)
    buffer_append_string(out, ", required: true");
  if (type == FIELD_STRING)
    append_indicators(out, infer_texts_indicators(&shape->texts, shape->name, &unused));
  buffer_append_char(out, '}');
}

static void write_inner(const struct writing *writing, const struct infer_shape *shape,
                        unsigned depth, bool everywhere);

static void write_field(const struct writing *writing, const struct infer_shape *field,
                        const struct infer_shape *object, unsigned depth, bool everywhere) {
  struct buffer *out = writing->out;
  enum field_type type = infer_type(field);
  uint64_t of = depth == 1 ? writing->records : infer_objects(object);
  bool embedded = infer_is_embedded(field);
  /* An empty text in the place of JSON is null. */
  bool required = everywhere && infer_values(field) == of && !(embedded && field->blank);
  const char *unit = depth == 1 ? "records" : "objects";
  indent(out, depth);
  buffer_append_string(out, "- ");
  if (type != FIELD_OBJECT && type != FIELD_ARRAY) {
    append_flow(writing, field, required);
    append_comment(writing, field, of, unit);
    return;
  }
  buffer_append_string(out, "name: ");
  append_scalar(out, field->name);
  append_comment(writing, field, of, unit);
  indent(out, depth + 1);
  buffer_printf(out, "type: %s\n", field_type_word(type));
  if (embedded) {
    indent(out, depth + 1);
    buffer_append_string(out, "isEmbeddedJSON: true\n");
  }
  if (required) {
    indent(out, depth + 1);
    buffer_append_string(out, "required: true\n");
  }
  write_inner(writing, field, depth + 1, required);
}

static void write_fields(const struct writing *writing, const struct infer_shape *object,
                         unsigned depth, bool everywhere) {
  indent(writing->out, depth);
  buffer_append_string(writing->out, "fields:\n");
  for (size_t i = 0; i < object->count; i++)
    write_field(writing, object->fields[i], object, depth + 1, everywhere);
}

/* The element of a list. */
static void write_element(const struct writing *writing, const struct infer_shape *array,
                          unsigned depth) {
  static const struct infer_shape nothing = {.fields = NULL};
  struct buffer *out = writing->out;
  const struct infer_shape *found = array->element ? array->element : &nothing;
  /* The name of a list says what its elements are. */
  struct infer_shape element = *found;
  element.name = array->name;
  enum field_type type = infer_type(&element);
  indent(out, depth);
  if (type == FIELD_OBJECT || type == FIELD_ARRAY) {
    buffer_printf(out, "element:\n");
    indent(out, depth + 1);
    buffer_printf(out, "type: %s\n", field_type_word(type));
    if (infer_is_embedded(&element)) {
      indent(out, depth + 1);
      buffer_append_string(out, "isEmbeddedJSON: true\n");
    }
    write_inner(writing, &element, depth + 1, false);
    return;
  }
  bool unused;
  buffer_printf(out, "element: {type: %s%s", field_type_word(type),
                infer_is_embedded(&element) ? ", isEmbeddedJSON: true" : "");
  if (type == FIELD_TIMESTAMP)
    append_time_forms(out, infer_times_forms(&element.times, element.name, &unused));
  if (type == FIELD_STRING)
    append_indicators(out, infer_texts_indicators(&element.texts, element.name, &unused));
  buffer_append_char(out, '}');
  append_comment(writing, &element, infer_values(&element) + element.seen[SEEN_NULL], "elements");
}

static void write_inner(const struct writing *writing, const struct infer_shape *shape,
                        unsigned depth, bool everywhere) {
  if (infer_type(shape) == FIELD_OBJECT)
    write_fields(writing, shape, depth, everywhere);
  else
    write_element(writing, shape, depth);
}

static bool has_event_time(const struct infer_shape *object) {
  for (size_t i = 0; i < object->count; i++)
    if (object->fields[i]->event_time ||
        (infer_type(object->fields[i]) == FIELD_OBJECT && has_event_time(object->fields[i])))
      return true;
  return false;
}

static void write_head(const struct infer *infer, const char *log_type, struct buffer *out) {
  buffer_printf(
      out,
      "# Written by `margay schemas infer` from %" PRIu64 " record%s. Types, required, "
      "times and indicators\n# follow from these records alone: change what others need.\n",
      infer->records, infer->records == 1 ? "" : "s");
  if (!has_event_time(&infer->record))
    buffer_append_string(out, "# No field seems to hold the event's time: events get the time of "
                              "their reading.\n");
  if (infer->own_fields)
    buffer_append_string(out, "# Fields that begin with p_ are margay's own, and left out.\n");
  if (infer->unnamed)
    buffer_printf(out,
                  "# Fields whose names are empty, longer than %d bytes or hold a NUL are left "
                  "out.\n",
                  INFER_NAME_MAX);
  if (infer->cut)
    buffer_printf(out,
                  "# A limit was reached (%d fields in all, %d in a record, %d in an object within "
                  "it, %d levels).\n",
                  INFER_FIELDS_MAX, INFER_RECORD_FIELDS_MAX, INFER_OBJECT_FIELDS_MAX,
                  INFER_DEPTH_MAX);
  buffer_printf(out, "schema: %s\n", log_type);
}

void infer_write(const struct infer *infer, const char *log_type, struct buffer *out) {
  const struct writing writing = {out, infer->records};
  write_head(infer, log_type, out);
  write_fields(&writing, &infer->record, 0, true);
}
