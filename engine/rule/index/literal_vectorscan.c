#include "rule/index/literal_vectorscan.h"

#ifdef MARGAY_VECTORSCAN

#include "base/memory.h"

#include <hs.h>
#include <stdio.h>
#include <stdlib.h>

struct hs_database *literal_vectorscan_new(const struct text *literals, size_t count) {
  if (count > UINT32_MAX || hs_valid_platform() != HS_SUCCESS)
    return NULL;
  const char **expressions = memory_alloc_array(count, sizeof *expressions);
  size_t *sizes = memory_alloc_array(count, sizeof *sizes);
  unsigned *flags = memory_alloc_array(count, sizeof *flags);
  unsigned *ids = memory_alloc_array(count, sizeof *ids);
  for (size_t i = 0; i < count; i++) {
    expressions[i] = literals[i].data;
    sizes[i] = literals[i].size;
    flags[i] = HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH;
    ids[i] = (unsigned)i;
  }
  hs_database_t *database = NULL;
  hs_compile_error_t *error = NULL;
  if (hs_compile_lit_multi(expressions, flags, ids, sizes, (unsigned)count, HS_MODE_BLOCK, NULL,
                           &database, &error) != HS_SUCCESS) {
    hs_free_compile_error(error);
    database = NULL;
  }
  free(expressions);
  free(sizes);
  free(flags);
  free(ids);
  return database;
}

void literal_vectorscan_free(struct hs_database *database) {
  hs_free_database(database);
}

void literal_vectorscan_prepare(const struct hs_database *database, struct hs_scratch **scratch) {
  if (hs_alloc_scratch(database, scratch) != HS_SUCCESS) {
    fputs("margay: out of memory\n", stderr);
    abort();
  }
}

void literal_vectorscan_release(struct hs_scratch *scratch) {
  hs_free_scratch(scratch);
}

struct report {
  void (*found)(void *context, unsigned literal);
  void *context;
};

static int report_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                        void *context) {
  (void)from, (void)to, (void)flags;
  const struct report *report = context;
  report->found(report->context, id);
  return 0;
}

void literal_vectorscan_scan(const struct hs_database *database, struct hs_scratch *scratch,
                             struct text subject, void (*found)(void *context, unsigned literal),
                             void *context) {
  struct report report = {found, context};
  hs_scan(database, subject.data ? subject.data : "", (unsigned)subject.size, 0, scratch,
          report_match, &report);
}

const char *literal_vectorscan_version(void) {
  return hs_version();
}

#else

struct hs_database *literal_vectorscan_new(const struct text *literals, size_t count) {
  (void)literals, (void)count;
  return NULL;
}

void literal_vectorscan_free(struct hs_database *database) {
  (void)database;
}

void literal_vectorscan_prepare(const struct hs_database *database, struct hs_scratch **scratch) {
  (void)database, (void)scratch;
}

void literal_vectorscan_release(struct hs_scratch *scratch) {
  (void)scratch;
}

void literal_vectorscan_scan(const struct hs_database *database, struct hs_scratch *scratch,
                             struct text subject, void (*found)(void *context, unsigned literal),
                             void *context) {
  (void)database, (void)scratch, (void)subject, (void)found, (void)context;
}

const char *literal_vectorscan_version(void) {
  return NULL;
}

#endif
