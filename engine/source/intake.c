#include "source/intake.h"

#include <stddef.h>

const char *const intake_outcome_names[] = {
    [INTAKE_ACCEPTED] = "accepted",
    [INTAKE_CHALLENGE] = "challenge",
    [INTAKE_TOKEN] = "token",
    [INTAKE_UNSIGNED] = "unsigned",
    [INTAKE_BAD_SIGNATURE] = "bad_signature",
    [INTAKE_BAD_CREDENTIALS] = "bad_credentials",
    [INTAKE_BAD_TIME] = "bad_time",
    [INTAKE_BAD_CHALLENGE] = "bad_challenge",
    [INTAKE_ENCODED] = "encoded",
    [INTAKE_OVERLOADED] = "overloaded",
    [INTAKE_LATE] = "late",
    [INTAKE_UNAVAILABLE] = "unavailable",
    [INTAKE_OUTCOMES] = NULL,
};
