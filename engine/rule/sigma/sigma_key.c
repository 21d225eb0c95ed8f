#include "rule/sigma/sigma_key.h"

#include "base/buffer.h"

/* The modifiers that a key is asked for here; conditions know them all. */
enum role {
  ROLE_ALL = 1 << 0,
  ROLE_NEQ = 1 << 1,
  ROLE_EXPAND = 1 << 2,
  ROLE_FIELDREF = 1 << 3,
  ROLE_TEXTUAL = 1 << 4, /* numbers are taken as they are written */
  ROLE_REPEATS = 1 << 5  /* twice means something: base64 of base64 */
};

static const struct {
  const char *name;
  unsigned roles;
} known[] = {
    {"all", ROLE_ALL},
    {"neq", ROLE_NEQ},
    {"expand", ROLE_EXPAND},
    {"fieldref", ROLE_FIELDREF | ROLE_TEXTUAL},
    {"contains", ROLE_TEXTUAL},
    {"startswith", ROLE_TEXTUAL},
    {"endswith", ROLE_TEXTUAL},
    {"re", ROLE_TEXTUAL},
    {"cidr", ROLE_TEXTUAL},
    {"windash", ROLE_TEXTUAL},
    {"base64", ROLE_TEXTUAL | ROLE_REPEATS},
    {"base64offset", ROLE_TEXTUAL | ROLE_REPEATS},
    {"wide", ROLE_TEXTUAL | ROLE_REPEATS},
    {"utf16", ROLE_TEXTUAL | ROLE_REPEATS},
    {"utf16le", ROLE_TEXTUAL | ROLE_REPEATS},
    {"utf16be", ROLE_TEXTUAL | ROLE_REPEATS},
};

static unsigned roles_of(struct text modifier) {
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (text_is(modifier, known[i].name))
      return known[i].roles;
  return 0;
}

/* Takes the part before the next `|` off `rest`, whose data is NULL behind the last one. */
static struct text take_part(struct text *rest) {
  const char *end = rest->size ? memchr(rest->data, '|', rest->size) : NULL;
  struct text part = {rest->data, end ? (size_t)(end - rest->data) : rest->size};
  *rest = end ? (struct text){end + 1, rest->size - part.size - 1} : (struct text){NULL, 0};
  return part;
}

static bool is_in(struct text modifiers, struct text end, struct text name) {
  modifiers.size = (size_t)(end.data - modifiers.data);
  while (modifiers.data && modifiers.size > 0)
    if (text_equal(take_part(&modifiers), name))
      return true;
  return false;
}

static void warn_twice(struct sigma_reader *reader, const struct yaml_node *place, struct text name,
                       struct text key) {
  char shown[160], modifier[40];
  sigma_warn(reader, place, "modifier '%s' twice in key '%s': it counts once",
             text_printable(name, modifier, sizeof modifier),
             text_printable(key, shown, sizeof shown));
}

struct sigma_key sigma_key_read(struct sigma_reader *reader, const struct sigma_log_source *source,
                                const struct yaml_node *place, struct text text) {
  struct sigma_key key = {.numeric = true, .source = source};
  struct buffer whole = BUFFER_NONE, single = BUFFER_NONE;
  struct text rest = text;
  key.field = take_part(&rest);
  const struct text modifiers = rest;
  struct text name =
      key.field.size ? sigma_mapping_field(reader->mapping, source, key.field, &reader->set->arena)
                     : key.field;
  buffer_append_text(&whole, name);
  buffer_append_text(&single, name);
  while (rest.data) {
    struct text modifier = take_part(&rest);
    unsigned roles = roles_of(modifier);
    if (modifier.size && !(roles & ROLE_REPEATS) && is_in(modifiers, modifier, modifier)) {
      warn_twice(reader, place, modifier, text);
      continue;
    }
    key.every |= roles & ROLE_ALL;
    key.expands |= roles & ROLE_EXPAND;
    key.refers |= roles & ROLE_FIELDREF;
    key.numeric &= !(roles & ROLE_TEXTUAL);
    bool negates = roles & ROLE_NEQ && key.field.size;
    key.differs |= negates;
    if (negates || roles & ROLE_EXPAND)
      continue;
    buffer_printf(&whole, "|%.*s", TEXT_ARGS(modifier));
    if (!(roles & ROLE_ALL))
      buffer_printf(&single, "|%.*s", TEXT_ARGS(modifier));
  }
  key.whole = arena_copy(&reader->set->arena, buffer_text(&whole));
  key.single = arena_copy(&reader->set->arena, buffer_text(&single));
  buffer_free(&whole);
  buffer_free(&single);
  return key;
}
