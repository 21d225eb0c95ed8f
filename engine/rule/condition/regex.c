#include "rule/condition/regex.h"

#include "base/memory.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <time.h>

/*
 * Limits. PCRE2 counts backtracking for each start position, so a limit bounds one start, and
 * the processor time bounds the whole search.
 */
#define PATTERN_SIZE_MAX 65536u /* bytes: more is a list that belongs into a condition */
#define MATCH_LIMIT 200000u     /* backtracks of one start: some milliseconds */
#define DEPTH_LIMIT 50000u      /* nested backtracks where there is no JIT */
#define HEAP_LIMIT_KIB 16384u   /* memory of one match where there is no JIT */
#define JIT_STACK_START ((size_t)32 * 1024) /* bytes; PCRE2's own default */
#define JIT_STACK_MAX ((size_t)1024 * 1024) /* bytes; deep matches beyond it give up */

/* A search over more bytes than this goes window by window, and gives up when it has used this
 * much processor time. Below, even a start at every byte that runs over all the rest is short. */
#define WHOLE_SEARCH_MAX 512u
#define SEARCH_TIME_MAX_NS INT64_C(250000000)
/* Starts in a window times the bytes that each can run over: some milliseconds when all do. */
#define WINDOW_WORK (UINT64_C(1) << 22)
#define WINDOW_GROWTH_MAX 16u

struct regex {
  pcre2_code *code;
  size_t group_count;
  bool windows; /* may be searched in windows: no \G, which would see their starts */
};

struct regex_scratch {
  pcre2_general_context *memory;
  pcre2_match_context *context; /* the limits and the stack */
  pcre2_jit_stack *stack;
  pcre2_match_data *match;
  uint32_t match_groups; /* how many groups `match` has room for, 0 included */
  int found;             /* groups that the last match set */
};

static void *allocate(size_t size, void *context) {
  (void)context;
  return memory_alloc(size);
}

static void release(void *memory, void *context) {
  (void)context;
  free(memory);
}

static bool uses_search_start(struct text pattern) {
  for (size_t i = 0; i + 1 < pattern.size; i++)
    if (pattern.data[i] == '\\' && pattern.data[++i] == 'G')
      return true;
  return false;
}

struct regex *regex_new(struct text pattern, unsigned options, struct error *error) {
  uint32_t flags =
      PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT;
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
  int code_error = 0;
  PCRE2_SIZE offset = 0;
  pcre2_general_context *memory = pcre2_general_context_create(allocate, release, NULL);
  pcre2_compile_context *compile = pcre2_compile_context_create(memory);
  struct regex *regex = memory_alloc(sizeof *regex);
  regex->code = pcre2_compile((PCRE2_SPTR)(pattern.size ? pattern.data : ""), pattern.size, flags,
                              &code_error, &offset, compile);
  if (!regex->code) {
    PCRE2_UCHAR message[256] = "";
    pcre2_get_error_message(code_error, message, sizeof message);
    error_set(error, "%s at offset %zu", (const char *)message, (size_t)offset);
    regex_free(&regex);
    goto done;
  }
  /* Without JIT (another machine, or no executable memory) matching is slower and means the same.
   */
  pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE);
  uint32_t count = 0;
  pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &count);
  regex->group_count = count;
  regex->windows = !uses_search_start(pattern);

done:
  pcre2_compile_context_free(compile);
  pcre2_general_context_free(memory);
  return regex;
}

void regex_free(struct regex **regex) {
  if (!*regex)
    return;
  pcre2_code_free((*regex)->code);
  free(*regex);
  *regex = NULL;
}

struct regex_scratch *regex_scratch_new(void) {
  struct regex_scratch *scratch = memory_alloc(sizeof *scratch);
  scratch->memory = pcre2_general_context_create(allocate, release, NULL);
  scratch->context = pcre2_match_context_create(scratch->memory);
  scratch->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, scratch->memory);
  pcre2_jit_stack_assign(scratch->context, NULL, scratch->stack);
  pcre2_set_match_limit(scratch->context, MATCH_LIMIT);
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

static int64_t processor_time_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Starts at `from` and at most at `last_start`. */
static enum regex_result search(const struct regex *regex, struct regex_scratch *scratch,
                                struct text subject, size_t from, size_t last_start) {
  pcre2_set_offset_limit(scratch->context, last_start);
  scratch->found = pcre2_match(regex->code, (PCRE2_SPTR)subject.data, subject.size, from, 0,
                               scratch->match, scratch->context);
  if (scratch->found > 0)
    return REGEX_YES;
  return scratch->found == PCRE2_ERROR_NOMATCH ? REGEX_NO : REGEX_LIMIT;
}

static bool is_continuation(char c) {
  return ((unsigned char)c & 0xC0) == 0x80;
}

/* The clock is asked only when the first window held no match: a search that goes on from match to
 * match does not pay for it. */
static enum regex_result search_in_windows(const struct regex *regex, struct regex_scratch *scratch,
                                           struct text subject, size_t from) {
  int64_t end_ns = 0, before_ns = 0;
  size_t growth = 1;
  for (;;) {
    size_t starts = (size_t)(WINDOW_WORK / (subject.size - from + 1) + 1) * growth;
    size_t next = subject.size - from < starts ? subject.size + 1 : from + starts;
    while (next < subject.size && is_continuation(subject.data[next]))
      next++;
    enum regex_result result = search(regex, scratch, subject, from, next - 1);
    if (result != REGEX_NO || next > subject.size)
      return result;
    int64_t now_ns = processor_time_ns();
    if (end_ns == 0)
      end_ns = now_ns + SEARCH_TIME_MAX_NS;
    else if (now_ns > end_ns)
      return REGEX_LIMIT;
    else if (now_ns - before_ns > SEARCH_TIME_MAX_NS / 256)
      growth = 1;
    else if (growth < WINDOW_GROWTH_MAX)
      growth *= 2;
    before_ns = now_ns;
    from = next;
  }
}

enum regex_result regex_match(const struct regex *regex, struct regex_scratch *scratch,
                              struct text subject, size_t from) {
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
  if (subject.size - from <= WHOLE_SEARCH_MAX || !regex->windows)
    return search(regex, scratch, subject, from, subject.size);
  return search_in_windows(regex, scratch, subject, from);
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
