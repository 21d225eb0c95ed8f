local zoom = require "zoom"

local TAKEN = "(?i)^(?:remove|delete|uninstall|disable|deny|denied|decline|reject|revoke|withdraw"
  .. "|unapprove|block)|\\b(?:block|deny|denied|disallow)(?:ed)?[ -]?(?:list|apps?)\\b"

local ADDED = "\\b(?:add|approve|install|enable|authori[sz]e|create)|\\bscopes?: from "

metadata {
  id = "Zoom.Marketplace.App.Added",
  display_name = "Zoom Marketplace app approved or installed",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "guess",
  pack = "zoom-core",
  description = "An app from the Zoom Marketplace was approved or installed. Apps have their own "
    .. "tokens: with the right scopes they read recordings, chats and users without a sign-in in the "
    .. "activity report, even after the person who installed them has left.\n\n"
    .. "False positives: apps that passed a review.",
  runbook = "1. Find the app's review, or ask the operator what it is for.\n"
    .. "2. Check its scopes (App Marketplace, Manage, Apps on Account): does it need all of "
    .. "them?\n"
    .. "3. If nobody can explain it: remove the app, which revokes its tokens, and list what its "
    .. "scopes could read.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Marketplace.App.Added --except operator=OPERATOR --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1671", "TA0006:T1528" } },
  tags = { "Zoom", "Apps" },
  summary_attributes = { "operator" },
  title = "Marketplace app approved or installed by "
    .. "{operator or 'an unknown operator'}: {operation_detail}",
  dedup = "operation_detail",
  where = {
    { category_type = { "Marketplace", "Integration" }, ["operation_detail|re|i"] = ADDED },
    { ["category_type|startswith"] = "App", ["operation_detail|re|i"] = ADDED },
    {
      category_type = "Account",
      ["operation_detail|re|i"] =
        "^(?:pre-?)?(?:add|approve|install|authori[sz]e|create)\\w* "
          .. "(?:marketplace |zoom |oauth )*apps?\\b",
    },
  },
}

-- Zoom.API.Credentials.Changed reports apps that are nothing but credentials.
local CREDENTIALS = "(?i)\\bserver-to-server oauth\\b"

-- Whether an app has fewer scopes than before, and none that is new.
local function only_loses(change)
  if not change.setting:lower():find("scope", 1, true) or not change.from then
    return false
  end
  local had = {}
  for scope in change.from:gmatch("[^%s,]+") do
    had[scope] = true
  end
  for scope in change.to:gmatch("[^%s,]+") do
    if not had[scope] then
      return false
    end
  end
  return true
end

-- The name and the description of an app give it nothing.
local WRITTEN = "(?i)\\b(?:description|name|title|logo|note)s?$"

-- What takes an app away may contain the same words: "Enabled: from On to Off".
function rule(event)
  if re.find(zoom.text_of(event.action) or "", "(?i)delete|remove|uninstall|disable")
    or re.find(event.operation_detail, TAKEN) or re.find(event.operation_detail, CREDENTIALS) then
    return false
  end
  local changes = zoom.setting_changes(event)
  local safe = #zoom.turned_off(event)
  for _, change in ipairs(changes) do
    safe = safe + ((only_loses(change) or re.find(change.setting, WRITTEN)) and 1 or 0)
  end
  return #changes == 0 or safe < #changes
end

-- "Approve App  - App Name: Polls - Scopes: …", "Install Marketplace App  Polls".
local function name_of(detail)
  return re.match(detail, "(?i)\\bapp name: ?(.+?)(?: +- |$)")
    or re.match(detail, "(?i)\\bapp +([^- ].*?)(?: +- |$)")
end

function alert_context(event)
  return { detail = event.operation_detail, apps = { name_of(event.operation_detail) } }
end

tests {
  { name = "approved", fixture = "zoom/operation/marketplace_app_approved.json", expect = true,
    title = "Marketplace app approved or installed by homer@example.com: "
      .. "Approve App  - App Name: Meeting Notes AI - Scopes: recording:read:admin",
    alert_context = { apps = { "Meeting Notes AI" },
      detail = "Approve App  - App Name: Meeting Notes AI - Scopes: recording:read:admin" } },
  { name = "installed", fixture = "zoom/operation/marketplace_app_installed.json", expect = true,
    alert_context = { apps = { "Meeting Notes AI" }, detail = "Install Marketplace App Meeting Notes AI" } },
  { name = "an app renamed and described", expect = false, events = {
    { fixture = "zoom/operation/marketplace_app_installed.json", set = { action = "Update",
      operation_detail = "Edit App Polls  - App Name: from Polls to Approve all" } },
    { fixture = "zoom/operation/marketplace_app_installed.json", set = { action = "Update",
      operation_detail = "Edit App Polls  - Description: set to Install and approve it" } },
  } },
  { name = "one that is only credentials, which another rule reports", expect = false,
    fixture = "zoom/operation/marketplace_app_approved.json",
    set = { operation_detail = "Create Server-to-Server OAuth App  - App Name: Sync - Scopes: user:write" } },
  { name = "fewer scopes", fixture = "zoom/operation/marketplace_app_approved.json", expect = false,
    set = { action = "Update",
      operation_detail = "App Notes  - Scopes: from meeting:read,user:write to user:write" } },
  { name = "other scopes", fixture = "zoom/operation/marketplace_app_approved.json", expect = true,
    set = { action = "Update", operation_detail = "App Notes  - Scopes: from meeting:read to user:write" } },
  { name = "removed", fixture = "zoom/operation/marketplace_app_removed.json", expect = false },
  { name = "a user whose address contains approve",
    fixture = "zoom/operation/user_named_approve.json",
    expect = false },
  { name = "in the category App Marketplace",
    fixture = "zoom/operation/marketplace_app_approved.json",
    set = { category_type = "App Marketplace" }, expect = true },
  { name = "in the category Integration", fixture = "zoom/operation/marketplace_app_approved.json",
    set = { category_type = "Integration" }, expect = true },
  { name = "disabled", fixture = "zoom/operation/marketplace_app_approved.json", expect = false,
    set = { operation_detail = "App Polls  - App enabled: from On to Off" } },
  { name = "enabled", fixture = "zoom/operation/marketplace_app_approved.json", expect = true,
    set = { operation_detail = "App Polls  - App enabled: from Off to On" } },
  { name = "a request to install rejected", fixture = "zoom/operation/marketplace_app_approved.json",
    expect = false, set = { operation_detail = "Reject request to install app Polls" } },
  { name = "an installed app deleted", fixture = "zoom/operation/marketplace_app_installed.json",
    expect = false, set = { action = "Delete" } },
  { name = "put on the list of blocked apps", fixture = "zoom/operation/marketplace_app_approved.json",
    set = { operation_detail = "Add app Minutes to blocked list" }, expect = false },
  { name = "more scopes", fixture = "zoom/operation/marketplace_app_approved.json", expect = true,
    set = { action = "Update",
      operation_detail = "Update App Minutes  - Scopes: from user:read to user:read, user:write" } },
}
