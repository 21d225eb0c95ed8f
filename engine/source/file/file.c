/*
 * The source `file`: the records of a file, of all files that a pattern finds, or of those in a
 * folder, once or for as long as they grow (follower.h).
 */
#include "base/file_text.h"
#include "source/file/find.h"
#include "source/file/follower.h"
#include "source/file/notice.h"
#include "source/source.h"

#include <unistd.h>

struct file_options {
  struct text path, log_type; /* NUL-terminated */
  int64_t poll_interval;      /* microseconds */
  bool follow;
};

/* What became of the records: who reads files once looks at the end. */
static void log_end(const struct source_run *run) {
  struct batch_counts counts = source_counts(run);
  LOG_INFO(run->log, "everything was read", LOG_TEXT("source", run->source->id),
           LOG_INT("records", counts.records), LOG_INT("events", counts.events),
           LOG_INT("dead_letters", counts.dead_letters),
           LOG_INT("schema_errors", counts.schema_errors));
}

/* Reports that everything was read, and waits until it is committed. */
static void push_end(const struct source_run *run, const struct file_options *options) {
  struct batch *batch = batch_new_listed(0);
  batch->log_type = options->log_type;
  batch->received_at = clock_now(&run->clock);
  batch->watermark = BATCH_ENDED;
  if (run->output.push(run->output.context, batch) && run->output.drain(run->output.context))
    log_end(run);
}

static void watch_folder(void *context, const char *path) {
  notice_watch(context, path);
}

static void report_unwatched(const struct source_run *run, const struct notice *notice,
                             bool *reported) {
  if (!*reported && !notice_works(notice))
    LOG_INFO(run->log,
             "the system does not report all changes; files are looked at again and again",
             LOG_TEXT("source", run->source->id));
  *reported = *reported || !notice_works(notice);
}

static bool run_file(const struct source_run *run, struct error *error) {
  const struct file_options *options = run->source->options;
  struct notice *notice = options->follow ? notice_new() : NULL;
  struct follower_options follow = {.path = options->path.data,
                                    .log_type = options->log_type,
                                    .follow = options->follow,
                                    .folder = notice ? watch_folder : NULL,
                                    .context = notice};
  struct follower *follower = follower_new(run, &follow, error);
  bool more = true, reported = false;
  bool ok = follower && follower_look(follower, &more, error);
  while (ok && (more || options->follow)) {
    if (notice)
      report_unwatched(run, notice, &reported);
    ok = (more || notice_wait(notice, run, options->poll_interval)) &&
         follower_look(follower, &more, error);
  }
  if (ok)
    push_end(run, options);
  follower_free(follower);
  notice_free(notice);
  return !error->set;
}

/* ---- the type ---------------------------------------------------------------------------- */

static bool goes_on(const void *options) {
  return ((const struct file_options *)options)->follow;
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

/* Why none of what the path finds can be read; or, where some can, why the first other one cannot.
 */
static bool doubt_file(const void *options, struct error *reason) {
  const struct file_options *file = options;
  struct found_files found = {.count = 0};
  struct error passed = ERROR_NONE;
  bool any = false;
  if (!find_files(file->path.data, &found, reason) || found.count == 0)
    error_set(reason, "no file is called '%s'", file->path.data);
  for (size_t i = 0; i < found.count; i++) {
    int descriptor = file_open(found.items[i].path, FILE_REGULAR, NULL, &passed);
    any = any || descriptor >= 0;
    if (descriptor >= 0)
      close(descriptor);
  }
  if (passed.set)
    error_set(reason, "%s: %s: it is passed over%s", passed.file, passed.text,
              any ? "" : ", and nothing else is found");
  found_files_free(&found);
  return reason->set;
}

#define OPTION(name) offsetof(struct file_options, name)

static const struct setting file_settings[] = {
    {.key = "path",
     .kind = SETTING_PATH,
     .offset = OPTION(path),
     .required = true,
     .help = "a file, a folder with all files in it and below it, or a pattern for several files "
             "such as `/var/log/zoom/*.ndjson`"},
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
     .help = "how often to look for more when following, where the system does not report changes "
             "(Linux does, on local disks)"},
};

const struct source_type source_file = {
    .kind = {.name = "file",
             .help = "NDJSON, JSON arrays or Zoom API pages in files, also compressed ones",
             .settings = SETTINGS(file_settings, struct file_options),
             .check = check_file},
    .run = run_file,
    .doubt = doubt_file,
    .goes_on = goes_on,
    .usual_history = HISTORY_ALL,
    .brings = brings_type,
};
