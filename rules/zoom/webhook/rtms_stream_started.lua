local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.Meeting.RTMS.Started",
  display_name = "Zoom meeting streamed to an app",
  log_types = { "Zoom.Meeting", "Zoom.Webinar", "Zoom.VideoSession" },
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  description = "An app receives what is said and shown in a meeting while it happens (Realtime Media "
    .. "Streams). Companies that use such an app see it every day, so the rule opens no alert: "
    .. "it answers which meetings an app heard.\n\n"
    .. "False positives: nearly every match.",
  runbook = "1. A single event needs no action.\n"
    .. "2. If an app is under suspicion: list the meetings that it heard, and inform their "
    .. "hosts.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1123", "TA0009:T1125" } },
  tags = { "Zoom", "Meetings", "Apps" },
  create_alert = false,
  where = {
    event = { "meeting.rtms_started", "webinar.rtms_started", "session.rtms_started" },
  },
}

-- These events have no object.
local function value(event, key)
  return zoom.text_of(event:deep_get("payload", key))
end

function title(event)
  return ("Stream of %s to an app started by %s"):format(
    value(event, "meeting_uuid") or value(event, "webinar_uuid") or value(event, "session_id") or "a meeting",
    value(event, "operator_id") or "an unknown operator")
end

function dedup(event)
  return value(event, "operator_id") or "-"
end

function alert_context(event)
  return { server = value(event, "server_urls"), stream = value(event, "rtms_stream_id") }
end

tests {
  { name = "a meeting", expect = true, event = { event = "meeting.rtms_started",
    event_ts = 1711004943216, payload = { meeting_uuid = "u", operator_id = "b", rtms_stream_id = "s",
      server_urls = "wss://203.0.113.26:443" } }, title = "Stream of u to an app started by b" },
  { name = "a session", expect = true, event = {
    event = "session.rtms_started", event_ts = 1711004943216, payload = { session_id = "s1",
      rtms_stream_id = "s", server_urls = "wss://203.0.113.26:443" } },
    title = "Stream of s1 to an app started by an unknown operator" },
  { name = "started", fixture = "zoom/webhook/meeting/started.json",
    expect = false },
  { name = "a webinar", expect = true, event = { event = "webinar.rtms_started",
    event_ts = 1711004943216, payload = { webinar_uuid = "w", operator_id = "b", rtms_stream_id = "s",
      server_urls = "wss://203.0.113.26:443" } }, title = "Stream of w to an app started by b" },
}
