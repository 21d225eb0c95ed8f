/* The making of a row set: from files, generated, and changed as faults say. For one thread, before
 * any other knows the set. */
#ifndef SIM_ROWS_MAKE_H
#define SIM_ROWS_MAKE_H

#include "sim/fault.h"
#include "sim/rows.h"

/* Reads and generates what the options say (`start` and `end` set), makes rows late or identical
 * as the faults say, sorts. On error the set is empty. Released by row_set_free. */
bool row_set_make(struct row_set *set, const struct sim_options *options,
                  const struct fault_set *faults, struct error *error);

#endif
