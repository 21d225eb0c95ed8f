#include "event/json/json_form.h"

#include "base/arena.h"
#include "base/memory.h"
#include "event/json/json_scalar.h"

#include <stdlib.h>

/* Bounds of what is remembered, for hostile records: with more, all is forgotten. */
#define STEPS_MAX 4096u
#define MEMORY_MAX ((size_t)512 * 1024)
#define NODES_MAX 1024u /* of one record; larger ones are rare */
#define OTHERS_MAX 64u  /* steps that are tried at one place */
#define GAP_MAX 256u    /* bytes; what is tried is compared up to where it differs */

/* Known forms pay for the others: each brings one, and one that is unknown takes some. With none
 * left, forms are not looked for in the next records. */
#define CREDIT_MAX 256
#define CREDIT_START 64
#define CREDIT_LOST 4
#define PAUSE 256 /* records */

enum step_kind {
  STEP_STRING, /* the gap ends with the quote, and the next one begins with the other */
  STEP_SCALAR, /* a whole number or a word */
  STEP_END     /* nothing stands behind the gap */
};

/* A node that begins within a gap. */
struct beginning {
  uint32_t key; /* where it stands in the gap; KEY_NONE: in an array, or the root */
  uint32_t key_size;
  uint8_t type;
};
#define KEY_NONE UINT32_MAX

/* A container's size is known at its end. */
struct container {
  uint32_t node, skip, size;
};

/* A gap and the value behind it. */
struct step {
  uint64_t head, head_mask; /* the gap's first eight bytes, as far as it has them */
  const char *gap;
  uint32_t gap_size;
  uint32_t lead;   /* bytes of the gap before its first place: the quote of the string before */
  uint32_t places; /* in the gap, and the value's */
  enum step_kind kind;
  uint32_t key;           /* of the value, as a beginning's */
  struct json_node value; /* the node behind the gap, but for what differs */
  uint32_t opened_count;  /* containers that begin in the gap */
  struct step *next;      /* the first of what may follow */
  struct step *other;     /* what may stand here as well */
  const struct beginning *opened;
  const struct container *containers; /* of STEP_END: all of the record's */
  uint32_t container_count;
  uint32_t form; /* of STEP_END: its number; 0: not known yet */
};

struct json_forms {
  struct step *first; /* what a record begins with */
  struct arena arena; /* owns the steps */
  size_t step_count;
  uint32_t form_count; /* ever; the number of the last form. No number is given twice */
  struct json_node *nodes;
  size_t node_capacity; /* enough for each form, and one more */
  int credit;
  unsigned pause; /* records that are left out */
};

struct json_forms *json_forms_new(void) {
  struct json_forms *forms = memory_alloc(sizeof *forms);
  forms->credit = CREDIT_START;
  return forms;
}

void json_forms_free(struct json_forms *forms) {
  if (!forms)
    return;
  free(forms->nodes);
  arena_free(&forms->arena);
  free(forms);
}

/* ---- reading ---- */

static inline bool gap_fits(const struct step *step, const char *at) {
  if ((text_load_8(at) & step->head_mask) != step->head)
    return false;
  const char *gap = step->gap;
  const size_t size = step->gap_size;
  if (size <= 8)
    return true;
  for (size_t i = 8; i + 8 < size; i += 8)
    if (text_load_8(at + i) != text_load_8(gap + i))
      return false;
  return text_load_8(at + size - 8) == text_load_8(gap + size - 8);
}

static __attribute__((noinline)) struct json_node *
open_containers(const struct step *step, const char *gap, struct json_node *node) {
  for (const struct beginning *opened = step->opened, *end = opened + step->opened_count;
       opened < end; opened++)
    *node++ = (struct json_node){.key = opened->key == KEY_NONE ? NULL : gap + opened->key,
                                 .key_size = opened->key_size,
                                 .type = opened->type};
  return node;
}

/* The walk over one record. Its usual steps are inlined, so that it stays in registers. */
struct walk {
  const char *text, *end;
  const uint32_t *place;    /* the next one */
  const char *behind;       /* the value before; NULL: it is a string, which ends with the gap */
  struct json_node *string; /* that one */
  struct json_node *node;   /* the next one */
};

/* Of the strings of a record that has escapes. */
static __attribute__((noinline)) bool unescape(const struct json_window *window,
                                               struct json_places *places, struct json_node *nodes,
                                               const struct json_node *end) {
  for (struct json_node *node = nodes; node < end; node++) {
    if (node->type != JSON_TYPE_STRING || !memchr(node->value.string, '\\', node->size))
      continue;
    const char *behind = json_window_unescape(window, node->value.string, places->strings);
    if (!behind)
      return false;
    node->value.string = places->strings;
    node->size = (uint32_t)(behind - places->strings);
    places->strings += node->size;
  }
  return true;
}

/* Whether the step's gap and value stand here: only then the walk goes on. What stands before the
 * gap's first place ends the string before: a quote, which the gap begins with, and white space.
 * (Behind the record's last place there is no room for a gap, which has a place in it.) */
static inline __attribute__((always_inline)) bool take_step(struct walk *walk,
                                                            const struct step *step) {
  const char *at = walk->text + *walk->place - step->lead, *behind = at + step->gap_size;
  struct json_node *node = walk->node, *string = walk->string;
  /* First: a gap of another record could begin before the block. */
  if (!string ? at != walk->behind : at < string->value.string)
    return false;
  if (behind > walk->end || !gap_fits(step, at))
    return false;
  if (string)
    string->size = (uint32_t)(at - string->value.string);
  if (__builtin_expect(step->opened_count > 0, 0))
    node = open_containers(step, at, node);
  *node = step->value;
  if (__builtin_expect(step->key != KEY_NONE, 1))
    node->key = at + step->key;
  if (__builtin_expect(step->kind == STEP_STRING, 1)) {
    node->value.string = behind;
    walk->string = node;
  } else if (step->kind == STEP_END) {
    return behind == walk->end;
  } else {
    const char *after = json_read_integer(behind, node);
    if (!after && !(after = json_read_word(behind, node)))
      return false;
    walk->behind = after;
    walk->string = NULL;
  }
  walk->place += step->places;
  walk->node = node + 1;
  return true;
}

static uint32_t end_form(const struct step *step, struct json_node *nodes) {
  for (uint32_t i = 0; i < step->container_count; i++) {
    const struct container *container = &step->containers[i];
    nodes[container->node].skip = container->skip;
    nodes[container->node].size = container->size;
  }
  return step->form;
}

static void move_to_front(struct step **list, struct step *before, struct step *step) {
  before->other = step->other;
  step->other = *list;
  *list = step;
}

/* Another step of the list than the first. What was met last is looked for first. */
static __attribute__((noinline)) bool take_other(struct walk *walk, struct step **list) {
  size_t left = OTHERS_MAX;
  for (struct step *before = *list, *step; (step = before->other) != NULL && left-- > 0;
       before = step)
    if (take_step(walk, step)) {
      move_to_front(list, before, step);
      return true;
    }
  return false;
}

/* GCC would keep two members of a walk in one vector register, and take them out for each use. */
#ifdef __clang__
#define IN_REGISTERS
#else
#define IN_REGISTERS __attribute__((optimize("no-tree-slp-vectorize")))
#endif

/* Returns the form's number; 0: none fits. */
static IN_REGISTERS uint32_t walk_forms(struct json_forms *forms, const struct json_window *window,
                                        struct json_places *places, struct text record) {
  struct walk walk = {.text = places->text,
                      .end = record.data + record.size,
                      .place = places->place,
                      .behind = record.data,
                      .node = forms->nodes};
  for (struct step **list = &forms->first, *step; (step = *list) != NULL; list = &step->next) {
    if (!__builtin_expect(take_step(&walk, step), 1)) {
      struct walk other = walk; /* no pointer to the walk itself, or it would be in memory */
      if (!take_other(&other, list))
        return 0;
      walk = other;
      step = *list;
    }
    if (step->kind != STEP_END)
      continue;
    if (__builtin_expect(places->escapes, 0) && !unescape(window, places, forms->nodes, walk.node))
      return 0;
    places->place = walk.place + step->places;
    return end_form(step, forms->nodes);
  }
  return 0;
}

struct json_node *json_forms_read(struct json_forms *forms, const struct json_window *window,
                                  struct json_places *places, struct text record, uint32_t *form) {
  *form = 0;
  if (__builtin_expect(forms->pause > 0, 0)) {
    forms->credit = CREDIT_LOST * 2;
    forms->pause--;
    return NULL;
  }
  char *strings = places->strings;
  *form = walk_forms(forms, window, places, record);
  if (__builtin_expect(*form == 0, 0)) {
    places->strings = strings;
    forms->credit -= CREDIT_LOST;
    if (forms->credit <= 0)
      forms->pause = PAUSE;
    return NULL;
  }
  forms->credit += forms->credit < CREDIT_MAX;
  return forms->nodes;
}

/* ---- learning ---- */

/* A record that is being taken apart. */
struct lesson {
  struct json_forms *forms;
  struct text record;
  const struct json_node *node, *end; /* the next that begins, and behind the last */
  size_t at, gap;                     /* the next byte; where the gap begins */
  uint32_t places;                    /* since the gap began */
  uint32_t lead;                      /* where its first one stands in it */
  struct text key;                    /* of the next node; its data is NULL: none */
  struct beginning *opened;           /* since the gap began */
  size_t opened_count, opened_capacity;
  struct step **list; /* of the steps that may come next */
  struct step *last;
};

static void forget(struct json_forms *forms) {
  arena_free(&forms->arena);
  forms->step_count = 0;
  forms->first = NULL;
}

static void note_place(struct lesson *lesson) {
  if (lesson->places++ == 0)
    lesson->lead = (uint32_t)(lesson->at - lesson->gap);
}

static struct beginning begin(struct lesson *lesson) {
  const struct beginning beginning = {
      .key = lesson->key.data ? (uint32_t)(lesson->key.data - lesson->record.data - lesson->gap)
                              : KEY_NONE,
      .key_size = (uint32_t)lesson->key.size,
      .type = lesson->node->type};
  lesson->key = (struct text){NULL, 0};
  lesson->node++;
  return beginning;
}

static void open_container(struct lesson *lesson) {
  note_place(lesson);
  lesson->opened = memory_reserve(lesson->opened, &lesson->opened_capacity,
                                  lesson->opened_count + 1, sizeof *lesson->opened);
  lesson->opened[lesson->opened_count++] = begin(lesson);
  lesson->at++;
}

static void add_step(struct lesson *lesson, struct text gap, enum step_kind kind,
                     struct beginning value) {
  struct json_forms *forms = lesson->forms;
  const size_t size = lesson->opened_count * sizeof *lesson->opened;
  struct step *step = arena_alloc(&forms->arena, sizeof *step);
  struct beginning *opened = arena_alloc(&forms->arena, size + 1);
  char *bytes = arena_alloc(&forms->arena, gap.size + 8);
  if (size)
    memcpy(opened, lesson->opened, size);
  memcpy(bytes, gap.data, gap.size);
  *step = (struct step){.head = text_load_8(bytes),
                        .gap = bytes,
                        .gap_size = (uint32_t)gap.size,
                        .lead = lesson->lead,
                        .places = lesson->places,
                        .kind = kind,
                        .key = value.key,
                        .value = {.key_size = value.key_size, .skip = 1, .type = value.type},
                        .opened = opened,
                        .opened_count = (uint32_t)lesson->opened_count,
                        .other = *lesson->list};
  memset(&step->head_mask, 0xff, gap.size < 8 ? gap.size : 8);
  *lesson->list = step;
  forms->step_count++;
}

static bool step_is(const struct step *step, enum step_kind kind, struct text gap) {
  return step->kind == kind && text_equal((struct text){step->gap, step->gap_size}, gap);
}

/* A gap ends: what stands from `gap` to `at`. `value` is what stands behind it. False: it is long.
 */
static bool end_gap(struct lesson *lesson, enum step_kind kind, struct beginning value) {
  struct text gap = {lesson->record.data + lesson->gap, lesson->at - lesson->gap};
  struct step *step = *lesson->list, *before = NULL;
  size_t left = OTHERS_MAX; /* no reader comes to what is behind these */
  if (gap.size > GAP_MAX)
    return false;
  for (; step && left > 0 && !step_is(step, kind, gap); step = step->other, left--)
    before = step;
  if (!step || left == 0) {
    add_step(lesson, gap, kind, value);
    step = *lesson->list;
  } else if (before) {
    move_to_front(lesson->list, before, step);
  }
  lesson->last = step;
  lesson->list = &step->next;
  lesson->opened_count = 0;
  lesson->places = 0;
  return true;
}

/* The quote that ends a string. */
static const char *find_close(const char *at, const char *end) {
  for (; at < end && *at != '"'; at++)
    at += *at == '\\';
  return at < end ? at : NULL;
}

/* A key or a string. False: a key with escapes, which cannot stand for itself; or a long gap. */
static bool learn_string(struct lesson *lesson) {
  note_place(lesson);
  const char *string = lesson->record.data + ++lesson->at;
  const char *close = find_close(string, lesson->record.data + lesson->record.size);
  if (!close)
    return false;
  struct text text = {string, (size_t)(close - string)};
  if (lesson->node->key && !lesson->key.data) {
    if (!text_equal(text, json_key(lesson->node)))
      return false;
    lesson->key = text;
    lesson->at += text.size + 1;
    return true;
  }
  if (!end_gap(lesson, STEP_STRING, begin(lesson)))
    return false;
  lesson->at += text.size;
  lesson->gap = lesson->at++;
  return true;
}

/* False: a number that is none of the usual; or a long gap. */
static bool learn_scalar(struct lesson *lesson) {
  struct json_node ignored;
  note_place(lesson);
  const char *at = lesson->record.data + lesson->at, *behind = json_read_integer(at, &ignored);
  if (!behind)
    behind = json_read_word(at, &ignored);
  if (!behind)
    return false;
  if (!end_gap(lesson, STEP_SCALAR, begin(lesson)))
    return false;
  lesson->at += (size_t)(behind - at);
  lesson->gap = lesson->at;
  return true;
}

/* The record is well-formed, as it has nodes; so there is one whenever a value begins. */
static bool learn_steps(struct lesson *lesson) {
  while (lesson->at < lesson->record.size) {
    char c = lesson->record.data[lesson->at];
    if (json_is_space(c)) {
      lesson->at++;
    } else if (c == ',' || c == ':' || c == '}' || c == ']') {
      note_place(lesson);
      lesson->at++;
    } else if (lesson->node == lesson->end) {
      return false;
    } else if (c == '{' || c == '[') {
      open_container(lesson);
    } else if (!(c == '"' ? learn_string(lesson) : learn_scalar(lesson))) {
      return false;
    }
  }
  return lesson->node == lesson->end;
}

/* The containers of the record, and a number for its form. */
static void name_form(struct json_forms *forms, struct step *step, const struct json_node *root) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < root->skip; i++)
    count += json_is_container(&root[i]);
  struct container *containers = arena_alloc(&forms->arena, count * sizeof *containers);
  step->containers = containers;
  step->container_count = count;
  for (uint32_t i = 0; i < root->skip; i++)
    if (json_is_container(&root[i]))
      *containers++ = (struct container){i, root[i].skip, root[i].size};
  step->form = ++forms->form_count;
}

void json_forms_learn(struct json_forms *forms, struct text record, const struct json_node *root) {
  if (forms->pause > 0 || root->skip > NODES_MAX || forms->form_count == UINT32_MAX ||
      json_may_repeat_members(root))
    return;
  if (forms->step_count + root->skip > STEPS_MAX || arena_size(&forms->arena) > MEMORY_MAX)
    forget(forms);
  struct lesson lesson = {.forms = forms,
                          .record = record,
                          .node = root,
                          .end = root + root->skip,
                          .list = &forms->first};
  if (learn_steps(&lesson) && end_gap(&lesson, STEP_END, (struct beginning){.key = KEY_NONE}) &&
      lesson.last->form == 0)
    name_form(forms, lesson.last, root);
  free(lesson.opened);
  forms->nodes = memory_reserve(forms->nodes, &forms->node_capacity, (size_t)root->skip + 1,
                                sizeof *forms->nodes);
}
