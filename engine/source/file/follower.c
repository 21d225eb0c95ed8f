/* What a follower knows of files, from one run to the next. */
#include "base/memory.h"
#include "source/file/follower_internal.h"

#include <stdlib.h>

struct followed *follower_add(struct follower *follower, struct followed *file) {
  follower->files = memory_reserve(follower->files, &follower->capacity, follower->count + 1,
                                   sizeof(*follower->files));
  follower->files[follower->count++] = file;
  return file;
}

bool follower_push_part(struct follower *follower, const struct followed *file, bool forget) {
  const struct source_run *run = follower->run;
  char part[FOLLOWED_PART_SIZE];
  struct batch *batch = batch_new_listed(0);
  batch->log_type = follower->options.log_type;
  batch->checkpoint = forget ? memory_copy_string("") : followed_write(file);
  batch->checkpoint_part = memory_copy_string(followed_part(file, part));
  batch->received_at = follower->now;
  return run->output.push(run->output.context, batch);
}

struct loading {
  struct follower *follower;
  bool damaged;
};

static void load_part(void *context, struct text part, struct text checkpoint) {
  (void)part;
  struct loading *loading = context;
  struct error error = ERROR_NONE;
  const struct json_node *root = json_read_copy(loading->follower->reader, checkpoint, &error);
  struct followed *file = root ? followed_read(root, false) : NULL;
  if (file)
    follower_add(loading->follower, file);
  loading->damaged = loading->damaged || !file;
}

static bool is_known(const struct follower *follower, const struct followed *file) {
  for (size_t i = 0; i < follower->count; i++)
    if (follower->files[i]->inode == file->inode && !follower->files[i]->former)
      return true;
  return false;
}

/* margay 0.1.0 kept one list of all files. It becomes parts, and an empty list. */
static bool convert(struct follower *follower, const struct json_node *files) {
  const struct source_run *run = follower->run;
  for (JSON_EACH(entry, files)) {
    struct followed *file = followed_read(entry, true);
    if (!file)
      return false;
    if (is_known(follower, file)) { /* a crash came between two parts */
      followed_free(file);
      continue;
    }
    follower_add(follower, file);
    struct stat status;
    if (stat(file->path, &status) == 0 && (uint64_t)status.st_ino == file->inode)
      file->device = (uint64_t)status.st_dev;
    if (!follower_push_part(follower, file, false))
      return true;
  }
  if (json_at(files, 0)) {
    struct batch *batch = batch_new_listed(0);
    batch->checkpoint = memory_copy_string("{\"files\":[]}");
    batch->received_at = follower->now;
    run->output.push(run->output.context, batch);
  }
  return true;
}

static bool load(struct follower *follower, struct error *error) {
  const struct source_memory *memory = &follower->run->memory;
  struct buffer text = BUFFER_NONE;
  struct loading loading = {.follower = follower};
  bool found;
  bool ok = memory->parts(memory->context, load_part, &loading, error) &&
            memory->checkpoint(memory->context, &text, &found, error);
  if (ok && found && !loading.damaged) {
    const struct json_node *root = json_read_copy(follower->reader, buffer_text(&text), error);
    const struct json_node *files = root ? json_get(root, TEXT("files")) : NULL;
    loading.damaged = !files || files->type != JSON_TYPE_ARRAY || !convert(follower, files);
  }
  buffer_free(&text);
  if (ok && loading.damaged)
    ok = error_set(error, "the checkpoint cannot be read: it is not what this version writes");
  return ok;
}

struct follower *follower_new(const struct source_run *run, const struct follower_options *options,
                              struct error *error) {
  struct follower *follower = memory_alloc(sizeof *follower);
  follower->run = run;
  follower->options = *options;
  follower->found.folder = options->folder;
  follower->found.context = options->context;
  follower->reader = json_reader_new();
  follower->now = clock_now(&run->clock);
  if (load(follower, error))
    return follower;
  follower_free(follower);
  return NULL;
}

void follower_free(struct follower *follower) {
  if (!follower)
    return;
  for (size_t i = 0; i < follower->count; i++)
    followed_free(follower->files[i]);
  free(follower->files);
  free(follower->order);
  found_files_free(&follower->found);
  map_clear(&follower->by_inode, NULL);
  map_clear(&follower->turns, free);
  map_clear(&follower->passed, NULL);
  map_clear(&follower->reported, NULL);
  json_reader_free(follower->reader);
  free(follower);
}
