local zoom = require "zoom"

metadata {
  id = "Zoom.Account.Settings.Weakened",
  display_name = "Zoom security setting weakened (webhook)",
  log_types = { "Zoom.Account", "Zoom.User" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "A security setting of the account, a group or a user became weaker: end-to-end "
    .. "encryption, sign-in, single sign-on, passcodes, waiting rooms, remote control, or who "
    .. "may see and download recordings. Webhooks report it within seconds; reports arrive later with "
    .. "another wording. Users may turn off their own settings, so a change for a user counts "
    .. "only if somebody else made it. Two-factor authentication, single sign-on, end-to-end "
    .. "encryption and passwords of the account have rules of their own, which read webhooks, too.\n\n"
    .. "False positives: planned changes.",
  runbook = "1. Call the operator, and ask for the ticket.\n"
    .. "2. Check what else the operator changed in the same hour.\n"
    .. "3. If nobody can explain it: turn the setting back on and lock it; end the operator's "
    .. "sessions and reset their password.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Account.Settings.Weakened --except payload.operator=OPERATOR --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/accounts/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0112:T1685", "TA0112:T1600" } },
  tags = { "Zoom", "Account settings" },
  where = {
    event = { "account.settings_updated", "group.settings_updated", "user.settings_updated" },
    ["payload.object.settings|exists"] = true,
  },
}

local function kind_of(event)
  return re.match(event.event, "^[a-z]+")
end

local function is_own(event)
  local email, id = zoom.object_text(event, "email"), zoom.object_text(event, "id")
  return email ~= nil and email:lower() == zoom.operator_of(event):lower()
    or id ~= nil and id == event:deep_get("payload", "operator_id")
end

function rule(event)
  if kind_of(event) == "user" and is_own(event) then
    return false
  end
  return #zoom.other_weakened_settings(event) > 0
end

function title(event)
  return ("Security weakened for %s by %s: %s"):format(zoom.scope_in_words(event), zoom.operator_of(event),
    zoom.settings_in_words(zoom.other_weakened_settings(event)))
end

-- All users or groups for which one admin changes the same form one alert; another setting is another.
function dedup(event)
  return ("%s %s %s"):format(kind_of(event), zoom.operator_of(event),
    zoom.settings_in_words(zoom.other_weakened_settings(event)))
end

function alert_context(event)
  return { changes = zoom.other_weakened_settings(event) }
end

function severity(event)
  local kind = kind_of(event)
  if kind == "account" then
    return zoom.worst_severity(zoom.other_weakened_settings(event))
  end
  return kind == "user" and "LOW" or "MEDIUM"
end

local function changed(before, after)
  return { fixture = "zoom/webhook/account/settings_harmless.json", set = {
    ["payload.object.settings"] = { security = after },
    ["payload.old_object.settings"] = { security = before } } }
end

tests {
  { name = "four settings of the account, of which one has a rule of its own",
    fixture = "zoom/webhook/account/settings_weakened.json", expect = true,
    title = "Security weakened for the account by homer@example.com: alert about guests, waiting room, "
      .. "sign-in enforcement" },
  { name = "of a user", fixture = "zoom/webhook/user/settings_weakened.json",
    expect = true, severity = "LOW",
    title = "Security weakened for user lisa@example.com by homer@example.com: end-to-end encryption" },
  { name = "of many users", alerts = { { match_count = 40, severity = "LOW" } }, events = {
    { fixture = "zoom/webhook/user/settings_weakened.json", times = 40,
      set = { ["payload.object.email"] = "user{n}@example.com" } },
  } },
  { name = "of a user by the user", fixture = "zoom/webhook/user/settings_weakened.json",
    set = { ["payload.operator"] = "Lisa@example.com" }, expect = false },
  { name = "of a user by the user, identified by id", expect = false,
    fixture = "zoom/webhook/user/settings_weakened.json",
    set = { ["payload.object.id"] = "u7", ["payload.operator_id"] = "u7" },
    unset = { "payload.object.email" } },
  { name = "without the previous settings", fixture = "zoom/webhook/user/settings_weakened.json",
    unset = { "payload.old_object.settings" }, expect = true },
  { name = "of a group", fixture = "zoom/webhook/user/settings_weakened.json",
    set = { event = "group.settings_updated" },
    unset = { "payload.object.email" }, expect = true, severity = "MEDIUM",
    title = "Security weakened for group z8dsdsdsdsdCfp8uQ by homer@example.com: end-to-end encryption" },
  { name = "turned on", fixture = "zoom/webhook/account/settings_strengthened.json",
    expect = false },
  { name = "not a security setting", fixture = "zoom/webhook/account/settings_harmless.json",
    expect = false },
  { name = "settings of another type", fixture = "zoom/webhook/account/settings_harmless.json",
    set = { ["payload.object.settings"] = "off", ["payload.old_object.settings"] = { 1, 2 } },
    expect = false },
  { name = "settings of the account that have rules of their own", expect = false, events = {
    changed({ sign_in_with_two_factor_auth = "all" }, { sign_in_with_two_factor_auth = "group" }),
    changed({ signin_with_sso = { sso_bypass_users = {} } },
      { signin_with_sso = { sso_bypass_users = { { email = "bart@example.com" } } } }),
    changed({ password_requirement = { minimum_password_length = 14 } },
      { password_requirement = { minimum_password_length = 8 } }),
  } },
  { name = "an object that is turned off", expect = true,
    fixture = "zoom/webhook/account/settings_harmless.json",
    set = { ["payload.object.settings"] = { recording = { archive = { enable = false } } } } },
  { name = "remote control allowed", expect = true,
    fixture = "zoom/webhook/account/settings_harmless.json",
    set = { ["payload.object.settings"] = { in_meeting = { remote_control = true } },
      ["payload.old_object.settings"] = { in_meeting = { remote_control = false } } } },
  { name = "in Zoom's documented fields", expect = true, alerts = 3, events = {
    { fixture = "zoom/webhook/account/settings_harmless.json", set = {
      ["payload.object.settings"] = { chat = { set_retention_period_in_cloud = { enable = true,
        retention_period_of_channels = "1d" } } },
      ["payload.old_object.settings"] = { chat = { set_retention_period_in_cloud = { enable = true,
        retention_period_of_channels = "2y" } } } } },
    { fixture = "zoom/webhook/account/settings_harmless.json", set = {
      ["payload.object.settings"] = { schedule_meeting = { require_password_for_pmi_meetings = "jbh_only",
        enforce_login_domains = "example.com,example.net" } },
      ["payload.old_object.settings"] = { schedule_meeting = { require_password_for_pmi_meetings = "all",
        enforce_login_domains = "example.com" } } } },
    { fixture = "zoom/webhook/account/settings_harmless.json", set = {
      ["payload.object.settings"] = { session_security = { approved_or_denied_countries_or_regions = {
        enable = true, denied_list = { "KP" } } } },
      ["payload.old_object.settings"] = { session_security = { approved_or_denied_countries_or_regions = {
        enable = true, denied_list = { "KP", "SY" } } } } } },
  } },
  { name = "the other way, and countries that are approved instead of denied", expect = false, events = {
    { fixture = "zoom/webhook/account/settings_harmless.json", set = {
      ["payload.object.settings"] = { chat = { set_retention_period_in_cloud = { enable = true,
        retention_period_of_channels = "2y" } } },
      ["payload.old_object.settings"] = { chat = { set_retention_period_in_cloud = { enable = true,
        retention_period_of_channels = "10m" } } } } },
    { fixture = "zoom/webhook/account/settings_harmless.json", set = {
      ["payload.object.settings"] = { session_security = { approved_or_denied_countries_or_regions = {
        enable = true, method = "approve", denied_list = {} } } },
      ["payload.old_object.settings"] = { session_security = { approved_or_denied_countries_or_regions = {
        enable = true, method = "deny", denied_list = { "KP" } } } } } },
  } },
  { name = "a setting of little weight", expect = true, severity = "LOW",
    fixture = "zoom/webhook/account/settings_harmless.json",
    set = { ["payload.object.settings"] = { schedule_meeting = { join_before_host = true } } } },
  { name = "without settings", fixture = "zoom/webhook/account/settings_harmless.json",
    unset = { "payload.object.settings" }, expect = false },
  { name = "idle clients stay signed in for longer", expect = true, events = {
    changed({ sign_again_period_for_inactivity_on_client = 10 },
      { sign_again_period_for_inactivity_on_client = 120 }),
  } },
}
