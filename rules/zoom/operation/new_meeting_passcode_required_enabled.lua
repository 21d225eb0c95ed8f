metadata {
  id = "Zoom.New.Meeting.Passcode.Required.Enabled",
  display_name = "Zoom passcode required for new meetings again",
  log_types = { "Zoom.Operation" },
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  create_alert = false,
  description = "An admin turned on \"Require a passcode when scheduling new meetings\" for the "
    .. "whole account. The rule records this so that a correlation can report when it does not "
    .. "happen.\n\n"
    .. "False positives: none; the rule opens no alert.",
  runbook = "1. A single event needs no action.\n"
    .. "2. If it did not happen: see Zoom.Passcode.Requirement.Not.Restored.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1125" } },
  tags = { "Zoom", "Signals" },
  summary_attributes = { "operator" },
  title = "Passcode required for new meetings: turned on by {operator or 'an unknown operator'}",
  where = {
    category_type = "Account",
    ["action|re|i"] = "update|edit|change|enable",
    ["operation_detail|re|i"] = "require a pass(?:code|word) when scheduling new meetings: "
      .. "(?:from )?(?:(?:off|disabled) to |set to )(?:on|enabled)",
  },
}

tests {
  { name = "turned on", fixture = "zoom/operation/new_meeting_passcode_enabled.json",
    expect = true,
    title = "Passcode required for new meetings: turned on by homer@example.com" },
  { name = "turned off", fixture = "zoom/operation/new_meeting_passcode_disabled.json",
    expect = false },
  { name = "another setting turned on", fixture = "zoom/operation/two_factor_enabled.json",
    expect = false },
  { name = "another action", fixture = "zoom/operation/new_meeting_passcode_enabled.json",
    set = { action = "Add" },
    expect = false },
  { name = "in another category", fixture = "zoom/operation/new_meeting_passcode_enabled.json",
    set = { category_type = "User Group" }, expect = false },
  { name = "in other words", fixture = "zoom/operation/new_meeting_passcode_enabled.json", expect = true,
    set = { action = "Edit", operation_detail = "Security  - Require a passcode when scheduling new "
      .. "meetings: from Disabled to Enabled" } },
}
