/* What `margay test` and its --watch share: reading what is to be tested, printing what came of it.
 * The command's thread only. */
#ifndef COMMAND_TEST_WORLD_H
#define COMMAND_TEST_WORLD_H

#include "command/config/load.h"
#include "detect/test/rule_test_report.h"

struct test_options {
  struct text_list_option rule_ids, tags, log_types, severities, names, schemas, fixtures, statuses;
  const char *config, *sigma;
  int64_t minimum_tests, minimum_coverage, jobs;
  int format;
  bool unchecked, failures_only, coverage, watch, strict;
  const struct command *command; /* whose mistakes are reported */
  const struct text *paths;      /* of rules; NUL-terminated */
  size_t path_count;
};

/* What was read from disk, and how to test it. */
struct test_world {
  struct arena arena;
  struct load_paths load;
  struct detection *detection;
  struct lookup_set *lookups;
  struct rule_test_options test;
  int left_over; /* what to exit with for what reading the rules left over */
};

/* Reads everything; mistakes in files are added to the problems, those of usage are reported on
 * stderr. The world is to be freed in any case. */
enum test_load {
  TEST_LOADED,
  TEST_LOAD_MISTAKES, /* in the files */
  TEST_LOAD_USAGE     /* the options ask for what is not there */
};
enum test_load test_load(const struct test_options *options, struct test_world *world,
                         struct problems *problems);
void test_world_free(struct test_world *world);

/* Prints what came of the tests. */
void test_print(const struct test_options *options, const struct rule_test_results *results);

#endif
