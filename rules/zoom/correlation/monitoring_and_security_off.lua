correlation {
  id = "Zoom.Evasion.Monitoring.And.Security.Off",
  display_name = "Zoom monitoring cut off and security settings weakened",
  severity = "critical",
  evidence = "documented",
  pack = "zoom-core",
  story = { "steps.monitoring.events.actor", "steps.security.events.actor" },
  description = "Within 26 hours, monitoring was cut off (a webhook endpoint changed, an app "
    .. "removed, chats no longer kept) and a security setting was turned off, in either "
    .. "order, by whomever.\n\n"
    .. "False positives: a large planned change of the account.",
  runbook = "1. Call the people who run Zoom.\n"
    .. "2. First restore the endpoint or the app, so that monitoring works again.\n"
    .. "3. Undo the other changes, and treat the operators' accounts as taken over.\n"
    .. "4. `margay search --indicator NAME --since 7d` shows what else each person did; `margay "
    .. "alerts list` shows the alerts of the steps.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0112:T1685.002", "TA0112:T1685" } },
  tags = { "Zoom", "Monitoring", "Takeover" },
  group = {
    { id = "monitoring", rule = {
      "Zoom.Webhook.Endpoint.Changed", "Zoom.App.Deauthorized", "Zoom.Chat.Retention.Disabled",
    } },
    { id = "security", rule = {
      "Zoom.Two.Factor.Authentication.Disabled", "Zoom.SSO.Settings.Changed",
      "Zoom.IP.Allow.List.Changed", "Zoom.Account.Settings.Weakened",
      "Zoom.End.To.End.Encryption.Disabled", "Zoom.Sign.In.Method.Modified",
      "Zoom.All.Meetings.Secured.With.One.Option.Disabled",
    } },
  },
  within_minutes = 26 * 60,
}

function title()
  return "Monitoring cut off and security settings weakened"
end

tests {
  { name = "security first, then monitoring", events = {
    { fixture = "zoom/operation/two_factor_disabled.json" },
    { fixture = "zoom/operation/webhook_endpoint_changed.json", after = "90m" },
  }, alerts = { { title = "Monitoring cut off and security settings weakened" } } },
  { name = "monitoring first, reported by a webhook", alerts = 1, events = {
    { fixture = "zoom/webhook/account/app_deauthorized.json" },
    { fixture = "zoom/operation/sso_settings_changed.json", after = "10m" },
  } },
  { name = "only monitoring", alerts = 0, events = {
    { fixture = "zoom/operation/webhook_endpoint_changed.json", times = 3, every = "10m" },
  } },
  { name = "two days apart", alerts = 0, events = {
    { fixture = "zoom/operation/two_factor_disabled.json" },
    { fixture = "zoom/operation/webhook_endpoint_changed.json", after = "2d" },
  } },
  { name = "a day and an hour apart, by two people", alerts = 1, events = {
    { fixture = "zoom/operation/two_factor_disabled.json" },
    { fixture = "zoom/operation/webhook_endpoint_changed.json", after = "25h",
      set = { operator = "bart@example.com" } },
  } },
}
