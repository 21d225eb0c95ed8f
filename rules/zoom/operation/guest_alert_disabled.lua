local zoom = require "zoom.setting"
local setting_tests = require "setting_tests"

local SETTING = "guest_alert"

metadata {
  id = "Zoom.Guest.Alert.Disabled",
  display_name = "Zoom no longer marks guests in meetings",
  log_types = { "Zoom.Operation" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin turned off a setting that makes guests visible in meetings, such as "
    .. "\"Identify guest participants in the meeting/webinar\". Participants no longer see that "
    .. "a stranger is listening. Zoom has renamed this setting before, and does not document the "
    .. "wording of its log, so every setting whose name contains \"guest\" counts, unless it "
    .. "allows guests something.\n\n"
    .. "False positives: settings about guests that do not affect whether guests are marked.",
  runbook = "1. Ask the operator whether the change was intended, and for its ticket.\n"
    .. "2. Check what else the operator changed in the same hour, and where they signed in "
    .. "from.\n"
    .. "3. If nobody can explain it: restore the setting (Account Settings) and lock it; end the "
    .. "operator's sessions and reset their password.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Guest.Alert.Disabled --except operator=OPERATOR --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0112:T1685" }, CIS = { "1.1.4.10" } },
  tags = { "Zoom", "Account settings", "Meetings" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(SETTING),
}

rule, title, alert_context =
  zoom.weakened_functions(SETTING, "Guests no longer marked in meetings: turned off")

tests {
  { name = "turned off", fixture = "zoom/operation/guest_alert_off.json", expect = true,
    severity = "LOW",
    title = "Guests no longer marked in meetings: turned off by homer@example.com",
    alert_context = { changes = {
      { section = "In Meeting (Advanced)",
        setting = "Identify guest participants in the meeting/webinar",
        from = "On", to = "Off",
        key = SETTING, level = "account", severity = "LOW" },
    } } },
  setting_tests.switch(SETTING,
    "In Meeting (Advanced)  - Identify guest participants in the meeting/webinar: from On to Off"),
  { name = "a permission of guests turned off", fixture = "zoom/operation/guest_alert_off.json",
    set = { operation_detail = "In Meeting (Basic)  - Allow guests to send files: "
      .. "from On to Off" }, expect = false },
  { name = "what guests may do", fixture = "zoom/operation/guest_alert_off.json",
    set = { operation_detail = "In Meeting (Basic)  - Guests may use whiteboards: from On to Off" },
    expect = false },
}
