/* Files of every kind, read whole or refused at once: an alarm ends the test that waits. */
#include "base/file_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define SIZE_MAX_READ ((size_t)4096)
#define PATIENCE 20 /* seconds; nothing here takes one */

struct folder {
  char path[64], file[128];
};

static int enter(void **state) {
  struct folder *folder = calloc(1, sizeof *folder);
  snprintf(folder->path, sizeof folder->path, "/tmp/file_text.XXXXXX");
  assert_non_null(mkdtemp(folder->path));
  assert_int_equal(chdir(folder->path), 0);
  alarm(PATIENCE);
  *state = folder;
  return 0;
}

static int leave(void **state) {
  struct folder *folder = *state;
  char command[128];
  alarm(0);
  assert_int_equal(chdir("/"), 0);
  snprintf(command, sizeof command, "rm -rf '%s'", folder->path);
  assert_int_equal(system(command), 0);
  free(folder);
  return 0;
}

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static void make_socket(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_true(file >= 0);
  assert_int_equal(bind(file, (struct sockaddr *)&address, sizeof address), 0);
  close(file);
}

static void make_every_kind(void) {
  write_file("large", "");
  assert_int_equal(truncate("large", (off_t)SIZE_MAX_READ + 1), 0);
  write_file("forbidden", "secret");
  assert_int_equal(chmod("forbidden", 0), 0);
  assert_int_equal(mkdir("folder", 0700), 0);
  assert_int_equal(mkfifo("fifo", 0600), 0);
  make_socket("socket");
  assert_int_equal(symlink("circle", "circle"), 0);
  assert_int_equal(symlink("nowhere", "dangling"), 0);
  assert_int_equal(symlink("fifo", "link-to-fifo"), 0);
}

struct refusal {
  const char *path;
  enum file_result result;
  const char *text;
};

static void assert_refused(const struct refusal *expected, enum file_kinds kinds) {
  struct buffer out = BUFFER_NONE;
  struct error error = ERROR_NONE;
  buffer_append_string(&out, "before");
  enum file_result result = file_read(expected->path, kinds, SIZE_MAX_READ, &out, NULL, &error);
  if (result != expected->result || !strstr(error.text, expected->text))
    fail_msg("%s: result %d, '%s'", expected->path, (int)result, error.text);
  assert_string_equal(error.file, expected->path);
  assert_true(text_is(buffer_text(&out), "before"));
  buffer_free(&out);
}

static const struct refusal refusals[] = {
    {"nothing", FILE_MISSING, "No such file or directory"},
    {"dangling", FILE_MISSING, "it is a symbolic link to something that is not there"},
    {"circle", FILE_REFUSED, "its symbolic links go round in a circle"},
    {"folder", FILE_REFUSED, "it is a directory, not a regular file"},
    {"fifo", FILE_REFUSED, "it is a FIFO, not a regular file"},
    {"link-to-fifo", FILE_REFUSED, "it is a FIFO, not a regular file"},
    {"socket", FILE_REFUSED, "it is a socket, not a regular file"},
    {"/dev/zero", FILE_REFUSED, "it is a device, not a regular file"},
    {"/dev/null", FILE_REFUSED, "it is a device, not a regular file"},
    {"large", FILE_REFUSED, "larger than 4 KiB"},
    {"/proc/self/mem", FILE_REFUSED, "Input/output error"},
};

static void what_is_no_regular_file_is_refused_at_once(void **state) {
  (void)state;
  make_every_kind();
  for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
    assert_refused(&refusals[i], FILE_REGULAR);
    assert_refused(&refusals[i], FILE_HANDED_OVER);
  }
  if (geteuid() != 0)
    assert_refused(&(struct refusal){"forbidden", FILE_REFUSED, "Permission denied"}, FILE_REGULAR);
}

static void a_stream_may_be_anything_that_ends(void **state) {
  (void)state;
  make_every_kind();
  static const struct refusal still_refused[] = {
      {"circle", FILE_REFUSED, "its symbolic links go round in a circle"},
      {"folder", FILE_REFUSED, "it is a directory"},
      {"socket", FILE_REFUSED, "it is a socket"},
      {"/dev/zero", FILE_REFUSED, "it is a device"},
  };
  for (size_t i = 0; i < sizeof still_refused / sizeof *still_refused; i++)
    assert_refused(&still_refused[i], FILE_STREAM);
  int file = file_open("/dev/null", FILE_STREAM, NULL, NULL);
  assert_true(file >= 0);
  close(file);
}

static void a_regular_file_is_read_whole(void **state) {
  (void)state;
  struct buffer out = BUFFER_NONE;
  struct error error = ERROR_NONE;
  struct stat status;
  write_file("some", "text");
  write_file("none", "");
  assert_int_equal(symlink("some", "link"), 0);
  assert_int_equal(file_read("link", FILE_REGULAR, 4, &out, &status, &error), FILE_READ);
  assert_int_equal(file_read("some", FILE_REGULAR, 4, &out, NULL, &error), FILE_READ);
  assert_int_equal(file_read("none", FILE_REGULAR, 0, &out, NULL, &error), FILE_READ);
  assert_true(text_is(buffer_text(&out), "texttext"));
  assert_int_equal(status.st_size, 4);
  assert_int_equal(file_read("some", FILE_REGULAR, 3, &out, NULL, &error), FILE_REFUSED);
  buffer_free(&out);
}

/* Files of /proc have the size 0. */
static void the_bytes_count_and_not_the_size(void **state) {
  (void)state;
  struct buffer out = BUFFER_NONE;
  struct error error = ERROR_NONE;
  assert_int_equal(file_read("/proc/self/status", FILE_REGULAR, 65536, &out, NULL, &error),
                   FILE_READ);
  assert_true(out.size > 0);
  buffer_reset(&out);
  assert_int_equal(file_read("/proc/self/status", FILE_REGULAR, 10, &out, NULL, &error),
                   FILE_REFUSED);
  buffer_free(&out);
}

/* The name of a pipe's reading end; what is written to it is `text`, and nobody writes any more. */
static const char *hand_over(const char *text, int *reading) {
  static char name[32];
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
  close(ends[1]);
  *reading = ends[0];
  snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
  return name;
}

static void a_pipe_that_was_handed_over_is_read_where_it_is_wanted(void **state) {
  (void)state;
  struct buffer out = BUFFER_NONE;
  struct error error = ERROR_NONE;
  int reading;
  const char *name = hand_over("through a pipe", &reading);
  assert_int_equal(file_read(name, FILE_REGULAR, 100, &out, NULL, &error), FILE_REFUSED);
  error_clear(&error);
  assert_int_equal(file_read(name, FILE_HANDED_OVER, 100, &out, NULL, &error), FILE_READ);
  assert_true(text_is(buffer_text(&out), "through a pipe"));
  close(reading);
  buffer_free(&out);
}

static void a_pipe_that_was_read_before_is_not_an_empty_file(void **state) {
  (void)state;
  struct buffer out = BUFFER_NONE;
  struct error error = ERROR_NONE;
  int reading;
  const char *name = hand_over("", &reading);
  assert_int_equal(file_read(name, FILE_HANDED_OVER, 100, &out, NULL, &error), FILE_REFUSED);
  assert_non_null(strstr(error.text, "a pipe can be read once only"));
  close(reading);
  buffer_free(&out);
}

static void what_was_found_is_known_even_if_it_is_refused(void **state) {
  (void)state;
  struct stat status;
  struct error error = ERROR_NONE;
  make_every_kind();
  assert_int_equal(file_open("fifo", FILE_REGULAR, &status, &error), -1);
  assert_true(S_ISFIFO(status.st_mode));
  assert_int_equal(file_open("socket", FILE_REGULAR, &status, &error), -1);
  assert_true(S_ISSOCK(status.st_mode));
  assert_int_equal(file_open("nothing", FILE_REGULAR, &status, &error), -1);
  assert_int_equal(status.st_ino, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, enter, leave)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(what_is_no_regular_file_is_refused_at_once),
      TEST(a_stream_may_be_anything_that_ends),
      TEST(a_regular_file_is_read_whole),
      TEST(the_bytes_count_and_not_the_size),
      TEST(a_pipe_that_was_handed_over_is_read_where_it_is_wanted),
      TEST(a_pipe_that_was_read_before_is_not_an_empty_file),
      TEST(what_was_found_is_known_even_if_it_is_refused),
  };
  return cmocka_run_group_tests_name("file_text", tests, NULL, NULL);
}
