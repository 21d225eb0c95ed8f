/* The list of destinations: the one file of this room that knows the kinds. Any thread. */
#ifndef ALERT_DESTINATION_DESTINATION_KINDS_H
#define ALERT_DESTINATION_DESTINATION_KINDS_H

#include "base/settings/kind.h"

/* Each begins a struct destination_type. */
extern const struct kind_list destination_kinds;

#endif
