/*
 * Dead letters that somebody marked to be retried, as a source of the engine: it reads them from
 * the store and pushes them as what they were, records of their own source and log type. The
 * transaction that takes what they become removes them (batch.letters).
 */
#ifndef DAEMON_LETTER_RETRY_H
#define DAEMON_LETTER_RETRY_H

#include "source/source.h"

/* Runs until it is asked to stop. The source's options are the path of the store, which must
 * outlive the run. */
extern const struct source_type letter_retry;

#endif
