local zoom = require "zoom"

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
  stateful = true,
  where = {
    type = "Sign in",
    ["email|contains"] = "@",
    ["ip_address|re"] = ".",
  },
}

local KILOMETRES, KILOMETRES_AN_HOUR = 500, 1000
local KEEP = 86400 -- seconds: a day is enough to travel anywhere
local KNOWN = 90 * 86400 -- seconds
local PEOPLE = 5
local NAME_BYTES_MAX = 200 -- in a key of kv

-- The great-circle distance in kilometres, by the haversine formula.
local function distance(a, b)
  local latitude, longitude = math.rad(b.latitude - a.latitude),
    math.rad(b.longitude - a.longitude)
  local half = math.sin(latitude / 2) ^ 2 + math.cos(math.rad(a.latitude))
    * math.cos(math.rad(b.latitude)) * math.sin(longitude / 2) ^ 2
  return 2 * 6371 * math.asin(math.min(1, math.sqrt(half)))
end

local function place_of(event)
  local place = zoom.place_of(event, event.ip_address)
  return place and place.latitude and place.longitude and place
end

-- A place to the degree: some hundred kilometres.
local function cell_of(place)
  return ("%.0f %.0f"):format(place.latitude, place.longitude)
end

-- Whether the user was at a place on an earlier day, and not long ago. Remembers the place.
local function is_known(user, place)
  local key, day = ("at %s %s"):format(user, place.cell), place.at // KEEP
  local first = kv.get_counter(key)
  if first == 0 then
    kv.increment_counter(key, day)
  elseif first < day then
    kv.set_expiry(key, KNOWN)
  end
  return first ~= 0 and first < day
end

-- Whether several people of the company sign in from a network: 256 addresses of IPv4, or 2^80 of IPv6,
-- which is what a site gets, and only those in one place. Remembers the user.
local function is_shared(user, place)
  local key = "in " .. place.network
  if kv.string_set_size(key) < PEOPLE then
    kv.add_to_string_set(key, user, { expires = KNOWN })
  end
  return kv.string_set_size(key) >= PEOPLE
end

local function network_of(address)
  local text = ip.normalise(address) or ""
  return ip.version(text) == 6 and re.match(text, "^(?:[0-9a-f]*:){3}") or re.match(text, "^(?:[0-9]+\\.){3}")
    or text
end

local function is_far(before, here)
  local far = distance(before, here)
  local hours = math.abs(here.at - before.at) / 3600
  return far > KILOMETRES and far > KILOMETRES_AN_HOUR * hours
end

function rule(event)
  local here, user = place_of(event), tostring(event.email):lower():sub(1, NAME_BYTES_MAX)
  if not here then
    return false
  end
  here.at, here.cell = math.floor(time.parse(event.p_event_time)), cell_of(here)
  here.network = network_of(event.ip_address) .. " " .. here.cell
  here.known, here.shared = is_known(user, here), is_shared(user, here)
  local before = kv.get_table(user)
  if not before or before.at <= here.at then
    kv.put_table(user, here, { expires = KEEP })
  end
  return before ~= nil and is_far(before, here) and not (here.known and before.known)
    and not here.shared and not before.shared
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
