--- Whether the new value of a setting makes an account weaker than the one before. A part of the library
-- `zoom`, for zoom.setting.
--
-- Values come as On and Off, as scopes ("All users" to "Users with specific roles"), numbers with units,
-- "Never", lists, and as Locked and Unlocked.

local setting_value = {}

local find, lower, sub = string.find, string.lower, string.sub
local ipairs, pairs, tonumber = ipairs, pairs, tonumber

-- How much of a name, of a value and of a list is read.
local NAME_MAX, VALUE_MAX, LIST_MAX = 200, 200, 20000

-- How many people a value means, from nobody (0) to everybody (1), and beyond the account. The first that
-- fits decides.
local SPECIFIC = 0.3
local SCOPES = {
  { "^(?:off|no|none|never|disabled?|not required|optional|nobody|no one|false|0|do(?: not|n't))\\b", 0 },
  { "^(?:on|yes|enabled?|required|true)\\b", 1 },
  { "^(?:anyone|anybody|public|everyone on the internet)", 1.2 },
  { "^(?:all|every|any|always)", 1 },
  { "\\bonly (?:the |meeting )*(?:host|admin)|\\b(?:hosts?|admins?) only|^(?:hosts?|admins?)$", 0.1 },
  { "\\b(?:specific|selected|certain)\\b|^(?:groups?|roles?|jbh|users? (?:with|in)\\b)", SPECIFIC },
  { "\\b(?:allowed|specified) domains\\b", 0.4 },
  { "^(?:users )?sign(?:ed)?[- ]in(?: to zoom| users)?$", 0.8 },
  { "\\b(?:not in|outside|guests?|external|account|organi[sz]ation|signed[- ]in|internal|invited)\\b", 0.5 },
  { "^only\\b", 0.5 },
}

-- In seconds where there is a unit. A month has 30 days, a year 365.
local UNITS = { second = 1, sec = 1, minute = 60, min = 60, hour = 3600, hr = 3600, day = 86400,
  week = 604800, wk = 604800, month = 2592000, year = 31536000, yr = 31536000 }
local NUMBER = "(\\d{1,9}(?:\\.\\d{1,9})?) ?(second|sec|minute|min|hour|hr|day|week|wk|month|year|yr)?"
local ENDLESS = "^(?:never|unlimited|forever|indefinite|no limit|permanent|always|any ?time)"

-- "1 hour 30 minutes" as 5400; what has no end, as infinite; nil for anything else, and for 0, which turns
-- the setting off.
local function number_of(value)
  if re.find(value, ENDLESS) then
    return math.huge
  end
  local sum = 0
  for number, unit in re.gmatch(value, NUMBER) do
    sum = sum + tonumber(number) * (UNITS[unit] or 1)
  end
  return sum > 0 and sum or nil
end

local function scope_of(value, row)
  for _, scope in ipairs(SCOPES) do
    if re.find(value, scope[1]) then
      return scope[2]
    end
  end
  return row.number and number_of(value) and 1 or nil
end

-- How `to` differs from `from`: 1 more, -1 less, 0 neither; nil if one is not known.
local function difference(from, to)
  return from and to and (from < to and 1 or from > to and -1 or 0) or nil
end

local function entries_of(value)
  local entries = {}
  for entry in re.gmatch(lower(sub(value, 1, LIST_MAX)), "[^\\s,;()]+") do
    entries[entry] = true
  end
  entries["none"], entries["off"] = nil, nil
  return entries
end

local function lacks_some(entries, wanted)
  for entry in pairs(wanted) do
    if not entries[entry] then
      return true
    end
  end
  return false
end

-- True if entries were added to a list that should be short, or removed from one that should be long.
local function judge_list(row, from, to)
  from, to = entries_of(from), entries_of(to)
  local added, removed = lacks_some(from, to), lacks_some(to, from)
  if not added and not removed then
    return nil
  end
  return row.safe == "less" and added or row.safe == "more" and removed
end

-- Of values that mean as many people, true if one only lacks groups or roles that the other names: "Specific
-- groups (Finance, Legal)" and "Specific groups (Legal)".
local function judge_named(row, from, to)
  from, to = entries_of(from), entries_of(to)
  local added, removed = lacks_some(from, to), lacks_some(to, from)
  if added == removed then
    return nil
  end
  return removed == (row.safe == "more")
end

-- Only the new value is known.
local function judge_new(row, to)
  local scope = scope_of(to, row)
  if row.list and scope == nil then
    return row.safe == "less" and to ~= "" or nil
  end
  return row.safe == "more" and scope == 0 or row.safe == "less" and scope ~= nil and scope >= 1 or nil
end

local function is_locked(value)
  return find(value, "unlocked", 1, true) == nil and find(value, "locked", 1, true) ~= nil
end

-- Of a list that limits something when it is on: turning it off is weaker.
local function judge_switch(row, from, to)
  if row.switch == "more" and (from == "on" or from == "off") and (to == "on" or to == "off") then
    return to == "off"
  end
  return nil
end

local function judge_values(row, from, to)
  local switched = judge_switch(row, from, to)
  if switched ~= nil then
    return switched
  end
  if row.keep then -- the safe value among several
    local had, has = re.find(from, row.keep), re.find(to, row.keep)
    if had or has then
      return had and not has
    end
  end
  local more = row.number and difference(number_of(from), number_of(to))
  if more and more ~= 0 then
    return (more > 0) ~= (row.number == "more")
  end
  local scope, after = scope_of(from, row), scope_of(to, row)
  more = difference(scope, after)
  if not more and row.safe == "more" and after == 0 and from ~= "" then
    return true -- from whatever it was to nothing
  end
  if not more and row.list then
    return judge_list(row, from, to)
  end
  if more == 0 and scope == SPECIFIC then
    return judge_named(row, from, to)
  end
  if not more or more == 0 then
    return nil
  end
  return (more > 0) ~= (row.safe == "more")
end

-- A lock as a setting of its own: "Lock Waiting Room: from On to Off", "Waiting Room (Lock)".
local LOCK = "^lock\\b|\\block(?:ed)?\\)?$"
local LOCK_VALUES = { on = "locked", yes = "locked", enabled = "locked",
  off = "unlocked", no = "unlocked", disabled = "unlocked" }

local function lock_value_of(change, value)
  local to_lock = LOCK_VALUES[value]
  if to_lock and change.setting and re.find(lower(sub(change.setting, -NAME_MAX)), LOCK) then
    return to_lock
  end
  return value
end

-- True for a change from Locked to Unlocked, false for the opposite, nil for others.
local function judge_lock(from, to)
  if find(from, "locked", 1, true) and find(to, "locked", 1, true) and is_locked(from) ~= is_locked(to) then
    return is_locked(from)
  end
  return nil
end

--- Whether a change unlocks what it names, however it is called.
function setting_value.is_unlocking(change)
  return change.from ~= nil and find(lower(sub(change.to, 1, VALUE_MAX)), "unlocked", 1, true)
    and judge_lock(lower(sub(change.from, 1, VALUE_MAX)), lower(sub(change.to, 1, VALUE_MAX)))
end

--- True if the change makes the account weaker, false if it makes it safer, nil if neither is certain.
-- `row` is of zoom.security_settings.
function setting_value.judge(row, change)
  if row.safe == nil then
    return nil
  end
  local max = row.list and LIST_MAX or VALUE_MAX
  local to = lock_value_of(change, lower(sub(change.to, 1, max)))
  if not change.from then
    return judge_new(row, to)
  end
  local from = lock_value_of(change, lower(sub(change.from, 1, max)))
  local unlocked = judge_lock(from, to)
  if unlocked ~= nil then
    return unlocked
  end
  return judge_values(row, from, to)
end

return setting_value
