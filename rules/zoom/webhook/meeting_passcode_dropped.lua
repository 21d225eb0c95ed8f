local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.Meeting.Passcode.Dropped",
  display_name = "Zoom meeting or webinar lost its passcode",
  log_types = { "Zoom.Meeting", "Zoom.Webinar" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-audit",
  description = "The passcode of a meeting or webinar was removed. Anyone with an old "
    .. "invitation, or who guesses the number, can now join.\n\n"
    .. "False positives: hosts who replace it with a waiting room or sign-in.",
  runbook = "1. Ask the host why the meeting has no passcode.\n"
    .. "2. Check that it has a waiting room or requires sign-in.\n"
    .. "3. If nobody can explain it: set a passcode, resend the invitation, and check who "
    .. "changed the meeting.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Meeting.Passcode.Dropped --except payload.operator=OPERATOR --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1125" } },
  tags = { "Zoom", "Meetings" },
  title = "Passcode of meeting {payload.object.topic or payload.object.id or '(not named)'} "
    .. "removed by {payload.operator or 'an unknown operator'}",
  dedup = "payload.operator",
  where = {
    event = { "meeting.updated", "webinar.updated" },
    ["payload.object.password"] = "",
    ["payload.old_object.password|re"] = ".",
  },
}

function alert_context(event)
  return { id = zoom.object_value(event, "id"), operator = zoom.operator_of(event) }
end

tests {
  { name = "removed", fixture = "zoom/webhook/meeting/passcode_dropped.json", expect = true,
    title = "Passcode of meeting 98213254471 removed by homer@example.com",
    alert_context = { id = 98213254471, operator = "homer@example.com" } },
  { name = "of a webinar", fixture = "zoom/webhook/webinar/passcode_dropped.json", expect = true },
  { name = "set", fixture = "zoom/webhook/meeting/passcode_set.json",
    expect = false },
  { name = "changed", fixture = "zoom/webhook/meeting/passcode_changed.json", expect = false },
  { name = "another change", fixture = "zoom/webhook/meeting/topic_changed.json", expect = false },
  { name = "created without a passcode, which another rule reports",
    fixture = "zoom/webhook/meeting/created_empty_passcode.json",
    expect = false },
}
