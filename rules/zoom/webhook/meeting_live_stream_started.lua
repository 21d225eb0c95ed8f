local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.Meeting.Live.Stream.Started",
  display_name = "Zoom meeting streamed live",
  log_types = { "Zoom.Meeting" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-audit",
  description = "A meeting is being streamed live to the public. A custom service can be "
    .. "anybody's server.\n\n"
    .. "False positives: events that are streamed on purpose.",
  runbook = "1. Ask the host whether the meeting is meant to be streamed.\n"
    .. "2. Open the page that shows the stream.\n"
    .. "3. If nobody can explain it: stop the stream, and turn off live streaming.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Meeting.Live.Stream.Started --except payload.operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0010:T1567" } },
  tags = { "Zoom", "Meetings" },
  title = "Meeting {payload.object.topic or payload.object.id or '(not named)'} streamed live to "
    .. "{payload.object.live_streaming.service or 'an unknown service'} by "
    .. "{payload.operator or 'an unknown operator'}",
  where = {
    event = "meeting.live_streaming_started",
  },
}

function severity(event)
  local service = zoom.object_value(event, "live_streaming", "service")
  return type(service) == "string" and service:lower():find("custom", 1, true) and "MEDIUM"
    or "DEFAULT"
end

-- A stream to another place is another alert: one that is meant must not hide one that is not.
function dedup(event)
  return ("%s %s %s"):format(zoom.object_value(event, "id"),
    zoom.object_value(event, "live_streaming", "service"), zoom.object_text(event,
      "live_streaming", "custom_live_streaming_settings", "page_url") or "-")
end

-- Leaves out the stream key: anyone who has it can stream.
function alert_context(event)
  return { page = zoom.object_value(event, "live_streaming", "custom_live_streaming_settings",
    "page_url") }
end

tests {
  { name = "to a custom service", fixture = "zoom/webhook/meeting/live_streaming_custom.json",
    expect = true,
    severity = "MEDIUM", alert_context = { page = "https://stream.example.net/live" } },
  { name = "to YouTube", fixture = "zoom/webhook/meeting/live_streaming_youtube.json",
    expect = true,
    severity = "LOW",
    dedup = "98213254471 YouTube -",
    title = "Meeting Budget - Q3 review streamed live to YouTube by homer@example.com" },
  { name = "to YouTube, then to a server of somebody's own", alerts = 2, events = {
    { fixture = "zoom/webhook/meeting/live_streaming_youtube.json", times = 2, every = "1m" },
    { fixture = "zoom/webhook/meeting/live_streaming_custom.json", after = "10m" },
  } },
  { name = "stopped", fixture = "zoom/webhook/meeting/live_streaming_stopped.json",
    expect = false },
  { name = "a meeting started", fixture = "zoom/webhook/meeting/started.json", expect = false },
}
