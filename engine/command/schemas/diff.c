#include "command/schemas/diff.h"

#include "command/schemas/infer_values.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct diff {
  schema_change_each *each;
  void *context;
  struct text log_type;
  struct buffer path; /* of the field that is compared */
};

static void __attribute__((format(printf, 3, 4)))
add(struct diff *diff, bool breaks, const char *format, ...) {
  char what[400];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  diff->each(diff->context, &(struct schema_change){diff->log_type, buffer_text(&diff->path),
                                                    text_from(what), breaks});
}

/* ---- the type ---------------------------------------------------------------------------- */

/* Whether every value of the one is a value of the other, and rules may go on reading it. */
static bool is_wider(enum field_type old, enum field_type new) {
  static const int widths[] = {
      [FIELD_SMALLINT] = 1, [FIELD_INT] = 2, [FIELD_BIGINT] = 3, [FIELD_FLOAT] = 4};
  if (new == FIELD_JSON)
    return true;
  if (old >= sizeof widths / sizeof *widths || new >= sizeof widths / sizeof *widths)
    return false;
  return widths[old] && widths[new] > widths[old];
}

static bool compare_type(struct diff *diff, const struct field *old, const struct field *new) {
  if (old->type == new->type)
    return true;
  bool wider = is_wider(old->type, new->type);
  add(diff, !wider, "the type is %s, was %s: %s", field_type_word(new->type),
      field_type_word(old->type), wider ? "wider" : "values that were fine may not fit");
  return false;
}

/* ---- times ------------------------------------------------------------------------------- */

static bool same_form(const struct field_time_format *a, const struct field_time_format *b) {
  return a->kind == b->kind && (a->kind != TIME_STRFTIME || strcmp(a->strftime, b->strftime) == 0);
}

static bool has_form(const struct field *field, const struct field_time_format *format) {
  for (size_t i = 0; i < field->time_format_count; i++)
    if (same_form(&field->time_formats[i], format))
      return true;
  return false;
}

/* The kept forms must come first and in their order: a new one before them would read their texts.
 */
static void compare_times(struct diff *diff, const struct field *old, const struct field *new) {
  bool ordered = true;
  size_t kept = 0;
  for (size_t i = 0; i < old->time_format_count; i++) {
    const struct field_time_format *format = &old->time_formats[i];
    if (has_form(new, format))
      ordered &= kept < new->time_format_count &&same_form(&new->time_formats[kept++], format);
    else
      add(diff, true, "the time form %s is removed", infer_form_word(format));
  }
  for (size_t i = 0; i < new->time_format_count; i++)
    if (!has_form(old, &new->time_formats[i]))
      add(diff, false, "the time form %s is added", infer_form_word(&new->time_formats[i]));
  if (!ordered)
    add(diff, true, "the time forms have another order: the first one that fits is used");
}

/* ---- keys of a field --------------------------------------------------------------------- */

static void compare_flag(struct diff *diff, bool old, bool new, bool added_breaks,
                         bool removed_breaks, const char *key) {
  if (old != new)
    add(diff, new ? added_breaks : removed_breaks, "%s is %s", key, new ? "added" : "removed");
}

static void compare_indicators(struct diff *diff, uint32_t old, uint32_t new, const char *key) {
  for (unsigned i = 0; i < INDICATOR_COUNT; i++)
    if ((old ^ new) >> i & 1)
      add(diff, old >> i & 1, "%s: %s is %s", key, indicator_words[i],
          old >> i & 1 ? "removed" : "added");
}

static bool is_listed(const struct text *list, size_t count, struct text word) {
  for (size_t i = 0; i < count; i++)
    if (text_equal(list[i], word))
      return true;
  return false;
}

static size_t count_missing(const struct text *a, size_t a_count, const struct text *b,
                            size_t b_count) {
  size_t missing = 0;
  for (size_t i = 0; i < a_count; i++)
    missing += !is_listed(b, b_count, a[i]);
  return missing;
}

struct texts {
  const struct text *items; /* NULL: not asked */
  size_t count;
};

/* What a list refuses grows with `deny`, and shrinks with the others. */
static void compare_list(struct diff *diff, struct texts old, struct texts new, bool denies,
                         const char *key) {
  size_t removed = count_missing(old.items, old.count, new.items, new.count);
  size_t added = count_missing(new.items, new.count, old.items, old.count);
  if (!old.items && new.items)
    add(diff, true, "validate %s is added: records are refused that were fine", key);
  else if (old.items && !new.items)
    add(diff, false, "validate %s is removed", key);
  else if (removed || added)
    add(diff, (denies ? added : removed) > 0, "validate %s: %zu value%s added, %zu value%s removed",
        key, added, added == 1 ? "" : "s", removed, removed == 1 ? "" : "s");
}

static void compare_family(struct diff *diff, uint8_t old, uint8_t new, const char *key) {
  const uint8_t any = 10;
  if (old == new)
    return;
  bool loosened = new == 0 || (old && new == any);
  add(diff, !loosened, "validate %s is %s", key,
      !old  ? "added: records are refused that were fine"
      : new ? loosened ? "any, was one family" : "another family"
            : "removed");
}

static void compare_validate(struct diff *diff, const struct field_validate *old,
                             const struct field_validate *new) {
  compare_list(diff, (struct texts){old->allow, old->allow_count},
               (struct texts){new->allow, new->allow_count}, false, "allow");
  compare_list(diff, (struct texts){old->startswith, old->startswith_count},
               (struct texts){new->startswith, new->startswith_count}, false, "startswith");
  compare_list(diff, (struct texts){old->deny, old->deny_count},
               (struct texts){new->deny, new->deny_count}, true, "deny");
  compare_family(diff, old->ip, new->ip, "ip");
  compare_family(diff, old->cidr, new->cidr, "cidr");
}

static bool same_texts(const struct text *a, size_t a_count, const struct text *b, size_t b_count) {
  bool same = a_count == b_count;
  for (size_t i = 0; i < a_count && same; i++)
    same = text_equal(a[i], b[i]);
  return same;
}

static void compare_transform(struct diff *diff, const struct field *old, const struct field *new) {
  static const char *const words[] = {[TRANSFORM_NONE] = "none",
                                      [TRANSFORM_RENAME] = "rename",
                                      [TRANSFORM_COPY] = "copy",
                                      [TRANSFORM_CONCAT] = "concat",
                                      [TRANSFORM_SPLIT] = "split"};
  const struct field_transform *a = &old->transform, *b = &new->transform;
  if (a->kind != b->kind)
    add(diff, true, "the transform is %s, was %s", words[b->kind], words[a->kind]);
  else if (!same_texts(a->from, a->from_count, b->from, b->from_count) ||
           !text_equal(a->separator, b->separator) || a->index != b->index)
    add(diff, true, "%s makes the value from something else", words[a->kind]);
  if (old->mask.kind != new->mask.kind)
    add(diff, true,
        new->mask.kind == MASK_NONE ? "mask is removed: values are stored that were "
                                      "hidden"
                                    : "mask is added: rules do not see the value");
  else if (!text_equal(old->mask.to, new->mask.to))
    add(diff, true, "mask has another text");
}

/* ---- fields ------------------------------------------------------------------------------ */

static void compare_field(struct diff *diff, const struct field *old, const struct field *new);

static const struct field *find(const struct field *fields, size_t count, struct text name) {
  for (size_t i = 0; i < count; i++)
    if (text_equal(fields[i].name, name))
      return &fields[i];
  return NULL;
}

/* Goes to a field of the object at the path; gives the size to cut the path to afterwards. */
static size_t enter(struct diff *diff, struct text name) {
  size_t before = diff->path.size;
  buffer_printf(&diff->path, "%s%.*s", before ? "." : "", TEXT_ARGS(name));
  return before;
}

static void leave(struct diff *diff, size_t before) {
  diff->path.size = before;
  diff->path.data[before] = '\0';
}

static void compare_fields(struct diff *diff, const struct field *old, size_t old_count,
                           const struct field *new, size_t new_count) {
  for (size_t i = 0; i < old_count; i++) {
    const struct field *other = find(new, new_count, old[i].name);
    size_t before = enter(diff, old[i].name);
    if (other)
      compare_field(diff, &old[i], other);
    else
      add(diff, true, "the field is removed");
    leave(diff, before);
  }
  for (size_t i = 0; i < new_count; i++) {
    if (find(old, old_count, new[i].name))
      continue;
    size_t before = enter(diff, new[i].name);
    bool refuses = new[i].required || new[i].validate.asked;
    add(diff, refuses, "the field is added%s",
        new[i].required         ? ", and required"
        : new[i].validate.asked ? ", with validate"
                                : "");
    leave(diff, before);
  }
}

static void compare_field(struct diff *diff, const struct field *old, const struct field *new) {
  compare_flag(diff, old->required, new->required, true, false, "required");
  compare_flag(diff, old->embedded_json, new->embedded_json, false, true, "isEmbeddedJSON");
  compare_transform(diff, old, new);
  if (!compare_type(diff, old, new)) {
    compare_indicators(diff, old->indicators, 0, "indicators");
    return;
  }
  compare_times(diff, old, new);
  compare_indicators(diff, old->indicators, new->indicators, "indicators");
  compare_indicators(diff, old->find_indicators, new->find_indicators, "findIndicators");
  compare_validate(diff, &old->validate, &new->validate);
  if (old->type == FIELD_OBJECT)
    compare_fields(diff, old->fields, old->field_count, new->fields, new->field_count);
  if (old->type == FIELD_ARRAY) {
    size_t before = diff->path.size;
    buffer_append_string(&diff->path, "[]");
    compare_field(diff, old->element, new->element);
    leave(diff, before);
  }
}

/* ---- schemas ----------------------------------------------------------------------------- */

/* The paths of the fields with the event's time, one a line, in their order. */
static void append_event_times(struct buffer *out, const struct field *fields, size_t count,
                               struct text above) {
  for (size_t i = 0; i < count; i++) {
    const struct field *field = &fields[i], *inner = field;
    struct buffer path = BUFFER_NONE;
    buffer_printf(&path, "%.*s%s%.*s", TEXT_ARGS(above), above.size ? "." : "",
                  TEXT_ARGS(field->name));
    if (field->event_time)
      buffer_printf(out, "%.*s\n", TEXT_ARGS(buffer_text(&path)));
    while (inner->type == FIELD_ARRAY)
      inner = inner->element;
    if (inner->type == FIELD_OBJECT)
      append_event_times(out, inner->fields, inner->field_count, buffer_text(&path));
    buffer_free(&path);
  }
}

static void compare_event_times(struct diff *diff, const struct schema *old,
                                const struct schema *new) {
  struct buffer a = BUFFER_NONE, b = BUFFER_NONE;
  append_event_times(&a, old->fields, old->field_count, TEXT(""));
  append_event_times(&b, new->fields, new->field_count, TEXT(""));
  struct text before = buffer_text(&a), after = buffer_text(&b);
  bool longer = before.size > 0 && after.size > before.size &&
                memcmp(before.data, after.data, before.size) == 0;
  if (longer)
    add(diff, false, "the event's time has further fields, behind those that it had");
  else if (!text_equal(before, after))
    add(diff, true, "the event's time is of other fields, or of the same in another order");
  buffer_free(&a);
  buffer_free(&b);
}

static void compare_identifying(struct diff *diff, const struct schema *old,
                                const struct schema *new) {
  size_t removed = 0, added = 0;
  for (size_t i = 0; i < old->field_count; i++) {
    const struct field *other = find(new->fields, new->field_count, old->fields[i].name);
    removed += old->fields[i].identifies && !(other && other->identifies);
  }
  for (size_t i = 0; i < new->field_count; i++) {
    const struct field *other = find(old->fields, old->field_count, new->fields[i].name);
    added += new->fields[i].identifies && !(other && other->identifies);
  }
  /* Where none identifies, every record is of this kind. */
  if (removed || added)
    add(diff, (removed && new->identified) || !old->identified,
        "other fields identify the records: %zu added, %zu removed", added, removed);
}

static void compare_logsource(struct diff *diff, const struct schema_logsource *old,
                              const struct schema_logsource *new) {
  const struct text a[] = {old->category, old->product, old->service};
  const struct text b[] = {new->category, new->product, new->service};
  bool had = a[0].size + a[1].size + a[2].size > 0;
  if (!same_texts(a, 3, b, 3))
    add(diff, had, "logsource is %s", had ? "another one, or removed" : "added");
}

static void compare_schema(struct diff *diff, const struct schema *old, const struct schema *new) {
  diff->log_type = old->name;
  if (!text_equal(old->name, new->name))
    add(diff, true, "the log type is %s", new->name.data);
  compare_flag(diff, old->strict, new->strict, true, false, "strict");
  compare_logsource(diff, &old->logsource, &new->logsource);
  compare_event_times(diff, old, new);
  compare_identifying(diff, old, new);
  compare_fields(diff, old->fields, old->field_count, new->fields, new->field_count);
}

static void compare_sets(struct diff *diff, const struct schema_set *old,
                         const struct schema_set *new) {
  for (size_t i = 0; i < old->count; i++) {
    const struct schema *other = schema_find(new, old->schemas[i].name);
    diff->log_type = old->schemas[i].name;
    if (other)
      compare_schema(diff, &old->schemas[i], other);
    else
      add(diff, true, "the log type is removed");
  }
  for (size_t i = 0; i < new->count; i++) {
    diff->log_type = new->schemas[i].name;
    if (!schema_find(old, diff->log_type))
      add(diff, false, "the log type is added");
  }
}

void schema_diff(const struct schema_set *old, const struct schema_set *new,
                 schema_change_each *each, void *context) {
  struct diff diff = {.each = each, .context = context};
  buffer_append_string(&diff.path, "");
  if (old->count == 1 && new->count == 1)
    compare_schema(&diff, &old->schemas[0], &new->schemas[0]);
  else
    compare_sets(&diff, old, new);
  buffer_free(&diff.path);
}
