local zoom = require "zoom.setting"
local setting_tests = require "setting_tests"

local SETTING = "one_option"

metadata {
  id = "Zoom.All.Meetings.Secured.With.One.Option.Disabled",
  display_name = "Zoom meetings no longer require a security option",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin turned off \"Require that all meetings are secured with one security "
    .. "option\" for the whole account. Anybody can now schedule meetings without a passcode, a "
    .. "waiting room or sign-in, and anyone who finds or guesses the meeting's number can "
    .. "join.\n\n"
    .. "False positives: an account that requires passcodes or waiting rooms through other "
    .. "settings may turn this one off on purpose.",
  runbook = "1. Ask the operator whether the change was intended, and what replaces it.\n"
    .. "2. Check what else the operator changed in the same hour, and where they signed in "
    .. "from.\n"
    .. "3. If nobody can explain it: turn the setting back on (Account Settings, Security) and "
    .. "lock it; end the operator's sessions and reset their password.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.All.Meetings.Secured.With.One.Option.Disabled --except operator=OPERATOR --reason "
    .. "TICKET` leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/references/meeting-api-security-enhancements/",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1125" } },
  tags = { "Zoom", "Account settings", "Meetings" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(SETTING),
}

rule, title, alert_context =
  zoom.weakened_functions(SETTING, "Meetings no longer require a security option: turned off")

tests {
  { name = "turned off, without the word from", expect = true,
    event = { time = "2024-03-21T07:09:03Z", operator = "homer@example.com",
      category_type = "Account", action = "Update",
      operation_detail = "Security  - Require that all meetings are secured with one security "
        .. "option: On to Off" } },
  setting_tests.switch(SETTING,
    "Security  - Require that all meetings are secured with one security option: from On to Off"),
  { name = "turned off", fixture = "zoom/operation/all_meetings_secured_disabled.json",
    expect = true, severity = "MEDIUM",
    title = "Meetings no longer require a security option: turned off by homer@example.com" },
  { name = "turned off among other changes",
    fixture = "zoom/operation/all_meetings_secured_disabled_among_changes.json", expect = true,
    title = "Meetings no longer require a security option: turned off by homer@example.com" },
  { name = "other settings turned off", fixture = "zoom/operation/several_security_changes.json",
    expect = false },
}
