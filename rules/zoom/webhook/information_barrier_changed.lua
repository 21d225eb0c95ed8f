local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.Information.Barrier.Changed",
  display_name = "Zoom information barrier changed",
  log_types = { "Zoom.Account" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "An information barrier policy was created or changed, without being switched "
    .. "on or off. A smaller barrier can be as bad as no barrier.\n\n"
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

local function status(event, ...)
  return tonumber(event:deep_get("payload", ...))
end

-- Whether the policy lets something through.
local function lets_through(event)
  local settings = zoom.object_value(event, "settings") or zoom.object_value(event, "new_policy", "settings")
  if type(settings) == "userdata" then
    for _, blocked in pairs(settings) do
      if blocked == false then
        return true
      end
    end
  end
  return false
end

-- Status 0 means off, which another rule reports. An update may have no status. One that is on and blocks all
-- was switched on or got stricter, as far as it says.
function rule(event)
  if event.event == "information_barriers.policy_created" then
    return true
  end
  local before = status(event, "object", "old_policy", "status") or status(event, "old_object", "status")
  local after = status(event, "object", "status") or status(event, "object", "new_policy", "status")
  return after == nil or after ~= 0 and before ~= 0 and (before == after or lets_through(event))
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
  { name = "switched on", expect = false, events = {
    { fixture = "zoom/webhook/account/barrier_updated.json" },
    { fixture = "zoom/webhook/account/barrier_relaxed.json",
      set = { ["payload.old_object"] = { status = 0 } } },
    { fixture = "zoom/webhook/account/barrier_updated.json",
      unset = { "payload.object.status", "payload.object.settings" },
      set = { ["payload.object.new_policy"] = { policy_name = "Research", status = 1 },
        ["payload.object.old_policy"] = { policy_name = "Research", status = "0" } } },
    { fixture = "zoom/webhook/account/barrier_updated.json", unset = { "payload.object.settings" } },
  } },
  { name = "changed while it was on, in the form that has both policies", expect = true,
    fixture = "zoom/webhook/account/barrier_updated.json", unset = { "payload.object.status",
      "payload.object.policy_name" },
    set = { ["payload.object.new_policy"] = { policy_name = "Research", status = 1 },
      ["payload.object.old_policy"] = { policy_name = "Research", status = 1 } },
    title = "Information barrier Research changed" },
  { name = "created, switched off", fixture = "zoom/webhook/account/barrier_created.json",
    set = { ["payload.object.status"] = 0 }, expect = true },
  { name = "created", fixture = "zoom/webhook/account/barrier_created.json", expect = true,
    title = "Information barrier Research and Sales created" },
  { name = "switched off, which another rule reports",
    fixture = "zoom/webhook/account/barrier_off.json", expect = false },
  { name = "deleted, which another rule reports",
    fixture = "zoom/webhook/account/barrier_deleted.json", expect = false },
}
