local zoom = require "zoom"

local MANY = 3

metadata {
  id = "Zoom.Security.Settings.Disabled.At.Once",
  display_name = "Several Zoom security settings turned off at once",
  log_types = { "Zoom.Operation" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "One admin turned off three or more security settings, of the account or of a group, "
    .. "and saved them together. Zoom reports that in one record, which counts only once for "
    .. "Zoom.Security.Settings.Many.Disabled.\n\n"
    .. "False positives: a large planned change.",
  runbook = "1. Call the operator.\n"
    .. "2. List the settings from the events of this alert.\n"
    .. "3. Check the operator's sign-ins of the last day.\n"
    .. "4. If nobody can explain it: turn the settings back on and lock them; end the operator's "
    .. "sessions and reset their password.\n"
    .. "5. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Security.Settings.Disabled.At.Once --except operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0112:T1685", "TA0003:T1556" } },
  tags = { "Zoom", "Account settings", "Groups" },
  summary_attributes = { "operator" },
  dedup = "operator",
  where = {
    category_type = { "Account", "User Group" },
    ["action|contains"] = zoom.CHANGING,
    ["operation_detail|contains"] = "On to Off" .. ("*On to Off"):rep(MANY - 1),
  },
}

function rule(event)
  return #zoom.security_turned_off(event) >= MANY
end

function title(event)
  return ("Security settings turned off at once by %s: %s"):format(zoom.operator_of(event),
    zoom.settings_in_words(zoom.security_turned_off(event)))
end

function alert_context(event)
  return { changes = zoom.security_turned_off(event) }
end

tests {
  { name = "three in one record", fixture = "zoom/operation/several_security_changes.json",
    set = { operation_detail = "In Meeting  - Waiting Room: from On to Off - "
      .. "Meeting Passcode: from On to Off - Require Encryption for 3rd Party Endpoints "
      .. "(SIP/H.323): from On to Off - File transfer: from On to Off" },
    expect = true, dedup = "homer@example.com",
    title = "Security settings turned off at once by homer@example.com: Waiting Room, "
      .. "Meeting Passcode, Require Encryption for 3rd Party Endpoints (SIP/H.323)",
    alert_context = { changes = {
      { section = "In Meeting", setting = "Waiting Room", from = "On", to = "Off" },
      { section = "In Meeting", setting = "Meeting Passcode", from = "On", to = "Off" },
      { section = "In Meeting",
        setting = "Require Encryption for 3rd Party Endpoints (SIP/H.323)",
        from = "On", to = "Off" },
    } } },
  { name = "three in one record of a group",
    fixture = "zoom/operation/waiting_room_off_for_group.json",
    set = { operation_detail = "Edit Group North-East  - Waiting Room: ON to OFF - "
      .. "Meeting Passcode: ON to OFF - Watermark: ON to OFF" }, expect = true },
  { name = "two turned off and one turned on", expect = false,
    fixture = "zoom/operation/several_security_changes.json",
    set = { operation_detail = "In Meeting  - Waiting Room: from On to Off - "
      .. "Meeting Passcode: from On to Off - Watermark: from Off to On" } },
  { name = "one turned off", fixture = "zoom/operation/two_factor_disabled.json", expect = false },
  { name = "one turned on", fixture = "zoom/operation/two_factor_enabled.json", expect = false },
  { name = "in the category User", fixture = "zoom/operation/two_factor_disabled.json",
    set = { category_type = "User" }, expect = false },
  { name = "another action", fixture = "zoom/operation/several_security_changes.json",
    set = { action = "Add" }, expect = false },
  { name = "three that are not about security", fixture = "zoom/operation/several_security_changes.json",
    expect = false, set = { operation_detail = "In Meeting  - Play a sound: from On to Off - "
      .. "Meeting reactions: from On to Off - Snooze: from On to Off" } },
}
