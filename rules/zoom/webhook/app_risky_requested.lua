metadata {
  base = "Zoom.App.Requested",
  id = "Zoom.App.Risky.Requested",
  display_name = "Unpublished Zoom app with admin scopes asked for",
  severity = "medium",
  pack = "zoom-audit",
  description = "A user asked an admin to approve an app that is not published and wants admin scopes. "
    .. "Zoom.App.Requested alerts about it; this rule only records it, for the correlation that reports "
    .. "its approval.\n\n"
    .. "False positives: apps that the company develops.",
  runbook = "1. See the alert of Zoom.App.Requested.\n"
    .. "2. If it is part of another alert: follow that one.",
  tags = { "Zoom", "Apps", "Signals" },
  create_alert = false,
}

-- A status other than "published", and a scope such as "report:read:admin".
function rule(event)
  local status = event:deep_get("payload", "app_status")
  if type(status) ~= "string" or status:lower() == "published" then
    return false
  end
  local scopes = event:deep_get("payload", "app_scopes")
  if type(scopes) == "userdata" then
    for _, scope in ipairs(scopes) do
      if type(scope) == "string" and re.find(scope, ":(?:admin|master)$") then
        return true
      end
    end
  end
  return false
end

function severity()
  return "DEFAULT"
end

tests {
  { name = "not published, with admin scopes", fixture = "zoom/webhook/app/authorization_requested.json",
    set = { ["payload.app_status"] = "development", ["payload.app_scopes"] = { "report:read:admin" } },
    expect = true },
  { name = "published", fixture = "zoom/webhook/app/authorization_requested.json",
    set = { ["payload.app_scopes"] = { "report:read:admin" } }, expect = false },
  { name = "with common scopes", fixture = "zoom/webhook/app/authorization_requested.json",
    set = { ["payload.app_status"] = "development", ["payload.app_scopes"] = { "user:read", 7 } },
    expect = false },
  { name = "removed", fixture = "zoom/webhook/app/authorization_requested.json", expect = false,
    set = { event = "app_deauthorized", ["payload.app_status"] = "development" } },
  { name = "without scopes", fixture = "zoom/webhook/app/authorization_requested.json",
    set = { ["payload.app_status"] = "development" }, unset = { "payload.app_scopes" }, expect = false },
}
