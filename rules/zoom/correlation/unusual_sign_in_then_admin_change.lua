correlation {
  id = "Zoom.Takeover.Unusual.Sign.In.Then.Admin.Change",
  display_name = "Unusual Zoom sign-in, then a risky change",
  severity = "critical",
  evidence = "documented",
  pack = "zoom-core",
  story = { "email" },
  description = "Somebody signed in from a new country, with a new client, from a bad address, "
    .. "or from too far away to have travelled. Within two days they gave somebody a "
    .. "privileged role, weakened sign-in or another protection, opened domains, recordings or address "
    .. "ranges, moved a webhook, forwarded calls or added an app. An intruder who wants to keep access does "
    .. "this.\n\n"
    .. "False positives: admins who work while they travel, or who have a new machine.",
  runbook = "1. Call the admin, and end all of their sessions in the meantime.\n"
    .. "2. Undo the changes that were made since the sign-in.\n"
    .. "3. Reset the password, and look for users, apps and roles that were created since.\n"
    .. "4. `margay search --indicator NAME --since 7d` shows what else each person did; `margay "
    .. "alerts list` shows the alerts of the steps.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004", "TA0003:T1098.003" } },
  tags = { "Zoom", "Takeover" },
  sequence = {
    { id = "sign_in", on = "email", rule = {
      "Zoom.Sign.In.New.Country", "Zoom.Sign.In.New.Client", "Zoom.Sign.In.Impossible.Travel",
      "Zoom.Sign.In.From.Threat.Address", "Zoom.Sign.In.Country.New.To.Company",
    } },
    { id = "change", on = "operator", rule = {
      "Zoom.User.Promoted.to.Privileged.Role", "Zoom.UserGrantedAdmin",
      "Zoom.Role.Given.Dangerous.Privileges", "Zoom.Two.Factor.Authentication.Disabled",
      "Zoom.Sign.In.Method.Modified", "Zoom.SSO.Settings.Changed", "Zoom.Marketplace.App.Added",
      "Zoom.API.Credentials.Changed", "Zoom.Account.Owner.Changed",
      "Zoom.Automatic.Sign.Out.Disabled", "Zoom.Billing.Plan.Reduced", "Zoom.Chat.Retention.Disabled",
      "Zoom.Cloud.Recording.Authentication.Disabled", "Zoom.Cloud.Recording.Passcode.Disabled",
      "Zoom.Domain.List.Changed", "Zoom.End.To.End.Encryption.Disabled", "Zoom.Guest.Alert.Disabled",
      "Zoom.IP.Allow.List.Changed", "Zoom.Information.Barrier.Lifted", "Zoom.Password.Length.Reduced",
      "Zoom.Phone.Call.Forwarding.Changed", "Zoom.Phone.International.Calls.Allowed",
      "Zoom.Recording.Made.Public", "Zoom.Security.Settings.Disabled.At.Once",
      "Zoom.Sign.In.Requirements.Changed", "Zoom.User.Email.To.Other.Domain",
      "Zoom.Group.Admin.Changed", "Zoom.User.Security.Setting.Weakened",
      "Zoom.User.Two.Factor.Reset", "Zoom.Users.Removed.At.Once", "Zoom.Users.Removed.In.Batches",
      "Zoom.Webhook.Endpoint.Changed", "Zoom.Data.Exported", "Zoom.Phone.Trunk.Or.Role.Changed",
      "Zoom.Remote.Control.Allowed", "Zoom.Security.Setting.Weakened",
      "Zoom.User.Group.Security.Setting.Disabled",
    } },
  },
  on = "email",
  within_minutes = 48 * 60,
}

function title(event)
  return ("%s made a risky change after an unusual sign-in: %s"):format(event.email,
    event.steps.change.events[1].title)
end

tests {
  { name = "a new client, then two-factor authentication off", events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_linux.json", after = "1d" },
    { fixture = "zoom/operation/two_factor_disabled.json", after = "2h" },
  }, alerts = { { title = "homer@example.com made a risky change after an unusual sign-in: "
    .. "Two-factor authentication turned off by homer@example.com" } } },
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
  { name = "25 hours later, a domain added", alerts = 1, events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_linux.json", after = "1d" },
    { fixture = "zoom/operation/managed_domain_added.json", after = "25h" },
  } },
  { name = "three days later", alerts = 0, events = {
    { fixture = "zoom/activity/sign_in.json", times = 3, every = "10d" },
    { fixture = "zoom/activity/sign_in_linux.json", after = "1d" },
    { fixture = "zoom/operation/two_factor_disabled.json", after = "3d" },
  } },
}
