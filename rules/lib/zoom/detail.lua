--- Reads the sentences of Zoom's operation log. A part of the library `zoom`.
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

-- `rules` are the functions for rules. All others serve the other parts of the library only: what they
-- return is kept, so nobody may change it.
local detail = { rules = {} }

local HEAD_END = "  - "
local CHANGE_END = " - "
local FROM = ": from "

-- The beginning of the values of a change. Zoom sometimes leaves out "from".
local VALUES = "(?i): (?:from |set to |(?:on|off) to )"

-- What is in (?>…) stays as it was found first, so that no text is searched again from another place.
local SWITCH_VALUES = ": (?:from )?(on|off) to (on|off)(?![\\w-])"
local SWITCH = "(?is)^(.*?)" .. SWITCH_VALUES
local CHANGE = "(?is)^(?>(.*?): from )(?>(.*?) to )(.*)$"
local SETTING = "(?is)^(?>(.*?): set to )(.*)$"
-- The most frequent changes: one switch at the end, and no other values before it.
local ONE_SWITCH = "(?is)^(?>(.*?): (?=from |set to |(?:on|off) to ))(?:from )?(on|off) to (on|off)\\z"

-- Read once: a look-up of a function in a read-only table costs as much as a short call.
local byte, find, lower, reverse, sub = string.byte, string.find, string.lower, string.reverse, string.sub
local ipairs, type = ipairs, type

-- The operator of a record chooses most of its detail, and may make it long. So everything below
-- reads a text a fixed number of times, however it is made: no regex has two parts that can share
-- the same text.

-- Most texts need no trimming, and two bytes show that without a regex.
local function trim(text)
  local first, last = byte(text, 1), byte(text, -1)
  if not first or (first > 32 and last > 32) then
    return text
  end
  first, last = find(text, "%S"), find(reverse(text), "%S")
  return first and sub(text, first, #text - last + 1) or ""
end

local function text_or_nil(value)
  if type(value) == "string" and value ~= "" then
    return value
  end
  return nil
end

-- Backwards: "  - " and " - " are the ones that are looked for from the end.
local REVERSED = { [HEAD_END] = " -  ", [CHANGE_END] = " - ", [", "] = " ," }

-- The positions at which the last separator in `text` begins and ends.
local function find_last(text, separator)
  local first, last = find(reverse(text), REVERSED[separator], 1, true)
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
local function split_detail(whole)
  local values = find_values(whole)
  local first, last
  if values then
    local before = sub(whole, 1, values)
    first, last = find_last(before, HEAD_END)
    if not first then
      first, last = find_last(before, CHANGE_END)
    end
    if not first then
      return "", whole
    end
  else
    first = find(whole, HEAD_END, 1, true)
    return trim(first and sub(whole, 1, first - 1) or whole), nil
  end
  return trim(sub(whole, 1, first - 1)), sub(whole, last + 1)
end

-- Longer values are what people write.
local SPLIT_MAX = 200

-- The values of a change where they contain " to ", too: the middle one separates "Sign in to Zoom with
-- specified domains" and "Sign in to Zoom".
local function split_values(from, to)
  local text, places = from .. " to " .. to, {}
  for place in text:gmatch("() to ") do
    places[#places + 1] = place
  end
  if #places % 2 == 0 then
    return from, to
  end
  local middle = places[(#places + 1) // 2]
  return sub(text, 1, middle - 1), sub(text, middle + 4)
end

-- "Waiting Room: from Off to On" as a table; nil if the text is not a complete change.
local function read_change(text)
  if not find_values(text) then
    return nil
  end
  local setting, from, to = re.match(text, SWITCH)
  if setting and not find_values(setting .. ": ") then -- else the words of a value
    return { setting = trim(setting), from = from, to = to, is_switch = true }
  end
  setting, from, to = re.match(text, CHANGE)
  if setting then
    if #from + #to <= SPLIT_MAX and find(to, " to ", 1, true) then
      from, to = split_values(from, to)
    end
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

-- Commas and semicolons, too, separate changes: "bart: from Member to Admin, lisa: from Member to Owner" as
-- two texts; nil if there is one change at most.
local function split_list(text)
  local from = find(text, FROM, 1, true)
  local next_from = from and find(text, FROM, from + 1, true)
  if not next_from then
    return nil
  end
  local items, first = {}, 1
  while next_from do
    local part = sub(text, from, next_from):gsub("; ", ", ")
    local comma, comma_end = find_last(part, ", ")
    if comma then
      items[#items + 1] = sub(text, first, from + comma - 2)
      first = from + comma_end
    end
    from, next_from = next_from, find(text, FROM, next_from + 1, true)
  end
  items[#items + 1] = sub(text, first)
  return items
end

-- Adds the changes in a text, which begins with one, to the list if the text ends with one. Returns the
-- last of them, or nil.
local function add_changes(changes, text)
  local items = split_list(text)
  local change = read_change(items and items[#items] or text)
  if change then
    for i = 1, items and #items - 1 or 0 do
      changes[#changes + 1] = read_change(items[i])
    end
    changes[#changes + 1] = change
  end
  return change
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
  local setting, was, is = re.match(text, ONE_SWITCH)
  if setting then
    return { { setting = trim(setting), from = was, to = is, is_switch = true } }
  end
  local changes, parts = {}, nil -- `parts` of the last change's new value, if it may go on
  local first, piece = 1, 1      -- where what may be a change begins, and where its last piece does
  local has_from, added
  repeat
    local separator, separator_end = find(text, CHANGE_END, piece, true)
    local last, next_piece = separator and separator - 1 or #text, separator and separator_end + 1
    local complete, change = piece == first, nil
    if not complete then
      complete, has_from = is_complete(text, first, piece, last, has_from)
    end
    if complete then
      added = {}
      change = add_changes(added, sub(text, first, last))
    end
    if change then
      end_value(changes, parts)
      table.move(added, 1, #added, #changes + 1, changes)
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

-- "Add Members to Group Springfield: lisa@example.com,bart@example.com" without the members.
local function without_members(name)
  local find_end, find_at = 0, 0
  if not find(name, ":", 2, true) then
    return name
  end
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

-- The name after a word of the head, before which are words of letters alone, at least one: "Edit Group
-- Springfield" names the group Springfield. `letters_end` is where those words end.
local function named(head, words, word, letters_end)
  local first, last = find(words, word, 2, true)
  return first and first < letters_end and last < #head and sub(head, last + 1) or nil
end

-- "Edit User Group Springfield" names no user.
local function user_named(head, words, letters_end)
  local first, last = find(words, " user ", 2, true)
  while first and sub(words, last, last + 6) == " group " do
    first, last = find(words, " user ", last, true)
  end
  return first and first < letters_end and last < #head and sub(head, last + 1) or nil
end

-- "Description: set to a", "Group Name: from a to b".
local PROFILE = "(?i)(?:^| - )(?:group )?(?:description|name): "

-- The changes of a group without its profile, which stands on a page of its own: what people write there may
-- look like a change.
local function without_profile(text)
  local first = (find(text, "escription: ", 1, true) or find(text, "ame: ", 1, true))
    and re.find(text, PROFILE)
  if not first then
    return text
  end
  return first > 1 and sub(text, 1, first - 1) or nil
end

-- Nearly all heads: one or two words, or a user's address behind two.
local PLAIN_HEAD = "^(?:\\S++(?: \\S++)?|[A-Za-z]++ [Uu][Ss][Ee][Rr] (\\S++))$"

local function read_about(head)
  local plain, _, plain_user = re.find(head, PLAIN_HEAD)
  if plain then
    return { user = plain_user }
  end
  local words = lower(head)
  local letters_end = find(words, "[^a-z ]") or #words + 1
  local two_spaces = find(words, "  ", 1, true)
  if two_spaces and two_spaces < letters_end then
    letters_end = two_spaces + 1
  end
  local group = named(head, words, " group ", letters_end)
  return {
    group = group and without_members(group),
    user = user_named(head, words, letters_end),
    room = named(head, words, " room ", letters_end) or named(head, words, " rooms ", letters_end),
    role = named(head, words, " role ", letters_end),
  }
end

-- The details of some records, as far as they were read: rule, title and alert_context of one event all need
-- its, and what happens to an account is often in the same words.
local known, known_count = {}, 0
local KNOWN_MAX, KNOWN_BYTES_MAX = 64, 200
local last_read = { detail = "", head = "" }

--- The detail of an event: { detail, head, text } and what the parts keep in it.
function detail.read(event)
  local whole = text_or_nil(event.operation_detail) or ""
  if last_read.detail == whole then
    return last_read
  end
  last_read = known[whole]
  if not last_read then
    local head, text = split_detail(whole)
    local about = text and read_about(head)
    if about and about.group then
      text = without_profile(text)
    end
    last_read = { detail = whole, head = head, text = text, about = about }
    if #whole <= KNOWN_BYTES_MAX then
      if known_count == KNOWN_MAX then
        known, known_count = {}, 0
      end
      known[whole], known_count = last_read, known_count + 1
    end
  end
  return last_read
end

--- Its changes: a list of { setting, from, to, is_switch }.
function detail.changes_of(read)
  if not read.changes then
    read.changes = read.text and read_changes(read.text) or {}
  end
  return read.changes
end

--- What its head names: { group, user, room, role }. Also sets `section`.
function detail.about_of(read)
  local about = read.about
  if not read.named then
    about = about or read_about(read.head)
    read.about, read.named = about, true
    read.section = next(about) == nil and text_or_nil(read.head) or nil
  end
  return about
end

--- What comes before the changes: "Edit Group Springfield", "Security"; an empty text if there is nothing.
function detail.rules.head_of(event)
  return detail.read(event).head
end

--- The group in the operation: "Springfield-East - Night Shift", or nil.
function detail.rules.group_of(event)
  return detail.about_of(detail.read(event)).group
end

--- The Zoom Room in the operation, or nil.
function detail.rules.room_of(event)
  return detail.about_of(detail.read(event)).room
end

--- The role whose privileges the operation changes ("Edit Role Help Desk"), or nil.
function detail.rules.role_of(event)
  return detail.about_of(detail.read(event)).role
end

--- A copy that a rule may change.
function detail.copy_of(change, read)
  local about = detail.about_of(read)
  return {
    setting = change.setting, from = change.from, to = change.to, section = read.section,
    group = about.group, user = about.user, room = about.room, role = about.role,
  }
end

--- Every change in the record, in the record's order; an empty list if there is none.
--
-- Each change is { setting, from, to, section, group, user, room, role }. `setting`, `from` and `to`
-- are as Zoom wrote them; `from` is nil for "set to". `group`, `user`, `room` and `role` are set if
-- the head names one; otherwise `section` is the head, for settings of the account ("Security").
function detail.rules.setting_changes(event)
  local read, changes = detail.read(event), {}
  for i, change in ipairs(detail.changes_of(read)) do
    changes[i] = detail.copy_of(change, read)
  end
  return changes
end

--- The values in a record that only sets: "Add Role Helper  - Users: View, Edit - Billing: View". As
-- setting_changes, without `from`.
function detail.rules.set_values(event)
  local read, values = detail.read(event), {}
  local _, first = find(read.detail, HEAD_END, 1, true)
  while first do
    local last, next_first = find(read.detail, CHANGE_END, first + 1, true)
    local part = sub(read.detail, first + 1, (last or 0) - 1)
    local colon = find(part, ": ", 1, true)
    if colon then
      values[#values + 1] = detail.copy_of({ setting = trim(sub(part, 1, colon - 1)),
        to = trim(sub(part, colon + 2)) }, read)
    end
    first = next_first
  end
  return values
end

--- Texts in their order, each once, with commas between them.
function detail.each_once(texts)
  local seen, kept = {}, {}
  for _, text in ipairs(texts) do
    if not seen[text] then
      seen[text] = true
      kept[#kept + 1] = text
    end
  end
  return table.concat(kept, ", ")
end

--- The settings of a list of changes, for titles: "Waiting Room, PMI Passcode". A record may have one twice.
function detail.rules.settings_in_words(changes)
  local names = {}
  for i, change in ipairs(changes) do
    names[i] = change.setting
  end
  return detail.each_once(names)
end

return detail
