local zoom = require "zoom.webhook"

-- What Zoom's numbers mean.
local NAMES = {
  ["0"] = "Facebook", ["1"] = "Google", ["11"] = "a phone number", ["24"] = "Apple", ["27"] = "Microsoft",
  ["99"] = "the API", ["100"] = "a password",
}

metadata {
  id = "Zoom.User.Sign.In.Without.SSO",
  display_name = "Zoom sign-in without single sign-on",
  log_types = { "Zoom.User" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "A user who signs in by single sign-on signed in another way: with a password, by "
    .. "Google, Apple or another service. Whoever steals a session or is exempt from single "
    .. "sign-on comes in that way, past the company's second factor. The rule learns for "
    .. "fourteen days how each user signs in.\n\n"
    .. "False positives: the owner, who may always use the password; single sign-on that "
    .. "failed.",
  runbook = "1. Ask the user whether it was them, and why.\n"
    .. "2. Check whether somebody exempted the user.\n"
    .. "3. If nobody can explain it: end the user's sessions, reset the password, and require "
    .. "single sign-on for the domain.\n"
    .. "4. `margay search --indicator USER --since 7d` shows what else happened; `margay tune "
    .. "Zoom.User.Sign.In.Without.SSO --except payload.object.email=USER --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/users/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004", "TA0006:T1556" } },
  tags = { "Zoom", "Sign-in" },
  where = {
    event = "user.signed_in",
    ["payload.object.email|contains"] = "@",
  },
  -- 101 is single sign-on.
  new_value = {
    of = "payload.object.login_type",
    per = "payload.object.email",
    never_new = { "101" },
    learn = "14d",
    keep = "90d",
  },
  dedup = "payload.object.email",
  alert_context = {
    login_type = "payload.object.login_type",
    client_type = "payload.object.client_type",
    version = "payload.object.version",
  },
}

function title(event)
  local way = tostring(zoom.object_value(event, "login_type"))
  return ("%s signed in with %s instead of single sign-on"):format(zoom.object_value(event, "email"),
    NAMES[way] or "a way of number " .. way)
end

tests {
  { name = "after three weeks of single sign-on", alerts = 1, events = {
    { fixture = "zoom/webhook/user/signed_in.json", times = 21, every = "1d", at = "2024-01-01T08:00:00Z",
      set = { ["payload.object.login_type"] = 101 } },
    { fixture = "zoom/webhook/user/signed_in.json", after = "1h" },
  } },
  { name = "who always has a password", alerts = 0, events = {
    { fixture = "zoom/webhook/user/signed_in.json", times = 21, every = "1d", at = "2024-01-01T08:00:00Z" },
  } },
  { name = "by single sign-on for the first time", alerts = 0, events = {
    { fixture = "zoom/webhook/user/signed_in.json", times = 21, every = "1d", at = "2024-01-01T08:00:00Z" },
    { fixture = "zoom/webhook/user/signed_in.json", after = "1h",
      set = { ["payload.object.login_type"] = "101" } },
  } },
  { name = "one sign-in", fixture = "zoom/webhook/user/signed_in.json", expect = false },
  { name = "signed out", fixture = "zoom/webhook/user/signed_in.json", expect = false,
    set = { event = "user.signed_out", ["payload.object.email"] = "" } },
}
