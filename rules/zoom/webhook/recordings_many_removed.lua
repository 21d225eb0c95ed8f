local zoom = require "zoom"

metadata {
  id = "Zoom.Recordings.Many.Removed",
  display_name = "Many Zoom recordings removed (webhook)",
  log_types = { "Zoom.Recording" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "One person trashed or deleted the recordings of fifteen or more meetings within a day, "
    .. "one by one. That is how evidence is destroyed, and what some people do before they "
    .. "leave. Zoom.Recordings.Removed.In.Batch reports batches.\n\n"
    .. "False positives: a clean-up of old recordings.",
  runbook = "1. Ask the operator why they removed the recordings.\n"
    .. "2. Recover important recordings from the trash, which keeps them for 30 days.\n"
    .. "3. Check which recordings were shared or downloaded before.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Recordings.Many.Removed --except payload.operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1485" } },
  tags = { "Zoom", "Recordings" },
  threshold = 15,
  dedup_period_minutes = 24 * 60,
  title = "Recordings of many meetings removed by {payload.operator or 'an unknown operator'}",
  dedup = "payload.operator",
  where = {
    event = { "recording.deleted", "recording.trashed" },
    ["payload.operator|re"] = ".",
  },
}

function rule(event)
  return not zoom.is_service_account(event, zoom.operator_of(event))
end

-- A meeting that happens again has the same number, and another uuid.
function unique(event)
  return zoom.text_of(zoom.object_value(event, "uuid")) or zoom.meeting_of(event)
end

function alert_context(event)
  return { first = zoom.meeting_of(event), operator = zoom.operator_of(event) }
end

tests {
  { name = "fifteen within a day", alerts = { { match_count = 15,
    title = "Recordings of many meetings removed by homer@example.com" } }, events = {
    { fixture = "zoom/webhook/recording/trashed.json", times = 15, every = "1h",
      set = { ["payload.object.uuid"] = "u{n}" } },
  } },
  { name = "one meeting's files", alerts = 0, events = {
    { fixture = "zoom/webhook/recording/trashed.json", times = 20, every = "1m" },
  } },
  { name = "recovered", fixture = "zoom/webhook/recording/recovered.json", expect = false },
  { name = "by a program", fixture = "zoom/webhook/recording/trashed.json", expect = false,
    set = { event = "recording.deleted", ["payload.operator"] = "homer@example.com" },
    mocks = { ["event:lookup"] = { service_accounts = { ["homer@example.com"] = { value = true } } } } },
  { name = "by nobody", fixture = "zoom/webhook/recording/trashed.json", unset = { "payload.operator" },
    expect = false },
}
