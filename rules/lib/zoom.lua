--- What Zoom's operation logs say in words, and what its webhooks say in fields.
--
-- A record of /report/operationlogs tells a change in one sentence, `operation_detail`:
--
--   Edit Group Springfield  - Waiting Room: from Off to On - PMI Passcode: from On to Off
--   Security  - Sign in with Two-Factor Authentication: from On to Off
--   Change Role  - bart@example.com: from Member to Admin
--   Update User bart@example.com  - Job Title: set to Inspector - User Role: from Member to Admin
--
-- That is a head, two spaces and a hyphen, and then one or more changes with hyphens between
-- them. Names and values may hold hyphens too, On and Off come in any case, and a record may have
-- no detail at all. Nothing here throws on such a record: what is not there is nil or an empty
-- list.

local zoom = {}

local HEAD_END = "  - "
local CHANGE_END = " - "

-- How the values of a change begin. Zoom leaves out "from" now and then.
local VALUES = "(?i): (?:from |set to |(?:on|off) to )"

local SWITCH = "(?is)^(.*?): (?:from )?(on|off) to (on|off)(?![\\w-])"
local CHANGE = "(?is)^(.*?): from (.*?) to (.*)$"
local SETTING = "(?is)^(.*?): set to (.*)$"

local EMAIL = "[^\\s<>()\\[\\],;:\"]+@[^\\s<>()\\[\\],;:\"']+"

local byte, find, lower, sub = string.byte, string.find, string.lower, string.sub

-- Most texts have nothing to trim, and no regex is needed to see it.
local function trim(text)
  local first, last = byte(text, 1), byte(text, -1)
  if not first or (first > 32 and last > 32) then
    return text
  end
  return (re.match(text, "(?s)^\\s*(.*?)\\s*$"))
end

local function text_or_nil(value)
  if type(value) == "string" and value ~= "" then
    return value
  end
  return nil
end

local function contains(text, part)
  return find(lower(text), lower(part), 1, true) ~= nil
end

-- Where the last separator in `text` begins and ends.
local function find_last(text, separator)
  local first, last = find(text:reverse(), separator:reverse(), 1, true)
  if not first then
    return nil
  end
  return #text - last + 1, #text - first + 1
end

-- Most details tell of no change, and no regex is needed to see it.
local function find_values(text)
  return find(text, ": ", 1, true) and re.find(text, VALUES)
end

-- The head and the changes of a detail as two texts; only the head where nothing changes. It goes to
-- the last separator before the first change, so that a group's name may hold one.
local function split_detail(detail)
  local values = find_values(detail)
  local first, last
  if values then
    local before = detail:sub(1, values)
    first, last = find_last(before, HEAD_END)
    if not first then
      first, last = find_last(before, CHANGE_END)
    end
    if not first then
      return "", detail
    end
  else
    first = detail:find(HEAD_END, 1, true)
    return trim(first and detail:sub(1, first - 1) or detail), nil
  end
  return trim(detail:sub(1, first - 1)), detail:sub(last + 1)
end

local function split_pieces(text)
  local pieces, from = {}, 1
  repeat
    local first, last = find(text, CHANGE_END, from, true)
    pieces[#pieces + 1] = sub(text, from, first and first - 1)
    from = last and last + 1
  until not from
  return pieces
end

-- "Waiting Room: from Off to On" as a table; nil when the text is no whole change.
local function read_change(text)
  if not find_values(text) then
    return nil
  end
  local setting, from, to = re.match(text, SWITCH)
  if setting then
    return { setting = trim(setting), from = from, to = to, is_switch = true }
  end
  setting, from, to = re.match(text, CHANGE)
  if setting then
    return { setting = trim(setting), from = trim(from), to = trim(to) }
  end
  setting, to = re.match(text, SETTING)
  if setting then
    return { setting = trim(setting), to = trim(to) }
  end
  return nil
end

-- A hyphen separates changes, but also stands in names ("Room - Operator"). A piece that is no
-- change by itself continues the value before it, or, after On or Off, begins the next name.
local function read_changes(text)
  local changes, pending = {}, nil
  for _, piece in ipairs(split_pieces(text)) do
    local words = pending and pending .. CHANGE_END .. piece or piece
    local change, last = read_change(words), changes[#changes]
    if change then
      changes[#changes + 1] = change
      pending = nil
    elseif last and not last.is_switch and not find_values(words) then
      last.to = trim(last.to .. CHANGE_END .. piece)
    else
      pending = words
    end
  end
  return changes
end

-- The name behind a word of the head: "Edit Group Springfield" is about the group Springfield. A
-- regex looks closely only where the word stands at all.
local FIRST_WORDS, NAME = "(?is)^(?:[a-z]+ )+?", " (.+)$"
local GROUP_NAMED = FIRST_WORDS .. "(?:user )?group" .. NAME
local USER_NAMED = FIRST_WORDS .. "user(?! group )" .. NAME
local ROOM_NAMED = FIRST_WORDS .. "(?:zoom )?rooms?" .. NAME
local ROLE_NAMED = FIRST_WORDS .. "role" .. NAME

-- "Add Members to Group Springfield: lisa@example.com,bart@example.com"
local GROUP = "(?s)^(.+?)(?:: *[^\\s,]+@\\S.*)?$"

local function named(head, words, word, pattern)
  return find(words, word, 1, true) and text_or_nil(re.match(head, pattern)) or nil
end

local function read_about(head)
  local words = lower(head)
  local group = named(head, words, "group", GROUP_NAMED)
  return {
    group = group and re.match(group, GROUP),
    user = named(head, words, "user", USER_NAMED),
    room = named(head, words, "room", ROOM_NAMED),
    role = named(head, words, "role", ROLE_NAMED),
  }
end

local NOTHING = { detail = "", head = "", changes = {}, about = {} }

-- What was read from the last detail: rule, title and alert_context of one event all ask for it.
-- Never handed out, so that no rule can change what another one sees.
local last_read = NOTHING

local function read_detail(event)
  local detail = text_or_nil(event.operation_detail)
  if not detail then
    return NOTHING
  end
  if last_read.detail ~= detail then
    local head, text = split_detail(detail)
    local about = read_about(head)
    last_read = { detail = detail, head = head, changes = text and read_changes(text) or {}, about = about,
      section = next(about) == nil and text_or_nil(head) or nil }
  end
  return last_read
end

--- The group that the operation is about: "Springfield-East - Night Shift", or nil.
function zoom.group_of(event)
  return read_detail(event).about.group
end

--- The user that the operation is about, mostly an email address, or nil. Of several users whose
-- roles change, the first.
function zoom.user_of(event)
  local detail = read_detail(event)
  local change = detail.changes[1] and zoom.role_change(event)
  return change and change.user or detail.about.user
end

--- The Zoom Room that the operation is about, or nil.
function zoom.room_of(event)
  return read_detail(event).about.room
end

--- The role whose privileges the operation is about ("Edit Role Help Desk"), or nil.
function zoom.role_of(event)
  return read_detail(event).about.role
end

--- Who did it, for titles: never nil. Webhooks name the operator in their payload, reports of
-- meetings by email address and by name.
function zoom.operator_of(event)
  return text_or_nil(event.operator_email) or text_or_nil(event.operator)
    or text_or_nil(event:deep_get("payload", "operator")) or "an unknown operator"
end

-- A rule may do with it what it likes.
local function copy_of(change, detail)
  local about = detail.about
  return {
    setting = change.setting, from = change.from, to = change.to, section = detail.section,
    group = about.group, user = about.user, room = about.room, role = about.role,
  }
end

--- Every change that the record tells, in its order; an empty list when there is none.
--
-- Each is { setting, from, to, section, group, user, room, role }. `setting`, `from` and `to` are
-- as Zoom wrote them; `from` is nil for "set to". Of the last four the one is there that the
-- change is about; `section` is the head otherwise, for settings of the account ("Security").
function zoom.setting_changes(event)
  local detail = read_detail(event)
  local changes = {}
  for i, change in ipairs(detail.changes) do
    changes[i] = copy_of(change, detail)
  end
  return changes
end

local function is_word(value, word)
  return value ~= nil and lower(value) == word
end

local function switched(event, from, to, part)
  local detail, found = read_detail(event), {}
  for _, change in ipairs(detail.changes) do
    if is_word(change.from, from) and is_word(change.to, to)
      and (not part or contains(change.setting, part)) then
      found[#found + 1] = copy_of(change, detail)
    end
  end
  return found
end

--- The changes from On to Off; with `part` only of settings whose name holds it, in any case.
function zoom.turned_off(event, part)
  return switched(event, "on", "off", part)
end

--- The changes from Off to On, likewise.
function zoom.turned_on(event, part)
  return switched(event, "off", "on", part)
end

-- What the names of settings hold that keep strangers out, or make changes seen.
local SECURITY = {
  "passcode", "waiting room", "authenticat", "encryption", "two-factor", "sign in", "sign users",
  "secured", "security", "watermark", "guest", "block",
}

local function is_about_security(change)
  local words = lower((change.section or "") .. " " .. change.setting)
  for _, part in ipairs(SECURITY) do
    if find(words, part, 1, true) then
      return true
    end
  end
  return false
end

--- The changes from On to Off of settings that are about security by their name or section.
function zoom.security_turned_off(event)
  local found = {}
  for _, change in ipairs(zoom.turned_off(event)) do
    if is_about_security(change) then
      found[#found + 1] = change
    end
  end
  return found
end

--- The settings of a list of changes, for titles: "Waiting Room, PMI Passcode".
function zoom.settings_in_words(changes)
  local names = {}
  for i, change in ipairs(changes) do
    names[i] = change.setting
  end
  return table.concat(names, ", ")
end

--- Every change of a user's role: a list of { user, from, to }. `user` is the email address when
-- the text has one, else the name that stands there.
function zoom.role_changes(event)
  local detail = read_detail(event)
  local head = detail.head
  local by_user = re.find(head, "(?i)^(?:batch )?change role$") ~= nil
  local found = {}
  for _, change in ipairs(detail.changes) do
    local user
    if by_user then
      user = change.setting
    elseif re.find(change.setting, "(?i)(?:^| - )user role$") then
      user = detail.about.user or head
    end
    if user and change.from then
      found[#found + 1] = { user = re.match(user, EMAIL) or user, from = change.from, to = change.to }
    end
  end
  return found
end

--- The first of them, or nil.
function zoom.role_change(event)
  return zoom.role_changes(event)[1]
end

local PRIVILEGED = {
  ["admin"] = true, ["co-owner"] = true, ["owner"] = true, ["billing admin"] = true }

--- True for the roles of Zoom's own that can change the account: Admin, Co-Owner, Owner and
-- Billing Admin, in any case.
function zoom.is_privileged_role(role)
  return type(role) == "string" and PRIVILEGED[role:lower()] == true
end

--- The first privileged role that a record gives to a user, or nil.
function zoom.assigned_admin_role(event)
  for _, change in ipairs(zoom.role_changes(event)) do
    if zoom.is_privileged_role(change.to) then
      return change.to
    end
  end
  return nil
end

--- What a webhook's object has at a path, nil when it has nothing there:
-- zoom.object_value(event, "settings", "waiting_room").
function zoom.object_value(event, ...)
  return event:deep_get("payload", "object", ...)
end

--- The same when it is a text that is not empty, else nil: for what becomes part of another text.
function zoom.object_text(event, ...)
  return text_or_nil(zoom.object_value(event, ...))
end

--- The elements of a list that a webhook's object has at a path, as a plain list: an empty one when
-- there is something else, or nothing.
function zoom.object_items(event, ...)
  local value, items = zoom.object_value(event, ...), {}
  if type(value) == "userdata" then
    for i, item in ipairs(value) do
      items[i] = item
    end
  end
  return items
end

--- A field of such an element; nil when the element is no object.
function zoom.item_value(item, key)
  return type(item) == "userdata" and item:get(key) or nil
end

--- The value at a path before an update and after it. Zoom tells only what changed, so both are
-- nil for everything else.
function zoom.updated(event, ...)
  return event:deep_get("payload", "old_object", ...), event:deep_get("payload", "object", ...)
end

-- 98213254471 as a text, without the ".0" that a number of floating point would show.
local function number_or_text(value)
  if math.type(value) == "float" and value == math.floor(value) then
    return ("%.0f"):format(value)
  end
  return value ~= nil and tostring(value) or nil
end

--- The meeting, webinar or recording that a webhook is about, for titles: its topic, else its
-- number, else "(not named)".
function zoom.meeting_of(event)
  return text_or_nil(zoom.object_value(event, "topic"))
    or text_or_nil(number_or_text(zoom.object_value(event, "id"))) or "(not named)"
end

--- The participant whom a webhook is about, for titles: the email address, else the name that they
-- gave themself. Guests have no address.
function zoom.participant_of(event)
  return text_or_nil(zoom.object_value(event, "participant", "email"))
    or text_or_nil(zoom.object_value(event, "participant", "user_name"))
    or "an unknown participant"
end

-- What Windows, macOS, Linux or Android would run, and what hides such files.
local RUNNABLE = {}
for extension in ([[app apk appimage application appx appxbundle bat chm cmd com command cpl deb dll
    dmg exe gadget hta img inf iso jar jnlp js jse lnk msc msi msix msixbundle msp pif pkg ps1 psm1 reg
    rpm run scf scr sct sh sys url vb vbe vbs vhd vhdx wsc wsf wsh xbap xll]]):gmatch(
    "%w+") do
  RUNNABLE[extension] = true
end

--- True for the name of a file that a double click would run: "invoice.pdf.exe".
function zoom.is_runnable(file_name)
  if type(file_name) ~= "string" then
    return false
  end
  local extension = re.match(file_name, "(?s)\\.([A-Za-z0-9]+)[\\s.]*$")
  return extension ~= nil and RUNNABLE[extension:lower()] == true
end

local function look_up(event, table, key)
  return event:lookup(table, key)
end

--- The row of a lookup table, nil when there is none. Unlike event:lookup this is no error when the
-- table is not configured: the rules that ship run without any configuration.
function zoom.row_of(event, table, key)
  local found, row = pcall(look_up, event, table, key)
  return found and row or nil
end

--- Where an address is, by the lookup table "geo" when one is configured: { country, latitude,
-- longitude }, as far as it tells, else nil.
function zoom.place_of(event, address)
  local row = zoom.row_of(event, "geo", address)
  if not row then
    return nil
  end
  local country, location = row.country, row.location
  if country ~= nil and type(country) ~= "string" then
    country = country.iso_code
  end
  return { country = country, latitude = location and tonumber(location.latitude),
    longitude = location and tonumber(location.longitude) }
end

--- The web addresses in a text, in their order: host and path as they stand there, in lower case,
-- without what closes the sentence behind them. An empty list for what is no text.
function zoom.links_in(text)
  local links = {}
  if type(text) == "string" then
    for link in re.gmatch(text, "(?i)https?://[^\\s<>\"'`|\\\\^{}\\[\\]]+") do
      links[#links + 1] = (re.gsub(link, "[).,;:!?]+$", "")):lower()
    end
  end
  return links
end

--- True when a version such as "5.13.5.12053" is older than the wanted one ("5.15"). What is no
-- version ("-") is not.
function zoom.is_older(version, wanted)
  if type(version) ~= "string" or not re.find(version, "^\\d{1,6}(?:\\.\\d{1,9})*") then
    return false
  end
  local has = {}
  for number in version:gmatch("%d+") do
    has[#has + 1] = tonumber(number)
  end
  local place = 0
  for number in wanted:gmatch("%d+") do
    place = place + 1
    local difference = (has[place] or 0) - tonumber(number)
    if difference ~= 0 then
      return difference < 0
    end
  end
  return false
end

return zoom
