local zoom = require "zoom"

local SETTING = "password_length"

metadata {
  id = "Zoom.Password.Length.Reduced",
  display_name = "Zoom minimum password length reduced",
  log_types = { "Zoom.Operation", "Zoom.Account" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin reduced the minimum length of passwords or passcodes. Shorter passwords are "
    .. "easier to guess and to spray. The report and the webhook of one change are one alert.\n\n"
    .. "False positives: accounts that sign in only through SSO do not use Zoom's own passwords.",
  runbook = "1. Ask the operator which policy the change follows.\n"
    .. "2. Look for other changes of sign-in settings on the same day.\n"
    .. "3. If nobody can explain it: restore the old length (Advanced, Security), and look for "
    .. "passwords that have been changed since.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Password.Length.Reduced --except operator=OPERATOR --except payload.operator=OPERATOR "
    .. "--reason TICKET` leaves out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = {
    ["MITRE ATT&CK"] = { "TA0006:T1110", "TA0006:T1556" },
    CIS = { "1.1.1.1.1", "1.1.2.1.1", "1.1.2.1.2", "1.2.6.1", "3.1.1.1.1" },
  },
  tags = { "Zoom", "Account settings", "Sign-in" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened_anywhere(SETTING),
}

function rule(event)
  return #zoom.weakened_anywhere(event, SETTING) > 0
end

function title(event)
  local change = zoom.weakened_anywhere(event, SETTING)[1]
  return ("Minimum password length reduced from %s to %s by %s"):format(change.from or "an unknown value",
    change.to, zoom.operator_of(event))
end

function dedup(event)
  return zoom.weakened_dedup(event, zoom.weakened_anywhere(event, SETTING))
end

function alert_context(event)
  return { changes = zoom.weakened_anywhere(event, SETTING), detail = event.operation_detail }
end

tests {
  { name = "from 14 to 8", fixture = "zoom/operation/password_length_reduced.json", expect = true,
    title = "Minimum password length reduced from 14 to 8 by homer@example.com" },
  { name = "from 8 to 14", fixture = "zoom/operation/password_length_grown.json", expect = false },
  { name = "from 8 to 14 among other changes",
    fixture = "zoom/operation/sign_in_requirements_changed_with_length.json", expect = false },
  { name = "of passcodes", fixture = "zoom/operation/password_length_reduced.json",
    set = { operation_detail = "Security  - Minimum passcode length: from 10 to 4" },
    expect = true },
  { name = "another length", fixture = "zoom/operation/password_length_reduced.json",
    set = { operation_detail = "Recording  - Length of playback in hours: from 9 to 1" },
    expect = false },
  { name = "to none", fixture = "zoom/operation/password_length_unreadable.json",
    expect = true },
  { name = "another requirement", fixture = "zoom/operation/sign_in_requirements_changed.json",
    expect = false },
  { name = "another action", fixture = "zoom/operation/password_length_reduced.json",
    set = { action = "Add" },
    expect = false },
  { name = "in another category", fixture = "zoom/operation/password_length_reduced.json",
    set = { category_type = "User Group" }, expect = false },
  { name = "set for the first time", fixture = "zoom/operation/password_length_reduced.json",
    set = { operation_detail = "Security  - Minimum passcode length: set to 6" }, expect = false },
  { name = "with units", fixture = "zoom/operation/password_length_reduced.json", expect = true,
    set = { operation_detail = "Security  - Length of a password: from 11 characters to 7 characters" },
    title = "Minimum password length reduced from 11 characters to 7 characters by homer@example.com" },
  { name = "no length", fixture = "zoom/operation/password_length_reduced.json", expect = true,
    set = { operation_detail = "Security  - Length of a password: set to Off" },
    title = "Minimum password length reduced from an unknown value to Off by homer@example.com" },
  { name = "in another category", fixture = "zoom/operation/password_length_reduced.json", expect = false,
    set = { category_type = "Zoom Rooms" } },
  { name = "only looked at", fixture = "zoom/operation/password_length_reduced.json", expect = false,
    set = { action = "View" } },
  { name = "its names without a change", fixture = "zoom/operation/password_length_reduced.json",
    set = { operation_detail = "Names: " .. table.concat(zoom.words_of(SETTING), "; ") }, expect = false },
  { name = "switched on", fixture = "zoom/operation/password_length_reduced.json", expect = false,
    set = { operation_detail = "Security  - Minimum password length: from Off to On" } },
  { name = "by a webhook, then by the report", events = {
    { fixture = "zoom/webhook/account/settings_weakened.json", at = "2024-03-21T07:00:00Z", set = {
      ["payload.object.settings"] = { security = { password_requirement = { minimum_password_length = 8 } } },
      ["payload.old_object.settings"] = {
        security = { password_requirement = { minimum_password_length = 14 } } } } },
    { fixture = "zoom/operation/password_length_reduced.json", after = "5m" },
  }, alerts = { { match_count = 2, dedup = "homer@example.com, password_length less",
    title = "Minimum password length reduced from 14 to 8 by homer@example.com" } } },
  { name = "a webhook about something else", fixture = "zoom/webhook/account/settings_harmless.json",
    expect = false },
}
