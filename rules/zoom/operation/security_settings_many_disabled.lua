local zoom = require "zoom.setting"

metadata {
  id = "Zoom.Security.Settings.Many.Disabled",
  display_name = "Several Zoom security settings turned off",
  log_types = { "Zoom.Operation" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "One admin turned off three or more different security settings, of the account or of "
    .. "groups, within an hour, in separate records. A single change may be legitimate; several "
    .. "together may prepare an attack. Zoom.Security.Settings.Disabled.At.Once reports settings that "
    .. "are saved together.\n\n"
    .. "False positives: a large planned change.",
  runbook = "1. Call the operator.\n"
    .. "2. List the settings from the events of this alert.\n"
    .. "3. Check the operator's sign-ins of the last day.\n"
    .. "4. If nobody can explain it: turn the settings back on and lock them; end the operator's "
    .. "sessions and reset their password.\n"
    .. "5. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Security.Settings.Many.Disabled --except operator=OPERATOR --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0112:T1685", "TA0003:T1556" } },
  tags = { "Zoom", "Account settings", "Groups" },
  summary_attributes = { "operator" },
  threshold = 3,
  title = "Several security settings turned off by {operator or 'an unknown operator'}",
  dedup = "operator",
  where = {
    category_type = { "Account", "User Group" },
    ["action|contains"] = zoom.CHANGING,
    ["operation_detail|contains|all"] = "On to Off",
    ["operation_detail|contains"] = zoom.words_of_security_off(),
  },
}

function rule(event)
  return #zoom.security_turned_off(event) > 0
end

function unique(event)
  return zoom.security_turned_off(event)[1].setting:lower()
end

function alert_context(event)
  return { changes = zoom.security_turned_off(event) }
end

tests {
  { name = "one setting of the account", fixture = "zoom/operation/two_factor_disabled.json",
    expect = true,
    title = "Several security settings turned off by homer@example.com",
    dedup = "homer@example.com", alert_context = { changes = {
      { section = "Security", setting = "Sign in with Two-Factor Authentication",
        from = "On", to = "Off" },
    } } },
  { name = "one setting of a group", fixture = "zoom/operation/security_setting_off_for_group.json",
    expect = true },
  { name = "three different settings within the hour", events = {
    { fixture = "zoom/operation/two_factor_disabled.json" },
    { fixture = "zoom/operation/automatic_sign_out_disabled.json", after = "20m" },
    { fixture = "zoom/operation/security_setting_off_for_group.json", after = "20m" },
  }, alerts = { { title = "Several security settings turned off by homer@example.com" } } },
  { name = "one setting three times", alerts = 0, events = {
    { fixture = "zoom/operation/two_factor_disabled.json", times = 3, every = "5m" },
  } },
  { name = "three by two people", alerts = 0, events = {
    { fixture = "zoom/operation/two_factor_disabled.json" },
    { fixture = "zoom/operation/automatic_sign_out_disabled.json", after = "20m" },
    { fixture = "zoom/operation/security_setting_off_for_group.json", after = "20m",
      set = { operator = "bart@example.com" } },
  } },
  { name = "turned on", fixture = "zoom/operation/two_factor_enabled.json", expect = false },
  { name = "not a security setting", fixture = "zoom/operation/join_before_host_off.json",
    expect = false },
  { name = "another action", fixture = "zoom/operation/several_security_changes.json",
    set = { action = "Add" }, expect = false },
  { name = "a security setting turned on, another off", expect = false,
    fixture = "zoom/operation/several_security_changes.json",
    set = { operation_detail = "In Meeting  - Waiting Room: from Off to On"
      .. " - Play a sound: from On to Off" } },
}
