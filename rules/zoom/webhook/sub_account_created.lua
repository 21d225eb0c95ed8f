local zoom = require "zoom"

metadata {
  id = "Zoom.Sub.Account.Created",
  display_name = "Zoom sub account created or disassociated",
  log_types = { "Zoom.Account" },
  severity = "medium",
  description = "A sub account was created, or is no longer part of this account. It has its own "
    .. "owner, settings and users, outside the controls that protect the main account.\n\n"
    .. "False positives: resellers, and groups of companies.",
  runbook = "1. Ask the operator which contract the sub account belongs to.\n"
    .. "2. Check who owns it.\n"
    .. "3. If nobody can explain it: ask Zoom Support to undo the change.",
  reference = "https://developers.zoom.us/docs/api/accounts/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1136.003" } },
  tags = { "Zoom", "Sub accounts" },
  dedup_period_minutes = 60,
  where = {
    event = { "account.created", "account.disassociated" },
  },
}

function title(event)
  return ("Sub account of %s %s by %s"):format(zoom.object_value(event, "email") or "somebody",
    event.event == "account.created" and "created" or "disassociated", zoom.operator_of(event))
end

tests {
  { name = "created", fixture = "zoom/webhook/account/created.json", expect = true,
    title = "Sub account of moe@example.net created by homer@example.com" },
  { name = "disassociated", fixture = "zoom/webhook/account/disassociated.json", expect = true,
    title = "Sub account of moe@example.net disassociated by homer@example.com" },
  { name = "the account renamed", fixture = "zoom/webhook/account/updated.json", expect = false },
}
