--- Reads what a record changes, and whose it is, for operations and webhooks alike. A part of the library
-- `zoom`.

local detail = require "zoom.detail"
local webhook = require "zoom.webhook"

local zoom = {}

local lower = string.lower
local ipairs, pairs, tostring, type = ipairs, pairs, tostring, type

-- Zoom's settings are three levels deep. What is deeper or more is an attempt to keep the rule busy.
local DEPTH_MAX, CHANGES_MAX = 6, 200

-- A list as a text; nil for an object.
local function list_in_words(value)
  local items, fields = {}, 0
  for i, item in ipairs(value) do
    if type(item) == "userdata" then
      item = item:get("email") or item:get("id") or "?"
    end
    items[i] = tostring(item)
  end
  for _ in pairs(value) do
    fields = fields + 1
  end
  return fields == #items and table.concat(items, ", ") or nil
end

-- The value of a leaf in words, or as it is; nil for an object with fields.
local function leaf_of(value)
  if type(value) == "userdata" then
    return list_in_words(value)
  end
  return value
end

local function walk(changes, path, before, after, depth)
  for name, value in pairs(after) do
    local was
    if type(before) == "userdata" then
      was = before:get(name)
    end
    local here = path == "" and tostring(name) or path .. "." .. tostring(name)
    local from, to = leaf_of(was), leaf_of(value)
    if to == nil then
      if depth < DEPTH_MAX then
        walk(changes, here, was, value, depth + 1)
      end
    elseif from ~= to and #changes < CHANGES_MAX then
      changes[#changes + 1] = { path = here, setting = tostring(name), from = from, to = to }
    end
  end
end

--- What an update changes: a list of { path, setting, from, to }, sorted by path.
--
-- For a webhook, the values in `object` that differ from those in `old_object`; a path is
-- "settings.in_meeting.waiting_room". `from` is nil where Zoom does not say what was before. A list is a
-- text, "a, b". For an operation, the changes of zoom.setting_changes, whose path is the section and the
-- setting.
function zoom.settings_diff(event)
  local changes = {}
  if type(event.operation_detail) == "string" then
    changes = detail.rules.setting_changes(event)
    for _, change in ipairs(changes) do
      change.path = (change.section and change.section .. ": " or "") .. change.setting
    end
    return changes
  end
  local before, after = webhook.updated(event)
  if type(after) == "userdata" then
    walk(changes, "", before, after, 1)
  end
  table.sort(changes, function(a, b)
    return a.path < b.path
  end)
  return changes
end

local LEVELS = { account = true, group = true, user = true }

-- The level of an operation, by its category and what its detail names.
local function scope_of_operation(event)
  local about, category = detail.about_of(detail.read(event)), event.category_type
  category = type(category) == "string" and lower(category) or ""
  if category == "user group" or about.group then
    return "group", about.group
  elseif category:find("user", 1, true) or about.user then
    return "user", about.user
  end
  return "account", nil
end

--- Whose settings a record changes: "account", "group" or "user", and the name of the group or the user, or
-- nil. For webhooks, the first word of the event says so.
function zoom.scope_of(event)
  local kind = type(event.event) == "string" and re.match(event.event, "^[a-z]+") or nil
  if not kind then
    return scope_of_operation(event)
  end
  kind = LEVELS[kind] and kind or "account"
  if kind == "account" then
    return kind, nil
  end
  return kind, webhook.object_text(event, "email") or webhook.object_text(event, "name")
    or webhook.object_text(event, "id")
end

--- The same for titles: "the account", "group Springfield", "user lisa@example.com".
function zoom.scope_in_words(event)
  local kind, name = zoom.scope_of(event)
  return kind == "account" and "the account" or name and kind .. " " .. name or "a " .. kind
end

return zoom
