/* An entry put into a configuration's text: what is before, and what is after. */
#include "command/tuning/tuning_edit.h"
#include "command/tuning/yaml_write.h"

#include "base/memory.h"
#include "base/yaml/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* "rule=My.Rule reason=why severity=low except.operator=svc@example.com": `_` stands for a space,
 * a value with ! before it is a plain one; what has a dot is a mapping in a list, what has a + a
 * text in one. */
static json_t *entry_of(const char *words) {
  char copy[512], *rest = copy;
  json_t *entry = json_object();
  snprintf(copy, sizeof copy, "%s", words);
  for (char *word; (word = strsep(&rest, " "));) {
    char *value = strchr(word, '=');
    *value++ = '\0';
    for (char *c = value; *c; c++)
      *c = *c == '_' ? ' ' : *c;
    json_t *made = *value == '!' ? yaml_plain(text_from(value + 1)) : yaml_text(text_from(value));
    char *key = word + strcspn(word, ".+");
    if (*key) {
      bool mapping = *key == '.';
      *key++ = '\0';
      json_t *list = json_object_get(entry, word), *item = mapping ? json_object() : made;
      if (!list)
        json_object_set_new(entry, word, list = json_array());
      if (mapping)
        json_object_set_new(item, key, made);
      json_array_append_new(list, item);
    } else {
      json_object_set_new(entry, word, made);
    }
  }
  return entry;
}

/* The new text, which the caller frees; NULL with the error. */
static char *edit(struct text before, const char *words, bool *changed, struct error *error) {
  json_t *entry = entry_of(words);
  struct buffer out = BUFFER_NONE;
  bool ok = tuning_edit(before, "margay.yml", entry, &out, changed, error);
  json_decref(entry);
  if (ok && !out.data)
    buffer_append_string(&out, "");
  return ok ? buffer_steal(&out) : NULL;
}

#define ONE "rule=My.Rule except.operator=svc reason=why"

static const struct {
  const char *name, *entry, *before, *after;
} cases[] = {
    {"an empty file", ONE, "",
     "tuning:\n  - rule: My.Rule\n    except:\n      - operator: svc\n    reason: why\n"},
    {"a file of comments, without a final newline", "rule=A severity=low", "# mine",
     "# mine\n\ntuning:\n  - rule: A\n    severity: low"},
    {"no section; lists stand as those of the file", "rule=A severity=low",
     "# top\nsources:\n- id: zoom   # the one\n  type: 'file'\n\n# end\n",
     "# top\nsources:\n- id: zoom   # the one\n  type: 'file'\n\n# end\n\ntuning:\n- rule: A\n"
     "  severity: low\n"},
    {"no section; four spaces", "rule=A severity=low", "sources:\n    - id: zoom\n\n",
     "sources:\n    - id: zoom\n\ntuning:\n    - rule: A\n      severity: low\n"},
    {"no section, and marks of a document", "rule=A severity=low", "---\nworkers: 2\n...\n",
     "---\nworkers: 2\n\ntuning:\n  - rule: A\n    severity: low\n...\n"},
    {"a section without a value", "rule=A severity=low", "tuning:\nworkers: 2\n",
     "tuning:\n  - rule: A\n    severity: low\nworkers: 2\n"},
    {"a section without a value, with comments", "rule=A severity=low",
     "tuning: # by us\n  # - rule: X\nworkers: 2\n",
     "tuning: # by us\n  - rule: A\n    severity: low\n  # - rule: X\nworkers: 2\n"},
    {"null", "rule=A severity=low", "tuning: ~\nworkers: 2\n",
     "tuning:\n  - rule: A\n    severity: low\nworkers: 2\n"},
    {"an empty list", "rule=A severity=low", "a: 1\ntuning: []   # none\nworkers: 2",
     "a: 1\ntuning:    # none\n  - rule: A\n    severity: low\nworkers: 2"},
    {"an empty list at the end", "rule=A severity=low", "tuning: []",
     "tuning:\n  - rule: A\n    severity: low"},
    {"an empty list with a comment in it", "rule=A severity=low", "tuning: [ # none\n  ]\n",
     "tuning: [{rule: A, severity: low} # none\n  ]\n"},
    {"an anchor before nothing", "rule=A severity=low", "tuning: &t []\nother: *t\n", NULL},
    {"behind the last entry", "rule=B severity=low",
     "tuning:\n  - rule: A   # first\n    severity: low # quiet\n    # more of A\n\n# sources\n"
     "sources: []\n",
     "tuning:\n  - rule: A   # first\n    severity: low # quiet\n    # more of A\n  - rule: B\n"
     "    severity: low\n\n# sources\nsources: []\n"},
    {"behind an entry that ends with a text in lines", "rule=B severity=low",
     "tuning:\n  - rule: A\n    reason: |\n      one\n      two\nsources: []\n",
     "tuning:\n  - rule: A\n    reason: |\n      one\n      two\n  - rule: B\n    severity: low\n"
     "sources: []\n"},
    {"lists without indentation", "rule=B severity=low",
     "tuning:\n- rule: A\n  severity: low\n# of sources\nsources: []\n",
     "tuning:\n- rule: A\n  severity: low\n- rule: B\n  severity: low\n# of sources\nsources: "
     "[]\n"},
    {"no final newline", "rule=B severity=low", "tuning:\n  - rule: A\n    severity: low",
     "tuning:\n  - rule: A\n    severity: low\n  - rule: B\n    severity: low"},
    {"CRLF", "rule=B severity=low",
     "a: 1\r\ntuning:\r\n  - rule: A\r\n    severity: low\r\nb: 2\r\n",
     "a: 1\r\ntuning:\r\n  - rule: A\r\n    severity: low\r\n  - rule: B\r\n    severity: low\r\n"
     "b: 2\r\n"},
    {"CRLF, no section", "rule=B severity=low", "a: 1\r\n",
     "a: 1\r\n\r\ntuning:\r\n  - rule: B\r\n    severity: low\r\n"},
    {"a list in brackets", ONE, "tuning: [{rule: A, severity: low}] # x\n",
     "tuning: [{rule: A, severity: low}, {rule: My.Rule, except: [{operator: svc}], reason: why}]"
     " # x\n"},
    {"a list in brackets over lines", "rule=B severity=low",
     "tuning: [\n  {rule: A,\n   severity: low},  # last\n]\n",
     "tuning: [\n  {rule: A,\n   severity: low}, {rule: B, severity: low},  # last\n]\n"},
    {"entries in brackets", "rule=B severity=low", "tuning:\n  - {rule: A, severity: low}\n",
     "tuning:\n  - {rule: A, severity: low}\n  - rule: B\n    severity: low\n"},
    {"the whole file in brackets", "rule=B severity=low", "{sources: [], tuning: [], b: 1}\n",
     "{sources: [], tuning: [{rule: B, severity: low}], b: 1}\n"},
    {"the whole file in brackets, no section", "rule=B severity=low", "{sources: []}",
     "{sources: [], tuning: [{rule: B, severity: low}]}"},
    {"hours and destinations",
     "rule=A hours.days=sat destinations+=soc destinations+=mail reason=r", "",
     "tuning:\n  - rule: A\n    hours:\n      - days: sat\n    destinations: [soc, mail]\n"
     "    reason: r\n"},
    {"hours more", "rule=A hours.days=sat reason=r",
     "tuning:\n  - rule: A\n    hours: [{days: sun}]\n    reason: r\n",
     "tuning:\n  - rule: A\n    hours: [{days: sun}, {days: sat}]\n    reason: r\n"},
    {"hours that are no list", "rule=A hours.days=sat reason=r",
     "tuning:\n  - rule: A\n    hours: {days: sun}\n    reason: r\n", NULL},
    {"other destinations", "rule=A destinations+=soc",
     "tuning:\n  - rule: A\n    destinations: [mail, chat] # ours\n",
     "tuning:\n  - rule: A\n    destinations: [soc] # ours\n"},
    {"other destinations, in lines", "rule=A destinations+=soc",
     "tuning:\n  - rule: A\n    destinations:\n      - mail\n", NULL},
    {"other destinations, with a comment among them", "rule=A destinations+=soc",
     "tuning:\n  - rule: A\n    destinations: [mail, # by us\n      chat]\n", NULL},
    {"an exception more for the same rule and reason", ONE,
     "tuning:\n  - rule: My.Rule\n    except:   # these\n      - operator: old\n    reason: "
     "'why'\n",
     "tuning:\n  - rule: My.Rule\n    except:   # these\n      - operator: old\n"
     "      - operator: svc\n    reason: 'why'\n"},
    {"the same in brackets", ONE,
     "tuning:\n  - {rule: My.Rule, except: [ {operator: old} ], reason: why}\n",
     "tuning:\n  - {rule: My.Rule, except: [ {operator: old}, {operator: svc} ], reason: why}\n"},
    {"keys more, and another value", "rule=A reason=why severity=low threshold=!5 except.x=z",
     "tuning:\n  - rule: A\n    reason: why\n    severity: \"high\" # was\n  - rule: B\n",
     "tuning:\n  - rule: A\n    reason: why\n    severity: low # was\n    threshold: 5\n"
     "    except:\n      - x: z\n  - rule: B\n"},
    {"another reason is another entry", "rule=A reason=new severity=low",
     "tuning:\n  - rule: A\n    reason: old\n    severity: low\n",
     "tuning:\n  - rule: A\n    reason: old\n    severity: low\n  - rule: A\n    reason: new\n"
     "    severity: low\n"},
    {"what is there already", ONE,
     "tuning:\n  - rule: My.Rule\n    except: [{operator: \"svc\"}]\n    reason: why\n",
     "tuning:\n  - rule: My.Rule\n    except: [{operator: \"svc\"}]\n    reason: why\n"},
    {"anchors and aliases elsewhere", "rule=C severity=low",
     "base: &b {severity: low}\ntuning:\n  - &e\n    rule: A\n    <<: *b\n  - *e\nlast: *e\n",
     "base: &b {severity: low}\ntuning:\n  - &e\n    rule: A\n    <<: *b\n  - *e\n  - rule: C\n"
     "    severity: low\nlast: *e\n"},
    {"an anchor of the list", "rule=C severity=low", "tuning: &t\n  - rule: A\n",
     "tuning: &t\n  - rule: A\n  - rule: C\n    severity: low\n"},
    {"letters of more than a byte, and a byte order mark", "rule=B severity=low",
     "\xef\xbb\xbfname: Zürich 東京\ntuning: [{rule: Ä}] # é\n",
     "\xef\xbb\xbfname: Zürich 東京\ntuning: [{rule: Ä}, {rule: B, severity: low}] # é\n"},
    {"tabs where they may be", "rule=B severity=low", "a:\t1\t# x\ntuning:\t[]\t# y\n",
     "a:\t1\t# x\ntuning:\t\t# y\n  - rule: B\n    severity: low\n"},
    {"texts that need quotes", "rule=Zoom.*.* reason=a:_b_#_$c,_\"é\"\\ except.a|b=5 except.c=yes",
     "a: 1\n",
     "a: 1\n\ntuning:\n  - rule: Zoom.*.*\n    reason: \"a: b # $c, \\\"é\\\"\\\\\"\n    except:\n"
     "      - a|b: \"5\"\n      - c: \"yes\"\n"},
    {"a text that would get a newline", "rule=A severity=low", "a: |\n  text", NULL},
    {"sections that stand twice", "rule=A severity=low", "tuning: []\ntuning: []\n", NULL},
    {"a section that is no list", "rule=A severity=low", "tuning: {rule: A}\n", NULL},
    {"a section that is an alias", "rule=A severity=low", "x: &x\n  - rule: B\ntuning: *x\n", NULL},
    {"a file that is no mapping", "rule=A severity=low", "- a\n", NULL},
    {"no YAML", "rule=A severity=low", "a: [\n", NULL},
    {"tabs that indent", "rule=A severity=low", "tuning:\n\t- rule: B\n", NULL},
    {"a key of an alias cannot be changed", "rule=A reason=r severity=low",
     "x: &x {severity: high}\ntuning:\n  - {rule: A, reason: r, <<: *x}\n", NULL},
};

static void every_case_becomes_what_it_should(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct error error = ERROR_NONE;
    bool changed = false;
    char *after = edit(text_from(cases[i].before), cases[i].entry, &changed, &error);
    if (!cases[i].after && after)
      fail_msg("%s: it became '%s'", cases[i].name, after);
    if (cases[i].after && !after)
      fail_msg("%s: %s", cases[i].name, error.text);
    if (after && strcmp(after, cases[i].after) != 0)
      fail_msg("%s: it became\n%s\nand not\n%s", cases[i].name, after, cases[i].after);
    if (after)
      assert_int_equal(changed, strcmp(cases[i].before, cases[i].after) != 0);
    else
      assert_true(error.set && strcmp(error.file, "margay.yml") == 0);
    free(after);
  }
}

/* ---- any file ---------------------------------------------------------------------------- */

static unsigned next_random(unsigned *seed) {
  *seed = *seed * 1103515245U + 12345U;
  return *seed >> 16;
}

static const char *pick(unsigned *seed, const char *const *from, size_t count) {
  return from[next_random(seed) % count];
}
#define PICK(seed, list) pick(seed, list, sizeof(list) / sizeof *(list))

/* A configuration put together at random: comments, blank lines, forms of values, forms of the
 * section. */
static void make_file(unsigned *seed, struct buffer *out) {
  static const char *const parts[] = {"# a comment\n",
                                      "\n",
                                      "   \n",
                                      "\t# tab\n",
                                      "a%u: 1\n",
                                      "a%u: 'x: y' # z\n",
                                      "a%u:\n  - b\n  - c: d\n    e: |\n      text\n\n      more\n",
                                      "a%u:\n- [1, 2]\n- {x: y}\n",
                                      "a%u: [p,\n  q] # r\n",
                                      "a%u: \"ü\\n\" \n",
                                      "a%u: >-\n  folded\n  text\n\n",
                                      "a%u:\n",
                                      "a%u: &n%u [1]\nb%u: *n%u\n",
                                      "a%u:\n    deep:\n        deeper: [ ]\n"};
  static const char *const sections[] = {
      "",
      "tuning:\n",
      "tuning: []\n",
      "tuning: null # c\n",
      "tuning: [ {rule: A, reason: r} ]\n",
      "tuning:\n  - rule: A\n    reason: r\n",
      "tuning:\n- rule: A\n  reason: r # why\n\n",
      "tuning:\n    - {rule: A, reason: r}\n    # left over\n",
      "tuning:\n  # first\n  -   reason: r\n      rule: A\n      except:\n        - {a: b}\n",
      "tuning:\n  - rule: A\n    reason: >\n      r\n\n  - rule: B\n    except:\n    - x: y\n"};
  unsigned count = next_random(seed) % 5, at = next_random(seed) % (count + 1);
  for (unsigned i = 0; i <= count; i++) {
    if (i == at)
      buffer_append_string(out, PICK(seed, sections));
    const char *part = PICK(seed, parts);
    if (i == count)
      break;
    for (const char *c = part; *c; c++) {
      if (c[0] == '%')
        buffer_printf(out, "%u", i), c++;
      else
        buffer_append_char(out, *c);
    }
  }
  /* At the end of a text in lines the newline is part of the text. */
  bool in_text = text_ends_folded(buffer_text(out), TEXT("more\n")) ||
                 text_ends_folded(buffer_text(out), TEXT("r\n"));
  if (out->size > 0 && !in_text && next_random(seed) % 4 == 0)
    out->data[--out->size] = '\0';
}

/* Every byte of `before` is in `after`, in order, but for what the section's empty value was. */
static bool is_kept(const char *before, const char *after) {
  while (*before && *after) {
    if (*before == *after)
      before++;
    after++;
  }
  return *before == '\0';
}

static void strip_empty_value(char *text) {
  static const char *const values[] = {"tuning: []", "tuning: null"};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    char *at = strstr(text, values[i]);
    if (at)
      memmove(at + 7, at + strlen(values[i]), strlen(at + strlen(values[i])) + 1);
  }
}

static bool same_node(const struct yaml_node *one, const struct yaml_node *other) {
  bool same = one->type == other->type && one->quoted == other->quoted &&
              text_equal(one->value, other->value) && one->count == other->count;
  for (size_t i = 0; same && i < one->count; i++)
    same = same_node(one->items[i], other->items[i]) &&
           (one->type == YAML_SEQUENCE || text_equal(one->keys[i]->value, other->keys[i]->value));
  return same;
}

static size_t entries_of(const struct yaml_node *root) {
  const struct yaml_node *tuning = yaml_get(root, "tuning");
  return tuning ? tuning->count : 0;
}

/* The old file, and the entry. */
static void check_tree(const char *before, const char *after, bool added) {
  struct error error = ERROR_NONE;
  struct yaml *one = yaml_load_text(text_from(before), "before", &error);
  struct yaml *other = yaml_load_text(text_from(after), "after", &error);
  assert_true(one && other);
  const struct yaml_node *old = yaml_root(one), *new = yaml_root(other);
  for (size_t i = 0; i < old->count; i++) {
    const char *key = old->keys[i]->value.data;
    if (strcmp(key, "tuning") != 0)
      assert_true(same_node(old->items[i], yaml_get(new, key)));
  }
  assert_int_equal(new->count, old->count + !yaml_get(old, "tuning"));
  size_t count = entries_of(new);
  assert_int_equal(count, entries_of(old) + added);
  const struct yaml_node *last = yaml_get(new, "tuning")->items[added ? count - 1 : 0];
  assert_non_null(yaml_get(last, "except"));
  yaml_free(one);
  yaml_free(other);
}

static void check_one(const char *before, const char *words) {
  struct error error = ERROR_NONE, again_error = ERROR_NONE;
  bool changed = false, again = false;
  char *after = edit(text_from(before), words, &changed, &error);
  if (!after)
    fail_msg("%s\n%s", error.text, before);
  assert_true(changed);
  /* The reason of the folded one ends with a newline. */
  bool added =
      !strstr(before, "rule: A") || !strstr(words, "rule=A") || strstr(before, ": >\n      r");
  check_tree(before, after, added);
  char *twice = edit(text_from(after), words, &again, &again_error);
  assert_non_null(twice);
  assert_false(again);
  assert_string_equal(twice, after);
  char *kept = memory_copy_string(before);
  strip_empty_value(kept);
  if (!is_kept(kept, after))
    fail_msg("not all is kept of\n%s\nin\n%s", before, after);
  free(kept);
  free(twice);
  free(after);
}

static void whatever_the_file_is_the_rest_stays_and_the_entry_is_there(void **state) {
  static const char *const entries[] = {"rule=New reason=because except.operator=svc@example.com",
                                        "rule=A reason=r except.b|contains=x,_y severity=low"};
  (void)state;
  unsigned seed = 7;
  for (int i = 0; i < 3000; i++) {
    struct buffer file = BUFFER_NONE;
    struct error error = ERROR_NONE;
    buffer_append_string(&file, "");
    make_file(&seed, &file);
    struct yaml *yaml = yaml_load_text(buffer_text(&file), "x", &error);
    if (yaml) /* some put together are no YAML */
      check_one(file.data ? file.data : "", PICK(&seed, entries));
    yaml_free(yaml);
    buffer_free(&file);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_case_becomes_what_it_should),
      cmocka_unit_test(whatever_the_file_is_the_rest_stays_and_the_entry_is_there),
  };
  return cmocka_run_group_tests_name("tuning_edit", tests, NULL, NULL);
}
