--- Reads the sentences of Zoom's operation log, and the fields of its webhooks.
--
-- A record of /report/operationlogs describes a change in one sentence, `operation_detail`:
--
--   Edit Group Springfield  - Waiting Room: from Off to On - PMI Passcode: from On to Off
--   Security  - Sign in with Two-Factor Authentication: from On to Off
--   Change Role  - bart@example.com: from Member to Admin
--   Update User bart@example.com  - Job Title: set to Inspector - User Role: from Member to Admin
--
-- The sentence has a head, then two spaces and a hyphen, then one or more changes separated by
-- hyphens. Names and values may contain hyphens, too, On and Off may be in upper or lower case, and a
-- record may have no detail. No function fails on such a record: a missing value is nil or an empty
-- list.

local zoom = {}

local HEAD_END = "  - "
local CHANGE_END = " - "

-- The beginning of the values of a change. Zoom sometimes leaves out "from".
local VALUES = "(?i): (?:from |set to |(?:on|off) to )"

-- What is in (?>…) stays as it was found first, so that no text is searched again from another place.
local SWITCH_VALUES = ": (?:from )?(on|off) to (on|off)(?![\\w-])"
local SWITCH = "(?is)^(.*?)" .. SWITCH_VALUES
local CHANGE = "(?is)^(?>(.*?): from )(?>(.*?) to )(.*)$"
local SETTING = "(?is)^(?>(.*?): set to )(.*)$"

-- Read once: a look-up of a function in a read-only table costs as much as a short call.
local byte, find, lower, sub = string.byte, string.find, string.lower, string.sub
local ipairs, tostring, type = ipairs, tostring, type

-- The operator of a record chooses most of its detail, and may make it long. So everything below
-- reads a text a fixed number of times, however it is made: no regex has two parts that can share
-- the same text.

-- Most texts need no trimming, and two bytes show that without a regex.
local function trim(text)
  local first, last = byte(text, 1), byte(text, -1)
  if not first or (first > 32 and last > 32) then
    return text
  end
  first, last = find(text, "%S"), find(text:reverse(), "%S")
  return first and sub(text, first, #text - last + 1) or ""
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

-- The positions at which the last separator in `text` begins and ends.
local function find_last(text, separator)
  local first, last = find(text:reverse(), separator:reverse(), 1, true)
  if not first then
    return nil
  end
  return #text - last + 1, #text - first + 1
end

-- Most details have no change, and a plain search shows that without a regex.
local function find_values(text)
  return find(text, ": ", 1, true) and re.find(text, VALUES)
end

-- The head and the changes of a detail as two texts; only the head if there is no change. The head
-- extends to the last separator before the first change, so that a group's name may contain one.
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

-- "Waiting Room: from Off to On" as a table; nil if the text is not a complete change.
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

-- True if text[first..last] is a complete change, judged by its last piece, where text[first..piece - 1]
-- is not. `has_from`: whether that has ": from ". Also returns whether all of it has.
local function is_complete(text, first, piece, last, has_from)
  local part = lower(sub(text, math.max(first, piece - #CHANGE_END - #": set to "), last))
  local from = has_from and 1 or find(part, ": from ", 1, true)
  local complete = from and find(part, " to ", from, true) or find(part, ": set to ", 1, true)
    or re.find(part, SWITCH_VALUES)
  return complete, from
end

-- Gives the last change the whole of its new value.
local function end_value(changes, parts)
  if parts and parts[2] then
    changes[#changes].to = trim(table.concat(parts))
  end
end

-- A hyphen separates changes, but also occurs in names ("Room - Operator"). A piece that is not a
-- change itself continues the previous value or, after On or Off, begins the next name.
local function read_changes(text)
  local changes, parts = {}, nil -- `parts` of the last change's new value, if it may go on
  local first, piece = 1, 1      -- where what may be a change begins, and where its last piece does
  local has_from
  repeat
    local separator, separator_end = find(text, CHANGE_END, piece, true)
    local last, next_piece = separator and separator - 1 or #text, separator and separator_end + 1
    local complete, change = piece == first, nil
    if not complete then
      complete, has_from = is_complete(text, first, piece, last, has_from)
    end
    if complete then
      change = read_change(sub(text, first, last))
    end
    if change then
      end_value(changes, parts)
      changes[#changes + 1] = change
      parts = not change.is_switch and { change.to } or nil
      first = next_piece
    elseif parts and piece == first and not find_values(sub(text, piece, last)) then
      parts[#parts + 1] = " -" .. sub(trim("- " .. sub(text, piece, last)), 2)
      first = next_piece
    elseif piece == first then
      has_from = find(lower(sub(text, piece, last)), ": from ", 1, true)
    end
    piece = next_piece
  until not piece
  end_value(changes, parts)
  return changes
end

-- The name after a word of the head: "Edit Group Springfield" names the group Springfield. The regex
-- runs only if the head contains the word.
local FIRST_WORDS, NAME = "(?is)^(?:[a-z]+ )+?", " (.+)$"
local GROUP_NAMED = FIRST_WORDS .. "(?:user )?group" .. NAME
local USER_NAMED = FIRST_WORDS .. "user(?! group )" .. NAME
local ROOM_NAMED = FIRST_WORDS .. "(?:zoom )?rooms?" .. NAME
local ROLE_NAMED = FIRST_WORDS .. "role" .. NAME

-- "Add Members to Group Springfield: lisa@example.com,bart@example.com" without the members.
local function without_members(name)
  local find_end, find_at = 0, 0
  for colon in name:gmatch("():", 2) do
    local from = find(name, "[^ ]", colon + 1) or #name + 1
    if find_end < from then
      find_end = find(name, "[%s,]", from) or #name + 1
    end
    if find_at < from + 1 then
      find_at = find(name, "@%S", from + 1) or #name + 1
    end
    if find_at < find_end then
      return sub(name, 1, colon - 1)
    end
  end
  return name
end

local function named(head, words, word, pattern)
  return find(words, word, 1, true) and text_or_nil(re.match(head, pattern)) or nil
end

local function read_about(head)
  local words = lower(head)
  local group = named(head, words, "group", GROUP_NAMED)
  return {
    group = group and without_members(group),
    user = named(head, words, "user", USER_NAMED),
    room = named(head, words, "room", ROOM_NAMED),
    role = named(head, words, "role", ROLE_NAMED),
  }
end

-- The last detail, as far as it was read: rule, title and alert_context of one event all need it. No
-- function returns this table, so that a rule can change only copies.
local last_read = { detail = "", head = "" }

local function read_detail(event)
  local detail = text_or_nil(event.operation_detail) or ""
  if last_read.detail ~= detail then
    local head, text = split_detail(detail)
    last_read = { detail = detail, head = head, text = text }
  end
  return last_read
end

local function changes_of(detail)
  if not detail.changes then
    detail.changes = detail.text and read_changes(detail.text) or {}
  end
  return detail.changes
end

local function about_of(detail)
  if not detail.about then
    detail.about = read_about(detail.head)
    detail.section = next(detail.about) == nil and text_or_nil(detail.head) or nil
  end
  return detail.about
end

-- The first email address in a text, or else the text. What comes before an address is no part of
-- one, so the regex begins there, and reads each run of characters once.
local EMAIL = "(?:^|[\\s<>()\\[\\],;:\"])([^\\s<>()\\[\\],;:\"]+@[^\\s<>()\\[\\],;:\"']+)"

local function email_in(text)
  return find(text, "@", 1, true) and re.match(text, EMAIL) or text
end

local function read_roles(detail)
  local by_user = re.find(detail.head, "(?i)^(?:batch )?change role$") ~= nil
  local found, user_of_head = {}, nil
  for _, change in ipairs(changes_of(detail)) do
    local user
    if by_user then
      user = email_in(change.setting)
    elseif re.find(change.setting, "(?i)(?:^| - )user role$") then
      user_of_head = user_of_head or email_in(about_of(detail).user or detail.head)
      user = user_of_head
    end
    if user and change.from then
      found[#found + 1] = { user = user, from = change.from, to = change.to }
    end
  end
  return found
end

local function roles_of(detail)
  if not detail.roles then
    detail.roles = detail.text and read_roles(detail) or {}
  end
  return detail.roles
end

--- The group in the operation: "Springfield-East - Night Shift", or nil.
function zoom.group_of(event)
  return about_of(read_detail(event)).group
end

--- The user in the operation, usually an email address, or nil. If the roles of several users change,
-- the first of them.
function zoom.user_of(event)
  local detail = read_detail(event)
  local change = roles_of(detail)[1]
  return change and change.user or about_of(detail).user
end

--- The Zoom Room in the operation, or nil.
function zoom.room_of(event)
  return about_of(read_detail(event)).room
end

--- The role whose privileges the operation changes ("Edit Role Help Desk"), or nil.
function zoom.role_of(event)
  return about_of(read_detail(event)).role
end

--- A value as text, whatever its type; nil stays nil. A field may come as a number or a list where
-- its schema says text.
function zoom.text_of(value)
  return value ~= nil and tostring(value) or nil
end

--- Who did it, for titles: never nil. Webhooks name the operator in their payload; the meeting
-- activity report has an email address and a name.
function zoom.operator_of(event)
  local email, name = event.operator_email, event.operator
  return email and text_or_nil(email) or name and text_or_nil(name)
    or text_or_nil(event:deep_get("payload", "operator")) or "an unknown operator"
end

-- A copy that a rule may change.
local function copy_of(change, detail)
  local about = about_of(detail)
  return {
    setting = change.setting, from = change.from, to = change.to, section = detail.section,
    group = about.group, user = about.user, room = about.room, role = about.role,
  }
end

--- Every change in the record, in the record's order; an empty list if there is none.
--
-- Each change is { setting, from, to, section, group, user, room, role }. `setting`, `from` and `to`
-- are as Zoom wrote them; `from` is nil for "set to". `group`, `user`, `room` and `role` are set if
-- the head names one; otherwise `section` is the head, for settings of the account ("Security").
function zoom.setting_changes(event)
  local detail = read_detail(event)
  local changes = {}
  for i, change in ipairs(changes_of(detail)) do
    changes[i] = copy_of(change, detail)
  end
  return changes
end

local function is_word(value, word)
  return value ~= nil and lower(value) == word
end

local function switched(event, from, to, part)
  local found, text = {}, text_or_nil(event.operation_detail)
  if not text or (part and not contains(text, part)) then -- most are not worth reading
    return found
  end
  local detail = read_detail(event)
  for _, change in ipairs(changes_of(detail)) do
    if is_word(change.from, from) and is_word(change.to, to)
      and (not part or contains(change.setting, part)) then
      found[#found + 1] = copy_of(change, detail)
    end
  end
  return found
end

--- The changes from On to Off; with `part`, only of settings whose name contains it, ignoring case.
function zoom.turned_off(event, part)
  return switched(event, "on", "off", part)
end

--- The changes from Off to On; with `part`, only of settings whose name contains it, ignoring case.
function zoom.turned_on(event, part)
  return switched(event, "off", "on", part)
end

-- Words in the names of settings that keep strangers out or make changes visible.
local SECURITY = "passcode|waiting room|authenticat|encryption|two-factor|sign in|sign users|secured|security"
  .. "|watermark|guest|block"

local function names_security(text)
  return re.find(lower(text), SECURITY) ~= nil
end

local function security_off_of(detail)
  if detail.security_off then
    return detail.security_off
  end
  local found, in_section = {}, nil
  for _, change in ipairs(changes_of(detail)) do
    if is_word(change.from, "on") and is_word(change.to, "off") then
      if in_section == nil then
        about_of(detail)
        in_section = detail.section ~= nil and names_security(detail.section)
      end
      if in_section or names_security(change.setting) then
        found[#found + 1] = change
      end
    end
  end
  detail.security_off = found
  return found
end

--- The changes from On to Off of settings whose name or section concerns security.
function zoom.security_turned_off(event)
  local found, text = {}, text_or_nil(event.operation_detail)
  if not text or (text ~= last_read.detail and not names_security(text)) then
    return found -- most are not worth reading
  end
  local detail = read_detail(event)
  for i, change in ipairs(security_off_of(detail)) do
    found[i] = copy_of(change, detail)
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

local function copy_of_role(change)
  return change and { user = change.user, from = change.from, to = change.to }
end

--- Every change of a user's role: a list of { user, from, to }. `user` is the email address if the
-- text has one, else the name.
function zoom.role_changes(event)
  local changes = {}
  for i, change in ipairs(roles_of(read_detail(event))) do
    changes[i] = copy_of_role(change)
  end
  return changes
end

--- The first change of a user's role, or nil.
function zoom.role_change(event)
  return copy_of_role(roles_of(read_detail(event))[1])
end

local PRIVILEGED = {
  ["admin"] = true, ["co-owner"] = true, ["owner"] = true, ["billing admin"] = true }

--- True for Zoom's built-in roles that can change the account: Admin, Co-Owner, Owner and
-- Billing Admin, ignoring case.
function zoom.is_privileged_role(role)
  return type(role) == "string" and PRIVILEGED[role:lower()] == true
end

--- The first privileged role that a record gives to a user, or nil.
function zoom.assigned_admin_role(event)
  for _, change in ipairs(roles_of(read_detail(event))) do
    if zoom.is_privileged_role(change.to) then
      return change.to
    end
  end
  return nil
end

--- The value at a path in a webhook's object, or nil:
-- zoom.object_value(event, "settings", "waiting_room").
function zoom.object_value(event, ...)
  return event:deep_get("payload", "object", ...)
end

--- The same if it is a non-empty text, else nil: for values that become part of another text.
function zoom.object_text(event, ...)
  return text_or_nil(zoom.object_value(event, ...))
end

--- The elements of the list at a path in a webhook's object, as a plain list; an empty list if there
-- is another value or none.
function zoom.object_items(event, ...)
  local value, items = zoom.object_value(event, ...), {}
  if type(value) == "userdata" then
    for i, item in ipairs(value) do
      items[i] = item
    end
  end
  return items
end

--- A field of such an element; nil if the element is not an object.
function zoom.item_value(item, key)
  return type(item) == "userdata" and item:get(key) or nil
end

--- The value at a path before an update and after it. Zoom sends only changed values; for all others
-- both are nil.
function zoom.updated(event, ...)
  return event:deep_get("payload", "old_object", ...), event:deep_get("payload", "object", ...)
end

-- 98213254471 as a text, without the ".0" of a floating-point number.
local function number_or_text(value)
  if math.type(value) == "float" and value == math.floor(value) then
    return ("%.0f"):format(value)
  end
  return value ~= nil and tostring(value) or nil
end

--- The meeting, webinar or recording of a webhook, for titles: its topic, else its number, else
-- "(not named)".
function zoom.meeting_of(event)
  return text_or_nil(zoom.object_value(event, "topic"))
    or text_or_nil(number_or_text(zoom.object_value(event, "id"))) or "(not named)"
end

--- The participant of a webhook, for titles: the email address, else the name that the participant
-- chose. Guests have no address.
function zoom.participant_of(event)
  return text_or_nil(zoom.object_value(event, "participant", "email"))
    or text_or_nil(zoom.object_value(event, "participant", "user_name"))
    or "an unknown participant"
end

-- Extensions of files that Windows, macOS, Linux or Android would run, and of containers that hide them.
local RUNNABLE = {}
for extension in ([[app apk appimage application appx appxbundle bat chm cmd com command cpl deb dll
    dmg exe gadget hta img inf iso jar jnlp js jse lnk msc msi msix msixbundle msp pif pkg ps1 psm1 reg
    rpm run scf scr sct sh sys url vb vbe vbs vhd vhdx wsc wsf wsh xbap xll]]):gmatch(
    "%w+") do
  RUNNABLE[extension] = true
end

--- True if a double click would run a file with this name: "invoice.pdf.exe".
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

--- The row of a lookup table, or nil. Unlike event:lookup, this does not fail if the table is not
-- configured: the bundled rules run without any configuration.
function zoom.row_of(event, table, key)
  local found, row = pcall(look_up, event, table, key)
  return found and row or nil
end

--- The place of an address in the lookup table "geo": { country, latitude, longitude }, of which the
-- table may lack some; nil without the table or a row.
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

-- Without the punctuation that ends the sentence.
local function without_end(link)
  local last = find(link:reverse(), "[^).,;:!?]")
  return sub(link, 1, last and #link - last + 1 or 0)
end

--- The web addresses in a text, in order and in lower case, without the punctuation that ends the
-- sentence. An empty list if the value is not a text.
function zoom.links_in(text)
  local links = {}
  if type(text) == "string" then
    for link in re.gmatch(text, "(?i)https?://[^\\s<>\"'`|\\\\^{}\\[\\]]+") do
      links[#links + 1] = lower(without_end(link))
    end
  end
  return links
end

--- True if a version such as "5.13.5.12053" is older than the wanted one ("5.15"); false if the text
-- is not a version ("-").
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
