local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.Meeting.Risk.Alert",
  display_name = "Zoom meeting link posted in public",
  log_types = { "Zoom.Meeting" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor", "payload.object.id" },
  description = "Zoom's At-Risk Meeting Notifier found the link of a meeting in a public post. "
    .. "Expect uninvited guests from the first minute.\n\n"
    .. "False positives: events that are announced in public on purpose.",
  runbook = "1. Inform the host immediately.\n"
    .. "2. If the meeting has not started: delete it, and schedule a new one with another number "
    .. "and passcode.\n"
    .. "3. If it has started: lock the meeting, turn on the waiting room, and let only hosts "
    .. "share.\n"
    .. "4. Ask the platform to remove the post.\n"
    .. "5. `margay search --indicator HOST --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Meeting.Risk.Alert --except payload.object.host_id=HOST_ID --reason TICKET` leaves out "
    .. "what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0043:T1593.001", "TA0009:T1125" } },
  tags = { "Zoom", "Meetings" },
  title = "The link of meeting {payload.object.topic or payload.object.id or '(not named)'} is "
    .. "public: hosted by {payload.object.host_email or 'an unknown host'}",
  alert_context = {
    platform = "payload.object.armn_details.post_platform", posted_by =
    "payload.object.armn_details.post_user", post = "payload.object.armn_details.social_link",
  },
  where = {
    event = "meeting.risk_alert",
  },
}

function dedup(event)
  return zoom.text_of(zoom.object_value(event, "uuid")) or zoom.meeting_of(event)
end

tests {
  { name = "posted", fixture = "zoom/webhook/meeting/risk_alert.json", expect = true,
    title = "The link of meeting Budget - Q3 review is public: hosted by lisa@example.com",
    alert_context = { platform = "X", posted_by = "el-barto",
      post = "https://social.example.net/post/1" } },
  { name = "without details", fixture = "zoom/webhook/meeting/risk_alert_bare.json", expect = true,
    title = "The link of meeting 98213254471 is public: hosted by an unknown host" },
  { name = "an alert about quality", fixture = "zoom/webhook/meeting/alert.json", expect = false },
  { name = "a meeting started", fixture = "zoom/webhook/meeting/started.json", expect = false },
}
