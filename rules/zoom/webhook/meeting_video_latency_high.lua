local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.Meeting.Video.Latency.High",
  display_name = "Zoom video latency above 300 ms",
  log_types = { "Zoom.Meeting" },
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  description = "The latency of a participant's video was above 300 milliseconds three times "
    .. "within ten minutes. The usual cause is a poor connection, but a relay or a tunnel looks "
    .. "the same. The rule needs Zoom's Quality of Service Subscription.\n\n"
    .. "False positives: mobile networks, and people far from the meeting's data centre.",
  runbook = "1. Check the participant's address and network.\n"
    .. "2. Compare with other participants from the same office.\n"
    .. "3. `margay search --indicator HOST --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Meeting.Video.Latency.High --except payload.object.host_id=HOST_ID --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/qss/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0011:T1090", "TA0040:T1498" } },
  tags = { "Zoom", "Meetings", "Quality" },
  threshold = 3,
  dedup_period_minutes = 10,
  where = {
    event = "meeting.participant_qos",
    ["payload.object.participant|exists"] = true,
  },
}

local LIMIT = 300

local function latency(event)
  local worst = 0
  for _, entry in ipairs(zoom.object_items(event, "participant", "qos")) do
    local kind = zoom.item_value(entry, "type")
    local text = zoom.item_value(zoom.item_value(entry, "details"), "latency")
    local number = type(text) == "string" and tonumber(re.match(text, "^\\d{1,9}")) or 0
    if type(kind) == "string" and kind:find("^video") and number > worst then
      worst = number
    end
  end
  return worst
end

function rule(event)
  return latency(event) > LIMIT
end

function title(event)
  return "Video of " .. zoom.participant_of(event) .. " is slow"
end

function alert_context(event)
  return { milliseconds = latency(event), meeting = zoom.meeting_of(event) }
end

tests {
  { name = "412 ms", fixture = "zoom/webhook/meeting/qos_slow.json", expect = true,
    title = "Video of lisa@example.com is slow",
    alert_context = { milliseconds = 412, meeting = "Budget - Q3 review" } },
  { name = "three times within ten minutes", alerts = 1, events = {
    { fixture = "zoom/webhook/meeting/qos_slow.json", times = 3, every = "1m" },
  } },
  { name = "38 ms", fixture = "zoom/webhook/meeting/qos_fast.json", expect = false },
  { name = "not measured", fixture = "zoom/webhook/meeting/qos_none.json", expect = false },
  { name = "values of another type",
    fixture = "zoom/webhook/meeting/qos_object.json", expect = false },
  { name = "another event", fixture = "zoom/webhook/meeting/qos_slow.json",
    set = { event = "meeting.participant_data" }, expect = false },
  { name = "without a participant", fixture = "zoom/webhook/meeting/qos_slow.json",
    unset = { "payload.object.participant" }, expect = false },
}
