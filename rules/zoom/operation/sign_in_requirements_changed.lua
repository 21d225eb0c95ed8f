local zoom = require "zoom"

local SETTINGS = { password = true, password_reuse = true, password_expiry = true }

metadata {
  id = "Zoom.Sign.In.Requirements.Changed",
  display_name = "Zoom password requirements relaxed",
  log_types = { "Zoom.Operation", "Zoom.Account" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin turned off one or more of the account's requirements for passwords "
    .. "(letters, numbers, both cases, special characters). Shorter and simpler passwords are "
    .. "easier to guess and to spray. The report and the webhook of one change are one alert.\n\n"
    .. "False positives: accounts that sign in only through SSO do not use Zoom's own passwords.",
  runbook = "1. Ask the operator which policy the change follows.\n"
    .. "2. Look for other changes of sign-in settings on the same day: together they may prepare an "
    .. "attack.\n"
    .. "3. If nobody can explain it: turn the requirements back on (Advanced, Security).\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Sign.In.Requirements.Changed --except operator=OPERATOR --except "
    .. "payload.operator=OPERATOR --reason TICKET` leaves out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0064901",
  reports = {
    ["MITRE ATT&CK"] = { "TA0006:T1110", "TA0006:T1556" },
    CIS = { "3.1.1.1.2", "3.1.1.1.3", "3.1.1.1.4", "3.1.1.2.1", "3.1.1.2.2", "3.1.1.2.3" },
  },
  tags = { "Zoom", "Account settings", "Sign-in" },
  summary_attributes = { "operator" },
  dedup = "operator or payload.operator",
  where = zoom.where_weakened_anywhere(SETTINGS),
}

function rule(event)
  return #zoom.weakened_anywhere(event, SETTINGS) > 0
end

function title(event)
  return ("Password requirements relaxed by %s: %s"):format(zoom.operator_of(event),
    zoom.settings_in_words(zoom.weakened_anywhere(event, SETTINGS)))
end

-- All changes by the same person form one alert, whatever each of them turned off.
function alert_context(event)
  return { changes = event.operation_detail and zoom.setting_changes(event)
    or zoom.weakened_anywhere(event, SETTINGS) }
end

tests {
  { name = "several requirements turned off",
    fixture = "zoom/operation/sign_in_requirements_changed.json", expect = true,
    title = "Password requirements relaxed by homer@example.com: Include at least 1 letter, "
      .. "Include at least 1 number, Include both uppercase and lowercase characters",
    dedup = "homer@example.com" },
  { name = "turned off while the length grows",
    fixture = "zoom/operation/sign_in_requirements_changed_with_length.json", expect = true,
    dedup = "homer@example.com" },
  { name = "one turned off, one turned on, in upper case",
    fixture = "zoom/operation/sign_in_requirements_mixed_upper_case.json", expect = true,
    title = "Password requirements relaxed by homer@example.com: Include at least 1 number" },
  { name = "behind another section", expect = true,
    fixture = "zoom/operation/sign_in_requirements_changed.json",
    set = { operation_detail = "Security - Sign-In Password Requirement  - "
      .. "Include at least 1 letter: from On to Off" },
    title = "Password requirements relaxed by homer@example.com: Include at least 1 letter" },
  { name = "tightened while another setting is turned off", expect = false,
    fixture = "zoom/operation/sign_in_requirements_changed.json",
    set = { operation_detail = "Security  - Waiting Room: from On to Off - "
      .. "Sign-In Password Requirement: from Off to On" } },
  { name = "turned on", fixture = "zoom/operation/sign_in_requirements_tightened.json",
    expect = false },
  { name = "something else turned off", fixture = "zoom/operation/two_factor_disabled.json",
    expect = false },
  { name = "another category",
    fixture = "zoom/operation/sign_in_requirements_changed_other_category.json", expect = false },
  { name = "another action", fixture = "zoom/operation/sign_in_requirements_changed.json",
    set = { action = "Add" },
    expect = false },
  { name = "passwords that never expire", fixture = "zoom/operation/sign_in_requirements_changed.json",
    set = { operation_detail = "Password Policy  - Password expires after: from 90 days to Never" },
    expect = true },
  { name = "weak passwords", fixture = "zoom/operation/sign_in_requirements_changed.json",
    set = { operation_detail = "Enhanced Password Requirement  - Refuse weak passwords: from On to Off" },
    expect = true },
  { name = "passwords that expire sooner", fixture = "zoom/operation/sign_in_requirements_changed.json",
    set = { operation_detail = "Password Policy  - Password expires after: from 90 days to 30 days" },
    expect = false },
  { name = "its names without a change", fixture = "zoom/operation/sign_in_requirements_changed.json",
    set = { operation_detail = "Names: " .. table.concat(zoom.words_of(SETTINGS), "; ") }, expect = false },
  { name = "by a webhook, then by the report", events = {
    { fixture = "zoom/webhook/account/settings_weakened.json", at = "2024-03-21T07:00:00Z", set = {
      ["payload.object.settings"] = { security = { password_requirement = {
        have_special_character = false, weak_enhance_detection = false } } },
      ["payload.old_object.settings"] = { security = { password_requirement = {
        have_special_character = true, weak_enhance_detection = true } } } } },
    { fixture = "zoom/operation/sign_in_requirements_changed.json", after = "5m" },
  }, alerts = { { match_count = 2, dedup = "homer@example.com",
    title = "Password requirements relaxed by homer@example.com: special characters in passwords, "
      .. "detection of weak passwords" } } },
  { name = "a webhook about something else", fixture = "zoom/webhook/account/settings_harmless.json",
    expect = false },
}
