local zoom = require "zoom"

metadata {
  id = "Zoom.Information.Barrier.Changed",
  display_name = "Zoom information barrier changed",
  log_types = { "Zoom.Account" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "An information barrier policy was created or changed, without being switched "
    .. "off. A smaller barrier can be as bad as no barrier.\n\n"
    .. "False positives: policies that follow changes of teams.",
  runbook = "1. Inform the compliance team.\n"
    .. "2. Compare the policy's groups and settings with the approved ones.\n"
    .. "3. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Information.Barrier.Changed --except payload.operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/accounts/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0004:T1484" } },
  tags = { "Zoom", "Compliance" },
  alert_context = {
    policy = "payload.object.policy_name", what = "event",
    settings = "payload.object.settings",
  },
  where = {
    { event = "information_barriers.policy_created" },
    { event = "information_barriers.policy_updated" },
  },
}

-- Status 0 means off, which another rule reports. An update may have no status.
function rule(event)
  return event.event == "information_barriers.policy_created"
    or tonumber(zoom.object_value(event, "status") or zoom.object_value(event, "new_policy", "status")) ~= 0
end

function title(event)
  return ("Information barrier %s %s"):format(
    zoom.object_text(event, "policy_name") or zoom.object_text(event, "new_policy", "policy_name")
      or "(not named)",
    event.event == "information_barriers.policy_created" and "created" or "changed")
end

tests {
  { name = "changed", fixture = "zoom/webhook/account/barrier_relaxed.json", expect = true,
    title = "Information barrier Research and Sales changed" },
  { name = "changed, without its status", fixture = "zoom/webhook/account/barrier_relaxed.json",
    unset = { "payload.object.status" }, expect = true },
  { name = "created, switched off", fixture = "zoom/webhook/account/barrier_created.json",
    set = { ["payload.object.status"] = 0 }, expect = true },
  { name = "created", fixture = "zoom/webhook/account/barrier_created.json", expect = true,
    title = "Information barrier Research and Sales created" },
  { name = "switched off, which another rule reports",
    fixture = "zoom/webhook/account/barrier_off.json", expect = false },
  { name = "deleted, which another rule reports",
    fixture = "zoom/webhook/account/barrier_deleted.json", expect = false },
}
