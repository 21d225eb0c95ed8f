local zoom = require "zoom"

-- For example "Have at least specified length of characters" or "Minimum passcode length".
local SETTING = "(?i)length of characters|pass(?:word|code)[^:]*length|length[^:]*pass(?:word|code)"

metadata {
  id = "Zoom.Password.Length.Reduced",
  display_name = "Zoom minimum password length reduced",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  description = "An admin reduced the minimum length of passwords or passcodes. Shorter "
    .. "passwords are easier to guess and to spray. Zoom does not document the wording of its "
    .. "log, so the rule searches for key words.\n\n"
    .. "False positives: accounts that sign in only through SSO do not use Zoom's own passwords.",
  runbook = "1. Ask the operator which policy the change follows.\n"
    .. "2. Look for other changes of sign-in settings on the same day.\n"
    .. "3. If nobody can explain it: restore the old length (Advanced, Security), and look for "
    .. "passwords that have been changed since.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0006:T1110", "TA0006:T1556" } },
  tags = { "Zoom", "Account settings", "Sign-in" },
  summary_attributes = { "operator" },
  dedup_period_minutes = 60,
  where = {
    category_type = "Account",
    action = "Update",
    ["operation_detail|contains|all"] = { "length", ": from " },
  },
}

local function reduced(event)
  for _, change in ipairs(zoom.setting_changes(event)) do
    local from, to = tonumber(change.from), tonumber(change.to)
    if re.find(change.setting, SETTING) and from and to and to < from then
      return change
    end
  end
  return nil
end

function rule(event)
  return reduced(event) ~= nil
end

function title(event)
  local change = reduced(event)
  return ("Minimum password length reduced from %s to %s by %s"):format(change.from,
    change.to, zoom.operator_of(event))
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
  { name = "no number", fixture = "zoom/operation/password_length_unreadable.json",
    expect = false },
  { name = "another requirement", fixture = "zoom/operation/sign_in_requirements_changed.json",
    expect = false },
  { name = "another action", fixture = "zoom/operation/password_length_reduced.json",
    set = { action = "Add" },
    expect = false },
  { name = "in another category", fixture = "zoom/operation/password_length_reduced.json",
    set = { category_type = "User Group" }, expect = false },
  { name = "set for the first time", fixture = "zoom/operation/password_length_reduced.json",
    set = { operation_detail = "Security  - Minimum passcode length: set to 6" }, expect = false },
}
