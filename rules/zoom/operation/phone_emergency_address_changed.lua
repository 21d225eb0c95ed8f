local zoom = (require "zoom.detail").rules

local WORDS = "\\bemergency (?:address|location|call|number|service)"

metadata {
  id = "Zoom.Phone.Emergency.Address.Changed",
  display_name = "Zoom Phone emergency address or emergency calling changed",
  log_types = { "Zoom.Operation", "Zoom.PhoneOperation" },
  severity = "high",
  evidence = "guess",
  pack = "zoom-extended",
  story = { "p_actor" },
  description = "The address that is sent with an emergency call, or emergency calling itself, was "
    .. "changed. With a wrong address, help goes to the wrong place.\n\n"
    .. "False positives: office moves.",
  runbook = "1. Ask the operator whether the office moved.\n"
    .. "2. Check the address with the people at the site.\n"
    .. "3. If nobody can explain it: restore the address immediately.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Phone.Emergency.Address.Changed --except operator=OPERATOR --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1565.001" } },
  tags = { "Zoom", "Phone" },
  summary_attributes = { "operator" },
  title = "Emergency address or emergency calling changed by {operator or 'an unknown operator'}",
  where = {
    {
      category_type = { "*Phone", "Account", "User Settings" },
      ["operation_detail|re|i"] = WORDS,
    },
    {
      p_log_type = "Zoom.PhoneOperation",
      ["action|re|i"] = "^(?!.*(?:view|export))",
      ["operation_detail|re|i"] = WORDS,
    },
  },
}

function alert_context(event)
  return { changes = zoom.setting_changes(event), detail = event.operation_detail }
end

tests {
  { name = "another address", fixture = "zoom/operation/phone_emergency_address.json",
    expect = true,
    title = "Emergency address or emergency calling changed by homer@example.com", severity = "HIGH" },
  { name = "emergency calls turned off", fixture = "zoom/operation/phone_emergency_number.json",
    expect = true },
  { name = "another phone setting", fixture = "zoom/operation/phone_voicemail_greeting.json",
    expect = false },
  { name = "call forwarding", fixture = "zoom/operation/phone_forwarding_changed.json",
    expect = false },
  { name = "in the category User",
    fixture = "zoom/operation/phone_emergency_address.json",
    set = { category_type = "User Settings" }, expect = true },
  { name = "in the log of Zoom Phone", expect = true,
    fixture = "zoom/phone_operation/call_forwarded_outside.json", log_type = "Zoom.PhoneOperation",
    set = { category_type = "Site",
      operation_detail = "Edit Site Springfield  - Emergency address: set to none" } },
  { name = "looked at", expect = false,
    fixture = "zoom/operation/phone_emergency_address.json", set = { action = "View",
    category_type = "Site" } },
}
