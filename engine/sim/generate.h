/*
 * Made-up Zoom records that look like real ones: the same seed gives the same records.
 *
 * Times rise from `start` to `end` (both included, whole seconds), one record after another, so
 * a generator is asked exactly `count` times. Texts are in Zoom's own wording, with names that
 * hold hyphens and letters outside ASCII, several changes in one detail, and either case of
 * On/Off. One generator makes one kind of record and serves one thread.
 */
#ifndef SIM_GENERATE_H
#define SIM_GENERATE_H

#include "base/buffer.h"
#include "base/clock.h"
#include "sim/random.h"

struct generate_options {
  uint64_t seed, count;
  time_us start, end;
  double match_share; /* of operations that a known detection matches, 0 to 1; usual: 0.01 */
};

#define GENERATE_MATCH_SHARE 0.01

struct generator {
  struct generate_options options;
  struct random random;
  uint64_t made;
  struct buffer detail; /* scratch */
  int64_t day;          /* of `date` */
  char date[16];        /* "2024-03-21" */
};

void generator_start(struct generator *generator, const struct generate_options *options);
void generator_free(struct generator *generator);

/* Each appends one JSON object without a newline, and returns the record's time through `time`
 * when that is not NULL. */

/* They return the id of the one known rule that is meant to match the record, or NULL for none. The
 * id is a constant. */
const char *generate_operation(struct generator *generator, struct buffer *out, time_us *time);
const char *generate_activity(struct generator *generator, struct buffer *out, time_us *time);
const char *generate_meeting_activity(struct generator *generator, struct buffer *out,
                                      time_us *time);
const char *generate_phone_operation(struct generator *generator, struct buffer *out,
                                     time_us *time);
const char *generate_contact_center_operation(struct generator *generator, struct buffer *out,
                                              time_us *time);
const char *generate_remote_support(struct generator *generator, struct buffer *out, time_us *time);
const char *generate_chat_channel_activity(struct generator *generator, struct buffer *out,
                                           time_us *time);
const char *generate_video_sdk_operation(struct generator *generator, struct buffer *out,
                                         time_us *time);

#endif
