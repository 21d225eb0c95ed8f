/*
 * The words that a made-up tenant's people, teams and rooms are called by. Every text is ready to
 * stand in a JSON string. Constant: any thread.
 */
#ifndef SIM_TENANT_PEOPLE_WORDS_H
#define SIM_TENANT_PEOPLE_WORDS_H

#include <stddef.h>

struct people_name {
  const char *shown; /* as its owner writes it */
  const char *plain; /* as in an email address: lower case, ASCII */
};

#define PEOPLE_NAMES 14 /* first names and last names of each culture */

struct people_culture {
  struct people_name first[PEOPLE_NAMES], last[PEOPLE_NAMES];
};

enum {
  CULTURE_ENGLISH,
  CULTURE_GERMAN,
  CULTURE_FRENCH,
  CULTURE_IBERIAN,
  CULTURE_POLISH,
  CULTURE_INDIAN,
  CULTURE_CHINESE,
  CULTURE_JAPANESE,
  CULTURE_NIGERIAN,
  CULTURE_TURKISH,
  CULTURE_COUNT
};
extern const struct people_culture PEOPLE_CULTURES[CULTURE_COUNT];

/* Of ten people in a place (the order of PLACES), how many belong to which cultures: one letter
 * each, 'a' + culture. */
extern const char *const PEOPLE_MIX[];

struct people_department {
  unsigned weight;
  const char *name;
  unsigned char meetings; /* hosted in a hundred working days and people */
  unsigned char calls;    /* in ten working days, of who has a phone */
};
extern const struct people_department PEOPLE_DEPARTMENTS[];
extern const size_t PEOPLE_DEPARTMENT_COUNT;

extern const char *const PEOPLE_TITLES[], *const PEOPLE_ROOMS[], *const PEOPLE_TOPICS[],
                                                                     *const PEOPLE_CHANNELS[],
                                                                         *const PEOPLE_MESSAGES[],
                                                                             *const PEOPLE_FILES[];
extern const size_t PEOPLE_TITLE_COUNT, PEOPLE_ROOM_COUNT, PEOPLE_TOPIC_COUNT, PEOPLE_CHANNEL_COUNT,
    PEOPLE_MESSAGE_COUNT, PEOPLE_FILE_COUNT;

#endif
