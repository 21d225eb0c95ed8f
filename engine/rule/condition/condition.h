/*
 * The room rule/condition compiles and matches the conditions of where and Sigma, without Lua.
 *
 * Conditions: what `where` and Sigma's detections compile to. A tree of AND, OR, NOT over field
 * tests, with Sigma's meaning.
 *
 * A condition is built in its rule set's arena, never changes, and is shared by all threads.
 * What an evaluation needs to write lives in a field_view, one per thread.
 */
#ifndef RULE_CONDITION_CONDITION_H
#define RULE_CONDITION_CONDITION_H

#include "base/arena.h"
#include "event/event.h"
#include "rule/condition/regex.h"

/* Every distinct field path of a rule set, numbered, so that a path is looked up at most once per
 * event. */
struct field_table;
struct field_table *field_table_new(void);
void field_table_free(struct field_table *table); /* NULL is fine */
unsigned field_table_intern(struct field_table *table, struct text path);
struct text field_table_path(const struct field_table *table, unsigned field);
struct text field_table_dotted(const struct field_table *table,
                               unsigned field); /* without brackets */
size_t field_table_count(const struct field_table *table);
/* What several rules ask alike is found out once for an event, by the number of a text that says
 * all that it depends on. How many there are. */
unsigned field_table_share(struct field_table *table, struct text what);
size_t field_table_shared(const struct field_table *table);

/* The values of one event at those paths, read when first asked for. Made when the table is
 * complete; the table and the schemas of the events must outlive it. */
struct field_view;
struct condition;
struct field_view *field_view_new(const struct field_table *table);
void field_view_free(struct field_view *view);                           /* NULL is fine */
void field_view_set(struct field_view *view, const struct event *event); /* start of an event */
const struct json_node *field_view_get(struct field_view *view, unsigned field); /* or NULL */
/* Starts the conditions of one rule, which have a share of the event's budget (work.h). */
void field_view_begin_rule(struct field_view *view);
/* The field test that gave up first since the event was set or since this was last asked, because
 * the budget was used up; NULL: none did. The conditions matched meanwhile may have missed
 * something, and whoever matched them should say so. */
const struct condition *field_view_take_given_up(struct field_view *view);

/* The lookup tables that conditions are asked with from the next event on (NULL: none); they must
 * outlive their use. */
struct lookup_set;
void field_view_set_lookups(struct field_view *view, const struct lookup_set *lookups);
/* For unit tests: what answers in the place of the tables, from the next event on. NULL: nothing.
 */
typedef bool (*field_view_has_row)(void *context, struct text table, struct text key);
void field_view_mock_lookups(struct field_view *view, field_view_has_row has_row, void *context);

/* The path of an event's log type. It is the event's, not what a record has under the name. */
#define CONDITION_LOG_TYPE_PATH "p_log_type"
/* The same for the paths of its schema errors, a list; absent when it has none. */
#define CONDITION_SCHEMA_ERRORS_PATH "p_schema_errors"

enum comparison {
  COMPARE_EQUAL, /* with * and ? wildcards, \ escapes them */
  COMPARE_CONTAINS,
  COMPARE_STARTS,
  COMPARE_ENDS,
  COMPARE_REGEX,
  COMPARE_CIDR,
  COMPARE_EXISTS, /* value true or false */
  COMPARE_GT,
  COMPARE_GTE,
  COMPARE_LT,
  COMPARE_LTE,
  COMPARE_LOOKUP /* the value names a lookup table that has a row for the field */
};

/* A part of the time that a field holds, in UTC, instead of its value. */
enum time_part { PART_NONE, PART_MINUTE, PART_HOUR, PART_DAY, PART_WEEK, PART_MONTH, PART_YEAR };

/* One value that a field test compares with. */
struct condition_value {
  enum { VALUE_TEXT, VALUE_INT, VALUE_REAL, VALUE_BOOL, VALUE_NULL } type;
  struct text text; /* for numbers and booleans as they were written, when that is known: taken
                       where a modifier wants texts, and a number's spelling */
  int64_t integer;
  double real;
  bool boolean;
};

/*
 * "operation_detail|contains|all" and its values: splits the key, checks the modifiers and their
 * combination, compiles regexes and networks, and folds what is compared without case.
 *
 * Meaning: true when any value fits (with `all`: every value). Comparing folds case
 * (base/unicode/fold.h) unless `cased`; regexes fold only with `re|i`. A field that is an array
 * fits when an element does. Numbers and booleans compare with texts by their spelling: as the rule
 * has it, or else JSON's; two numbers compare by value, and gt, gte, lt, lte also read a string
 * that is a number from end to end. null fits an absent field or a JSON null; `exists` asks for
 * presence only, so that a JSON
 * null exists. Everything else is false on an absent field, and on null and objects: `neq`, too, is
 * false where there is nothing to differ. `fieldref` compares with another field (contains,
 * startswith and endswith as well), at most the first 100 elements of an array. hour and its like
 * compare that part of a time. lookup asks whether a lookup table has a row under a text or a
 * number, of an address also as it is folded; a table that is not there, or damaged, has none.
 * windash, base64, base64offset, wide and the utf16 ones rewrite the value, in their order.
 *
 * A key that begins with its first `|` ("|contains") asks all fields, the nested ones too: each
 * value must fit some text, number or boolean of the event. Without a comparison it means contains.
 *
 * NULL when the key or a value is wrong; the error names the key.
 */
const struct condition *condition_field(struct arena *arena, struct field_table *fields,
                                        struct text key, const struct condition_value *values,
                                        size_t count, struct error *error);
/* The same where the key is called something else than "where key" in errors. */
const struct condition *condition_field_called(struct arena *arena, struct field_table *fields,
                                               const char *noun, struct text key,
                                               const struct condition_value *values, size_t count,
                                               struct error *error);

/* The children array is copied. */
const struct condition *condition_all(struct arena *arena, const struct condition *const *children,
                                      size_t count);
const struct condition *condition_any(struct arena *arena, const struct condition *const *children,
                                      size_t count);
const struct condition *condition_not(struct arena *arena, const struct condition *child);

/* Regexes inside are not arena memory: release them before the arena. */
void condition_release(const struct condition *condition);

bool condition_match(const struct condition *condition, struct field_view *view);

/* Appends a field test as a person writes it: `operation_detail|contains = "Passcode"`, with up to
 * `values_max` of its values. */
void condition_field_write(const struct condition *condition, size_t values_max,
                           struct buffer *out);

/* The tree itself, for indexes, `explain` and printing. */
#define CONDITION_ALONE UINT32_MAX
enum condition_kind { CONDITION_ALL, CONDITION_ANY, CONDITION_NOT, CONDITION_FIELD };
struct condition {
  enum condition_kind kind;
  size_t child_count; /* ALL, ANY, NOT (1) */
  const struct condition *const *children;
  /* CONDITION_FIELD: */
  struct text key; /* as written */
  unsigned field;  /* of an empty path when any field is asked */
  enum comparison comparison;
  enum time_part part;
  bool every, cased;
  bool any_field, differs;
  bool own; /* it asks for p_log_type or p_schema_errors, which is no field of the record */
  /* Number of all tests of the set that are the same: a view asks an event once for all of them. A
   * copy that compares with something else is CONDITION_ALONE. */
  unsigned shared;
  size_t value_count;
  const struct condition_operand *operands; /* condition.c's compiled form */
  const struct gram_index *grams;           /* of very many operands; NULL: of other tests */
};

#endif
