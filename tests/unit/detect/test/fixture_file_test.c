/* A fixture's name must not lead out of the folder of fixtures. */
#include "detect/test/fixture_file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/*   secret.json
 *   fixtures-other/a.json
 *   fixtures/a.json, sub/b.json, pipe
 *   fixtures/out -> ../secret.json, up -> .., inside -> sub/b.json, absolute -> …/secret.json,
 *   null -> /dev/null, self -> self
 */
static char base[64], folder[96], secret[96];

static void put(const char *name) {
  char path[192];
  snprintf(path, sizeof path, "%s/%s", base, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs("{}", file);
  fclose(file);
}

static void make_folder(const char *name) {
  char path[192];
  snprintf(path, sizeof path, "%s/%s", base, name);
  assert_int_equal(mkdir(path, 0700), 0);
}

static void link_to(const char *target, const char *name) {
  char path[192];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  assert_int_equal(symlink(target, path), 0);
}

static int start(void **state) {
  (void)state;
  char pipe[128];
  snprintf(base, sizeof base, "/tmp/margay-fixture-file-XXXXXX");
  assert_non_null(mkdtemp(base));
  snprintf(folder, sizeof folder, "%s/fixtures", base);
  snprintf(secret, sizeof secret, "%s/secret.json", base);
  make_folder("fixtures");
  make_folder("fixtures/sub");
  make_folder("fixtures-other");
  put("secret.json");
  put("fixtures-other/a.json");
  put("fixtures/a.json");
  put("fixtures/sub/b.json");
  link_to("../secret.json", "out");
  link_to("..", "up");
  link_to("sub/b.json", "inside");
  link_to(secret, "absolute");
  link_to("/dev/null", "null");
  link_to("self", "self");
  snprintf(pipe, sizeof pipe, "%s/pipe", folder);
  assert_int_equal(mkfifo(pipe, 0600), 0);
  return 0;
}

static int stop(void **state) {
  static const char *const names[] = {
      "fixtures/sub/b.json", "fixtures/sub",      "fixtures/a.json",
      "fixtures/out",        "fixtures/up",       "fixtures/inside",
      "fixtures/null",       "fixtures/absolute", "fixtures/self",
      "fixtures/pipe",       "fixtures",          "fixtures-other/a.json",
      "fixtures-other",      "secret.json",       ""};
  (void)state;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[192];
    snprintf(path, sizeof path, "%s/%s", base, names[i]);
    assert_int_equal(remove(path), 0);
  }
  return 0;
}

typedef int opener(const char *folder, const char *name);
static opener *const openers[] = {fixture_file_open, fixture_file_open_compared};

static void expect(opener *open, const char *name, int expected) {
  int file = open(folder, name), cause = file < 0 ? errno : 0;
  if (file >= 0)
    close(file);
  if (cause != expected)
    fail_msg("%s: %s, expected %s", name, strerror(cause), strerror(expected));
}

static void what_lies_beneath_the_folder_is_opened(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++) {
    expect(openers[i], "a.json", 0);
    expect(openers[i], "sub/b.json", 0);
    expect(openers[i], "./sub//b.json", 0);
    expect(openers[i], "inside", 0);
    expect(openers[i], "none.json", ENOENT);
    expect(openers[i], "self", ELOOP);
  }
}

static void what_leads_out_of_the_folder_is_refused(void **state) {
  static const char *const names[] = {
      "../secret.json", "../none.json", "sub/../../secret.json", "../fixtures-other/a.json",
      "/etc/passwd",    "out",          "up/secret.json",        "absolute",
      "null",           "..",
  };
  (void)state;
  for (int i = 0; i < 2; i++) {
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
      expect(openers[i], names[k], EXDEV);
    expect(openers[i], secret, EXDEV);
  }
}

static void only_regular_files_are_read(void **state) {
  static const struct {
    const char *name, *error;
    enum file_result result;
  } rows[] = {
      {"pipe", "it is a FIFO, not a regular file", FILE_REFUSED},
      {"sub", "it is a directory, not a regular file", FILE_REFUSED},
      {"out", "lies outside of the folder of fixtures: name a file in it", FILE_REFUSED},
      {"none.json", "No such file or directory", FILE_MISSING},
  };
  (void)state;
  const char *const folders[] = {folder, NULL};
  struct buffer bytes = BUFFER_NONE;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct error error = ERROR_NONE;
    assert_int_equal(fixture_file_read(folders, rows[i].name, &bytes, NULL, &error),
                     rows[i].result);
    assert_string_equal(error.text, rows[i].error);
  }
  struct error error = ERROR_NONE;
  assert_int_equal(fixture_file_read(folders, "inside", &bytes, NULL, &error), FILE_READ);
  assert_true(text_is(buffer_text(&bytes), "{}"));
  buffer_free(&bytes);
}

static void the_first_folder_that_has_a_file_is_read(void **state) {
  char sub[512];
  const char *const folders[] = {sub, folder, NULL};
  const char *found = NULL;
  struct buffer bytes = BUFFER_NONE;
  struct error error = ERROR_NONE;
  (void)state;
  snprintf(sub, sizeof sub, "%s/sub", folder);
  assert_int_equal(fixture_file_read(folders, "b.json", &bytes, &found, &error), FILE_READ);
  assert_ptr_equal(found, sub);
  assert_int_equal(fixture_file_read(folders, "a.json", &bytes, &found, &error), FILE_READ);
  assert_ptr_equal(found, folder);
  assert_int_equal(fixture_file_read(folders, "out", &bytes, &found, &error), FILE_REFUSED);
  buffer_free(&bytes);
}

static void a_file_that_no_folder_has_is_missing_and_each_folder_is_named(void **state) {
  const char *const folders[] = {"/nope", folder, NULL}, *const none[] = {NULL};
  const char *found = NULL;
  char expected[512];
  struct buffer bytes = BUFFER_NONE;
  struct error error = ERROR_NONE, no_folder = ERROR_NONE;
  (void)state;
  assert_int_equal(fixture_file_read(folders, "c.json", &bytes, &found, &error), FILE_MISSING);
  snprintf(expected, sizeof expected, "No such file or directory, nor in %s", folder);
  assert_string_equal(error.text, expected);
  assert_ptr_equal(found, folders[0]);
  assert_int_equal(fixture_file_read(none, "c.json", &bytes, &found, &no_folder), FILE_MISSING);
  assert_string_equal(no_folder.text, "there is no folder of fixtures");
  assert_null(found);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_lies_beneath_the_folder_is_opened),
      cmocka_unit_test(what_leads_out_of_the_folder_is_refused),
      cmocka_unit_test(only_regular_files_are_read),
      cmocka_unit_test(the_first_folder_that_has_a_file_is_read),
      cmocka_unit_test(a_file_that_no_folder_has_is_missing_and_each_folder_is_named),
  };
  return cmocka_run_group_tests(tests, start, stop);
}
