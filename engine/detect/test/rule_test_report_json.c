/* One JSON object: every rule with its tests, then the sums. */
#include "detect/test/rule_test_report.h"

#include "base/buffer.h"

static void string(struct buffer *out, const char *key, struct text text) {
  buffer_printf(out, "\"%s\":", key);
  buffer_append_json_string(out, text);
}

/* After something that is written already. */
static void more_string(struct buffer *out, const char *key, const char *text) {
  if (!text)
    return;
  buffer_append_char(out, ',');
  string(out, key, text_from(text));
}

static const char *boolean(bool value) {
  return value ? "true" : "false";
}

static void finding_append(struct buffer *out, const struct rule_test_finding *finding) {
  buffer_append_char(out, '{');
  string(out, "what", text_from(finding->what));
  more_string(out, "file", finding->file);
  if (finding->line)
    buffer_printf(out, ",\"line\":%u", finding->line);
  more_string(out, "expected", finding->expected);
  more_string(out, "got", finding->got);
  buffer_append_char(out, '}');
}

static void case_append(struct buffer *out, const struct rule_test_case_result *test) {
  buffer_append_string(out, "{");
  string(out, "name", test->name);
  buffer_printf(out, ",\"line\":%u,\"passed\":%s,\"findings\":[", test->line,
                boolean(test->passed));
  for (size_t i = 0; i < test->finding_count; i++) {
    if (i)
      buffer_append_char(out, ',');
    finding_append(out, &test->findings[i]);
  }
  buffer_append_string(out, "],");
  string(out, "printed", test->printed);
  buffer_append_char(out, '}');
}

static void coverage_append(struct buffer *out, const struct rule_test_coverage *coverage) {
  buffer_printf(out, ",\"coverage\":{\"wanted\":%zu,\"seen\":%zu,\"points\":[",
                rule_test_coverage_wanted(coverage), rule_test_coverage_seen(coverage));
  for (size_t i = 0; i < coverage->count; i++) {
    const struct rule_test_point *point = &coverage->points[i];
    const char *missing = rule_test_point_missing(point);
    buffer_append_string(out, i ? ",{" : "{");
    string(out, "what", point->what);
    buffer_append_string(out, ",\"missing\":");
    if (missing)
      buffer_append_json_string(out, text_from(missing));
    else
      buffer_append_string(out, "null");
    buffer_append_char(out, '}');
  }
  buffer_append_string(out, "]}");
}

static void result_append(struct buffer *out, const struct rule_test_result *result) {
  const struct rule_test_subject *subject = result->subject;
  buffer_append_string(out, "\n{");
  string(out, "id", subject->id);
  more_string(out, "file", subject->file);
  buffer_printf(out, ",\"line\":%u,\"notes\":[", subject->line);
  for (size_t i = 0; i < result->note_count; i++) {
    if (i)
      buffer_append_char(out, ',');
    buffer_append_json_string(out, text_from(result->notes[i]));
  }
  buffer_append_char(out, ']');
  more_string(out, "shortage", result->shortage);
  if (result->coverage)
    coverage_append(out, result->coverage);
  buffer_append_string(out, ",\"tests\":[");
  for (size_t i = 0; i < result->case_count; i++) {
    if (i)
      buffer_append_char(out, ',');
    case_append(out, &result->cases[i]);
  }
  buffer_append_string(out, "]}");
}

static void write_json(const struct rule_test_results *results,
                       const struct rule_test_report_options *options, FILE *out) {
  const struct rule_test_summary *summary = &results->summary;
  struct buffer json = BUFFER_NONE;
  (void)options;
  buffer_append_string(&json, "{\"rules\":[");
  for (size_t i = 0; i < results->count; i++) {
    if (i)
      buffer_append_char(&json, ',');
    result_append(&json, &results->items[i]);
  }
  buffer_printf(&json,
                "],\n\"summary\":{\"ok\":%s,\"rules\":%zu,\"tests\":%zu,\"passed\":%zu,"
                "\"failed\":%zu,\"rules_without_tests\":%zu,\"rules_with_too_few_tests\":%zu",
                boolean(rule_test_passed(results)), summary->subjects, summary->tests,
                summary->passed, summary->failed, summary->untested, summary->short_subjects);
  if (results->has_coverage)
    buffer_printf(&json, ",\"coverage_wanted\":%zu,\"coverage_seen\":%zu", summary->coverage_wanted,
                  summary->coverage_seen);
  buffer_append_string(&json, "}}\n");
  fwrite(json.data, 1, json.size, out);
  buffer_free(&json);
}

const struct rule_test_reporter rule_test_reporter_json = {"json", write_json};
