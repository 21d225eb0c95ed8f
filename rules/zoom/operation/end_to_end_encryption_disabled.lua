local zoom = require "zoom.webhook_setting"
local setting_tests = require "setting_tests"

local SETTING = "end_to_end"

metadata {
  id = "Zoom.End.To.End.Encryption.Disabled",
  display_name = "Zoom end-to-end encryption turned off",
  log_types = { "Zoom.Operation", "Zoom.Account" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "An admin turned off end-to-end encryption for the whole account, or made another "
    .. "kind of encryption the default. Only participants could read end-to-end encrypted meetings; "
    .. "now Zoom's servers hold the keys, and meetings can be recorded in the cloud.\n\n"
    .. "False positives: end-to-end encryption excludes cloud recording, dial-in and other features; "
    .. "an account may turn it off to use one of them.",
  runbook = "1. Ask the operator whether the change was intended, and for its ticket.\n"
    .. "2. Check what else the operator changed in the same hour, and where they signed in from.\n"
    .. "3. Inform the hosts of confidential meetings that their meetings are no longer end-to-end "
    .. "encrypted.\n"
    .. "4. If nobody can explain it: restore the setting (Account Settings) and lock it; end the "
    .. "operator's sessions and reset their password.\n"
    .. "5. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay tune "
    .. "Zoom.End.To.End.Encryption.Disabled --except operator=OPERATOR --except "
    .. "payload.operator=OPERATOR --reason TICKET` leaves out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0065408",
  reports = { ["MITRE ATT&CK"] = { "TA0112:T1600", "TA0006:T1557" } },
  tags = { "Zoom", "Account settings", "Encryption" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened_anywhere(SETTING),
}

rule, title, dedup, alert_context =
  zoom.weakened_anywhere_functions(SETTING, "End-to-end encryption turned off")

tests {
  { name = "turned off", fixture = "zoom/operation/end_to_end_encryption_off.json", expect = true,
    severity = "HIGH", title = "End-to-end encryption turned off by homer@example.com",
    alert_context = { changes = {
      { section = "Security", setting = "Allow use of end-to-end encryption",
        from = "On", to = "Off",
        key = SETTING, level = "account", severity = "HIGH" },
    } } },
  setting_tests.switch(SETTING, "Security  - Allow use of end-to-end encryption: from On to Off"),
  { name = "another default", fixture = "zoom/operation/end_to_end_encryption_off.json",
    set = { operation_detail = "Security  - Default encryption type: "
      .. "from End-to-end encryption to Enhanced encryption" }, expect = true },
  { name = "the default restored", fixture = "zoom/operation/end_to_end_encryption_off.json",
    set = { operation_detail = "Security  - Default encryption type: "
      .. "from Enhanced encryption to End-to-end encryption" }, expect = false },
  { name = "the default renamed", fixture = "zoom/operation/end_to_end_encryption_off.json",
    set = { operation_detail = "Security  - Default encryption type: "
      .. "from End-to-end encryption to End-to-end encryption (all)" }, expect = false },
  { name = "by a webhook, then by the report", events = {
    { fixture = "zoom/webhook/account/settings_weakened.json",
      at = "2024-03-21T07:00:00Z", set = {
        ["payload.object.settings"] = { in_meeting = { e2e_encryption = false } },
        ["payload.old_object.settings"] = { in_meeting = { e2e_encryption = true } } } },
    { fixture = "zoom/operation/end_to_end_encryption_off.json", after = "5m" },
  }, alerts = { { match_count = 2, severity = "HIGH", dedup = "homer@example.com, end_to_end off" } } },
  { name = "the default encryption, by a webhook", expect = true,
    fixture = "zoom/webhook/account/settings_weakened.json", set = {
      ["payload.object.settings"] = { meeting_security = { encryption_type = "enhanced_encryption",
        end_to_end_encrypted_meetings = false } },
      ["payload.old_object.settings"] = { meeting_security = { encryption_type = "e2ee",
        end_to_end_encrypted_meetings = true } } } },
  { name = "a webhook about something else", fixture = "zoom/webhook/account/settings_harmless.json",
    expect = false },
}
