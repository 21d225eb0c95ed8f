local zoom = require "zoom"

metadata {
  id = "Zoom.Recording.Deleted",
  display_name = "Zoom recording deleted",
  log_types = { "Zoom.Operation" },
  severity = "info",
  create_alert = false,
  description = "A recording was deleted. This happens every day: the rule records it for "
    .. "correlations and searches, and alerts nobody. Zoom does not document how its log names "
    .. "this, so the rule looks for the category and the action alone.\n\n"
    .. "False positives: nearly all of them.",
  runbook = "1. Nothing needs to be done about one alone.\n"
    .. "2. When it is part of an alert: ask the operator why.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1485" } },
  tags = { "Zoom", "Signals" },
  summary_attributes = { "operator" },
  dedup_period_minutes = 60,
  where = {
    category_type = "Recording",
    action = "Delete",
  },
}

function title(event)
  return "Recording deleted by " .. zoom.operator_of(event)
end

tests {
  { name = "it happened", fixture = "zoom/operation/recording_deleted.json", expect = true,
    title = "Recording deleted by homer@example.com" },
  { name = "something else happened", fixture = "zoom/operation/recording_made_public.json",
    expect = false },
  { name = "a setting changed", fixture = "zoom/operation/two_factor_disabled.json",
    expect = false },
}
