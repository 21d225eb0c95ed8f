local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.ContactCenter.Many.Unmasked",
  display_name = "Many masked Zoom Contact Center values shown",
  log_types = { "Zoom.ContactCenterOperation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "One person made ten or more masked values of customers visible within a day: numbers, "
    .. "names or messages that the contact center hides.\n\n"
    .. "False positives: supervisors who work on complaints.",
  runbook = "1. Ask the person which complaints they work on.\n"
    .. "2. Compare the customers with those complaints.\n"
    .. "3. If nobody can explain it: remove the privilege, and inform whoever is responsible "
    .. "for data protection.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.ContactCenter.Many.Unmasked --except operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/contact-center/",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1213" } },
  tags = { "Zoom", "Contact center" },
  summary_attributes = { "operator" },
  threshold = 10,
  dedup_period_minutes = 24 * 60,
  title = "Many masked values of customers shown to {operator or 'an unknown operator'}",
  dedup = "operator",
  where = {
    ["action|contains"] = "Unmask",
  },
}

function unique(event)
  return zoom.text_of(event.object_id) or zoom.text_of(event.operation_detail)
end

function alert_context(event)
  return { category = event.category, first = event.operation_detail, team = event.team_name }
end

tests {
  { name = "one", fixture = "zoom/contact_center_operation/recording_downloaded.json", expect = true,
    set = { action = "Unmask" },
    title = "Many masked values of customers shown to lisa.simpson@example.com" },
  { name = "ten within a day", alerts = { { match_count = 10 } }, events = {
    { fixture = "zoom/contact_center_operation/recording_downloaded.json", times = 10, every = "1h",
      set = { action = "Unmask", object_id = "c{n}" } },
  } },
  { name = "one repeatedly", alerts = 0, events = {
    { fixture = "zoom/contact_center_operation/recording_downloaded.json", times = 20, every = "1m",
      set = { action = "Unmask" } },
  } },
  { name = "a download", fixture = "zoom/contact_center_operation/recording_downloaded.json",
    expect = false },
}
