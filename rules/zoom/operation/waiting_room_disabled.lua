local zoom = require "zoom.setting"
local setting_tests = require "setting_tests"

local SETTING = "waiting_room"

metadata {
  id = "Zoom.Waiting.Room.Disabled",
  display_name = "Zoom waiting room turned off",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin turned off the waiting room for the whole account. Anyone with a meeting's "
    .. "link joins immediately, and hosts no longer see who wants to enter.\n\n"
    .. "False positives: accounts where every meeting requires sign-in need no waiting room.",
  runbook = "1. Ask the operator whether the change was intended, and for its ticket.\n"
    .. "2. Check that passcodes or sign-in protect the meetings instead.\n"
    .. "3. If nobody can explain it: restore the setting (Account Settings) and lock it; end the "
    .. "operator's sessions and reset their password.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Waiting.Room.Disabled --except operator=OPERATOR --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1125" }, CIS = { "1.1.1.2", "1.1.1.3" } },
  tags = { "Zoom", "Account settings", "Meetings" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(SETTING),
}

rule, title, alert_context = zoom.weakened_functions(SETTING, "Waiting room turned off")

tests {
  { name = "turned off", fixture = "zoom/operation/waiting_room_off.json", expect = true,
    severity = "MEDIUM", title = "Waiting room turned off by homer@example.com",
    alert_context = { changes = {
      { section = "Security", setting = "Waiting Room",
        from = "On", to = "Off",
        key = SETTING, level = "account", severity = "MEDIUM" },
    } } },
  setting_tests.switch(SETTING, "Security  - Waiting Room: from On to Off"),
  { name = "for fewer people", fixture = "zoom/operation/waiting_room_off.json",
    set = { operation_detail = "Security  - Who waits in the waiting room: from Everyone to Guests only" },
    expect = true },
  { name = "unlocked", fixture = "zoom/operation/waiting_room_off.json",
    set = { operation_detail = "Security  - Waiting Room: from On (Locked) to On (Unlocked)" },
    expect = true },
  { name = "its look", fixture = "zoom/operation/waiting_room_off.json",
    set = { operation_detail = "Security  - Waiting room logo: from On to Off" },
    expect = false },
  { name = "its chat", fixture = "zoom/operation/waiting_room_off.json",
    set = { operation_detail = "Security  - Chat with people in the waiting room: from On to Off" },
    expect = false },
  { name = "unlocked, without values", fixture = "zoom/operation/waiting_room_off.json", expect = true,
    set = { action = "Unlock", operation_detail = "Unlock setting Waiting Room" } },
}
