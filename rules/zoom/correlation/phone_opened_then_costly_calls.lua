correlation {
  id = "Zoom.Fraud.Phone.Opened.Then.Costly.Calls",
  display_name = "Zoom Phone opened, then calls to costly numbers",
  severity = "critical",
  evidence = "documented",
  pack = "zoom-core",
  story = { "steps.opened.events.actor", "steps.calls.events.actor" },
  description = "A phone of another vendor was provisioned by hand, or calls abroad were allowed, and "
    .. "within a day two premium or satellite numbers were called, by whichever phone. Toll "
    .. "fraud begins like this, and a night costs tens of thousands.\n\n"
    .. "False positives: a new satellite link of a ship or a camp.",
  runbook = "1. Block international and premium calls now (Phone System Management), and ask "
    .. "questions then.\n"
    .. "2. Remove the device, which revokes its credentials.\n"
    .. "3. Check who provisioned it, and who allowed the calls; treat these accounts as taken "
    .. "over.\n"
    .. "4. Report the numbers to Zoom.\n"
    .. "5. `margay search --indicator NAME --since 7d` shows what else each person did; `margay "
    .. "alerts list` shows the alerts of the steps.",
  reference = "https://developers.zoom.us/docs/api/phone/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1496", "TA0003:T1098.005" } },
  tags = { "Zoom", "Phone" },
  sequence = {
    { id = "opened", rule = {
      "Zoom.Phone.Device.Provisioned", "Zoom.Phone.International.Calls.Allowed",
    } },
    { id = "calls", min = 2, rule = "Zoom.Phone.Costly.Calls" },
  },
  within_minutes = 24 * 60,
}

function title(event)
  return ("Costly calls after a phone was opened: %s"):format(event.steps.calls.events[1].title)
end

tests {
  { name = "provisioned, then a satellite", alerts = { { severity = "CRITICAL",
    title = "Costly calls after a phone was opened: Calls to premium or satellite numbers by Homer "
      .. "Simpson: +88216550123" } }, events = {
    { fixture = "zoom/webhook/phone/device_provisioned.json" },
    { fixture = "zoom/webhook/phone/call_abroad.json", after = "10m", times = 2,
      every = "1m", set = { ["payload.object.call_logs.1.callee_number"] = "+88216550123",
        ["payload.object.call_logs.1.call_id"] = "c{n}" } },
  } },
  { name = "common numbers", alerts = 0, events = {
    { fixture = "zoom/webhook/phone/device_provisioned.json" },
    { fixture = "zoom/webhook/phone/call_abroad.json", after = "10m", times = 2,
      every = "1m" },
  } },
  { name = "calls alone", alerts = 0, events = {
    { fixture = "zoom/webhook/phone/call_abroad.json", times = 2, every = "1m",
      set = { ["payload.object.call_logs.1.callee_number"] = "+88216550123",
        ["payload.object.call_logs.1.call_id"] = "c{n}" } },
  } },
}
