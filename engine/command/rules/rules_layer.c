/* A layer of the ATT&CK Navigator: which techniques the rules look for. The format:
 * https://github.com/mitre-attack/attack-navigator/blob/master/layers/LAYERFORMATv4_5.md */
#include "api/rules/attack.h"
#include "command/rules/rules_list.h"

#include <jansson.h>

/* NULL: the technique is shown in all its tactics. A rule that says TA0005 may be older than v19,
 * and mean a technique that is in defense impairment now. */
static const char *tactic_of(const struct attack_technique *technique) {
  bool ambiguous = text_equal_folded(technique->tactic, TEXT("TA0005"));
  return ambiguous ? NULL : attack_tactic_name(technique->tactic);
}

/* The member of the array for this technique and tactic; made when there is none yet. */
static json_t *technique_of(json_t *techniques, const struct attack_technique *technique) {
  const char *tactic = tactic_of(technique);
  size_t i;
  json_t *member;
  json_array_foreach(techniques, i, member) {
    const char *name = json_string_value(json_object_get(member, "tactic"));
    if (text_equal_folded(text_from(json_string_value(json_object_get(member, "techniqueID"))),
                          technique->id) &&
        strcmp(name ? name : "", tactic ? tactic : "") == 0)
      return member;
  }
  member = json_object();
  json_object_set_new(member, "techniqueID", json_stringn(technique->id.data, technique->id.size));
  if (tactic)
    json_object_set_new(member, "tactic", json_string(tactic));
  json_object_set_new(member, "score", json_integer(0));
  json_object_set_new(member, "metadata", json_array());
  json_object_set_new(member, "showSubtechniques", json_true());
  json_array_append_new(techniques, member);
  return member;
}

static void add_rule(json_t *member, const struct rule *rule) {
  json_t *score = json_object_get(member, "score");
  json_integer_set(score, json_integer_value(score) + 1);
  json_array_append_new(
      json_object_get(member, "metadata"),
      json_pack("{s:s, s:s%}", "name", "rule", "value", rule->id.data, rule->id.size));
}

static json_int_t best_score(const json_t *techniques) {
  json_int_t best = 1;
  for (size_t i = 0; i < json_array_size(techniques); i++) {
    json_int_t score = json_integer_value(json_object_get(json_array_get(techniques, i), "score"));
    best = score > best ? score : best;
  }
  return best;
}

void rules_print_layer(const struct rule_list *rules, FILE *out) {
  struct arena arena = ARENA_NONE;
  json_t *techniques = json_array();
  for (size_t i = 0; i < rules->count; i++) {
    struct attack_technique *named;
    size_t count = attack_techniques(rules->items[i], &arena, &named);
    for (size_t k = 0; k < count; k++)
      if (named[k].id.size)
        add_rule(technique_of(techniques, &named[k]), rules->items[i]);
  }
  json_t *layer =
      json_pack("{s:s, s:{s:s, s:s}, s:s, s:s, s:O, s:{s:[s,s], s:i, s:I}}", "name", "margay",
                "versions", "attack", ATTACK_VERSION, "layer", "4.5", "domain", "enterprise-attack",
                "description", "What margay's rules look for; the score is the number of rules.",
                "techniques", techniques, "gradient", "colors", "#ffe8cc", "#d9822b", "minValue", 0,
                "maxValue", best_score(techniques));
  json_dumpf(layer, out, JSON_INDENT(2));
  fputc('\n', out);
  json_decref(layer);
  json_decref(techniques);
  arena_free(&arena);
}
