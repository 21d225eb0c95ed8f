#include "source/file/followed.h"

#include "base/memory.h"
#include "source/file/series.h"

#include <stdio.h>
#include <stdlib.h>

struct followed *followed_new(const char *path, uint64_t device, uint64_t inode) {
  struct followed *file = memory_alloc(sizeof *file);
  file->device = device;
  file->inode = inode;
  followed_rename(file, path);
  return file;
}

void followed_free(struct followed *file) {
  if (!file)
    return;
  followed_close(file);
  free(file->path);
  free(file->old_path);
  free(file->series);
  free(file);
}

void followed_close(struct followed *file) {
  stream_close(file->stream);
  file->stream = NULL;
}

void followed_rename(struct followed *file, const char *path) {
  struct buffer series = BUFFER_NONE;
  char *name = memory_copy_string(path);
  free(file->old_path);
  free(file->series);
  file->old_path = file->path;
  file->path = name;
  series_of(name, &series);
  buffer_append_string(&series, "");
  file->series = buffer_steal(&series);
}

struct followed *followed_split(struct followed *file) {
  struct followed *former = followed_new(file->path, file->device, file->inode);
  former->place = file->place;
  former->mark = file->mark;
  former->packed = file->packed;
  former->former = true;
  followed_close(file);
  file->place = (struct stream_place){.position = 0};
  file->mark = (struct mark){.start = 0};
  file->packed = 0;
  file->gone_since = 0;
  file->damaged = file->half_line = file->cut = false;
  file->more = true;
  return former;
}

static bool is_same_time(const struct timespec *a, const struct timespec *b) {
  return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool followed_look(struct followed *file, const struct stat *status, time_us now) {
  bool same = file->size == (uint64_t)status->st_size &&
              is_same_time(&file->modified, &status->st_mtim) &&
              is_same_time(&file->changed, &status->st_ctim);
  if (file->found_at == 0)
    file->found_at = now;
  if (same && file->changed_at != 0)
    return false;
  file->size = (uint64_t)status->st_size;
  file->modified = status->st_mtim;
  file->changed = status->st_ctim;
  file->changed_at = now;
  return true;
}

/* ---- checkpoint -------------------------------------------------------------------------- */

const char *followed_part(const struct followed *file, char part[FOLLOWED_PART_SIZE]) {
  int size = snprintf(part, FOLLOWED_PART_SIZE, "%llx-%llx", (unsigned long long)file->device,
                      (unsigned long long)file->inode);
  if (file->former)
    snprintf(part + size, FOLLOWED_PART_SIZE - (size_t)size, "-%llx",
             (unsigned long long)file->place.position);
  return part;
}

char *followed_write(const struct followed *file) {
  struct buffer out = BUFFER_NONE;
  buffer_append_string(&out, "{\"path\":");
  buffer_append_json_string(&out, text_from(file->path));
  buffer_printf(&out, ",\"device\":%llu,\"inode\":%llu,\"position\":%llu,\"within\":",
                (unsigned long long)file->device, (unsigned long long)file->inode,
                (unsigned long long)file->place.position);
  buffer_append_json_string(&out, text_from(file->place.within));
  const struct mark *mark = &file->mark;
  buffer_printf(&out, ",\"start\":\"%llx\",\"start_size\":%zu,\"end\":\"%llx\",\"end_size\":%zu",
                (unsigned long long)mark->start, mark->start_size, (unsigned long long)mark->end,
                mark->end_size);
  if (mark->first)
    buffer_printf(&out, ",\"first\":\"%llx\"", (unsigned long long)mark->first);
  if (file->packed)
    buffer_printf(&out, ",\"packed\":%llu", (unsigned long long)file->packed);
  if (file->former)
    buffer_append_string(&out, ",\"former\":true");
  if (file->gone_since)
    buffer_printf(&out, ",\"gone\":%lld", (long long)file->gone_since);
  buffer_append_char(&out, '}');
  return buffer_steal(&out);
}

/* A whole number; `fallback` when it is not there or is none. */
static uint64_t number_of(const struct json_node *object, const char *key, uint64_t fallback) {
  const struct json_node *node = json_get(object, text_from(key));
  if (!node ||
      (node->type != JSON_TYPE_UINT && (node->type != JSON_TYPE_INT || node->value.integer < 0)))
    return fallback;
  return node->value.unsigned_integer;
}

static struct text text_of(const struct json_node *object, const char *key) {
  const struct json_node *node = json_get(object, text_from(key));
  return node && node->type == JSON_TYPE_STRING ? json_text(node) : TEXT("");
}

/* 0 when it is none. */
static uint64_t hash_of(const struct json_node *object, const char *key) {
  char digits[17];
  struct text text = text_of(object, key);
  if (text.size >= sizeof digits)
    return 0;
  memcpy(digits, text.data, text.size);
  digits[text.size] = '\0';
  return strtoull(digits, NULL, 16);
}

static struct mark read_mark(const struct json_node *object) {
  struct mark mark = {.first = hash_of(object, "first"),
                      .start = hash_of(object, "start"),
                      .end = hash_of(object, "end"),
                      .start_size = (size_t)number_of(object, "start_size", 0),
                      .end_size = (size_t)number_of(object, "end_size", 0)};
  bool is_sane = mark.start_size <= MARK_SIZE && mark.end_size <= MARK_SIZE;
  return is_sane ? mark : (struct mark){.start = 0};
}

struct followed *followed_read(const struct json_node *checkpoint, bool old) {
  struct text path = text_of(checkpoint, "path"), within = text_of(checkpoint, "within");
  uint64_t inode = number_of(checkpoint, "inode", UINT64_MAX);
  uint64_t position = number_of(checkpoint, "position", UINT64_MAX);
  struct stream_place place = {.position = position};
  if (path.size == 0 || inode == UINT64_MAX || position == UINT64_MAX ||
      !json_get(checkpoint, TEXT("within")) || within.size >= sizeof place.within)
    return NULL;
  memcpy(place.within, within.data, within.size);
  char *name = memory_copy_bytes(path.data, path.size);
  struct followed *file = followed_new(name, number_of(checkpoint, "device", 0), inode);
  free(name);
  file->place = place;
  file->packed = number_of(checkpoint, "packed", 0);
  file->gone_since = (time_us)number_of(checkpoint, "gone", 0);
  const struct json_node *former = json_get(checkpoint, TEXT("former"));
  file->former = former && former->type == JSON_TYPE_TRUE;
  if (!old || !file->packed)
    file->mark = read_mark(checkpoint);
  return file;
}
