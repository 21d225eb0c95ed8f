local zoom = require "zoom.content"

-- The places of the addresses in the tests.
local CH = { country = { iso_code = "CH" }, location = { latitude = 47.4, longitude = 8.5 } }
local NZ = { country = { iso_code = "NZ" }, location = { latitude = -36.8, longitude = 174.8 } }
local PLACES = { geo = { ["203.0.113.24"] = CH, ["192.0.2.200"] = NZ } }

metadata {
  id = "Zoom.Sign.In.Impossible.Travel",
  display_name = "Impossible travel between Zoom sign-ins",
  log_types = { "Zoom.Activity" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "A user signed in from two places that are too far apart for the time between "
    .. "the sign-ins: more than 500 km, and faster than 1,000 km/h. One of the places is new to the "
    .. "user, and neither network is shared by five or more people of the company: VPN gateways, "
    .. "offices and the hotels of a conference explain themselves. The rule needs the lookup table "
    .. "\"geo\" with coordinates (docs/detections.md); without it the rule does nothing.\n\n"
    .. "False positives: VPNs of the user's own, and mobile networks, whose addresses are not where "
    .. "their users are.",
  runbook = "1. Ask the user where they are, and whether they use a VPN.\n"
    .. "2. Compare the clients of both sign-ins.\n"
    .. "3. If nobody can explain it: end the user's sessions, reset their password, and require "
    .. "a second factor.\n"
    .. "4. `margay search --indicator USER --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Sign.In.Impossible.Travel --except email=USER --reason TICKET` leaves out what is meant "
    .. "to happen.",
  reference = "https://developers.zoom.us/docs/api/rest/reference/zoom-api/methods/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004" } },
  tags = { "Zoom", "Sign-in", "Stateful" },
  summary_attributes = { "ip_address" },
  where = {
    type = "Sign in",
    ["email|contains"] = "@",
  },
  travel = {
    of = {
      { lookup = "geo", key = "ip_address", value = "location.latitude" },
      { lookup = "geo", key = "ip_address", value = "location.longitude" },
      "ip_address",
    },
    per = "email",
    farther_than = 500,
    faster_than = 1000,
    shared_by = 5,
  },
}

local function place_of(event)
  local place = zoom.place_of(event, event.ip_address)
  return place and place.latitude and place.longitude and place
end

function title(event)
  local place = place_of(event)
  return ("%s signed in from %s, too far from their previous sign-in"):format(event.email,
    place and place.country or event.ip_address)
end

function dedup(event)
  return tostring(event.email):lower()
end

function alert_context(event)
  local place = place_of(event)
  return { country = place and place.country, ip_address = event.ip_address,
    client_type = event.client_type }
end

tests {
  { name = "without an email address", fixture = "zoom/activity/sign_in.json", set = { email = "" },
    expect = false },
  { name = "signed out", fixture = "zoom/activity/sign_out.json", expect = false },
  { name = "without an IP address",
    fixture = "zoom/activity/sign_in.json", set = { ip_address = "" },
    expect = false },
  { name = "around the world in four minutes", mocks = { ["event:lookup"] = PLACES }, events = {
    { fixture = "zoom/activity/sign_in.json" },
    { fixture = "zoom/activity/sign_in_second_network.json" },
  }, alerts = {
    { title = "homer@example.com signed in from NZ, too far from their previous sign-in" } } },
  { name = "with a day for the flight", mocks = { ["event:lookup"] = PLACES }, expect = false,
    events = {
    { fixture = "zoom/activity/sign_in.json" },
    { fixture = "zoom/activity/sign_in_second_network.json", after = "23h" },
  } },
  { name = "twice from the same place", mocks = { ["event:lookup"] = PLACES }, expect = false,
    events = {
    { fixture = "zoom/activity/sign_in.json", times = 2, every = "1m" },
  } },
  { name = "two users", mocks = { ["event:lookup"] = PLACES }, expect = false, events = {
    { fixture = "zoom/activity/sign_in.json" },
    { fixture = "zoom/activity/sign_in_second_network.json",
      set = { email = "lisa@example.com" } },
  } },
  { name = "between two places that the user knows", mocks = { ["event:lookup"] = PLACES }, alerts = 0,
    events = {
    { fixture = "zoom/activity/sign_in_second_network.json" },
    { fixture = "zoom/activity/sign_in.json", after = "2d" },
    { fixture = "zoom/activity/sign_in_second_network.json", after = "2d" },
    { fixture = "zoom/activity/sign_in.json", after = "10m" },
  } },
  { name = "home again, minutes after a place that is new", mocks = { ["event:lookup"] = PLACES },
    alerts = 1, events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "2d" },
    { fixture = "zoom/activity/sign_in_second_network.json", after = "26h" },
    { fixture = "zoom/activity/sign_in.json", after = "10m" },
  } },
  { name = "through a gateway that many use", mocks = { ["event:lookup"] = PLACES }, alerts = 0,
    events = {
    { fixture = "zoom/activity/sign_in_second_network.json", times = 5,
      set = { email = "user{n}@example.com" } },
    { fixture = "zoom/activity/sign_in.json", after = "1d" },
    { fixture = "zoom/activity/sign_in_second_network.json", after = "10m" },
    { fixture = "zoom/activity/sign_in.json", after = "10m" },
  } },
  { name = "from a network of IPv6", alerts = 1, mocks = { ["event:lookup"] = { geo = {
      ["203.0.113.24"] = CH, ["2001:db8::1"] = NZ } } }, events = {
    { fixture = "zoom/activity/sign_in.json" },
    { fixture = "zoom/activity/sign_in_ipv6.json", set = { ip_address = "2001:db8::1" }, after = "1m" },
  } },
  { name = "without a table", expect = false, events = {
    { fixture = "zoom/activity/sign_in.json" },
    { fixture = "zoom/activity/sign_in_second_network.json" },
  } },
}
