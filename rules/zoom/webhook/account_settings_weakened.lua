local zoom = require "zoom"

-- The section and the key of each setting, and its name in titles.
local SETTINGS = {
  { "in_meeting", "e2e_encryption", "end-to-end encryption" },
  { "in_meeting", "alert_guest_join", "alert about guests" },
  { "in_meeting", "waiting_room", "waiting room" },
  { "meeting_security", "end_to_end_encrypted_meetings", "end-to-end encrypted meetings" },
  { "meeting_security", "auto_security", "one security option for every meeting" },
  { "meeting_security", "waiting_room", "waiting room" },
  { "meeting_security", "meeting_password", "meeting passcodes" },
  { "meeting_security", "require_password_for_scheduled_meeting",
    "passcodes of scheduled meetings" },
  { "meeting_security", "pmi_password", "passcodes of personal meetings" },
  { "meeting_security", "phone_password", "passcodes by phone" },
  { "meeting_security", "webinar_password", "webinar passcodes" },
  { "meeting_security", "block_user_domain", "blocked domains" },
  { "meeting_security", "only_authenticated_can_join_from_webclient",
    "sign-in for the web client" },
  { "schedule_meeting", "enforce_login", "sign-in enforcement" },
  { "schedule_meeting", "meeting_authentication", "sign-in for meetings" },
  { "security", "sign_in_with_two_factor_auth", "two-factor authentication" },
  { "recording", "required_password_for_shared_cloud_recordings", "passcodes of recordings" },
  { "recording", "recording_authentication", "sign-in for recordings" },
}

metadata {
  id = "Zoom.Account.Settings.Weakened",
  display_name = "Zoom security setting turned off (webhook)",
  log_types = { "Zoom.Account", "Zoom.User" },
  severity = "high",
  description = "A security setting of the account, a group or a user was turned off: end-to-end "
    .. "encryption, sign-in enforcement, the alert about guests, passcodes, waiting rooms, or "
    .. "the block of domains. Webhooks report it within seconds; reports arrive later with "
    .. "another wording. Users may turn off their own settings, so a change for a user counts "
    .. "only if somebody else made it.\n\n"
    .. "False positives: planned changes.",
  runbook = "1. Call the operator, and ask for the ticket.\n"
    .. "2. Check what else the operator changed in the same hour.\n"
    .. "3. If nobody can explain it: turn the setting back on and lock it; end the operator's "
    .. "sessions and reset their password.",
  reference = "https://developers.zoom.us/docs/api/accounts/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0005:T1562.001", "TA0005:T1600" } },
  tags = { "Zoom", "Account settings" },
  dedup_period_minutes = 60,
  where = {
    event = { "account.settings_updated", "group.settings_updated", "user.settings_updated" },
    ["payload.old_object.settings|exists"] = true,
  },
}

local function weakened(event)
  local found = {}
  for _, setting in ipairs(SETTINGS) do
    local before, after = zoom.updated(event, "settings", setting[1], setting[2])
    if after == false and before == true then
      found[#found + 1] = setting[3]
    end
  end
  return found
end

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
  return #weakened(event) > 0
end

local function whose(event)
  local kind = kind_of(event)
  local name = zoom.object_text(event, "email") or zoom.object_text(event, "name")
  return kind == "account" and "the account" or name and kind .. " " .. name or "a " .. kind
end

function title(event)
  return ("Turned off for %s by %s: %s"):format(whose(event), zoom.operator_of(event),
    table.concat(weakened(event), ", "))
end

-- All users or groups that one admin changes form one alert; the account forms another.
function dedup(event)
  return kind_of(event) .. " " .. zoom.operator_of(event)
end

function alert_context(event)
  return { settings = weakened(event) }
end

function severity(event)
  local kind = kind_of(event)
  return kind == "user" and "LOW" or kind == "group" and "MEDIUM" or "DEFAULT"
end

tests {
  { name = "four settings of the account", fixture = "zoom/webhook/account/settings_weakened.json",
    log_type = "Zoom.Account", expect = true,
    title = "Turned off for the account by homer@example.com: end-to-end encryption, "
      .. "alert about guests, waiting room, sign-in enforcement" },
  { name = "of a user", fixture = "zoom/webhook/user/settings_weakened.json",
    log_type = "Zoom.User", expect = true, severity = "LOW",
    title = "Turned off for user lisa@example.com by homer@example.com: end-to-end encryption" },
  { name = "of many users", alerts = { { match_count = 40, severity = "LOW" } }, events = {
    { fixture = "zoom/webhook/user/settings_weakened.json", log_type = "Zoom.User", times = 40,
      set = { ["payload.object.email"] = "user{n}@example.com" } },
  } },
  { name = "of a user by the user", fixture = "zoom/webhook/user/settings_weakened.json",
    log_type = "Zoom.User", set = { ["payload.operator"] = "Lisa@example.com" }, expect = false },
  { name = "of a user by the user, identified by id", log_type = "Zoom.User", expect = false,
    fixture = "zoom/webhook/user/settings_weakened.json",
    set = { ["payload.object.id"] = "u7", ["payload.operator_id"] = "u7" },
    unset = { "payload.object.email" } },
  { name = "without the previous settings", fixture = "zoom/webhook/user/settings_weakened.json",
    log_type = "Zoom.User", unset = { "payload.old_object.settings" }, expect = false },
  { name = "of a group", fixture = "zoom/webhook/user/settings_weakened.json",
    log_type = "Zoom.User", set = { event = "group.settings_updated" },
    unset = { "payload.object.email" }, expect = true, severity = "MEDIUM",
    title = "Turned off for a group by homer@example.com: end-to-end encryption" },
  { name = "turned on", fixture = "zoom/webhook/account/settings_strengthened.json",
    log_type = "Zoom.Account",
    expect = false },
  { name = "not a security setting", fixture = "zoom/webhook/account/settings_harmless.json",
    log_type = "Zoom.Account",
    expect = false },
  { name = "settings of another type", fixture = "zoom/webhook/account/settings_harmless.json",
    log_type = "Zoom.Account",
    set = { ["payload.object.settings"] = "off", ["payload.old_object.settings"] = { 1, 2 } },
    expect = false },
}
