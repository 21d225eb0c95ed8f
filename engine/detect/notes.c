#include "detect/notes.h"

#include "base/map.h"
#include "base/memory.h"

#include <stdlib.h>

#define NOTES_MAX 1024
#define AGAIN_AFTER US_PER_HOUR

struct notes {
  struct map seen; /* line -> something that is not NULL */
  time_us since;
};

struct notes *notes_new(void) {
  return memory_alloc(sizeof(struct notes));
}

void notes_free(struct notes *notes) {
  if (!notes)
    return;
  map_clear(&notes->seen, NULL);
  free(notes);
}

bool notes_is_new(struct notes *notes, const struct error *note, time_us now) {
  struct error_line line;
  struct text text = text_from(error_line(note, &line));
  if (notes->seen.count >= NOTES_MAX || now - notes->since >= AGAIN_AFTER) {
    map_clear(&notes->seen, NULL);
    notes->since = now;
  }
  if (map_get(&notes->seen, text))
    return false;
  map_put(&notes->seen, text, notes);
  return true;
}
