local zoom = require "zoom"

metadata {
  id = "Zoom.API.Credentials.Changed",
  display_name = "Zoom API credentials created or renewed",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  description = "Credentials for Zoom's API were created or renewed. A server-to-server app is "
    .. "not bound to a person, knows no second factor, and can read the whole account within "
    .. "its scopes. Zoom does not document how its log words this, so the rule looks for the "
    .. "words themselves.\n\n"
    .. "False positives: a new integration, or a secret that is renewed in turn.",
  runbook = "1. Ask the operator which system uses the credentials, and who keeps them.\n"
    .. "2. Look at the scopes of the app.\n"
    .. "3. If nobody can explain it: deactivate the app.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.001", "TA0006:T1528" } },
  tags = { "Zoom", "Apps" },
  summary_attributes = { "operator" },
  dedup_period_minutes = 60,
  where = {
    category_type = { "Account", "Marketplace", "App*", "Integration" },
    ["action|neq"] = "*Delete",
    ["operation_detail|re|i"] =
      "\\b(?:api (?:key|secret|credential|token)s?|client secret|"
        .. "server-to-server oauth|jwt (?:app|secret))\\b",
  },
}

function title(event)
  return "API credentials created or renewed by " .. zoom.operator_of(event)
end

function alert_context(event)
  return { detail = event.operation_detail }
end

tests {
  { name = "created", fixture = "zoom/operation/api_key_created.json", expect = true,
    title = "API credentials created or renewed by homer@example.com" },
  { name = "renewed", fixture = "zoom/operation/api_secret_regenerated.json", expect = true },
  { name = "deleted", fixture = "zoom/operation/api_key_created.json",
    set = { action = "Delete", operation_detail = "API  - Delete API Key: Nightly export" },
    expect = false },
  { name = "a user of another category", fixture = "zoom/operation/api_key_created.json",
    set = { category_type = "User" }, expect = false },
  { name = "letters within another word", fixture = "zoom/operation/api_in_a_word.json",
    expect = false },
  { name = "told of the Marketplace", fixture = "zoom/operation/api_key_created.json",
    set = { category_type = "Marketplace" }, expect = true },
  { name = "told of the App Marketplace", fixture = "zoom/operation/api_key_created.json",
    set = { category_type = "App Marketplace" }, expect = true },
  { name = "told of an integration", fixture = "zoom/operation/api_key_created.json",
    set = { category_type = "Integration" }, expect = true },
}
