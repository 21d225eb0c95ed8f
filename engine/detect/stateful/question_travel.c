/*
 * travel: the key's place is too far from its last one, less than `within` ago, for the time
 * between. `of` is a latitude, a longitude and the address that has them there:
 *
 *   9:00  key at 47.4, 8.5      203.0.113.24
 *   9:04  key at -36.8, 174.8   192.0.2.200     18,340 km in four minutes: yes
 *
 * Two kinds of journeys are none. Between two places that the key was at on earlier days, within
 * `keep`, its own networks jump: a place is known to the degree, some hundred kilometres. And from
 * or to a network that `shared_by` keys were in, within `keep`, a gateway jumps: a network is the
 * 256 addresses of IPv4 or the 2^80 of IPv6 that a site gets, at one place.
 *
 * Numbers: of the key when it was at its last place, that in millionths of a degree, and whether
 * that was known and shared; of a place of the key (a value of it) the first day there; of a
 * network (a value of the empty key, which no event has) hashes of its keys. So that home is not
 * written with each event, the last time there is right to a 64th of `keep`, and to the day.
 */
#include "base/digest.h"
#include "base/hash.h"
#include "base/ip.h"
#include "detect/stateful/question_kind.h"

#include <math.h>
#include <stdlib.h>

#define JOINT '\x1f' /* between the parts of a value (rule/vm/rule_question.c) */
#define RADIANS (3.14159265358979323846 / 180)
#define EARTH_RADIUS 6371.0 /* kilometres, on average */
#define MILLION 1000000.0
/* Bytes of an IPv4 and of an IPv6 address that are the network's. */
enum { NETWORK_4 = 3, NETWORK_6 = 6 };

enum { AT, LATITUDE, LONGITUDE, KNOWN, SHARED, NUMBERS };

struct place {
  int64_t numbers[NUMBERS];
  struct text address; /* folded; empty: there is none */
  const struct question_place *at;
};

/* ---- the event's place ---- */

static struct text take_part(struct text *rest) {
  const char *joint = memchr(rest->data, JOINT, rest->size);
  struct text part = {rest->data, joint ? (size_t)(joint - rest->data) : rest->size};
  size_t used = part.size + (joint != NULL);
  *rest = (struct text){rest->data + used, rest->size - used};
  return part;
}

/* "-180.123456": the most that can be so written. */
#define SHORT_BYTES 11

/* Degrees with at most six decimals, as nearly all have, in millionths: strtod takes a thousand
 * instructions. */
static bool read_short(struct text text, int64_t *degrees) {
  const char *at = text.data, *end = text.data + text.size, *digits, *point = NULL;
  int64_t value = 0;
  if (text.size > SHORT_BYTES)
    return false;
  at += at < end && *at == '-';
  for (digits = at; at < end; at++)
    if (*at >= '0' && *at <= '9')
      value = value * 10 + (*at - '0');
    else if (*at == '.' && !point && at > digits)
      point = at;
    else
      return false;
  size_t decimals = point ? (size_t)(end - point - 1) : 0;
  if (at == digits || decimals > 6 || (point && !decimals))
    return false;
  for (; decimals < 6; decimals++)
    value *= 10;
  *degrees = *text.data == '-' ? -value : value;
  return true;
}

/* In millionths. False: it is no number of degrees. */
static bool read_degrees(struct text text, double most, int64_t *degrees) {
  char copy[40], *end;
  if (text.size == 0 || text.size >= sizeof copy)
    return false;
  if (read_short(text, degrees))
    return llabs(*degrees) <= (int64_t)(most * MILLION);
  memcpy(copy, text.data, text.size);
  copy[text.size] = '\0';
  double value = strtod(copy, &end);
  if (*end || !(value >= -most && value <= most))
    return false;
  *degrees = llround(value * MILLION);
  return true;
}

/* A number of at most 999; returns the end. */
static char *write_whole(long number, char *out) {
  if (number < 0)
    *out++ = '-';
  number = labs(number);
  for (long unit = number >= 100 ? 100 : number >= 10 ? 10 : 1; unit > 0; unit /= 10)
    *out++ = (char)('0' + number / unit % 10);
  return out;
}

static size_t write_cell(const struct question_place *place, char *out) {
  char *end = write_whole(lrint((double)place->latitude / MILLION), out);
  *end++ = ' ';
  end = write_whole(lrint((double)place->longitude / MILLION), end);
  return (size_t)(end - out);
}

/* `text`: a latitude, a joint and a longitude. */
static bool read_degrees_of(struct text text, struct question_place *place) {
  struct text rest = text, latitude = take_part(&rest), longitude = take_part(&rest);
  if (!read_degrees(latitude, 90, &place->latitude) ||
      !read_degrees(longitude, 180, &place->longitude))
    return false;
  place->cell_size = (uint8_t)write_cell(place, place->cell);
  place->cell_hash = hash_text((struct text){place->cell, place->cell_size});
  return true;
}

/* Of what was read before, or read now. NULL: these are no degrees. */
static const struct question_place *place_at(const struct asking *asking, struct text text,
                                             struct question_place *room) {
  struct question_place *known =
      &asking->cache->known_places[hash_text(text) & (QUESTION_PLACES - 1)];
  if (text.size > sizeof known->text)
    return read_degrees_of(text, room) ? room : NULL;
  if (known->size == text.size && text_equal_short((struct text){known->text, known->size}, text))
    return known;
  if (!read_degrees_of(text, room))
    return NULL;
  memcpy(room->text, text.data, text.size);
  room->size = (uint8_t)text.size;
  *known = *room;
  return known;
}

/* `room`: for a place that is not kept. */
static bool read_place(const struct asking *asking, struct place *place,
                       struct question_place *room) {
  struct text all = asking->value->folded, address = TEXT("");
  const char *joint = memrchr(all.data, JOINT, all.size);
  if (joint && memchr(all.data, JOINT, (size_t)(joint - all.data))) {
    address = (struct text){joint + 1, (size_t)(all.data + all.size - joint - 1)};
    all.size = (size_t)(joint - all.data);
  }
  *place = (struct place){.numbers = {[AT] = asking->time}, .address = address};
  place->at = place_at(asking, all, room);
  if (!place->at)
    return false;
  place->numbers[LATITUDE] = place->at->latitude;
  place->numbers[LONGITUDE] = place->at->longitude;
  return true;
}

/* ---- what is remembered ---- */

static struct question_text name_of(const char *bytes, size_t size) {
  struct text text = {bytes, size};
  return (struct question_text){text, text, hash_text(text)};
}

/* What is too old is as if it were not there. */
static struct question_state *current(const struct asking *asking, const struct question_text *key,
                                      const struct question_text *value) {
  struct question_state *state =
      question_cache_get(asking->cache, asking->tracked, key, value, asking->error);
  if (state && state->count && state->expires_at <= asking->time) {
    question_state_clear(state);
    state->expires_at = INT64_MIN;
  }
  return state;
}

static void keep(const struct asking *asking, struct question_state *state, bool is_new) {
  int64_t part = asking->question->keep / 64;
  time_us until = asking->time + asking->question->keep;
  if (!is_new && until - state->expires_at < (part < US_PER_DAY ? part : US_PER_DAY))
    return;
  question_state_keep(state, until);
  question_cache_change(asking->cache, state);
}

/* Whether the key was there on an earlier day. Remembers the place. */
static bool note_place(const struct asking *asking, struct place *place) {
  int64_t day = question_floor(asking->time, US_PER_DAY);
  struct text cell = {place->at->cell, place->at->cell_size};
  struct question_text name = {cell, cell, place->at->cell_hash};
  struct question_state *state = current(asking, asking->key, &name);
  if (!state)
    return false;
  bool is_new = state->count == 0;
  if (is_new) {
    question_state_insert(state, 0, 1);
    state->numbers[0] = day;
  }
  place->numbers[KNOWN] = state->numbers[0] < day;
  if (is_new || place->numbers[KNOWN])
    keep(asking, state, is_new);
  return true;
}

/* The network's own bytes, and where it is; an address that is none stands for itself. */
static size_t write_network(const struct place *place, char *out) {
  struct ip ip;
  size_t used = 0;
  if (ip_parse(place->address, &ip)) {
    ip = ip_unmapped(&ip);
    used = ip.family == 4 ? NETWORK_4 : NETWORK_6;
    hex_encode(ip.bytes, used, out);
    used *= 2;
  } else {
    used = place->address.size < QUESTION_TEXT_MAX ? place->address.size : QUESTION_TEXT_MAX;
    memcpy(out, place->address.data, used);
  }
  out[used++] = ' ';
  memcpy(out + used, place->at->cell, place->at->cell_size);
  return used + place->at->cell_size;
}

/* Whether several keys were in its network. Remembers the key. */
static bool note_network(const struct asking *asking, struct place *place) {
  char bytes[QUESTION_TEXT_MAX + 1 + QUESTION_CELL_BYTES];
  if (place->address.size == 0)
    return true;
  struct question_text name = name_of(bytes, write_network(place, bytes));
  const struct question_text nobody = name_of("", 0);
  struct question_state *state = current(asking, &nobody, &name);
  if (!state)
    return false;
  size_t most = (size_t)asking->question->shared_by, at = 0;
  if (state->count < most) {
    int64_t hash = (int64_t)(text_hash(asking->key->folded) >> 3);
    while (at < state->count && state->numbers[at] != hash)
      at++;
    bool is_new = at == state->count;
    if (is_new) {
      question_state_insert(state, at, 1);
      state->numbers[at] = hash;
    }
    keep(asking, state, is_new);
  }
  place->numbers[SHARED] = state->count >= most;
  return true;
}

/* ---- the journey ---- */

/* The great-circle distance, by the haversine formula. */
static double distance(const int64_t *a, const int64_t *b) {
  double from = (double)a[LATITUDE] / MILLION * RADIANS,
         to = (double)b[LATITUDE] / MILLION * RADIANS;
  double east = (double)(b[LONGITUDE] - a[LONGITUDE]) / MILLION * RADIANS;
  double along = sin((to - from) / 2), across = sin(east / 2);
  double half = along * along + cos(from) * cos(to) * across * across;
  return 2 * EARTH_RADIUS * asin(fmin(1, sqrt(half)));
}

/* `before` NULL: there is no place before. */
static struct question_answer *begin(const struct asking *asking, const struct place *here,
                                     const int64_t *before) {
  struct question_answer *answer = question_begin(asking);
  answer->since = before ? before[AT] : TIME_NONE;
  if (here->address.size)
    answer->value = here->address;
  return answer;
}

static void judge(const struct asking *asking, const int64_t *before, const struct place *place) {
  const struct question *question = asking->question;
  const int64_t *here = place->numbers;
  bool is_same = before[LATITUDE] == here[LATITUDE] && before[LONGITUDE] == here[LONGITUDE];
  if (is_same && !asking->explains)
    return;
  double far = distance(before, here);
  int64_t span =
      question_floor(here[AT], US_PER_SECOND) - question_floor(before[AT], US_PER_SECOND);
  double hours = (double)(span < 0 ? -span : span) / 3600;
  bool yes = far > (double)question->farther_than && far > (double)question->faster_than * hours &&
             !(before[KNOWN] && here[KNOWN]) && !before[SHARED] && !here[SHARED];
  if (question_wants_answer(asking, yes)) {
    struct question_answer *answer = begin(asking, place, before);
    answer->kilometres = llround(far);
    answer->yes = yes;
  }
}

static bool ask(const struct asking *asking) {
  struct place here, nowhere = {.address = TEXT("")};
  struct question_place room;
  bool has_place = asking->value && read_place(asking, &here, &room);
  if (asking->explains)
    begin(asking, has_place ? &here : &nowhere, NULL);
  if (!has_place)
    return true;
  if (!note_place(asking, &here) || !note_network(asking, &here))
    return false;
  struct question_state *state = current(asking, asking->key, NULL);
  if (!state)
    return false;
  if (state->count)
    judge(asking, state->numbers, &here);
  if (state->count && state->numbers[AT] > here.numbers[AT])
    return true; /* a late one: the last place stays */
  if (state->count == 0)
    question_state_insert(state, 0, NUMBERS);
  memcpy(state->numbers, here.numbers, sizeof here.numbers);
  question_state_keep(state, asking->time + asking->question->within);
  question_cache_change(asking->cache, state);
  return true;
}

static bool is_sound(const struct question *question, const struct question_state *state) {
  (void)question;
  if (state->bytes.size)
    return false;
  if (state->is_value)
    return state->count <= QUESTION_SHARED_MAX;
  return state->count == 0 ||
         (state->count == NUMBERS && llabs(state->numbers[LATITUDE]) <= 90 * (int64_t)MILLION &&
          llabs(state->numbers[LONGITUDE]) <= 180 * (int64_t)MILLION);
}

const struct question_kind_type question_travel = {ask, is_sound};
