/*
 * Unit tests of rules. The bytes follow the metadata of a rule: its tests, and whatever else they
 * say. They are run and reported in every format; the JSON must be JSON.
 */
#include "base/memory.h"
#include "detect/test/rule_test_report.h"
#include "rule/load/rule_set_load.h"
#include "rule/sandbox/sandbox.h"

#include <ctype.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMORY_MAX ((size_t)4 << 20)
#define INSTRUCTION_MAX 20000
/* A number with more digits could ask for more events than a fuzzer has time for. */
#define DIGITS_MAX 4

static const char head[] =
    "local lib = require 'lib' metadata { id = 'F', log_types = { 'Fuzz' }, severity = 'low', "
    "threshold = 2, where = { ['a|exists'] = true } } function rule(event) return event.a ~= 0 end "
    "function title(event) print(event) return lib.name(event) end function alert_context(event) "
    "return { a = event.a } end\n";

static bool has_long_number(const uint8_t *data, size_t size) {
  size_t digits = 0;
  for (size_t i = 0; i < size && digits <= DIGITS_MAX; i++) {
    if (i > 0 && data[i - 1] == '0' && (data[i] | 0x20) == 'x')
      return true;
    digits = isdigit(data[i]) ? digits + 1 : 0;
  }
  return digits > DIGITS_MAX;
}

static void report(const struct rule_test_results *results) {
  static const struct rule_test_report_options report = {.colour = true};
  for (size_t i = 0; rule_test_reporter_names[i]; i++) {
    struct error error = ERROR_NONE;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    rule_test_reporters[i]->write(results, &report, out);
    fclose(out);
    struct json_reader *json = json_reader_new();
    if (rule_test_reporters[i] == &rule_test_reporter_json &&
        !json_read_copy(json, (struct text){text, size}, &error))
      abort();
    json_reader_free(json);
    free(text);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct problems problems = PROBLEMS_NONE;
  struct buffer source = BUFFER_NONE;
  if (has_long_number(data, size))
    return 0;
  buffer_append_string(&source, head);
  buffer_append(&source, data, size);
  const struct rule_file files[] = {
      {.path = "lib.lua",
       .source = TEXT("return { name = function(event) return event.a end }"),
       .library = TEXT("lib")},
      {.path = "fuzz.lua", .source = buffer_text(&source)},
  };
  struct sandbox_limits limits = {.memory_max = MEMORY_MAX, .instruction_max = INSTRUCTION_MAX};
  struct rule_set *set =
      rule_set_build(files, 2, &(struct rule_reading){.limits = limits}, &problems);
  static const char *const folders[] = {"fixtures/zoom", NULL};
  struct rule_test_options options = {.fixtures = folders, .jobs = 1, .coverage = true};
  struct rule_test_results *results = rule_test_run(set, &options);
  report(results);
  rule_test_results_free(results);
  rule_set_free(set);
  problems_clear(&problems);
  buffer_free(&source);
  return 0;
}
