#include "source/zoom/zoom_scope.h"

/* The next word of the list, which gets shorter; an empty one at the end. */
static struct text next_scope(struct text *scopes) {
  while (scopes->size > 0 && *scopes->data == ' ') {
    scopes->data++;
    scopes->size--;
  }
  struct text scope = {scopes->data, 0};
  while (scope.size < scopes->size && scope.data[scope.size] != ' ')
    scope.size++;
  scopes->data += scope.size;
  scopes->size -= scope.size;
  return scope;
}

/* Granular ones have four parts: service, action, what, and whose. */
static bool is_granular(struct text scope) {
  size_t colons = 0;
  for (size_t i = 0; i < scope.size; i++)
    colons += scope.data[i] == ':';
  return colons >= 3;
}

const char *zoom_scope_kind(struct text scopes) {
  const char *kind = "no";
  for (struct text scope = next_scope(&scopes); scope.size > 0; scope = next_scope(&scopes)) {
    if (is_granular(scope))
      return "granular";
    kind = "classic";
  }
  return kind;
}

/* The same, or the same with "master" for "admin" at its end. NULL: never. */
static bool is_scope(struct text scope, const char *wanted_scope) {
  static const struct text admin = TEXT_INIT(":admin"), master = TEXT_INIT(":master");
  struct text wanted = text_from(wanted_scope ? wanted_scope : "");
  if (text_equal(scope, wanted))
    return true;
  if (!text_ends_folded(wanted, admin) || !text_ends_folded(scope, master))
    return false;
  scope.size -= master.size;
  wanted.size -= admin.size;
  return text_equal(scope, wanted);
}

/* Whether the list, separated by spaces, lets an app read the report. A list that is empty says
 * nothing, so nothing is missing from it. A scope over sub-accounts (…:master) is as good. */
static bool zoom_scope_allows(struct text scopes, const struct zoom_report *report) {
  bool any = false;
  for (struct text scope = next_scope(&scopes); scope.size > 0; scope = next_scope(&scopes)) {
    any = true;
    if (is_scope(scope, report->scope) || is_scope(scope, report->classic_scope))
      return true;
  }
  return !any || !report->scope;
}

static void append_missing(struct buffer *out, const struct zoom_report *report) {
  buffer_printf(out, "%s: %s", report->name, report->scope);
  if (!report->classic_scope && !report->privilege)
    return;
  buffer_append_string(out, " (");
  if (report->classic_scope)
    buffer_printf(out, "classic: %s", report->classic_scope);
  if (report->privilege)
    buffer_printf(out, "%srole: %s", report->classic_scope ? "; " : "", report->privilege);
  buffer_append_char(out, ')');
}

size_t zoom_scope_append_missing(struct buffer *out, struct text scopes,
                                 const struct setting_list *reports) {
  size_t missing = 0;
  for (size_t i = 0; i < reports->count; i++) {
    const struct zoom_report *report = zoom_report_find(reports->items[i]);
    if (!report || zoom_scope_allows(scopes, report))
      continue;
    buffer_append_string(out, missing > 0 ? ", " : "");
    append_missing(out, report);
    missing++;
  }
  return missing;
}
