local zoom = require "zoom"

-- The path below `settings`, its weaker value, and what that means.
local WEAKER = {
  ["advanced_encryption.enable"] = { false, "advanced encryption off" },
  ["e2e_encryption.enable"] = { false, "end-to-end encryption off" },
  ["advanced_encryption.disable_incoming_unencrypted_voicemail"] = { false, "unencrypted voicemail allowed" },
  ["international_calling.enable"] = { true, "international calls allowed" },
  ["sms.international_sms"] = { true, "international messages allowed" },
  ["allowed_call_locations.enable"] = { false, "calls from everywhere allowed" },
  ["restricted_call_hours.enable"] = { false, "calls at all hours allowed" },
  ["block_calls_as_threat.enable"] = { false, "threats not blocked" },
  ["block_list_for_inbound_calls_and_messaging.enable"] = { false, "block list off" },
  ["call_handling_forwarding_to_other_users.enable"] = { true, "forwarding allowed" },
  ["delegation.enable"] = { true, "delegation allowed" },
  ["voicemail.allow_download"] = { true, "download of voicemail allowed" },
  ["voicemail.allow_share"] = { true, "sharing of voicemail allowed" },
  ["voicemail_notification_by_email.forward_voicemail_to_email"] = { true, "voicemail to any mailbox" },
  ["ad_hoc_call_recording.allow_download"] = { true, "download of recordings allowed" },
  ["ad_hoc_call_recording.recording_start_prompt"] = { false, "recordings not announced" },
  ["auto_call_recording.enable"] = { false, "calls not recorded" },
  ["auto_call_recording.allow_stop_resume_recording"] = { true, "recording can be stopped" },
  ["auto_call_recording.disconnect_on_recording_failure"] = { false, "calls go on unrecorded" },
  ["auto_delete_data_after_retention_duration.enable"] = { true, "data deleted automatically" },
  ["outbound_calling.enable"] = { true, "outbound calls allowed" },
  ["external_calling_on_zoom_room_common_area.enable"] = { true, "calls from rooms allowed" },
  ["block_external_calls.enable"] = { false, "external calls not blocked" },
  ["block_calls_without_caller_id.enable"] = { false, "calls without a number not blocked" },
  ["sms_etiquette_tool.enable"] = { false, "messages not checked" },
  ["auto_call_from_third_party_apps.enable"] = { true, "calls by apps allowed" },
  ["peer_to_peer_media.enable"] = { true, "peer-to-peer media allowed" },
  ["allow_emergency_calls.enable"] = { false, "emergency calls off" },
}

-- How much Zoom's numbers for restrictions forbid: external numbers, contacts, what is not recorded.
local RESTRICTIONS = {
  ["call_handling_forwarding_to_other_users.call_forwarding_type"] =
    { words = "forwarding less restricted", [4] = 0, [1] = 1, [2] = 2, [3] = 3 },
  ["call_overflow.call_overflow_type"] =
    { words = "overflow less restricted", [4] = 0, [1] = 1, [2] = 2, [3] = 3 },
  ["call_transferring.call_transferring_type"] =
    { words = "transfer less restricted", [1] = 0, [4] = 1, [2] = 2, [3] = 3 },
}

metadata {
  id = "Zoom.Phone.Settings.Weakened",
  display_name = "Zoom Phone setting weakened (webhook)",
  log_types = { "Zoom.Phone" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "A setting of Zoom Phone became weaker for the account or a group: encryption, "
    .. "outbound, external and international calls, forwarding to other people, downloads and "
    .. "forwarding of voicemail, announcements of recordings, deletion of data, or a lock went.\n\n"
    .. "False positives: planned changes, for example a country in which an office opens.",
  runbook = "1. Ask whoever administers Zoom Phone: these webhooks name no operator. The operation "
    .. "log of the phone does.\n"
    .. "2. If calls abroad were allowed: watch for Zoom.Phone.Many.Calls.Abroad.\n"
    .. "3. If nobody can explain it: change the setting back, and lock it.\n"
    .. "4. `margay search --indicator GROUP --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Phone.Settings.Weakened --except payload.object.group_id=GROUP --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/phone/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0112:T1685", "TA0040:T1496" } },
  tags = { "Zoom", "Phone", "Account settings" },
  where = {
    event = { "phone.account_settings_updated", "phone.group_settings_updated" },
    ["payload.object.settings|exists"] = true,
  },
}

-- Whether a change makes the phone weaker: to the weaker value, from the other or from one that Zoom does not
-- name. A lock that goes counts for these settings.
local function in_words(change)
  local path = re.match(change.path, "^settings\\.(.+)$")
  local weaker = path and WEAKER[path]
  if weaker and change.to == weaker[1] then
    return weaker[2]
  end
  local setting = path and re.match(path, "^(.+)\\.locked$")
  if setting and change.to == false and change.from == true and WEAKER[setting .. ".enable"] then
    return setting:gsub("_", " ") .. " unlocked"
  end
  return nil
end

-- The same for restrictions.
local function less_restricted(change)
  local ranks = RESTRICTIONS[re.match(change.path, "^settings\\.(.+)$") or ""]
  local from, to = ranks and ranks[change.from], ranks and ranks[change.to]
  return from and to and to < from and ranks.words or nil
end

local function weakened(event)
  local found = {}
  for _, change in ipairs(zoom.settings_diff(event)) do
    local words = in_words(change) or less_restricted(change)
    if words and change.from ~= change.to and event:deep_get("payload", "old_object") ~= nil then
      found[#found + 1] = words
    end
  end
  return found
end

function rule(event)
  return #weakened(event) > 0
end

local function whose(event)
  local group = zoom.object_text(event, "group_id")
  return group and "group " .. group or "the account"
end

function title(event)
  return ("Zoom Phone weakened for %s: %s"):format(whose(event), table.concat(weakened(event), ", "))
end

function severity(event)
  return zoom.object_text(event, "group_id") and "LOW" or "DEFAULT"
end

function alert_context(event)
  return { weakened = weakened(event), group = zoom.object_value(event, "group_id") }
end

tests {
  { name = "calls abroad allowed", expect = true, severity = "MEDIUM",
    event = { event = "phone.account_settings_updated", event_ts = 1711004943216, payload = {
      account_id = "a", object = { id = "a", settings = { international_calling = { enable = true } } },
      old_object = { id = "a", settings = { international_calling = { enable = false } } } } },
    title = "Zoom Phone weakened for the account: international calls allowed" },
  { name = "a lock and encryption of a group", expect = true, severity = "LOW",
    event = { event = "phone.group_settings_updated", event_ts = 1711004943216, payload = {
      account_id = "a", object = { group_id = "g", settings = {
        e2e_encryption = { enable = false }, delegation = { locked = false } } },
      old_object = { group_id = "g", settings = {
        e2e_encryption = { enable = true }, delegation = { locked = true } } } } },
    title = "Zoom Phone weakened for group g: delegation unlocked, end-to-end encryption off" },
  { name = "the other way", expect = false,
    event = { event = "phone.account_settings_updated", event_ts = 1711004943216, payload = {
      account_id = "a", object = { id = "a", settings = { international_calling = { enable = false } } },
      old_object = { id = "a", settings = { international_calling = { enable = true } } } } } },
  { name = "an unchanged value beside another", expect = false,
    event = { event = "phone.account_settings_updated", event_ts = 1711004943216, payload = {
      account_id = "a", object = { id = "a", settings = { international_calling = { enable = true },
        call_park = { enable = true } } },
      old_object = { id = "a", settings = { international_calling = { enable = true },
        call_park = { enable = false } } } } } },
  { name = "forwarding and transfer to numbers outside", expect = true, severity = "MEDIUM",
    event = { event = "phone.account_settings_updated", event_ts = 1711004943216, payload = {
      account_id = "a", object = { id = "a", settings = {
        call_handling_forwarding_to_other_users = { enable = true, call_forwarding_type = 4 },
        call_transferring = { enable = true, call_transferring_type = 4 } } },
      old_object = { id = "a", settings = {
        call_handling_forwarding_to_other_users = { enable = true, call_forwarding_type = 1 },
        call_transferring = { enable = true, call_transferring_type = 3 } } } } },
    title = "Zoom Phone weakened for the account: forwarding less restricted, transfer less restricted" },
  { name = "more restricted", expect = false,
    event = { event = "phone.account_settings_updated", event_ts = 1711004943216, payload = {
      account_id = "a", object = { id = "a", settings = {
        call_overflow = { enable = true, call_overflow_type = 1 },
        call_transferring = { enable = true, call_transferring_type = 9 } } },
      old_object = { id = "a", settings = {
        call_overflow = { enable = true, call_overflow_type = 4 },
        call_transferring = { enable = true, call_transferring_type = 3 } } } } } },
  { name = "external calls no longer blocked", expect = true,
    event = { event = "phone.account_settings_updated", event_ts = 1711004943216, payload = {
      account_id = "a", object = { id = "a", settings = { block_external_calls = { enable = false } } },
      old_object = { id = "a", settings = { block_external_calls = { enable = true } } } } } },
  { name = "without settings", expect = false,
    event = { event = "phone.account_settings_updated", event_ts = 1711004943216, payload = {
      account_id = "a", object = { id = "a" } } } },
}
