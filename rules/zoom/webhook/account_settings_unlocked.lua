local zoom = require "zoom"
local settings = require "zoom.webhook_settings"

metadata {
  id = "Zoom.Account.Settings.Unlocked",
  display_name = "Zoom setting unlocked",
  log_types = { "Zoom.Account", "Zoom.User" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "A setting of the account or of a group was unlocked: groups and users can now "
    .. "change it for themselves, whatever the account requires.\n\n"
    .. "False positives: a planned change of policy.",
  runbook = "1. Ask the operator which setting they meant to unlock.\n"
    .. "2. Look for groups and users who have changed the setting since.\n"
    .. "3. If nobody can explain it: lock the setting again.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Account.Settings.Unlocked --except payload.operator=OPERATOR --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/accounts/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0112:T1685" } },
  tags = { "Zoom", "Account settings" },
  where = {
    event = { "account.lock_settings_updated", "group.lock_settings_updated" },
    ["payload.object.settings|exists"] = true,
  },
}

-- An update carries only what changes, so false is an unlocked setting also where Zoom does not say what was
-- before.
local function unlocked(event)
  local found = {}
  for _, change in ipairs(zoom.settings_diff(event)) do
    if change.to == false and (change.from == nil or change.from == true) then
      found[#found + 1] = change.setting
    end
  end
  return found
end

function rule(event)
  return #unlocked(event) > 0
end

function title(event)
  return ("Unlocked for %s by %s: %s"):format(zoom.scope_in_words(event), zoom.operator_of(event),
    table.concat(unlocked(event), ", "))
end

-- The same for many groups forms one alert; another setting is another.
function dedup(event)
  return ("%s %s %s"):format(event.event, zoom.operator_of(event), table.concat(unlocked(event), ", "))
end

-- The paths of settings that protect.
local PROTECTS = {}
for _, row in ipairs(settings) do
  PROTECTS["settings." .. table.concat(row[1], ".")] = true
end

-- It may have been unlocked before, or be about comfort.
function severity(event)
  for _, change in ipairs(zoom.settings_diff(event)) do
    if change.from == true and change.to == false and PROTECTS[change.path] then
      return "DEFAULT"
    end
  end
  return "LOW"
end

function alert_context(event)
  return { settings = unlocked(event) }
end

tests {
  { name = "two unlocked", fixture = "zoom/webhook/account/lock_settings_unlocked.json",
    expect = true,
    title = "Unlocked for the account by homer@example.com: annotation, e2e_encryption" },
  { name = "locked", fixture = "zoom/webhook/account/lock_settings_locked.json", expect = false },
  { name = "values of another type", fixture = "zoom/webhook/account/lock_settings_locked.json",
    set = { ["payload.object.settings.in_meeting"] = { false } }, expect = false },
  { name = "a setting turned off, which another rule reports",
    fixture = "zoom/webhook/account/settings_weakened.json", expect = false },
  { name = "without the previous settings", expect = true, severity = "LOW",
    fixture = "zoom/webhook/account/lock_settings_unlocked.json",
    unset = { "payload.old_object" } },
  { name = "the lock of a setting about comfort", expect = true, severity = "LOW",
    fixture = "zoom/webhook/account/lock_settings_unlocked.json",
    set = { ["payload.object.settings"] = { in_meeting = { meeting_reactions = false } },
      ["payload.old_object.settings"] = { in_meeting = { meeting_reactions = true } } } },
  { name = "of a group", fixture = "zoom/webhook/account/lock_settings_unlocked.json",
    set = { event = "group.lock_settings_updated",
      ["payload.object.id"] = "g1" }, expect = true,
    title = "Unlocked for group g1 by homer@example.com: annotation, e2e_encryption" },
  { name = "of a group with a name", expect = true,
    fixture = "zoom/webhook/account/lock_settings_unlocked.json",
    set = { event = "group.lock_settings_updated", ["payload.object.name"] = "North-East" },
    title = "Unlocked for group North-East by homer@example.com: annotation, e2e_encryption",
    dedup = "group.lock_settings_updated homer@example.com annotation, e2e_encryption" },
  { name = "without settings", fixture = "zoom/webhook/account/lock_settings_unlocked.json",
    unset = { "payload.object.settings" }, expect = false },
}
