/* One look of a follower: what is there, what has changed, and a turn of reading. */
#include "base/file_text.h"
#include "base/memory.h"
#include "source/file/copy.h"
#include "source/file/follower_internal.h"

#include <stdlib.h>
#include <unistd.h>

/* A batch counts for so much of a turn at least. */
#define TURN_BATCH_SIZE ((size_t)64 * 1024)
/* Who has a file open that was renamed or removed may write to it until a rotation is complete. */
#define UNSEEN_KEPT (30 * US_PER_SECOND)
/* For so long what was read is known by its marks when its file is gone, for a copy of it that
 * comes late. */
#define GONE_KEPT US_PER_HOUR
#define GONE_MAX 1000
/* After so long without a change, a last line without its newline is taken if it is whole, and the
 * middle of a line or an archive is reported. */
#define END_WAIT (10 * US_PER_SECOND)
/* Files that stay open between two looks: a descriptor and some KiB each. */
#define OPEN_MAX 128

/* Of a series, in this look. */
struct turn {
  size_t left;
  bool taken; /* an older file has more to read */
};

#define LOG_FILE(follower, file)                                                                   \
  LOG_TEXT("source", (follower)->run->source->id), LOG_STRING("path", (file)->path)

/* ---- reading ----------------------------------------------------------------------------- */

/* Several files may hold the same record at the same position; the path keeps their rows apart. One
 * file alone counts by position only. */
static uint64_t occurrence_base(const struct follower *follower, const struct followed *file) {
  if (strcmp(file->path, follower->options.path) == 0)
    return 0;
  return (text_hash(text_from(file->path)) | 1) << 44;
}

/* Pushes records of a file, with its place behind them. False: stop now. */
static bool push(struct follower *follower, struct followed *file, struct batch *batch) {
  const struct source_run *run = follower->run;
  char part[FOLLOWED_PART_SIZE];
  uint64_t base = occurrence_base(follower, file);
  batch->position += base;
  for (size_t i = 0; i < batch->count; i++)
    batch->records[i].occurrence += base;
  file->place = stream_place(file->stream);
  file->mark = stream_mark(file->stream);
  file->packed = stream_packed(file->stream);
  if (follower->options.log_type.size > 0)
    batch->log_type = follower->options.log_type;
  batch->checkpoint = followed_write(file);
  batch->checkpoint_part = memory_copy_string(followed_part(file, part));
  batch->received_at = clock_now(&run->clock);
  return run->output.push(run->output.context, batch);
}

/* Pushes what the file has, up to so many bytes. False: stop now. */
static bool read_on(struct follower *follower, struct followed *file, bool growing, size_t *left) {
  struct error error = ERROR_NONE;
  struct batch *batch = NULL;
  while (*left > 0 && !atomic_load(follower->run->stop) &&
         (batch = stream_next(file->stream, growing, &error))) {
    size_t size = batch->size > TURN_BATCH_SIZE ? batch->size : TURN_BATCH_SIZE;
    *left -= size < *left ? size : *left;
    if (!push(follower, file, batch))
      return false;
  }
  file->read_at = follower->look;
  file->more = batch != NULL;
  if (error.set) {
    file->damaged = true;
    LOG_WARN(follower->run->log, "cannot read on", LOG_TEXT("source", follower->run->source->id),
             LOG_ERROR_LINE(&error));
  }
  if (growing && !file->more && !file->damaged) {
    file->cut = stream_is_cut(file->stream);
    file->half_line = !file->cut && stream_rest(file->stream).size > 0;
    stream_rest_memory(file->stream);
  }
  return !atomic_load(follower->run->stop);
}

static bool is_whole(struct follower *follower, struct text line) {
  struct error error = ERROR_NONE;
  return json_read_copy(follower->reader, line, &error) != NULL;
}

/* A last line without its newline, in a file that does not grow. Whoever writes whole files may
 * leave the newline out; whoever writes lines may have stopped in the middle of one. False: stop
 * now. */
static bool take_half_line(struct follower *follower, struct followed *file) {
  struct text line = stream_rest(file->stream);
  file->half_line = false;
  if (is_whole(follower, line)) {
    struct batch *batch = stream_take_rest(file->stream);
    return !batch || push(follower, file, batch);
  }
  if (line.size > 0 && !file->half_line_reported)
    LOG_WARN(follower->run->log, "a file ends in the middle of a line; waiting for the rest",
             LOG_FILE(follower, file), LOG_INT("bytes", line.size));
  file->half_line_reported = true;
  return true;
}

/* An archive that ends in the middle, and is perhaps still being written. */
static void report_cut(const struct follower *follower, struct followed *file) {
  file->cut = false;
  if (!file->cut_reported)
    LOG_WARN(follower->run->log,
             "a file ends in the middle of what is compressed in it; waiting for the rest",
             LOG_FILE(follower, file), LOG_INT("bytes", stream_packed(file->stream)));
  file->cut_reported = true;
}

static void close_file(struct follower *follower, struct followed *file) {
  follower->open -= file->stream != NULL;
  followed_close(file);
}

/* What stood in the file is kept apart, for a copy of it; the file is read from its start. False:
 * stop now. */
static bool start_anew(struct follower *follower, struct followed *file, const char *why) {
  LOG_INFO(follower->run->log, why, LOG_FILE(follower, file),
           LOG_INT("position", file->place.position));
  follower->open -= file->stream != NULL;
  struct followed *former = followed_split(file);
  former->gone_since = follower->now;
  file->undecided = true; /* another file may have got the inode, and be a copy */
  file->found_at = follower->now;
  follower_add(follower, former);
  return follower_push_part(follower, former, false);
}

static const char another_start[] = "the file has another start, reading it from there";

/* False: stop now. Without a stream it cannot be read now: the cause is reported, or it is to be
 * decided anew. */
static bool open_file(struct follower *follower, struct followed *file) {
  struct error error = ERROR_NONE;
  file->stream = stream_resume(file->path, &file->place, &error);
  follower->open += file->stream != NULL;
  if (file->stream && !stream_fits(file->stream, &file->mark))
    return start_anew(follower, file, another_start);
  /* What cannot be unpacked up to the place is not what was read. */
  if (!file->stream && file->packed > 0 && access(file->path, R_OK) == 0)
    return start_anew(follower, file, another_start);
  if (!file->stream && !file->unreadable)
    LOG_ERROR(follower->run->log, "cannot read a file",
              LOG_TEXT("source", follower->run->source->id), LOG_ERROR_LINE(&error));
  file->unreadable = file->stream == NULL;
  return true;
}

/* ---- what is there ----------------------------------------------------------------------- */

/* Reports it when it is new. */
static void pass_over(struct follower *follower, const struct found_file *found) {
  static char is_there;
  struct text key = text_from(found->path);
  map_put(&follower->passed, key, &is_there);
  if (map_get(&follower->reported, key))
    return;
  struct error error = ERROR_NONE;
  int file = found->why ? -1 : file_open(found->path, FILE_REGULAR, NULL, &error);
  if (found->why)
    error_set(&error, "'%s': %s", found->path, found->why);
  if (file >= 0) /* replaced just now: the next look reads it */
    close(file);
  else
    LOG_WARN(follower->run->log, "a path was passed over",
             LOG_TEXT("source", follower->run->source->id), LOG_ERROR_LINE(&error));
}

static const char *inode_key(uint64_t device, uint64_t inode, char key[FOLLOWED_PART_SIZE]) {
  const struct followed file = {.device = device, .inode = inode};
  return followed_part(&file, key);
}

static void index_files(struct follower *follower) {
  char key[FOLLOWED_PART_SIZE];
  map_clear(&follower->by_inode, NULL);
  for (size_t i = 0; i < follower->count; i++) {
    struct followed *file = follower->files[i];
    file->seen = false;
    if (!file->former)
      map_put(&follower->by_inode, text_from(followed_part(file, key)), file);
  }
}

/* What is known of this file, whatever it was called before. */
static struct followed *recognise(struct follower *follower, const char *path,
                                  const struct stat *status) {
  char key[FOLLOWED_PART_SIZE];
  uint64_t device = (uint64_t)status->st_dev, inode = (uint64_t)status->st_ino;
  struct followed *file = map_get(&follower->by_inode, text_from(inode_key(device, inode, key)));
  if (!file && (file = map_get(&follower->by_inode, text_from(inode_key(0, inode, key)))))
    file->device = device;
  if (!file) {
    file = follower_add(follower, followed_new(path, device, inode));
    file->undecided = file->more = true;
    map_put(&follower->by_inode, text_from(inode_key(device, inode, key)), file);
  }
  struct stat old;
  bool renamed = !file->seen && strcmp(file->path, path) != 0 &&
                 (stat(file->path, &old) != 0 || (uint64_t)old.st_ino != inode);
  if (renamed)
    followed_rename(file, path);
  return file;
}

/* Whether the file still holds what was read from it. False: stop now. */
static bool check_content(struct follower *follower, struct followed *file) {
  uint64_t read = 0, total;
  if (file->stream && !file->packed)
    stream_progress(file->stream, &read, &total);
  if (file->size < (file->packed ? file->packed : file->place.position))
    return start_anew(follower, file, "the file became shorter, reading it from its start");
  if (file->stream && !stream_is_intact(file->stream))
    return start_anew(follower, file, another_start);
  if (file->size < read || (file->stream && !stream_rest_is_intact(file->stream)))
    close_file(follower, file); /* with the half line that it has read already */
  return true;
}

/* False: stop now. */
static bool look_at(struct follower *follower, const struct found_file *found) {
  if (found->why || !S_ISREG(found->status.st_mode)) {
    pass_over(follower, found);
    return true;
  }
  struct followed *file = recognise(follower, found->path, &found->status);
  if (file->seen)
    return true; /* one file with two names */
  file->seen = true;
  if (file->gone_since != 0) /* another file may have got its inode, and be a copy */
    file->undecided = file->more = true;
  file->unseen_since = file->gone_since = 0;
  file->moved_away = file->copied = false;
  follower->order = memory_reserve(follower->order, &follower->order_capacity,
                                   follower->order_count + 1, sizeof(*follower->order));
  follower->order[follower->order_count++] = file;
  bool changed = followed_look(file, &found->status, follower->now);
  file->more = file->more || changed || file->unreadable;
  file->half_line_reported = file->half_line_reported && !changed;
  file->cut_reported = file->cut_reported && !changed;
  return !changed || file->undecided || check_content(follower, file);
}

/* ---- what is gone ------------------------------------------------------------------------ */

/* A file that has gone, or has a name that is not wanted. Who wrote to it may go on for a while, so
 * an open one is read for that long. False: stop now. */
static bool look_at_unseen(struct follower *follower, struct followed *file) {
  size_t all = SIZE_MAX;
  file->moved_away = file->moved_away || (file->stream && stream_has_name(file->stream));
  if (file->unseen_since == 0)
    file->unseen_since = follower->now;
  bool last = !file->stream || file->damaged || !follower->options.follow ||
              follower->now - file->unseen_since >= UNSEEN_KEPT ||
              follower->now < file->unseen_since;
  if (file->stream && !file->damaged && !read_on(follower, file, !last, &all))
    return false;
  if (!last)
    return true;
  close_file(follower, file);
  file->gone_since = follower->now;
  if (file->copied || file->undecided)
    return true;
  LOG_WARN(follower->run->log, "a file is gone or was replaced", LOG_FILE(follower, file),
           LOG_INT("position", file->place.position));
  return follower_push_part(follower, file, false);
}

static bool look_at_all_unseen(struct follower *follower) {
  for (size_t i = 0; i < follower->count; i++) {
    struct followed *file = follower->files[i];
    if (!file->seen && !file->former && file->gone_since == 0 && !look_at_unseen(follower, file))
      return false;
  }
  return true;
}

/* The `most` that left last are kept, for as long as a copy of them may come. */
static bool is_past(const struct follower *follower, const struct followed *file, size_t gone) {
  time_us since = follower->now - file->gone_since;
  return file->gone_since != 0 &&
         (file->copied || file->undecided || since >= GONE_KEPT || gone > GONE_MAX);
}

static bool forget_gone(struct follower *follower) {
  size_t gone = 0, kept = 0;
  bool go_on = true;
  for (size_t i = 0; i < follower->count; i++)
    gone += follower->files[i]->gone_since != 0;
  for (size_t i = 0; i < follower->count; i++) {
    struct followed *file = follower->files[i];
    if (!go_on || !is_past(follower, file, gone)) {
      follower->files[kept++] = file;
      continue;
    }
    gone--;
    go_on = file->undecided || follower_push_part(follower, file, true);
    followed_free(file);
  }
  follower->count = kept;
  return go_on;
}

/* ---- turns ------------------------------------------------------------------------------- */

/* Whether the file may be read, as itself or as a copy. False: stop now. */
static bool decide(struct follower *follower, struct followed *file) {
  struct followed *original = NULL;
  bool growing = follower->options.follow;
  enum copy_answer answer =
      copy_find(file, follower->files, follower->count, growing, follower->now, &original);
  if (answer == COPY_PERHAPS || answer == COPY_OF_READ) {
    if (!file->copy_reported)
      LOG_INFO(follower->run->log, "a file may be a copy of one that was read; waiting",
               LOG_FILE(follower, file), LOG_STRING("original", original->path));
    file->copy_reported = true;
    file->more = growing;
    return true;
  }
  file->undecided = false;
  file->more = true;
  if (answer == COPY_NONE)
    return true;
  follower->open += file->stream != NULL;
  LOG_INFO(follower->run->log, "a file is a copy of one that was read, going on behind that",
           LOG_FILE(follower, file), LOG_STRING("original", original->path),
           LOG_INT("position", file->place.position));
  original->copied = !original->seen;
  if (original->former)
    original->gone_since = follower->now;
  /* Before the original may be forgotten. */
  return follower_push_part(follower, file, false);
}

static struct turn *turn_of(struct follower *follower, const struct followed *file) {
  struct turn *turn = map_get(&follower->turns, text_from(file->series));
  if (turn)
    return turn;
  turn = memory_alloc(sizeof *turn);
  turn->left = follower->options.turn_size > 0 ? follower->options.turn_size : FOLLOWER_TURN_SIZE;
  map_put(&follower->turns, text_from(file->series), turn);
  return turn;
}

/* Closes those that were read longest ago, but none that may only be reached through its stream. */
static void bound_open(struct follower *follower) {
  while (follower->open > OPEN_MAX) {
    struct followed *oldest = NULL;
    for (size_t i = 0; i < follower->count; i++) {
      struct followed *file = follower->files[i];
      if (file->stream && file->seen && !file->more && (!oldest || file->read_at < oldest->read_at))
        oldest = file;
    }
    if (!oldest)
      return;
    close_file(follower, oldest);
  }
}

/* A file that does not end as one should, and has not changed for a while. False: stop now. */
static bool look_at_end(struct follower *follower, struct followed *file) {
  if (!follower->options.follow || !file->stream || file->damaged ||
      follower->now - file->changed_at < END_WAIT)
    return true;
  if (file->cut)
    report_cut(follower, file);
  return !file->half_line || take_half_line(follower, file);
}

/* Decides what it is, and opens it: it is then to be read unless it is undecided or has no stream.
 * False: stop now. */
static bool make_ready(struct follower *follower, struct followed *file) {
  for (int tries = 0; tries < 2; tries++) {
    if (file->undecided && !decide(follower, file))
      return false;
    if (file->undecided || file->stream)
      return true;
    if (!open_file(follower, file))
      return false;
    if (!file->undecided)
      return true;
  }
  return true;
}

/* A turn of one file that may have more. False: stop now. */
static bool take_turn(struct follower *follower, struct followed *file, bool *more) {
  bool follow = follower->options.follow;
  struct turn *turn = turn_of(follower, file);
  if (turn->taken || turn->left == 0) {
    turn->taken = *more = true;
    return true;
  }
  if (!make_ready(follower, file))
    return false;
  if (file->undecided)
    return true;
  if (!file->stream || file->damaged) {
    file->more = false;
    return true;
  }
  bool go_on = read_on(follower, file, follow, &turn->left);
  turn->taken = file->more;
  *more = *more || file->more;
  if (!file->more && (!follow || file->damaged))
    close_file(follower, file);
  bound_open(follower);
  return go_on;
}

static bool take_turns(struct follower *follower, bool *more) {
  bool go_on = true;
  map_clear(&follower->turns, free);
  for (size_t i = 0; go_on && i < follower->order_count; i++) {
    struct followed *file = follower->order[i];
    go_on = file->more ? take_turn(follower, file, more) : look_at_end(follower, file);
  }
  return go_on;
}

/* ---- the look ---------------------------------------------------------------------------- */

static bool report_found(struct follower *follower, struct error *error) {
  const char *path = follower->options.path;
  bool follow = follower->options.follow;
  if (follower->found.count == 0 && !follow)
    return error_set(error, "no file is called '%s'", path);
  if (follower->found.count == 0 && !follower->nothing_found)
    LOG_WARN(follower->run->log, "no file is there yet",
             LOG_TEXT("source", follower->run->source->id), LOG_STRING("path", path));
  follower->nothing_found = follower->nothing_found || follower->found.count == 0;
  return follow || follower->passed.count < follower->found.count ||
         error_set(error, "'%s' finds no regular file; the log says what each is that it finds",
                   path);
}

/* How the source is after a look: one file that cannot be read stands for all. */
static void report_health(const struct follower *follower) {
  struct error error = ERROR_NONE;
  for (size_t i = 0; i < follower->count && !error.set; i++)
    if (follower->files[i]->gone_since == 0 &&
        (follower->files[i]->unreadable || follower->files[i]->damaged))
      error_set(&error, "%s cannot be read%s; the log says why", follower->files[i]->path,
                follower->files[i]->damaged ? " on" : "");
  if (error.set)
    source_fails(follower->run, "", SOURCE_FAULT_OTHER, &error);
  else
    source_works(follower->run, "");
}

bool follower_look(struct follower *follower, bool *more, struct error *error) {
  *more = false;
  follower->look++;
  follower->now = clock_now(&follower->run->clock);
  follower->order_count = 0;
  map_clear(&follower->reported, NULL);
  follower->reported = follower->passed;
  follower->passed = MAP_NONE;
  if (!find_files(follower->options.path, &follower->found, error))
    return false;
  index_files(follower);
  bool go_on = true;
  for (size_t i = 0; go_on && i < follower->found.count; i++)
    go_on = look_at(follower, &follower->found.items[i]);
  go_on = go_on && report_found(follower, error) && look_at_all_unseen(follower) &&
          take_turns(follower, more) && forget_gone(follower);
  if (go_on)
    report_health(follower);
  return go_on;
}
