/* Lines in a file: whole, each on its own, and there when they are said to be. */
#include "alert/destination/siem/work_fixture.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct destination_type destination_file;

static char folder[64], path[96];
static const struct service service = {&destination_file, {{"path", path}}};

static int start(void **state) {
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/margay-file-XXXXXX");
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/alerts.ndjson", folder);
  return 0;
}

static int end(void **state) {
  (void)state;
  unlink(path);
  rmdir(path);
  return rmdir(folder);
}

static void put(const char *text) {
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
  close(fd);
}

/* How many lines are JSON objects, of those there are. */
static void assert_lines(size_t objects, size_t all) {
  char bytes[65536];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t size = read(fd, bytes, sizeof bytes - 1);
  close(fd);
  assert_true(size > 0 && bytes[size - 1] == '\n');
  bytes[size] = '\0';
  for (char *at = bytes, *line_end; (line_end = strchr(at, '\n')); at = line_end + 1, all--) {
    json_t *json = json_loadb(at, (size_t)(line_end - at), JSON_ALLOW_NUL, NULL);
    objects -= json_is_object(json);
    json_decref(json);
  }
  assert_int_equal(objects, 0);
  assert_int_equal(all, 0);
}

static void every_alert_is_a_line(void **state) {
  (void)state;
  struct stat stat_of;
  work_judge("first", &service, US_PER_SECOND, DELIVERY_DONE, NULL);
  work_judge("second", &service, US_PER_SECOND, DELIVERY_DONE, NULL);
  assert_lines(2, 2);
  assert_int_equal(stat(path, &stat_of), 0);
  assert_int_equal(stat_of.st_mode & 0777, 0600);
}

static void what_a_crash_cut_spoils_no_other_line(void **state) {
  (void)state;
  put("{\"id\":\"cut");
  work_judge("after it", &service, US_PER_SECOND, DELIVERY_DONE, NULL);
  assert_lines(1, 2);
}

static void a_rotated_file_is_left(void **state) {
  (void)state;
  char rotated[128];
  snprintf(rotated, sizeof rotated, "%s.1", path);
  work_judge("before", &service, US_PER_SECOND, DELIVERY_DONE, NULL);
  assert_int_equal(rename(path, rotated), 0);
  work_judge("after", &service, US_PER_SECOND, DELIVERY_DONE, NULL);
  assert_lines(1, 1);
  unlink(rotated);
}

static void what_cannot_be_written_is_tried_again(void **state) {
  (void)state;
  assert_int_equal(mkdir(path, 0700), 0);
  work_judge("a folder", &service, US_PER_SECOND, DELIVERY_RETRY, "cannot be opened: Is a dir");
  rmdir(path);
  assert_int_equal(mkfifo(path, 0600), 0);
  work_judge("a pipe", &service, US_PER_SECOND, DELIVERY_RETRY, "this is no file");
  unlink(path);
  static const struct service nowhere = {&destination_file, {{"path", "/tmp/margay/no/where"}}};
  work_judge("nowhere", &nowhere, US_PER_SECOND, DELIVERY_RETRY, "cannot be opened: No such file");
  put("");
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  assert_int_equal(flock(fd, LOCK_EX), 0);
  work_judge("locked", &service, 20 * US_PER_MS, DELIVERY_RETRY, "locked by another program");
  close(fd);
}

static void look(const struct delivery_request *request, const json_t *body) {
  (void)body;
  const char *line_end = strchr(request->body.data, '\n');
  assert_ptr_equal(line_end, request->body.data + request->body.size - 1);
}

static void hostile_alerts_are_one_line(void **state) {
  (void)state;
  service_hostile(&(struct hostile_service){&service, look, NULL, 1 << 20, true});
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(every_alert_is_a_line, start, end),
      cmocka_unit_test_setup_teardown(what_a_crash_cut_spoils_no_other_line, start, end),
      cmocka_unit_test_setup_teardown(a_rotated_file_is_left, start, end),
      cmocka_unit_test_setup_teardown(what_cannot_be_written_is_tried_again, start, end),
      cmocka_unit_test_setup_teardown(hostile_alerts_are_one_line, start, end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
