local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.API.Credentials.Changed",
  display_name = "Zoom API credentials created or renewed",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "guess",
  pack = "zoom-core",
  description = "Credentials for Zoom's API were created or renewed. A server-to-server app does not "
    .. "belong to a person, has no second factor, and can read the whole account within its scopes.\n\n"
    .. "False positives: a new integration, or a secret that is renewed regularly.",
  runbook = "1. Ask the operator which system uses the credentials, and who keeps them.\n"
    .. "2. Check the scopes of the app.\n"
    .. "3. If nobody can explain it: deactivate the app.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.API.Credentials.Changed --except operator=OPERATOR --reason TICKET` leaves out what "
    .. "is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.001", "TA0006:T1528" } },
  tags = { "Zoom", "Apps" },
  summary_attributes = { "operator" },
  dedup = "{operator or 'an unknown operator'} {operation_detail}",
  alert_context = { detail = "operation_detail" },
  where = {
    category_type = { "Account", "Marketplace", "App*", "Integration" },
    ["action|re|i"] = "^(?!.*(?:delete|remove|revoke|search|export))",
    ["operation_detail|contains"] = { "api ", "client secret", "server-to-server oauth", "jwt " },
    ["operation_detail|re|i"] =
      "\\b(?:api (?:key|secret|credential|token)s?|client secret|"
        .. "server-to-server oauth|jwt (?:app|secret))\\b",
  },
}

-- Who reads a secret has it. Who looks at a list of keys has not.
function rule(event)
  return not re.find(zoom.text_of(event.action) or "", "(?i)view")
    or re.find(event.operation_detail, "(?i)\\bsecret\\b") ~= nil
end

function title(event)
  return ("API credentials %s by %s"):format(
    re.find(zoom.text_of(event.action) or "", "(?i)view") and "read" or "created or renewed",
    zoom.operator_of(event))
end

-- A second app's credentials within the hour are another alert.
tests {
  { name = "created", fixture = "zoom/operation/api_key_created.json", expect = true,
    title = "API credentials created or renewed by homer@example.com" },
  { name = "renewed", fixture = "zoom/operation/api_secret_regenerated.json", expect = true },
  { name = "deleted", fixture = "zoom/operation/api_key_created.json",
    set = { action = "Delete", operation_detail = "API  - Delete API Key: Nightly export" },
    expect = false },
  { name = "in the category User", fixture = "zoom/operation/api_key_created.json",
    set = { category_type = "User" }, expect = false },
  { name = "letters within another word", fixture = "zoom/operation/api_in_a_word.json",
    expect = false },
  { name = "in the category Marketplace", fixture = "zoom/operation/api_key_created.json",
    set = { category_type = "Marketplace" }, expect = true },
  { name = "in the category App Marketplace", fixture = "zoom/operation/api_key_created.json",
    set = { category_type = "App Marketplace" }, expect = true },
  { name = "in the category Integration", fixture = "zoom/operation/api_key_created.json",
    set = { category_type = "Integration" }, expect = true },
  { name = "keys looked at", fixture = "zoom/operation/api_key_created.json", expect = false,
    set = { action = "View", operation_detail = "View API Keys" } },
  { name = "a secret looked at", fixture = "zoom/operation/api_key_created.json", expect = true,
    set = { action = "View", operation_detail = "View Client Secret of App x" },
    title = "API credentials read by homer@example.com" },
}
