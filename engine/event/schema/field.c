#include "event/schema/field.h"

const char *field_type_word(enum field_type type) {
  static const char *const words[] = {
      [FIELD_STRING] = "string",       [FIELD_INT] = "int",     [FIELD_SMALLINT] = "smallint",
      [FIELD_BIGINT] = "bigint",       [FIELD_FLOAT] = "float", [FIELD_BOOLEAN] = "boolean",
      [FIELD_TIMESTAMP] = "timestamp", [FIELD_ARRAY] = "array", [FIELD_OBJECT] = "object",
      [FIELD_JSON] = "json",
  };
  return words[type];
}

/* Sizes differ more cheaply than bytes. */
int field_name_order(struct text a, struct text b) {
  if (a.size != b.size)
    return a.size < b.size ? -1 : 1;
  return a.size ? memcmp(a.data, b.data, a.size) : 0;
}

int field_find(const struct field *fields, size_t count, const uint16_t *by_name,
               struct text name) {
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = field_name_order(name, fields[by_name[middle]].name);
    if (order == 0)
      return by_name[middle];
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return -1;
}
