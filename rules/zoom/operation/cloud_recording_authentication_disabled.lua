local zoom = require "zoom.setting"
local setting_tests = require "setting_tests"

local SETTING = "recording_sign_in"

metadata {
  id = "Zoom.Cloud.Recording.Authentication.Disabled",
  display_name = "Zoom cloud recordings no longer need sign-in",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin turned off \"Only authenticated users can view cloud recordings\" for the "
    .. "whole account. Anyone with the link can open recordings that are shared from now on.\n\n"
    .. "False positives: accounts that share recordings with customers and protect them with passcodes.",
  runbook = "1. Ask the operator whether the change was intended, and for its ticket.\n"
    .. "2. Check that recordings need a passcode.\n"
    .. "3. Look for recordings that have been shared since.\n"
    .. "4. If nobody can explain it: restore the setting (Account Settings) and lock it; end the "
    .. "operator's sessions and reset their password.\n"
    .. "5. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Cloud.Recording.Authentication.Disabled --except operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1530" } },
  tags = { "Zoom", "Account settings", "Recordings" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(SETTING),
}

rule, title, alert_context =
  zoom.weakened_functions(SETTING, "Cloud recordings no longer need sign-in: turned off")

tests {
  { name = "turned off", fixture = "zoom/operation/cloud_recording_authentication_off.json",
    expect = true,
    severity = "MEDIUM",
    title = "Cloud recordings no longer need sign-in: turned off by homer@example.com",
    alert_context = { changes = {
      { section = "Recording", setting = "Only authenticated users can view cloud recordings",
        from = "On", to = "Off",
        key = SETTING, level = "account", severity = "MEDIUM" },
    } } },
  setting_tests.switch(SETTING,
    "Recording  - Only authenticated users can view cloud recordings: from On to Off"),
}
