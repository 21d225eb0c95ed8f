local zoom = require "zoom.setting"
local setting_tests = require "setting_tests"

local SETTING = "sign_out"

metadata {
  id = "Zoom.Automatic.Sign.Out.Disabled",
  display_name = "Zoom automatic sign-out turned off",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin turned off \"Automatically sign users out after a specified time\" for "
    .. "the whole account. Sessions now stay open as long as the browser or client keeps them, "
    .. "so a stolen cookie or an unlocked machine remains useful for much longer.\n\n"
    .. "False positives: a planned change, for example for machines in meeting rooms.",
  runbook = "1. Ask the operator whether the change was intended.\n"
    .. "2. Check the operator's sign-ins of the last day: a new address or client is a bad "
    .. "sign.\n"
    .. "3. If nobody can explain it: turn the setting back on (Advanced, Security), and sign out "
    .. "all users once.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Automatic.Sign.Out.Disabled --except operator=OPERATOR --reason TICKET` leaves out "
    .. "what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0064901",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1556", "TA0008:T1550.004" } },
  tags = { "Zoom", "Account settings", "Sign-in" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(SETTING),
}

rule, title, alert_context = zoom.weakened_functions(SETTING, "Automatic sign-out turned off")

tests {
  { name = "turned off, without the word from", expect = true,
    event = { time = "2024-03-21T07:09:03Z", operator = "homer@example.com",
      category_type = "Account", action = "Update",
      operation_detail = "Security  - Automatically sign users out after a specified time: On to Off" } },
  setting_tests.switch(SETTING,
    "Security  - Automatically sign users out after a specified time: from On to Off"),
  { name = "turned off", fixture = "zoom/operation/automatic_sign_out_disabled.json",
    expect = true, title = "Automatic sign-out turned off by homer@example.com" },
  { name = "turned off among other changes",
    fixture = "zoom/operation/several_security_changes.json", expect = true,
    title = "Automatic sign-out turned off by homer@example.com" },
  { name = "another setting turned off", fixture = "zoom/operation/two_factor_disabled.json",
    expect = false },
  { name = "another category",
    fixture = "zoom/operation/automatic_sign_out_disabled_other_category.json", expect = false },
  { name = "after a day instead of an hour", fixture = "zoom/operation/automatic_sign_out_disabled.json",
    set = { operation_detail = "Security  - Sign users out after inactivity of: from 1 hour to 1 day" },
    expect = true },
  { name = "never", fixture = "zoom/operation/automatic_sign_out_disabled.json",
    set = { operation_detail = "Security  - Sign users out after inactivity of: from 45 minutes to Never" },
    expect = true },
  { name = "sooner", fixture = "zoom/operation/automatic_sign_out_disabled.json",
    set = { operation_detail = "Security  - Sign users out after inactivity of: from Never to 2 hours" },
    expect = false },
}
