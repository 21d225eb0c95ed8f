/* Which operation a method and a path mean. */
#include "api/face/server_internal.h"
#include "api/operation/list.h"

#include <stdio.h>

/* The segment at the beginning of a path "/a/b", which becomes what follows it. */
static struct text take_segment(struct text *path) {
  const char *begin = path->data + 1, *end = path->data + path->size;
  const char *slash = memchr(begin, '/', (size_t)(end - begin));
  struct text segment = {begin, (size_t)((slash ? slash : end) - begin)};
  *path = (struct text){segment.data + segment.size, (size_t)(end - segment.data) - segment.size};
  return segment;
}

static bool fits(const char *pattern, struct text path, struct api_place_found *found) {
  struct text wanted = text_from(pattern);
  found->value_count = 0;
  while (wanted.size > 0 && path.size > 0) {
    struct text name = take_segment(&wanted), segment = take_segment(&path);
    if (name.size == 0 || name.data[0] != '{') {
      if (!text_equal(name, segment))
        return false;
    } else if (segment.size == 0 || found->value_count == API_PATH_VALUES_MAX) {
      return false;
    } else {
      found->values[found->value_count++] = segment;
    }
  }
  return wanted.size == 0 && path.size == 0;
}

static void allow(struct api_place_found *found, const char *method) {
  size_t size = strlen(found->allow);
  snprintf(found->allow + size, sizeof found->allow - size, "%s%s%s", size ? ", " : "", method,
           strcmp(method, "GET") == 0 ? ", HEAD" : "");
}

void place_find(struct text method, struct text path, struct api_place_found *found) {
  struct text wanted = text_is(method, "HEAD") ? TEXT("GET") : method;
  *found = (struct api_place_found){.operation = NULL};
  if (path.size == 0 || path.data[0] != '/')
    return;
  for (const struct api_operation *const *each = api_operations; *each; each++) {
    if (!fits((*each)->path, path, found))
      continue;
    if (text_is(wanted, (*each)->method)) {
      found->operation = *each;
      return;
    }
    allow(found, (*each)->method);
  }
}
