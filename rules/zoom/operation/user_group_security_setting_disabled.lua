local zoom = require "zoom"

-- Zoom.PasscodeDisabled reports passcodes that are turned off.
local OFF = {}
for _, word in ipairs(zoom.words_of_security_off()) do
  if not word:find("passcode", 1, true) then
    OFF[#OFF + 1] = word
  end
end

metadata {
  id = "Zoom.User.Group.Security.Setting.Disabled",
  display_name = "Zoom security setting turned off for a group",
  log_types = { "Zoom.Operation" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin turned off a security setting for a user group: the waiting room, sign-in, "
    .. "encryption, the block of domains. A group may contain every user, so this bypasses anyone who "
    .. "watches only the account's settings. Zoom.PasscodeDisabled reports passcodes.\n\n"
    .. "False positives: groups with special needs, such as those who meet the public.",
  runbook = "1. Ask the operator whether the change was intended, and for its ticket.\n"
    .. "2. Check how many people are in the group, and who has been added since.\n"
    .. "3. If nobody can explain it: turn the setting back on (User Management, Groups) and lock "
    .. "it.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.User.Group.Security.Setting.Disabled --except operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0112:T1685" } },
  tags = { "Zoom", "Group settings" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(nil, "User Group", OFF),
}

local function without_passcodes(changes)
  local found = {}
  for _, change in ipairs(changes) do
    if not change.setting:lower():find("passcode", 1, true) or change.to:lower() ~= "off" then
      found[#found + 1] = change
    end
  end
  return found
end

local function turned_off(event)
  local found = without_passcodes(zoom.weakened(event))
  return #found > 0 and found or without_passcodes(zoom.security_turned_off(event))
end

function rule(event)
  return #turned_off(event) > 0
end

function title(event)
  return ("Security weakened for group %s by %s: %s"):format(
    zoom.group_of(event) or "(not named)", zoom.operator_of(event),
    zoom.settings_in_words(turned_off(event)))
end

-- The same change for many groups forms one alert; another setting is another.
function dedup(event)
  return ("%s %s"):format(zoom.operator_of(event), zoom.settings_in_words(turned_off(event)):lower())
end

function alert_context(event)
  return { group = zoom.group_of(event), changes = turned_off(event) }
end

tests {
  { name = "the waiting room", fixture = "zoom/operation/waiting_room_off_for_group.json",
    expect = true, dedup = "homer@example.com waiting room",
    title = "Security weakened for group Springfield by homer@example.com: Waiting Room",
    alert_context = { group = "Springfield", changes = {
      { group = "Springfield", setting = "Waiting Room", from = "On", to = "Off", key = "waiting_room",
        level = "group", severity = "LOW" },
    } } },
  { name = "end-to-end encryption",
    fixture = "zoom/operation/end_to_end_encryption_off_for_group.json", expect = true },
  { name = "in upper case, for a group with hyphens", expect = true,
    fixture = "zoom/operation/waiting_room_off_for_group.json",
    set = { operation_detail = "Edit Group North-East - Night  - Waiting Room: ON to OFF" },
    title = "Security weakened for group North-East - Night by homer@example.com: Waiting Room" },
  { name = "a passcode, which another rule reports",
    fixture = "zoom/operation/passcode_disabled.json", expect = false },
  { name = "turned on", fixture = "zoom/operation/waiting_room_off_for_group.json",
    set = { operation_detail = "Edit Group Springfield  - Waiting Room: from Off to On - "
      .. "File transfer: from On to Off" }, expect = false },
  { name = "in the category Account, which other rules report",
    fixture = "zoom/operation/waiting_room_off.json", expect = false },
  { name = "another action", fixture = "zoom/operation/waiting_room_off_for_group.json",
    set = { action = "Add" }, expect = false },
  { name = "a description that looks like a change", expect = false, events = {
    { fixture = "zoom/operation/waiting_room_off_for_group.json", set = { operation_detail =
      "Edit Group Springfield  - Description: set to We like it - Waiting Room: from On to Off" } },
    { fixture = "zoom/operation/waiting_room_off_for_group.json", set = { operation_detail =
      "Edit Group Springfield  - Description: Waiting Room: from On to Off" } },
    { fixture = "zoom/operation/waiting_room_off_for_group.json", set = { operation_detail =
      "Edit Group Springfield  - Group Name: from a to b - Waiting Room: from On to Off" } },
  } },
  { name = "a change before a description", expect = true,
    fixture = "zoom/operation/waiting_room_off_for_group.json", set = { operation_detail =
      "Edit Group Springfield  - Waiting Room: from On to Off - Description: set to x" } },
  { name = "another operation", fixture = "zoom/operation/group_added.json", expect = false },
  { name = "something allowed", fixture = "zoom/operation/security_setting_off_for_group.json",
    set = { operation_detail = "Edit Group Shelbyville  - Local recording: from Off to On" }, expect = true,
    title = "Security weakened for group Shelbyville by homer@example.com: Local recording" },
  { name = "a passcode unlocked", fixture = "zoom/operation/security_setting_off_for_group.json",
    set = { operation_detail = "Edit Group Shelbyville  - PMI passcode: from Locked to Unlocked" },
    expect = true },
  { name = "its names without a change", fixture = "zoom/operation/waiting_room_off_for_group.json",
    set = { operation_detail = "Names: " .. table.concat(zoom.words_of(), "; ") }, expect = false },
}
