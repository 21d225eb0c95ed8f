--- Which changes of settings make an account weaker. A part of the library `zoom`.
--
-- The table of settings is zoom.security_settings; zoom.setting_value compares what they are set to.

local detail = require "zoom.detail"
local settings = require "zoom.security_settings"
local setting_value = require "zoom.setting_value"
local webhook = require "zoom.webhook"

local zoom = {}

local find, lower, sub = string.find, string.lower, string.sub
local ipairs, pairs, type = ipairs, pairs, type
local judge, is_unlocking = setting_value.judge, setting_value.is_unlocking
local read_of, about_of = detail.read, detail.about_of
local changes_of, copy_of = detail.changes_of, detail.copy_of
local operator_of = webhook.operator_of

-- How much of a name is read: Zoom's longest has 130 characters. It is read from its end, where the setting
-- stands; before it may be what an operator wrote.
local NAME_MAX, SECTION_MAX = 200, 80

local places_by_word = {}

-- The rows whose names have the word, or a shorter one in it.
local function places_of(word)
  local places = places_by_word[word]
  if not places then
    places = {}
    for first = 1, #word - 1 do
      for _, other in ipairs(settings.by_start[sub(word, first, first + 1)] or {}) do
        if sub(word, first, first + #other - 1) == other then
          for _, place in ipairs(settings.by_word[other]) do
            places[#places + 1] = place
          end
        end
      end
    end
    places_by_word[word] = places
  end
  return places
end

-- The setting that a change is about, or nil. The words of one regex decide which settings are compared.
local function row_of(section, setting)
  local name = lower(sub(setting, -NAME_MAX))
  if section then
    name = lower(sub(section, 1, SECTION_MAX)) .. ": " .. name
  end
  local best
  for word in re.gmatch(name, settings.WORDS) do
    for _, place in ipairs(places_of(word)) do
      if (not best or place < best) and re.find(name, settings.rows[place].name) then
        best = place
      end
    end
  end
  return best and settings.rows[best]
end

-- Whose settings changed: those of the account, of a group or of one user.
local function level_of(event, read)
  local about, category = about_of(read), event.category_type
  category = type(category) == "string" and lower(category) or ""
  if category == "user group" or about.group then
    return "group"
  end
  return (find(category, "user", 1, true) or about.user) and "user" or "account"
end

local LOWER = { critical = "HIGH", high = "MEDIUM", medium = "LOW", low = "LOW" }

-- "Unlock setting Waiting Room", which has no values.
local UNLOCK = "(?i)(?:^|  - )unlock(?:ed)? (?:the )?(?:setting )?(.{1,200})$"

local function judged_changes_of(read)
  local changes = changes_of(read)
  if #changes > 0 or not find(lower(read.detail), "unlock", 1, true) then
    return changes
  end
  local setting = re.match(read.detail, UNLOCK)
  return setting and { { setting = setting, from = "Locked", to = "Unlocked" } } or changes
end

local function judge_changes(read)
  local judged = { weaker = {}, safer = 0, others = 0 }
  for _, change in ipairs(judged_changes_of(read)) do
    local row = row_of(read.section, change.setting)
    local weaker = row and judge(row, change)
    if not row and is_unlocking(change) then
      row, weaker = settings.unlocked, true
    end
    change.row, change.weaker = row, weaker
    if weaker then
      judged.weaker[#judged.weaker + 1] = change
    elseif weaker == false then
      judged.safer = judged.safer + 1
    else
      judged.others = judged.others + 1
    end
  end
  judged.changes = changes_of(read)
  return judged
end

-- What was judged before, by the section and the changes as they are written. Details differ in whom they are
-- about; what they change is nearly always one of some hundred texts.
local known, known_count = {}, 0
local KNOWN_MAX, KNOWN_BYTES_MAX = 200, 200

local function judged_of(read)
  if read.judged then
    return read.judged
  end
  about_of(read)
  local section, text = read.section or "", read.text
  if not text or #text > KNOWN_BYTES_MAX or #section > KNOWN_BYTES_MAX then
    read.judged = judge_changes(read)
    return read.judged
  end
  local of_section = known[section]
  local judged = of_section and of_section[text]
  if judged then
    read.changes = judged.changes
  else
    judged = judge_changes(read)
    if #judged.changes > 0 then -- else it depends on the whole detail
      if known_count == KNOWN_MAX then
        known, known_count = {}, 0
      end
      known[section] = known[section] or {}
      known[section][text], known_count = judged, known_count + 1
    end
  end
  read.judged = judged
  return judged
end

-- The setting that an action "Unlock" names: "Security  - Waiting Room"; nil for other records.
local function unlocked_by_action(event, read)
  local action = event.action
  if type(action) ~= "string" or not find(lower(action), "unlock", 1, true)
    or changes_of(read)[1] ~= nil then
    return nil
  end
  local section, setting = re.match(read.detail, "^(.{0,80}?)  - (.{1,200})$")
  setting = setting or sub(read.detail, 1, NAME_MAX)
  return { setting = setting, from = "Locked", to = "Unlocked",
    row = row_of(section, setting) or settings.unlocked }
end

-- The changes of zoom.weakened as they were judged, which nobody may change, and the detail that has them.
local function weaker_of(event, key)
  local read, found = read_of(event), {}
  local weaker = judged_of(read).weaker
  for _, change in ipairs(weaker[1] and weaker or { unlocked_by_action(event, read) }) do
    local of = change.row.key
    if key == nil or of == key or type(key) == "table" and key[of] then
      found[#found + 1] = change
    end
  end
  return found, read
end

--- The changes in the record that make the account weaker; with `key`, only those of the settings with that
-- key in zoom.security_settings (a text or a set of keys).
--
-- Each is a change as in setting_changes, and `key`, `level` ("account", "group" or "user"), `cis` (as in
-- the table; nil for most) and `severity`, which is lower for a group or a user.
function zoom.weakened(event, key)
  local found, read = weaker_of(event, key)
  if found[1] == nil then
    return found
  end
  local level, about = level_of(event, read), about_of(read)
  for i, change in ipairs(found) do
    local row = change.row
    found[i] = { -- made whole at once: a table that grows is made anew
      setting = change.setting, from = change.from, to = change.to, section = read.section,
      group = about.group, user = about.user, room = about.room, role = about.role,
      key = row.key, level = level, cis = row.cis,
      severity = level == "account" and row.severity:upper() or LOWER[row.severity],
    }
  end
  return found
end

--- Whether a change of the setting with that key makes the account weaker. `from` may be nil.
function zoom.is_weaker(key, from, to)
  return judge(settings.by_key[key], { from = from, to = to }) == true
end

--- The severity of such a change for the whole account.
function zoom.severity_of(key)
  return settings.by_key[key].severity:upper()
end

--- The keys of all settings that no rule of their own reports, for zoom.weakened.
zoom.OTHER_SETTINGS = settings.others

--- Of which every action that changes something contains one: "SCIM API - Update", "Batch Edit", "Unlock".
zoom.CHANGING = { "update", "edit", "change", "modify", "set", "lock", "enable", "disable" }

-- The index of rules looks for texts of four bytes and more, so what is beside a shorter word counts, too. Of
-- such words nothing else is beside them in a detail.
local BEFORE, AFTER = { " ", "(", "/", "-", '"' }, { " ", ":", "-", ")", ",", "/" }

local function add_word(found, seen, word)
  if seen[word] then
    return
  end
  seen[word] = true
  if #word >= 4 then
    found[#found + 1] = word
    return
  end
  for _, before in ipairs(BEFORE) do
    found[#found + 1] = before .. word
  end
  for _, after in ipairs(AFTER) do
    found[#found + 1] = word .. after
  end
end

-- The rows with that key, in order: a key, a set of keys, or nil for all.
local function rows_of(key)
  local rows, keys = {}, type(key) == "string" and { [key] = true } or key
  for _, row in ipairs(settings.rows) do
    if keys == nil or keys[row.key] then
      rows[#rows + 1] = row
    end
  end
  return rows
end

-- The words of the rows; those of rows that are safe in either direction; and which are among the first.
local function words_in(rows)
  local all, by_safe = {}, { more = {}, less = {} }
  local seen, seen_by_safe = {}, { more = {}, less = {} }
  for _, row in ipairs(rows) do
    local safe = row.switch or row.safe
    for _, word in ipairs(row.words) do
      add_word(all, seen, word)
      if safe then
        add_word(by_safe[safe], seen_by_safe[safe], word)
      end
    end
  end
  return all, by_safe, seen
end

-- All words of a key, and those of its rows that are safe in either direction. Whatever is unlocked has a
-- word, too.
local function words_of(key)
  local all, by_safe, seen = words_in(rows_of(key))
  local unlocked = settings.unlocked
  if key == nil or key == unlocked.key or type(key) == "table" and key[unlocked.key] then
    add_word(all, seen, unlocked.words[1])
  end
  return all, by_safe
end

--- Texts of which every detail about a setting with that key has one (a key, a set of keys, or nil for all
-- settings, and for whatever is unlocked): for `contains`.
function zoom.words_of(key)
  local all = words_of(key)
  return all
end

--- Texts of which every detail has one in which a setting was switched off and the account is weaker for it,
-- or sounds so.
function zoom.words_of_security_off()
  local _, by_safe = words_of(nil)
  local found = by_safe.more
  return table.move(zoom.SECURITY_WORDS, 1, #zoom.SECURITY_WORDS, #found + 1, found)
end

local OFF, ON = ": from On to Off", ": from Off to On"
-- A detail that ends so has another change, or unlocks something, if it has this.
local MORE = "(?is)^(?>.*?: (?:from |set to |(?:on|off) to )).*: from |unlock"

--- The `where` of a rule that asks for zoom.weakened(event, key): records of those categories that change
-- something and name such a setting, but for those that only switch it to its safe side. No other record
-- starts the rule. `key` as there; without `categories`, those of the account. `off`: texts that count,
-- too, and for what is only switched off in the place of the words of settings that should be on.
function zoom.where_weakened(key, categories, off)
  local ways = {}
  local function add(words, conditions)
    if #words > 0 then
      local way = {
        category_type = categories or "Account",
        ["action|contains"] = zoom.CHANGING,
        ["operation_detail|contains"] = words,
      }
      for modifiers, value in pairs(conditions) do
        way["operation_detail|" .. modifiers] = value
      end
      ways[#ways + 1] = way
    end
  end
  local all, by_safe = words_of(key)
  table.move(off or {}, 1, #(off or {}), #all + 1, all)
  add(off or by_safe.more, { endswith = OFF })
  add(by_safe.less, { endswith = ON })
  add(all, { ["endswith|neq"] = { OFF, ON } })
  -- What ends otherwise was let through by the way before, or has none of the words.
  add(all, { endswith = { OFF, ON }, re = MORE })
  return ways
end

--- True if every change in the record makes the account safer.
function zoom.only_safer(event)
  local judged = judged_of(read_of(event))
  return judged.safer > 0 and judged.others == 0 and #judged.weaker == 0
end

local SEVERITIES = { LOW = 1, MEDIUM = 2, HIGH = 3, CRITICAL = 4 }

--- The highest severity of a list of such changes.
function zoom.worst_severity(changes)
  local worst
  for _, change in ipairs(changes) do
    if not worst or SEVERITIES[change.severity] > SEVERITIES[worst] then
      worst = change.severity
    end
  end
  return worst
end

--- The settings of a list of changes with their values, for titles: "Watermark: from On to Off".
function zoom.changes_in_words(changes)
  local texts = {}
  for i, change in ipairs(changes) do
    texts[i] = change.setting .. ": " .. (change.from and "from " .. change.from or "set")
      .. " to " .. change.to
  end
  return detail.each_once(texts)
end

--- True if the operator changed something of their own: users may weaken what protects only themselves.
function zoom.is_own_user(event)
  local user, operator = about_of(read_of(event)).user, event.operator
  return user ~= nil and type(operator) == "string" and lower(user) == lower(operator)
end

local function text_or_nil(value)
  return type(value) == "string" and value ~= "" and value or nil
end

local function contains(text, part)
  return find(lower(text), lower(part), 1, true) ~= nil
end

local function is_word(value, word)
  return value ~= nil and lower(value) == word
end

local function switched(event, from, to, part)
  local found, text = {}, text_or_nil(event.operation_detail)
  if not text or (part and not contains(text, part)) then -- most are not worth reading
    return found
  end
  local read = read_of(event)
  for _, change in ipairs(changes_of(read)) do
    if is_word(change.from, from) and is_word(change.to, to)
      and (not part or contains(change.setting, part)) then
      found[#found + 1] = copy_of(change, read)
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

-- Words in the names of settings that keep strangers out or make changes visible, for settings that are not
-- in the table.
zoom.SECURITY_WORDS = { "passcode", "waiting room", "authenticat", "encryption", "two-factor", "sign in",
  "sign users", "secured", "security", "watermark", "guest", "block" }
local SECURITY = table.concat(zoom.SECURITY_WORDS, "|")

local function names_security(text)
  return re.find(lower(text), SECURITY) ~= nil
end

local function security_off_of(read)
  local judged, found = judged_of(read), {}
  if judged.security_off then
    return judged.security_off
  end
  local in_section = read.section ~= nil and names_security(read.section)
  for _, change in ipairs(changes_of(read)) do
    if is_word(change.from, "on") and is_word(change.to, "off") and (change.weaker
        or change.row == nil and (in_section or names_security(change.setting))) then
      found[#found + 1] = change
    end
  end
  judged.security_off = found
  return found
end

--- The changes from On to Off that make the account weaker, also of settings whose name or section only
-- sounds like security.
function zoom.security_turned_off(event)
  local read, found = read_of(event), {}
  for i, change in ipairs(security_off_of(read)) do
    found[i] = copy_of(change, read)
  end
  return found
end

local SWITCHES = { on = true, off = true }

--- A title for such changes: "Waiting room turned off by homer@example.com", and the values if they are not
-- On and Off. `what` says what became weaker.
function zoom.weakened_title(event, what, changes)
  local words = what .. " by " .. operator_of(event)
  for _, change in ipairs(changes) do
    if not SWITCHES[lower(change.to)] then
      return words .. ": " .. zoom.changes_in_words(changes)
    end
  end
  return words
end

--- The functions of a rule that reports such settings, for
-- `rule, title, alert_context = zoom.weakened_functions(SETTING, "Waiting room turned off")`: `key` as in
-- zoom.weakened, `what` as in zoom.weakened_title.
function zoom.weakened_functions(key, what)
  return function(event)
    return weaker_of(event, key)[1] ~= nil
  end, function(event)
    return zoom.weakened_title(event, what, (weaker_of(event, key)))
  end, function(event)
    return { changes = zoom.weakened(event, key) }
  end
end

return zoom
