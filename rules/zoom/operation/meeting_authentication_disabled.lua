local zoom = require "zoom.setting"
local setting_tests = require "setting_tests"

local SETTING = "meeting_sign_in"

metadata {
  id = "Zoom.Meeting.Authentication.Disabled",
  display_name = "Zoom sign-in no longer required to join meetings",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin turned off a setting that lets only signed-in users join meetings. Guests "
    .. "can now join under any name.\n\n"
    .. "False positives: accounts that meet customers or the public, and protect meetings with "
    .. "passcodes.",
  runbook = "1. Ask the operator whether the change was intended, and for its ticket.\n"
    .. "2. Check that passcodes and waiting rooms are still required.\n"
    .. "3. If nobody can explain it: restore the setting (Account Settings) and lock it; end the "
    .. "operator's sessions and reset their password.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Meeting.Authentication.Disabled --except operator=OPERATOR --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0112:T1685", "TA0009:T1125" }, CIS = { "1.1.1.9", "1.1.1.11" } },
  tags = { "Zoom", "Account settings", "Meetings" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(SETTING),
}

rule, title, alert_context =
  zoom.weakened_functions(SETTING, "Sign-in no longer required to join meetings: turned off")

tests {
  { name = "turned off", fixture = "zoom/operation/meeting_authentication_off.json", expect = true,
    severity = "MEDIUM",
    title = "Sign-in no longer required to join meetings: turned off by homer@example.com",
    alert_context = { changes = {
      { section = "Security",
        setting = "Only authenticated users can join meetings from Web client",
        from = "On", to = "Off",
        key = SETTING, level = "account", severity = "MEDIUM" },
    } } },
  setting_tests.switch(SETTING,
    "Security  - Only authenticated users can join meetings from Web client: from On to Off"),
}
