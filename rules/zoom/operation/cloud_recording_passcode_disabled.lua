local zoom = require "zoom.setting"
local setting_tests = require "setting_tests"

local SETTING = "recording_passcode"

metadata {
  id = "Zoom.Cloud.Recording.Passcode.Disabled",
  display_name = "Zoom cloud recordings no longer need a passcode",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin turned off \"Require passcode to access shared cloud recordings\" for the "
    .. "whole account. A forwarded or leaked link opens the recording.\n\n"
    .. "False positives: accounts where only signed-in users can view recordings.",
  runbook = "1. Ask the operator whether the change was intended, and for its ticket.\n"
    .. "2. Check that viewing recordings requires sign-in.\n"
    .. "3. Look for recordings that have been shared since.\n"
    .. "4. If nobody can explain it: restore the setting (Account Settings) and lock it; end the "
    .. "operator's sessions and reset their password.\n"
    .. "5. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Cloud.Recording.Passcode.Disabled --except operator=OPERATOR --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1530" }, CIS = { "1.2.10" } },
  tags = { "Zoom", "Account settings", "Recordings" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(SETTING),
}

rule, title, alert_context =
  zoom.weakened_functions(SETTING, "Cloud recordings no longer need a passcode: turned off")

tests {
  { name = "turned off", fixture = "zoom/operation/cloud_recording_passcode_off.json",
    expect = true,
    severity = "MEDIUM",
    title = "Cloud recordings no longer need a passcode: turned off by homer@example.com",
    alert_context = { changes = {
      { section = "Recording", setting = "Require passcode to access shared cloud recordings",
        from = "On", to = "Off",
        key = SETTING, level = "account", severity = "MEDIUM" },
    } } },
  setting_tests.switch(SETTING,
    "Recording  - Require passcode to access shared cloud recordings: from On to Off"),
}
