metadata {
  id = "Zoom.Admin.Dormant.Returns",
  display_name = "Dormant Zoom admin active again",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "An admin changed something after sixty days or more without a change. Attackers "
    .. "prefer accounts that nobody watches.\n\n"
    .. "False positives: people who return from leave, and admins who rarely change anything.",
  runbook = "1. Ask the admin through a channel other than Zoom or email.\n"
    .. "2. Check what they changed, and where they signed in from.\n"
    .. "3. Does this person still need the role? Remove privileges that are not used.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Admin.Dormant.Returns --except operator=OPERATOR --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004", "TA0003:T1098" } },
  tags = { "Zoom", "Roles", "Stateful" },
  summary_attributes = { "operator" },
  alert_context = { category = "category_type", detail = "operation_detail" },
  where = {
    -- Every user, not only an admin, manages their own recordings and webinars.
    ["category_type|neq"] = { "Recording", "Webinar" },
  },
  dormant = { per = "operator", at_least = "60d" },
  title = "{operator} changed something after 60 days or more without a change",
  dedup = "operator",
}

tests {
  { name = "after three months", events = {
    { fixture = "zoom/operation/user_added.json" },
    { fixture = "zoom/operation/two_factor_disabled.json", after = "90d" },
    { fixture = "zoom/operation/group_added.json", after = "1m" },
  }, alerts = { { title = "homer@example.com changed something after 60 days or more without a change",
    match_count = 1 } } },
  { name = "a user who deletes their own recording", expect = false, events = {
    { fixture = "zoom/operation/user_added.json" },
    { fixture = "zoom/operation/recording_deleted.json", after = "90d" },
  } },
  { name = "an unknown operator", expect = false, events = {
    { fixture = "zoom/operation/passcode_disabled_empty_operator.json" },
    { fixture = "zoom/operation/passcode_disabled_empty_operator.json", after = "90d" },
  } },
  { name = "every month", expect = false, events = {
    { fixture = "zoom/operation/user_added.json", times = 12, every = "30d" },
  } },
  { name = "the first change", fixture = "zoom/operation/user_added.json", expect = false },
  { name = "somebody else made a change in between", expect = true, events = {
    { fixture = "zoom/operation/user_added.json" },
    { fixture = "zoom/operation/user_added.json", after = "50d",
      set = { operator = "bart@example.com" } },
    { fixture = "zoom/operation/user_added.json", after = "50d" },
  } },
  { name = "a host of webinars", expect = false, events = {
    { fixture = "zoom/operation/user_added.json" },
    { fixture = "zoom/operation/recording_deleted.json", after = "90d",
      set = { operator = "lisa@example.com", category_type = "Webinar" } },
  } },
}
