local people = require "zoom.people"
local webhook = require "zoom.webhook"

metadata {
  id = "Zoom.Sub.Account.Created",
  display_name = "Zoom sub account created or disassociated",
  log_types = { "Zoom.Operation", "Zoom.Account" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "A sub account was created, or is no longer part of this account. It has its own "
    .. "owner, settings and users, outside the controls that protect the main account, at its cost. "
    .. "The report and webhooks say the same of the same owner, and are one alert.\n\n"
    .. "False positives: resellers, and groups of companies.",
  runbook = "1. Ask the operator which contract the sub account belongs to.\n"
    .. "2. Check who owns it.\n"
    .. "3. If nobody can explain it: ask Zoom Support to undo the change.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Sub.Account.Created --except operator=OPERATOR --except payload.operator=OPERATOR "
    .. "--reason TICKET` leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/accounts/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1136.003" } },
  tags = { "Zoom", "Sub accounts" },
  summary_attributes = { "operator" },
  where = {
    { category_type = "Sub Account", action = { "Add", "Create" } },
    { event = { "account.created", "account.disassociated" } },
  },
}

-- Zoom documents both names.
local function owner(event)
  return webhook.object_text(event, "owner_email") or webhook.object_text(event, "email")
    or (event.event == nil and people.users_of(event)[1] or nil)
end

local function verb(event)
  return event.event == "account.disassociated" and "disassociated" or "created"
end

function title(event)
  return ("Sub account of %s %s by %s"):format(owner(event) or "somebody", verb(event),
    webhook.operator_of(event))
end

-- Those of two owners are two alerts: nothing else is in both sources.
function dedup(event)
  return ("%s %s"):format(verb(event), (owner(event) or webhook.text_of(event.operation_detail)
    or webhook.text_of(webhook.object_value(event, "id")) or ""):lower())
end

function alert_context(event)
  return { owner = owner(event), account = webhook.object_value(event, "id"),
    detail = event.operation_detail }
end

tests {
  { name = "created", fixture = "zoom/webhook/account/created.json", expect = true,
    title = "Sub account of moe@example.net created by homer@example.com" },
  { name = "with the owner's address in another field", fixture = "zoom/webhook/account/created.json",
    set = { ["payload.object.owner_email"] = "moe@evil.example.net" },
    unset = { "payload.object.email" }, expect = true,
    title = "Sub account of moe@evil.example.net created by homer@example.com",
    dedup = "created moe@evil.example.net",
    alert_context = { owner = "moe@evil.example.net", account = "abcD3ojfdbjfg" } },
  { name = "disassociated", fixture = "zoom/webhook/account/disassociated.json", expect = true,
    title = "Sub account of moe@example.net disassociated by homer@example.com" },
  { name = "the account renamed", fixture = "zoom/webhook/account/updated.json", expect = false },
  { name = "added, by the report", fixture = "zoom/operation/sub_account_added.json", expect = true,
    title = "Sub account of moe@example.net created by homer@example.com", alert_context = {
      owner = "moe@example.net", detail = "Add Sub Account Shelbyville  - Owner: moe@example.net" } },
  { name = "changed", fixture = "zoom/operation/sub_account_edited.json", expect = false },
  { name = "a user added", fixture = "zoom/operation/user_added.json", expect = false },
  { name = "created, by the report", fixture = "zoom/operation/sub_account_added.json",
    set = { action = "Create" }, expect = true },
  { name = "by a webhook, then by the report", alerts = { { match_count = 2 } }, events = {
    { fixture = "zoom/webhook/account/created.json" },
    { fixture = "zoom/operation/sub_account_added.json", after = "10m" },
  } },
}
