/* `margay test --watch`: tests at once what a saved file concerns. */
#include "command/test_watch.h"

#include "base/map.h"
#include "base/memory.h"
#include "command/command.h"
#include "command/terminal/watch.h"
#include "detect/test/rule_test_fingerprint.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define CLEAR_SCREEN "\x1b[H\x1b[2J\x1b[3J"

/* Files that keep changing are tested nevertheless. */
#define ROUNDS_MAX 10

/* What is known of a subject. */
struct known {
  uint64_t fingerprint;
  bool failed;    /* when it was tested last */
  bool concerned; /* by the last change */
  bool there;     /* it is in the set that was read last */
};

struct loop {
  const struct test_options *options;
  struct watch *watch;
  struct map known;   /* by id -> struct known */
  uint64_t elsewhere; /* the state of the files that concern every rule */
  bool is_first;      /* nothing was tested yet */
  bool is_broken;     /* what was read last has mistakes */
  uint64_t mistakes;  /* which; 0 = none */
};

/* ---- what is watched ---- */

/* All that was read, and the folders of libraries that lie elsewhere. */
static void watch_world(struct loop *loop, const struct test_world *world) {
  const struct rule_set *rules = world->detection ? world->detection->rules : NULL;
  size_t libraries = rules ? rules->library_count : 0, count = 0;
  struct arena arena = ARENA_NONE;
  const char **paths =
      arena_alloc(&arena, (world->load.read_count + libraries + 1) * sizeof *paths);
  for (size_t i = 0; i < world->load.read_count; i++)
    paths[count++] = world->load.read[i];
  for (size_t i = 0; i < libraries; i++)
    paths[count++] = rules->libraries[i].file;
  watch_set(loop->watch, paths, count);
  arena_free(&arena);
}

static uint64_t sum_elsewhere(const struct test_world *world) {
  uint64_t sum = 0;
  for (size_t i = 0; i < world->load.elsewhere_count; i++) {
    struct stat status = {.st_size = -1};
    (void)stat(world->load.read[i], &status);
    const int64_t parts[] = {(int64_t)sum, (int64_t)status.st_mtim.tv_sec,
                             (int64_t)status.st_mtim.tv_nsec, (int64_t)status.st_size,
                             (int64_t)status.st_ino};
    sum = text_hash((struct text){(const char *)parts, sizeof parts});
  }
  return sum;
}

/* ---- what a change concerns ---- */

static bool is_wanted(const struct test_options *options, struct text id) {
  bool wanted = options->rule_ids.count == 0;
  for (size_t i = 0; i < options->rule_ids.count && !wanted; i++)
    wanted = text_equal_folded(options->rule_ids.items[i], id);
  return wanted;
}

static struct known *known_of(struct loop *loop, struct text id) {
  struct known *known = map_get(&loop->known, id);
  if (!known) {
    known = memory_alloc(sizeof *known);
    map_put(&loop->known, id, known);
  }
  return known;
}

/* The ids of what must be tested again. */
static struct text_list find_concerned(struct loop *loop, struct test_world *world) {
  const struct rule_set *rules = world->detection->rules;
  uint64_t elsewhere = sum_elsewhere(world);
  struct rule_test_subjects subjects;
  rule_test_subjects_list(rules, &subjects);
  struct text *ids = arena_alloc(&world->arena, (subjects.count + 1) * sizeof *ids);
  size_t count = 0;
  for (size_t i = 0; i < loop->known.count; i++) {
    struct known *known = loop->known.entries[i].value;
    known->there = known->concerned = false;
  }
  for (size_t i = 0; i < subjects.count; i++) {
    const struct rule_test_subject *subject = &subjects.items[i];
    struct known *known = known_of(loop, subject->id);
    uint64_t fingerprint = rule_test_fingerprint(rules, &world->test, subject);
    known->there = true;
    known->concerned = fingerprint != known->fingerprint || elsewhere != loop->elsewhere;
    known->fingerprint = fingerprint;
    if (known->concerned && is_wanted(loop->options, subject->id))
      ids[count++] = subject->id;
  }
  loop->elsewhere = elsewhere;
  rule_test_subjects_free(&subjects);
  return (struct text_list){ids, count};
}

static void note_results(struct loop *loop, const struct rule_test_results *results) {
  for (size_t i = 0; i < results->count; i++) {
    const struct rule_test_result *result = &results->items[i];
    struct known *known = known_of(loop, result->subject->id);
    known->failed = result->shortage != NULL;
    for (size_t k = 0; k < result->case_count; k++)
      known->failed = known->failed || !result->cases[k].passed;
  }
}

/* Of what this change does not concern. */
static void print_still_failing(const struct loop *loop) {
  const char *before = "Still failing:";
  for (size_t i = 0; i < loop->known.count; i++) {
    const struct known *known = loop->known.entries[i].value;
    if (!known->there || known->concerned || !known->failed)
      continue;
    printf("%s %.*s", before, TEXT_ARGS(loop->known.entries[i].key));
    before = ",";
  }
  if (*before == ',')
    putchar('\n');
}

/* ---- one round ---- */

struct round {
  struct test_world world;
  struct problems problems;
  enum test_load load;
  bool is_all;                       /* what was tested is not only what a change concerns */
  struct rule_test_results *results; /* NULL = nothing was tested */
};

static void round_free(struct round *round) {
  rule_test_results_free(round->results);
  problems_clear(&round->problems);
  test_world_free(&round->world);
}

static void round_run(struct loop *loop, struct round *round) {
  *round = (struct round){.problems = PROBLEMS_NONE};
  round->load = test_load(loop->options, &round->world, &round->problems);
  watch_world(loop, &round->world);
  if (round->load != TEST_LOADED)
    return;
  struct text_list concerned = find_concerned(loop, &round->world);
  /* After a mistake is fixed everything may be as it was before: the user wants to see that. */
  round->is_all = concerned.count == 0 && (loop->is_broken || loop->is_first);
  if (concerned.count == 0 && !round->is_all)
    return;
  if (!round->is_all)
    round->world.test.selection.ids = concerned;
  round->results = rule_test_run(round->world.detection->rules, &round->world.test);
}

/* What changed while it was read is of no use: the subjects that it concerned are tested again. */
static bool round_holds(struct loop *loop, const struct round *round) {
  if (!watch_has_changed(loop->watch))
    return true;
  for (size_t i = 0; round->results && i < loop->known.count; i++) {
    struct known *known = loop->known.entries[i].value;
    if (known->concerned)
      known->fingerprint = 0;
  }
  return false;
}

/* ---- reporting ---- */

/* Clears the screen, so that the last report is not taken for the one of this change. */
static void begin_report(const struct loop *loop) {
  if (!loop->is_first && isatty(STDOUT_FILENO))
    fputs(CLEAR_SCREEN, stdout);
  fflush(stdout);
}

static uint64_t sum_problems(const struct problems *problems) {
  struct error_line line;
  uint64_t sum = 0;
  for (size_t i = 0; i < problems->count; i++)
    sum = sum * 31 + text_hash(text_from(error_line(&problems->items[i], &line)));
  return sum;
}

/* False when there is nothing new to report. */
static bool report_round(struct loop *loop, const struct round *round) {
  uint64_t mistakes = round->load == TEST_LOADED ? 0 : sum_problems(&round->problems) + 1;
  bool is_new = round->results || mistakes != loop->mistakes;
  loop->mistakes = mistakes;
  if (!is_new)
    return false;
  begin_report(loop);
  struct problems problems = round->problems;
  load_report(&problems);
  if (round->results) {
    note_results(loop, round->results);
    test_print(loop->options, round->results);
  }
  if (round->results && !round->is_all)
    print_still_failing(loop);
  return true;
}

/* ---- the loop ---- */

/* Reads and tests. False when the options ask for what was never there. */
static bool test_again(struct loop *loop) {
  struct round round;
  round_run(loop, &round);
  for (int i = 0; i < ROUNDS_MAX && !round_holds(loop, &round); i++) {
    round_free(&round);
    round_run(loop, &round);
  }
  bool reported = report_round(loop, &round);
  bool goes_on = !loop->is_first || round.load != TEST_LOAD_USAGE;
  loop->is_broken = round.load != TEST_LOADED;
  loop->is_first = false;
  round_free(&round);
  if (reported && goes_on)
    puts("Waiting for changes (Ctrl-C ends)");
  fflush(stdout);
  return goes_on;
}

/* The signals that end it come through the descriptor, also in threads that are started later. */
static int block_signals(void) {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGINT);
  sigaddset(&mask, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &mask, NULL);
  return signalfd(-1, &mask, SFD_CLOEXEC);
}

int test_watch(const struct test_options *options) {
  struct loop loop = {.options = options, .watch = watch_new(WATCH_BEST), .is_first = true};
  int signals = block_signals(), status = EXIT_DONE;
  if (!test_again(&loop))
    status = EXIT_USAGE;
  else
    while (watch_wait(loop.watch, signals))
      test_again(&loop);
  close(signals);
  watch_free(loop.watch);
  map_clear(&loop.known, free);
  return status;
}
