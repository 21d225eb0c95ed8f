--- Learns what is usual for a subject: from which countries a user signs in, which admins make changes.
--
-- For stateful rules. The rule's kv holds the day on which each value of a subject was last seen.
-- During the first days of a subject nothing is new. A value that is not seen for long is forgotten,
-- and is new again.

local habit = {}

-- Read once: a look-up in a read-only library costs as much as calling the function that it finds.
local get_counter, floor, parse = kv.get_counter, math.floor, time.parse

local DAY = 86400

local LEARN_DAYS = 14
local FORGET_DAYS = 90
local NAME_BYTES_MAX = 200 -- two names and a word stay well below kv's limit for a key

-- Several rules need the time of the same event, and parsing it costs more than their other work.
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

-- Part of a key. Most names are short, and checking the length costs less than cutting.
local function short(name)
  return #name <= NAME_BYTES_MAX and name or name:sub(1, NAME_BYTES_MAX)
end

-- Stores the day under a key, which expires after `days` days.
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

--- True if `subject` has not had `value` before, or not for long. Remembers the value.
--
-- `options`, all optional: learn_days (14), the first days of a subject, in which nothing is new;
-- forget_days (90), after which an unseen value is forgotten; near, a list of other values: `value`
-- is not new if one of them was seen. A value that is not a text, or is empty, is never new.
function habit.is_new(event, subject, value, options)
  if type(value) ~= "string" or value == "" then
    return false
  end
  local name = short(subject)
  local key = "seen " .. name .. " " .. short(value)
  local day, last = day_of(event), get_counter(key)
  -- Storing a value once a day keeps it from being forgotten. Late events change nothing.
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

--- How many days ago `subject` was last seen; 0 if never. Remembers this day for `keep_days`.
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
