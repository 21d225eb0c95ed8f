--- What is usual for somebody: which countries a user signs in from, which admins change things.
--
-- For stateful rules: it keeps, in the rule's kv, on which day it saw each value of a subject last.
-- A subject is learned for some days first, in which nothing is new; what was not seen for long is
-- forgotten, and is new again.

local habit = {}

-- Read once: a look-up in a read-only library costs as much as what is found there.
local get_counter, floor, parse = kv.get_counter, math.floor, time.parse

local DAY = 86400

local LEARN_DAYS = 14
local FORGET_DAYS = 90
local NAME_BYTES_MAX = 200 -- two names and a word are well below what a kv's key may have

-- Several rules ask for the time of one event, and to read it costs more than what they do with it.
local read_text, read_seconds, read_day

--- The event's time in seconds since 1970.
function habit.now(event)
  local text = event.p_event_time
  if text ~= read_text then
    read_text, read_seconds = text, floor(parse(text))
    read_day = read_seconds // DAY
  end
  return read_seconds
end

local function day_of(event)
  if event.p_event_time ~= read_text then
    habit.now(event)
  end
  return read_day
end

-- Part of a key. Most names are short, and to look costs less than to cut.
local function short(name)
  return #name <= NAME_BYTES_MAX and name or name:sub(1, NAME_BYTES_MAX)
end

-- Writes down the day under a key, which is forgotten some days later.
local function note(key, before, day, days)
  kv.increment_counter(key, day - before, { expires = days * DAY })
end

local function any_seen(name, values)
  for _, value in ipairs(values) do
    if get_counter("seen " .. name .. " " .. short(value)) ~= 0 then
      return true
    end
  end
  return false
end

--- True when `value` was not seen of `subject` before, or not for long. Remembers it.
--
-- `options`, all optional: learn_days (14), in which nothing is new yet; forget_days (90), after
-- which a value is forgotten that is not seen again; near, a list of other values: nothing is new
-- when one of them was seen. What is no text, or empty, is never new.
function habit.is_new(event, subject, value, options)
  if type(value) ~= "string" or value == "" then
    return false
  end
  local name = short(subject)
  local key = "seen " .. name .. " " .. short(value)
  local day, last = day_of(event), get_counter(key)
  -- Once a day is enough to keep a value from being forgotten. Late events change nothing.
  if last >= day then
    return false
  end
  local learn = options and options.learn_days or LEARN_DAYS
  local forget = options and options.forget_days or FORGET_DAYS
  note(key, last, day, forget)
  local since = "since " .. name
  local began = get_counter(since)
  note(since, began, began == 0 and day or began, forget)
  return last == 0 and began ~= 0 and day - began >= learn
    and not (options and options.near and any_seen(name, options.near))
end

--- How many days ago `subject` was seen last, 0 when it never was. Remembers for `keep_days` that
-- it is seen now.
function habit.days_since(event, subject, keep_days)
  local key = "last " .. short(subject)
  local day, last = day_of(event), get_counter(key)
  if last >= day then
    return 0
  end
  note(key, last, day, keep_days)
  return last == 0 and 0 or day - last
end

return habit
