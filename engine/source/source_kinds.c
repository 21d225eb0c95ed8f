#include "source/source_kinds.h"

#include "source/source.h"

/* One line each. */
#define SOURCES(KIND)                                                                              \
  KIND(source_file)                                                                                \
  KIND(source_zoom_reports)                                                                        \
  KIND(source_zoom_webhook)

#define DECLARE(type) extern const struct source_type type;
#define LIST(type) &(type).kind,

SOURCES(DECLARE)
static const struct kind *const kinds[] = {SOURCES(LIST)};

const struct kind_list source_kinds = {kinds, sizeof kinds / sizeof *kinds};
