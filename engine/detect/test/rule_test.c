#include "detect/test/rule_test.h"

#include "base/memory.h"
#include "detect/test/rule_test_job.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* Fewer are not worth a thread with a Lua state of its own. */
#define SUBJECTS_A_JOB 4

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
  if (result->coverage) {
    summary->coverage_wanted += rule_test_coverage_wanted(result->coverage);
    summary->coverage_seen += rule_test_coverage_seen(result->coverage);
  }
  for (size_t i = 0; i < result->case_count; i++)
    *(result->cases[i].passed ? &summary->passed : &summary->failed) += 1;
}

/* Subjects are taken one after the other by whichever thread is free. */
struct queue {
  const struct rule_set *set;
  const struct rule_test_options *options;
  struct rule_test_results *results;
  atomic_size_t next;
};

static void *work(void *context) {
  struct queue *queue = context;
  struct rule_test_job *job = NULL;
  size_t i;
  while ((i = atomic_fetch_add(&queue->next, 1)) < queue->results->count) {
    if (!job)
      job = rule_test_job_new(queue->set, queue->options);
    rule_test_job_run(job, &queue->results->items[i]);
  }
  rule_test_job_free(job);
  return NULL;
}

static size_t job_count(const struct rule_test_options *options, size_t subjects) {
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  size_t wanted = options->jobs ? options->jobs : processors > 0 ? (size_t)processors : 1;
  size_t useful = subjects / SUBJECTS_A_JOB + 1;
  return wanted < useful ? wanted : useful;
}

/* This thread works, too: so one that cannot be started is none the less. */
static void run_all(struct queue *queue) {
  size_t wanted = job_count(queue->options, queue->results->count) - 1, started = 0;
  pthread_t *threads = memory_alloc_array(wanted + 1, sizeof *threads);
  while (started < wanted && pthread_create(&threads[started], NULL, work, queue) == 0)
    started++;
  work(queue);
  while (started > 0)
    pthread_join(threads[--started], NULL);
  free(threads);
}

struct rule_test_results *rule_test_run(const struct rule_set *set,
                                        const struct rule_test_options *options) {
  struct rule_test_results *results = memory_alloc(sizeof *results);
  results->has_coverage = options->coverage;
  rule_test_subjects_list(set, &results->subjects);
  results->items = memory_alloc_array(results->subjects.count, sizeof *results->items);
  for (size_t i = 0; i < results->subjects.count; i++)
    if (is_selected(&options->selection, &results->subjects.items[i]))
      results->items[results->count++] =
          (struct rule_test_result){.subject = &results->subjects.items[i]};
  struct queue queue = {.set = set, .options = options, .results = results};
  run_all(&queue);
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

unsigned rule_test_covered(const struct rule_test_results *results) {
  const struct rule_test_summary *summary = &results->summary;
  if (summary->coverage_wanted == 0)
    return 100;
  return (unsigned)(summary->coverage_seen * 100 / summary->coverage_wanted);
}
