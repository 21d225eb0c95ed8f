#include "base/unicode/address.h"
#include "rule/condition/condition_operand.h"
#include "rule/condition/field_view.h"

#include <inttypes.h>

/* Two long arrays of long strings would cost the product of their sizes. */
#define FIELD_ELEMENTS_MAX 100
/* Looking through a text that is not longer costs next to nothing. A longer one costs a step for so
 * many bytes, and again for so many bytes of what is looked for, as a hostile text is nearly it
 * everywhere. It is looked through piece by piece. */
#define SHORT_TEXT ((size_t)1024)
#define SEARCHED_BYTES_PER_STEP ((size_t)64)
#define PIECE ((size_t)1 << 18)
/* From so many literals on, noting the pairs of a text costs less than looking for each. */
#define LITERALS_WORTH_GRAMS 6

static struct text spell(struct field_view *view, const struct json_node *node) {
  buffer_reset(&view->spelling);
  switch (node->type) {
  case JSON_TYPE_INT:
    buffer_printf(&view->spelling, "%" PRId64, node->value.integer);
    break;
  case JSON_TYPE_UINT:
    buffer_printf(&view->spelling, "%" PRIu64, node->value.unsigned_integer);
    break;
  case JSON_TYPE_LARGE:
    return json_text(node);
  default:
    buffer_append_json_number(&view->spelling, node->value.real);
  }
  return buffer_text(&view->spelling);
}

static bool is_number(const struct json_node *node) {
  return node->type >= JSON_TYPE_INT && node->type <= JSON_TYPE_DOUBLE;
}

/* A scalar as a text; false for null, arrays and objects. */
static inline bool text_of(struct field_view *view, const struct json_node *node,
                           struct text *text) {
  if (node->type == JSON_TYPE_STRING)
    *text = json_text(node);
  else if (node->type == JSON_TYPE_TRUE)
    *text = TEXT("true");
  else if (node->type == JSON_TYPE_FALSE)
    *text = TEXT("false");
  else if (is_number(node))
    *text = spell(view, node);
  else
    return false;
  return true;
}

bool condition_scalar_text(struct field_view *view, const struct json_node *node,
                           struct text *text) {
  return text_of(view, node, text);
}

static inline bool texts_equal(bool cased, struct text a, struct text b) {
  return cased ? text_equal(a, b) : text_equal_folded(a, b);
}

/* Whether a text that is not the same when only ASCII is folded may be when every letter is. */
static inline bool reaches_beyond(const struct condition_operand *operand) {
  return operand->range.min != SIZE_MAX;
}

/* The sizes are equal. Reports most texts apart without a call; the bit 0x20 is ASCII case. */
static inline bool first_bytes_agree(struct text subject, struct text literal) {
  return literal.size == 0 || ((subject.data[0] ^ literal.data[0]) & ~0x20) == 0;
}

/* Takes the steps of the test; false, with the test noted, when there are none left. */
static inline bool take(const struct condition *condition, struct field_view *view, size_t steps) {
  if (__builtin_expect(work_take(&view->work, steps), 1))
    return true;
  field_view_give_up(view, condition);
  return false;
}

static size_t search_steps(size_t size, size_t literal_size) {
  return size / SEARCHED_BYTES_PER_STEP * (1 + literal_size / SEARCHED_BYTES_PER_STEP);
}

static __attribute__((noinline)) bool contains_beyond(struct field_view *view, struct text subject,
                                                      struct text literal) {
  struct text folded = condition_folded(view, subject); /* itself when it is ASCII */
  return folded.data != subject.data && text_contains(folded, literal);
}

static inline bool contains_whole(const struct condition *condition, struct field_view *view,
                                  const struct condition_operand *operand, struct text subject) {
  if (condition->cased)
    return text_contains(subject, operand->text);
  return text_contains_folded(subject, operand->text) ||
         (reaches_beyond(operand) && contains_beyond(view, subject, operand->text));
}

/* Pieces overlap by the longest text that may be the literal. */
static __attribute__((noinline)) bool long_text_contains(const struct condition *condition,
                                                         struct field_view *view,
                                                         const struct condition_operand *operand,
                                                         struct text subject) {
  const bool beyond = reaches_beyond(operand);
  const size_t literal_size = operand->text.size;
  const size_t overlap = beyond ? operand->range.min + operand->range.span : literal_size;
  for (;;) {
    struct text piece = {subject.data, subject.size};
    if (piece.size > PIECE + overlap)
      piece.size = PIECE + overlap;
    size_t folding = beyond ? piece.size / WORK_BYTES_PER_STEP : 0;
    if (!take(condition, view, folding + search_steps(piece.size, literal_size)))
      return false;
    if (contains_whole(condition, view, operand, piece))
      return true;
    if (piece.size == subject.size)
      return false;
    subject.data += PIECE;
    subject.size -= PIECE;
  }
}

static bool wildcard_fits(const struct condition *condition, struct field_view *view,
                          const struct wildcard *wildcard, struct text subject) {
  if (wildcard->beyond && !text_is_ascii(subject)) {
    if (subject.size > SHORT_TEXT && !take(condition, view, subject.size / WORK_BYTES_PER_STEP))
      return false;
    subject = condition_folded(view, subject);
  }
  if (subject.size <= SHORT_TEXT)
    return wildcard_match(wildcard, subject, NULL);
  bool fits = wildcard_match(wildcard, subject, &view->work);
  if (view->work.over)
    field_view_give_up(view, condition);
  return fits;
}

/* Whether two bytes may belong to texts that are equal: ASCII's must agree. */
static inline bool bytes_may_agree(char a, char b) {
  return ((a | b) & 0x80) || ((a ^ b) & ~0x20) == 0;
}

/* The whole of the subject, or one of its ends, folds to the literal. */
static __attribute__((noinline)) bool fits_beyond(enum comparison comparison, struct text literal,
                                                  struct text subject) {
  size_t size;
  if (comparison == COMPARE_ENDS)
    return bytes_may_agree(subject.data[subject.size - 1], literal.data[literal.size - 1]) &&
           fold_ends(subject, literal, &size);
  return bytes_may_agree(subject.data[0], literal.data[0]) &&
         fold_starts(subject, literal, &size) &&
         (comparison == COMPARE_STARTS || size == subject.size);
}

static inline bool equal_fits(bool cased, const struct condition_operand *operand,
                              struct text subject) {
  if (subject.size == operand->text.size && first_bytes_agree(subject, operand->text) &&
      texts_equal(cased, subject, operand->text))
    return true;
  return __builtin_expect(fold_in_range(operand->range, subject.size), 0) &&
         fits_beyond(COMPARE_EQUAL, operand->text, subject);
}

/* What is seldom asked: the start or the end of a text, or any part of a long one. */
static __attribute__((noinline)) bool part_fits(const struct condition *condition,
                                                struct field_view *view,
                                                const struct condition_operand *operand,
                                                struct text subject) {
  const struct text literal = operand->text;
  const bool at_end = condition->comparison == COMPARE_ENDS;
  if (condition->comparison == COMPARE_CONTAINS)
    return long_text_contains(condition, view, operand, subject);
  if (!at_end && condition->comparison != COMPARE_STARTS)
    return false;
  if (subject.size >= literal.size &&
      texts_equal(
          condition->cased,
          (struct text){subject.data + (at_end ? subject.size - literal.size : 0), literal.size},
          literal))
    return true;
  return subject.size >= operand->range.min && reaches_beyond(operand) &&
         fits_beyond(condition->comparison, literal, subject);
}

static inline bool literal_fits(const struct condition *condition, struct field_view *view,
                                const struct condition_operand *operand, struct text subject) {
  if (__builtin_expect(condition->comparison == COMPARE_EQUAL, 1))
    return equal_fits(condition->cased, operand, subject);
  if (condition->comparison == COMPARE_CONTAINS && subject.size <= SHORT_TEXT)
    return contains_whole(condition, view, operand, subject);
  return part_fits(condition, view, operand, subject);
}

static bool order_fits(enum comparison comparison, int order) {
  switch (comparison) {
  case COMPARE_GT:
    return order > 0;
  case COMPARE_GTE:
    return order >= 0;
  case COMPARE_LT:
    return order < 0;
  case COMPARE_LTE:
    return order <= 0;
  default:
    return order == 0;
  }
}

static bool number_fits(const struct condition *condition, const struct condition_operand *operand,
                        const struct json_node *node) {
  struct condition_number number = {.type = NUMBER_INT};
  if (condition->part)
    return condition_time_part(node, condition->part, &number.value.integer) &&
           order_fits(condition->comparison,
                      condition_number_compare(&number, &operand->of.number));
  if (node->type == JSON_TYPE_STRING && condition->comparison == COMPARE_EQUAL)
    return texts_equal(condition->cased, json_text(node), operand->text);
  return condition_number_read(node, &number) &&
         order_fits(condition->comparison, condition_number_compare(&number, &operand->of.number));
}

static bool regex_fits(const struct condition *condition, const struct condition_operand *operand,
                       struct text subject, struct field_view *view) {
  enum regex_result result = regex_match(operand->of.regex, view->scratch, &view->work, subject, 0);
  if (result == REGEX_LIMIT)
    field_view_give_up(view, condition);
  return result == REGEX_YES;
}

/* A look-up costs as much as some thousand bytes. */
#define LOOKUP_STEPS ((size_t)64)

/* Tables name people in lower case, as margay does; Zoom writes addresses as they were typed. */
static bool has_address(struct field_view *view, struct text table, struct text key) {
  if (!address_is(key))
    return false;
  struct buffer *folded = &view->texts[0];
  buffer_reset(folded);
  folded->size = fold_write(key, buffer_reserve(folded, fold_size_max(key.size)));
  return !text_equal(key, buffer_text(folded)) &&
         field_view_finds(view, table, buffer_text(folded));
}

static bool table_has(const struct condition *condition, const struct condition_operand *operand,
                      const struct json_node *node, struct field_view *view) {
  struct text key;
  return (node->type == JSON_TYPE_STRING || is_number(node)) && text_of(view, node, &key) &&
         take(condition, view, LOOKUP_STEPS) &&
         (field_view_finds(view, operand->text, key) || has_address(view, operand->text, key));
}

/* Only one number is ever spelled here, as there is room for one. */
static bool scalars_equal(const struct condition *condition, struct field_view *view,
                          const struct json_node *a, const struct json_node *b) {
  struct condition_number x, y;
  struct text text, other;
  if (is_number(a) && is_number(b))
    return condition_number_read(a, &x) && condition_number_read(b, &y) &&
           condition_number_compare(&x, &y) == 0;
  if (!text_of(view, a, &text) || !text_of(view, b, &other) ||
      !take(condition, view, text.size / WORK_BYTES_PER_STEP))
    return false;
  return condition->cased ? text_equal(text, other) : fold_equal(text, other);
}

/* A scalar's text, folded unless `cased`, kept in the buffer. */
static bool keep_text(const struct condition *condition, struct field_view *view,
                      const struct json_node *node, struct buffer *buffer) {
  struct text text;
  buffer_reset(buffer);
  if (!text_of(view, node, &text))
    return false;
  if (condition->cased)
    buffer_append_text(buffer, text);
  else
    buffer->size = fold_write(text, buffer_reserve(buffer, fold_size_max(text.size)));
  return true;
}

/* Contains, starts or ends with: by a search whose time is linear, as both texts are hostile. */
static bool scalar_holds(const struct condition *condition, struct field_view *view,
                         const struct json_node *node, const struct json_node *other) {
  if (!keep_text(condition, view, node, &view->texts[0]) ||
      !keep_text(condition, view, other, &view->texts[1]))
    return false;
  struct text subject = buffer_text(&view->texts[0]), part = buffer_text(&view->texts[1]);
  if (part.size > subject.size || !take(condition, view, subject.size / WORK_BYTES_PER_STEP))
    return false;
  switch (condition->comparison) {
  case COMPARE_CONTAINS:
    return memmem(subject.data, subject.size, part.data, part.size) != NULL;
  case COMPARE_ENDS:
    subject.data += subject.size - part.size;
    break;
  default:
    break;
  }
  return memcmp(subject.data, part.data, part.size) == 0;
}

static bool scalars_fit(const struct condition *condition, struct field_view *view,
                        const struct json_node *node, const struct json_node *other) {
  return condition->comparison == COMPARE_EQUAL ? scalars_equal(condition, view, node, other)
                                                : scalar_holds(condition, view, node, other);
}

/* The scalar fits the other field's scalar, or some element of its array. */
static bool fits_some(const struct condition *condition, struct field_view *view,
                      const struct json_node *scalar, const struct json_node *other) {
  if (other->type != JSON_TYPE_ARRAY)
    return scalars_fit(condition, view, scalar, other);
  size_t left = FIELD_ELEMENTS_MAX;
  for (JSON_EACH(element, other))
    if (left-- == 0)
      break;
    else if (element->type != JSON_TYPE_ARRAY && scalars_fit(condition, view, scalar, element))
      return true;
  return false;
}

/* `node` is a scalar or an object. */
static bool field_fits(const struct condition *condition, const struct condition_operand *operand,
                       const struct json_node *node, struct field_view *view) {
  const struct json_node *other = field_view_value(view, operand->of.field);
  return other && fits_some(condition, view, node, other);
}

static bool scalar_fits(const struct condition *condition, const struct condition_operand *operand,
                        const struct json_node *node, struct field_view *view) {
  struct text subject;
  struct ip ip;
  switch (operand->kind) {
  case OPERAND_TEXT:
    return text_of(view, node, &subject) && literal_fits(condition, view, operand, subject);
  case OPERAND_WILDCARD:
    return text_of(view, node, &subject) &&
           wildcard_fits(condition, view, operand->of.wildcard, subject);
  case OPERAND_NUMBER:
    return number_fits(condition, operand, node);
  case OPERAND_BOOL:
    if (node->type == JSON_TYPE_TRUE || node->type == JSON_TYPE_FALSE)
      return operand->boolean == (node->type == JSON_TYPE_TRUE);
    return node->type == JSON_TYPE_STRING && equal_fits(condition->cased, operand, json_text(node));
  case OPERAND_NULL:
    return node->type == JSON_TYPE_NULL;
  case OPERAND_REGEX:
    return text_of(view, node, &subject) && regex_fits(condition, operand, subject, view);
  case OPERAND_NETWORK:
    return node->type == JSON_TYPE_STRING && ip_parse(json_text(node), &ip) &&
           ip_network_contains(&operand->of.network, &ip);
  case OPERAND_FIELD:
    return field_fits(condition, operand, node, view);
  case OPERAND_TABLE:
    return table_has(condition, operand, node, view);
  }
  return false;
}

/* fieldref looks at the first elements only, and not into arrays in them. */
static bool some_element_refers(const struct condition *condition,
                                const struct condition_operand *operand,
                                const struct json_node *array, struct field_view *view) {
  size_t left = FIELD_ELEMENTS_MAX;
  for (JSON_EACH(element, array))
    if (left-- == 0)
      return false;
    else if (element->type != JSON_TYPE_ARRAY && field_fits(condition, operand, element, view))
      return true;
  return false;
}

/* An array's elements, however deep they are nested in arrays (JSON_DEPTH_MAX bounds that). */
static bool some_element_fits(const struct condition *condition,
                              const struct condition_operand *operand,
                              const struct json_node *array, struct field_view *view) {
  if (operand->kind == OPERAND_FIELD)
    return some_element_refers(condition, operand, array, view);
  for (JSON_EACH(element, array)) {
    if (!take(condition, view, 1))
      return false;
    if (element->type == JSON_TYPE_ARRAY ? some_element_fits(condition, operand, element, view)
                                         : scalar_fits(condition, operand, element, view))
      return true;
  }
  return false;
}

static inline bool operand_fits(const struct condition *condition,
                                const struct condition_operand *operand,
                                const struct json_node *node, struct field_view *view) {
  if (!node)
    return operand->kind == OPERAND_NULL;
  if (node->type == JSON_TYPE_STRING && operand->kind == OPERAND_TEXT)
    return literal_fits(condition, view, operand, json_text(node));
  if (node->type == JSON_TYPE_ARRAY)
    return some_element_fits(condition, operand, node, view);
  return scalar_fits(condition, operand, node, view);
}

/* Some scalar below the node, or the node itself, fits. */
static bool some_scalar_fits(const struct condition *condition,
                             const struct condition_operand *operand, const struct json_node *node,
                             struct field_view *view) {
  for (const struct json_node *at = node; at < node + node->skip; at++) {
    if (!take(condition, view, 1))
      return false;
    if (!json_is_container(at) && scalar_fits(condition, operand, at, view))
      return true;
  }
  return false;
}

static bool some_field_fits(const struct condition *condition,
                            const struct condition_operand *operand, struct field_view *view) {
  struct event_cursor cursor = EVENT_CURSOR_START;
  struct text key;
  const struct json_node *value;
  while (event_next(view->event, &cursor, &key, &value))
    if (some_scalar_fits(condition, operand, value, view))
      return true;
  return false;
}

static bool any_field_test(const struct condition *condition, struct field_view *view) {
  for (size_t i = 0; i < condition->value_count; i++)
    if (some_field_fits(condition, &condition->operands[i], view) != condition->every)
      return !condition->every;
  return condition->every;
}

/* Tests that are not asked of one field's value alone, or the other way round. */
static bool special_test(const struct condition *condition, struct field_view *view) {
  if (condition->any_field)
    return any_field_test(condition, view);
  const struct json_node *node = field_view_value(view, condition->field);
  if (!node || node->type == JSON_TYPE_NULL || node->type == JSON_TYPE_OBJECT)
    return false;
  for (size_t i = 0; i < condition->value_count; i++)
    if (operand_fits(condition, &condition->operands[i], node, view))
      return false;
  return true;
}

/* Whether a text contains some of very many literals. */
static bool contains_of_index(const struct condition *condition, struct field_view *view,
                              const struct json_node *node, const struct gram_table *table) {
  struct gram_cursor cursor = gram_index_start(condition->grams);
  size_t literal;
  while (gram_index_next(condition->grams, table, &cursor, &literal))
    if (operand_fits(condition, &condition->operands[literal], node, view))
      return true;
  return false;
}

/* Whether a text that is not long contains some of many literals, or all of them. */
static __attribute__((noinline)) bool contains_of_many(const struct condition *condition,
                                                       struct field_view *view,
                                                       const struct json_node *node) {
  struct text subject = json_text(node);
  const struct gram_table *table = field_view_grams(view, condition->field, subject);
  if (table && condition->grams)
    return contains_of_index(condition, view, node, table);
  for (size_t i = 0; i < condition->value_count; i++) {
    const struct condition_operand *operand = &condition->operands[i];
    bool ruled_out = table && operand->kind == OPERAND_TEXT &&
                     !gram_table_may_contain(table, &operand->of.grams);
    bool fits = !ruled_out && operand_fits(condition, operand, node, view);
    if (fits != condition->every)
      return !condition->every;
  }
  return condition->every;
}

static inline bool is_of_many(const struct condition *condition, const struct json_node *node) {
  return condition->comparison == COMPARE_CONTAINS &&
         condition->value_count >= LITERALS_WORTH_GRAMS && node && node->type == JSON_TYPE_STRING &&
         node->size <= SHORT_TEXT;
}

static bool ask(const struct condition *condition, struct field_view *view) {
  if (__builtin_expect(condition->any_field | condition->differs, 0))
    return special_test(condition, view);
  const struct json_node *node = field_view_value(view, condition->field);
  const struct condition_operand *operand = condition->operands;
  const struct condition_operand *end = operand + condition->value_count;
  if (condition->comparison == COMPARE_EXISTS)
    return operand->boolean == (node != NULL);
  if (is_of_many(condition, node))
    return contains_of_many(condition, view, node);
  for (; operand < end; operand++)
    if (operand_fits(condition, operand, node, view) != condition->every)
      return !condition->every;
  return condition->every;
}

/* What is known of a test holds until the next event. What gave up is asked by each rule, as each
 * is to say so. */
static inline bool field_test(const struct condition *condition, struct field_view *view) {
  if (condition->shared == CONDITION_ALONE)
    return ask(condition, view);
  uint64_t *known = &view->known[condition->shared];
  if (*known >> 1 == view->generation)
    return *known & 1;
  bool holds = ask(condition, view);
  if (!view->given_up)
    *known = (uint64_t)view->generation << 1 | holds;
  return holds;
}

bool condition_match(const struct condition *condition, struct field_view *view) {
  switch (condition->kind) {
  case CONDITION_FIELD:
    return field_test(condition, view);
  case CONDITION_NOT:
    return !condition_match(condition->children[0], view);
  case CONDITION_ALL:
    for (size_t i = 0; i < condition->child_count; i++) {
      const struct condition *child = condition->children[i];
      if (!(child->kind == CONDITION_FIELD ? field_test(child, view)
                                           : condition_match(child, view)))
        return false;
    }
    return true;
  case CONDITION_ANY:
    for (size_t i = 0; i < condition->child_count; i++)
      if (condition_match(condition->children[i], view))
        return true;
    return false;
  }
  return false;
}
