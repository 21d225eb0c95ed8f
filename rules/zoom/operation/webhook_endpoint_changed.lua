local zoom = (require "zoom.detail").rules

metadata {
  id = "Zoom.Webhook.Endpoint.Changed",
  display_name = "Zoom webhook endpoint changed",
  log_types = { "Zoom.Operation" },
  severity = "high",
  evidence = "guess",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "The address to which Zoom sends events was changed, or an event subscription was "
    .. "added. The new receiver learns about meetings, chats and recordings, and your monitoring may "
    .. "no longer receive events.\n\n"
    .. "False positives: monitoring that moves to another address, or a new integration.",
  runbook = "1. Ask the operator who owns the new address.\n"
    .. "2. Check that your own subscriptions still receive events.\n"
    .. "3. Check what else the operator changed in the same hour, and where they signed in "
    .. "from.\n"
    .. "4. If nobody can explain it: restore the address and renew the secret token.\n"
    .. "5. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Webhook.Endpoint.Changed --except operator=OPERATOR --reason TICKET` leaves out what "
    .. "is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0112:T1685.002", "TA0010:T1567.004" } },
  tags = { "Zoom", "Apps", "Monitoring" },
  summary_attributes = { "operator" },
  title = "Webhook endpoint changed by {operator or 'an unknown operator'}: {operation_detail}",
  dedup = "{operator or 'an unknown operator'} {operation_detail}",
  where = {
    category_type = { "Account", "Marketplace", "App*", "Integration" },
    ["operation_detail|contains"] = { "webhook", "event subscription", "notification endpoint" },
    ["operation_detail|re|i"] = "\\b(?:webhooks?|event subscriptions?|notification endpoint)\\b",
    ["action|re|i"] = "^(?!.*(?:view|export|download|search))",
  },
}

local WORDS = "(?i)\\b(?:webhooks?|event subscriptions?|notification endpoint)\\b"

-- The name of an app may contain the words, too.
function rule(event)
  return re.find(re.gsub(event.operation_detail, "(?i)\\bapp name: (?:(?! - ).)*", ""), WORDS) ~= nil
end

-- An endpoint as in the ticket must not hide the next one within the hour.
function alert_context(event)
  return { changes = zoom.setting_changes(event), detail = event.operation_detail }
end

tests {
  { name = "an app that is named so", fixture = "zoom/operation/webhook_endpoint_changed.json",
    expect = false, set = { category_type = "Marketplace",
      operation_detail = "Update App  - App Name: Webhook Helper - Icon: set to new.png" } },
  { name = "another address", fixture = "zoom/operation/webhook_endpoint_changed.json",
    expect = true,
    title = "Webhook endpoint changed by homer@example.com: "
      .. "Event Subscription SIEM  - Event notification endpoint URL: from "
      .. "https://siem.example.com/zoom to https://collect.example.net/zoom",
    alert_context = { detail = "Event Subscription SIEM  - Event notification endpoint URL: from "
      .. "https://siem.example.com/zoom to https://collect.example.net/zoom", changes = {
      { section = "Event Subscription SIEM", setting = "Event notification endpoint URL",
        from = "https://siem.example.com/zoom", to = "https://collect.example.net/zoom" },
    } } },
  { name = "a group named after webhooks", fixture = "zoom/operation/webhook_in_group_name.json",
    expect = false },
  { name = "another setting", fixture = "zoom/operation/two_factor_disabled.json",
    expect = false },
  { name = "in the category Marketplace", fixture = "zoom/operation/webhook_endpoint_changed.json",
    set = { category_type = "Marketplace" }, expect = true },
  { name = "in the category App Marketplace",
    fixture = "zoom/operation/webhook_endpoint_changed.json",
    set = { category_type = "App Marketplace" }, expect = true },
  { name = "in the category Integration", fixture = "zoom/operation/webhook_endpoint_changed.json",
    set = { category_type = "Integration" }, expect = true },
  { name = "looked at", fixture = "zoom/operation/webhook_endpoint_changed.json", set = { action = "View" },
    expect = false },
}
