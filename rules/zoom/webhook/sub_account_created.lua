local zoom = require "zoom"

metadata {
  id = "Zoom.Sub.Account.Created",
  display_name = "Zoom sub account created or disassociated",
  log_types = { "Zoom.Account" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "A sub account was created, or is no longer part of this account. It has its own "
    .. "owner, settings and users, outside the controls that protect the main account.\n\n"
    .. "False positives: resellers, and groups of companies.",
  runbook = "1. Ask the operator which contract the sub account belongs to.\n"
    .. "2. Check who owns it.\n"
    .. "3. If nobody can explain it: ask Zoom Support to undo the change.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Sub.Account.Created --except payload.operator=OPERATOR --reason TICKET` leaves out "
    .. "what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/accounts/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1136.003" } },
  tags = { "Zoom", "Sub accounts" },
  where = {
    event = { "account.created", "account.disassociated" },
  },
}

-- Zoom documents both names.
local function owner(event)
  return zoom.object_text(event, "owner_email") or zoom.object_text(event, "email")
end

function title(event)
  return ("Sub account of %s %s by %s"):format(owner(event) or "somebody",
    event.event == "account.created" and "created" or "disassociated", zoom.operator_of(event))
end

-- Two sub accounts within the hour are two alerts.
function dedup(event)
  return ("%s %s"):format(event.event, zoom.object_value(event, "id"))
end

function alert_context(event)
  return { owner = owner(event), account = zoom.object_value(event, "id") }
end

tests {
  { name = "created", fixture = "zoom/webhook/account/created.json", expect = true,
    title = "Sub account of moe@example.net created by homer@example.com" },
  { name = "with the owner's address in another field", fixture = "zoom/webhook/account/created.json",
    set = { ["payload.object.owner_email"] = "moe@evil.example.net" },
    unset = { "payload.object.email" }, expect = true,
    title = "Sub account of moe@evil.example.net created by homer@example.com",
    dedup = "account.created abcD3ojfdbjfg",
    alert_context = { owner = "moe@evil.example.net", account = "abcD3ojfdbjfg" } },
  { name = "disassociated", fixture = "zoom/webhook/account/disassociated.json", expect = true,
    title = "Sub account of moe@example.net disassociated by homer@example.com" },
  { name = "the account renamed", fixture = "zoom/webhook/account/updated.json", expect = false },
}
