metadata {
  id = "Zoom.Recordings.More.Than.Usual",
  display_name = "Far more Zoom meetings recorded by one host than usual",
  log_types = { "Zoom.Recording" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-extended",
  description = "The meetings of one host gave at least ten cloud recordings on one day (UTC), and five "
    .. "times as many as on the days of the last month that had any. A stolen account, or a setting that "
    .. "somebody changed, may record what should not be kept.\n\n"
    .. "False positives: conferences and interviews. In the first week of each host the rule only learns.",
  runbook = "1. Ask the host whether they meant to record these meetings.\n"
    .. "2. Look for changes of the settings for recordings, of the account and of the host's groups.\n"
    .. "3. If nobody can explain it: end the host's sessions, and delete what should not be kept.\n"
    .. "4. `margay search --indicator HOST --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Recordings.More.Than.Usual --except payload.object.host_email=HOST --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1125", "TA0009:T1123" } },
  tags = { "Zoom", "Recordings", "Stateful" },
  dedup_period_minutes = 24 * 60,
  where = { event = "recording.completed" },
  spike = {
    per = "payload.object.host_email or payload.object.host_id",
    at_least = 10,
  },
  title = "Far more meetings of {payload.object.host_email or payload.object.host_id} recorded than usual",
  dedup = "payload.object.host_email or payload.object.host_id",
  alert_context = {
    host = "payload.object.host_email or payload.object.host_id", topic = "payload.object.topic",
    count = "answer:count", usual = "answer:usual",
  },
}

local function recorded(times, every, after)
  return { fixture = "zoom/webhook/recording/completed.json", times = times, every = every, after = after }
end

tests {
  { name = "twelve on a day, after one on others", events = { recorded(9, "1d"), recorded(12, "10m", "1d") },
    alerts = 1 },
  { name = "in the first week", events = { recorded(3, "1d"), recorded(12, "10m", "1d") }, alerts = 0 },
  { name = "nine on a day", events = { recorded(9, "1d"), recorded(9, "10m", "1d") }, alerts = 0 },
  { name = "a host who records all day", events = { recorded(60, "4h"), recorded(12, "10m", "1d") },
    alerts = 0 },
  { name = "a recording moved to the trash", fixture = "zoom/webhook/recording/completed.json",
    set = { event = "recording.trashed" }, expect = false },
}
