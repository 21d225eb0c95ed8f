#include "rule/condition/regex.h"

#include "base/memory.h"
#include "rule/condition/regex_cost.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdatomic.h>
#include <stdlib.h>

#define PATTERN_SIZE_MAX 65536u /* bytes: more is a list that belongs into a condition */
/* A pattern that cannot be watched must be cheap on subjects of this size; longer ones it takes at
 * the same price a byte. */
#define UNWATCHED_SIZE_MIN ((size_t)1 << 16)

/*
 * A search that can take no more steps than this runs the code without callouts, which nothing can
 * interrupt: at most some ten milliseconds. (Callouts make usual searches two to six times slower.)
 */
#define FREE_STEPS_MAX 1.6e7
/* The clock is looked at after so many of the longest such searches. */
#define FREE_SEARCHES_A_LOOK 4.0
/* Steps of one watched search: a short subject needs few, so a pattern that explodes on it ends
 * soon. */
#define SEARCH_STEPS_BASE (INT64_C(1) << 22)
#define SEARCH_STEPS_PER_BYTE 1024u

/* PCRE2's own limits. It counts backtracking in groups only, and for each start position. */
#define FREE_MATCH_LIMIT 200000u
#define WATCHED_MATCH_LIMIT UINT32_MAX      /* the callout counts */
#define DEPTH_LIMIT 50000u                  /* nested backtracks where there is no JIT */
#define HEAP_LIMIT_KIB 16384u               /* memory of one match where there is no JIT */
#define JIT_STACK_START ((size_t)32 * 1024) /* bytes; PCRE2's own default */
#define JIT_STACK_MAX ((size_t)1024 * 1024) /* bytes; deep matches beyond it give up */

/* The code with callouts, compiled when it is first needed: most patterns never do. */
struct watched {
  _Atomic(pcre2_code *) code;
  char *pattern;
  size_t size;
  uint32_t flags;
  uint32_t references; /* the highest group that the pattern refers back to; 0: none */
};

struct regex {
  pcre2_code *code;
  size_t free_size;  /* bytes of the longest subject that is searched without callouts */
  double free_share; /* what one byte of such a subject takes of the work of the longest */
  size_t group_count;
  bool any_text;           /* any character but a space fits the whole pattern */
  struct watched *watched; /* NULL: too large to be watched, and harmless */
};

struct regex_scratch {
  pcre2_general_context *memory;
  pcre2_match_context *context; /* the limits and the stack */
  pcre2_jit_stack *stack;
  pcre2_match_data *match;
  uint32_t match_groups; /* how many groups `match` has room for, 0 included */
  int found;             /* groups that the last match set */
  double free_searches;  /* of the longest kind, that ran since the clock was looked at */
  /* Of the watched search that runs: */
  const struct watched *watched;
  struct work *work;
  int64_t left; /* steps */
  size_t at;    /* where the last callout was */
};

static void *allocate(size_t size, void *context) {
  (void)context;
  return memory_alloc(size);
}

static void release(void *memory, void *context) {
  (void)context;
  free(memory);
}

/* ---- compiling ---- */

static pcre2_code *compile(struct text pattern, uint32_t flags, bool jit, struct error *error) {
  int code_error = 0;
  PCRE2_SIZE offset = 0;
  pcre2_general_context *memory = pcre2_general_context_create(allocate, release, NULL);
  pcre2_compile_context *context = pcre2_compile_context_create(memory);
  pcre2_code *code = pcre2_compile((PCRE2_SPTR)(pattern.size ? pattern.data : ""), pattern.size,
                                   flags, &code_error, &offset, context);
  if (!code) {
    PCRE2_UCHAR message[256] = "";
    pcre2_get_error_message(code_error, message, sizeof message);
    error_set(error, "%s at offset %zu", (const char *)message, (size_t)offset);
  } else if (jit) {
    /* Without JIT (another machine, or no executable memory) matching is slower and means the
     * same. */
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
  }
  pcre2_compile_context_free(context);
  pcre2_general_context_free(memory);
  return code;
}

static struct watched *watched_new(struct text pattern, uint32_t flags) {
  struct watched *watched = memory_alloc(sizeof *watched);
  watched->pattern = memory_copy_bytes(pattern.size ? pattern.data : "", pattern.size);
  watched->size = pattern.size;
  watched->flags = flags | PCRE2_AUTO_CALLOUT;
  return watched;
}

static void watched_free(struct watched *watched) {
  if (!watched)
    return;
  pcre2_code_free(atomic_load(&watched->code));
  free(watched->pattern);
  free(watched);
}

/* Any thread may be the first; one that comes too late frees what it compiled. */
static const pcre2_code *watched_code(struct watched *watched) {
  pcre2_code *code = atomic_load_explicit(&watched->code, memory_order_acquire), *first = NULL;
  if (code)
    return code;
  struct error ignored = ERROR_NONE;
  code = compile((struct text){watched->pattern, watched->size}, watched->flags, true, &ignored);
  if (atomic_compare_exchange_strong(&watched->code, &first, code))
    return code;
  pcre2_code_free(code);
  return first;
}

/* How long a subject may be to be searched freely; 0: none is. */
static void find_free_size(struct regex *regex, struct text pattern) {
  struct regex_cost cost = regex_cost(pattern);
  uint32_t options = 0;
  size_t fits = 0, over = (size_t)FREE_STEPS_MAX + 1;
  pcre2_pattern_info(regex->code, PCRE2_INFO_ALLOPTIONS, &options);
  cost.anchored = options & PCRE2_ANCHORED;
  while (over - fits > 1) {
    size_t middle = fits + (over - fits) / 2;
    if (regex_cost_steps(&cost, middle) <= FREE_STEPS_MAX)
      fits = middle;
    else
      over = middle;
  }
  regex->free_size = fits;
  regex->free_share = 1 / ((double)fits + 1);
}

/* Callouts make code larger: what fits without them may not fit with them. */
static bool make_watched(struct regex *regex, struct text pattern, uint32_t flags,
                         struct error *error) {
  struct error ignored = ERROR_NONE;
  pcre2_code *code = compile(pattern, flags | PCRE2_AUTO_CALLOUT, false, &ignored);
  if (code) {
    regex->watched = watched_new(pattern, flags);
    pcre2_pattern_info(code, PCRE2_INFO_BACKREFMAX, &regex->watched->references);
  }
  pcre2_code_free(code);
  if (!code && regex->free_size < UNWATCHED_SIZE_MIN)
    return error_set(error, "the pattern is too large: split it into several");
  return true;
}

struct regex *regex_new(struct text pattern, unsigned options, struct error *error) {
  uint32_t flags = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
  if (options & REGEX_FOLD)
    flags |= PCRE2_CASELESS;
  if (options & REGEX_MULTILINE)
    flags |= PCRE2_MULTILINE;
  if (options & REGEX_DOT_ALL)
    flags |= PCRE2_DOTALL;

  if (pattern.size > PATTERN_SIZE_MAX) {
    error_set(error, "the pattern is longer than %u bytes", PATTERN_SIZE_MAX);
    return NULL;
  }
  struct regex *regex = memory_alloc(sizeof *regex);
  regex->code = compile(pattern, flags, true, error);
  if (regex->code)
    find_free_size(regex, pattern);
  if (!regex->code || !make_watched(regex, pattern, flags, error)) {
    regex_free(&regex);
    return NULL;
  }
  uint32_t count = 0;
  pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &count);
  regex->group_count = count;
  regex->any_text = text_is(pattern, ".") || text_is(pattern, "\\S");
  return regex;
}

void regex_free(struct regex **regex) {
  if (!*regex)
    return;
  pcre2_code_free((*regex)->code);
  watched_free((*regex)->watched);
  free(*regex);
  *regex = NULL;
}

/* ---- searching ---- */

/* What comparing the text of a group takes, when that is the next item: a comparison that fails
 * shows nowhere. */
static size_t reference_steps(const struct watched *watched, const pcre2_callout_block *block) {
  const char *item = watched->pattern + block->pattern_position;
  bool is_reference = (item[0] == '\\' && strchr("0123456789gk", item[1])) ||
                      memcmp(item, "(?P=", strnlen(item, 4)) == 0;
  size_t longest = 0;
  for (uint32_t i = 1; is_reference && i <= watched->references && i < block->capture_top; i++) {
    PCRE2_SIZE start = block->offset_vector[2 * (size_t)i];
    PCRE2_SIZE end = block->offset_vector[2 * (size_t)i + 1];
    if (start != PCRE2_UNSET && end > start && end - start > longest)
      longest = end - start;
  }
  return longest / WORK_BYTES_PER_STEP;
}

/* Before each item of the pattern. Between two callouts lies at most one run over the subject,
 * which their places show. */
static int count_step(pcre2_callout_block *block, void *context) {
  struct regex_scratch *scratch = context;
  size_t at = block->current_position;
  size_t moved = at > scratch->at ? at - scratch->at : scratch->at - at;
  size_t steps = 1 + moved / WORK_BYTES_PER_STEP;
  if (scratch->watched->references)
    steps += reference_steps(scratch->watched, block);
  scratch->at = at;
  scratch->left -= (int64_t)steps;
  return scratch->left >= 0 && work_take(scratch->work, steps) ? 0 : PCRE2_ERROR_CALLOUT;
}

struct regex_scratch *regex_scratch_new(void) {
  struct regex_scratch *scratch = memory_alloc(sizeof *scratch);
  scratch->memory = pcre2_general_context_create(allocate, release, NULL);
  scratch->context = pcre2_match_context_create(scratch->memory);
  scratch->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, scratch->memory);
  pcre2_jit_stack_assign(scratch->context, NULL, scratch->stack);
  pcre2_set_callout(scratch->context, count_step, scratch);
  pcre2_set_match_limit(scratch->context, FREE_MATCH_LIMIT);
  pcre2_set_depth_limit(scratch->context, DEPTH_LIMIT);
  pcre2_set_heap_limit(scratch->context, HEAP_LIMIT_KIB);
  return scratch;
}

void regex_scratch_free(struct regex_scratch **scratch) {
  if (!*scratch)
    return;
  pcre2_match_data_free((*scratch)->match);
  pcre2_jit_stack_free((*scratch)->stack);
  pcre2_match_context_free((*scratch)->context);
  pcre2_general_context_free((*scratch)->memory);
  free(*scratch);
  *scratch = NULL;
}

static enum regex_result search(const pcre2_code *code, struct regex_scratch *scratch,
                                struct text subject, size_t from) {
  scratch->found = pcre2_match(code, (PCRE2_SPTR)subject.data, subject.size, from, 0,
                               scratch->match, scratch->context);
  if (scratch->found > 0)
    return REGEX_YES;
  return scratch->found == PCRE2_ERROR_NOMATCH ? REGEX_NO : REGEX_LIMIT;
}

static enum regex_result search_watched(const struct regex *regex, struct regex_scratch *scratch,
                                        struct work *work, struct text subject, size_t from) {
  scratch->watched = regex->watched;
  scratch->work = work;
  scratch->at = from;
  scratch->left = SEARCH_STEPS_BASE + (int64_t)(subject.size - from) * SEARCH_STEPS_PER_BYTE;
  pcre2_set_match_limit(scratch->context, WATCHED_MATCH_LIMIT);
  enum regex_result result = search(watched_code(regex->watched), scratch, subject, from);
  pcre2_set_match_limit(scratch->context, FREE_MATCH_LIMIT);
  return result;
}

/* Rules ask with "." whether a field has a text: its first byte answers, unless that is a space or
 * not ASCII. */
static inline bool fits_any_text(const struct regex *regex, struct regex_scratch *scratch,
                                 struct text subject, size_t from) {
  if (!regex->any_text || subject.data[from] <= ' ' || subject.data[from] >= 0x7f)
    return false;
  PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(scratch->match);
  offsets[0] = from;
  offsets[1] = from + 1;
  scratch->found = 1;
  return true;
}

enum regex_result regex_match(const struct regex *regex, struct regex_scratch *scratch,
                              struct work *work, struct text subject, size_t from) {
  scratch->found = 0;
  if (from > subject.size)
    return REGEX_NO;
  if (subject.size == 0)
    subject.data = "";
  if (scratch->match_groups < regex->group_count + 1) {
    pcre2_match_data_free(scratch->match);
    scratch->match_groups = (uint32_t)regex->group_count + 1;
    scratch->match = pcre2_match_data_create(scratch->match_groups, scratch->memory);
  }
  size_t size = subject.size - from;
  if (!work_take(work, 1))
    return REGEX_LIMIT;
  if (size > 0 && fits_any_text(regex, scratch, subject, from))
    return REGEX_YES;
  if (regex->watched && size > regex->free_size)
    return search_watched(regex, scratch, work, subject, from);
  scratch->free_searches += (double)size * regex->free_share;
  if (scratch->free_searches > FREE_SEARCHES_A_LOOK) {
    scratch->free_searches = 0;
    if (!work_look(work))
      return REGEX_LIMIT;
  }
  return search(regex->code, scratch, subject, from);
}

size_t regex_group_count(const struct regex *regex) {
  return regex->group_count;
}

bool regex_group(const struct regex_scratch *scratch, size_t group, size_t *start, size_t *end) {
  if (scratch->found <= 0 || group >= (size_t)scratch->found)
    return false;
  const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(scratch->match);
  if (offsets[2 * group] == PCRE2_UNSET)
    return false;
  /* \K in a lookahead can put the start after the end (pcre2api(3)). */
  *start = offsets[2 * group];
  *end = offsets[2 * group + 1] < *start ? *start : offsets[2 * group + 1];
  return true;
}
