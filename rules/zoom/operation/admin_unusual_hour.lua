metadata {
  id = "Zoom.Admin.Unusual.Hour",
  display_name = "Zoom admin active at an unusual hour",
  log_types = { "Zoom.Operation" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-extended",
  description = "An admin changed the account's settings, roles or plan at an hour (UTC) that is "
    .. "more than two hours away from every hour at which they did so in the last ninety days. "
    .. "Somebody who uses a stolen account keeps their own working hours.\n\n"
    .. "False positives: incidents at night, and people who travel. In the first month of each "
    .. "admin the rule only learns and opens no alert.",
  runbook = "1. Check the address of the admin's last sign-in.\n"
    .. "2. Ask the admin through a channel other than Zoom or email.\n"
    .. "3. If they did not make the change: end their sessions, reset their password, and undo "
    .. "the change.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Admin.Unusual.Hour --except operator=OPERATOR --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004" } },
  tags = { "Zoom", "Roles", "Stateful" },
  summary_attributes = { "operator" },
  alert_context = { category = "category_type", detail = "operation_detail" },
  where = {
    category_type = { "Account", "Role", "Billing", "Sub Account" },
  },
  -- Working up to two hours earlier or later is not unusual.
  unusual_hour = { per = "operator" },
  title = "{operator} changed something at {answer:hour}:00 UTC, which is unusual",
  dedup = "operator",
}

tests {
  { name = "at night, after a month of changes by day", events = {
    { fixture = "zoom/operation/two_factor_disabled.json", times = 5, every = "10d",
      set = { time = "2024-03-21T09:00:00Z" } },
    { fixture = "zoom/operation/automatic_sign_out_disabled.json", after = "14h" },
  }, alerts = {
    { title = "homer@example.com changed something at 23:00 UTC, which is unusual" } } },
  { name = "two hours later than usual", expect = false, events = {
    { fixture = "zoom/operation/two_factor_disabled.json", times = 5, every = "10d",
      set = { time = "2024-03-21T09:00:00Z" } },
    { fixture = "zoom/operation/automatic_sign_out_disabled.json", after = "2h" },
  } },
  { name = "at night in the first month", expect = false, events = {
    { fixture = "zoom/operation/two_factor_disabled.json",
      set = { time = "2024-03-21T09:00:00Z" } },
    { fixture = "zoom/operation/automatic_sign_out_disabled.json", after = "14h" },
  } },
  { name = "at the usual time", expect = false, events = {
    { fixture = "zoom/operation/two_factor_disabled.json", times = 9, every = "10d" },
  } },
  { name = "roles, plans and sub accounts at night", expect = true, events = {
    { fixture = "zoom/operation/two_factor_disabled.json", times = 5, every = "10d",
      set = { time = "2024-03-21T09:00:00Z" } },
    { fixture = "zoom/operation/role_harmless_edited.json", after = "1h" },
    { fixture = "zoom/operation/billing_licenses_raised.json", after = "1h" },
    { fixture = "zoom/operation/sub_account_added.json", after = "12h" },
  } },
  { name = "a user added, which is normal at any hour", expect = false, events = {
    { fixture = "zoom/operation/two_factor_disabled.json", times = 5, every = "10d",
      set = { time = "2024-03-21T09:00:00Z" } },
    { fixture = "zoom/operation/user_added.json", after = "14h" },
  } },
  { name = "an unknown operator", fixture = "zoom/operation/two_factor_disabled.json",
    set = { operator = "" }, expect = false },
}
