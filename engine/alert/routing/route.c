#include "alert/routing/route.h"

#include "base/memory.h"
#include "base/unicode/fold.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>

const char *const route_ask_keys[ROUTE_ASK_COUNT] = {
    [ROUTE_RULES] = "rules", [ROUTE_LOG_TYPES] = "log_types", [ROUTE_TAGS] = "tags",
    [ROUTE_PACKS] = "packs", [ROUTE_SOURCES] = "sources",     [ROUTE_ACTORS] = "actors"};

/* ---- patterns ------------------------------------------------------------------------------ */

/* The end of the character that begins at `at`. */
static size_t character_end(struct text text, size_t at) {
  do
    at++;
  while (at < text.size && ((unsigned char)text.data[at] & 0xc0) == 0x80);
  return at;
}

/* Both are folded. Goes back to the last `*` alone, so it costs at most the product of the sizes.
 */
static bool glob(struct text pattern, struct text word) {
  size_t p = 0, w = 0, star = SIZE_MAX, star_word = 0;
  while (w < word.size) {
    if (p < pattern.size && pattern.data[p] == '*') {
      star = ++p;
      star_word = w;
    } else if (p < pattern.size && pattern.data[p] == '?') {
      p++;
      w = character_end(word, w);
    } else if (p < pattern.size && pattern.data[p] == word.data[w]) {
      p++;
      w++;
    } else if (star != SIZE_MAX) {
      p = star;
      w = ++star_word;
    } else {
      return false;
    }
  }
  while (p < pattern.size && pattern.data[p] == '*')
    p++;
  return p == pattern.size;
}

static struct text folded(struct text text) {
  char *out = memory_alloc(fold_size_max(text.size));
  return (struct text){out, fold_write(text, out)};
}

bool route_pattern_fits(struct text pattern, struct text word) {
  struct text a = folded(pattern), b = folded(word);
  bool fits = glob(a, b);
  free((char *)(uintptr_t)a.data);
  free((char *)(uintptr_t)b.data);
  return fits;
}

/* ---- fitting ------------------------------------------------------------------------------- */

static bool any_fits(const struct route_list *list, struct text word) {
  for (size_t i = 0; i < list->count; i++)
    if (route_pattern_fits(list->items[i], word))
      return true;
  return false;
}

static bool any_tag_fits(const struct route_list *list, struct text tags) {
  json_t *array = json_loadb(tags.data, tags.size, JSON_ALLOW_NUL, NULL), *tag;
  bool fits = false;
  size_t i;
  json_array_foreach(array, i, tag) {
    struct text word = {json_string_value(tag), json_string_length(tag)};
    fits = fits || (word.data && any_fits(list, word));
  }
  json_decref(array);
  return fits;
}

static bool ask_fits(const struct route *route, enum route_ask ask,
                     const struct route_subject *subject) {
  const struct alert *alert = subject->alert;
  const struct route_list *list = &route->asks[ask];
  if (ask == ROUTE_TAGS)
    return any_tag_fits(list, alert->tags);
  const struct text words[ROUTE_ASK_COUNT] = {[ROUTE_RULES] = alert->rule_id,
                                              [ROUTE_LOG_TYPES] = alert->log_type,
                                              [ROUTE_PACKS] = subject->pack,
                                              [ROUTE_SOURCES] = alert->source_id,
                                              [ROUTE_ACTORS] = alert->actor};
  return words[ask].size > 0 && any_fits(list, words[ask]);
}

bool route_fits(const struct route *route, const struct route_subject *subject) {
  const struct alert *alert = subject->alert;
  if (!(route->severities >> alert->severity & 1) || !(route->alert_types >> alert->type & 1))
    return false;
  if (route->mutes && route->until != TIME_NONE && alert->first_event_time >= route->until)
    return false;
  for (enum route_ask ask = 0; ask < ROUTE_ASK_COUNT; ask++)
    if (route->asks[ask].count > 0 && !ask_fits(route, ask, subject))
      return false;
  return true;
}

/* ---- shadows ------------------------------------------------------------------------------- */

/* Whether every word that fits `narrow` fits one of the list: `?` and `*` of it are taken for
 * characters, and a `*` that has to stand for several of them can. A `?` only for one that is none
 * of both. */
static bool list_covers(const struct route_list *list, struct text narrow) {
  for (size_t i = 0; i < list->count; i++) {
    struct text wide = list->items[i];
    bool one = memchr(wide.data, '?', wide.size) && memchr(narrow.data, '*', narrow.size);
    if (!one && route_pattern_fits(wide, narrow))
      return true;
  }
  return false;
}

bool route_shadows(const struct route *earlier, const struct route *later) {
  if (earlier->goes_on || (earlier->mutes && earlier->until != TIME_NONE))
    return false;
  if (later->severities & ~earlier->severities || later->alert_types & ~earlier->alert_types)
    return false;
  for (enum route_ask ask = 0; ask < ROUTE_ASK_COUNT; ask++) {
    const struct route_list *wide = &earlier->asks[ask], *narrow = &later->asks[ask];
    if (wide->count > 0 && narrow->count == 0)
      return false;
    for (size_t i = 0; wide->count > 0 && i < narrow->count; i++)
      if (!list_covers(wide, narrow->items[i]))
        return false;
  }
  return true;
}
