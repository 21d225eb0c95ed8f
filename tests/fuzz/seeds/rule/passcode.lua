local lib = require "lib"
metadata {
  id = "Zoom.PasscodeDisabled",
  display_name = "Zoom meeting passcode disabled",
  log_types = { "Zoom.Operation" },
  severity = "low",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1125" } },
  tags = { "a", "b" },
  runbook = "Ask the group's owner.",
  dedup_period_minutes = 60,
  threshold = 2,
  summary_attributes = { "operator" },
  where = {
    action = "Update",
    ["operation_detail|contains|all"] = { "Passcode", "On to Off" },
  },
}
function title(event)
  return ("Passcode turned off by %s"):format(event.operator or "nobody")
end
tests {
  { name = "on", event = { action = "Update" }, expect = true },
}
