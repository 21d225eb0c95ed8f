#include "rule/vm/rule_question.h"

#include "base/hash.h"
#include "rule/vm/question_look_up.h"
#include "rule/vm/question_recall.h"
#include "rule/vm/question_repeat.h"

static void add_part(struct question_gatherer *gatherer, const struct question_part *part) {
  if (part->lookup.size)
    question_look_up(gatherer, part);
  else
    question_gather_field(gatherer, part);
}

/* ---- several parts ---- */

static struct text join(struct question_gatherer *gatherer, struct text left, const char *between,
                        struct text right) {
  size_t joint = strlen(between), size = left.size + joint + right.size;
  char *bytes = arena_take(gatherer->arena, size + 1);
  memcpy(bytes, left.data, left.size);
  memcpy(bytes + left.size, between, joint);
  memcpy(bytes + left.size + joint, right.data, right.size);
  bytes[size] = '\0';
  return (struct text){bytes, size};
}

/* One value of each part, which most products are of. */
static void add_joined(struct question_gatherer *gatherer, const struct question_found *found,
                       size_t count) {
  size_t shown_size = 2 * (count - 1), folded_size = count - 1;
  for (size_t p = 0; p < count; p++) {
    shown_size += found[p].items->shown.size;
    folded_size += found[p].items->folded.size;
  }
  char *shown = arena_take(gatherer->arena, shown_size + folded_size + 2);
  char *folded = shown + shown_size + 1, *shown_end = shown, *folded_end = folded;
  for (size_t p = 0; p < count; p++) {
    const struct question_text *item = found[p].items;
    if (p > 0) {
      *shown_end++ = ',';
      *shown_end++ = ' ';
      *folded_end++ = QUESTION_JOINT;
    }
    memcpy(shown_end, item->shown.data, item->shown.size);
    shown_end += item->shown.size;
    memcpy(folded_end, item->folded.data, item->folded.size);
    folded_end += item->folded.size;
  }
  *shown_end = *folded_end = '\0';
  question_gather_pair(gatherer, (struct text){shown, shown_size},
                       (struct text){folded, folded_size});
}

static void add_pairs(struct question_gatherer *gatherer, const struct question_found *left,
                      const struct question_found *right) {
  static const char between[] = {QUESTION_JOINT, '\0'};
  for (size_t i = 0; i < left->count; i++)
    for (size_t k = 0; k < right->count; k++)
      question_gather_pair(gatherer,
                           join(gatherer, left->items[i].shown, ", ", right->items[k].shown),
                           join(gatherer, left->items[i].folded, between, right->items[k].folded));
}

/* All parts are one value: each value of one with each of the others. */
static void add_product(struct question_gatherer *gatherer, const struct question_parts *parts) {
  struct question_found found[QUESTION_PARTS_MAX];
  struct question_text rooms[QUESTION_PARTS_MAX], pair_rooms[QUESTION_PARTS_MAX];
  struct question_gatherer part = *gatherer;
  bool single = true;
  for (size_t p = 0; p < parts->count; p++) {
    part.items = &rooms[p];
    part.count = 0;
    add_part(&part, &parts->items[p]);
    gatherer->cut |= part.cut;
    gatherer->failed |= part.failed;
    if (part.count == 0)
      return;
    found[p] = (struct question_found){.items = part.items, .count = part.count};
    single = single && part.count == 1;
  }
  if (single) {
    add_joined(gatherer, found, parts->count);
    return;
  }
  for (size_t p = 1; p < parts->count; p++) {
    struct question_gatherer both = *gatherer;
    both.items = &pair_rooms[p];
    both.count = 0;
    add_pairs(&both, &found[0], &found[p]);
    gatherer->cut |= both.cut;
    found[0] = (struct question_found){.items = both.items, .count = both.count};
  }
  for (size_t i = 0; i < found->count; i++)
    question_gather_item(gatherer, found->items[i]);
}

/* Each part is a value by itself: the same text in two of them is two values. */
static void add_each(struct question_gatherer *gatherer, const struct question_parts *parts) {
  for (size_t p = 0; p < parts->count; p++) {
    const char mark[] = {(char)('0' + p), QUESTION_MARK, '\0'};
    size_t before = gatherer->count;
    add_part(gatherer, &parts->items[p]);
    for (size_t i = before; i < gatherer->count; i++) {
      struct question_text *item = &gatherer->items[i];
      item->folded = join(gatherer, TEXT(""), mark, item->folded);
      item->hash = hash_text(item->folded);
    }
  }
}

/* One value, or one for each of a part's, or one for each combination of several parts'. */
static void add_whole(struct question_gatherer *gatherer, const struct question_parts *parts,
                      const struct question_recall *recall) {
  if (parts->count == 1)
    add_part(gatherer, &parts->items[0]);
  else
    add_product(gatherer, parts);
  if (recall->kept)
    question_recall_keep(gatherer, parts, recall);
}

/* ---- one event ---- */

/* Of one field that holds one text, as nearly all questions are; else empty. */
static struct text text_of(const struct rule_vm *vm, const struct question_parts *parts) {
  const struct question_part *part = parts->items;
  const struct text none = TEXT_INIT("");
  if (parts->count != 1 || part->lookup.size)
    return none;
  const struct rule_template_value *value = part->field->parts->value;
  if (value->count != 1 || value->sources->name.size)
    return none;
  const struct json_node *node = field_view_get(vm->view, value->sources->field);
  if (!node || node->type != JSON_TYPE_STRING || node->size == 0)
    return none;
  return part->cut == QUESTION_DOMAIN ? question_domain(json_text(node)) : json_text(node);
}

/* What was found, with room for the one that most have. */
struct found_room {
  struct question_found found;
  struct question_text first;
};

/* A mock is one rule's own. */
static const struct question_found *note(struct rule_vm *vm, const struct question_parts *parts,
                                         const struct question_found *found) {
  if (!vm->mocked)
    vm->gathered[parts->shared] =
        (struct rule_vm_gathered){.event = vm->event_number, .found = found};
  return found;
}

/* What is known of the parts before anything is gathered. */
struct before {
  struct text text;          /* text_of */
  struct question_text item; /* what is recalled; `is_recalled` */
  bool is_recalled;
  struct question_recall recall;
  struct question_repeat repeat;
};

static void look_before(struct rule_vm *vm, const struct question_parts *parts,
                        struct before *before) {
  before->recall.kept = NULL;
  before->repeat.place = NULL;
  before->is_recalled = false;
  before->item.shown = TEXT("");
  before->text = text_of(vm, parts);
  if (before->text.size == 0) {
    before->recall = question_recall_of(vm, parts);
    before->is_recalled = question_recall(vm, parts, &before->recall, &before->item);
  }
  if (vm->mocked || parts->count > 1)
    return;
  if (before->text.size)
    before->repeat = question_repeat_of(vm, parts, before->text);
  else if (before->is_recalled)
    before->repeat = question_repeat_of(vm, parts, before->item.shown);
}

static void gather(struct question_gatherer *gatherer, const struct question_parts *parts,
                   const struct before *before) {
  if (before->is_recalled)
    question_recall_add(gatherer, &before->item);
  else if (before->text.size &&
           question_take_short(gatherer->arena, gatherer->vm->binding.event->record, before->text,
                               gatherer->items))
    gatherer->count = 1;
  else
    add_whole(gatherer, parts, &before->recall);
}

/* Of one question; not inline, as few questions of an event are about something else than those
 * before. NULL when a function fails. */
static __attribute__((noinline)) const struct question_found *
find(struct rule_vm *vm, const struct rule *rule, struct arena *arena,
     const struct question_parts *parts, bool any, struct error *error) {
  struct before before;
  const struct question_found *repeated;
  if (!any) {
    look_before(vm, parts, &before);
    if ((repeated = question_repeated(&before.repeat)))
      return note(vm, parts, repeated);
  }
  struct found_room *room = arena_take(arena, sizeof *room);
  struct question_gatherer gatherer = {
      .vm = vm, .rule = rule, .arena = arena, .items = &room->first, .error = error};
  any ? add_each(&gatherer, parts) : gather(&gatherer, parts, &before);
  if (gatherer.failed)
    return NULL;
  room->found = (struct question_found){gatherer.items, gatherer.count, gatherer.cut};
  if (!any)
    question_repeat_keep(&before.repeat, &room->found);
  return note(vm, parts, &room->found);
}

/* What the parts are in this event, which several rules may ask; NULL: it is not known yet. */
static inline const struct question_found *known(const struct rule_vm *vm,
                                                 const struct question_parts *parts) {
  const struct rule_vm_gathered *gathered = &vm->gathered[parts->shared];
  return gathered->event == vm->event_number && !vm->mocked ? gathered->found : NULL;
}

const struct question_asked *rule_vm_ask(struct rule_vm *vm, const struct rule *rule,
                                         struct arena *arena, struct error *error) {
  static const struct question_text nobody = {TEXT_INIT(""), TEXT_INIT(""), .hash = 0};
  static const struct question_found organisation = {&nobody, 1, false};
  const struct question_list list = rule->questions;
  struct question_asked *asked = arena_take(arena, list.count * sizeof *asked);
  for (size_t i = 0; i < list.count; i++) {
    const struct question *question = &list.items[i];
    const struct question_found *keys = &organisation, *values = NULL;
    if (question->per.count && !(keys = known(vm, &question->per)) &&
        !(keys = find(vm, rule, arena, &question->per, false, error)))
      return NULL;
    if (keys->count && question->of.count && !(values = known(vm, &question->of)) &&
        !(values = find(vm, rule, arena, &question->of, question->of_any, error)))
      return NULL;
    bool is_asked = keys->count && (!question->of.count || values->count);
    asked[i] = (struct question_asked){
        .question = question, .keys = is_asked ? keys : NULL, .values = is_asked ? values : NULL};
  }
  return asked;
}

void rule_vm_set_answers(struct rule_vm *vm, const struct question_answers *answers) {
  vm->binding.answers = answers;
}
