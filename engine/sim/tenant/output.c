#include "sim/tenant/output.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#define WRITE_SIZE ((size_t)256 * 1024)

/* One file, or standard output, and what is still to be written to it. */
struct sink {
  const char *path; /* in messages */
  FILE *file;
  struct buffer pending;
  uint64_t lines;
};

struct writer {
  struct sink sinks[TENANT_LOGS]; /* only the first is used if all go to standard output */
  struct sink attacks;
  struct buffer paths[TENANT_LOGS];
};

static bool flush(struct sink *sink, struct error *error) {
  bool good = !sink->pending.size ||
              fwrite(sink->pending.data, 1, sink->pending.size, sink->file) == sink->pending.size;
  buffer_reset(&sink->pending);
  return good || error_set_at(error, sink->path, 0, 0, "cannot be written: %s", strerror(errno));
}

static FILE *open_file(const char *path, struct error *error) {
  FILE *file = fopen(path, "we");
  if (!file)
    error_set_at(error, path, 0, 0, "cannot be written: %s", strerror(errno));
  return file;
}

static bool close_file(FILE *file, const char *path, struct error *error) {
  return !file || fclose(file) == 0 ||
         error_set_at(error, path, 0, 0, "cannot be written: %s", strerror(errno));
}

static bool write_places(const char *folder, struct error *error) {
  struct buffer path = BUFFER_NONE, table = BUFFER_NONE;
  buffer_printf(&path, "%s/places.yml", folder);
  tenant_append_places(&table);
  FILE *file = open_file(path.data, error);
  bool good = file != NULL;
  if (file && fwrite(table.data, 1, table.size, file) != table.size)
    good = error_set_at(error, path.data, 0, 0, "cannot be written: %s", strerror(errno));
  good = close_file(file, path.data, error) && good;
  buffer_free(&path);
  buffer_free(&table);
  return good;
}

static bool open_sinks(struct writer *writer, const struct tenant_output *output,
                       struct error *error) {
  const char *folder = output->folder;
  if (output->attack_log) {
    writer->attacks =
        (struct sink){.path = output->attack_log, .file = open_file(output->attack_log, error)};
    if (!writer->attacks.file)
      return false;
  }
  if (!folder) {
    writer->sinks[0] = (struct sink){.path = "standard output", .file = stdout};
    return true;
  }
  if (mkdir(folder, 0777) != 0 && errno != EEXIST)
    return error_set_at(error, folder, 0, 0, "the folder cannot be made: %s", strerror(errno));
  for (int log = 0; log < TENANT_LOGS; log++) {
    buffer_printf(&writer->paths[log], "%s/%s.ndjson", folder, TENANT_LOG_NAMES[log]);
    struct sink *sink = &writer->sinks[log];
    sink->path = writer->paths[log].data;
    sink->file = open_file(sink->path, error);
    if (!sink->file)
      return false;
  }
  return write_places(folder, error);
}

static bool close_sink(struct sink *sink, struct error *error) {
  bool good = !sink->file || flush(sink, error);
  if (sink->file == stdout)
    good = (fflush(stdout) == 0 || error_set(error, "standard output cannot be written")) && good;
  else
    good = close_file(sink->file, sink->path, error) && good;
  buffer_free(&sink->pending);
  return good;
}

static bool close_sinks(struct writer *writer, struct error *error) {
  bool good = close_sink(&writer->attacks, error);
  for (int log = 0; log < TENANT_LOGS; log++) {
    good = close_sink(&writer->sinks[log], error) && good;
    buffer_free(&writer->paths[log]);
  }
  return good;
}

static void log_attack(struct sink *attacks, const struct tenant_record *record,
                       const struct sink *sink) {
  struct time_string time;
  struct text path = sink->file == stdout ? TEXT("-") : text_from(sink->path);
  buffer_printf(&attacks->pending, "{\"attack\":\"%s\",\"step\":\"%s\",\"file\":", record->attack,
                record->step);
  buffer_append_json_string(&attacks->pending, path);
  buffer_printf(&attacks->pending, ",\"line\":%llu,\"time\":\"%s\"}\n",
                (unsigned long long)sink->lines, time_format(record->time, &time));
}

bool tenant_write(const struct tenant_options *options, const struct tenant_output *output,
                  struct tenant_counts *counts, struct error *error) {
  *counts = (struct tenant_counts){.records = {0}};
  struct tenant *tenant = tenant_new(options, error);
  if (!tenant)
    return false;
  struct writer writer = {.sinks = {{NULL}}};
  bool good = open_sinks(&writer, output, error);
  struct buffer record_text = BUFFER_NONE;
  struct tenant_record record;
  while (good && tenant_next(tenant, &record_text, &record)) {
    struct sink *sink = &writer.sinks[output->folder ? record.log : 0];
    counts->records[record.log]++;
    buffer_append_text(&sink->pending, buffer_text(&record_text));
    buffer_append_char(&sink->pending, '\n');
    buffer_reset(&record_text);
    sink->lines++;
    if (record.attack && output->attack_log)
      log_attack(&writer.attacks, &record, sink);
    if (sink->pending.size >= WRITE_SIZE)
      good = flush(sink, error);
  }
  good = close_sinks(&writer, error) && good;
  buffer_free(&record_text);
  tenant_free(tenant);
  return good;
}
