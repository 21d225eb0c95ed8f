/* What a fault does to an answer; the simulator and the receiver share it. Any thread; a fault is
 * only read. */
#ifndef SIM_FAULT_ANSWER_H
#define SIM_FAULT_ANSWER_H

#include "base/clock.h"
#include "sim/fault.h"
#include "sim/server.h"

/* Before the request is handled. True when the fault is the whole answer (a status, a closed
 * connection): the request is then not handled. A body is only written for a status. */
bool fault_replaces(const struct fault *fault, time_us now, struct server_answer *answer);

/* After it was handled. True when the answer cannot be used (cut, not JSON); a slow one can. */
bool fault_damages(const struct fault *fault, struct server_answer *answer);

#endif
