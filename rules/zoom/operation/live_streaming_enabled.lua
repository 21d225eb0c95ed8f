local zoom = require "zoom.setting"
local setting_tests = require "setting_tests"

local SETTING = "live_stream"

metadata {
  id = "Zoom.Live.Streaming.Enabled",
  display_name = "Zoom live streaming allowed",
  log_types = { "Zoom.Operation" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin allowed live streaming of meetings or webinars, for the whole account. One "
    .. "click can then show a meeting to the public.\n\n"
    .. "False positives: accounts that stream events on purpose.",
  runbook = "1. Ask the operator whether the change was intended, and for its ticket.\n"
    .. "2. Check which streaming services are allowed.\n"
    .. "3. If nobody can explain it: restore the setting (Account Settings) and lock it; end the "
    .. "operator's sessions and reset their password.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Live.Streaming.Enabled --except operator=OPERATOR --reason TICKET` leaves out what "
    .. "is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0010:T1567" }, CIS = { "1.1.4.15" } },
  tags = { "Zoom", "Account settings", "Meetings" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(SETTING),
}

rule, title, alert_context = zoom.weakened_functions(SETTING, "Live streaming allowed")

tests {
  { name = "turned on", fixture = "zoom/operation/live_streaming_on.json", expect = true,
    severity = "LOW", title = "Live streaming allowed by homer@example.com",
    alert_context = { changes = {
      { section = "In Meeting (Advanced)", setting = "Allow live streaming of meetings",
        from = "Off", to = "On",
        key = SETTING, level = "account", severity = "LOW" },
    } } },
  setting_tests.switch(SETTING,
    "In Meeting (Advanced)  - Allow live streaming of meetings: from Off to On"),
}
