local zoom = require "zoom"

metadata {
  id = "Zoom.Meeting.Activity.Passcode.Removed",
  display_name = "Zoom meeting lost its passcode",
  log_types = { "Zoom.MeetingActivity" },
  severity = "low",
  evidence = "guess",
  pack = "zoom-audit",
  description = "Somebody removed the passcode of a meeting. Anyone who knows or guesses its number "
    .. "can join.\n\n"
    .. "False positives: meetings that have a waiting room or require sign-in.",
  runbook = "1. Ask the host why the meeting has no passcode.\n"
    .. "2. Check that it has a waiting room.\n"
    .. "3. If nobody can explain it: set a passcode, and resend the invitation.\n"
    .. "4. `margay search --indicator EMAIL --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Meeting.Activity.Passcode.Removed --except operator_email=EMAIL --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/rest/reference/zoom-api/methods/",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1125" } },
  tags = { "Zoom", "Meetings" },
  summary_attributes = { "operator_email" },
  alert_context = { meeting = "meeting_number", detail = "activity_detail" },
  where = {
    activity_category = "Meeting Updated",
    ["activity_detail|re|i"] =
      "pass(?:code|word)[^:]*: (?:removed|none|off\\b|(?:from )?on to off)",
  },
}

function title(event)
  return ("Passcode of meeting %s removed by %s"):format(event.meeting_number,
    zoom.operator_of(event))
end

function dedup(event)
  return zoom.text_of(event.meeting_number)
end

tests {
  { name = "removed", fixture = "zoom/meeting_activity/passcode_removed.json", expect = true,
    title = "Passcode of meeting 98213254471 removed by homer@example.com", dedup = "98213254471" },
  { name = "turned off", fixture = "zoom/meeting_activity/passcode_off.json", expect = true },
  { name = "set", fixture = "zoom/meeting_activity/passcode_set.json", expect = false },
  { name = "a topic about passcodes", fixture = "zoom/meeting_activity/topic_updated.json",
    expect = false },
  { name = "a meeting created", fixture = "zoom/meeting_activity/meeting_created.json",
    expect = false },
}
