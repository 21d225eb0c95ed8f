local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.Phone.Emergency.Call",
  display_name = "Zoom Phone emergency call",
  log_types = { "Zoom.Phone" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-extended",
  story = { "p_actor" },
  description = "Somebody called the emergency number through Zoom Phone. People on site can "
    .. "often help before anybody else arrives, and must let the emergency services in.\n\n"
    .. "False positives: test calls, and wrong numbers. A few calls are fake, and made to cause "
    .. "harm.",
  runbook = "1. Call the site, or go there.\n"
    .. "2. Check that the address sent with the call is right.\n"
    .. "3. After a test call: explain to the caller how to make test calls.\n"
    .. "4. `margay search --indicator CALLER --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Phone.Emergency.Call --except payload.object.caller.extension_number=EXTENSION --reason "
    .. "TICKET` leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/phone/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0005:T1684.001" } },
  tags = { "Zoom", "Phone", "Safety" },
  dedup = "payload.object.call_id",
  alert_context = {
    caller = "payload.object.caller.display_name",
    extension = "payload.object.caller.extension_number", number = "payload.object.callee.phone_number",
    address = "payload.object.emergency_address",
  },
  where = {
    event = "phone.emergency_alert",
  },
}

function title(event)
  local caller = zoom.object_text(event, "caller", "display_name")
    or zoom.object_text(event, "caller", "extension_number") or "somebody"
  local street = zoom.object_text(event, "emergency_address", "address_line1")
  local city = zoom.object_text(event, "emergency_address", "city")
  return ("Emergency call by %s, %s"):format(caller,
    street and city and street .. ", " .. city or street or city or "unknown address")
end

tests {
  { name = "a call", fixture = "zoom/webhook/phone/emergency_alert.json", expect = true,
    title = "Emergency call by Lisa Simpson, 742 Evergreen Terrace, Springfield",
    dedup = "7150416042370794257" },
  { name = "without an address", fixture = "zoom/webhook/phone/emergency_alert_no_address.json",
    expect = true,
    title = "Emergency call by somebody, unknown address" },
  { name = "another call", fixture = "zoom/webhook/phone/callee_answered.json", expect = false },
}
