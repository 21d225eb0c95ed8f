/* The keys that only a correlation has. Private to rule_metadata.c. */
#ifndef RULE_LOAD_CORRELATION_READ_H
#define RULE_LOAD_CORRELATION_READ_H

#include "rule/load/metadata_reader.h"

/* Gives the reader's rule a correlation to read into. */
void correlation_read_start(struct metadata_reader *reader);

/* Each reads the value of its key at the top of the stack. */
void correlation_read_sequence(struct metadata_reader *reader);
void correlation_read_group(struct metadata_reader *reader);
void correlation_read_on(struct metadata_reader *reader);
void correlation_read_within(struct metadata_reader *reader);
void correlation_read_lookback(struct metadata_reader *reader);
void correlation_read_late(struct metadata_reader *reader);

/* What can only be judged when all keys are read, and what follows from them. `sound`: reading them
 * reported no mistake. */
void correlation_read_finish(struct metadata_reader *reader, bool sound);

#endif
