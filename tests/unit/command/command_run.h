/* A command on the store of a test: from its arguments to what it prints and its exit status. */
#ifndef TESTS_COMMAND_RUN_H
#define TESTS_COMMAND_RUN_H

#include "store/store_fixture.h"

#include "command/command.h"

#include <fcntl.h>
#include <string.h>

struct ran {
  int status;
  char out[32768], error[8192];
};

static inline void ran_take(const char *path, char *text, size_t size) {
  FILE *file = fopen(path, "r");
  text[fread(text, 1, size - 1, file)] = '\0';
  fclose(file);
}

/* Runs a command with this fixture's store for DB; arguments are separated by spaces. */
static inline struct ran run_on_store(const struct command *command, struct store_fixture *f,
                                      const char *arguments) {
  char words[512], out[128], error[128], *argv[24] = {memory_copy_string(command->name)};
  int argc = 1;
  snprintf(words, sizeof words, "%s", arguments);
  for (char *word, *rest = words; (word = strsep(&rest, " "));)
    if (*word)
      argv[argc++] = strcmp(word, "DB") == 0 ? f->path : word;
  snprintf(out, sizeof out, "%s/out", f->directory);
  snprintf(error, sizeof error, "%s/error", f->directory);

  fflush(stdout);
  fflush(stderr);
  const char *const paths[] = {out, error};
  int kept[2];
  for (int i = 0; i < 2; i++) {
    kept[i] = dup(i + 1);
    int file = open(paths[i], O_CREAT | O_TRUNC | O_WRONLY, 0600);
    dup2(file, i + 1);
    close(file);
  }
  struct ran ran = {.status = command->run(argc, argv)};
  fflush(stdout);
  fflush(stderr);
  for (int i = 0; i < 2; i++) {
    dup2(kept[i], i + 1);
    close(kept[i]);
  }
  ran_take(out, ran.out, sizeof ran.out);
  ran_take(error, ran.error, sizeof ran.error);
  free(argv[0]);
  return ran;
}

#endif
