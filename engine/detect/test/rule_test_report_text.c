/* For people: `[PASS] name` and `[FAIL] name (file:line)` with what was expected and what came. */
#include "detect/test/rule_test_report.h"

#include "base/utf8.h"

/* A difference in values longer than this is pointed at. */
#define SHORT_MAX 24
/* Characters of a long value before and behind the first difference. */
#define SHOWN_BEFORE 40
#define SHOWN_BEHIND 60

struct writer {
  const struct rule_test_report_options *options;
  FILE *out;
  const struct rule_test_result *result;
  bool named; /* the subject's line is printed */
};

static void print_subject(struct writer *writer) {
  const struct rule_test_subject *subject = writer->result->subject;
  if (!writer->named)
    fprintf(writer->out, "%.*s (%s)\n", TEXT_ARGS(subject->id), subject->file);
  writer->named = true;
}

static void print_mark(struct writer *writer, bool passed) {
  static const char *const marks[2][2] = {{"[FAIL]", "[PASS]"},
                                          {"\x1b[31m[FAIL]\x1b[0m", "\x1b[32m[PASS]\x1b[0m"}};
  print_subject(writer);
  fprintf(writer->out, "  %s ", marks[writer->options->colour][passed]);
}

/* ---- differences ---- */

/* Bytes of the character at the beginning; the text is well-formed. */
static size_t character(struct text text) {
  uint32_t code;
  size_t size = utf8_read(text.data, text.size, &code);
  return size ? size : 1;
}

static size_t characters(struct text text) {
  size_t count = 0;
  for (; text.size; count++) {
    size_t size = character(text);
    text.data += size;
    text.size -= size;
  }
  return count;
}

/* Where the first character is that differs, in bytes. */
static size_t first_difference(struct text a, struct text b) {
  size_t at = 0;
  while (at < a.size && at < b.size && a.data[at] == b.data[at])
    at++;
  while (at > 0 && at < a.size && ((unsigned char)a.data[at] & 0xc0) == 0x80)
    at--;
  return at;
}

/* The part around `at` of a long text, and whether something before it and behind it is left out.
 */
struct excerpt {
  struct text text;
  bool cut_before, cut_behind;
};

static struct excerpt excerpt_around(struct text text, size_t at) {
  struct excerpt excerpt = {.text = text};
  size_t start = at;
  for (size_t i = 0; i < SHOWN_BEFORE && start > 0; i++)
    do
      start--;
    while (start > 0 && ((unsigned char)text.data[start] & 0xc0) == 0x80);
  if (characters((struct text){text.data, at}) <= SHOWN_BEFORE)
    start = 0;
  size_t end = at;
  for (size_t i = 0; i < SHOWN_BEHIND && end < text.size; i++)
    end += character((struct text){text.data + end, text.size - end});
  excerpt.cut_before = start > 0;
  excerpt.cut_behind = end < text.size;
  excerpt.text = (struct text){text.data + start, end - start};
  return excerpt;
}

static void print_excerpt(FILE *out, const char *label, struct text text, size_t at) {
  struct excerpt excerpt = excerpt_around(text, at);
  fprintf(out, "           %-8s %s%.*s%s\n", label, excerpt.cut_before ? "…" : "",
          TEXT_ARGS(excerpt.text), excerpt.cut_behind ? "…" : "");
}

static void print_difference(FILE *out, const struct rule_test_finding *finding) {
  struct text expected = text_from(finding->expected), got = text_from(finding->got);
  size_t at = first_difference(expected, got);
  bool is_long = expected.size > SHORT_MAX && got.size > SHORT_MAX && at > 1;
  if (!is_long) {
    fprintf(out, "           expected %s\n           got      %s\n", finding->expected,
            finding->got);
    return;
  }
  struct excerpt excerpt = excerpt_around(got, at);
  size_t before =
      characters((struct text){excerpt.text.data, (size_t)(got.data + at - excerpt.text.data)});
  print_excerpt(out, "expected", expected, at);
  print_excerpt(out, "got", got, at);
  fprintf(out, "           %*s^\n", (int)(9 + before + excerpt.cut_before), "");
}

static void print_finding(FILE *out, const struct rule_test_finding *finding) {
  fputs("         ", out);
  if (finding->file && finding->line)
    fprintf(out, "%s:%u: ", finding->file, finding->line);
  else if (finding->file)
    fprintf(out, "%s: ", finding->file);
  fprintf(out, "%s\n", finding->what);
  if (finding->expected)
    print_difference(out, finding);
}

/* Line by line, fit for a terminal. */
static void print_printed(FILE *out, struct text printed) {
  char shown[1024];
  if (printed.size)
    fputs("         printed:\n", out);
  while (printed.size) {
    const char *end = memchr(printed.data, '\n', printed.size);
    struct text line = {printed.data, end ? (size_t)(end - printed.data) : printed.size};
    fprintf(out, "           %s\n", text_printable(line, shown, sizeof shown));
    printed.data += line.size + (end != NULL);
    printed.size -= line.size + (end != NULL);
  }
}

/* ---- tests ---- */

static void print_case(struct writer *writer, const struct rule_test_case_result *test) {
  char name[256];
  if (test->passed && writer->options->failures_only)
    return;
  print_mark(writer, test->passed);
  text_printable(test->name, name, sizeof name);
  if (test->passed)
    fprintf(writer->out, "%s\n", name);
  else
    fprintf(writer->out, "%s (%s:%u)\n", name, writer->result->subject->file, test->line);
  for (size_t i = 0; i < test->finding_count; i++)
    print_finding(writer->out, &test->findings[i]);
  if (!test->passed)
    print_printed(writer->out, test->printed);
}

static void print_result(struct writer *writer) {
  writer->named = false;
  for (size_t i = 0; i < writer->result->note_count; i++) {
    print_subject(writer);
    fprintf(writer->out, "  [NOTE] %s\n", writer->result->notes[i]);
  }
  for (size_t i = 0; i < writer->result->case_count; i++)
    print_case(writer, &writer->result->cases[i]);
  if (!writer->result->shortage)
    return;
  print_mark(writer, false);
  fprintf(writer->out, "%s\n", writer->result->shortage);
}

/* ---- coverage ---- */

static unsigned percent(size_t seen, size_t wanted) {
  return wanted ? (unsigned)(seen * 100 / wanted) : 100;
}

static int longest_id(const struct rule_test_results *results) {
  size_t longest = sizeof "Coverage" - 1;
  for (size_t i = 0; i < results->count; i++)
    if (results->items[i].subject->id.size > longest)
      longest = results->items[i].subject->id.size;
  return (int)longest;
}

static void print_missing(const struct rule_test_coverage *coverage, FILE *out) {
  for (size_t i = 0; i < coverage->count; i++) {
    const char *missing = rule_test_point_missing(&coverage->points[i]);
    if (missing)
      fprintf(out, "    %.*s: %s\n", TEXT_ARGS(coverage->points[i].what), missing);
  }
}

/* What is missing of a rule that has no tests goes without saying. */
static void print_coverage(const struct rule_test_results *results, FILE *out) {
  const struct rule_test_summary *summary = &results->summary;
  int width = longest_id(results);
  fprintf(out, "%-*s  TESTS     REACHED\n", width, "COVERAGE");
  for (size_t i = 0; i < results->count; i++) {
    const struct rule_test_result *result = &results->items[i];
    if (!result->coverage)
      continue;
    size_t seen = rule_test_coverage_seen(result->coverage);
    size_t wanted = rule_test_coverage_wanted(result->coverage);
    fprintf(out, "%-*.*s  %5zu  %4zu/%-4zu %3u %%\n", width, TEXT_ARGS(result->subject->id),
            result->subject->test_count, seen, wanted, percent(seen, wanted));
    if (result->subject->test_count)
      print_missing(result->coverage, out);
  }
  fprintf(out, "%-*s  %5zu  %4zu/%-4zu %3u %%\n", width, "all", summary->tests,
          summary->coverage_seen, summary->coverage_wanted, rule_test_covered(results));
}

/* ---- the end ---- */

static void print_untested(const struct rule_test_results *results, FILE *out) {
  const char *before = "Rules without tests:";
  for (size_t i = 0; i < results->count; i++) {
    const struct rule_test_subject *subject = results->items[i].subject;
    if (subject->test_count)
      continue;
    fprintf(out, "%s %.*s (%s)", before, TEXT_ARGS(subject->id), subject->file);
    before = ",";
  }
  if (*before == ',')
    fputc('\n', out);
}

static const char *plural(size_t count) {
  return count == 1 ? "" : "s";
}

static void write_text(const struct rule_test_results *results,
                       const struct rule_test_report_options *options, FILE *out) {
  const struct rule_test_summary *summary = &results->summary;
  struct writer writer = {.options = options, .out = out};
  for (size_t i = 0; i < results->count; i++) {
    writer.result = &results->items[i];
    print_result(&writer);
  }
  print_untested(results, out);
  if (results->has_coverage)
    print_coverage(results, out);
  fprintf(out, "%zu rule%s, %zu test%s: %zu passed, %zu failed", summary->subjects,
          plural(summary->subjects), summary->tests, plural(summary->tests), summary->passed,
          summary->failed);
  if (summary->short_subjects)
    fprintf(out, "; %zu rule%s with too few tests", summary->short_subjects,
            plural(summary->short_subjects));
  fputc('\n', out);
}

const struct rule_test_reporter rule_test_reporter_text = {"text", write_text};
