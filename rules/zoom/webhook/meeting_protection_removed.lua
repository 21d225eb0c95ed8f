local zoom = require "zoom.webhook"

-- The setting, its new value, and its name in titles.
local PROTECTION = {
  { "waiting_room", false, "waiting room off" },
  { "meeting_authentication", false, "no sign-in" },
  { "enforce_login", false, "no sign-in (old setting)" },
  { "join_before_host", true, "joining before the host" },
}

metadata {
  id = "Zoom.Meeting.Protection.Removed",
  display_name = "Zoom meeting or webinar lost its waiting room or sign-in",
  log_types = { "Zoom.Meeting", "Zoom.Webinar" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-audit",
  description = "For a meeting or webinar, somebody turned off the waiting room or required "
    .. "sign-in, or allowed joining before the host. These settings keep strangers out.\n\n"
    .. "False positives: hosts who replace one protection with another.",
  runbook = "1. Ask the host what protects the meeting now.\n"
    .. "2. If nobody can explain it: turn the protection back on, and check who changed the "
    .. "meeting.\n"
    .. "3. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Meeting.Protection.Removed --except payload.operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1125" } },
  tags = { "Zoom", "Meetings" },
  dedup = "payload.operator",
  alert_context = {
    operator = "payload.operator", id = "payload.object.id", before = "payload.old_object.settings",
    after = "payload.object.settings",
  },
  where = {
    event = { "meeting.updated", "webinar.updated" },
    ["payload.old_object.settings|exists"] = true,
  },
}

local function removed(event)
  local found = {}
  for _, setting in ipairs(PROTECTION) do
    local before, after = zoom.updated(event, "settings", setting[1])
    if after == setting[2] and before == not setting[2] then
      found[#found + 1] = setting[3]
    end
  end
  return found
end

function rule(event)
  return #removed(event) > 0
end

function title(event)
  return ("Meeting %s less protected: %s, by %s"):format(zoom.meeting_of(event),
    table.concat(removed(event), ", "), zoom.operator_of(event))
end

-- Hosts choose topics, so all meetings that one person changes form one alert.
tests {
  { name = "of a webinar", fixture = "zoom/webhook/meeting/protection_off.json",
    set = { event = "webinar.updated" }, expect = true,
    dedup = "homer@example.com" },
  { name = "another event", fixture = "zoom/webhook/meeting/protection_off.json",
    set = { event = "meeting.created" }, expect = false },
  { name = "two protections", fixture = "zoom/webhook/meeting/protection_off.json", expect = true,
    title = "Meeting 98213254471 less protected: waiting room off, no sign-in, "
      .. "by homer@example.com" },
  { name = "joining before the host", fixture = "zoom/webhook/meeting/join_before_host_on.json",
    expect = true,
    title = "Meeting 98213254471 less protected: joining before the host, by homer@example.com" },
  { name = "turned on", fixture = "zoom/webhook/meeting/protection_on.json", expect = false },
  { name = "another change", fixture = "zoom/webhook/meeting/topic_changed.json", expect = false },
}
