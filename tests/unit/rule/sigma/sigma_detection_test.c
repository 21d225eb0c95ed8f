/* What Sigma detections match, found by the index too, and how large they may be. */
#include "rule/index/rule_index.h"
#include "rule/sigma/sigma_fixture.h"

#include <stdlib.h>

/* Every form of detection, both ways. */
static const struct {
  const char *detection, *record;
  bool expected;
} detections[] = {
    {"  s: {a: x, b: y}\n  condition: s\n", "{\"a\":\"X\",\"b\":\"y\"}", true},
    {"  s: {a: x, b: y}\n  condition: s\n", "{\"a\":\"x\"}", false},
    {"  s:\n    - a: x\n    - b: y\n  condition: s\n", "{\"a\":\"x\"}", true},
    {"  s:\n    - a: x\n    - b: y\n  condition: s\n", "{\"b\":\"y\"}", true},
    {"  s:\n    - a: x\n    - b: y\n  condition: s\n", "{\"c\":\"y\"}", false},
    {"  s:\n    a: [1, 2.5, true, null, 'x']\n  condition: s\n", "{\"a\":1}", true},
    {"  s:\n    a: [1, 2.5, true, null, 'x']\n  condition: s\n", "{\"a\":\"2.5\"}", true},
    {"  s:\n    a: [1, 2.5, true, null, 'x']\n  condition: s\n", "{\"a\":2.50}", true},
    {"  s:\n    a: [1, 2.5, true, null, 'x']\n  condition: s\n", "{\"a\":true}", true},
    {"  s:\n    a: [1, 2.5, true, null, 'x']\n  condition: s\n", "{}", true},
    {"  s:\n    a: [1, 2.5, true, null, 'x']\n  condition: s\n", "{\"a\":\"X\"}", true},
    {"  s:\n    a: [1, 2.5, true, null, 'x']\n  condition: s\n", "{\"a\":3}", false},
    {"  s: {a: '1'}\n  condition: s\n", "{\"a\":1}", true},
    {"  s: {a: '1'}\n  condition: s\n", "{\"a\":\"1\"}", true},
    {"  s: {a: '1'}\n  condition: s\n", "{\"a\":1.5}", false},
    {"  s: {a: ''}\n  condition: s\n", "{\"a\":\"\"}", true},
    {"  s: {a: ''}\n  condition: s\n", "{}", false},
    {"  s: {a: ''}\n  condition: s\n", "{\"a\":null}", false},
    {"  s: {a: }\n  condition: s\n", "{}", true},
    {"  s: {a: }\n  condition: s\n", "{\"a\":null}", true},
    {"  s: {a: }\n  condition: s\n", "{\"a\":\"\"}", false},
    {"  s: {a: []}\n  condition: s\n", "{}", true},
    {"  s: {a: []}\n  condition: s\n", "{\"a\":1}", false},
    {"  s: {a: null}\n  condition: not s\n", "{}", false},
    {"  s: {a: null}\n  condition: not s\n", "{\"a\":1}", true},
    {"  s: &x {a: 1}\n  t:\n    <<: *x\n    b: 2\n  condition: t\n", "{\"a\":1,\"b\":2}", true},
    {"  s: &x {a: 1}\n  t:\n    <<: *x\n    b: 2\n  condition: t\n", "{\"b\":2}", false},
    {"  a_x: {a: 1}\n  _b_x: {b: 1}\n  condition: 1 of *_x\n", "{\"b\":1}", false},
    {"  a_x: {a: 1}\n  _b_x: {b: 1}\n  condition: 1 of *_x\n", "{\"a\":1}", true},
    {"  a_x: {a: 1}\n  _b_x: {b: 1}\n  condition: 1 of _*\n", "{\"b\":1}", true},
    {"  s: {a: 0x10}\n  condition: s\n", "{\"a\":\"0X10\"}", true},
    {"  s: {a: 0x10}\n  condition: s\n", "{\"a\":16}", true},
    {"  s: {a: 0x10}\n  condition: s\n", "{\"a\":17}", false},
    {"  s: {a: '0x10'}\n  condition: s\n", "{\"a\":16}", false},
    {"  s: {a|gte: 0x10}\n  condition: s\n", "{\"a\":16}", true},
    {"  s: {a|endswith: 0x10}\n  condition: s\n", "{\"a\":\"n0x10\"}", true},
    {"  s: {a: 1.0}\n  condition: s\n", "{\"a\":1}", true},
    {"  s: {a: 1.0}\n  condition: s\n", "{\"a\":\"1.0\"}", true},
    {"  s: {a: 1.0}\n  condition: s\n", "{\"a\":\"1\"}", false},
    {"  s: {a: 1.10}\n  condition: s\n", "{\"a\":\"1.10\"}", true},
    {"  s: {a|contains: 1.10}\n  condition: s\n", "{\"a\":\"v1.10\"}", true},
    {"  s: {a|all: [1.0, 0x1]}\n  condition: s\n", "{\"a\":1}", true},
    {"  s: {a|all: [1.0, 0x1]}\n  condition: s\n", "{\"a\":[\"1.0\",\"0x1\"]}", true},
    {"  s: {a|all: [1.0, 0x1]}\n  condition: s\n", "{\"a\":[\"1.0\"]}", false},
    {"  s: {a|neq: x}\n  condition: s\n", "{}", true},
    {"  s: {a|neq: x}\n  condition: s\n", "{\"a\":null}", true},
    {"  s: {a|neq: x}\n  condition: s\n", "{\"a\":{}}", true},
    {"  s: {a|neq: x}\n  condition: s\n", "{\"a\":\"X\"}", false},
    {"  s: {a|neq: [x, y]}\n  condition: s\n", "{\"a\":\"y\"}", false},
    {"  s: {a|neq: null}\n  condition: s\n", "{}", false},
    {"  s: {a|neq: null}\n  condition: s\n", "{\"a\":1}", true},
    {"  s: {a|gt|neq: 5}\n  condition: s\n", "{\"a\":6}", false},
    {"  s: {a|gt|neq: 5}\n  condition: s\n", "{\"a\":5}", true},
    {"  s: {a|contains|all|neq: [x, y]}\n  condition: s\n", "{\"a\":\"xy\"}", false},
    {"  s: {a|contains|all|neq: [x, y]}\n  condition: s\n", "{\"a\":\"x\"}", true},
    {"  s: {a|expand: x}\n  condition: s\n", "{\"a\":\"x\"}", true},
    {"  s: {a: 007}\n  condition: s\n", "{\"a\":\"007\"}", true},
    {"  s: {a: 007}\n  condition: s\n", "{\"a\":7}", false},
    {"  s: {a|exists: true, b|exists: false}\n  condition: s\n", "{\"a\":null}", true},
    {"  s: {a|exists: true, b|exists: false}\n  condition: s\n", "{\"a\":1,\"b\":1}", false},
    {"  s: {a|re: 30}\n  condition: s\n", "{\"a\":\"x30\"}", true},
    {"  s: {a|re: 30}\n  condition: s\n", "{\"a\":\"3\"}", false},
    {"  k: [mimi, 'x*z']\n  condition: k\n", "{\"a\":\"mimic\"}", true},
    {"  k: [mimi, 'x*z']\n  condition: k\n", "{\"q\":{\"r\":[\"axyzb\"]}}", true},
    {"  k: [mimi, 'x*z']\n  condition: k\n", "{\"mimi\":1}", false},
    {"  k: 4624\n  condition: k\n", "{\"id\":4624}", true},
    {"  k: 4624\n  condition: k\n", "{\"id\":46}", false},
    {"  k: one word\n  condition: k\n", "{\"a\":\"ONE WORD here\"}", true},
    {"  k: one word\n  condition: k\n", "{\"a\":\"one\",\"b\":\"word\"}", false},
    {"  k:\n    '|all': [one, two]\n  condition: k\n", "{\"a\":\"one\",\"b\":\"two\"}", true},
    {"  k:\n    '|all': [one, two]\n  condition: k\n", "{\"a\":\"one\"}", false},
    {"  k:\n    - word\n    - a: x\n      b: y\n  condition: k\n", "{\"z\":\"words\"}", true},
    {"  k:\n    - word\n    - a: x\n      b: y\n  condition: k\n", "{\"a\":\"x\",\"b\":\"y\"}",
     true},
    {"  k:\n    - word\n    - a: x\n      b: y\n  condition: k\n", "{\"a\":\"x\"}", false},
    {"  k:\n    - - a: x\n      - b: y\n    - c: z\n  condition: k\n", "{\"b\":\"y\"}", true},
    {"  k:\n    - - a: x\n      - b: y\n    - c: z\n  condition: k\n", "{\"c\":\"z\"}", true},
    {"  k:\n    - - a: x\n      - b: y\n    - c: z\n  condition: k\n", "{\"d\":1}", false},
    {"  s: {a: 'C:\\Windows\\cmd.exe'}\n  condition: s\n", "{\"a\":\"c:\\\\windows\\\\cmd.exe\"}",
     true},
    {"  s: {a: 'C:\\\\Windows\\\\cmd.exe'}\n  condition: s\n",
     "{\"a\":\"c:\\\\windows\\\\cmd.exe\"}", true},
    {"  s: {a: '\\\\\\\\srv\\share'}\n  condition: s\n", "{\"a\":\"\\\\\\\\srv\\\\share\"}", true},
    {"  s: {a: '\\\\\\\\srv\\share'}\n  condition: s\n", "{\"a\":\"\\\\srv\\\\share\"}", false},
    {"  s: {a: '\\\\\\srv'}\n  condition: s\n", "{\"a\":\"\\\\\\\\srv\"}", true},
    {"  s: {a: 'x\\*'}\n  condition: s\n", "{\"a\":\"x*\"}", true},
    {"  s: {a: 'x\\*'}\n  condition: s\n", "{\"a\":\"xy\"}", false},
    {"  s: {a: 'x\\\\*'}\n  condition: s\n", "{\"a\":\"x\\\\yz\"}", true},
    {"  s: {a: 'x\\\\*'}\n  condition: s\n", "{\"a\":\"x*\"}", false},
    {"  s: {a: 'x\\\\\\*'}\n  condition: s\n", "{\"a\":\"x\\\\*\"}", true},
    {"  s: {a: 'x\\\\\\*'}\n  condition: s\n", "{\"a\":\"x\\\\y\"}", false},
    {"  s: {a: 'x\\?y'}\n  condition: s\n", "{\"a\":\"x?y\"}", true},
    {"  s: {a: 'x\\?y'}\n  condition: s\n", "{\"a\":\"xzy\"}", false},
    {"  s: {a: 'prog?.exe'}\n  condition: s\n", "{\"a\":\"progA.exe\"}", true},
    {"  s: {a: 'prog?.exe'}\n  condition: s\n", "{\"a\":\"prog.exe\"}", false},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: a and b or c\n",
     "{\"c\":1}", true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: a and b or c\n",
     "{\"a\":1}", false},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: a and b or c\n",
     "{\"a\":1,\"b\":1}", true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: a or b and c\n",
     "{\"a\":1}", true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: a or b and c\n",
     "{\"b\":1}", false},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: a or b and c\n",
     "{\"b\":1,\"c\":1}", true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: a and (b or c)\n",
     "{\"a\":1,\"c\":1}", true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: a and (b or c)\n",
     "{\"c\":1}", false},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: not a and b\n", "{\"b\":1}",
     true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: not a and b\n",
     "{\"a\":1,\"b\":1}", false},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: not a and b\n", "{}",
     false},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: not (a and b)\n",
     "{\"b\":1}", true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: not (a and b)\n",
     "{\"a\":1,\"b\":1}", false},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: not not a\n", "{\"a\":1}",
     true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: not not a\n", "{}", false},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: a AND NOT b\n", "{\"a\":1}",
     true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: a AND NOT b\n",
     "{\"a\":1,\"b\":1}", false},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: 1 of them\n", "{\"c\":1}",
     true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: 1 of them\n", "{\"d\":1}",
     false},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: any of them\n", "{\"b\":1}",
     true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: any of them\n", "{\"d\":1}",
     false},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: all of them\n",
     "{\"a\":1,\"b\":1,\"c\":1}", true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: all of them\n",
     "{\"a\":1,\"b\":1,\"d\":1}", false},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: 1 of _*\n", "{\"d\":1}",
     true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: 1 of _*\n", "{\"a\":1}",
     false},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: not 1 of them\n",
     "{\"d\":1}", true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: not 1 of them\n",
     "{\"a\":1}", false},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: all of them and not _d\n",
     "{\"a\":1,\"b\":1,\"c\":1}", true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: all of them and not _d\n",
     "{\"a\":1,\"b\":1,\"c\":1,\"d\":1}", false},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: [a and b, c]\n",
     "{\"c\":1}", true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: [a and b, c]\n",
     "{\"a\":1}", false},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: [a and b, c]\n",
     "{\"a\":1,\"b\":1}", true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: '( a )'\n", "{\"a\":1}",
     true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: |\n    a\n    or b\n",
     "{\"b\":1}", true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: |\n    a\n    or b\n",
     "{\"c\":1}", false},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  timeframe: 5m\n  condition: 1 of "
     "them\n",
     "{\"a\":1}", true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  timeframe: 5m\n  condition: 1 of "
     "them\n",
     "{}", false},
    {"  selection_x: {a: 1}\n  selection_y: {b: 1}\n  filter_main: {c: 1}\n  filter_other: {d: "
     "1}\n  condition: all of selection_* and not 1 of filter_*\n",
     "{\"a\":1,\"b\":1}", true},
    {"  selection_x: {a: 1}\n  selection_y: {b: 1}\n  filter_main: {c: 1}\n  filter_other: {d: "
     "1}\n  condition: all of selection_* and not 1 of filter_*\n",
     "{\"a\":1}", false},
    {"  selection_x: {a: 1}\n  selection_y: {b: 1}\n  filter_main: {c: 1}\n  filter_other: {d: "
     "1}\n  condition: all of selection_* and not 1 of filter_*\n",
     "{\"a\":1,\"b\":1,\"d\":1}", false},
    {"  selection_x: {a: 1}\n  selection_y: {b: 1}\n  filter_main: {c: 1}\n  filter_other: {d: "
     "1}\n  condition: 1 of sel*_y\n",
     "{\"b\":1}", true},
    {"  selection_x: {a: 1}\n  selection_y: {b: 1}\n  filter_main: {c: 1}\n  filter_other: {d: "
     "1}\n  condition: 1 of sel*_y\n",
     "{\"a\":1}", false},
    {"  selection_x: {a: 1}\n  selection_y: {b: 1}\n  filter_main: {c: 1}\n  filter_other: {d: "
     "1}\n  condition: 1 of *_main\n",
     "{\"c\":1}", true},
    {"  selection_x: {a: 1}\n  selection_y: {b: 1}\n  filter_main: {c: 1}\n  filter_other: {d: "
     "1}\n  condition: 1 of *_main\n",
     "{\"d\":1}", false},
    {"  selection_x: {a: 1}\n  selection_y: {b: 1}\n  filter_main: {c: 1}\n  filter_other: {d: "
     "1}\n  condition: all of filter_main\n",
     "{\"c\":1}", true},
    {"  selection_x: {a: 1}\n  selection_y: {b: 1}\n  filter_main: {c: 1}\n  filter_other: {d: "
     "1}\n  condition: all of filter_main\n",
     "{\"d\":1}", false},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: (a and b) or (a and c)\n",
     "{\"a\":1,\"c\":1}", true},
    {"  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _d: {d: 1}\n  condition: (a and b) or (a and c)\n",
     "{\"b\":1,\"c\":1}", false},
    {"  s:\n    a|contains|all:\n      - -w\n      - hidden\n  condition: s\n",
     "{\"a\":\"x -W Hidden\"}", true},
    {"  s:\n    a|contains|all:\n      - -w\n      - hidden\n  condition: s\n", "{\"a\":\"-w\"}",
     false},
    {"  s:\n    a|windash|contains: ' -enc '\n  condition: s\n", "{\"a\":\"p /enc x\"}", true},
    {"  s:\n    a|windash|contains: ' -enc '\n  condition: s\n", "{\"a\":\"p enc x\"}", false},
    {"  s:\n    a|cidr: [10.0.0.0/8, 'fe80::/10']\n  condition: s\n", "{\"a\":\"fe80::1\"}", true},
    {"  s:\n    a|cidr: [10.0.0.0/8, 'fe80::/10']\n  condition: s\n", "{\"a\":\"11.0.0.1\"}",
     false},
    {"  s:\n    a.b|startswith: x\n  condition: s\n", "{\"a\":{\"b\":\"xy\"}}", true},
    {"  s:\n    a.b|startswith: x\n  condition: s\n", "{\"a.b\":\"xy\"}", true},
    {"  s:\n    a.b|startswith: x\n  condition: s\n", "{\"a\":\"xy\"}", false},
    {"  s:\n    a|gte: 5\n  condition: s\n", "{\"a\":5}", true},
    {"  s:\n    a|gte: 5\n  condition: s\n", "{\"a\":\"4\"}", false},
    {"  s:\n    a|fieldref: b\n  condition: s\n", "{\"a\":\"x\",\"b\":\"X\"}", true},
    {"  s:\n    a|fieldref: b\n  condition: s\n", "{\"a\":\"x\",\"b\":\"y\"}", false},
};

static void a_detection_has_sigmas_meaning(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof detections / sizeof *detections; i++) {
    struct sigma_fixture fixture;
    char yaml[1024];
    snprintf(yaml, sizeof yaml, "title: x\nlogsource: {product: any}\ndetection:\n%s",
             detections[i].detection);
    load_sigma(&fixture, ANY_LOGSOURCE, yaml);
    if (sigma_matches(&fixture, only_rule(&fixture), detections[i].record) !=
        detections[i].expected)
      fail_msg("%s on %s: expected %d", detections[i].detection, detections[i].record,
               detections[i].expected);
    free_sigma(&fixture);
  }
}

/* So many that the index looks for their texts; in events whose schema names every field. */
static void many_rules_with_keywords_are_found_by_the_index(void **state) {
  (void)state;
  struct sigma_fixture fixture;
  struct buffer yaml = BUFFER_NONE, record = BUFFER_NONE;
  for (int i = 0; i < 200; i++)
    buffer_printf(&yaml,
                  "---\ntitle: r%03d\nlogsource: {}\ndetection:\n  k: ['made up word %03d of it', "
                  "'other words %03d']\n  condition: k\n",
                  i, i, i);
  load_sigma(&fixture, ANY_LOGSOURCE, yaml.data);
  assert_int_equal(fixture.set->count, 200);
  assert_true(rule_index_size(fixture.set->index).literals >= 400);
  struct schema_set *schemas = schema_set_load_text(
      TEXT("schema: Test\nfields:\n  - {name: a, type: json}\n"), "test.yml", &fixture.problems);
  const struct event_typing typing = {.schemas = schemas, .log_type = TEXT("Test")};
  struct event_reader *reader = event_reader_new(&typing, TEXT("test"), TEXT(""));
  struct field_view *view = field_view_new(fixture.set->fields);
  struct rule_index_scratch *scratch = rule_index_scratch_new(fixture.set->index);
  struct error error = ERROR_NONE;
  buffer_append_string(&record, "{\"a\":[1,{\"b\":\"x MADE UP word 077 of its\"}]}");
  memset(buffer_reserve(&record, JSON_PADDING), ' ', JSON_PADDING);
  const struct event *event = event_read(reader, buffer_text(&record), TEXT(""), 0, &error);
  assert_non_null(event);
  field_view_set(view, event);
  struct rule_list list =
      rule_index_candidates(rule_index_type(fixture.set->index, TEXT("Test")), scratch, view);
  assert_int_equal(list.count, 1);
  assert_true(text_is(list.items[0]->id, "r077"));
  rule_index_scratch_free(scratch);
  field_view_free(view);
  event_reader_free(reader);
  schema_set_free(schemas);
  buffer_free(&record);
  buffer_free(&yaml);
  free_sigma(&fixture);
}

static void load_generated(struct sigma_fixture *fixture, struct buffer *yaml) {
  load_sigma(fixture, ANY_LOGSOURCE, yaml->data);
  buffer_free(yaml);
}

static void a_condition_may_nest_64_levels(void **state) {
  (void)state;
  for (int depth = 63; depth <= 64; depth++) {
    struct buffer yaml = BUFFER_NONE;
    struct sigma_fixture fixture;
    buffer_append_string(&yaml, "title: x\nlogsource: {}\ndetection:\n  s: {a: 1}\n  condition: ");
    for (int i = 0; i < depth; i++)
      buffer_append_string(&yaml, i % 2 ? "(" : "not ");
    buffer_append_char(&yaml, 's');
    for (int i = 1; i < depth; i += 2)
      buffer_append_char(&yaml, ')');
    buffer_append_char(&yaml, '\n');
    load_generated(&fixture, &yaml);
    assert_int_equal(fixture.set->count, depth == 63);
    if (depth == 64)
      assert_non_null(strstr(fixture.problems.items[0].text, "nested deeper than 64 levels"));
    free_sigma(&fixture);
  }
}

static void searches_that_are_named_again_and_again_are_bounded(void **state) {
  (void)state;
  struct buffer yaml = BUFFER_NONE;
  struct sigma_fixture fixture;
  buffer_append_string(&yaml, "title: x\nlogsource: {}\ndetection:\n  s:\n    a: [");
  for (int i = 0; i < 2000; i++)
    buffer_printf(&yaml, "%s%d", i ? "," : "", i);
  buffer_append_string(&yaml, "]\n  condition: s");
  for (int i = 0; i < 2000; i++)
    buffer_append_string(&yaml, " or s");
  buffer_append_char(&yaml, '\n');
  load_generated(&fixture, &yaml);
  assert_int_equal(fixture.set->count, 0);
  assert_int_equal(fixture.problems.count, 1);
  assert_string_equal(fixture.problems.items[0].text, "more than 200000 values in one rule");
  free_sigma(&fixture);
}

static void the_search_identifiers_of_a_rule_are_bounded(void **state) {
  (void)state;
  for (int count = 1999; count <= 2000; count++) { /* and the condition */
    struct buffer yaml = BUFFER_NONE;
    struct sigma_fixture fixture;
    buffer_append_string(&yaml, "title: x\nlogsource: {}\ndetection:\n");
    for (int i = 0; i < count; i++)
      buffer_printf(&yaml, "  s%d: {a: 1}\n", i);
    buffer_append_string(&yaml, "  condition: 1 of s*\n");
    load_generated(&fixture, &yaml);
    assert_int_equal(fixture.set->count, count == 1999);
    if (count == 2000)
      assert_string_equal(fixture.problems.items[0].text, "more than 2000 keys in a detection");
    free_sigma(&fixture);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_detection_has_sigmas_meaning),
      cmocka_unit_test(many_rules_with_keywords_are_found_by_the_index),
      cmocka_unit_test(a_condition_may_nest_64_levels),
      cmocka_unit_test(searches_that_are_named_again_and_again_are_bounded),
      cmocka_unit_test(the_search_identifiers_of_a_rule_are_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
