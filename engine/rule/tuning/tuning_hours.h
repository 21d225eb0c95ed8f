/* Hours of the week as people write them. Private to the room, but for what tuning.h declares. */
#ifndef RULE_TUNING_TUNING_HOURS_H
#define RULE_TUNING_TUNING_HOURS_H

#include "base/arena.h"
#include "rule/tuning/tuning.h"

/* "mon-fri 22:00 to 06:00 (Europe/Zurich)", in the arena. */
struct text tuning_hours_words(struct arena *arena, const struct tuning_hours *hours);

#endif
