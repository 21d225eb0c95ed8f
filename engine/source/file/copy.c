#include "source/file/copy.h"

#include "base/file_text.h"
#include "source/file/unpack.h"

#include <unistd.h>

/* For so long a file that is new may have fewer bytes than it takes to compare it: whoever copies
 * writes much more at once. */
#define START_WAIT (2 * US_PER_SECOND)
/* For so long after its last change a plain file may be a copy that is not all there. */
#define COPY_WAIT (10 * US_PER_SECOND)
/* For so long it is waited for in all: what goes on and on is no copy. */
#define COPY_MOST US_PER_MINUTE

struct start {
  char bytes[MARK_SIZE];
  size_t size;
  bool cut; /* of an archive that is not all there */
};

static bool read_start(const struct followed *file, struct start *start) {
  struct error error = ERROR_NONE;
  int descriptor = file_open(file->path, FILE_REGULAR, NULL, &error);
  if (descriptor < 0)
    return false;
  start->size = unpack_start(descriptor, start->bytes, sizeof start->bytes, &start->cut);
  close(descriptor);
  return true;
}

static bool is_path(const struct followed *file, const char *path) {
  return path && strcmp(file->path, path) == 0;
}

/* Whether the file has taken the other one's place: that was renamed, or what stood in it was
 * written over. Even if both begin alike (records without a time do), it is no copy. One that was
 * put over the other (as rsync does) may well be. */
static bool has_taken_over(const struct followed *file, const struct followed *other) {
  if (is_path(file, other->old_path))
    return true;
  return is_path(file, other->path) && (other->former || other->moved_away);
}

static bool may_be_original(const struct followed *file, const struct followed *other) {
  return other != file && !other->undecided && other->place.position > 0 &&
         other->mark.start_size > 0 && strcmp(other->series, file->series) == 0 &&
         !has_taken_over(file, other);
}

/* The last bytes before the end of `file`, in a file that has them at the same position. */
static bool read_at(const char *path, uint64_t end, char *bytes, size_t size) {
  struct error error = ERROR_NONE;
  int descriptor = file_open(path, FILE_REGULAR, NULL, &error);
  ssize_t got = descriptor < 0 ? -1 : pread(descriptor, bytes, size, (off_t)(end - size));
  if (descriptor >= 0)
    close(descriptor);
  return got == (ssize_t)size;
}

/* Whether the file is the first part of lines that were read from another one, which is there. */
static bool is_part_of(struct followed *file, const struct followed *other) {
  char own[MARK_SIZE], others[MARK_SIZE];
  size_t size = file->size < MARK_SIZE ? (size_t)file->size : MARK_SIZE;
  if (other->packed || strcmp(other->place.within, "lines") != 0 ||
      !read_at(file->path, file->size, own, size) ||
      !read_at(other->path, file->size, others, size) || memcmp(own, others, size) != 0)
    return false;
  file->place = other->place;
  file->place.position = file->size;
  file->mark = other->mark;
  if (file->mark.start_size > file->size)
    file->mark.start_size = file->mark.first = 0;
  file->mark.end = text_hash((struct text){own, size});
  file->mark.end_size = size;
  return true;
}

/* What the other one's place says about the file, which begins as that. */
static enum copy_answer compare_place(struct followed *file, const struct followed *other,
                                      bool growing, time_us now) {
  enum stream_lack lack;
  struct stream *stream = stream_resume_copy(file->path, &other->place, &other->mark, &lack);
  bool changing = growing && now - file->changed_at < COPY_WAIT && now - file->found_at < COPY_MOST;
  if (stream && other->seen && (changing || (growing && now - other->changed_at < COPY_WAIT))) {
    stream_close(stream); /* the original may be truncated at any moment, or go on */
    return COPY_OF_READ;
  }
  if (stream) {
    file->place = other->place;
    file->mark = other->mark;
    file->stream = stream;
    return COPY_FOUND;
  }
  if (lack == STREAM_CUT || (lack == STREAM_SHORT && changing))
    return COPY_PERHAPS;
  return lack == STREAM_SHORT && other->seen && is_part_of(file, other) ? COPY_FOUND : COPY_NONE;
}

/* Of an original that is open, all of its first bytes are known. */
static bool begins_as(const struct followed *other, struct text bytes) {
  struct text known = other->stream ? stream_start(other->stream) : TEXT("");
  size_t size = known.size < bytes.size ? known.size : bytes.size;
  return size == 0 || memcmp(known.data, bytes.data, size) == 0;
}

static enum copy_answer compare(struct followed *file, const struct start *start,
                                const struct followed *other, bool growing, time_us now) {
  struct text bytes = {start->bytes, start->size};
  if (!begins_as(other, bytes) || !mark_may_fit(&other->mark, bytes))
    return COPY_NONE;
  if (start->size >= other->mark.start_size)
    return compare_place(file, other, growing, now);
  bool waits = start->cut || (growing && now - file->found_at < START_WAIT);
  return waits ? COPY_PERHAPS : COPY_NONE;
}

/* The answer for one of them. What was found before, at an earlier place, is given up for it. */
static enum copy_answer better(struct followed *file, const struct start *start,
                               const struct followed *other, bool growing, time_us now) {
  struct stream *before = file->stream;
  file->stream = NULL;
  enum copy_answer answer = compare(file, start, other, growing, now);
  if (answer == COPY_FOUND)
    stream_close(before);
  else
    file->stream = before;
  return answer;
}

enum copy_answer copy_find(struct followed *file, struct followed *const *files, size_t count,
                           bool growing, time_us now, struct followed **original) {
  enum copy_answer answer = COPY_NONE;
  struct start start = {.size = 0};
  bool known = false;
  for (size_t i = 0; i < count; i++) {
    struct followed *other = files[i];
    if (!may_be_original(file, other) || other->place.position <= file->place.position)
      continue;
    if (!known && !read_start(file, &start))
      return COPY_NONE; /* opening it will say why */
    known = true;
    enum copy_answer found = better(file, &start, other, growing, now);
    if (found >= answer && found != COPY_NONE) {
      answer = found;
      *original = other;
    }
  }
  return answer;
}
