local call = require "call"

metadata {
  id = "Zoom.Phone.Costly.Calls",
  display_name = "Zoom Phone calls to premium or satellite numbers",
  log_types = { "Zoom.Phone" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "One user or phone called three or more premium or satellite numbers within a day. "
    .. "Hardly anybody has a reason to; the owners of such numbers share the price with those who "
    .. "bring calls, and a minute costs several dollars.\n\n"
    .. "False positives: shipping, aid and mining companies, whose people have satellite phones.",
  runbook = "1. Block international and premium calls for the user now (Phone System Management, "
    .. "Users, Calling Plan), and ask questions then.\n"
    .. "2. Check which device made the calls, and when it was provisioned.\n"
    .. "3. If nobody can explain it: remove the device, reset the user's password and voicemail "
    .. "PIN, and report the numbers to Zoom.\n"
    .. "4. `margay search --indicator CALLER --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Phone.Costly.Calls --except payload.object.call_logs.caller_number=NUMBER --reason "
    .. "TICKET` leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/phone/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1496", "TA0040:T1657" } },
  tags = { "Zoom", "Phone" },
  threshold = 3,
  dedup_period_minutes = 24 * 60,
  where = call.where_costly(),
}

function rule(event)
  return call.value(event, "direction") ~= "inbound" and call.is_costly(call.callee(event))
end

function title(event)
  return ("Calls to premium or satellite numbers by %s: %s"):format(call.caller_name(event),
    call.callee(event))
end

function dedup(event)
  return call.caller(event)
end

function unique(event)
  return call.id(event)
end

function alert_context(event)
  return { caller = call.caller_name(event), first_number = call.callee(event) }
end

tests {
  { name = "a satellite", fixture = "zoom/webhook/phone/call_abroad.json", expect = true,
    set = { ["payload.object.call_logs.1.callee_number"] = "+88216550123" },
    title = "Calls to premium or satellite numbers by Homer Simpson: +88216550123",
    dedup = "z8yCxjabcdEFGHfp8uQ", unique = "4348499208172703972" },
  { name = "three premium numbers of one country, written with spaces", events = {
    { fixture = "zoom/webhook/phone/call_abroad.json", times = 3, every = "10m",
      set = { event = "phone.caller_call_history_completed",
        ["payload.object.call_logs.1.call_id"] = "c{n}",
        ["payload.object.call_logs.1.callee_number"] = "00 49 900 555 012{n}" } },
  }, alerts = { { alert_context = { caller = "Homer Simpson", first_number = "00499005550121" } } } },
  { name = "two", alerts = 0, events = {
    { fixture = "zoom/webhook/phone/call_abroad.json", times = 2, every = "10m",
      set = { ["payload.object.call_logs.1.call_id"] = "c{n}",
        ["payload.object.call_logs.1.callee_number"] = "+19005550123" } },
  } },
  { name = "in the form of the call history", fixture = "zoom/webhook/phone/call_abroad.json", expect = true,
    set = { event = "phone.caller_call_element_completed", ["payload.object.call_elements"] = {
      { call_id = "c", direction = "outbound", callee_did_number = "+88216550123" } } },
    unset = { "payload.object.call_logs" }, unique = "c" },
  { name = "to one of a company's numbers", fixture = "zoom/webhook/phone/call_abroad.json", expect = true,
    set = { ["payload.object.call_logs.1.callee_number"] = "",
      ["payload.object.call_logs.1.callee_did_number"] = "+1 (900) 555-0123" } },
  { name = "in the call history, in brackets", fixture = "zoom/webhook/phone/call_abroad.json", expect = true,
    set = { event = "phone.caller_call_element_completed", ["payload.object.call_elements"] = {
      { call_id = "c", direction = "outbound", callee_number = "(+41) 900 55 01 23" } } },
    unset = { "payload.object.call_logs" } },
  { name = "from a satellite", fixture = "zoom/webhook/phone/call_abroad.json", expect = false,
    set = { ["payload.object.call_logs.1.callee_number"] = "+88216550123",
      ["payload.object.call_logs.1.direction"] = "inbound" } },
  { name = "a common number abroad", fixture = "zoom/webhook/phone/call_abroad.json", expect = false },
  { name = "a number without its country, which looks like a costly one", expect = false,
    fixture = "zoom/webhook/phone/call_abroad.json",
    set = { ["payload.object.call_logs.1.callee_number"] = "8085550123" } },
  { name = "no number", fixture = "zoom/webhook/phone/call_abroad.json", expect = false,
    set = { ["payload.object.call_logs.1.callee_number"] = "" } },
  { name = "answered", fixture = "zoom/webhook/phone/callee_answered.json", expect = false },
}
