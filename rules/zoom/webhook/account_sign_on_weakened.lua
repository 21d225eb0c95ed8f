local zoom = require "zoom"

local SETTINGS = { sso = true, sso_bypass = true, ip_access = true, password = true, password_length = true }

metadata {
  base = "Zoom.Account.Settings.Weakened",
  id = "Zoom.Account.Sign.On.Weakened",
  display_name = "Zoom single sign-on or addresses weakened (webhook)",
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  description = "A webhook says that single sign-on, the users who bypass it, addresses or passwords "
    .. "became less strict. Zoom.Account.Settings.Weakened alerts about it; this rule only "
    .. "records it, for correlations about how people sign in.\n\n"
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
  return ("Sign-in weakened for %s by %s"):format(zoom.scope_in_words(event),
    zoom.operator_of(event))
end

function severity()
  return "DEFAULT"
end

tests {
  { name = "somebody may bypass it", fixture = "zoom/webhook/account/settings_weakened.json",
    set = {
      ["payload.object.settings"] = { security = { signin_with_sso = { enable = true,
        sso_bypass_users = { { id = "b", email = "bart@example.com" } } } } },
      ["payload.old_object.settings"] = { security = { signin_with_sso = { enable = true,
        sso_bypass_users = {} } } } },
    expect = true, title = "Sign-in weakened for the account by homer@example.com" },

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
