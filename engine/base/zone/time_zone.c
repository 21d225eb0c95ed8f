#include "base/zone/time_zone.h"

#include "base/file_text.h"
#include "base/memory.h"
#include "base/zone/zone_rule.h"

#include <stdio.h>
#include <stdlib.h>

#define FOLDER_USUAL "/usr/share/zoneinfo"
#define FILE_SIZE_MAX (256u << 10) /* the largest file of tzdata has 4 KiB */
#define NAME_MAX_SIZE 100
#define HEADER_SIZE 44
#define OFFSET_MAX (INT64_C(26) * 3600) /* RFC 8536 section 3.2: 25:59:59 to the east */

/* From a time on, in seconds since 1970, local time is so many seconds ahead. */
struct zone_change {
  int64_t at;
  int32_t offset;
};

struct time_zone {
  struct zone_change *changes; /* by time */
  size_t count;
  int32_t first;         /* before the first change */
  bool has_rule;         /* after the last change the rule counts */
  struct zone_rule rule; /* in seconds */
};

void time_zone_free(struct time_zone *zone) {
  if (!zone)
    return;
  free(zone->changes);
  free(zone);
}

/* ---- TZif -------------------------------------------------------------------------------- */

static int64_t read_big_endian(const char *bytes, size_t size) {
  uint64_t number = bytes[0] & 0x80 ? UINT64_MAX : 0;
  for (size_t i = 0; i < size; i++)
    number = number << 8 | (uint8_t)bytes[i];
  return (int64_t)number;
}

/* How many of each a block has, as its header says; in the order of the header. */
struct counts {
  size_t utc, standard, leaps, times, types, characters;
};

static bool read_header(struct text bytes, size_t at, struct counts *counts) {
  if (bytes.size < at + HEADER_SIZE || memcmp(bytes.data + at, "TZif", 4) != 0)
    return false;
  size_t *const fields[] = {&counts->utc,   &counts->standard, &counts->leaps,
                            &counts->times, &counts->types,    &counts->characters};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    int64_t count = read_big_endian(bytes.data + at + 20 + 4 * i, 4);
    if (count < 0 || count > (int64_t)bytes.size)
      return false;
    *fields[i] = (size_t)count;
  }
  return true;
}

/* Of the block behind a header whose times have `width` bytes. */
static size_t block_size(const struct counts *counts, size_t width) {
  return counts->times * (width + 1) + counts->types * 6 + counts->characters +
         counts->leaps * (width + 4) + counts->standard + counts->utc;
}

static bool read_offset(const char *types, size_t type, const struct counts *counts,
                        int32_t *offset) {
  int64_t seconds = type < counts->types ? read_big_endian(types + type * 6, 4) : INT64_MAX;
  if (seconds < -OFFSET_MAX || seconds > OFFSET_MAX)
    return false;
  *offset = (int32_t)seconds;
  return true;
}

static bool read_changes(struct time_zone *zone, const char *block, const struct counts *counts) {
  const char *kinds = block + counts->times * 8, *types = kinds + counts->times;
  zone->changes = memory_alloc_array(counts->times + 1, sizeof *zone->changes);
  zone->count = counts->times;
  for (size_t i = 0; i < counts->times; i++) {
    struct zone_change *change = &zone->changes[i];
    change->at = read_big_endian(block + i * 8, 8);
    if ((i > 0 && change->at <= zone->changes[i - 1].at) ||
        !read_offset(types, (uint8_t)kinds[i], counts, &change->offset))
      return false;
  }
  return read_offset(types, 0, counts, &zone->first);
}

/* "\nCET-1CEST,M3.5.0,M10.5.0/3\n"; empty between the two: nothing is known of what comes. */
static bool read_footer(struct time_zone *zone, struct text footer) {
  if (footer.size < 2 || footer.data[0] != '\n')
    return false;
  const char *start = footer.data + 1, *end = memchr(start, '\n', footer.size - 1);
  if (!end)
    return false;
  zone->has_rule = end > start;
  return !zone->has_rule ||
         zone_rule_parse((struct text){start, (size_t)(end - start)}, &zone->rule);
}

/* The second block, whose times have 64 bits, and the footer. */
static bool read_file(struct time_zone *zone, struct text bytes) {
  struct counts counts;
  if (!read_header(bytes, 0, &counts) || bytes.data[4] < '2')
    return false;
  size_t at = HEADER_SIZE + block_size(&counts, 4);
  if (at > bytes.size || !read_header(bytes, at, &counts))
    return false;
  at += HEADER_SIZE;
  size_t size = block_size(&counts, 8);
  return size <= bytes.size - at && read_changes(zone, bytes.data + at, &counts) &&
         read_footer(zone, (struct text){bytes.data + at + size, bytes.size - at - size});
}

struct time_zone *time_zone_parse(struct text bytes, struct error *error) {
  struct time_zone *zone = memory_alloc(sizeof *zone);
  if (read_file(zone, bytes))
    return zone;
  time_zone_free(zone);
  error_set(error, "it is no file of a time zone (TZif, version 2 or later)");
  return NULL;
}

/* ---- by name ----------------------------------------------------------------------------- */

/* A path below the folder, and no other. */
static bool is_name(struct text name) {
  if (name.size == 0 || name.size > NAME_MAX_SIZE || name.data[0] == '/')
    return false;
  for (size_t i = 0; i < name.size; i++) {
    char c = name.data[i];
    bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                strchr("_+-/", c);
    if (!c || !word)
      return false;
  }
  return true;
}

static const char *folder(void) {
  const char *given = getenv("TZDIR"); /* nobody sets it while margay runs */
  return given && *given ? given : FOLDER_USUAL;
}

struct time_zone *time_zone_open(struct text name, struct error *error) {
  char shown[128], path[512];
  struct buffer bytes = BUFFER_NONE;
  struct time_zone *zone = NULL;
  struct error cause = ERROR_NONE;
  text_printable(name, shown, sizeof shown);
  if (text_equal_folded(name, TEXT("UTC")))
    return memory_alloc(sizeof *zone);
  if (!is_name(name)) {
    error_set(error, "'%s' is no name of a time zone, such as Europe/Zurich", shown);
    return NULL;
  }
  snprintf(path, sizeof path, "%s/%.*s", folder(), TEXT_ARGS(name));
  if (file_read(path, FILE_REGULAR, FILE_SIZE_MAX, &bytes, NULL, &cause) == FILE_READ)
    zone = time_zone_parse(buffer_text(&bytes), &cause);
  if (!zone)
    error_set(error,
              "the time zone '%s' cannot be read: %s: %s (names are those of tzdata, such as "
              "Europe/Zurich)",
              shown, path, cause.text);
  buffer_free(&bytes);
  return zone;
}

/* ---- asking ------------------------------------------------------------------------------ */

/* How many changes were at `time` or before. */
static size_t changes_until(const struct time_zone *zone, int64_t time) {
  size_t low = 0, high = zone->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (zone->changes[middle].at <= time)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

int64_t time_zone_offset(const struct time_zone *zone, time_us time) {
  int64_t seconds = time / US_PER_SECOND - (time % US_PER_SECOND < 0);
  size_t before = changes_until(zone, seconds);
  int64_t offset = before == 0 ? zone->first : zone->changes[before - 1].offset;
  if (before == zone->count && zone->has_rule)
    offset = zone_rule_offset(&zone->rule, seconds);
  return offset * US_PER_SECOND;
}
