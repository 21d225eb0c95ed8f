metadata {
  id = "Zoom.App.Requested",
  display_name = "Zoom app asked for",
  log_types = { "Zoom.App" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-core",
  description = "A user asked an admin to approve an app. An app reads what its scopes allow, for as "
    .. "long as it is installed, without the user's password or second factor. An app that is not "
    .. "published, or that asks for admin scopes (severity medium), deserves a look before anybody "
    .. "approves it; once somebody does, Zoom.Persistence.App.Requested.Then.Approved is high.\n\n"
    .. "False positives: people who want another calendar or note-taking app.",
  runbook = "1. Ask the requester, through another channel, why they need the app and where they "
    .. "found it.\n"
    .. "2. Compare its scopes with its purpose; look up its maker in the Marketplace.\n"
    .. "3. If nobody can explain it: refuse the request, and find out who else was asked to "
    .. "install it.\n"
    .. "4. `margay search --indicator REQUESTER --since 7d` shows what else happened; `margay "
    .. "tune Zoom.App.Requested --except payload.object.app_id=ID --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://developers.zoom.us/docs/api/marketplace/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0006:T1528", "TA0003:T1671" } },
  tags = { "Zoom", "Apps" },
  where = {
    event = "app.authorization_request_created",
  },
}

local function text(event, key)
  local value = event:deep_get("payload", key)
  return type(value) == "string" and value ~= "" and value or "(not named)"
end

-- "recording:read:admin", "user:write:user:admin", "report:read:operation_logs:master".
local function admin_scopes(event)
  local found, scopes = {}, event:deep_get("payload", "app_scopes")
  if type(scopes) == "userdata" then
    for _, scope in ipairs(scopes) do
      if type(scope) == "string" and re.find(scope, ":(?:admin|master)$") then
        found[#found + 1] = scope
      end
    end
  end
  return found
end

local function is_unpublished(event)
  local status = event:deep_get("payload", "app_status")
  return type(status) == "string" and status:lower() ~= "published"
end

function title(event)
  return ("App %s asked for by %s"):format(text(event, "app_name"), text(event, "requester_name"))
end

function severity(event)
  local unpublished, wide = is_unpublished(event), #admin_scopes(event) > 0
  return (unpublished or wide) and "MEDIUM" or "DEFAULT"
end

function dedup(event)
  return text(event, "app_name")
end

function alert_context(event)
  return { app = text(event, "app_name"), status = text(event, "app_status"),
    requester = text(event, "requester_name"), reason = text(event, "request_reason"),
    admin_scopes = admin_scopes(event) }
end

tests {
  { name = "published, with common scopes", fixture = "zoom/webhook/app/authorization_requested.json",
    expect = true, severity = "LOW", title = "App Onboarding asked for by Marge Bouvier",
    dedup = "Onboarding" },
  { name = "not published", fixture = "zoom/webhook/app/authorization_requested.json",
    set = { ["payload.app_status"] = "development" }, expect = true, severity = "MEDIUM" },
  { name = "with admin scopes", fixture = "zoom/webhook/app/authorization_requested.json",
    set = { ["payload.app_scopes"] = { "user:read", "recording:read:admin", 7 } }, expect = true,
    severity = "MEDIUM", alert_context = { app = "Onboarding", status = "published",
      requester = "Marge Bouvier", reason = "Onboarding", admin_scopes = { "recording:read:admin" } } },
  { name = "not published, with admin scopes", expect = true, severity = "MEDIUM",
    fixture = "zoom/webhook/app/authorization_requested.json",
    set = { ["payload.app_status"] = "development",
      ["payload.app_scopes"] = { "report:read:admin" } } },
  { name = "without a status, scopes and names", expect = true, severity = "LOW",
    fixture = "zoom/webhook/app/authorization_requested.json",
    unset = { "payload.app_status", "payload.app_scopes", "payload.requester_name" },
    title = "App Onboarding asked for by (not named)" },
  { name = "an app removed", fixture = "zoom/webhook/account/app_deauthorized.json", expect = false },
}
