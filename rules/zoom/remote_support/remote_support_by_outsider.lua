local people = require "zoom.people"
local webhook = require "zoom.webhook"

local impostor = require "impostor"

metadata {
  id = "Zoom.Remote.Support.By.Outsider",
  display_name = "Zoom remote support by an outsider",
  log_types = { "Zoom.RemoteSupport" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "Somebody who is not of the company asked for control of the computer of one of its "
    .. "users, or had it. \"Let me help you\" ends in programs that stay.\n\n"
    .. "False positives: a supplier who maintains a program; the lookup table own_domains "
    .. "makes the rule exact.",
  runbook = "1. Call the user now, and end the meeting.\n"
    .. "2. Ask who the supporter was, and what was installed or typed.\n"
    .. "3. If nobody can explain it: take the computer off the network, and treat it as broken "
    .. "into.\n"
    .. "4. `margay search --indicator USER --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Remote.Support.By.Outsider --except supporter_email=EMAIL --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/meetings/#tag/reports/get/report/remote_support",
  reports = { ["MITRE ATT&CK"] = { "TA0011:T1219", "TA0001:T1566.004" } },
  tags = { "Zoom", "Meetings" },
  where = {
    ["supportee_email|contains"] = "@",
  },
}

-- Without the table, the company is the user's domain.
local function is_outsider(event)
  local email = event.supporter_email
  if type(email) ~= "string" or email == "" then
    return true
  end
  local own = people.is_own_domain(event, email)
  if own == nil then
    own = people.are_related_domains(people.domain_of(email) or "",
      people.domain_of(event.supportee_email) or "")
  end
  return not own
end

-- Other companies' users whom one of us supports are no victims of ours.
function rule(event)
  return people.is_own_domain(event, event.supportee_email) ~= false and is_outsider(event)
end

local function supporter(event)
  local email = event.supporter_email
  return type(email) == "string" and email ~= "" and email or webhook.text_of(event.supporter_name)
    or "an unknown person"
end

function title(event)
  return ("Computer of %s %s by the outsider %s"):format(event.supportee_email,
    event.start_time and "controlled" or "asked for", supporter(event))
end

function severity(event)
  return impostor.is_name(event.supporter_name) and "CRITICAL" or event.start_time and "DEFAULT" or "MEDIUM"
end

function dedup(event)
  return ("%s %s"):format(event.supportee_email:lower(), supporter(event):lower())
end

function alert_context(event)
  return { supporter = event.supporter_name, email = event.supporter_email, topic = event.topic,
    meeting = event.meeting_number, duration = event.duration }
end

tests {
  { name = "a guest", fixture = "zoom/remote_support/session.json", expect = true, severity = "HIGH",
    set = { supporter_email = "", supporter_name = "Fat Tony" },
    title = "Computer of abraham.j.simpson@example.com controlled by the outsider Fat Tony" },
  { name = "asked for, and not given", fixture = "zoom/remote_support/session.json", expect = true,
    unset = { "start_time", "end_time", "supporter_email" }, severity = "MEDIUM",
    title = "Computer of abraham.j.simpson@example.com asked for by the outsider Ned Flanders" },
  { name = "in the service's name", fixture = "zoom/remote_support/session.json", expect = true,
    set = { supporter_email = "x@partner.example", supporter_name = "Zoom Support" }, severity = "CRITICAL" },
  { name = "a colleague", fixture = "zoom/remote_support/session.json", expect = false },
  { name = "a colleague of a subsidiary", fixture = "zoom/remote_support/session.json", expect = false,
    set = { supporter_email = "ned@shop.example.com" } },
  { name = "a supplier of the table", fixture = "zoom/remote_support/session.json", expect = false,
    set = { supporter_email = "ned@partner.example" }, mocks = { ["event:lookup"] = { own_domains = {
      ["example.com"] = { value = true }, ["partner.example"] = { value = true } } } } },
  { name = "a guest whom we support", fixture = "zoom/remote_support/of_a_guest.json", expect = false },
}
