--- Which settings a webhook makes weaker. A part of the library `zoom`; the settings' directions are those of
-- zoom.security_settings.

local setting = require "zoom.setting"
local settings = require "zoom.webhook_settings"
local people = require "zoom.people"
local webhook = require "zoom.webhook"

local zoom = {}

local concat = table.concat
local ipairs, tostring, type = ipairs, tostring, type

-- Zoom's words for values that the operation log writes out.
local WORDS = { e2ee = "end-to-end", enhanced_encryption = "enhanced" }

-- A period: "30d", "1y".
local UNITS = { h = " hours", d = " days", m = " months", y = " years" }

local function text_of_leaf(value)
  value = tostring(value)
  local number, unit = re.match(value, "^(\\d{1,9})([hdmy])$")
  return WORDS[value] or number and number .. UNITS[unit] or value
end

-- One element of a list: a text, or a user by address or id.
local function text_of_item(item)
  if type(item) == "userdata" then
    item = item:get("email") or item:get("id")
  end
  return type(item) ~= "userdata" and item ~= nil and tostring(item) or "?"
end

-- A value in the words of the operation log; nil if there is none.
local function text_of(value)
  if value == true then
    return "On"
  elseif value == false then
    return "Off"
  elseif type(value) ~= "userdata" then
    return value ~= nil and text_of_leaf(value) or nil
  end
  local enable = value:get("enable")
  if enable ~= nil and type(enable) ~= "userdata" then
    return text_of(enable)
  end
  local items = {}
  for i, item in ipairs(value) do
    items[i] = text_of_item(item)
  end
  return concat(items, ", ")
end

local function value_at(event, object, path)
  return text_of(event:deep_get("payload", object, "settings", table.unpack(path)))
end

--- The settings that a settings_updated webhook makes weaker: a list of { key, setting, from, to, severity }.
-- `from` is nil if the webhook does not say what was before.
function zoom.weakened_settings(event)
  local found = {}
  for _, row in ipairs(settings) do
    local to = value_at(event, "object", row[1])
    local from = to and value_at(event, "old_object", row[1])
    if to and not (row.unless_empty and to == "") and setting.is_weaker(row[2], from, to) then
      found[#found + 1] = { key = row[2], setting = row[3], from = from, to = to,
        severity = setting.severity_of(row[2]) }
    end
  end
  return found
end

-- Settings of the account whose own rules read the report and webhooks.
local WITH_RULE = { two_factor = true, two_factor_scope = true, sso = true, sso_bypass = true,
  end_to_end = true, password = true, password_length = true }

--- Those of zoom.weakened_settings(event) that no rule of their own reports from webhooks. The settings of
-- groups and users have none.
function zoom.other_weakened_settings(event)
  local found = {}
  for _, change in ipairs(zoom.weakened_settings(event)) do
    if event.event ~= "account.settings_updated" or not WITH_RULE[change.key] then
      found[#found + 1] = change
    end
  end
  return found
end

--- The `where` of a rule that asks for zoom.weakened_anywhere(event, key): what zoom.where_weakened lets
-- through, and webhooks about the account that name such a setting. `key` is a key, or a set of keys.
function zoom.where_weakened_anywhere(key)
  local ways = setting.where_weakened(key)
  for _, row in ipairs(settings) do
    if row[2] == key or type(key) == "table" and key[row[2]] then
      ways[#ways + 1] = {
        event = "account.settings_updated",
        ["payload.object.settings." .. concat(row[1], ".") .. "|exists"] = true,
      }
    end
  end
  return ways
end

--- The settings of the account with that key that a record makes weaker, whether the operation log or a
-- webhook says so: zoom.weakened, or zoom.weakened_settings.
function zoom.weakened_anywhere(event, key)
  if event.operation_detail ~= nil then
    return setting.weakened(event, key)
  end
  local found = {}
  if event.event ~= "account.settings_updated" then
    return found
  end
  for _, change in ipairs(zoom.weakened_settings(event)) do
    if change.key == key or type(key) == "table" and key[change.key] then
      found[#found + 1] = change
    end
  end
  return found
end

local OFF = { off = true, none = true, disabled = true, [""] = true }

--- A dedup string that is the same for the report and the webhook of one change: who did it, which settings,
-- and whether they are off, for which addresses, or only less strict.
function zoom.weakened_dedup(event, changes)
  local words = { webhook.operator_of(event):lower() }
  for i, change in ipairs(changes) do
    local to = (change.to or ""):lower()
    local users = people.addresses_in(to)
    if users[2] then
      table.sort(users)
    end
    words[i + 1] = ("%s %s"):format(change.key,
      #users > 0 and concat(users, " ") or OFF[to] and "off" or "less")
  end
  return concat(words, ", ")
end

--- The functions rule, title, dedup and alert_context of a rule that reports such settings in both; the
-- arguments are those of zoom.weakened_functions.
function zoom.weakened_anywhere_functions(key, what)
  return function(event)
    return #zoom.weakened_anywhere(event, key) > 0
  end, function(event)
    return setting.weakened_title(event, what, zoom.weakened_anywhere(event, key))
  end, function(event)
    return zoom.weakened_dedup(event, zoom.weakened_anywhere(event, key))
  end, function(event)
    return { changes = zoom.weakened_anywhere(event, key) }
  end
end

return zoom
