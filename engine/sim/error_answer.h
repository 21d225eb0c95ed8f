/* Zoom's error body. */
#ifndef SIM_ERROR_ANSWER_H
#define SIM_ERROR_ANSWER_H

#include "sim/server.h"

/* Sets the status and appends {"code":124,"message":"..."}. Any thread. */
void sim_answer_error(struct server_answer *answer, unsigned status, int code, const char *message);

#endif
