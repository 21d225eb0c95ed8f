local call = require "call"

metadata {
  id = "Zoom.Phone.Many.Calls.Abroad",
  display_name = "Burst of Zoom Phone calls to other countries",
  log_types = { "Zoom.Phone" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "One user or phone made fifteen or more calls to other countries within an hour, of "
    .. "whatever "
    .. "length. Those to premium and satellite numbers are left to Zoom.Phone.Costly.Calls. "
    .. "Thieves let a stolen phone call numbers whose owners share the price with them, "
    .. "mostly at night and at weekends, when nobody watches; a night costs tens of thousands.\n\n"
    .. "False positives: call centres and sales teams that call abroad all day.",
  runbook = "1. Block international calls for the user now (Phone System Management, Users, Calling "
    .. "Plan), and ask questions then.\n"
    .. "2. Check which device made the calls, when it was provisioned, and who allowed "
    .. "international calls.\n"
    .. "3. If nobody can explain it: remove the device, reset the user's password and voicemail "
    .. "PIN, and report the numbers to Zoom.\n"
    .. "4. `margay search --indicator CALLER --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Phone.Many.Calls.Abroad --except payload.object.call_logs.caller_number=NUMBER --reason "
    .. "TICKET` leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/phone/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1496", "TA0040:T1657" } },
  tags = { "Zoom", "Phone" },
  threshold = 15,
  where = call.where_abroad(),
}

-- Zoom.Phone.Costly.Calls counts the costly ones.
function rule(event)
  return call.value(event, "direction") ~= "inbound" and call.is_abroad(event)
    and not call.is_costly(call.callee(event))
end

function title(event)
  return ("Many calls to other countries by %s"):format(call.caller_name(event))
end

function dedup(event)
  return call.caller(event)
end

function unique(event)
  return call.id(event)
end

function alert_context(event)
  return { caller = call.caller_name(event), first_number = call.callee(event),
    country = call.value(event, "callee_country_iso_code") }
end

tests {
  { name = "one call", fixture = "zoom/webhook/phone/call_abroad.json", expect = true,
    title = "Many calls to other countries by Homer Simpson", dedup = "z8yCxjabcdEFGHfp8uQ",
    unique = "4348499208172703972" },
  { name = "fifteen within the hour", alerts = { { match_count = 15, alert_context = {
    caller = "Homer Simpson", first_number = "+41445550123", country = "CH" } } }, events = {
    { fixture = "zoom/webhook/phone/call_abroad.json", times = 15, every = "4m",
      set = { ["payload.object.call_logs.1.call_id"] = "c{n}" } },
  } },
  { name = "fourteen within the hour", alerts = 0, events = {
    { fixture = "zoom/webhook/phone/call_abroad.json", times = 14, every = "4m",
      set = { ["payload.object.call_logs.1.call_id"] = "c{n}" } },
  } },
  { name = "one call, reported often", alerts = 0, events = {
    { fixture = "zoom/webhook/phone/call_abroad.json", times = 30 },
  } },
  { name = "by many users", alerts = 0, events = {
    { fixture = "zoom/webhook/phone/call_abroad.json", times = 30, every = "1m",
      set = { ["payload.object.call_logs.1.call_id"] = "c{n}",
        ["payload.object.call_logs.1.caller_user_id"] = "u{n}" } },
  } },
  { name = "known by the countries, in an event with another name", expect = true,
    fixture = "zoom/webhook/phone/call_abroad.json",
    set = { event = "phone.caller_call_history_completed",
      ["payload.object.call_logs.1.call_type"] = "voip",
      ["payload.object.call_logs.1.caller_country_iso_code"] = "US",
      ["payload.object.call_logs.1.caller_user_id"] = "",
      ["payload.object.call_logs.1.caller_name"] = "" },
    title = "Many calls to other countries by z8yCxjabcdEFGHfp8uQ" },
  { name = "in the form of the call history", fixture = "zoom/webhook/phone/call_abroad.json", expect = true,
    set = { event = "phone.caller_call_element_completed", ["payload.object.call_elements"] = {
      { call_id = "c", direction = "outbound", call_type = "general", caller_country_iso_code = "US",
        callee_country_iso_code = "CH", callee_number_type = "external_pstn",
        callee_did_number = "+41445550123" } } },
    unset = { "payload.object.call_logs" }, unique = "c",
    alert_context = { caller = "z8yCxjabcdEFGHfp8uQ", first_number = "+41445550123", country = "CH" } },
  { name = "international, in the form of the call history", expect = true,
    fixture = "zoom/webhook/phone/call_abroad.json",
    set = { event = "phone.caller_call_element_completed", ["payload.object.call_elements"] = {
      { call_id = "c", direction = "outbound", call_type = "International" } } },
    unset = { "payload.object.call_logs" } },
  { name = "to a colleague abroad", fixture = "zoom/webhook/phone/call_abroad.json", expect = false,
    set = { ["payload.object.call_logs.1.call_type"] = "voip",
      ["payload.object.call_logs.1.caller_country_iso_code"] = "US",
      ["payload.object.call_logs.1.callee_number_type"] = 1 } },
  { name = "to a satellite, which another rule counts", fixture = "zoom/webhook/phone/call_abroad.json",
    set = { ["payload.object.call_logs.1.callee_number"] = "+88216550123" }, expect = false },
  { name = "within the country", fixture = "zoom/webhook/phone/call_abroad.json",
    set = { ["payload.object.call_logs.1.call_type"] = "pstn" }, expect = false },
  { name = "from abroad", fixture = "zoom/webhook/phone/call_abroad.json",
    set = { ["payload.object.call_logs.1.direction"] = "inbound" }, expect = false },
  { name = "without a log", fixture = "zoom/webhook/phone/call_abroad.json",
    set = { ["payload.object.call_logs"] = "none" }, expect = false },
  { name = "answered", fixture = "zoom/webhook/phone/callee_answered.json", expect = false },
}
