/* Each kind of question beside a rule in Lua that asks kv the same, over random events with late
 * ones, in batches, groups, failures and restarts of any kind. */
#include "detect/stateful/stateful_fixture.h"

/* What the rule in Lua needs of its event, and its kv: all that a key has had, in a table. */
#define LUA_START                                                                                  \
  "local DAY = 86400\n"                                                                            \
  "local function after_learning(first, at, learn) return at - first >= learn end\n"               \
  "function rule(event)\n"                                                                         \
  "  local key, what, at = event.who:lower(), event.what:lower(), event.at\n"                      \
  "  local seen = kv.get_table(key) or { list = {} }\n"                                            \
  "  local list, yes = seen.list, false\n"
#define LUA_END                                                                                    \
  "  kv.put_table(key, seen, { expires = 3000 * DAY })\n"                                          \
  "  return yes\n"                                                                                 \
  "end\n"

/* Runs, the long way: whether `at` belongs to a chain of times with gaps below `keep`. */
#define LUA_CHAIN                                                                                  \
  "local function chain(times, at, keep)\n"                                                        \
  "  local from, to\n"                                                                             \
  "  table.sort(times)\n"                                                                          \
  "  for i, time in ipairs(times) do\n"                                                            \
  "    if i == 1 or time - times[i - 1] >= keep then from = time end\n"                            \
  "    to = (i == #times or times[i + 1] - time >= keep) and time or nil\n"                        \
  "    if to and at > from - keep and at < to + keep then return from end\n"                       \
  "  end\n"                                                                                        \
  "  return nil\n"                                                                                 \
  "end\n"

/* The past of a journey: last places, places on earlier days, and who was in a network. What is
 * known for three days is right to a 64th of that. */
#define LUA_TRAVEL                                                                                 \
  "local DAY, KEEP = 86400, 3 * 86400\n"                                                           \
  "local function keep(entry, at, is_new)\n"                                                       \
  "  if is_new or at + KEEP - entry.till >= KEEP / 64 then\n"                                      \
  "    entry.till = math.max(at + KEEP, entry.till or 0)\n"                                        \
  "  end\n"                                                                                        \
  "end\n"                                                                                          \
  "local function current(list, key, at)\n"                                                        \
  "  local entry = list[key]\n"                                                                    \
  "  return entry and entry.till > at and entry or nil\n"                                          \
  "end\n"                                                                                          \
  "local function distance(a, b)\n"                                                                \
  "  local la, lb, east = math.rad(a.lat), math.rad(b.lat), math.rad(b.lon - a.lon)\n"             \
  "  local half = math.sin((lb - la) / 2) ^ 2\n"                                                   \
  "    + math.cos(la) * math.cos(lb) * math.sin(east / 2) ^ 2\n"                                   \
  "  return 2 * 6371 * math.asin(math.min(1, math.sqrt(half)))\n"                                  \
  "end\n"                                                                                          \
  "function rule(event)\n"                                                                         \
  "  local at, day = event.at, event.at // DAY\n"                                                  \
  "  local who, cell = event.who:lower(), event.lat .. ' ' .. event.lon\n"                         \
  "  local all = kv.get_table('all') or { places = {}, nets = {}, last = {} }\n"                   \
  "  local here = { at = at, lat = event.lat, lon = event.lon }\n"                                 \
  "  local place = current(all.places, who .. cell, at)\n"                                         \
  "  local is_new = place == nil\n"                                                                \
  "  place = place or { day = day }\n"                                                             \
  "  here.known = place.day < day\n"                                                               \
  "  if is_new or here.known then keep(place, at, is_new) end\n"                                   \
  "  all.places[who .. cell] = place\n"                                                            \
  "  local name = event.ip:match('^%d+%.%d+%.%d+') .. cell\n"                                      \
  "  local net = current(all.nets, name, at) or { count = 0 }\n"                                   \
  "  if net.count < 2 then\n"                                                                      \
  "    is_new = net[who] == nil\n"                                                                 \
  "    if is_new then net[who], net.count = true, net.count + 1 end\n"                             \
  "    keep(net, at, is_new)\n"                                                                    \
  "  end\n"                                                                                        \
  "  all.nets[name], here.shared = net, net.count >= 2\n"                                          \
  "  local last, yes = current(all.last, who, at), false\n"                                        \
  "  if last then\n"                                                                               \
  "    local far = distance(last, here)\n"                                                         \
  "    yes = far > 1000 and far > 900 * math.abs(at - last.at) / 3600\n"                           \
  "      and not (last.known and here.known) and not last.shared and not here.shared\n"            \
  "  end\n"                                                                                        \
  "  if not last or last.at <= at then\n"                                                          \
  "    here.till = math.max(at + DAY, last and last.till or 0)\n"                                  \
  "    all.last[who] = here\n"                                                                     \
  "  end\n"                                                                                        \
  "  kv.put_table('all', all, { expires = 3000 * DAY })\n"                                         \
  "  return yes\n"                                                                                 \
  "end\n"

static const struct subject {
  const char *name, *table, *lua;
  int64_t step;   /* seconds from event to event, at most */
  int64_t late;   /* seconds that an event may be late */
  size_t matches; /* at least so many: the stream was worth testing */
} kinds[] = {
    {"new_value", "{ of = 'what', per = 'who', learn = '200s', keep = '60s' }",
     LUA_CHAIN LUA_START "  local all, mine = {}, {}\n"
                         "  for _, one in ipairs(list) do\n"
                         "    all[#all + 1] = one.at\n"
                         "    if one.what == what then mine[#mine + 1] = one.at end\n"
                         "  end\n"
                         "  local first = chain(all, at, 60)\n"
                         "  yes = first ~= nil and after_learning(first, at, 200)\n"
                         "    and not chain(mine, at, 60)\n"
                         "  list[#list + 1] = { at = at, what = what }\n"
                         "  if #list > 300 then table.remove(list, 1) end\n" LUA_END,
     4, 50, 10},
    {"rate", "{ per = 'who', at_least = 4, within = '100s' }",
     LUA_START "  list[#list + 1] = at\n"
               "  table.sort(list)\n"
               "  for i, from in ipairs(list) do\n"
               "    if from > at - 100 and from <= at then\n"
               "      local count = 0\n"
               "      for k = i, #list do if list[k] < from + 100 then count = count + 1 end end\n"
               "      yes = yes or count >= 4\n"
               "    end\n"
               "  end\n"
               "  if #list > 60 then table.remove(list, 1) end\n" LUA_END,
     20, 300, 10},
    {"distinct", "{ of = 'what', per = 'who', at_least = 3, within = '100s' }",
     LUA_START
     "  list[#list + 1] = { at = at, what = what }\n"
     "  for _, one in ipairs(list) do\n"
     "    local from, found, count = one.at, {}, 0\n"
     "    if from > at - 100 and from <= at then\n"
     "      for _, other in ipairs(list) do\n"
     "        if other.at >= from and other.at < from + 100 and not found[other.what] then\n"
     "          found[other.what], count = true, count + 1\n"
     "        end\n"
     "      end\n"
     "      yes = yes or count >= 3\n"
     "    end\n"
     "  end\n"
     "  if #list > 200 then table.remove(list, 1) end\n" LUA_END,
     20, 300, 10},
    {"dormant", "{ per = 'who', at_least = '64s', keep = '200s' }",
     LUA_START "  yes = seen.last ~= nil and at - seen.last >= 64 and at - seen.last < 200\n"
               "  seen.last = math.max(seen.last or at, at)\n" LUA_END,
     20, 100, 10},
    {"unusual_hour", "{ per = 'who', learn = '4d', keep = '5d', near = 1, time_zone = 'UTC' }",
     LUA_START "  local day, hour = at // DAY, at // 3600 % 24\n"
               "  local usual = false\n"
               "  for _, one in ipairs(list) do\n"
               "    local distance = math.abs(one.hour - hour)\n"
               "    usual = usual or (math.min(distance, 24 - distance) <= 1\n"
               "      and math.abs(one.day - day) < 5)\n"
               "  end\n"
               "  seen.first = seen.first or at\n"
               "  yes = not usual and after_learning(seen.first, at, 4 * DAY)\n"
               "  seen.first = math.min(seen.first, at)\n"
               "  list[#list + 1] = { hour = hour, day = day }\n"
               "  if #list > 250 then table.remove(list, 1) end\n" LUA_END,
     7000, 20000, 10},
    {"spike",
     "{ per = 'who', within = '5m', past = '30m', learn = '20m', times = 1.5, at_least = 3 }",
     LUA_START
     "  local window = at // 300\n"
     "  local count, sum, windows = 1, 0, {}\n"
     "  for _, one in ipairs(list) do\n"
     "    if one == window then count = count + 1 end\n"
     "    if one >= window - 6 and one < window then\n"
     "      sum, windows[one] = sum + 1, true\n"
     "    end\n"
     "  end\n"
     "  local others = 0\n"
     "  for _ in pairs(windows) do others = others + 1 end\n"
     "  local usual = others > 0 and sum / others or 0\n"
     "  seen.first = seen.first or at\n"
     "  yes = after_learning(seen.first, at, 1200) and count >= 3 and count >= 1.5 * usual\n"
     "  seen.first = math.min(seen.first, at)\n"
     "  list[#list + 1] = window\n"
     "  if #list > 300 then table.remove(list, 1) end\n" LUA_END,
     30, 300, 10},
    {"travel",
     "{ of = { 'lat', 'lon', 'ip' }, per = 'who', within = '1d', keep = '3d', farther_than = 1000,"
     " faster_than = 900, shared_by = 2 }",
     LUA_TRAVEL, 9000, 40000, 10},
};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

/* Names in any case are one. A place has a network of its own for each name, but for the last one.
 */
static void write_event(struct stream *stream, int64_t at, char who, char what) {
  int place = (what | 0x20) - 's', name = (who | 0x20) - 'a';
  buffer_printf(&stream->lines,
                "{\"at\":%lld,\"who\":\"%c\",\"what\":\"%c\",\"bad\":true,\"lat\":%d,\"lon\":%d,"
                "\"ip\":\"198.51.%d.%d\"}\n",
                (long long)at, who, what, 12 * place, 20 * place - 40,
                place == 4 ? 0 : 10 * place + name + 1, name);
}

static struct stream stream_for(const struct subject *kind, uint32_t seed, size_t count) {
  static const char who[] = "abcABC", what[] = "stuvwSTUVW";
  struct stream stream = {.lines = BUFFER_NONE, .count = count};
  stream.ends = memory_alloc_array(count, sizeof *stream.ends);
  int64_t at = START;
  for (size_t i = 0; i < count; i++) {
    at += next_random(&seed) % (uint32_t)(kind->step + 1);
    if (next_random(&seed) % 40 == 0)
      at += 12 * kind->step;
    bool is_late = next_random(&seed) % 6 == 0;
    int64_t late = is_late ? next_random(&seed) % (uint32_t)kind->late : 0;
    char name = who[next_random(&seed) % (sizeof who - 1)];
    size_t most = next_random(&seed) % 7 ? 2 : sizeof what - 1;
    write_event(&stream, at - late, name, what[next_random(&seed) % most]);
    stream.ends[i] = stream.lines.size;
  }
  return stream;
}

static void write_rules(const struct subject *kind, struct buffer *question, struct buffer *lua) {
  buffer_printf(question,
                "metadata { id = 'Test.Question', log_types = { 'Test.Log' }, severity = 'low',\n"
                "  where = { bad = true }, %s = %s }\n",
                kind->name, kind->table);
  buffer_printf(lua,
                "metadata { id = 'Test.Kv', log_types = { 'Test.Log' }, severity = 'low',\n"
                "  stateful = true, where = { bad = true } }\n%s",
                kind->lua);
}

/* Commits the stream in groups of any size, with failures and restarts. */
static void run(struct world *world, const struct stream *stream, uint32_t seed) {
  size_t most = 1 + next_random(&seed) % 60;
  for (size_t from = 0; from < stream->count;) {
    struct batch *batches[BATCHES_MAX];
    size_t count = next_batches(stream, &from, most, &seed, batches);
    assert_true(commit_batches(world, batches, count, next_random(&seed) % 3 == 0));
    if (next_random(&seed) % 4 == 0) {
      committer_free(world->committer);
      start_committer(world);
    }
  }
}

static void compare(const struct subject *kind, uint32_t seed) {
  struct buffer question = BUFFER_NONE, lua = BUFFER_NONE;
  struct buffer answers = BUFFER_NONE, expected = BUFFER_NONE;
  struct world world;
  write_rules(kind, &question, &lua);
  const char *const rules[] = {question.data, lua.data};
  struct stream stream = stream_for(kind, seed, 400);
  start_world(&world, rules, 2, 1 + seed % 3);
  run(&world, &stream, seed);
  dump(&world,
       "SELECT event_time / 1000000, hex(row_id) FROM rule_match"
       " WHERE rule_id = 'Test.Question' ORDER BY id",
       &answers);
  dump(&world,
       "SELECT event_time / 1000000, hex(row_id) FROM rule_match"
       " WHERE rule_id = 'Test.Kv' ORDER BY id",
       &expected);
  assert_string_equal(answers.data, expected.data);
  dump(&world, "SELECT title FROM alert WHERE type <> 0", &answers);
  size_t lines = 0;
  for (const char *c = expected.data; (c = strchr(c, '\n')); c++)
    lines++;
  if (lines < kind->matches)
    fail_msg("%s matched %zu times only", kind->name, lines);
  stop_world(&world);
  stream_free(&stream);
  buffer_free(&question);
  buffer_free(&lua);
  buffer_free(&answers);
  buffer_free(&expected);
}

static void a_question_is_answered_as_kv_would(void **state) {
  (void)state;
  for (size_t i = 0; i < KIND_COUNT; i++)
    for (uint32_t seed = 1; seed <= 3; seed++)
      compare(&kinds[i], seed);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_question_is_answered_as_kv_would)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
