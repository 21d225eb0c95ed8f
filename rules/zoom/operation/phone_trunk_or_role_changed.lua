local zoom = require "zoom"

metadata {
  id = "Zoom.Phone.Trunk.Or.Role.Changed",
  display_name = "Zoom Phone trunk, route or role changed",
  log_types = { "Zoom.PhoneOperation" },
  severity = "high",
  evidence = "guess",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "An admin changed a SIP trunk, a session border controller, a carrier or a routing "
    .. "rule of Zoom Phone, or gave somebody a role of its admins. Whoever controls trunks and routes "
    .. "hears calls, answers for the company, or makes calls at its cost; the roles, which are apart "
    .. "from those of the account, open recordings, voicemails and forwarding.\n\n"
    .. "False positives: work on the telephone system, which has a ticket; a new member of the "
    .. "telephone team.",
  runbook = "1. Call the operator, and ask for the ticket.\n"
    .. "2. Compare the address, the carrier or the user with what the telephone team knows.\n"
    .. "3. If nobody can explain it: undo the change, and check the calls since.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Phone.Trunk.Or.Role.Changed --except operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/phone/#tag/reports/get/phone/reports/operationlogs",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1557", "TA0003:T1098.003", "TA0040:T1496" } },
  tags = { "Zoom", "Phone" },
  summary_attributes = { "operator" },
  where = {
    {
      ["action|re|i"] = "add|assign|create|update|edit|change|delete|remove",
      ["category_type|re|i"] = "\\bsip\\b|trunk|byoc|carrier|routing|session border|\\bsbc\\b|peering|role",
    },
    {
      ["action|re|i"] = "add|assign|create|update|edit|change|delete|remove|grant",
      ["operation_detail|re|i"] = "\\bsip (?:trunk|group|zone)|\\bbyoc\\b|session border controller"
        .. "|\\brouting rule|\\bpeering\\b|\\brole\\b",
    },
  },
}

local TRUNK = "(?i)\\bsip\\b|trunk|byoc|carrier|routing|session border|\\bsbc\\b|peering"
local GIVING = "(?i)^(?:batch )?(?:assign|add|grant|give)\\w* .*\\brole\\b"
  .. "|\\brole: .*\\bto [^:]*\\b(?:admin|edit|manage)"
local NO_ROLE = "(?i)\\b(?:job|department) role|\\brole name"

local function detail(event)
  return zoom.text_of(event.operation_detail) or ""
end

local function is_trunk(event)
  return re.find((zoom.text_of(event.category_type) or "") .. " " .. detail(event), TRUNK) ~= nil
end

-- Who loses a role is no danger.
function rule(event)
  return is_trunk(event) or re.find(detail(event), GIVING) ~= nil and not re.find(detail(event), NO_ROLE)
end

function title(event)
  return ("%s by %s: %s"):format(is_trunk(event) and "Phone trunk or route changed" or "Phone role given",
    zoom.operator_of(event), detail(event))
end

function severity(event)
  return is_trunk(event) and "DEFAULT" or "MEDIUM"
end

function alert_context(event)
  return { category = event.category_type, users = zoom.users_of(event),
    changes = zoom.setting_changes(event) }
end

tests {
  { name = "a trunk added", expect = true, severity = "HIGH", event = { time = "2024-03-21T07:09:03Z",
    operator = "homer@example.com", category_type = "SIP Trunk", action = "Add",
    operation_detail = "Add SIP Trunk reactor  - Address: 192.0.2.5" },
    title = "Phone trunk or route changed by homer@example.com: "
      .. "Add SIP Trunk reactor  - Address: 192.0.2.5" },
  { name = "a routing rule in the account's settings", expect = true, event = {
    time = "2024-03-21T07:09:03Z", operator = "homer@example.com", category_type = "Account",
    action = "Update", operation_detail = "Edit Routing Rule 1  - Trunk: from a to b" } },
  { name = "a trunk looked at", expect = false, event = { time = "2024-03-21T07:09:03Z",
    operator = "homer@example.com", category_type = "SIP Trunk", action = "View",
    operation_detail = "View SIP Trunk reactor" } },
  { name = "a role assigned", expect = true, severity = "MEDIUM", event = { time = "2024-03-21T07:09:03Z",
    operator = "homer@example.com", category_type = "Role", action = "Update",
    operation_detail = "Assign Phone Role Site Admin  - bart@example.com" },
    title = "Phone role given by homer@example.com: Assign Phone Role Site Admin  - bart@example.com" },
  { name = "a role by a setting of the user", expect = true, event = { time = "2024-03-21T07:09:03Z",
    operator = "homer@example.com", category_type = "User", action = "Update",
    operation_detail = "Update Phone User bart@example.com  - Role: from None to Phone Admin" } },
  { name = "a role taken", expect = false, event = { time = "2024-03-21T07:09:03Z",
    operator = "homer@example.com", category_type = "Role", action = "Update",
    operation_detail = "Remove Phone Role Site Admin  - bart@example.com" } },
  { name = "a calling plan", fixture = "zoom/phone_operation/calling_plan_changed.json", expect = false },
}
