/* JUnit's XML, in the form that CI systems take: a suite a rule, a case a test. A rule with too few
 * tests has one case more, which fails. There are no times, so that the same tests give the same
 * bytes. */
#include "detect/test/rule_test_report.h"

#include "base/utf8.h"

/* What XML 1.0 cannot hold at all is written as base/utf8.h shows it. */
static bool is_xml_character(uint32_t code) {
  return code == 0x9 || code == 0xa || code == 0xd ||
         (code >= 0x20 && code != 0xfffe && code != 0xffff);
}

static void print_text(FILE *out, struct text text) {
  for (size_t i = 0; i < text.size;) {
    uint32_t code;
    size_t size = utf8_read(text.data + i, text.size - i, &code);
    struct utf8_escape escape;
    if (size == 0)
      fputc('?', out);
    else if (!is_xml_character(code) && utf8_escape(code, &escape))
      fputs(escape.text, out);
    else if (strchr("&<>\"\r", (int)code < 0x80 && code ? (int)code : 0x7f))
      fprintf(out, "&#%u;", code);
    else
      fwrite(text.data + i, 1, size, out);
    i += size ? size : 1;
  }
}

static void print_attribute(FILE *out, const char *name, struct text value) {
  fprintf(out, " %s=\"", name);
  print_text(out, value);
  fputc('"', out);
}

static void print_place(FILE *out, const struct rule_test_finding *finding) {
  if (!finding->file)
    return;
  print_text(out, text_from(finding->file));
  if (finding->line)
    fprintf(out, ":%u", finding->line);
  fputs(": ", out);
}

static void print_finding(FILE *out, const struct rule_test_finding *finding) {
  print_place(out, finding);
  print_text(out, text_from(finding->what));
  fputc('\n', out);
  if (!finding->expected)
    return;
  fputs("  expected ", out);
  print_text(out, text_from(finding->expected));
  fputs("\n  got      ", out);
  print_text(out, text_from(finding->got));
  fputc('\n', out);
}

static void begin_case(FILE *out, const struct rule_test_subject *subject, struct text name,
                       unsigned line) {
  fputs("    <testcase", out);
  print_attribute(out, "classname", subject->id);
  print_attribute(out, "name", name);
  print_attribute(out, "file", text_from(subject->file));
  fprintf(out, " line=\"%u\"", line);
}

/* What CI systems show first. */
static void print_message(FILE *out, const struct rule_test_finding *finding) {
  fputs(" message=\"", out);
  print_text(out, text_from(finding->what));
  if (finding->expected) {
    fputs(": expected ", out);
    print_text(out, text_from(finding->expected));
    fputs(", got ", out);
    print_text(out, text_from(finding->got));
  }
  fputc('"', out);
}

static void print_failure(FILE *out, const struct rule_test_case_result *test) {
  fputs(">\n      <failure", out);
  print_message(out, &test->findings[0]);
  print_attribute(out, "type", TEXT("failure"));
  fputc('>', out);
  for (size_t i = 0; i < test->finding_count; i++)
    print_finding(out, &test->findings[i]);
  fputs("</failure>\n", out);
  if (test->printed.size) {
    fputs("      <system-out>", out);
    print_text(out, test->printed);
    fputs("</system-out>\n", out);
  }
  fputs("    </testcase>\n", out);
}

static void print_shortage(FILE *out, const struct rule_test_result *result) {
  begin_case(out, result->subject, TEXT("the number of tests"), result->subject->line);
  fputs(">\n      <failure", out);
  print_attribute(out, "message", text_from(result->shortage));
  print_attribute(out, "type", TEXT("failure"));
  fputs("/>\n    </testcase>\n", out);
}

static void print_suite(FILE *out, const struct rule_test_result *result) {
  const struct rule_test_subject *subject = result->subject;
  size_t failed = result->shortage != NULL;
  for (size_t i = 0; i < result->case_count; i++)
    failed += !result->cases[i].passed;
  fputs("  <testsuite", out);
  print_attribute(out, "name", subject->id);
  print_attribute(out, "file", text_from(subject->file));
  fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"0\">\n",
          result->case_count + (result->shortage != NULL), failed);
  for (size_t i = 0; i < result->case_count; i++) {
    begin_case(out, subject, result->cases[i].name, result->cases[i].line);
    if (result->cases[i].passed)
      fputs("/>\n", out);
    else
      print_failure(out, &result->cases[i]);
  }
  if (result->shortage)
    print_shortage(out, result);
  if (result->note_count) {
    fputs("    <system-err>", out);
    for (size_t i = 0; i < result->note_count; i++) {
      print_text(out, text_from(result->notes[i]));
      fputc('\n', out);
    }
    fputs("</system-err>\n", out);
  }
  fputs("  </testsuite>\n", out);
}

static void write_junit(const struct rule_test_results *results,
                        const struct rule_test_report_options *options, FILE *out) {
  const struct rule_test_summary *summary = &results->summary;
  (void)options;
  fprintf(out,
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<testsuites name=\"margay test\" tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n",
          summary->tests + summary->short_subjects, summary->failed + summary->short_subjects);
  for (size_t i = 0; i < results->count; i++)
    print_suite(out, &results->items[i]);
  fputs("</testsuites>\n", out);
}

const struct rule_test_reporter rule_test_reporter_junit = {"junit", write_junit};
