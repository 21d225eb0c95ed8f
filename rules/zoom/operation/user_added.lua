local zoom = require "zoom"

metadata {
  id = "Zoom.User.Added",
  display_name = "Zoom user added",
  log_types = { "Zoom.Operation" },
  severity = "info",
  create_alert = false,
  description = "A user was added. This happens every day: the rule records it for correlations "
    .. "and searches, and alerts nobody. Zoom does not document how its log names this, so the "
    .. "rule looks for the category and the action alone.\n\n"
    .. "False positives: nearly all of them.",
  runbook = "1. Nothing needs to be done about one alone.\n"
    .. "2. When it is part of an alert: ask the operator why.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1136.003" } },
  tags = { "Zoom", "Signals" },
  summary_attributes = { "operator" },
  dedup_period_minutes = 60,
  where = {
    category_type = "User",
    action = { "Add", "SCIM API - Create" },
  },
}

function title(event)
  return "User added by " .. zoom.operator_of(event)
end

function alert_context(event)
  return { user = zoom.user_of(event) }
end

tests {
  { name = "it happened", fixture = "zoom/operation/user_added.json", expect = true,
    title = "User added by homer@example.com", alert_context = { user = "maggie@example.com" } },
  { name = "something else happened", fixture = "zoom/operation/user_deleted.json",
    expect = false },
  { name = "a setting changed", fixture = "zoom/operation/two_factor_disabled.json",
    expect = false },
  { name = "through SCIM", fixture = "zoom/operation/user_added.json",
    set = { action = "SCIM API - Create" }, expect = true },
}
