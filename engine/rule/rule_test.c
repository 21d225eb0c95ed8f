#include "rule/rule_test.h"

#include "base/memory.h"
#include "rule/rule_test_job.h"

#include <stdlib.h>

/* ---- selection ---- */

static bool holds(const struct text_list *list, struct text text, bool folded) {
  for (size_t i = 0; i < list->count; i++)
    if (folded ? text_equal_folded(list->items[i], text) : text_equal(list->items[i], text))
      return true;
  return false;
}

/* Whether nothing is wanted, or something of what is there is. */
static bool fits(const struct text_list *wanted, const struct text_list *there) {
  for (size_t i = 0; i < there->count; i++)
    if (holds(wanted, there->items[i], true))
      return true;
  return wanted->count == 0;
}

static bool is_selected(const struct rule_test_selection *selection,
                        const struct rule_test_subject *subject) {
  return (selection->ids.count == 0 || holds(&selection->ids, subject->id, false)) &&
         fits(&selection->tags, &subject->tags) &&
         fits(&selection->log_types, &subject->log_types) &&
         (selection->severities == 0 || selection->severities >> subject->severity & 1);
}

/* ---- running ---- */

static void count_result(const struct rule_test_result *result, struct rule_test_summary *summary) {
  summary->subjects++;
  summary->untested += result->subject->test_count == 0;
  summary->short_subjects += result->shortage != NULL;
  summary->tests += result->case_count;
  for (size_t i = 0; i < result->case_count; i++)
    *(result->cases[i].passed ? &summary->passed : &summary->failed) += 1;
}

struct rule_test_results *rule_test_run(const struct rule_set *set,
                                        const struct rule_test_options *options) {
  struct rule_test_results *results = memory_alloc(sizeof *results);
  rule_test_subjects_list(set, &results->subjects);
  results->items = memory_alloc_array(results->subjects.count, sizeof *results->items);
  for (size_t i = 0; i < results->subjects.count; i++)
    if (is_selected(&options->selection, &results->subjects.items[i]))
      results->items[results->count++] =
          (struct rule_test_result){.subject = &results->subjects.items[i]};
  struct rule_test_job *job = rule_test_job_new(set, options);
  for (size_t i = 0; i < results->count; i++)
    rule_test_job_run(job, &results->items[i]);
  rule_test_job_free(job);
  for (size_t i = 0; i < results->count; i++)
    count_result(&results->items[i], &results->summary);
  return results;
}

void rule_test_results_free(struct rule_test_results *results) {
  if (!results)
    return;
  for (size_t i = 0; i < results->count; i++)
    arena_free(&results->items[i].arena);
  free(results->items);
  rule_test_subjects_free(&results->subjects);
  free(results);
}

bool rule_test_passed(const struct rule_test_results *results) {
  const struct rule_test_summary *summary = &results->summary;
  return summary->tests > 0 && summary->failed == 0 && summary->short_subjects == 0;
}
