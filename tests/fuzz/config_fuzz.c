/*
 * margay.yml of any bytes: it can be used, or every mistake is a problem with its place. What was
 * read is equal to itself, and no problem holds what a terminal would act on.
 */
#include "command/config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
  if (!holds)
    abort();
}

/* Names of files and variables in it are not followed anywhere that blocks or is large. */
static bool is_wild(struct text text) {
  return text_contains(text, TEXT("/dev")) || text_contains(text, TEXT("/proc"));
}

static void check_problem(const struct error *problem) {
  must(problem->set);
  for (const char *at = problem->text; *at; at++)
    must((uint8_t)*at >= 0x20 && *at != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static char path[64];
  struct problems problems = PROBLEMS_NONE;
  if (is_wild((struct text){(const char *)data, size}))
    return 0;
  if (!*path)
    snprintf(path, sizeof path, "/dev/shm/margay_config_fuzz.%ld.yml", (long)getpid());
  FILE *file = fopen(path, "wb");
  must(file && fwrite(data, 1, size, file) == size && fclose(file) == 0);
  struct config *config = config_load(path, &problems);
  must(config || problems.count > 0);
  for (size_t i = 0; i < problems.count; i++)
    check_problem(&problems.items[i]);
  if (config && problems.count == 0)
    must(config_compare(config, config, NULL, NULL) == 0);
  config_free(config);
  problems_clear(&problems);
  unlink(path);
  return 0;
}
