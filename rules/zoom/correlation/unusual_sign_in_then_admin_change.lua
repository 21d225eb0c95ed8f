correlation {
  id = "Zoom.Takeover.Unusual.Sign.In.Then.Admin.Change",
  display_name = "Unusual Zoom sign-in, then a risky admin change",
  severity = "critical",
  description = "Somebody signed in from a new country, with a new client, from a bad address, "
    .. "or from too far away to have travelled. Within a day they gave somebody a privileged "
    .. "role, weakened sign-in, or added an app. An intruder who wants to keep access does "
    .. "this.\n\n"
    .. "False positives: admins who work while they travel, or who have a new machine.",
  runbook = "1. Call the admin, and end all of their sessions in the meantime.\n"
    .. "2. Undo the changes that were made since the sign-in.\n"
    .. "3. Reset the password, and look for users, apps and roles that were created since.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004", "TA0003:T1098.003" } },
  tags = { "Zoom", "Takeover" },
  sequence = {
    { id = "sign_in", on = "email", rule = {
      "Zoom.Sign.In.New.Country", "Zoom.Sign.In.New.Client", "Zoom.Sign.In.Impossible.Travel",
      "Zoom.Sign.In.From.Threat.Address",
    } },
    { id = "change", on = "operator", rule = {
      "Zoom.User.Promoted.to.Privileged.Role", "Zoom.UserGrantedAdmin",
      "Zoom.Role.Given.Dangerous.Privileges", "Zoom.Two.Factor.Authentication.Disabled",
      "Zoom.Sign.In.Method.Modified", "Zoom.SSO.Settings.Changed", "Zoom.Marketplace.App.Added",
      "Zoom.API.Credentials.Changed", "Zoom.Account.Owner.Changed",
    } },
  },
  on = "email",
  within_minutes = 24 * 60,
}

function title(event)
  return ("%s made a risky admin change after an unusual sign-in"):format(event.email)
end

tests {
  { name = "a new client, then two-factor authentication off", events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_linux.json", after = "1d" },
    { fixture = "zoom/operation/two_factor_disabled.json", after = "2h" },
  }, alerts = { { title = "homer@example.com made a risky admin change after an unusual sign-in" } } },
  { name = "the usual client", alerts = 0, events = {
    { fixture = "zoom/activity/sign_in.json", times = 4, every = "10d" },
    { fixture = "zoom/operation/two_factor_disabled.json", after = "2h" },
  } },
  { name = "a change by somebody else", alerts = 0, events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_linux.json", after = "1d" },
    { fixture = "zoom/operation/two_factor_disabled.json", after = "2h",
      set = { operator = "bart@example.com" } },
  } },
  { name = "two days later", alerts = 0, events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_linux.json", after = "1d" },
    { fixture = "zoom/operation/two_factor_disabled.json", after = "2d" },
  } },
}
