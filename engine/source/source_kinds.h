/* The list of sources: the one file of this room that knows the kinds. Any thread. */
#ifndef SOURCE_SOURCE_KINDS_H
#define SOURCE_SOURCE_KINDS_H

#include "base/settings/kind.h"

/* Each begins a struct source_type. */
extern const struct kind_list source_kinds;

#endif
