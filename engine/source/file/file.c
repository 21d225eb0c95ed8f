/*
 * The source `file`: the records of a file, or of all files that a pattern names, once or for as
 * long as they grow.
 *
 * Every batch carries the place behind it in its file, so a crash goes on exactly there. A file is
 * known by its inode: one that was renamed goes on where it was, one that was replaced or became
 * shorter starts anew. So does one whose first bytes are others: inodes are used again, and files
 * are written over. The place in a compressed file is one in what comes out of it, so going on
 * there unpacks what is before it again.
 */
#include "base/file_text.h"
#include "base/map.h"
#include "base/memory.h"
#include "event/json/json.h"
#include "source/file/stream.h"
#include "source/source.h"

#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNSEEN_KEPT (30 * US_PER_SECOND)
#define START_SIZE_MAX 1024 /* of a file's first bytes that were read */

struct file_options {
  struct text path, log_type; /* NUL-terminated */
  int64_t poll_interval;      /* microseconds */
  bool follow;
};

struct followed {
  char *path;
  uint64_t inode;
  struct stream_place place; /* committed, or on its way with a batch */
  uint64_t start;            /* hash of its first bytes; 0: not known */
  size_t start_size;         /* how many */
  struct stream *stream;     /* open while it is read, and between two looks when following */
  bool unreadable;           /* reported already */
  bool damaged;              /* its stream ended with an error: not read on */
  uint64_t packed;           /* compressed bytes read; 0: it is not compressed */
  uint64_t cut_at;           /* where it ended within an archive at the last look; 0: it did not */
  bool cut_reported;
  bool seen;            /* at this look */
  time_us unseen_since; /* monotonic; 0: it was there at the last look */
};

struct follower {
  const struct source_run *run;
  const struct file_options *options;
  struct followed *files; /* of the checkpoint, and found since */
  size_t count, capacity;
  bool nothing_found;  /* reported already */
  struct map passed;   /* paths that were passed over at this look */
  struct map reported; /* those of the look before */
};

/* ---- checkpoint -------------------------------------------------------------------------- */

static struct followed *add_file(struct follower *follower, const char *path, uint64_t inode) {
  follower->files = memory_reserve(follower->files, &follower->capacity, follower->count + 1,
                                   sizeof(*follower->files));
  struct followed *file = &follower->files[follower->count++];
  *file = (struct followed){.path = memory_copy_string(path), .inode = inode};
  return file;
}

static bool read_file_entry(struct follower *follower, const struct json_node *entry) {
  const struct json_node *path = json_get(entry, TEXT("path"));
  const struct json_node *inode = json_get(entry, TEXT("inode"));
  const struct json_node *position = json_get(entry, TEXT("position"));
  const struct json_node *within = json_get(entry, TEXT("within"));
  if (!path || path->type != JSON_TYPE_STRING || !inode ||
      (inode->type != JSON_TYPE_INT && inode->type != JSON_TYPE_UINT) || !position ||
      position->type != JSON_TYPE_INT || !within || within->type != JSON_TYPE_STRING)
    return false;
  char *name = memory_copy_bytes(path->value.string, path->size);
  struct followed *file = add_file(follower, name, inode->value.unsigned_integer);
  free(name);
  file->place.position = position->value.unsigned_integer;
  if (within->size >= sizeof(file->place.within))
    return false;
  memcpy(file->place.within, within->value.string, within->size);
  const struct json_node *packed = json_get(entry, TEXT("packed"));
  if (packed && packed->type == JSON_TYPE_INT && packed->value.integer > 0)
    file->packed = packed->value.unsigned_integer;
  const struct json_node *start = json_get(entry, TEXT("start"));
  const struct json_node *start_size = json_get(entry, TEXT("start_size"));
  if (start && start->type == JSON_TYPE_STRING && start_size && start_size->type == JSON_TYPE_INT &&
      start_size->value.integer > 0 && start_size->value.integer <= START_SIZE_MAX) {
    char digits[17];
    text_printable(json_text(start), digits, sizeof digits);
    file->start = strtoull(digits, NULL, 16);
    file->start_size = (size_t)start_size->value.integer;
  }
  return true;
}

/* {"files":[{"path":"/var/log/a.ndjson","inode":123,"position":456,"within":"lines",
 * "start":"cbf29ce484222325","start_size":456}]}: a list, because for a moment two files can have
 * had the same name. "packed":789 where the file is compressed. */
static bool read_checkpoint(struct follower *follower, struct error *error) {
  const struct source_run *run = follower->run;
  struct buffer text = BUFFER_NONE;
  struct json_reader *reader = json_reader_new();
  bool found;
  bool ok = run->memory.checkpoint(run->memory.context, &text, &found, error);
  if (!ok || !found)
    goto done;
  const struct json_node *root = json_read_copy(reader, buffer_text(&text), error);
  const struct json_node *files = root ? json_get(root, TEXT("files")) : NULL;
  ok = files && files->type == JSON_TYPE_ARRAY;
  if (ok)
    for (JSON_EACH(entry, files))
      ok = ok && read_file_entry(follower, entry);
  if (!ok)
    error_set(error, "the checkpoint cannot be read: it is not what this version writes");
done:
  json_reader_free(reader);
  buffer_free(&text);
  return ok;
}

static char *write_checkpoint(const struct follower *follower) {
  struct buffer out = BUFFER_NONE;
  buffer_append_string(&out, "{\"files\":[");
  for (size_t i = 0; i < follower->count; i++) {
    const struct followed *file = &follower->files[i];
    buffer_append_string(&out, i > 0 ? ",{\"path\":" : "{\"path\":");
    buffer_append_json_string(&out, text_from(file->path));
    buffer_printf(&out,
                  ",\"inode\":%llu,\"position\":%llu,\"within\":", (unsigned long long)file->inode,
                  (unsigned long long)file->place.position);
    buffer_append_json_string(&out, text_from(file->place.within));
    if (file->packed)
      buffer_printf(&out, ",\"packed\":%llu", (unsigned long long)file->packed);
    buffer_printf(&out, ",\"start\":\"%llx\",\"start_size\":%zu}", (unsigned long long)file->start,
                  file->start_size);
  }
  buffer_append_string(&out, "]}");
  return buffer_steal(&out);
}

/* ---- reading ----------------------------------------------------------------------------- */

/* Several files may hold the same record at the same position; the path keeps their rows apart. One
 * file alone counts by position only. */
static uint64_t occurrence_base(const struct follower *follower, const struct followed *file) {
  if (strcmp(file->path, follower->options->path.data) == 0)
    return 0;
  return (text_hash(text_from(file->path)) | 1) << 44;
}

static void number_records(struct batch *batch, uint64_t base) {
  batch->position += base;
  for (size_t i = 0; i < batch->count; i++)
    batch->records[i].occurrence += base;
}

static void remember_start(struct followed *file) {
  uint64_t size = file->packed ? file->packed : file->place.position;
  if (size > START_SIZE_MAX)
    size = START_SIZE_MAX;
  if (size <= file->start_size)
    return;
  file->start_size = (size_t)size;
  file->start = stream_hash_start(file->stream, file->start_size);
}

/* An archive that ends in the middle is perhaps still being written. Reported when it is as it was
 * at the look before. */
static void report_cut(const struct follower *follower, struct followed *file) {
  uint64_t at = stream_is_cut(file->stream) ? stream_packed(file->stream) : 0;
  if (at > 0 && at == file->cut_at && !file->cut_reported) {
    file->cut_reported = true;
    LOG_WARN(follower->run->log,
             "a file ends in the middle of what is compressed in it; waiting for the rest",
             LOG_TEXT("source", follower->run->source->id), LOG_STRING("path", file->path),
             LOG_INT("bytes", at));
  }
  file->cut_reported = file->cut_reported && at > 0;
  file->cut_at = at;
}

/* Pushes what the file has. False: stop now. */
static bool read_on(struct follower *follower, struct followed *file, bool growing) {
  const struct source_run *run = follower->run;
  uint64_t base = occurrence_base(follower, file);
  struct error error = ERROR_NONE;
  struct batch *batch;
  while (!atomic_load(run->stop) && (batch = stream_next(file->stream, growing, &error))) {
    file->place = stream_place(file->stream);
    file->packed = stream_packed(file->stream);
    remember_start(file);
    number_records(batch, base);
    if (follower->options->log_type.size > 0)
      batch->log_type = follower->options->log_type;
    batch->checkpoint = write_checkpoint(follower);
    batch->received_at = clock_now(&run->clock);
    if (!run->output.push(run->output.context, batch))
      return false;
  }
  if (error.set) {
    file->damaged = true;
    LOG_WARN(run->log, "cannot read on", LOG_TEXT("source", run->source->id),
             LOG_ERROR_LINE(&error));
  }
  if (growing)
    report_cut(follower, file);
  return !atomic_load(run->stop);
}

static void close_file(struct followed *file) {
  stream_close(file->stream);
  file->stream = NULL;
}

static void start_anew(struct follower *follower, struct followed *file, const char *why) {
  LOG_WARN(follower->run->log, why, LOG_TEXT("source", follower->run->source->id),
           LOG_STRING("path", file->path), LOG_INT("position", file->place.position));
  close_file(file);
  file->place = (struct stream_place){.position = 0};
  file->start = file->start_size = 0;
  file->packed = file->cut_at = 0;
  file->damaged = false;
}

static const char another_start[] = "the file has another start, reading it from there";

static bool has_same_start(const struct followed *file) {
  uint64_t start = file->start ? stream_hash_start(file->stream, file->start_size) : 0;
  return start == 0 || start == file->start;
}

static bool open_file(struct follower *follower, struct followed *file) {
  struct error error = ERROR_NONE;
  file->stream = stream_resume(file->path, &file->place, &error);
  if (!file->stream && !file->unreadable)
    LOG_ERROR(follower->run->log, "cannot read a file",
              LOG_TEXT("source", follower->run->source->id), LOG_ERROR_LINE(&error));
  file->unreadable = file->stream == NULL;
  if (!file->stream || has_same_start(file))
    return file->stream != NULL;
  start_anew(follower, file, another_start);
  return open_file(follower, file);
}

/* What is known of this file, whatever it was called before. */
static struct followed *recognise(struct follower *follower, const char *path, uint64_t inode) {
  for (size_t i = 0; i < follower->count; i++) {
    struct followed *file = &follower->files[i];
    if (file->inode != inode)
      continue;
    struct stat status;
    bool renamed = strcmp(file->path, path) != 0 &&
                   (stat(file->path, &status) != 0 || (uint64_t)status.st_ino != inode);
    if (renamed) {
      free(file->path);
      file->path = memory_copy_string(path);
    }
    return file;
  }
  return add_file(follower, path, inode);
}

/* Reports it when it is new. */
static void pass_over(struct follower *follower, const char *path) {
  static char is_there;
  struct text key = text_from(path);
  map_put(&follower->passed, key, &is_there);
  if (map_get(&follower->reported, key))
    return;
  struct error error = ERROR_NONE;
  int file = file_open(path, FILE_REGULAR, NULL, &error);
  if (file >= 0) /* replaced just now: the next look reads it */
    close(file);
  else
    LOG_WARN(follower->run->log, "a path was passed over",
             LOG_TEXT("source", follower->run->source->id), LOG_ERROR_LINE(&error));
}

static void start_look(struct follower *follower) {
  map_clear(&follower->reported, NULL);
  follower->reported = follower->passed;
  follower->passed = MAP_NONE;
}

/* Reads what is new in one file. False: stop now. */
static bool look_at(struct follower *follower, const char *path) {
  bool follow = follower->options->follow;
  struct stat status;
  if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
    pass_over(follower, path);
    return true;
  }
  struct followed *file = recognise(follower, path, (uint64_t)status.st_ino);
  if (file->seen)
    return true; /* one file with two names */
  file->seen = true;
  if ((uint64_t)status.st_size < (file->packed ? file->packed : file->place.position))
    start_anew(follower, file, "the file became shorter, reading it from its start");
  else if (file->stream && !has_same_start(file))
    start_anew(follower, file, another_start);
  if (file->damaged || (!file->stream && !open_file(follower, file)))
    return true;
  bool go_on = read_on(follower, file, follow);
  if (!follow)
    close_file(file);
  return go_on;
}

/* A file that is gone, or has a name that is not wanted. Who wrote to it may go on for a while
 * (until a log rotation is complete), so an open one is kept and read for that long. Sets *drop at
 * the end of it. False: stop now. */
static bool look_at_unseen(struct follower *follower, struct followed *file, bool *drop) {
  if (file->unseen_since == 0)
    file->unseen_since = clock_monotonic();
  *drop = !file->stream || file->damaged || clock_monotonic() - file->unseen_since >= UNSEEN_KEPT ||
          !follower->options->follow;
  return !file->stream || file->damaged || read_on(follower, file, !*drop);
}

static bool look_at_all_unseen(struct follower *follower) {
  for (size_t i = 0; i < follower->count;) {
    struct followed *file = &follower->files[i];
    bool drop = false;
    if (file->seen)
      file->unseen_since = 0;
    else if (!look_at_unseen(follower, file, &drop))
      return false;
    file->seen = false;
    if (!drop) {
      i++;
      continue;
    }
    LOG_WARN(follower->run->log, "a file is gone or was replaced",
             LOG_TEXT("source", follower->run->source->id), LOG_STRING("path", file->path),
             LOG_INT("position", file->place.position));
    close_file(file);
    free(file->path);
    *file = follower->files[--follower->count];
  }
  return true;
}

static void report_nothing_found(struct follower *follower) {
  if (!follower->nothing_found)
    LOG_WARN(follower->run->log, "no file is there yet",
             LOG_TEXT("source", follower->run->source->id),
             LOG_TEXT("path", follower->options->path));
  follower->nothing_found = true;
}

/* How the source is after a look: one file that cannot be read stands for all. */
static void report_health(const struct follower *follower) {
  struct error error = ERROR_NONE;
  for (size_t i = 0; i < follower->count && !error.set; i++)
    if (follower->files[i].unreadable || follower->files[i].damaged)
      error_set(&error, "%s cannot be read%s; the log says why", follower->files[i].path,
                follower->files[i].damaged ? " on" : "");
  if (error.set)
    source_fails(follower->run, "", SOURCE_FAULT_OTHER, &error);
  else
    source_works(follower->run, "");
}

/* Looks at every file once. False: stop now, or on an error (then set). */
static bool look_at_all(struct follower *follower, struct error *error) {
  const struct text path = follower->options->path;
  glob_t found = {.gl_pathc = 0};
  int result = glob(path.data, 0, NULL, &found); /* sorted */
  bool go_on = true;
  if (result != 0 && result != GLOB_NOMATCH)
    go_on = error_set(error, "cannot look for '%.*s': out of memory or unreadable folder",
                      TEXT_ARGS(path));
  else if (found.gl_pathc == 0 && !follower->options->follow)
    go_on = error_set(error, "no file is called '%.*s'", TEXT_ARGS(path));
  else if (found.gl_pathc == 0)
    report_nothing_found(follower);
  start_look(follower);
  for (size_t i = 0; go_on && i < found.gl_pathc; i++)
    go_on = look_at(follower, found.gl_pathv[i]);
  if (go_on && !follower->options->follow && follower->passed.count == found.gl_pathc)
    go_on =
        error_set(error, "'%.*s' finds no regular file; the log says what each is that it finds",
                  TEXT_ARGS(path));
  globfree(&found);
  go_on = go_on && look_at_all_unseen(follower);
  if (go_on)
    report_health(follower);
  return go_on;
}

/* What became of the records: who reads files once looks at the end. */
static void log_end(const struct follower *follower) {
  struct batch_counts counts = source_counts(follower->run);
  LOG_INFO(follower->run->log, "everything was read", LOG_TEXT("source", follower->run->source->id),
           LOG_INT("records", counts.records), LOG_INT("events", counts.events),
           LOG_INT("dead_letters", counts.dead_letters),
           LOG_INT("schema_errors", counts.schema_errors));
}

/* Reports that everything was read, and waits until it is committed. */
static void push_end(struct follower *follower) {
  const struct source_run *run = follower->run;
  struct batch *batch = batch_new_listed(0);
  batch->log_type = follower->options->log_type;
  batch->checkpoint = write_checkpoint(follower);
  batch->received_at = clock_now(&run->clock);
  batch->watermark = BATCH_ENDED;
  if (run->output.push(run->output.context, batch) && run->output.drain(run->output.context))
    log_end(follower);
}

/* ---- the type ---------------------------------------------------------------------------- */

static bool run_file(const struct source_run *run, struct error *error) {
  struct follower follower = {.run = run, .options = run->source->options};
  bool ok = read_checkpoint(&follower, error);
  bool follow = follower.options->follow;
  ok = ok && look_at_all(&follower, error);
  while (ok && follow && source_wait(run, follower.options->poll_interval))
    ok = look_at_all(&follower, error);
  if (ok && !follow)
    push_end(&follower);
  for (size_t i = 0; i < follower.count; i++) {
    close_file(&follower.files[i]);
    free(follower.files[i].path);
  }
  free(follower.files);
  map_clear(&follower.passed, NULL);
  map_clear(&follower.reported, NULL);
  return !error->set;
}

static bool brings_type(const void *options, struct text log_type) {
  const struct file_options *file = options;
  return file->log_type.size == 0 || text_equal(file->log_type, log_type);
}

static bool check_file(const void *options, struct error *error) {
  const struct file_options *file = options;
  if (file->path.size == 0 || text_is(file->path, "-"))
    return error_set(error, "'path' must name a file, or several by a pattern");
  return true;
}

#define OPTION(name) offsetof(struct file_options, name)

static const struct setting file_settings[] = {
    {.key = "path",
     .kind = SETTING_PATH,
     .offset = OPTION(path),
     .required = true,
     .help = "a file, or a pattern for several files such as `/var/log/zoom/*.ndjson`"},
    {.key = "follow",
     .kind = SETTING_BOOL,
     .offset = OPTION(follow),
     .fallback = "false",
     .help = "wait for more records at the end, and for new files"},
    {.key = "log_type",
     .kind = SETTING_TEXT,
     .offset = OPTION(log_type),
     .help = "the log type of all records; without it, each record's `p_log_type`, or else the "
             "schema that accepts the record"},
    {.key = "poll_interval",
     .kind = SETTING_DURATION,
     .offset = OPTION(poll_interval),
     .fallback = "1s",
     .min = 10 * US_PER_MS,
     .max = US_PER_DAY,
     .help = "how often to look for more when following"},
};

const struct source_type source_file = {
    .kind = {.name = "file",
             .help = "NDJSON, JSON arrays or Zoom API pages in files, also compressed ones",
             .settings = SETTINGS(file_settings, struct file_options),
             .check = check_file},
    .run = run_file,
    .brings = brings_type,
};
