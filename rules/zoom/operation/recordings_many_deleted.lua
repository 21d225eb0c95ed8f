local recording = require "recording"

metadata {
  id = "Zoom.Recordings.Many.Deleted",
  display_name = "Many Zoom recordings deleted",
  log_types = { "Zoom.Operation", "Zoom.Recording" },
  severity = "high",
  evidence = "sample",
  pack = "zoom-extended",
  story = { "p_actor" },
  description = "One person deleted or trashed ten or more recordings within a day, one by one. That is "
    .. "how evidence is destroyed, and what some people do before they leave. The report and webhooks "
    .. "say the same; a meeting whose number both have counts once. "
    .. "Zoom.Recordings.Removed.In.Batch reports batches.\n\n"
    .. "False positives: a clean-up of old recordings; deletions by retention rules leave no such "
    .. "records.",
  runbook = "1. Ask the operator why they deleted the recordings.\n"
    .. "2. Recover important recordings from the trash (Recordings, Trash), which keeps them for "
    .. "30 days.\n"
    .. "3. Check which recordings were shared or downloaded before.\n"
    .. "4. If nobody can explain it: remove the operator's right to delete recordings.\n"
    .. "5. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Recordings.Many.Deleted --except operator=OPERATOR --except "
    .. "payload.operator=OPERATOR --reason TICKET` leaves out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1485", "TA0005:T1070" } },
  tags = { "Zoom", "Recordings" },
  summary_attributes = { "operator" },
  threshold = 10,
  dedup_period_minutes = 24 * 60,
  title = "Many recordings deleted by {operator or payload.operator or 'an unknown operator'}",
  dedup = "operator or payload.operator",
  patterns = { number = recording.NUMBER },
  unique = "payload.object.id or number in operation_detail",
  alert_context = {
    operator = "operator or payload.operator",
    first_change = "operation_detail or payload.object.topic",
  },
  where = {
    { category_type = "Recording", ["action|contains"] = "Delete" },
    {
      event = { "recording.deleted", "recording.trashed" },
      ["payload.operator|re"] = ".",
      ["payload.operator|lookup|neq"] = "service_accounts",
    },
  },
}

-- Of what has no such number: each recording counts once, if the record names it.
function unique(event)
  return recording.key_of(event)
end

tests {
  { name = "a single match", fixture = "zoom/operation/recording_deleted.json", expect = true,
    title = "Many recordings deleted by homer@example.com", dedup = "homer@example.com" },
  { name = "ten whose details do not name them", alerts = { { match_count = 10 } }, events = {
    { fixture = "zoom/operation/recording_deleted.json", times = 10, every = "1m",
      set = { operation_detail = "Delete Recording" } },
  } },
  { name = "one an hour", alerts = { { match_count = 10 } }, events = {
    { fixture = "zoom/operation/recording_deleted.json", times = 10, every = "1h",
      set = { operation_detail = "Delete Recording  - Topic: Budget {n}" } },
  } },
  { name = "ten within two days", alerts = 0, events = {
    { fixture = "zoom/operation/recording_deleted.json", times = 10, every = "5h",
      set = { operation_detail = "Delete Recording  - Topic: Budget {n}" } },
  } },
  { name = "ten within the hour", alerts = { { match_count = 10 } }, events = {
    { fixture = "zoom/operation/recording_deleted.json", times = 10, every = "6m",
      set = { operation_detail = "Delete Recording  - Meeting ID: {n} - Topic: Budget" } },
  } },
  { name = "nine, and one by somebody else", alerts = 0, events = {
    { fixture = "zoom/operation/recording_deleted.json", times = 9,
      set = { operation_detail = "Delete Recording  - Meeting ID: {n} - Topic: Budget" } },
    { fixture = "zoom/operation/recording_deleted.json", set = { operator = "bart@example.com" } },
  } },
  { name = "one recording repeatedly", alerts = 0, events = {
    { fixture = "zoom/operation/recording_deleted.json", times = 20 },
  } },
  { name = "ten by webhooks, then by the report, too", alerts = { { match_count = 19,
    title = "Many recordings deleted by homer@example.com" } }, events = {
    { fixture = "zoom/webhook/recording/trashed.json", times = 9, every = "1m",
      set = { ["payload.object.id"] = "8200{n}" } },
    { fixture = "zoom/operation/recording_deleted.json", times = 10, every = "1m",
      set = { operation_detail = "Delete Recording  - Meeting ID: 820 0{n} - Topic: Budget" } },
  } },
  { name = "nine by webhooks and by the report", alerts = 0, events = {
    { fixture = "zoom/webhook/recording/trashed.json", times = 9, every = "1m",
      set = { ["payload.object.id"] = "8200{n}" } },
    { fixture = "zoom/operation/recording_deleted.json", times = 9, every = "1m",
      set = { operation_detail = "Delete Recording  - Meeting ID: 820 0{n} - Topic: Budget" } },
  } },
  { name = "one meeting's files, by webhooks", alerts = 0, events = {
    { fixture = "zoom/webhook/recording/trashed.json", times = 20, every = "1m" },
  } },
  { name = "recovered", fixture = "zoom/webhook/recording/recovered.json", expect = false },
  { name = "by a program", fixture = "zoom/webhook/recording/trashed.json", expect = false,
    set = { event = "recording.deleted", ["payload.operator"] = "homer@example.com" },
    mocks = { ["event:lookup"] = { service_accounts = { ["homer@example.com"] = { value = true } } } } },
  { name = "by a program whose name has capitals", fixture = "zoom/webhook/recording/trashed.json",
    expect = false, set = { ["payload.operator"] = "Homer@Example.com" },
    mocks = { ["event:lookup"] = { service_accounts = { ["homer@example.com"] = { value = true } } } } },
  { name = "by nobody", fixture = "zoom/webhook/recording/trashed.json", unset = { "payload.operator" },
    expect = false },
  { name = "a recording shared", fixture = "zoom/operation/recording_made_public.json",
    expect = false },
  { name = "a user deleted", fixture = "zoom/operation/user_deleted.json", expect = false },
}
