local zoom = require "zoom.setting"
local setting_tests = require "setting_tests"

local SETTING = "third_party"

metadata {
  id = "Zoom.Third.Party.Encryption.Disabled",
  display_name = "Zoom encryption for third-party devices no longer required",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin turned off \"Require Encryption for 3rd Party Endpoints (SIP/H.323)\" for "
    .. "the whole account. Room systems of other vendors may join without encryption, and anyone on "
    .. "the network path can listen.\n\n"
    .. "False positives: old room systems without encryption.",
  runbook = "1. Ask the operator which devices need this.\n"
    .. "2. Look for other changes of encryption settings on the same day.\n"
    .. "3. If nobody can explain it: restore the setting (Account Settings) and lock it; end the "
    .. "operator's sessions and reset their password.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Third.Party.Encryption.Disabled --except operator=OPERATOR --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0112:T1600", "TA0006:T1040" }, CIS = { "1.1.3.7" } },
  tags = { "Zoom", "Account settings", "Encryption" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(SETTING),
}

rule, title, alert_context =
  zoom.weakened_functions(SETTING, "Third-party devices may join unencrypted: changed")

tests {
  { name = "turned off", fixture = "zoom/operation/third_party_encryption_off.json", expect = true,
    severity = "MEDIUM",
    title = "Third-party devices may join unencrypted: changed by homer@example.com",
    alert_context = { changes = {
      { section = "In Meeting (Basic)",
        setting = "Require Encryption for 3rd Party Endpoints (SIP/H.323)",
        from = "On", to = "Off",
        key = SETTING, level = "account", severity = "MEDIUM" },
    } } },
  setting_tests.switch(SETTING,
    "In Meeting (Basic)  - Require Encryption for 3rd Party Endpoints (SIP/H.323): from On to Off"),
}
