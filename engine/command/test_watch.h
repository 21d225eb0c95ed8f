/* `margay test --watch`: tests rules again whenever they are saved. */
#ifndef COMMAND_TEST_WATCH_H
#define COMMAND_TEST_WATCH_H

#include "command/test_world.h"

/* Tests, and tests again what a change concerns, until a signal ends it. Returns the exit status.
 * */
int test_watch(const struct test_options *options);

#endif
