local zoom = require "zoom.setting"
local setting_tests = require "setting_tests"

local SETTING = "new_passcode"

metadata {
  id = "Zoom.New.Meeting.Passcode.Required.Disabled",
  display_name = "Zoom passcode no longer required for new meetings",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin turned off \"Require a passcode when scheduling new meetings\" for the "
    .. "whole account. New meetings can be scheduled without a passcode, so the meeting's number "
    .. "is all that an outsider needs.\n\n"
    .. "False positives: accounts that use waiting rooms or sign-in instead of passcodes.",
  runbook = "1. Ask the operator whether the change was intended, and whether waiting rooms or "
    .. "sign-in protect new meetings instead.\n"
    .. "2. Look for meetings that were scheduled without a passcode since then.\n"
    .. "3. If nobody can explain it: turn the setting back on (Account Settings, Security) and "
    .. "lock it; end the operator's sessions and reset their password.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.New.Meeting.Passcode.Required.Disabled --except operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0063160",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1125" }, CIS = { "1.1.1.4", "1.1.1.6" } },
  tags = { "Zoom", "Account settings", "Meetings" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(SETTING),
}

rule, title, alert_context =
  zoom.weakened_functions(SETTING, "Passcode no longer required for new meetings: turned off")

tests {
  { name = "turned off, without the word from", expect = true,
    event = { time = "2024-03-21T07:09:03Z", operator = "homer@example.com",
      category_type = "Account", action = "Update",
      operation_detail = "Security  - Require a passcode when scheduling new meetings: On to Off" } },
  setting_tests.switch(SETTING,
    "Security  - Require a passcode when scheduling new meetings: from On to Off"),
  { name = "turned off", fixture = "zoom/operation/new_meeting_passcode_disabled.json",
    expect = true,
    title = "Passcode no longer required for new meetings: turned off by homer@example.com" },
  { name = "turned off among other changes",
    fixture = "zoom/operation/new_meeting_passcode_disabled_among_changes.json", expect = true },
  { name = "turned on, while other settings are turned off",
    fixture = "zoom/operation/several_security_changes.json", expect = false },
  { name = "for one group only, which another rule reports",
    fixture = "zoom/operation/new_meeting_passcode_disabled_for_group.json", expect = false },
  { name = "another name", fixture = "zoom/operation/new_meeting_passcode_disabled.json", expect = false,
    set = { operation_detail = "In Meeting (Basic)  - Annotation: from On to Off" } },
}
