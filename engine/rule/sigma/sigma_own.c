#include "rule/sigma/sigma_own.h"

#include "base/suggestion.h"
#include "rule/sigma/sigma_question.h"

#define KEY "margay"

/* Members of a context: ours. */
#define MEMBERS_MAX 100

/* ---- evidence and pack ---- */

static bool read_evidence(struct sigma_reader *reader, const struct yaml_node *node,
                          struct rule *rule) {
  struct suggestion suggestion;
  struct text word;
  char shown[40];
  if (!yaml_string(&reader->context, node, "evidence", &word))
    return false;
  word = text_trim(word);
  return rule_evidence_parse(word, &rule->evidence) ||
         yaml_problem(
             &reader->context, node, "evidence '%s' is none of documented, sample, guess%s",
             text_printable(word, shown, sizeof shown),
             suggestion_find(word, rule_evidence_names + 1, RULE_EVIDENCE_COUNT - 1, &suggestion));
}

static bool read_pack(struct sigma_reader *reader, const struct yaml_node *node,
                      struct rule *rule) {
  struct text name;
  if (!yaml_string(&reader->context, node, "pack", &name))
    return false;
  name = text_trim(name);
  if (!rule_pack_is_name(name))
    return yaml_problem(&reader->context, node,
                        "pack is not 1 to %d of a-z, 0-9 and '-', as in 'zoom-core'",
                        RULE_PACK_MAX);
  rule->pack = arena_copy(&reader->set->arena, name);
  return true;
}

static const struct {
  const char *key;
  bool (*read)(struct sigma_reader *, const struct yaml_node *, struct rule *);
} metadata[] = {{"evidence", read_evidence}, {"pack", read_pack}};
enum { METADATA_COUNT = sizeof metadata / sizeof *metadata };

bool sigma_own_read_metadata(struct sigma_reader *reader, struct rule *rule) {
  const struct yaml_node *node = yaml_get(reader->document, KEY), *value;
  bool ok = true;
  for (size_t i = 0; node && node->type == YAML_MAPPING && i < METADATA_COUNT; i++)
    if ((value = yaml_get(node, metadata[i].key)))
      ok &= metadata[i].read(reader, value, rule);
  return ok;
}

/* ---- names of fields ---- */

struct naming {
  const struct sigma_reader *reader;
  const struct sigma_log_source *source;
};

static struct text name_in_events(void *context, struct text path) {
  const struct naming *naming = context;
  struct arena *arena = &naming->reader->set->arena;
  return arena_copy(arena,
                    sigma_mapping_field(naming->reader->mapping, naming->source, path, arena));
}

static bool refuse(struct sigma_reader *reader, const struct yaml_node *node,
                   enum rule_function function, const struct error *error) {
  return yaml_problem(&reader->context, node, "%s: %s", rule_function_names[function], error->text);
}

typedef const struct rule_template *text_reader(const struct rule_template_reading *reading,
                                                struct text text, struct error *error);

/* ---- one text ---- */

static const struct {
  enum rule_function function;
  text_reader *read;
} texts[] = {{RULE_FUNCTION_TITLE, rule_template_text},
             {RULE_FUNCTION_DEDUP, rule_template_key},
             {RULE_FUNCTION_UNIQUE, rule_template_key}};
enum { TEXT_COUNT = sizeof texts / sizeof *texts };

static bool read_text(struct sigma_reader *reader, const struct rule_template_reading *reading,
                      const struct yaml_node *node, size_t which, struct rule *rule) {
  enum rule_function function = texts[which].function;
  const char *name = rule_function_names[function];
  struct error error = ERROR_NONE;
  struct text text;
  if (!yaml_string(&reader->context, node, name, &text))
    return false;
  if (text.size == 0)
    return yaml_problem(&reader->context, node, "%s is empty", name);
  rule->templates[function] = texts[which].read(reading, text, &error);
  return rule->templates[function] || refuse(reader, node, function, &error);
}

/* ---- alert_context ---- */

static bool read_members(struct sigma_reader *reader, const struct yaml_node *node,
                         struct rule_template_member *members) {
  for (size_t i = 0; i < node->count; i++) {
    struct rule_template_member *member = &members[i];
    *member = (struct rule_template_member){.name = TEXT("")};
    if (!yaml_string(&reader->context, node->items[i], "a member of alert_context", &member->value))
      return false;
    if (node->type == YAML_MAPPING)
      member->name = node->keys[i]->value;
  }
  return true;
}

static bool read_context(struct sigma_reader *reader, const struct rule_template_reading *reading,
                         const struct yaml_node *node, struct rule *rule) {
  struct rule_template_member members[MEMBERS_MAX];
  struct error error = ERROR_NONE;
  if (node->type == YAML_SCALAR)
    return yaml_problem(&reader->context, node,
                        "alert_context must be a list of fields, or names with fields");
  if (node->count > MEMBERS_MAX)
    return yaml_problem(&reader->context, node, "alert_context has more than %d members",
                        MEMBERS_MAX);
  if (!read_members(reader, node, members))
    return false;
  const struct rule_template *template =
      rule_template_context(reading, members, node->count, &error);
  rule->templates[RULE_FUNCTION_ALERT_CONTEXT] = template;
  return template || refuse(reader, node, RULE_FUNCTION_ALERT_CONTEXT, &error);
}

/* ---- all of it ---- */

/* Whether events of the rule may have the fields. */
static bool check(struct sigma_reader *reader, const struct yaml_node *node,
                  const struct rule *rule) {
  bool ok = true;
  for (int i = 0; i < RULE_FUNCTION_COUNT; i++) {
    struct error error = ERROR_NONE;
    if (rule->templates[i] &&
        !rule_template_check(rule->templates[i], rule, reader->logsources->schemas, &error))
      ok = refuse(reader, yaml_get(node, rule_function_names[i]), (enum rule_function)i, &error);
  }
  return ok;
}

/* The keys below `margay`. */
enum { KEY_COUNT = METADATA_COUNT + TEXT_COUNT + 1 + QUESTION_KIND_COUNT };

static void list_keys(const char *keys[static KEY_COUNT]) {
  size_t count = 0;
  for (size_t i = 0; i < TEXT_COUNT; i++)
    keys[count++] = rule_function_names[texts[i].function];
  keys[count++] = rule_function_names[RULE_FUNCTION_ALERT_CONTEXT];
  for (int i = 0; i < QUESTION_KIND_COUNT; i++)
    keys[count++] = question_kind_names[i];
  for (size_t i = 0; i < METADATA_COUNT; i++)
    keys[count++] = metadata[i].key;
}

bool sigma_own_is_key(struct text key) {
  const char *keys[KEY_COUNT];
  list_keys(keys);
  for (size_t i = 0; i < KEY_COUNT; i++)
    if (text_is(key, keys[i]))
      return true;
  return false;
}

bool sigma_own_read_texts(struct sigma_reader *reader, const struct sigma_log_source *source,
                          struct rule *rule) {
  const struct yaml_node *node = yaml_get(reader->document, KEY), *value;
  struct naming naming = {reader, source};
  const struct rule_template_reading reading = {.arena = &reader->set->arena,
                                                .fields = reader->set->fields,
                                                .name_in_events = name_in_events,
                                                .context = &naming};
  const char *keys[KEY_COUNT];
  bool ok = true;
  if (!node)
    return true;
  list_keys(keys);
  if (!yaml_expect(&reader->context, node, YAML_MAPPING, KEY) ||
      !yaml_known_keys(&reader->context, node, KEY, keys, KEY_COUNT))
    return false;
  for (size_t i = 0; i < TEXT_COUNT; i++)
    if ((value = yaml_get(node, rule_function_names[texts[i].function])) &&
        !read_text(reader, &reading, value, i, rule))
      ok = false;
  value = yaml_get(node, rule_function_names[RULE_FUNCTION_ALERT_CONTEXT]);
  if (value && !read_context(reader, &reading, value, rule))
    ok = false;
  return sigma_questions_read(reader, &reading, node, rule) && ok && check(reader, node, rule);
}

static bool is_metadata(struct text key) {
  for (size_t i = 0; i < METADATA_COUNT; i++)
    if (text_is(key, metadata[i].key))
      return true;
  return false;
}

bool sigma_own_check_correlation(struct sigma_reader *reader) {
  const struct yaml_node *node = yaml_get(reader->document, KEY);
  char shown[80];
  bool ok = !node || yaml_expect(&reader->context, node, YAML_MAPPING, KEY);
  for (size_t i = 0; ok && node && i < node->count; i++)
    if (!is_metadata(node->keys[i]->value))
      ok = yaml_problem(&reader->context, node->keys[i],
                        "key '%s' in " KEY " has no place in a correlation: its title is the "
                        "rule's with the values of group-by",
                        text_printable(node->keys[i]->value, shown, sizeof shown));
  return ok;
}
