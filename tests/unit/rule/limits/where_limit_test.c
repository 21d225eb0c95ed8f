/*
 * No regular expression and no `where` outlasts its limit, whatever it looks for in whatever text.
 */
#include "rule/limits/limits_fixture.h"
#include "rule/rule_fixture.h"

/* Of a short search: then the texts are long enough to use them up. */
#define SHORT_STEPS 300000

/* ---- regular expressions ---- */

static const char *const prefixes[] = {"", "\\G", "(?s)", "(?<=a)", "(?im)^"};
static const char *const patterns[] = {
    "https?://.*login.*\\.php",
    "login.*login.*login.*login.*x",
    "a.*b",
    "a.*a.*[bc]",
    "a.*?a.*?[bc]",
    "a.*+[bc]",
    "a*a*a*a*a*a*[bc]",
    "a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?[bc]",
    "(a+)+$",
    "(a|aa)+$",
    "(a|a)*[bc]",
    "(?:a*)*[bc]",
    "(a*)*\\1[bc]",
    "(.*)(.*)(.*)(.*)[bc]",
    "(?:.*a){12}[bc]",
    "(.+)\\1[bc]",
    "(a{1,100}){1,100}[bc]",
    "a{1000}[bc]",
    "(?:ab?){500}[bc]",
    "(?=(a*))\\1[bc]",
    "(?=.*x)a",
    "(?!.*[bc])x",
    "a++b|a*+c|a.*a[bc]",
    "(?>a+)[bc]",
    "\\bfrom .* to .*\\bOff$",
    "\\w+@\\w+\\.\\w+",
    "^(?:\\w+\\s*)+:$",
    "[\\w.+-]+@[\\w-]+\\.[\\w.]+",
    "(?:\\d{1,3}\\.){3}\\d{1,3}",
    "\\s+$",
    "\\s*,\\s*;",
    "(\\(([^()]|(?1))*\\))",
    "(?:(?R)a|a)[bc]",
    "\\X+[bc]",
    "\\R+[bc]",
    "[^b]*[^c]*[^d]*[bcd]",
    "\\p{L}+\\p{N}",
    "(?:\xE2\x82\xAC)+x",
    ".{1,500}[bc]",
    "(?:a(?:a(?:a)*)*)*[bc]",
    "a\\K.*a.*[bc]",
    "(?:x|.*a)[bc]",
    "[a-z]+ly\\b.*\\1?",
    "(?<n>a+)(?&n)*[bc]",
};
static const char *const repeated[] = {"a",    "https://login/", "aaaaaaaaab", "ab",   "a\n",
                                       " \t ", "\xE2\x82\xAC",   "\xFF",       "a.a@1"};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct buffer repeat(const char *text, size_t size) {
  struct buffer buffer = BUFFER_NONE;
  while (buffer.size < size)
    buffer_append_string(&buffer, text);
  buffer_append_char(&buffer, '!');
  return buffer;
}

/* Searches, and notes what it took. */
static bool search(const char *pattern, struct text subject, struct regex_scratch *scratch,
                   struct limits_worst *worst) {
  static const char *const ends[] = {"no match", "match", "gave up"};
  struct error error = ERROR_NONE;
  struct work work;
  struct regex *regex = regex_new(text_from(pattern), 0, &error);
  if (!regex) /* \1 without a group, and the like */
    return true;
  work_start(&work);
  if (!limits_are_long())
    work.floor = work.left - SHORT_STEPS;
  int64_t before = clock_cpu_ns();
  enum regex_result result = regex_match(regex, scratch, &work, subject, 0);
  double seconds = (double)(clock_cpu_ns() - before) / 1e9;
  double most = limits_are_long() ? (double)WORK_PART_NS / 1e9 + LATE_MAX_S : SHORT_MAX_S;
  limits_note(worst, pattern, subject.size, seconds, ends[result]);
  if (seconds > most)
    print_error("%s: %zu bytes of %.20s: %.3f s of CPU, %s\n", pattern, subject.size, subject.data,
                seconds, ends[result]);
  regex_free(&regex);
  return seconds <= most;
}

static void no_search_outlasts_its_limit(void **state) {
  (void)state;
  struct regex_scratch *scratch = regex_scratch_new();
  struct limits_worst worst = {.count = 0};
  struct limits_sizes sizes = limits_sizes();
  size_t failed = 0, at = 0;
  for (size_t s = 0; s < sizes.count; s++)
    for (size_t t = 0; t < COUNT(repeated); t++) {
      struct buffer subject = repeat(repeated[t], sizes.items[s]);
      for (size_t i = 0; i < COUNT(patterns) * COUNT(prefixes); i++, at++) {
        char pattern[256];
        snprintf(pattern, sizeof pattern, "%s%s", prefixes[i % COUNT(prefixes)],
                 patterns[i / COUNT(prefixes)]);
        /* Each pattern with a third of the texts, and all of them with some prefix. */
        if ((i + t) % 3 == 0 && !limits_are_others(i / COUNT(prefixes)))
          failed += !search(pattern, buffer_text(&subject), scratch, &worst);
      }
      buffer_free(&subject);
    }
  limits_print(&worst, (double)WORK_PART_NS / 1e9);
  regex_scratch_free(&scratch);
  assert_int_equal(failed, 0);
}

/* ---- where ---- */

static const char *const wheres[] = {
    "['text|re'] = 'a.*a.*[bc]'",
    "['text|re'] = { 'a.*a.*x', 'a.*a.*y', 'a.*a.*z' }",
    "['text|contains'] = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaba'",
    "['text|contains'] = { 'b', 'c', 'ab', 'ac', 'ad' }",
    "['text|contains|cased'] = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'",
    "text = '*aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab*'",
    "text = '*a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?b*'",
    "text = '*a*a*a*a*a*a*a*a*b*'",
    "text = 'a*b'",
    "['text|startswith'] = 'b'",
    "['text|endswith'] = 'b'",
    "['text|gt'] = 5",
    "['text|hour'] = 5",
    "['text|cidr'] = '10.0.0.0/8'",
    "['text|contains|fieldref'] = 'text'",
    "['list|contains|fieldref'] = 'texts'",
    "['texts|contains|fieldref'] = 'texts'",
    "['texts|fieldref'] = 'others'",
    "['list|re'] = 'a.*a.*[bc]'",
    "['list|contains'] = 'b'",
    "list = { 'b', 'c', 'd', 'e', 'f', 'g' }",
    "['list|neq'] = 'x'",
    "['nested|re'] = 'a.*a.*[bc]'",
    "['texts|re'] = 'a.*a.*[bc]'",
};

/* A text; a list of short texts, two lists of long texts. Together at most 16 MiB. */
static struct buffer make_event(size_t text_size, size_t size) {
  struct buffer json = BUFFER_NONE;
  struct buffer text = repeat("a", text_size), part = repeat("a", size / 100);
  text.data[text.size - 1] = part.data[part.size - 1] = 'a';
  buffer_append_string(&json, "{\"text\":\"");
  buffer_append_text(&json, buffer_text(&text));
  buffer_append_string(&json, "\",\"list\":[\"a\"");
  for (size_t i = 0; i < size / 16; i++)
    buffer_append_string(&json, ",\"x\",[\"a\"]");
  for (size_t list = 0; list < 2; list++) {
    buffer_append_string(&json, list ? "],\"others\":[0" : "],\"texts\":[0");
    for (size_t i = 0; i < 100; i++) {
      buffer_append_string(&json, ",\"");
      buffer_append_text(&json, buffer_text(&part));
      buffer_append_string(&json, list ? "b\"" : "c\"");
    }
  }
  buffer_append_string(&json, "],\"nested\":[[[[\"a\"]]]]}");
  buffer_free(&text);
  buffer_free(&part);
  return json;
}

static void load_wheres(struct rule_fixture *fixture) {
  struct rule_file files[COUNT(wheres)];
  struct buffer sources[COUNT(wheres)] = {BUFFER_NONE};
  char paths[COUNT(wheres)][32];
  for (size_t i = 0; i < COUNT(wheres); i++) {
    buffer_printf(&sources[i],
                  "metadata { id = 'T%02zu', log_types = { 'Test.Log' }, severity = 'low', "
                  "where = { %s } }",
                  i, wheres[i]);
    snprintf(paths[i], sizeof paths[i], "rules/t%02zu.lua", i);
    files[i] = (struct rule_file){.path = paths[i], .source = buffer_text(&sources[i])};
  }
  rule_fixture_load(fixture, files, COUNT(wheres));
  for (size_t i = 0; i < COUNT(wheres); i++)
    buffer_free(&sources[i]);
  rule_fixture_start_vm(fixture, NULL);
}

static size_t match_each(struct rule_fixture *fixture, size_t size, const char *event,
                         struct limits_worst *worst) {
  const double most = limits_are_long() ? (double)WORK_PART_NS / 1e9 + LATE_MAX_S : SHORT_MAX_S;
  size_t failed = 0;
  for (size_t i = 0; i < COUNT(wheres); i++) {
    struct error error = ERROR_NONE;
    rule_fixture_event(fixture, event);
    int64_t before = clock_cpu_ns();
    rule_vm_match(fixture->vm, &fixture->set->rules[i], &error);
    double seconds = (double)(clock_cpu_ns() - before) / 1e9;
    limits_note(worst, wheres[i], size, seconds, error.set ? error.text : "decided");
    failed += seconds > most;
  }
  return failed;
}

/* All rules on one event. */
static size_t match_all(struct rule_fixture *fixture, size_t size, const char *event,
                        struct limits_worst *worst) {
  const double most = limits_are_long() ? (double)WORK_PASS_NS / 1e9 + LATE_MAX_S : SHORT_MAX_S;
  rule_fixture_event(fixture, event);
  int64_t before = clock_cpu_ns();
  for (size_t i = 0; i < COUNT(wheres); i++) {
    struct error error = ERROR_NONE;
    rule_vm_match(fixture->vm, &fixture->set->rules[i], &error);
  }
  double seconds = (double)(clock_cpu_ns() - before) / 1e9;
  limits_note(worst, "all of these conditions", size, seconds, "");
  return seconds > most;
}

static void no_where_outlasts_its_limit(void **state) {
  struct rule_fixture *fixture = *state;
  struct limits_worst worst = {.count = 0}, worst_pass = {.count = 0};
  struct limits_sizes sizes = limits_sizes();
  size_t failed = 0;
  load_wheres(fixture);
  for (size_t s = 0; s < 2 * sizes.count; s++) {
    size_t size = sizes.items[s / 2];
    if (limits_are_others(s))
      continue;
    struct buffer event = s % 2 ? make_event(size / 16 * 15, 1000) : make_event(1000, size / 4);
    failed += match_each(fixture, size, event.data, &worst);
    failed += match_all(fixture, size, event.data, &worst_pass);
    buffer_free(&event);
  }
  limits_print(&worst, (double)WORK_PART_NS / 1e9);
  limits_print(&worst_pass, (double)WORK_PASS_NS / 1e9);
  assert_int_equal(failed, 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, rule_fixture_start, rule_fixture_stop)
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_search_outlasts_its_limit),
      TEST(no_where_outlasts_its_limit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
