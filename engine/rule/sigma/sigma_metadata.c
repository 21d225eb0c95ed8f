#include "rule/sigma/sigma_metadata.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/suggestion.h"
#include "rule/sigma/sigma_own.h"
#include "rule/sigma/sigma_value.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
  const char *word;
  enum severity severity;
} levels[] = {{"informational", SEVERITY_INFO},
              {"low", SEVERITY_LOW},
              {"medium", SEVERITY_MEDIUM},
              {"high", SEVERITY_HIGH},
              {"critical", SEVERITY_CRITICAL}};
enum { LEVEL_COUNT = sizeof levels / sizeof *levels };

/* Tactics by the names that Sigma's tags have (attack.mitre.org). ATT&CK v19 split defense evasion:
 * its id is stealth's, and defense impairment has a new one. */
static const struct {
  const char *name, *id;
} tactics[] = {{"reconnaissance", "TA0043"},      {"resource-development", "TA0042"},
               {"initial-access", "TA0001"},      {"execution", "TA0002"},
               {"persistence", "TA0003"},         {"privilege-escalation", "TA0004"},
               {"defense-evasion", "TA0005"},     {"stealth", "TA0005"},
               {"defense-impairment", "TA0112"},  {"credential-access", "TA0006"},
               {"discovery", "TA0007"},           {"lateral-movement", "TA0008"},
               {"collection", "TA0009"},          {"exfiltration", "TA0010"},
               {"command-and-control", "TA0011"}, {"impact", "TA0040"}};

struct metadata {
  struct sigma_reader *reader;
  struct rule *rule;
  struct arena *arena;
};

static const struct yaml_node *value_of(const struct metadata *metadata, const char *key) {
  const struct yaml_node *node = yaml_get(metadata->reader->document, key);
  return node && !yaml_is_null(node) ? node : NULL;
}

/* The tree is gone before the rule is. */
static struct text keep(const struct metadata *metadata, struct text text) {
  return arena_copy(metadata->arena, text);
}

static bool read_text(const struct metadata *metadata, const char *key, struct text *out) {
  const struct yaml_node *node = value_of(metadata, key);
  if (!node)
    return true;
  if (!yaml_string(&metadata->reader->context, node, key, out))
    return false;
  *out = keep(metadata, text_trim(*out));
  return true;
}

/* Texts that only describe the rule: one, or a list, of which what is no text is left out with a
 * warning. What a rule matches does not depend on them. */
static struct text_list read_list(const struct metadata *metadata, const char *key) {
  const struct yaml_node *node = value_of(metadata, key);
  if (!node)
    return (struct text_list){NULL, 0};
  bool list = node->type == YAML_SEQUENCE;
  size_t count = list ? node->count : 1, kept = 0;
  struct text *items = arena_alloc(metadata->arena, (count + 1) * sizeof *items);
  for (size_t i = 0; i < count; i++) {
    const struct yaml_node *item = list ? node->items[i] : node;
    if (yaml_is_null(item))
      continue;
    if (item->type == YAML_SCALAR)
      items[kept++] = keep(metadata, text_trim(item->value));
    else
      sigma_warn(metadata->reader, item, "%s: %s where a text is expected; it is left out", key,
                 item->type == YAML_MAPPING ? "a mapping (key: value)" : "a list");
  }
  return (struct text_list){items, kept};
}

/* The same as one text. */
static struct text read_joined(const struct metadata *metadata, const char *key) {
  struct text_list list = read_list(metadata, key);
  struct buffer joined = BUFFER_NONE;
  for (size_t i = 0; i < list.count; i++)
    buffer_printf(&joined, "%s%.*s", i ? ", " : "", TEXT_ARGS(list.items[i]));
  struct text text = keep(metadata, buffer_text(&joined));
  buffer_free(&joined);
  return text;
}

static bool is_id_character(char c) {
  return (unsigned char)c >= 0x20 && !strchr("<>&\"%", c);
}

/* Its id; else its name; else its title, as far as an id can be that. */
static bool read_id(const struct metadata *metadata) {
  struct text id = TEXT(""), name = TEXT("");
  struct rule *rule = metadata->rule;
  if (!read_text(metadata, "id", &id) || !read_text(metadata, "name", &name))
    return false;
  rule->id = id.size ? id : name;
  const char *key = id.size ? "id" : "name";
  for (size_t i = 0; i < rule->id.size; i++)
    if (!is_id_character(rule->id.data[i]))
      return yaml_problem(&metadata->reader->context, value_of(metadata, key),
                          "%s must not hold any of < > & \" %% or control characters", key);
  if (rule->id.size == 0) {
    char *bytes = arena_alloc(metadata->arena, rule->display_name.size + 1);
    for (size_t i = 0; i < rule->display_name.size; i++)
      bytes[i] = is_id_character(rule->display_name.data[i]) ? rule->display_name.data[i] : '_';
    rule->id = (struct text){bytes, rule->display_name.size};
  }
  if (rule->id.size > RULE_TEXT_MAX)
    return yaml_problem(&metadata->reader->context, value_of(metadata, id.size ? "id" : "title"),
                        "an id of more than %d bytes", RULE_TEXT_MAX);
  if (rule->display_name.size == 0)
    rule->display_name = rule->id;
  return true;
}

static bool read_title(const struct metadata *metadata) {
  struct rule *rule = metadata->rule;
  if (!read_text(metadata, "title", &rule->display_name))
    return false;
  return rule->display_name.size || value_of(metadata, "name") || value_of(metadata, "id") ||
         yaml_problem(&metadata->reader->context, metadata->reader->document,
                      "the rule has no 'title'");
}

/* An informational rule is for enrichment, says the specification: it alerts nobody. */
static bool read_level(const struct metadata *metadata) {
  const struct yaml_node *node = value_of(metadata, "level");
  struct text level;
  const char *names[LEVEL_COUNT];
  char shown[40];
  metadata->rule->severity = SEVERITY_MEDIUM;
  if (!node)
    return true;
  if (!yaml_string(&metadata->reader->context, node, "level", &level))
    return false;
  for (size_t i = 0; i < LEVEL_COUNT; i++) {
    names[i] = levels[i].word;
    if (!text_equal_folded(level, text_from(levels[i].word)))
      continue;
    metadata->rule->severity = levels[i].severity;
    metadata->rule->create_alert = levels[i].severity != SEVERITY_INFO;
    return true;
  }
  struct suggestion suggestion;
  return yaml_problem(&metadata->reader->context, node,
                      "level '%s' is none of informational, low, medium, high, critical%s",
                      text_printable(level, shown, sizeof shown),
                      suggestion_find(level, names, LEVEL_COUNT, &suggestion));
}

/* The description, who wrote the rule, and the references after the first one. */
static void read_description(const struct metadata *metadata) {
  const char *key = value_of(metadata, "references") ? "references" : "reference";
  struct text description = read_joined(metadata, "description");
  struct text author = read_joined(metadata, "author");
  struct text_list references = read_list(metadata, key);
  struct buffer buffer = BUFFER_NONE;
  buffer_append_text(&buffer, description);
  if (author.size)
    buffer_printf(&buffer, "%sRule by %.*s", buffer.size ? "\n\n" : "", TEXT_ARGS(author));
  for (size_t i = 1; i < references.count; i++)
    buffer_printf(&buffer, "%s%.*s",
                  i > 1         ? "\n"
                  : buffer.size ? "\n\nSee also:\n"
                                : "",
                  TEXT_ARGS(references.items[i]));
  metadata->rule->description = keep(metadata, buffer_text(&buffer));
  buffer_free(&buffer);
  if (references.count)
    metadata->rule->reference = references.items[0];
}

static void read_falsepositives(const struct metadata *metadata) {
  struct text_list list = read_list(metadata, "falsepositives");
  struct buffer buffer = BUFFER_NONE;
  for (size_t i = 0; i < list.count; i++)
    buffer_printf(&buffer, "%s- %.*s", i ? "\n" : "Known false positives:\n",
                  TEXT_ARGS(list.items[i]));
  metadata->rule->runbook = keep(metadata, buffer_text(&buffer));
  buffer_free(&buffer);
}

/* ---- tags ---- */

/* "attack.t1078.004" is T1078.004, "attack.initial-access" TA0001; NULL for other tags. */
static const char *attack_id(const struct metadata *metadata, struct text tag, bool *tactic) {
  if (!text_starts_folded(tag, TEXT("attack.")))
    return NULL;
  char *word = arena_copy_string(metadata->arena, tag.data + strlen("attack."));
  *tactic = true;
  for (char *c = word; *c; c++)
    *c = *c == '_' ? '-' : *c >= 'A' && *c <= 'Z' ? (char)(*c | 0x20) : *c;
  for (size_t i = 0; i < sizeof tactics / sizeof *tactics; i++)
    if (strcmp(word, tactics[i].name) == 0)
      return tactics[i].id;
  size_t letters = strncmp(word, "ta", 2) == 0 ? 2 : 1;
  *tactic = letters == 2;
  if (word[0] != 't' || strspn(word + letters, "0123456789.") != strlen(word + letters) ||
      strlen(word + letters) < 4)
    return NULL;
  for (size_t i = 0; i < letters; i++)
    word[i] = (char)(word[i] & ~0x20);
  return word;
}

/* Techniques, with the tactic before them where there is but one; else all by themselves. */
static void write_attack(const struct metadata *metadata, const char *const *techniques,
                         size_t technique_count, const char *const *tactic_ids,
                         size_t tactic_count) {
  struct buffer buffer = BUFFER_NONE;
  bool pairs = tactic_count == 1 && technique_count > 0;
  buffer_append_string(&buffer, "{\"MITRE ATT&CK\":[");
  for (size_t i = 0; !pairs && i < tactic_count; i++)
    buffer_printf(&buffer, "%s\"%s\"", i ? "," : "", tactic_ids[i]);
  for (size_t i = 0; i < technique_count; i++)
    buffer_printf(&buffer, "%s\"%s%s%s\"", i || (!pairs && tactic_count) ? "," : "",
                  pairs ? tactic_ids[0] : "", pairs ? ":" : "", techniques[i]);
  buffer_append_string(&buffer, "]}");
  if (tactic_count + technique_count)
    metadata->rule->reports_json = keep(metadata, buffer_text(&buffer));
  buffer_free(&buffer);
}

static void read_tags(const struct metadata *metadata) {
  struct rule *rule = metadata->rule;
  rule->tags = read_list(metadata, "tags");
  const char **techniques = arena_alloc(metadata->arena, (rule->tags.count + 1) * sizeof(char *));
  const char **tactic_ids = arena_alloc(metadata->arena, (rule->tags.count + 1) * sizeof(char *));
  size_t technique_count = 0, tactic_count = 0;
  struct buffer json = BUFFER_NONE;
  for (size_t i = 0; i < rule->tags.count; i++) {
    bool tactic;
    const char *id = attack_id(metadata, rule->tags.items[i], &tactic);
    if (id && tactic)
      tactic_ids[tactic_count++] = id;
    else if (id)
      techniques[technique_count++] = id;
    buffer_append_char(&json, i ? ',' : '[');
    buffer_append_json_string(&json, rule->tags.items[i]);
  }
  buffer_append_string(&json, rule->tags.count ? "]" : "[]");
  rule->tags_json = keep(metadata, buffer_text(&json));
  buffer_free(&json);
  write_attack(metadata, techniques, technique_count, tactic_ids, tactic_count);
}

/* As many as a rule may sum up. */
static void read_fields(const struct metadata *metadata) {
  struct text_list *fields = &metadata->rule->summary_attributes;
  *fields = read_list(metadata, "fields");
  if (fields->count > RULE_ATTRIBUTES_MAX)
    fields->count = RULE_ATTRIBUTES_MAX;
}

/* ---- tests ---- */

static bool read_tests(const struct metadata *metadata) {
  const struct yaml_node *node = value_of(metadata, "tests");
  struct rule *rule = metadata->rule;
  struct buffer json = BUFFER_NONE;
  if (!node)
    return true;
  if (!yaml_expect(&metadata->reader->context, node, YAML_SEQUENCE, "tests"))
    return false;
  sigma_json_write(&json, node);
  rule->test_count = node->count;
  rule->tests_json = keep(metadata, buffer_text(&json));
  rule->tests_line = node->line;
  buffer_free(&json);
  return true;
}

bool sigma_metadata_read(struct sigma_reader *reader, struct rule *rule) {
  const struct metadata metadata = {reader, rule, &reader->set->arena};
  rule->enabled = rule->create_alert = true;
  rule->metadata_line = reader->document->line;
  rule->threshold = 1;
  rule->dedup_period = 60 * US_PER_MINUTE;
  rule->tags_json = rule->tests_json = TEXT("[]");
  rule->reports_json = TEXT("{}");
  bool ok = read_title(&metadata);
  ok = read_id(&metadata) && ok;
  ok = read_level(&metadata) && ok;
  ok = sigma_own_read_metadata(reader, rule) && ok;
  read_description(&metadata);
  read_falsepositives(&metadata);
  read_tags(&metadata);
  read_fields(&metadata);
  return read_tests(&metadata) && ok;
}
