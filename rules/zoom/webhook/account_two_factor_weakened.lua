local zoom = require "zoom"

local SETTINGS = { two_factor = true }

metadata {
  base = "Zoom.Account.Settings.Weakened",
  id = "Zoom.Account.Two.Factor.Weakened",
  display_name = "Zoom two-factor authentication weakened (webhook)",
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  description = "A webhook says that two-factor authentication became optional for some users or for "
    .. "all. Zoom.Account.Settings.Weakened alerts about it; this rule only records it, for "
    .. "correlations about how people sign in.\n\n"
    .. "False positives: nearly every match.",
  runbook = "1. See the alert of Zoom.Account.Settings.Weakened.\n"
    .. "2. If it is part of another alert: follow that one.",
  reference = "https://developers.zoom.us/docs/api/accounts/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0006:T1556" } },
  tags = { "Zoom", "Account settings", "Signals" },
  create_alert = false,
}

function rule(event)
  for _, change in ipairs(zoom.weakened_settings(event)) do
    if SETTINGS[change.key] and zoom.scope_of(event) == "account" then
      return true
    end
  end
  return false
end

function title(event)
  return ("Two-factor authentication weakened for %s by %s"):format(zoom.scope_in_words(event),
    zoom.operator_of(event))
end

function severity()
  return "DEFAULT"
end

tests {
  { name = "off", fixture = "zoom/webhook/account/settings_weakened.json",
    set = { ["payload.object.settings"] = { security = { sign_in_with_two_factor_auth = "none" } },
      ["payload.old_object.settings"] = { security = { sign_in_with_two_factor_auth = "all" } } },
    expect = true,
    title = "Two-factor authentication weakened for the account by homer@example.com" },

  { name = "another setting", fixture = "zoom/webhook/account/settings_weakened.json",
    expect = false, set = {
      ["payload.object.settings"] = { in_meeting = { waiting_room = false } },
      ["payload.old_object.settings"] = { in_meeting = { waiting_room = true } } } },
  { name = "made stricter", fixture = "zoom/webhook/account/settings_strengthened.json", expect = false },
  { name = "of a group and of a user, and without settings", expect = false, events = {
    { fixture = "zoom/webhook/account/settings_weakened.json",
      set = { event = "group.settings_updated" } },
    { fixture = "zoom/webhook/account/settings_weakened.json",
      set = { event = "user.settings_updated" }, unset = { "payload.object.settings" } },
  } },
}
