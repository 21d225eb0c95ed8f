local zoom = require "zoom.setting"
local setting_tests = require "setting_tests"

local SETTING = "local_recording"

metadata {
  id = "Zoom.Local.Recording.Enabled",
  display_name = "Zoom local recording allowed",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin allowed local recording for the whole account. Recordings on users' "
    .. "machines are not covered by the account's retention, access rules and logs.\n\n"
    .. "False positives: accounts without cloud storage that record locally on purpose.",
  runbook = "1. Ask the operator whether the change was intended, and for its ticket.\n"
    .. "2. Find out who may now record, and where the files will be kept.\n"
    .. "3. If nobody can explain it: restore the setting (Account Settings) and lock it; end the "
    .. "operator's sessions and reset their password.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Local.Recording.Enabled --except operator=OPERATOR --reason TICKET` leaves out what "
    .. "is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1123", "TA0009:T1125" } },
  tags = { "Zoom", "Account settings", "Recordings" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(SETTING),
}

rule, title, alert_context = zoom.weakened_functions(SETTING, "Local recording allowed")

tests {
  { name = "turned on", fixture = "zoom/operation/local_recording_on.json", expect = true,
    severity = "MEDIUM", title = "Local recording allowed by homer@example.com",
    alert_context = { changes = {
      { section = "Recording", setting = "Local recording",
        from = "Off", to = "On",
        key = SETTING, level = "account", severity = "MEDIUM" },
    } } },
  setting_tests.switch(SETTING, "Recording  - Local recording: from Off to On"),
  { name = "its disclaimer", fixture = "zoom/operation/local_recording_on.json",
    set = { operation_detail = "Recording  - Disclaimer before a local recording: from Off to On" },
    expect = false },
  { name = "for everybody instead of hosts", fixture = "zoom/operation/local_recording_on.json",
    set = { operation_detail = "Recording  - Local recording: from Hosts only to All participants" },
    expect = true },
}
