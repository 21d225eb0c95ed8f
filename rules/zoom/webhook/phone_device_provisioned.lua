metadata {
  id = "Zoom.Phone.Device.Provisioned",
  display_name = "Zoom Phone device provisioned by hand",
  log_types = { "Zoom.Phone" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-extended",
  description = "Somebody manually gave SIP credentials to a device of another vendor. Whoever "
    .. "has them can make calls at the company's cost and in its name, from any device.\n\n"
    .. "False positives: new door phones and conference phones.",
  runbook = "1. Ask the people who run the phones which device it is.\n"
    .. "2. If nobody can explain it: remove the device, which revokes its credentials, and check "
    .. "its calls.\n"
    .. "3. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Phone.Device.Provisioned --except payload.object.mac_address=MAC --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/phone/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.005" } },
  tags = { "Zoom", "Phone" },
  title = "Phone {payload.object.display_name or '(not named)'} ({payload.object.mac_address or "
    .. "'no MAC address'}) provisioned by hand",
  alert_context = { device_type = "payload.object.device_type" },
  where = {
    event = "phone.generic_device_provision",
  },
}

-- Leaves out the credentials that the event carries.
tests {
  { name = "by hand", fixture = "zoom/webhook/phone/device_provisioned.json", expect = true,
    title = "Phone Lobby (64167f000001) provisioned by hand",
    alert_context = { device_type = "Other" } },
  { name = "an emergency call", fixture = "zoom/webhook/phone/emergency_alert.json",
    expect = false },
  { name = "a call", fixture = "zoom/webhook/phone/callee_answered.json", expect = false },
}
