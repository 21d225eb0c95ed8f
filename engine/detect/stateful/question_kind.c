#include "detect/stateful/question_kind.h"

const struct question_kind_type *const question_kind_types[QUESTION_KIND_COUNT] = {
    [QUESTION_NEW_VALUE] = &question_new_value,
    [QUESTION_RATE] = &question_rate,
    [QUESTION_DISTINCT] = &question_distinct,
    [QUESTION_DORMANT] = &question_dormant,
    [QUESTION_UNUSUAL_HOUR] = &question_unusual_hour,
    [QUESTION_SPIKE] = &question_spike,
    [QUESTION_TRAVEL] = &question_travel};
