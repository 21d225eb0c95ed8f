local zoom = require "zoom.content"

local THREATS = { threats = { ["192.0.2.200"] = { reason = "Tor exit" } } }

metadata {
  id = "Zoom.Sign.In.From.Threat.Address",
  display_name = "Zoom sign-in from Tor or a known bad address",
  log_types = { "Zoom.Activity" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-extended",
  story = { "p_actor" },
  description = "A user signed in from an address in the lookup table \"threats\": a Tor exit, "
    .. "or an address from a threat feed (docs/detections.md). Without that table the rule does "
    .. "nothing.\n\n"
    .. "False positives: outdated lists, and people who use Tor for privacy.",
  runbook = "1. Ask the user whether it was them.\n"
    .. "2. Check what they have done since, and their other sign-ins.\n"
    .. "3. If it was not them: end the user's sessions, reset their password, and require a "
    .. "second factor.\n"
    .. "4. `margay search --indicator USER --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Sign.In.From.Threat.Address --except email=USER --reason TICKET` leaves out what is meant "
    .. "to happen.",
  reference = "https://developers.zoom.us/docs/api/rest/reference/zoom-api/methods/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004", "TA0011:T1090.003" } },
  tags = { "Zoom", "Sign-in" },
  summary_attributes = { "ip_address" },
  where = {
    type = "Sign in",
    ["ip_address|lookup"] = "threats",
  },
}

local function user_of(event)
  return event.email ~= "" and event.email or "An unknown user"
end

function title(event)
  return ("%s signed in from the bad address %s"):format(user_of(event), event.ip_address)
end

function dedup(event)
  return user_of(event):lower()
end

function alert_context(event)
  local row = zoom.row_of(event, "threats", event.ip_address)
  return { ip_address = event.ip_address, reason = row and row.reason }
end

tests {
  { name = "a Tor exit", fixture = "zoom/activity/sign_in_second_network.json", expect = true,
    mocks = { ["event:lookup"] = THREATS }, alert_context = { ip_address = "192.0.2.200",
      reason = "Tor exit" },
    title = "homer@example.com signed in from the bad address 192.0.2.200" },
  { name = "an address that is not in the table", fixture = "zoom/activity/sign_in.json",
    expect = false,
    mocks = { ["event:lookup"] = THREATS } },
  { name = "without an email address", fixture = "zoom/activity/sign_in_second_network.json",
    expect = true, set = { email = "" }, mocks = { ["event:lookup"] = THREATS },
    title = "An unknown user signed in from the bad address 192.0.2.200" },
  { name = "without an IP address",
    fixture = "zoom/activity/sign_in.json", set = { ip_address = "" },
    expect = false },
  { name = "signed out", fixture = "zoom/activity/sign_out.json", expect = false,
    mocks = { ["event:lookup"] = THREATS } },
  { name = "without a table", fixture = "zoom/activity/sign_in_second_network.json",
    expect = false },
}
