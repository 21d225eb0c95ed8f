#include "sim/tenant/people_words.h"
#include "sim/tenant/place.h"
#include "sim/tenant/template.h"

#define ACCOUNT "D8cJuqWVQ623CI4Q8yQK0Q"

/* What is made up from one key must not repeat itself: one number for each use. */
enum salt {
  SALT_TOPIC,
  SALT_MINUTES,
  SALT_MEETING,
  SALT_UUID,
  SALT_ID,
  SALT_HEX,
  SALT_PASSCODE,
  SALT_TYPE,
  SALT_SIZE,
  SALT_CALL,
  SALT_OUTSIDE,
  SALT_MESSAGE,
  SALT_DEVICE,
  SALT_PHONE,
  SALT_PERSON,
  SALT_CHOICE
};

/* ---- bytes ---- */

/* `value` in at least `width` digits. */
static void append_number(struct buffer *out, uint64_t value, int width) {
  char digits[24];
  int at = sizeof digits;
  do {
    digits[--at] = (char)('0' + value % 10);
    value /= 10;
    width--;
  } while (value || width > 0);
  buffer_append(out, digits + at, sizeof digits - (size_t)at);
}

/* `count` characters of the alphabet of base64url (RFC 4648), made from the key. */
static void append_random(struct buffer *out, uint64_t key, uint64_t salt, int count) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  struct random random = random_of(key, salt);
  char *end = buffer_reserve(out, (size_t)count);
  uint64_t bits = 0;
  for (int i = 0; i < count; i++, bits >>= 6) {
    if (i % 10 == 0)
      bits = random_next(&random);
    end[i] = alphabet[bits & 63];
  }
  end[count] = '\0';
  out->size += (size_t)count;
}

/* "7a4ed8ec-6be4-4e42-96e6-352a4396204d" */
static void append_hex(struct buffer *out, uint64_t key) {
  struct random random = random_of(key, SALT_HEX);
  uint64_t bits = random_next(&random);
  char *end = buffer_reserve(out, 36);
  for (int i = 0; i < 36; i++, bits >>= 4) {
    if (i == 16 || i == 28)
      bits = random_next(&random);
    bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    end[i] = hyphen ? '-' : "0123456789abcdef"[bits & 15];
  }
  end[36] = '\0';
  out->size += 36;
}

static uint32_t choice(uint64_t key, uint64_t salt, size_t count) {
  struct random random = random_of(key, salt);
  return random_below(&random, (uint32_t)count);
}

/* ---- times ---- */

static void append_date(struct filler *filler, struct buffer *out, int64_t day) {
  if (day != filler->day || !filler->date[0]) {
    struct time_string string;
    memcpy(filler->date, time_format_date(day * US_PER_DAY, &string), 11);
    filler->day = day;
  }
  buffer_append(out, filler->date, 10);
}

/* "2024-03-21T07:09:03", with another character for the T. */
static void append_seconds(struct filler *filler, struct buffer *out, time_us time, char between) {
  int64_t seconds = time / US_PER_SECOND;
  unsigned of_day = (unsigned)(seconds % 86400);
  append_date(filler, out, seconds / 86400);
  const unsigned parts[] = {of_day / 3600, of_day / 60 % 60, of_day % 60};
  char clock[] = {between, '0', '0', ':', '0', '0', ':', '0', '0'};
  for (int i = 0; i < 3; i++) {
    clock[1 + 3 * i] += (char)(parts[i] / 10);
    clock[2 + 3 * i] += (char)(parts[i] % 10);
  }
  buffer_append(out, clock, sizeof clock);
}

static void field_time(struct filler *filler, struct buffer *out) {
  append_seconds(filler, out, filler->act->time, 'T');
  buffer_append_char(out, 'Z');
}

static void field_start(struct filler *filler, struct buffer *out) {
  append_seconds(filler, out, filler->act->time - filler->act->since * US_PER_MS, 'T');
  buffer_append_char(out, 'Z');
}

static void field_ms(struct filler *filler, struct buffer *out) {
  append_number(out, (uint64_t)(filler->act->time / US_PER_MS), 1);
}

/* With a colon before the milliseconds, as the report of meeting activities has it. */
static void field_stamp(struct filler *filler, struct buffer *out) {
  append_seconds(filler, out, filler->act->time, ' ');
  buffer_append_char(out, ':');
  append_number(out, (uint64_t)(filler->act->time / US_PER_MS % 1000), 3);
}

/* ---- people ---- */

static const struct person *person_of(const struct filler *filler, uint32_t number) {
  return &filler->people->list[number < filler->people->count ? number : PEOPLE_OWNER];
}

static const struct place *place_of(const struct filler *filler, uint32_t number) {
  return &PLACES[person_of(filler, number)->place];
}

static void append_phone(struct filler *filler, struct buffer *out, uint32_t number) {
  buffer_append_string(out, place_of(filler, number)->dial);
  append_number(out, number % 10000, 4);
}

static const char *department_of(const struct filler *filler, uint32_t number) {
  return PEOPLE_DEPARTMENTS[person_of(filler, number)->department].name;
}

/* The fields of both: who and whom. */
#define FIELDS_OF(somebody)                                                                        \
  static void field_##somebody##_email(struct filler *filler, struct buffer *out) {                \
    buffer_append_text(out, filler->somebody.email);                                               \
  }                                                                                                \
  static void field_##somebody##_name(struct filler *filler, struct buffer *out) {                 \
    buffer_append_text(out, filler->somebody.name);                                                \
  }                                                                                                \
  static void field_##somebody##_id(struct filler *filler, struct buffer *out) {                   \
    if (filler->somebody.email.size) /* guests whom Zoom does not know have none */                \
      append_random(out, filler->somebody.key, SALT_PERSON, 22);                                   \
  }                                                                                                \
  static void field_##somebody##_zone(struct filler *filler, struct buffer *out) {                 \
    buffer_append_string(out, place_of(filler, filler->act->somebody)->zone);                      \
  }                                                                                                \
  static void field_##somebody##_phone(struct filler *filler, struct buffer *out) {                \
    append_phone(filler, out, filler->act->somebody);                                              \
  }                                                                                                \
  static void field_##somebody##_extension(struct filler *filler, struct buffer *out) {            \
    append_number(out, 10000 + filler->act->somebody % UINT32_C(0x40000000), 1);                   \
  }                                                                                                \
  static void field_##somebody##_department(struct filler *filler, struct buffer *out) {           \
    buffer_append_string(out, department_of(filler, filler->act->somebody));                       \
  }
FIELDS_OF(who)
FIELDS_OF(whom)

static void field_whom_first(struct filler *filler, struct buffer *out) {
  buffer_append_text(out, filler->whom.first);
}

static void field_whom_last(struct filler *filler, struct buffer *out) {
  buffer_append_text(out, filler->whom.last);
}

/* The address that somebody registers with, also who is not signed in. */
static void field_whom_reachable(struct filler *filler, struct buffer *out) {
  if (filler->whom.email.size) {
    buffer_append_text(out, filler->whom.email);
    return;
  }
  buffer_append_string(out, "visitor");
  append_number(out, filler->act->whom & 0xffffff, 1);
  buffer_append_string(out, "@mail.example.org");
}

static void field_whom_type(struct filler *filler, struct buffer *out) {
  buffer_append_char(out, person_of(filler, filler->act->whom)->licensed ? '2' : '1');
}

static void field_whom_licence(struct filler *filler, struct buffer *out) {
  bool licensed = person_of(filler, filler->act->whom)->licensed;
  buffer_append_string(out, licensed ? "Licensed" : "Basic");
}

/* Another one of the same team. */
static void field_mate_email(struct filler *filler, struct buffer *out) {
  uint32_t whom = filler->act->whom,
           mate = whom / PEOPLE_TEAM * PEOPLE_TEAM + (whom + 1) % PEOPLE_TEAM;
  buffer_append_text(out, person_of(filler, mate)->email);
}

/* ---- clients and places ---- */

static int client_of(const struct filler *filler) {
  return (int)(filler->act->number & 0xff);
}

static void field_client(struct filler *filler, struct buffer *out) {
  buffer_append_string(out, PEOPLE_CLIENTS[client_of(filler)].report);
}

static void field_client_webhook(struct filler *filler, struct buffer *out) {
  buffer_append_string(out, PEOPLE_CLIENTS[client_of(filler)].webhook);
}

static void field_version(struct filler *filler, struct buffer *out) {
  people_append_version(out, filler->who.key, client_of(filler), filler->act->time / US_PER_DAY);
}

/* A home's address changes every 60 days, an office has few, elsewhere every day brings another. */
static void append_address(const struct filler *filler, struct buffer *out, uint64_t key) {
  uint32_t number = filler->act->number;
  enum place_network network = (enum place_network)(number >> 8 & 0xff);
  uint64_t day = (uint64_t)(filler->act->time / US_PER_DAY), period = day;
  if (network == PLACE_HOME)
    period = (day + key % 60) / 60;
  else if (network == PLACE_OFFICE || network == PLACE_ATTACKER)
    period = 0;
  struct random random = random_of(key, period * 16 + network + (uint64_t)(number >> 24) * 4096);
  /* Whether a home has IPv6 stays: place_append_address looks at the number by fives. */
  uint64_t address = random_next(&random) / 5 * 5 + (key % 5 != 0);
  place_append_address(out, number >> 16 & 0xff, network, address);
}

static void field_address(struct filler *filler, struct buffer *out) {
  append_address(filler, out, filler->who.key);
}

static void field_whom_address(struct filler *filler, struct buffer *out) {
  append_address(filler, out, filler->whom.key);
}

/* Each person has a camera and a headset, which seldom change. */
static void field_camera(struct filler *filler, struct buffer *out) {
  static const char *const cameras[] = {"FaceTime HD Camera", "Integrated Camera", "Logitech BRIO",
                                        "HD Webcam C920",     "Integrated Webcam", "HP HD Camera"};
  buffer_append_string(out, cameras[choice(filler->whom.key, SALT_DEVICE, 6)]);
}

static void field_headset(struct filler *filler, struct buffer *out) {
  static const char *const headsets[] = {
      "MacBook Pro Microphone", "Realtek(R) Audio", "Jabra Evolve2 65",
      "Poly Voyager Focus 2",   "AirPods Pro",      "Jabra Speak 510",
      "Yealink WH66",           "Logi Zone Vibe",
  };
  buffer_append_string(out, headsets[choice(filler->whom.key, SALT_DEVICE + 64, 8)]);
}

/* ---- meetings ---- */

unsigned template_minutes(uint64_t key) {
  static const unsigned char minutes[] = {15, 30, 30, 30, 30, 45, 60, 60, 60, 90};
  return minutes[choice(key, SALT_MINUTES, sizeof minutes)];
}

static void field_minutes(struct filler *filler, struct buffer *out) {
  append_number(out, template_minutes(filler->act->key), 1);
}

static void field_uuid(struct filler *filler, struct buffer *out) {
  append_random(out, filler->act->key, SALT_UUID, 22);
  buffer_append(out, "==", 2);
}

static uint64_t meeting_number(const struct filler *filler) {
  struct random random = random_of(filler->act->key, SALT_MEETING);
  return UINT64_C(80000000000) + random_next(&random) % UINT64_C(20000000000);
}

static void field_meeting(struct filler *filler, struct buffer *out) {
  append_number(out, meeting_number(filler), 1);
}

static void field_meeting_spaced(struct filler *filler, struct buffer *out) {
  uint64_t number = meeting_number(filler);
  append_number(out, number / 100000000, 3);
  buffer_append_char(out, ' ');
  append_number(out, number / 10000 % 10000, 4);
  buffer_append_char(out, ' ');
  append_number(out, number % 10000, 4);
}

/* Most are scheduled (2) or recur (8); some are instant (1) or in the personal room (4). */
static void field_meeting_type(struct filler *filler, struct buffer *out) {
  buffer_append_char(out, "2222888814"[choice(filler->act->key, SALT_TYPE, 10)]);
}

static void field_topic(struct filler *filler, struct buffer *out) {
  buffer_append_string(out,
                       PEOPLE_TOPICS[choice(filler->act->key, SALT_TOPIC, PEOPLE_TOPIC_COUNT)]);
}

static void field_passcode(struct filler *filler, struct buffer *out) {
  append_random(out, filler->act->key, SALT_PASSCODE, 10);
}

/* The number of one participant's stay, and its id. */
static void field_session(struct filler *filler, struct buffer *out) {
  append_number(out, 16778240 + ((filler->act->key ^ filler->whom.key) & 0xfffff), 1);
}

static void field_participant(struct filler *filler, struct buffer *out) {
  append_random(out, filler->act->key ^ filler->whom.key, SALT_UUID, 22);
}

static void field_issue(struct filler *filler, struct buffer *out) {
  static const char *const issues[] = {"Unstable audio quality", "Unstable video quality",
                                       "High CPU occupation", "Poor screen share quality"};
  buffer_append_string(out, issues[choice(filler->act->key, SALT_CHOICE, 4)]);
}

/* Milliseconds: mostly tens, one in 40 is slow. */
static void field_latency(struct filler *filler, struct buffer *out) {
  struct random random = random_of(filler->act->key ^ filler->whom.key, SALT_DEVICE);
  bool slow = random_chance(&random, 0.025);
  append_number(out, slow ? 200 + random_below(&random, 400) : 12 + random_below(&random, 120), 1);
}

/* ---- the rest ---- */

static void field_account(struct filler *filler, struct buffer *out) {
  (void)filler;
  buffer_append(out, ACCOUNT, sizeof ACCOUNT - 1);
}

static void field_id(struct filler *filler, struct buffer *out) {
  append_random(out, filler->act->key, SALT_ID, 22);
}

static void field_hex_id(struct filler *filler, struct buffer *out) {
  append_hex(out, filler->act->key);
}

static void field_n(struct filler *filler, struct buffer *out) {
  append_number(out, filler->act->number, 1);
}

static void field_size(struct filler *filler, struct buffer *out) {
  append_number(out, 2000 + choice(filler->act->key, SALT_SIZE, 90000000), 1);
}

static void field_call(struct filler *filler, struct buffer *out) {
  struct random random = random_of(filler->act->key, SALT_CALL);
  append_number(
      out, UINT64_C(7000000000000000000) + random_next(&random) % UINT64_C(1000000000000000), 1);
}

/* Where the other end of a call is: mostly in the same country. */
static const struct place *outside_of(const struct filler *filler) {
  struct random random = random_of(filler->act->key, SALT_OUTSIDE);
  return random_chance(&random, 0.93) ? place_of(filler, filler->act->who)
                                      : &PLACES[random_below(&random, PLACE_COUNT)];
}

static void field_outside(struct filler *filler, struct buffer *out) {
  buffer_append_string(out, outside_of(filler)->dial);
  append_number(out, choice(filler->act->key, SALT_PHONE, 10000), 4);
}

static void field_outside_country(struct filler *filler, struct buffer *out) {
  buffer_append_string(out, outside_of(filler)->country);
}

static void field_outside_type(struct filler *filler, struct buffer *out) {
  bool same = strcmp(outside_of(filler)->country, place_of(filler, filler->act->who)->country) == 0;
  buffer_append_string(out, same ? "pstn" : "international");
}

static void field_message(struct filler *filler, struct buffer *out) {
  buffer_append_string(
      out, PEOPLE_MESSAGES[choice(filler->act->key, SALT_MESSAGE, PEOPLE_MESSAGE_COUNT)]);
}

static void field_file(struct filler *filler, struct buffer *out) {
  buffer_append_string(out,
                       PEOPLE_FILES[choice(filler->act->key, SALT_MESSAGE, PEOPLE_FILE_COUNT)]);
}

/* The act's number is the channel's. */
static void field_channel_name(struct filler *filler, struct buffer *out) {
  buffer_append_string(out, PEOPLE_CHANNELS[filler->act->number % PEOPLE_CHANNEL_COUNT]);
}

static void field_channel_id(struct filler *filler, struct buffer *out) {
  append_random(out, filler->act->number, SALT_ID, 22);
}

static void field_room_name(struct filler *filler, struct buffer *out) {
  buffer_append_string(out, PEOPLE_ROOMS[filler->act->whom % PEOPLE_ROOM_COUNT]);
  buffer_append_char(out, ' ');
  append_number(out, filler->act->whom / PEOPLE_ROOM_COUNT + 1, 1);
}

static void field_room_id(struct filler *filler, struct buffer *out) {
  append_random(out, filler->act->whom, SALT_DEVICE, 22);
}

static void field_room_email(struct filler *filler, struct buffer *out) {
  buffer_append_string(out, "room");
  append_number(out, filler->act->whom, 3);
  buffer_append_string(out, "@rooms.example.com");
}

static void field_group_id(struct filler *filler, struct buffer *out) {
  append_random(out, person_of(filler, filler->act->whom)->department, SALT_ID, 22);
}

static void field_department(struct filler *filler, struct buffer *out) {
  buffer_append_string(
      out, PEOPLE_DEPARTMENTS[choice(filler->act->key, SALT_CHOICE, PEOPLE_DEPARTMENT_COUNT)].name);
}

static void field_title(struct filler *filler, struct buffer *out) {
  buffer_append_string(out,
                       PEOPLE_TITLES[choice(filler->act->key, SALT_TOPIC, PEOPLE_TITLE_COUNT)]);
}

/* Settings that have nothing to do with security. */
static void field_setting(struct filler *filler, struct buffer *out) {
  static const char *const settings[] = {"Host video",      "Participants video", "Annotation",
                                         "Breakout room",   "Virtual background", "Whiteboard",
                                         "Auto-save chats", "Meeting reactions",  "Polling"};
  buffer_append_string(out, settings[choice(filler->act->key, SALT_DEVICE, 9)]);
}

/* Zoom writes both cases; most often the mixed one. */
static void field_flip(struct filler *filler, struct buffer *out) {
  static const char *const flips[] = {"from Off to On", "from On to Off", "from Off to On",
                                      "from On to Off", "from OFF to ON", "from ON to OFF"};
  buffer_append_string(out, flips[choice(filler->act->key, SALT_TYPE, 6)]);
}

const struct template_field TEMPLATE_FIELDS[] = {
    {"time", field_time},
    {"start", field_start},
    {"ms", field_ms},
    {"stamp", field_stamp},
    {"who.email", field_who_email},
    {"who.name", field_who_name},
    {"who.id", field_who_id},
    {"who.zone", field_who_zone},
    {"who.phone", field_who_phone},
    {"who.extension", field_who_extension},
    {"who.department", field_who_department},
    {"whom.email", field_whom_email},
    {"whom.name", field_whom_name},
    {"whom.first", field_whom_first},
    {"whom.last", field_whom_last},
    {"whom.id", field_whom_id},
    {"whom.zone", field_whom_zone},
    {"whom.phone", field_whom_phone},
    {"whom.extension", field_whom_extension},
    {"whom.department", field_whom_department},
    {"whom.reachable", field_whom_reachable},
    {"whom.type", field_whom_type},
    {"whom.licence", field_whom_licence},
    {"whom.address", field_whom_address},
    {"mate.email", field_mate_email},
    {"client", field_client},
    {"client.webhook", field_client_webhook},
    {"version", field_version},
    {"address", field_address},
    {"camera", field_camera},
    {"headset", field_headset},
    {"minutes", field_minutes},
    {"uuid", field_uuid},
    {"meeting", field_meeting},
    {"meeting.spaced", field_meeting_spaced},
    {"meeting.type", field_meeting_type},
    {"topic", field_topic},
    {"passcode", field_passcode},
    {"session", field_session},
    {"participant", field_participant},
    {"issue", field_issue},
    {"latency", field_latency},
    {"account", field_account},
    {"id", field_id},
    {"hex", field_hex_id},
    {"n", field_n},
    {"size", field_size},
    {"call", field_call},
    {"outside", field_outside},
    {"outside.country", field_outside_country},
    {"outside.type", field_outside_type},
    {"message", field_message},
    {"file", field_file},
    {"channel.name", field_channel_name},
    {"channel.id", field_channel_id},
    {"room.name", field_room_name},
    {"room.id", field_room_id},
    {"room.email", field_room_email},
    {"group.id", field_group_id},
    {"department", field_department},
    {"title", field_title},
    {"setting", field_setting},
    {"flip", field_flip},
};
const size_t TEMPLATE_FIELD_COUNT = sizeof TEMPLATE_FIELDS / sizeof *TEMPLATE_FIELDS;
