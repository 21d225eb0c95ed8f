local zoom = require "zoom.setting"
local setting_tests = require "setting_tests"

local SETTING = "join_before_host"

metadata {
  id = "Zoom.Join.Before.Host.Enabled",
  display_name = "Zoom participants may join before the host",
  log_types = { "Zoom.Operation" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin allowed participants to join before the host, for the whole account. Anyone "
    .. "with the link can use the meeting while nobody watches.\n\n"
    .. "False positives: teams whose meetings begin without the organiser, which is safe with a "
    .. "passcode and sign-in.",
  runbook = "1. Ask the operator whether the change was intended, and for its ticket.\n"
    .. "2. Check that meetings require a passcode or sign-in.\n"
    .. "3. If nobody can explain it: restore the setting (Account Settings) and lock it; end the "
    .. "operator's sessions and reset their password.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Join.Before.Host.Enabled --except operator=OPERATOR --reason TICKET` leaves out what "
    .. "is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1125" }, CIS = { "1.1.2.4" } },
  tags = { "Zoom", "Account settings", "Meetings" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(SETTING),
}

rule, title, alert_context = zoom.weakened_functions(SETTING, "Joining before the host allowed")

tests {
  { name = "turned on", fixture = "zoom/operation/join_before_host_on.json", expect = true,
    severity = "LOW", title = "Joining before the host allowed by homer@example.com",
    alert_context = { changes = {
      { section = "Schedule Meeting", setting = "Allow participants to join before host",
        from = "Off", to = "On",
        key = SETTING, level = "account", severity = "LOW" },
    } } },
  setting_tests.switch(SETTING,
    "Schedule Meeting  - Allow participants to join before host: from Off to On"),
}
