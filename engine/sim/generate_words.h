/*
 * The words that generated records are made of. Detail patterns are Zoom's own wording, with
 * these places to fill:
 *
 *   %E an email     %N a person's name   %G a group      %R a plain role   %P a privileged role
 *   %T a job title  %M a Zoom Room       %O a topic      %I a meeting id   %L a help desk role
 *   %S, %V a group's and an account's setting that no known detection is about
 *   %- "from On to Off"   %+ "from Off to On"   %? either of them (each in either case)
 *
 * The words are constant: any thread.
 */
#ifndef SIM_GENERATE_WORDS_H
#define SIM_GENERATE_WORDS_H

#include <stddef.h>

struct generate_pattern {
  unsigned weight;
  const char *category, *action, *detail;
  const char *rule_id; /* of the one known detection that it matches, or NULL */
};

struct generate_sign_in {
  unsigned weight;
  const char *client, *version;
};

struct generate_meeting {
  unsigned weight;
  const char *category, *detail;
};

/* Operations that no known detection matches, and those that one does. */
extern const struct generate_pattern GENERATE_USUAL[], GENERATE_MATCHING[];
extern const size_t GENERATE_USUAL_COUNT, GENERATE_MATCHING_COUNT;

/* What admins do to phones, to the contact center and to Video SDK accounts. */
extern const struct generate_pattern GENERATE_PHONE[], GENERATE_CONTACT_CENTER[],
    GENERATE_VIDEO_SDK[];
extern const size_t GENERATE_PHONE_COUNT, GENERATE_CONTACT_CENTER_COUNT, GENERATE_VIDEO_SDK_COUNT;

extern const struct generate_sign_in GENERATE_SIGN_INS[];
extern const struct generate_meeting GENERATE_MEETINGS[];
extern const size_t GENERATE_SIGN_INS_COUNT, GENERATE_MEETINGS_COUNT;

struct generate_person {
  const char *name;  /* as shown */
  const char *email; /* before the @ */
};
extern const struct generate_person GENERATE_PEOPLE[];
extern const size_t GENERATE_PEOPLE_COUNT;

struct generate_words {
  char place; /* the letter in a pattern */
  const char *const *words;
  size_t count;
};
extern const struct generate_words GENERATE_WORDS[];
extern const size_t GENERATE_WORDS_COUNT;

#endif
