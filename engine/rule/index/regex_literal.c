/*
 * Reading a pattern for its literals, by an example:
 *
 *   \b(?:batch )?export(?:ed|s)? .*pass(?:code|word)s?|\bpurge \d+ users
 *
 * A part that matches a few texts only is exact: `(?:batch )?` is "batch " or nothing. Neighbours
 * are multiplied: "batch exported ", "batch exports ", "batch export ", "exported ", … What is not
 * exact, such as `.*`, ends a run of them, and its texts are a choice, in which those that contain
 * another one need not stand:
 *
 *   first alternative    "exported ", "exports ", "export "  and  "passcode", "password"
 *   second alternative   "purge "                            and  " users"
 *
 * Of alternatives any may match, so one choice of each is taken, whose shortest text is the
 * longest: the whole pattern has the one choice "passcode", "password", " users".
 *
 * Places (`\b`, `^`) and what looks around match no text of their own: they are exact, and nothing.
 * A back reference, a call of a group, a verb and free spacing make a pattern unreadable, for it
 * may mean something else than what stands there.
 */
#include "rule/index/regex_literal.h"

#define CHOICES_MAX 16u   /* of a part; a value is looked up by one of them */
#define TEXTS_MAX 64u     /* of a choice: each is one more literal in the index */
#define PRODUCT_MAX 16u   /* texts that neighbours are multiplied to */
#define TEXT_SIZE_MAX 64u /* bytes */
#define CLASS_MAX 4u      /* characters of a class that is exact */
#define DEPTH_MAX 30u

/* Escapes (pcre2pattern(3), "Backslash") that take nothing after them: of one place, and of one
 * character or more. Other letters and digits are not read. */
static const char PLACE_ESCAPES[] = "bBAzZGK";
static const char OPEN_ESCAPES[] = "dDwWsShHvVRnrtfea";

struct reader {
  struct arena *arena;
  struct text pattern;
  size_t at;
  size_t size_min;
  unsigned depth;
  bool beyond; /* what this does not read was met */
};

/* What is known of a part of the pattern. */
struct part {
  struct literal_choice exact; /* a match is one of these; without any: it may be anything … */
  struct literal_choice choices[CHOICES_MAX]; /* … that contains a text of each of these */
  size_t count;
};

static const struct part anything = {.count = 0};

static bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static char peek(const struct reader *reader, size_t ahead) {
  size_t at = reader->at + ahead;
  return at < reader->pattern.size ? reader->pattern.data[at] : '\0';
}

static bool at_one_of(const struct reader *reader, const char *these) {
  char c = peek(reader, 0);
  return c && strchr(these, c);
}

static struct part unreadable(struct reader *reader) {
  reader->beyond = true;
  return anything;
}

static struct part exactly(struct reader *reader, struct text text) {
  struct text *items = arena_alloc(reader->arena, sizeof *items);
  *items = arena_copy(reader->arena, text);
  return (struct part){.exact = {items, 1}};
}

/* ---- choices ---- */

static size_t shortest(const struct literal_choice *choice) {
  size_t size = choice->count ? SIZE_MAX : 0;
  for (size_t i = 0; i < choice->count; i++)
    size = choice->items[i].size < size ? choice->items[i].size : size;
  return size;
}

static size_t longest(const struct literal_choice *choice) {
  size_t size = 0;
  for (size_t i = 0; i < choice->count; i++)
    size = choice->items[i].size > size ? choice->items[i].size : size;
  return size;
}

const struct literal_choice *literal_choice_best(const struct literal_choice *choices,
                                                 size_t count) {
  const struct literal_choice *best = NULL;
  size_t best_size = 0;
  for (size_t i = 0; i < count; i++) {
    size_t size = shortest(&choices[i]);
    if (size > best_size || (best && size == best_size && choices[i].count < best->count)) {
      best = &choices[i];
      best_size = size;
    }
  }
  return best;
}

static struct literal_choice unite(struct reader *reader, struct literal_choice a,
                                   struct literal_choice b) {
  struct text *items = arena_alloc(reader->arena, (a.count + b.count) * sizeof *items);
  memcpy(items, a.items, a.count * sizeof *items);
  memcpy(items + a.count, b.items, b.count * sizeof *items);
  return (struct literal_choice){items, a.count + b.count};
}

/* Without the texts that contain another one. */
static struct literal_choice reduce(struct reader *reader, struct literal_choice choice) {
  struct text *items = arena_alloc(reader->arena, (choice.count + 1) * sizeof *items);
  size_t count = 0;
  for (size_t i = 0; i < choice.count; i++) {
    struct text text = choice.items[i];
    bool needed = true;
    for (size_t k = 0; k < choice.count && needed; k++) {
      struct text other = choice.items[k];
      bool equal = other.size == text.size;
      needed = k == i || (equal && k > i) || !text_contains(text, other);
    }
    if (needed)
      items[count++] = text;
  }
  return (struct literal_choice){items, count};
}

static void add_choice(struct reader *reader, struct part *part, struct literal_choice choice) {
  choice = reduce(reader, choice);
  if (choice.count <= TEXTS_MAX && shortest(&choice) >= reader->size_min &&
      part->count < CHOICES_MAX)
    part->choices[part->count++] = choice;
}

/* ---- parts ---- */

static struct literal_choice multiply(struct reader *reader, struct literal_choice a,
                                      struct literal_choice b) {
  struct text *items = arena_alloc(reader->arena, a.count * b.count * sizeof *items);
  for (size_t i = 0; i < a.count; i++)
    for (size_t k = 0; k < b.count; k++) {
      struct text first = a.items[i], second = b.items[k];
      char *bytes = arena_take(reader->arena, first.size + second.size + 1);
      memcpy(bytes, first.data, first.size);
      memcpy(bytes + first.size, second.data, second.size);
      items[i * b.count + k] = (struct text){bytes, first.size + second.size};
    }
  return (struct literal_choice){items, a.count * b.count};
}

/* Parts in a row. `run` ends where the next part goes on. */
struct sequence {
  struct part part; /* not exact, if a part was not */
  struct literal_choice run;
  bool open;
};

static void end_run(struct reader *reader, struct sequence *sequence,
                    struct literal_choice next_run) {
  add_choice(reader, &sequence->part, sequence->run);
  sequence->run = next_run;
  sequence->open = true;
}

static void append(struct reader *reader, struct sequence *sequence, const struct part *part) {
  static const struct text nothing = {"", 0};
  struct literal_choice run = sequence->run, exact = part->exact;
  if (exact.count == 0) {
    end_run(reader, sequence, (struct literal_choice){&nothing, 1});
    for (size_t i = 0; i < part->count; i++)
      add_choice(reader, &sequence->part, part->choices[i]);
  } else if (exact.count == 1 && exact.items->size == 0) {
    return;
  } else if ((run.count * exact.count <= PRODUCT_MAX || run.count == 1 || exact.count == 1) &&
             longest(&run) + longest(&exact) <= TEXT_SIZE_MAX) {
    sequence->run = multiply(reader, run, exact);
  } else {
    end_run(reader, sequence, exact);
  }
}

/* One of the two. */
static struct part either(struct reader *reader, const struct part *a, const struct part *b) {
  struct part both = anything;
  if (a->exact.count && b->exact.count && a->exact.count + b->exact.count <= TEXTS_MAX) {
    both.exact = unite(reader, a->exact, b->exact);
    return both;
  }
  const struct literal_choice *first =
      a->exact.count ? &a->exact : literal_choice_best(a->choices, a->count);
  const struct literal_choice *second =
      b->exact.count ? &b->exact : literal_choice_best(b->choices, b->count);
  if (first && second)
    add_choice(reader, &both, unite(reader, *first, *second));
  return both;
}

/* Once or not at all. */
static struct part optional(struct reader *reader, const struct part *part) {
  struct part nothing = exactly(reader, TEXT(""));
  return part->exact.count ? either(reader, part, &nothing) : anything;
}

/* ---- items ---- */

static struct part read_alternatives(struct reader *reader);

/* A character that stands for itself, alone or behind a backslash; passed over. Bytes of longer
 * characters do not, for their folded form is another. */
static bool take_literal(struct reader *reader, char *literal) {
  char c = peek(reader, 0);
  size_t size = 1;
  if (c == '\\') {
    c = peek(reader, 1);
    size = 2;
    if (is_letter_or_digit(c))
      return false;
  } else if (at_one_of(reader, "[(|)*?+{.^$")) {
    return false;
  }
  if (c == '\0' || (unsigned char)c >= 0x80)
    return false;
  *literal = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
  reader->at += size;
  return true;
}

/* Literal characters, up to one that a quantifier follows: that is an item by itself. */
static struct part read_run(struct reader *reader) {
  char run[TEXT_SIZE_MAX];
  size_t size = 0, before = reader->at;
  while (size < sizeof run && take_literal(reader, &run[size])) {
    bool quantified = at_one_of(reader, "*?+{");
    if (quantified && size) {
      reader->at = before;
      break;
    }
    size++;
    if (quantified)
      break;
    before = reader->at;
  }
  return exactly(reader, (struct text){run, size});
}

static struct part read_escape(struct reader *reader) {
  char c = peek(reader, 1);
  reader->at += 2;
  if (c && strchr(PLACE_ESCAPES, c))
    return exactly(reader, TEXT(""));
  if ((unsigned char)c >= 0x80 || (c && strchr(OPEN_ESCAPES, c)))
    return anything;
  return unreadable(reader);
}

/* One character of a class, which is no end of it. False: more than one. */
static bool take_class_literal(struct reader *reader, bool first, char *literal) {
  char c = peek(reader, 0);
  if (c == '[') { /* [:alpha:] */
    reader->beyond = true;
    return false;
  }
  if (c == '\\' && is_letter_or_digit(peek(reader, 1))) {
    read_escape(reader);
    return false;
  }
  if (c == '\\')
    reader->at++;
  else if (c == '-' && !first && peek(reader, 1) != ']') {
    reader->at++;
    return false; /* a range */
  }
  c = peek(reader, 0);
  reader->at++;
  *literal = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
  return c && (unsigned char)c < 0x80;
}

/* At '['. A class of a few characters is exact. */
static struct part read_class(struct reader *reader) {
  char characters[CLASS_MAX];
  size_t count = 0;
  bool exact = true, first = true;
  reader->at++;
  if (peek(reader, 0) == '^') {
    exact = false;
    reader->at++;
  }
  while (!reader->beyond && reader->at < reader->pattern.size &&
         (first || peek(reader, 0) != ']')) {
    char literal = '\0';
    exact = take_class_literal(reader, first, &literal) && exact && count < CLASS_MAX;
    if (exact)
      characters[count++] = literal;
    first = false;
  }
  reader->at++;
  if (!exact || count == 0)
    return anything;
  struct text *items = arena_alloc(reader->arena, count * sizeof *items);
  for (size_t i = 0; i < count; i++)
    items[i] = arena_copy(reader->arena, (struct text){&characters[i], 1});
  return (struct part){.exact = {items, count}};
}

enum group { GROUP_OF_PARTS, GROUP_LOOKS_AROUND, GROUP_SETS_OPTIONS, GROUP_UNREADABLE };

/* Behind `(?`. Groups of which it is known that they change nothing outside of themselves but case,
 * multiple lines and the dot. */
static enum group read_group_kind(struct reader *reader) {
  size_t before = reader->at;
  while (at_one_of(reader, "ims-"))
    reader->at++;
  char c = peek(reader, 0), next = peek(reader, 1);
  bool options = reader->at > before;
  reader->at++;
  if (c == ':' || (c == '>' && !options))
    return GROUP_OF_PARTS;
  if (options)
    return c == ')' ? GROUP_SETS_OPTIONS : GROUP_UNREADABLE;
  if (c == '=' || c == '!')
    return GROUP_LOOKS_AROUND;
  if (c != '<')
    return GROUP_UNREADABLE;
  reader->at++;
  if (next == '=' || next == '!')
    return GROUP_LOOKS_AROUND;
  if (next != '_' && !is_letter_or_digit(next))
    return GROUP_UNREADABLE;
  while (reader->at < reader->pattern.size && peek(reader, 0) != '>')
    reader->at++;
  reader->at++;
  return GROUP_OF_PARTS;
}

/* At '('. */
static struct part read_group(struct reader *reader) {
  enum group kind = GROUP_OF_PARTS;
  reader->at++;
  if (peek(reader, 0) == '*')
    return unreadable(reader);
  if (peek(reader, 0) == '?') {
    reader->at++;
    kind = read_group_kind(reader);
  }
  if (kind == GROUP_SETS_OPTIONS)
    return exactly(reader, TEXT(""));
  if (kind == GROUP_UNREADABLE || reader->depth == DEPTH_MAX)
    return unreadable(reader);
  reader->depth++;
  struct part part = read_alternatives(reader);
  reader->depth--;
  if (peek(reader, 0) != ')')
    return unreadable(reader);
  reader->at++;
  return kind == GROUP_LOOKS_AROUND ? exactly(reader, TEXT("")) : part;
}

static struct part read_item(struct reader *reader) {
  char c = peek(reader, 0);
  switch (c) {
  case '[':
    return read_class(reader);
  case '(':
    return read_group(reader);
  case '^':
  case '$':
    reader->at++;
    return exactly(reader, TEXT(""));
  case '*':
  case '?':
  case '+':
  case '{': /* a literal in some places and versions */
    return unreadable(reader);
  default:
    break;
  }
  char next = peek(reader, 1);
  if (c == '\\' && (next == '\0' || is_letter_or_digit(next) || (unsigned char)next >= 0x80))
    return read_escape(reader);
  if (c == '.' || c == '\0' || (unsigned char)c >= 0x80) {
    reader->at++;
    return anything;
  }
  return read_run(reader);
}

/* ---- quantifiers ---- */

/* How often an item comes: at least once or not, at most once or not. */
struct quantifier {
  bool needed, once;
};

static size_t skip_digits(struct reader *reader) {
  size_t before = reader->at;
  while (at_one_of(reader, "0123456789"))
    reader->at++;
  return reader->at - before;
}

static bool is_zero(const char *digits, size_t count) {
  while (count && *digits == '0') {
    digits++;
    count--;
  }
  return count == 0;
}

/* At '{'. What is no quantifier everywhere, as `{,3}`, is not read. */
static struct quantifier read_braces(struct reader *reader) {
  reader->at++;
  const char *least = reader->pattern.data + reader->at;
  size_t digits = skip_digits(reader);
  struct quantifier quantifier = {!is_zero(least, digits), false};
  quantifier.once = digits == 1 && *least == '1' && peek(reader, 0) == '}';
  reader->beyond = reader->beyond || digits == 0;
  if (peek(reader, 0) == ',') {
    reader->at++;
    const char *most = reader->pattern.data + reader->at;
    quantifier.once = skip_digits(reader) == 1 && *most == '1';
  }
  if (peek(reader, 0) != '}')
    reader->beyond = true;
  reader->at++;
  return quantifier;
}

static struct quantifier read_quantifier(struct reader *reader) {
  struct quantifier quantifier = {true, true};
  if (!at_one_of(reader, "*?+{"))
    return quantifier;
  char c = peek(reader, 0);
  if (c == '{') {
    quantifier = read_braces(reader);
  } else {
    quantifier = (struct quantifier){.needed = c == '+', .once = c == '?'};
    reader->at++;
  }
  if (at_one_of(reader, "?+")) /* lazy, possessive */
    reader->at++;
  if (at_one_of(reader, "*?+{"))
    reader->beyond = true;
  return quantifier;
}

/* ---- the whole ---- */

static struct part read_sequence(struct reader *reader) {
  struct sequence sequence = {.run = exactly(reader, TEXT("")).exact};
  while (!reader->beyond && reader->at < reader->pattern.size && !at_one_of(reader, "|)")) {
    struct part part = read_item(reader);
    struct quantifier quantifier = read_quantifier(reader);
    if (!quantifier.needed)
      part = quantifier.once ? optional(reader, &part) : anything;
    append(reader, &sequence, &part);
    if (!quantifier.once)
      append(reader, &sequence, &anything);
  }
  if (sequence.open)
    add_choice(reader, &sequence.part, sequence.run);
  else
    sequence.part.exact = sequence.run;
  return sequence.part;
}

static struct part read_alternatives(struct reader *reader) {
  struct part all = read_sequence(reader);
  while (!reader->beyond && peek(reader, 0) == '|') {
    reader->at++;
    struct part next = read_sequence(reader);
    all = either(reader, &all, &next);
  }
  return all;
}

size_t regex_literals(struct arena *arena, struct text pattern, size_t size_min,
                      struct literal_choice **choices) {
  struct reader reader = {.arena = arena, .pattern = pattern, .size_min = size_min ? size_min : 1};
  struct part whole = read_alternatives(&reader);
  *choices = NULL;
  if (reader.beyond || reader.at < pattern.size)
    return 0;
  if (whole.exact.count)
    add_choice(&reader, &whole, whole.exact);
  *choices = arena_alloc(arena, (whole.count + 1) * sizeof **choices);
  memcpy(*choices, whole.choices, whole.count * sizeof **choices);
  return whole.count;
}
