metadata {
  id = "Zoom.Meeting.Activity.Many.Deleted",
  display_name = "Many Zoom meetings deleted",
  log_types = { "Zoom.MeetingActivity", "Zoom.Meeting" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "One person deleted ten or more meetings within an hour. Invitations stop "
    .. "working, and recurring meetings that many people rely on are gone. Zoom "
    .. "documents the webhook, but not the category of the report.\n\n"
    .. "False positives: somebody who cleans up before leaving, or moves meetings to another "
    .. "host.",
  runbook = "1. Ask the operator.\n"
    .. "2. Recover the meetings within seven days (Meetings, Recently Deleted).\n"
    .. "3. If nobody can explain it: end the operator's sessions and reset their password.\n"
    .. "4. `margay search --indicator EMAIL --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Meeting.Activity.Many.Deleted --except operator_email=EMAIL --except payload.operator=EMAIL "
    .. "--reason TICKET` leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/rest/reference/zoom-api/methods/",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1485" } },
  tags = { "Zoom", "Meetings" },
  summary_attributes = { "operator_email" },
  threshold = 10,
  title = "Many meetings deleted by {operator_email or payload.operator or operator or 'an unknown "
    .. "operator'}",
  dedup = "operator_email or payload.operator or operator",
  unique = "meeting_number or payload.object.id",
  alert_context = { first_meeting = "meeting_number", detail = "activity_detail" },
  where = {
    { activity_category = "Meeting Deleted" },
    { event = "meeting.deleted", ["payload.operator|re"] = "." },
  },
}

tests {
  { name = "a single match", fixture = "zoom/meeting_activity/meeting_deleted.json", expect = true,
    title = "Many meetings deleted by homer@example.com", dedup = "homer@example.com" },
  { name = "ten within the hour", alerts = 1, events = {
    { fixture = "zoom/meeting_activity/meeting_deleted.json", times = 10, every = "5m",
      set = { meeting_number = "982132544{n}" } },
  } },
  { name = "one meeting repeatedly", alerts = 0, events = {
    { fixture = "zoom/meeting_activity/meeting_deleted.json", times = 10 },
  } },
  { name = "a meeting created", fixture = "zoom/meeting_activity/meeting_created.json",
    expect = false },
  { name = "ten by webhooks", alerts = 1, events = {
    { fixture = "zoom/webhook/meeting/deleted.json", times = 10, every = "1m",
      set = { ["payload.object.id"] = "{n}" } },
  } },
  { name = "one by a webhook", fixture = "zoom/webhook/meeting/deleted.json",
    expect = true },
}
