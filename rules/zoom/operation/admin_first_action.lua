metadata {
  id = "Zoom.Admin.First.Action",
  display_name = "First change by a Zoom admin",
  log_types = { "Zoom.Operation" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-extended",
  description = "Somebody changed something in the account for the first time, or for the first "
    .. "time in ninety days. New admins are rare, and you should know each of them.\n\n"
    .. "False positives: new people in the team that runs Zoom. In the first fourteen days of "
    .. "records the rule only learns and opens no alert.",
  runbook = "1. Who gave this person their role, and why?\n"
    .. "2. Check what they changed, and where they signed in from.\n"
    .. "3. If nobody can explain it: remove the role and end their sessions.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Admin.First.Action --except operator=OPERATOR --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.003", "TA0001:T1078.004" } },
  tags = { "Zoom", "Roles", "Stateful" },
  summary_attributes = { "operator" },
  alert_context = { detail = "operation_detail" },
  where = {
    -- Every user, not only an admin, manages their own recordings and webinars.
    ["category_type|neq"] = { "Recording", "Webinar" },
  },
  new_value = { of = "operator" },
  title = "First change in the account by {operator}",
  dedup = "operator",
}

tests {
  { name = "a new admin, after three weeks",
    alerts = { { title = "First change in the account by bart@example.com" } },
    events = {
      { fixture = "zoom/operation/two_factor_disabled.json" },
      { fixture = "zoom/operation/user_added.json", after = "21d" },
      { fixture = "zoom/operation/group_added.json", after = "10m",
        set = { operator = "bart@example.com" } },
      { fixture = "zoom/operation/group_deleted.json", after = "10m",
        set = { operator = "Bart@example.com" } },
    } },
  { name = "a new admin in the first days", alerts = 0, events = {
    { fixture = "zoom/operation/two_factor_disabled.json" },
    { fixture = "zoom/operation/user_added.json", after = "2d",
      set = { operator = "bart@example.com" } },
  } },
  { name = "an admin who returns after half a year", expect = true, events = {
    { fixture = "zoom/operation/two_factor_disabled.json",
      set = { operator = "bart@example.com" } },
    { fixture = "zoom/operation/user_added.json", times = 9, every = "20d" },
    { fixture = "zoom/operation/group_added.json", after = "1d",
      set = { operator = "bart@example.com" } },
  } },
  { name = "the usual admin", expect = false, events = {
    { fixture = "zoom/operation/user_added.json", times = 10, every = "20d" },
  } },
  { name = "a user who deletes their own recording", expect = false, events = {
    { fixture = "zoom/operation/two_factor_disabled.json" },
    { fixture = "zoom/operation/recording_deleted.json", after = "30d",
      set = { operator = "lisa@example.com" } },
  } },
  { name = "an unknown operator", expect = false, events = {
    { fixture = "zoom/operation/user_added.json" },
    { fixture = "zoom/operation/passcode_disabled_empty_operator.json", after = "30d" },
  } },
  { name = "a host of webinars", expect = false, events = {
    { fixture = "zoom/operation/user_added.json" },
    { fixture = "zoom/operation/recording_deleted.json", after = "90d",
      set = { operator = "lisa@example.com", category_type = "Webinar" } },
  } },
}
