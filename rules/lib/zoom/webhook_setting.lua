--- Which settings a webhook makes weaker. A part of the library `zoom`; the settings' directions are those of
-- zoom.security_settings.

local setting = require "zoom.setting"

local zoom = {}

local concat = table.concat
local ipairs, tostring, type = ipairs, tostring, type

-- The path below `settings`, the key in zoom.security_settings, and the name for titles. A path ends before
-- "enable", where the setting is an object.
local SETTINGS = {
  { { "in_meeting", "e2e_encryption" }, "end_to_end", "end-to-end encryption" },
  { { "in_meeting", "alert_guest_join" }, "guest_alert", "alert about guests" },
  { { "in_meeting", "waiting_room" }, "waiting_room", "waiting room" },
  { { "in_meeting", "watermark" }, "watermark", "watermark" },
  { { "in_meeting", "remote_control" }, "remote_control", "remote control" },
  { { "in_meeting", "remote_support" }, "remote_control", "remote support" },
  { { "in_meeting", "file_transfer" }, "chat_files", "files in chat" },
  { { "in_meeting", "allow_live_streaming" }, "live_stream", "live streaming" },
  { { "in_meeting", "allow_participants_to_rejoin" }, "removed_rejoin", "removed participants may rejoin" },
  { { "in_meeting", "who_can_share_screen" }, "screen_share", "who can share the screen" },
  { { "in_meeting", "data_center_regions" }, "data_centers", "data centers" },
  { { "meeting_security", "end_to_end_encrypted_meetings" }, "end_to_end", "end-to-end encrypted meetings" },
  { { "meeting_security", "auto_security" }, "one_option", "one security option for every meeting" },
  { { "meeting_security", "waiting_room" }, "waiting_room", "waiting room" },
  { { "meeting_security", "meeting_password" }, "passcode", "meeting passcodes" },
  { { "meeting_security", "require_password_for_scheduled_meeting" }, "new_passcode",
    "passcodes of scheduled meetings" },
  { { "meeting_security", "pmi_password" }, "passcode", "passcodes of personal meetings" },
  { { "meeting_security", "phone_password" }, "passcode", "passcodes by phone" },
  { { "meeting_security", "webinar_password" }, "passcode", "webinar passcodes" },
  { { "meeting_security", "block_user_domain" }, "block_domains", "blocked domains" },
  { { "meeting_security", "block_user_domain_list" }, "block_domains", "list of blocked domains" },
  { { "meeting_security", "only_authenticated_can_join_from_webclient" }, "meeting_sign_in",
    "sign-in for the web client" },
  { { "schedule_meeting", "enforce_login" }, "meeting_sign_in", "sign-in enforcement" },
  { { "schedule_meeting", "meeting_authentication" }, "meeting_sign_in", "sign-in for meetings" },
  { { "meeting_authentication" }, "meeting_sign_in", "sign-in for meetings" },
  { { "schedule_meeting", "join_before_host" }, "join_before_host", "joining before the host" },
  { { "schedule_meeting", "require_password_for_scheduling_new_meetings" }, "new_passcode",
    "passcodes of new meetings" },
  { { "schedule_meeting", "require_password_for_instant_meetings" }, "passcode",
    "passcodes of instant meetings" },
  { { "schedule_meeting", "require_password_for_pmi_meetings" }, "passcode",
    "passcodes of personal meetings" },
  { { "security", "sign_in_with_two_factor_auth" }, "two_factor", "two-factor authentication" },
  { { "security", "signin_with_sso" }, "sso", "single sign-on" },
  { { "security", "signin_with_sso", "require_sso_for_domains" }, "sso", "single sign-on for domains" },
  { { "security", "signin_with_sso", "sso_bypass_users" }, "sso_bypass", "users who bypass single sign-on" },
  { { "recording", "required_password_for_shared_cloud_recordings" }, "recording_passcode",
    "passcodes of recordings" },
  { { "recording", "recording_authentication" }, "recording_sign_in", "sign-in for recordings" },
  { { "recording", "local_recording" }, "local_recording", "local recording" },
  { { "recording", "cloud_recording_download" }, "recording_download", "download of recordings" },
  { { "recording", "cloud_recording_download_host" }, "download_host_only",
    "download of recordings only by the host" },
  { { "recording", "ip_address_access_control" }, "ip_access", "addresses that may see recordings" },
  { { "recording", "archive" }, "retention", "archiving" },
  { { "recording", "auto_delete_cmr" }, "auto_delete", "deletion of recordings" },
  { { "recording", "auto_delete_cmr_days" }, "auto_delete", "days until recordings are deleted" },
}

-- One element of a list: a text, or a user by address or id.
local function text_of_item(item)
  if type(item) == "userdata" then
    item = item:get("email") or item:get("id")
  end
  return type(item) ~= "userdata" and item ~= nil and tostring(item) or "?"
end

-- A value in the words of the operation log; nil if there is none.
local function text_of(value)
  if value == true then
    return "On"
  elseif value == false then
    return "Off"
  elseif type(value) ~= "userdata" then
    return value ~= nil and tostring(value) or nil
  end
  local enable = value:get("enable")
  if enable ~= nil and type(enable) ~= "userdata" then
    return text_of(enable)
  end
  local items = {}
  for i, item in ipairs(value) do
    items[i] = text_of_item(item)
  end
  return concat(items, ", ")
end

local function value_at(event, object, path)
  return text_of(event:deep_get("payload", object, "settings", table.unpack(path)))
end

--- The settings that a settings_updated webhook makes weaker: a list of { key, setting, from, to, severity }.
-- `from` is nil if the webhook does not say what was before.
function zoom.weakened_settings(event)
  local found = {}
  for _, row in ipairs(SETTINGS) do
    local to = value_at(event, "object", row[1])
    local from = to and value_at(event, "old_object", row[1])
    if to and setting.is_weaker(row[2], from, to) then
      found[#found + 1] = { key = row[2], setting = row[3], from = from, to = to,
        severity = setting.severity_of(row[2]) }
    end
  end
  return found
end

return zoom
