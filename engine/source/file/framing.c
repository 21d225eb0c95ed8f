#include "source/file/framing.h"

#include "event/json/json.h"

#include <stdio.h>

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_one_of(struct text set, char c) {
  return memchr(set.data, c, set.size) != NULL;
}

/* ---- places ------------------------------------------------------------------------------ */

static const char array_word[] = "array", page_word[] = "page", values_word[] = "values";

void framing_place_write(const struct framing_place *place, char out[FRAMING_WORD_SIZE]) {
  const char *inner = place->kind ? place->kind->array : place->in_page ? page_word : "";
  if (place->in_array)
    snprintf(out, FRAMING_WORD_SIZE, "%s%s%s", array_word, *inner ? " " : "", inner);
  else
    snprintf(out, FRAMING_WORD_SIZE, "%s", *inner ? inner : values_word);
}

bool framing_place_read(struct text word, struct framing_place *place) {
  *place = (struct framing_place){.position = place->position};
  if (text_is(word, values_word))
    return true;
  size_t prefix = sizeof(array_word) - 1;
  if (word.size >= prefix && memcmp(word.data, array_word, prefix) == 0) {
    place->in_array = true;
    if (word.size == prefix)
      return true;
    if (word.data[prefix] != ' ')
      return false;
    word = (struct text){word.data + prefix + 1, word.size - prefix - 1};
  }
  place->in_page = true;
  place->kind = page_kind_find(word);
  return place->kind || text_is(word, page_word);
}

/* ---- the form ---------------------------------------------------------------------------- */

/* A line that breaks within a value: does JSON go on after it, or was the line cut short? */
static enum framing_form guess_at_break(struct text start, size_t at, char previous,
                                        bool complete) {
  if (previous == '{' || previous == '[' || previous == ',' || previous == ':')
    return FRAMING_VALUES;
  while (at < start.size && is_space(start.data[at]))
    at++;
  if (at == start.size)
    return complete ? FRAMING_LINES : FRAMING_UNKNOWN;
  return is_one_of(TEXT(",:}]"), start.data[at]) ? FRAMING_VALUES : FRAMING_LINES;
}

/* After a whole value on the first line: one value a line, or several? */
static enum framing_form guess_after_value(struct text start, size_t at, bool complete) {
  for (; at < start.size; at++) {
    if (start.data[at] == '\n')
      return FRAMING_LINES;
    if (!is_space(start.data[at]))
      return start.data[at] == '{' || start.data[at] == '[' ? FRAMING_VALUES : FRAMING_LINES;
  }
  return complete ? FRAMING_LINES : FRAMING_UNKNOWN;
}

enum framing_form framing_guess(struct text start, bool complete) {
  size_t at = 0;
  while (at < start.size && is_space(start.data[at]))
    at++;
  if (at == start.size)
    return complete ? FRAMING_LINES : FRAMING_UNKNOWN;
  if (start.data[at] == '[')
    return FRAMING_VALUES;
  if (start.data[at] != '{')
    return FRAMING_LINES;

  size_t depth = 0;
  bool in_string = false;
  char previous = 0;
  struct text key = {"", 0};
  for (; at < start.size; at++) {
    char c = start.data[at];
    if (in_string) {
      if (c == '\n')
        return FRAMING_LINES;
      if (c == '\\')
        at++;
      else if (c == '"') {
        in_string = false;
        key.size = (size_t)(start.data + at - key.data);
        previous = c;
      }
      continue;
    }
    if (c == '\n')
      return guess_at_break(start, at, previous, complete);
    if (is_space(c))
      continue;
    if (c == '"') {
      in_string = true;
      key.data = start.data + at + 1;
    } else if (c == '{' || c == '[') {
      if (c == '[' && depth == 1 && previous == ':' && page_kind_find(key))
        return FRAMING_VALUES;
      depth++;
    } else if (c == '}' || c == ']') {
      if (--depth == 0)
        return guess_after_value(start, at + 1, complete);
    }
    previous = c;
  }
  return complete ? FRAMING_LINES : FRAMING_UNKNOWN;
}

/* ---- the framer -------------------------------------------------------------------------- */

void framer_start(struct framer *framer, const struct framing_place *place) {
  *framer = (struct framer){.place = *place,
                            .position = place->position,
                            .between = true,
                            .line_start = true,
                            .partial = BUFFER_NONE};
  if (place->in_page && !place->kind) {
    framer->between = false;
    framer->envelope = true;
    framer->object = true;
    framer->depth = 1;
    framer->line_start = false; /* the place is just behind the array's end */
    framer->previous = ']';
  }
}

void framer_free(struct framer *framer) {
  buffer_free(&framer->partial);
}

/* Keeps a piece of the value for the next block; cuts what is too long for any record. */
static void keep_piece(struct framer *framer, struct text piece) {
  if (framer->envelope)
    return;
  size_t room = (size_t)JSON_SIZE_MAX + 1 - framer->partial.size;
  if (piece.size > room)
    piece.size = room;
  buffer_append_text(&framer->partial, piece);
}

static void go_between(struct framer *framer) {
  framer->between = true;
  framer->bare = framer->in_string = framer->escape = framer->envelope = framer->object = false;
  framer->depth = 0;
  framer->key_size = 0;
}

/* The value ends before block[at]; its part in this block begins at `from`. False when there is
 * nothing to hand out (a page's end). */
static bool finish_value(struct framer *framer, struct text block, size_t from, size_t at,
                         struct framed *framed) {
  bool envelope = framer->envelope;
  struct text piece = {block.data + from, at - from};
  if (!envelope && framer->partial.size > 0) {
    keep_piece(framer, piece);
    piece = buffer_text(&framer->partial);
    framer->partial_done = true;
  } else if (piece.size > (size_t)JSON_SIZE_MAX + 1) {
    piece.size = (size_t)JSON_SIZE_MAX + 1;
  }
  go_between(framer);
  if (envelope)
    framer->place.in_page = false;
  framer->place.position = framer->position;
  if (envelope)
    return false;
  const struct page_kind *kind = framer->place.kind;
  framed->log_type = kind ? text_from(page_kind_log_type(kind, piece)) : TEXT("");
  framed->record = piece;
  framed->position = framer->start;
  return true;
}

/* One byte while looking for the start of a value. True when a value begins with it. */
static bool step_between(struct framer *framer, char c) {
  struct framing_place *place = &framer->place;
  if (is_space(c) || c == ',') {
    if (c == '\n')
      framer->line_start = true;
    return false;
  }
  if (c == '[' && !place->in_array && !place->in_page) {
    place->in_array = true;
    return false;
  }
  if (c == ']' && place->kind) {
    place->kind = NULL;
    framer->between = false;
    framer->envelope = framer->object = true;
    framer->depth = 1;
    framer->line_start = false;
    framer->previous = c;
    place->position = framer->position + 1;
    return false;
  }
  if (c == ']' && place->in_array) {
    place->in_array = false;
    return false;
  }
  framer->between = false;
  framer->start = place->position = framer->position;
  framer->object = c == '{';
  framer->depth = c == '{' || c == '[';
  framer->in_string = c == '"';
  framer->bare = framer->depth == 0 && !framer->in_string;
  framer->previous = c;
  framer->line_start = false;
  framer->key_size = 0;
  return true;
}

/* What a byte within a value means for the value. */
enum step {
  STEP_INSIDE,
  STEP_END_AFTER,  /* the value ends with this byte */
  STEP_END_BEFORE, /* the value ended before this byte, which is to be looked at again */
  STEP_PAGE        /* the array of a page begins with this byte */
};

static enum step step_bare(const struct framer *framer, char c) {
  if (c == '\n')
    return STEP_END_BEFORE;
  bool listed = framer->place.in_array || framer->place.in_page;
  return listed && is_one_of(TEXT(",]{["), c) ? STEP_END_BEFORE : STEP_INSIDE;
}

static enum step step_string(struct framer *framer, char c) {
  if (c == '\n') /* never valid in a string: the line was cut short */
    return STEP_END_BEFORE;
  if (framer->escape) {
    framer->escape = false;
  } else if (c == '\\') {
    framer->escape = true;
  } else if (c == '"') {
    framer->in_string = false;
    framer->previous = c;
    return framer->depth == 0 ? STEP_END_AFTER : STEP_INSIDE;
  }
  if (framer->depth == 1 && framer->key_size < sizeof(framer->key))
    framer->key[framer->key_size++] = c;
  return STEP_INSIDE;
}

/* Most bytes are plain ones within strings: jumps over them. Returns how many. */
static size_t skip_plain(struct framer *framer, struct text rest) {
  static const bool special[256] = {['"'] = true, ['\\'] = true, ['\n'] = true};
  if (framer->escape)
    return 0;
  size_t size = 0;
  while (size < rest.size && !special[(unsigned char)rest.data[size]])
    size++;
  if (framer->depth == 1) {
    size_t room = sizeof(framer->key) - framer->key_size;
    size_t kept = size < room ? size : room;
    memcpy(framer->key + framer->key_size, rest.data, kept);
    framer->key_size += kept;
  }
  framer->position += size;
  return size;
}

static bool is_page_array(const struct framer *framer, const struct page_kind **kind) {
  if (framer->depth != 1 || framer->previous != ':' || !framer->object || framer->place.kind ||
      framer->key_size == sizeof(framer->key))
    return false;
  *kind = page_kind_find((struct text){framer->key, framer->key_size});
  return *kind != NULL;
}

static enum step step_structure(struct framer *framer, char c) {
  if (is_space(c)) {
    if (c == '\n')
      framer->line_start = true;
    return STEP_INSIDE;
  }
  bool line_start = framer->line_start;
  framer->line_start = false;
  if (c == '"') {
    framer->in_string = true;
    framer->key_size = 0;
    return STEP_INSIDE;
  }
  if (c == '{' || c == '[') {
    if (line_start && !is_one_of(TEXT("[,:"), framer->previous))
      return STEP_END_BEFORE;
    if (c == '[' && is_page_array(framer, &framer->place.kind))
      return STEP_PAGE;
    framer->depth++;
  } else if (c == '}' || c == ']') {
    framer->depth--;
  }
  framer->previous = c;
  return framer->depth == 0 ? STEP_END_AFTER : STEP_INSIDE;
}

static enum step step_within(struct framer *framer, char c) {
  if (framer->bare)
    return step_bare(framer, c);
  return framer->in_string ? step_string(framer, c) : step_structure(framer, c);
}

static void enter_page(struct framer *framer) {
  const struct page_kind *kind = framer->place.kind;
  buffer_reset(&framer->partial);
  go_between(framer);
  framer->place = (struct framing_place){framer->position, framer->place.in_array, true, kind};
}

/* A block, as far as it was looked at. */
struct look {
  struct text block;
  size_t from; /* where the value's part in this block begins */
  size_t at;
};

static void advance(struct framer *framer, struct look *look) {
  look->at++;
  framer->position++;
}

static void take_between(struct framer *framer, struct look *look) {
  if (step_between(framer, look->block.data[look->at]))
    look->from = look->at;
  advance(framer, look);
}

/* True: a value has ended, which is handed out. */
static bool take_within(struct framer *framer, struct look *look, struct framed *framed) {
  enum step step = step_within(framer, look->block.data[look->at]);
  if (step != STEP_END_BEFORE)
    advance(framer, look);
  if (step == STEP_PAGE)
    enter_page(framer);
  return (step == STEP_END_BEFORE || step == STEP_END_AFTER) &&
         finish_value(framer, look->block, look->from, look->at, framed);
}

/* What was looked at and not handed out. */
static void keep_rest(struct framer *framer, const struct look *look) {
  if (framer->between)
    framer->place.position = framer->position;
  else
    keep_piece(framer, (struct text){look->block.data + look->from, look->at - look->from});
}

bool framer_next(struct framer *framer, struct text block, size_t *cursor, struct framed *framed) {
  struct look look = {block, *cursor, *cursor};
  bool handed = false;
  if (framer->partial_done) {
    buffer_reset(&framer->partial);
    framer->partial_done = false;
  }
  while (!handed && look.at < block.size) {
    if (framer->between) {
      take_between(framer, &look);
      continue;
    }
    if (framer->in_string)
      look.at += skip_plain(framer, (struct text){block.data + look.at, block.size - look.at});
    if (look.at < block.size)
      handed = take_within(framer, &look, framed);
  }
  *cursor = look.at;
  if (!handed)
    keep_rest(framer, &look);
  return handed;
}

bool framer_finish(struct framer *framer, struct framed *framed) {
  if (framer->between || framer->envelope || framer->partial.size == 0)
    return false;
  bool handed = finish_value(framer, TEXT(""), 0, 0, framed);
  framer->place.in_array = framer->place.in_page = false;
  framer->place.kind = NULL;
  return handed;
}

bool framer_is_inside(const struct framer *framer) {
  return framer->place.in_array || framer->place.in_page || !framer->between;
}
