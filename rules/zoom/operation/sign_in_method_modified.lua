local zoom = require "zoom"

local SETTING = "Allow users to sign in with"

metadata {
  id = "Zoom.Sign.In.Method.Modified",
  display_name = "Zoom sign-in method added",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "An admin allowed another sign-in method for the whole account, such as Google, "
    .. "Apple ID, Facebook or a password next to SSO. Each method is another way in: it may have "
    .. "no second factor, and it stays available to people whom the identity provider has locked "
    .. "out.\n\n"
    .. "False positives: a planned roll-out of a sign-in method.",
  runbook = "1. Ask the operator whether they meant to allow the method, and for whom.\n"
    .. "2. Look for sign-ins with that method since then, especially by admins and by people who "
    .. "have left.\n"
    .. "3. If nobody can explain it: turn the method back off (Advanced, Security, Sign-in "
    .. "Methods), and reset the operator's password.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Sign.In.Method.Modified --except operator=OPERATOR --reason TICKET` leaves out what "
    .. "is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0064901",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1556", "TA0006:T1556" } },
  tags = { "Zoom", "Account settings", "Sign-in" },
  summary_attributes = { "operator" },
  where = {
    category_type = "Account",
    ["action|re|i"] = zoom.CHANGING,
    ["operation_detail|contains"] = SETTING,
    ["operation_detail|re|i"] = " to (?:on|enabled)\\b",
  },
}

local function added(event)
  local found = {}
  for _, change in ipairs(zoom.setting_changes(event)) do
    if change.setting:lower():find(SETTING:lower(), 1, true) and re.find(change.to, "(?i)^(?:on|enabled)$")
      and not re.find(change.from or "", "(?i)^(?:on|enabled)$") then
      found[#found + 1] = change
    end
  end
  return found
end

-- `where` also passes a record in which "to On" belongs to another setting.
function rule(event)
  return #added(event) > 0
end

function title(event)
  local methods = {}
  for i, change in ipairs(added(event)) do
    methods[i] = change.setting:sub(#SETTING + 2)
  end
  return ("Sign-in with %s allowed by %s"):format(table.concat(methods, ", "),
    zoom.operator_of(event))
end

function alert_context(event)
  return { changes = zoom.setting_changes(event) }
end

tests {
  { name = "a method turned on", fixture = "zoom/operation/sign_in_method_enabled.json",
    expect = true, title = "Sign-in with Google allowed by homer@example.com" },
  { name = "a method of two words turned on",
    fixture = "zoom/operation/sign_in_method_enabled_apple.json", expect = true,
    title = "Sign-in with Apple ID allowed by homer@example.com" },
  { name = "one turned on, another off", fixture = "zoom/operation/several_sign_in_methods.json",
    expect = true, title = "Sign-in with Google allowed by homer@example.com",
    alert_context = { changes = {
      { section = "Sign-in Methods", setting = "Allow users to sign in with Google",
        from = "Off", to = "On" },
      { section = "Sign-in Methods", setting = "Allow users to sign in with Facebook",
        from = "On", to = "Off" },
    } } },
  { name = "in upper case", fixture = "zoom/operation/sign_in_method_enabled_upper_case.json",
    expect = true, title = "Sign-in with Google allowed by homer@example.com" },
  { name = "a method turned off", fixture = "zoom/operation/sign_in_method_disabled.json",
    expect = false },
  { name = "a method turned off while another setting is turned on",
    fixture = "zoom/operation/sign_in_method_disabled_among_changes.json", expect = false },
  { name = "no sign-in method", fixture = "zoom/operation/two_factor_enabled.json",
    expect = false },
  { name = "another action", fixture = "zoom/operation/sign_in_method_enabled.json",
    set = { action = "Add" },
    expect = false },
  { name = "in another category", fixture = "zoom/operation/sign_in_method_enabled.json",
    set = { category_type = "User Group" }, expect = false },
  { name = "in other words", fixture = "zoom/operation/sign_in_method_enabled.json", expect = true,
    set = { action = "Edit",
      operation_detail = "Sign-in  - Allow users to sign in with Facebook: from Disabled to Enabled" },
    title = "Sign-in with Facebook allowed by homer@example.com" },
}
