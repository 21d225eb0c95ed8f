local people = require "zoom.people"
local webhook = require "zoom.webhook"

metadata {
  id = "Zoom.ContactCenter.Recordings.Many.Downloaded",
  display_name = "Many Zoom Contact Center recordings downloaded",
  log_types = { "Zoom.ContactCenterOperation" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-extended",
  story = { "p_actor" },
  description = "One person downloaded twenty or more recordings, transcripts or messages of "
    .. "conversations with customers within a day. These hold card numbers, addresses and "
    .. "complaints.\n\n"
    .. "False positives: quality control, and archiving by hand or by a program.",
  runbook = "1. Ask the person what the recordings are for, and where they are now.\n"
    .. "2. Check whose conversations they are.\n"
    .. "3. If nobody can explain it: end the person's sessions, remove the privilege, and "
    .. "inform whoever is responsible for data protection.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.ContactCenter.Recordings.Many.Downloaded --except operator=OPERATOR --reason "
    .. "TICKET` leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/contact-center/",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1530", "TA0010:T1567" } },
  tags = { "Zoom", "Contact center" },
  summary_attributes = { "operator" },
  threshold = 20,
  dedup_period_minutes = 24 * 60,
  title = "Many contact center recordings downloaded by {operator or 'an unknown operator'}",
  dedup = "operator",
  where = {
    ["action|contains"] = "Download",
  },
}

function rule(event)
  return not people.is_service_account(event, event.operator)
end

function unique(event)
  return webhook.text_of(event.object_id) or webhook.text_of(event.operation_detail)
end

function alert_context(event)
  return { category = event.category, first = event.operation_detail, team = event.team_name }
end

tests {
  { name = "one", fixture = "zoom/contact_center_operation/recording_downloaded.json", expect = true,
    title = "Many contact center recordings downloaded by lisa.simpson@example.com" },
  { name = "twenty within a day", alerts = { { match_count = 20 } }, events = {
    { fixture = "zoom/contact_center_operation/recording_downloaded.json", times = 20, every = "1h",
      set = { object_id = "r{n}" } },
  } },
  { name = "one repeatedly", alerts = 0, events = {
    { fixture = "zoom/contact_center_operation/recording_downloaded.json", times = 25, every = "1m" },
  } },
  { name = "by a program", fixture = "zoom/contact_center_operation/recording_downloaded.json",
    expect = false,
    mocks = { ["event:lookup"] = {
      service_accounts = { ["lisa.simpson@example.com"] = { value = true } } } } },
  { name = "a key", fixture = "zoom/contact_center_operation/api_key_generated.json", expect = false },
}
