/* What `margay check` says of mistakes in a configuration, as data: tests/cli/mistakes.txt has the
 * cases, and says how they are written. All are checked in one process, because a start of a
 * program with sanitizers takes longer than a case. */
#include "base/buffer.h"
#include "base/file_text.h"
#include "base/web/http_client.h"
#include "command/command.h"

/* build/san/tests/unit/command: the bundled rules and schemas are found as margay finds them. */
#define FOLDERS_UP_MAX 5
#include "command/config/bundled.c" /* NOLINT(bugprone-suspicious-include) */

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CASES "tests/cli/mistakes.txt"
#define FEWEST 60 /* cases: fewer are a sign that they were not found */
#define MOST_LINES 100

extern const struct command command_check;

/* The folder of the case that is looked at, and what its lines say. */
struct one_case {
  char title[256], file[256]; /* file: whose lines come; empty: margay.yml's */
  struct buffer config; /* margay.yml, which is written last: other files decide what it lacks */
  char *expected[MOST_LINES]; /* in what was read of CASES */
  size_t expected_count;
};

struct fixture {
  char root[512], folder[64], output[96];
  struct one_case now;
  size_t cases, failures;
};

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at) {
  (void)status;
  (void)kind;
  (void)at;
  return remove(path);
}

static void remove_tree(const char *folder) {
  nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static bool starts(const char *line, const char *with) {
  return strncmp(line, with, strlen(with)) == 0;
}

/* Appends to a file, which is created with its folders. */
static void append(const char *path, const char *line) {
  char folder[256];
  for (const char *slash = path; (slash = strchr(slash, '/')); slash++) {
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    mkdir(folder, 0700);
  }
  FILE *out = fopen(path, "ae");
  assert_non_null(out);
  fputs(line, out);
  assert_int_equal(fclose(out), 0);
}

/* Whether a line of a text begins with these words. */
static bool has_line(const struct buffer *text, const char *with) {
  for (const char *line = text->data; line; line = strchr(line, '\n'))
    if (starts(*line == '\n' ? ++line : line, with))
      return true;
  return false;
}

/* What margay.yml does not say is right. A text that is no mapping stays as it is. */
static void complete(const struct fixture *f, struct buffer *text) {
  struct stat status;
  char rules[600], schemas[600];
  snprintf(rules, sizeof rules, "%s/tests/e2e/rules/row.lua", f->root);
  snprintf(schemas, sizeof schemas, "%s/schemas", f->root);
  const char *const rows[][2] = {
      {"rules:", stat("rules", &status) == 0 ? "[rules]" : rules},
      {"schemas:", schemas},
      {"sources:", "[{id: x, type: file, path: margay.yml}]"},
      {"destinations:", "[{id: x, type: console}]"},
  };
  if (has_line(text, "- ") || has_line(text, "rules: [rules\n"))
    return;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (!has_line(text, rows[i][0]))
      buffer_printf(text, "%s %s\n", rows[i][0], rows[i][1]);
}

/* check: its exit status; what it wrote to standard error is in *said. */
static int check(const struct fixture *f, struct buffer *said) {
  char name[] = "check", *arguments[] = {name, NULL};
  struct error error = ERROR_NONE;
  fflush(stdout);
  fflush(stderr);
  int kept[] = {dup(1), dup(2)};
  for (int i = 0; i < 2; i++) {
    int file = open(i == 1 ? f->output : "/dev/null", O_CREAT | O_TRUNC | O_WRONLY, 0600);
    dup2(file, i + 1);
    close(file);
  }
  int status = command_check.run(1, arguments);
  fflush(stdout);
  fflush(stderr);
  for (int i = 0; i < 2; i++) {
    dup2(kept[i], i + 1);
    close(kept[i]);
  }
  assert_int_equal(file_read(f->output, FILE_REGULAR, 1 << 20, said, NULL, &error), FILE_READ);
  return status;
}

/* Puts `other`, which is not longer, in place of each `what` and of as much behind it as `more`
 * says. */
static void replace(char *line, const char *what, size_t (*more)(const char *), const char *other) {
  for (char *at = line; (at = strstr(at, what)); at += strlen(other)) {
    const char *rest = at + strlen(what) + (more ? more(at + strlen(what)) : 0);
    assert_true(at + strlen(other) <= rest);
    memmove(at + strlen(other), rest, strlen(rest) + 1);
    memcpy(at, other, strlen(other));
  }
}

static size_t to_bracket(const char *text) {
  return strcspn(text, ")");
}

static bool is_count(const char *line) {
  size_t digits = strspn(line, "0123456789");
  return digits > 0 &&
         (strcmp(line + digits, " mistake") == 0 || strcmp(line + digits, " mistakes") == 0);
}

static int compare_lines(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Takes the lines that count out of what was said; they point into it. Paths are relative to the
 * project. The kinds of destinations are many: the first one stands for the list. */
static size_t lines_of(const struct fixture *f, struct buffer *said, char **lines) {
  char root[600], *rest;
  size_t count = 0;
  snprintf(root, sizeof root, "%s/", f->root);
  rest = said->data;
  for (char *line; (line = strsep(&rest, "\n"));) {
    replace(line, root, NULL, "");
    if (strstr(line, "known: slack,"))
      replace(line, "known: slack,", to_bracket, "known: slack, …");
    if (*line && !is_count(line)) {
      assert_true(count < MOST_LINES);
      lines[count++] = line;
    }
  }
  qsort(lines, count, sizeof *lines, compare_lines);
  return count;
}

static int expected_status(const struct one_case *now) {
  for (size_t i = 0; i < now->expected_count; i++)
    if (!strstr(now->expected[i], ": warning: "))
      return EXIT_USAGE;
  return EXIT_DONE;
}

static void report(const struct one_case *now, int status, char *const *lines, size_t count) {
  print_error("%s: status %d, expected %d\n", now->title, status, expected_status(now));
  for (size_t i = 0; i < now->expected_count; i++)
    print_error("  expected %s\n", now->expected[i]);
  for (size_t i = 0; i < count; i++)
    print_error("  reported %s\n", lines[i]);
}

static void try_case(struct fixture *f) {
  struct one_case *now = &f->now;
  struct buffer said = BUFFER_NONE;
  char *lines[MOST_LINES];
  int status = check(f, &said);
  size_t count = lines_of(f, &said, lines);
  bool is_right = status == expected_status(now) && count == now->expected_count;
  qsort(now->expected, now->expected_count, sizeof *now->expected, compare_lines);
  for (size_t i = 0; is_right && i < count; i++)
    is_right = strcmp(lines[i], now->expected[i]) == 0;
  if (!is_right)
    report(now, status, lines, count);
  f->failures += !is_right;
  f->cases++;
  buffer_free(&said);
}

static void begin_case(struct fixture *f, const char *title) {
  f->now = (struct one_case){.config = BUFFER_NONE};
  snprintf(f->now.title, sizeof f->now.title, "%s", title);
  assert_int_equal(mkdir(f->folder, 0700), 0);
  assert_int_equal(chdir(f->folder), 0);
}

static void end_case(struct fixture *f) {
  struct one_case *now = &f->now;
  if (!*now->title)
    return;
  complete(f, &now->config);
  append("margay.yml", now->config.data);
  try_case(f);
  buffer_free(&now->config);
  assert_int_equal(chdir(f->root), 0);
  remove_tree(f->folder);
}

static void begin_file(struct one_case *now, const char *name) {
  bool is_config = strcmp(name, "margay.yml") == 0;
  snprintf(now->file, sizeof now->file, "%s", is_config ? "" : name);
  if (!is_config)
    append(name, "");
}

static void add_line(struct one_case *now, const char *line) {
  if (*now->file) {
    append(now->file, line);
    append(now->file, "\n");
  } else {
    buffer_printf(&now->config, "%s\n", line);
  }
}

static void take_line(struct fixture *f, char *line) {
  struct one_case *now = &f->now;
  if (starts(line, "=== ")) {
    end_case(f);
    begin_case(f, line + 4);
  } else if (starts(line, "+++ ")) {
    begin_file(now, line + 4);
  } else if (starts(line, "--- ")) {
    assert_true(now->expected_count < MOST_LINES);
    now->expected[now->expected_count++] = line + 4;
  } else if (*now->title && line[strspn(line, " \t")]) {
    add_line(now, line);
  }
}

static void each_mistake_is_reported_and_nothing_else_is(void **state) {
  struct fixture f = {.cases = 0};
  struct buffer cases = BUFFER_NONE;
  struct error error = ERROR_NONE;
  char base[] = "/tmp/margay-mistakes-XXXXXX";
  (void)state;
  assert_non_null(getcwd(f.root, sizeof f.root));
  assert_non_null(mkdtemp(base));
  snprintf(f.folder, sizeof f.folder, "%s/case", base);
  snprintf(f.output, sizeof f.output, "%s/output", base);
  if (file_read(CASES, FILE_REGULAR, 1 << 20, &cases, NULL, &error) != FILE_READ)
    fail_msg("%s: the tests run at the root of the project", error.text);
  char *rest = cases.data;
  for (char *line; (line = strsep(&rest, "\n"));)
    take_line(&f, line);
  end_case(&f);
  buffer_free(&cases);
  remove_tree(base);
  assert_int_equal(f.failures, 0);
  assert_in_range(f.cases, FEWEST, SIZE_MAX);
}

static int start(void **state) {
  struct error error = ERROR_NONE;
  (void)state;
  setenv("MARGAY_TEST_WORD", "sesame", 1);
  unsetenv("NOPE");
  unsetenv("ZOOM_SECRET");
  return http_global_start(&error) ? 0 : -1;
}

static int stop(void **state) {
  (void)state;
  http_global_stop();
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_mistake_is_reported_and_nothing_else_is),
  };
  return cmocka_run_group_tests(tests, start, stop);
}
