metadata {
  id = "Zoom.Recording.Deleted",
  display_name = "Zoom recording deleted",
  log_types = { "Zoom.Operation" },
  severity = "info",
  evidence = "sample",
  pack = "zoom-audit",
  create_alert = false,
  description = "A recording was deleted. This happens every day, so the rule opens no alert: it "
    .. "records the event for correlations and searches.\n\n"
    .. "False positives: nearly every match.",
  runbook = "1. A single event needs no action.\n"
    .. "2. If it is part of an alert: ask the operator why.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1485" } },
  tags = { "Zoom", "Signals" },
  summary_attributes = { "operator" },
  title = "Recording deleted by {operator or 'an unknown operator'}",
  where = {
    category_type = "Recording",
    ["action|contains"] = "Delete",
  },
}

tests {
  { name = "the operation itself", fixture = "zoom/operation/recording_deleted.json", expect = true,
    title = "Recording deleted by homer@example.com" },
  { name = "another operation", fixture = "zoom/operation/recording_made_public.json",
    expect = false },
  { name = "a setting changed", fixture = "zoom/operation/two_factor_disabled.json",
    expect = false },
}
