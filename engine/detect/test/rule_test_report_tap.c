/* The Test Anything Protocol, version 14
 * (https://testanything.org/tap-version-14-specification.html). Values in the YAML blocks are JSON
 * strings, which YAML reads. */
#include "detect/test/rule_test_report.h"

#include "base/buffer.h"

struct writer {
  FILE *out;
  size_t number; /* of the test point before */
  struct buffer json;
};

/* `\` and `#` mean something in a description. */
static void print_description(FILE *out, struct text text) {
  char shown[512];
  text_printable(text, shown, sizeof shown);
  for (const char *c = shown; *c; c++) {
    if (*c == '\\' || *c == '#')
      fputc('\\', out);
    fputc(*c, out);
  }
}

static void print_point(struct writer *writer, bool passed, struct text id, struct text name) {
  fprintf(writer->out, "%s %zu - ", passed ? "ok" : "not ok", ++writer->number);
  print_description(writer->out, id);
  fputs(": ", writer->out);
  print_description(writer->out, name);
  fputc('\n', writer->out);
}

static void print_string(struct writer *writer, const char *before, struct text text) {
  buffer_reset(&writer->json);
  buffer_append_json_string(&writer->json, text);
  fprintf(writer->out, "%s%s\n", before, writer->json.data);
}

static void print_finding(struct writer *writer, const struct rule_test_finding *finding) {
  print_string(writer, "    - message: ", text_from(finding->what));
  if (finding->file)
    print_string(writer, "      file: ", text_from(finding->file));
  if (finding->line)
    fprintf(writer->out, "      line: %u\n", finding->line);
  if (finding->expected) {
    print_string(writer, "      expected: ", text_from(finding->expected));
    print_string(writer, "      got: ", text_from(finding->got));
  }
}

static void print_case(struct writer *writer, const struct rule_test_subject *subject,
                       const struct rule_test_case_result *test) {
  print_point(writer, test->passed, subject->id, test->name);
  if (test->passed)
    return;
  fputs("  ---\n", writer->out);
  print_string(writer, "  file: ", text_from(subject->file));
  fprintf(writer->out, "  line: %u\n  findings:\n", test->line);
  for (size_t i = 0; i < test->finding_count; i++)
    print_finding(writer, &test->findings[i]);
  if (test->printed.size)
    print_string(writer, "  printed: ", test->printed);
  fputs("  ...\n", writer->out);
}

static void print_result(struct writer *writer, const struct rule_test_result *result) {
  const struct rule_test_subject *subject = result->subject;
  for (size_t i = 0; i < result->note_count; i++)
    fprintf(writer->out, "# %.*s: %s\n", TEXT_ARGS(subject->id), result->notes[i]);
  for (size_t i = 0; i < result->case_count; i++)
    print_case(writer, subject, &result->cases[i]);
  if (result->shortage)
    print_point(writer, false, subject->id, text_from(result->shortage));
}

static void write_tap(const struct rule_test_results *results,
                      const struct rule_test_report_options *options, FILE *out) {
  const struct rule_test_summary *summary = &results->summary;
  struct writer writer = {.out = out};
  (void)options;
  fprintf(out, "TAP version 14\n1..%zu\n", summary->tests + summary->short_subjects);
  for (size_t i = 0; i < results->count; i++)
    print_result(&writer, &results->items[i]);
  if (results->has_coverage)
    fprintf(out, "# coverage: %zu of %zu\n", summary->coverage_seen, summary->coverage_wanted);
  buffer_free(&writer.json);
}

const struct rule_test_reporter rule_test_reporter_tap = {"tap", write_tap};
