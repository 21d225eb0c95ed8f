local zoom = require "zoom"

metadata {
  id = "Zoom.Information.Barrier.Lifted",
  display_name = "Zoom information barrier lifted (webhook)",
  log_types = { "Zoom.Account" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  description = "An information barrier policy was deleted or switched off. Groups that must be "
    .. "kept apart by law, such as research and sales, can now talk to each other.\n\n"
    .. "False positives: a policy that was replaced by another one.",
  runbook = "1. Inform the compliance team, and ask whether they approved it.\n"
    .. "2. Find the admin in the operation report: the webhook does not name them.\n"
    .. "3. Look for chats and meetings between the groups since then.\n"
    .. "4. If nobody can explain it: restore the policy.\n"
    .. "5. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Information.Barrier.Lifted --except payload.operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/accounts/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0112:T1685", "TA0004:T1484" } },
  tags = { "Zoom", "Compliance" },
  alert_context = {
    policy = "payload.object.policy_name", what = "event",
    settings = "payload.object.settings",
  },
  where = {
    { event = "information_barriers.policy_deleted" },
    { event = "information_barriers.policy_updated", ["payload.object.status"] = { 0, "0" } },
    { event = "information_barriers.policy_updated", ["payload.object.new_policy.status"] = { 0, "0" } },
  },
}

function title(event)
  return ("Information barrier %s lifted"):format(
    zoom.object_text(event, "policy_name") or zoom.object_text(event, "new_policy", "policy_name")
      or zoom.object_text(event, "old_policy", "policy_name") or "(not named)")
end

tests {
  { name = "deleted", fixture = "zoom/webhook/account/barrier_deleted.json", expect = true,
    title = "Information barrier Research and Sales lifted" },
  { name = "switched off", fixture = "zoom/webhook/account/barrier_off.json", expect = true },
  { name = "switched off, as a text", fixture = "zoom/webhook/account/barrier_off.json",
    set = { ["payload.object.status"] = "0" }, expect = true },
  { name = "switched off, in the form that has both policies", expect = true,
    fixture = "zoom/webhook/account/barrier_off.json", unset = { "payload.object.status",
      "payload.object.policy_name" },
    set = { ["payload.object.new_policy"] = { policy_name = "Research and Sales", status = 0 },
      ["payload.object.old_policy"] = { policy_name = "Research", status = 1 } },
    title = "Information barrier Research and Sales lifted" },
  { name = "the same, as a text", expect = true,
    fixture = "zoom/webhook/account/barrier_off.json", unset = { "payload.object.status",
      "payload.object.policy_name" },
    set = { ["payload.object.new_policy"] = { status = "0" },
      ["payload.object.old_policy"] = { policy_name = "Research" } },
    title = "Information barrier Research lifted" },
  { name = "changed, in the form that has both policies", expect = false,
    fixture = "zoom/webhook/account/barrier_off.json", unset = { "payload.object.status" },
    set = { ["payload.object.new_policy"] = { policy_name = "Research", status = 1 } } },
  { name = "changed", fixture = "zoom/webhook/account/barrier_updated.json", expect = false },
  { name = "created", fixture = "zoom/webhook/account/barrier_created.json", expect = false },
}
