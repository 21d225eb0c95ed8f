metadata {
  id = "Zoom.Recording.Removed",
  display_name = "Zoom recording trashed or deleted",
  log_types = { "Zoom.Recording" },
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  create_alert = false,
  description = "A recording was moved to the trash or deleted. This happens every day, so the "
    .. "rule opens no alert: it records the event for correlations and searches.\n\n"
    .. "False positives: nearly every match.",
  runbook = "1. A single event needs no action.\n"
    .. "2. If it is part of an alert: recover the recording from the trash within 30 days.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1485" } },
  tags = { "Zoom", "Signals" },
  title = "Recording of {payload.object.topic or payload.object.id or '(not named)'} removed by "
    .. "{payload.operator or 'an unknown operator'}",
  where = {
    event = { "recording.deleted", "recording.trashed" },
  },
}

tests {
  { name = "deleted", fixture = "zoom/webhook/recording/deleted.json", expect = true,
    title = "Recording of Budget - Q3 review removed by homer@example.com" },
  { name = "trashed", fixture = "zoom/webhook/recording/trashed.json", expect = true },
  { name = "a recording recovered",
    fixture = "zoom/webhook/recording/recovered.json", expect = false },
  { name = "a recording completed",
    fixture = "zoom/webhook/recording/completed.json", expect = false },
}
