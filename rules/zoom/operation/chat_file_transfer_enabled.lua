local zoom = require "zoom.setting"
local setting_tests = require "setting_tests"

local SETTING = "chat_files"

metadata {
  id = "Zoom.Chat.File.Transfer.Enabled",
  display_name = "Zoom file transfer in chat allowed",
  log_types = { "Zoom.Operation" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin allowed users to send files in chats, for the whole account. Such files "
    .. "bypass mail gateways and their scanners, in both directions.\n\n"
    .. "False positives: a planned change; many accounts allow files.",
  runbook = "1. Ask the operator whether the change was intended, and for its ticket.\n"
    .. "2. Check that the file types are restricted, and that outsiders cannot send files.\n"
    .. "3. If nobody can explain it: restore the setting (Account Settings) and lock it; end the "
    .. "operator's sessions and reset their password.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Chat.File.Transfer.Enabled --except operator=OPERATOR --reason TICKET` leaves out "
    .. "what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0010:T1567", "TA0008:T1570" }, CIS = { "1.1.3.3.1", "2.1.1.4" } },
  tags = { "Zoom", "Account settings", "Chat" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(SETTING, { "Account", "IM" }),
}

rule, title, alert_context = zoom.weakened_functions(SETTING, "File transfer in chat allowed")

tests {
  { name = "turned on", fixture = "zoom/operation/chat_file_transfer_on.json", expect = true,
    severity = "LOW", title = "File transfer in chat allowed by homer@example.com",
    alert_context = { changes = {
      { section = "In Meeting (Basic)", setting = "File transfer",
        from = "Off", to = "On",
        key = SETTING, level = "account", severity = "LOW" },
    } } },
  setting_tests.switch(SETTING, "In Meeting (Basic)  - File transfer: from Off to On"),
  { name = "in other words", fixture = "zoom/operation/chat_file_transfer_on.json",
    set = { operation_detail = "In Meeting (Basic)  - Allow users to send files in chat: from Off to On" },
    expect = true },
  { name = "of Team Chat", fixture = "zoom/operation/chat_file_transfer_on.json",
    set = { category_type = "IM", operation_detail = "Sharing  - File transfer: from Off to On" },
    expect = true },
}
