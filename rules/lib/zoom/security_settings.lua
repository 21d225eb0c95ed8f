--- Zoom's security settings, for zoom.weakened: their names in the operation log, in Zoom's present words
-- (KB0059839, KB0059136, KB0064901, KB0058821, KB0065790) and in older ones.
--
-- A row is
--
--   key       what rules call it
--   words     texts in lower case; every name of the setting contains one of them
--   name      a regex for "section: setting" in lower case
--   safe      "more" if On, more people or more entries are safer; "less" if Off, fewer people or fewer
--             entries are; without it the setting is known to be harmless
--   number    "more" or "less": which numbers are safer, where it has a number
--   list      true if its value may be a list
--   keep      the safe value, where it has one of several
--   severity  of the change for the whole account
--   own_rule  true if a rule of its own reports it for the account
--
-- The first row whose name fits counts, so exceptions stand before what they are exceptions from.
-- No function belongs here: as long as all of it is data, all rules share one table.

local settings = {}

settings.rows = {
  -- Not about security, whatever words they contain.
  { key = "waiting_room_looks", words = { "waiting room" },
    name = "waiting room[^:]*\\b(?:chat|colou?rs?|logo|title|description|theme|video|messages?"
      .. "|background|music"
      .. "|image|branding|language)|\\b(?:chat|customi[sz]e\\w*)\\b[^:]*waiting room" },
  { key = "disclaimer", words = { "disclaimer", "consent" }, name = "disclaimer|consent" },
  { key = "passcode_in_link", words = { "embed" }, name = "embed pass(?:code|word)", safe = "less",
    severity = "low" },

  -- Sign-in
  { key = "two_factor", words = { "two-factor", "two factor", "2fa", "multi-factor" },
    name = "two[- ]factor|\\b2fa\\b|multi-factor", safe = "more", severity = "high", own_rule = true },
  { key = "sso_bypass", words = { "exempt", "bypass", "exception", "excluded" },
    name = "\\b(?:exempt(?:ed)?|excepted|excluded|exceptions?|bypass)\\b(?![^:]*(?:waiting room"
      .. "|passcode))[^:]*"
      .. "\\b(?:users?|sso|sign[- ]?on|sign[- ]?in|domains?)|users?[^:]*\\b(?:exempt|bypass|exception"
      .. "|excluded)\\w*"
      .. "(?![^:]*waiting room)",
    safe = "less", list = true, severity = "high", own_rule = true },
  { key = "sso", words = { "sso", "single sign-on", "company identity", "identity provider" },
    name = "(?:require|enforce|must|only|force)[^:]*\\b(?:sso|single sign-on|company identity"
      .. "|identity provider)"
      .. "|\\b(?:sso|single sign-on)\\b[^:]*\\b(?:require|enforce|only)",
    safe = "more", list = true, severity = "high", own_rule = true },
  { key = "sign_out",
    words = { "sign users out", "sign in again", "signed out", "sign out", "session", "inactiv", "idle" },
    name = "sign users out|sign in again|sign(?:ed)? out (?:after|when)|session (?:length|duration"
      .. "|timeout|expir)"
      .. "|(?:period of inactivity|idle time)",
    safe = "more", number = "less", severity = "medium", own_rule = true },
  { key = "password_reuse", words = { "reuse" }, name = "cannot reuse|reuse of (?:old |previous )?passwords",
    safe = "more", number = "more", severity = "low", own_rule = true },
  { key = "password_expiry", words = { "expire" }, name = "password[^:]*expire|expire[^:]*password",
    safe = "more", number = "less", severity = "low", own_rule = true },
  { key = "password_length", words = { "length" },
    name = "length of characters|pass(?:word|code)[^:]*length|length[^:]*pass(?:word|code)",
    safe = "more", number = "more", severity = "medium", own_rule = true },
  { key = "password",
    words = { "password requirement", "password policy", "passcode requirement", "weak password",
      "change their password" },
    name = "^(?:[^:]*(?:sign-?in |enhanced )password requirements?|password policy)\\b|weak password"
      .. "|change their passwords?",
    safe = "more", number = "more", severity = "low", own_rule = true },

  -- Who gets into meetings
  { key = "waiting_room_bypass", words = { "waiting room" },
    name = "(?:bypass|skip)[^:]*waiting room|waiting room[^:]*(?:bypass|skip"
      .. "|without)", safe = "less", list = true,
    severity = "low" },
  { key = "one_option", words = { "one security option" }, name = "one security option", safe = "more",
    severity = "medium", own_rule = true },
  { key = "waiting_room",
    words = { "waiting room" }, name = "waiting room", safe = "more", severity = "medium",
    own_rule = true },
  { key = "new_passcode", words = { "when scheduling new meetings" },
    name = "pass(?:code"
      .. "|word) when scheduling new meetings", safe = "more", severity = "medium", own_rule = true },
  { key = "recording_passcode", words = { "cloud recording" },
    name = "pass(?:code|word)[^:]*shared cloud recordings?|shared cloud recordings?[^:]*pass(?:code|word)",
    safe = "more", severity = "medium", own_rule = true },
  { key = "recording_sign_in",
    words = { "view cloud recording" }, name = "(?:can |to )view cloud recordings?",
    safe = "more", severity = "medium", own_rule = true },
  { key = "meeting_sign_in", words = { "authenticat", "sign in to join", "sign-in to join" },
    name = "authenticated [^:]*can join|authentication [^:]*(?:to join|join)"
      .. "|sign[- ]in to join", safe = "more",
    severity = "medium", own_rule = true },
  { key = "passcode", words = { "passcode" },
    name = "(?:require|meeting|webinar|pmi|phone|personal)[^:]*passcode|passcode (?:for|required|requirement)"
      .. "|: (?:numeric )?passcode$|^passcode$",
    safe = "more", number = "more", severity = "medium" },
  { key = "join_before_host", words = { "join before host", "join before the host", "join anytime" },
    name = "join (?:before (?:the )?host|anytime)", safe = "less", severity = "low", own_rule = true },
  { key = "removed_rejoin",
    words = { "rejoin" }, name = "(?:removed|participants?)[^:]*rejoin", safe = "less",
    severity = "low" },
  { key = "block_domains", words = { "block users", "blocked domain", "block domain" },
    name = "block(?:ed)? (?:users in (?:specific )?)?(?:user )?domains?"
      .. "|block users", safe = "more", list = true,
    severity = "medium" },

  -- Encryption
  { key = "end_to_end", words = { "end-to-end", "e2e", "encryption type" },
    name = "end-to-end|\\be2ee?\\b|encryption type", safe = "more", keep = "end-to-end", severity = "high",
    own_rule = true },
  { key = "ip_access", words = { "ip address", "ip range", "ip allow", "ip restrict" },
    name = "\\bip (?:address(?:es)? )?(?:access|ranges?|allow|restrict|control)", safe = "more",
    severity = "high",
    own_rule = true },
  { key = "third_party", words = { "3rd party", "third-party", "third party" },
    name = "encryption for (?:3rd|third)[- ]party|(?:3rd|third)[- ]party[^:]*encrypt", safe = "more",
    severity = "medium", own_rule = true },

  -- What people may do in meetings
  { key = "guest_may",
    words = { "guest" }, name = "guests? (?:can|may|are allowed)|(?:allow|let|permit)\\w* guests?",
    safe = "less", severity = "low" },
  { key = "guest_alert", words = { "guest" },
    name = "(?:identify|highlight|alert|label|mark|show)[^:]*guest|guests?[^:]*(?:join|label"
      .. "|identif)", safe = "more",
    severity = "low", own_rule = true },
  { key = "remote_control", words = { "remote control", "auto accept", "auto-accept", "remote support" },
    name = "remote (?:control|support)|auto[- ]accept", safe = "less", severity = "medium", own_rule = true },
  { key = "screen_share", words = { "who can share", "who can start sharing", "screen sharing" },
    name = "who can (?:share|start sharing)|screen sharing", safe = "less", severity = "low" },
  { key = "chat_files", words = { "file transfer", "send files", "sending files", "share files" },
    name = "file transfer|send(?:ing)? files|share files", safe = "less", severity = "low", own_rule = true },
  { key = "live_stream", words = { "live stream", "live-stream", "livestream" }, name = "live[- ]?stream",
    safe = "less", list = true,
    severity = "low", own_rule = true },
  { key = "watermark", words = { "watermark" }, name = "watermark", safe = "more", severity = "low" },
  { key = "external_chat", words = { "external", "outside" },
    name = "(?:chat|contacts?|messag|channels?|share|shared|meeting summar)[^:]*(?:external|outside)"
      .. "|(?:external|outside)[^:]*(?:chat|contacts?|messag|channels?)",
    safe = "less", severity = "medium" },
  { key = "ai", words = { "ai companion", "meeting summar", "meeting quer", "meeting question" },
    name = "ai companion|meeting (?:summar|quer|question)", safe = "less", severity = "low" },

  -- Recordings and what is kept
  { key = "download_host_only",
    words = { "download" }, name = "only (?:the )?hosts? can download", safe = "more",
    severity = "medium", own_rule = true },
  { key = "recording_download", words = { "download" },
    name = "recordings?\\b(?:(?!delet)[^:])*download|download[^:]*recording"
      .. "|recording: [^:]*download", safe = "less",
    severity = "medium", own_rule = true },
  { key = "local_recording", words = { "local recording", "record to computer", "recording to computer" },
    name = "local recording|record(?:ing)? to computer", safe = "less", severity = "medium",
    own_rule = true },
  { key = "recording_share", words = { "recording" },
    name = "shar(?:e|ing)[^:]*(?:cloud )?recordings?|recordings?[^:]*shar(?:e|ing)", safe = "less",
    severity = "medium" },
  { key = "recording_notice", words = { "recording" }, name = "recording (?:notification|announcement)s?",
    safe = "more", severity = "low" },
  { key = "auto_delete",
    words = { "delete" }, name = "delete cloud recordings|auto(?:matic(?:ally)?)?[- ]delet",
    safe = "less", number = "more", severity = "medium" },
  { key = "retention", words = { "retention", "archiv", "retain", "store messages" },
    name = "retention|archiv|retain|store messages", safe = "more", number = "more", severity = "medium",
    own_rule = true },

  -- The account
  { key = "data_centers", words = { "data center", "data centre", "data region" },
    name = "data (?:cent(?:er|re)|region)s?", safe = "less", list = true, severity = "medium" },
  { key = "app_approval", words = { "approv" },
    name = "(?:require|need)[^:]*(?:pre-?)?approv|(?:pre-?)approv[^:]*(?:require|apps?)", safe = "more",
    severity = "medium" },
}

-- Any other setting that is unlocked.
settings.unlocked = { key = "unlocked", words = { "unlock" }, severity = "low" }

settings.by_key = {}
for _, row in ipairs(settings.rows) do
  settings.by_key[row.key] = row
end

-- Which rows have a name with a word, and all words as one regex.
settings.by_word = {}
settings.others = { unlocked = true }
local words = {}
for place, row in ipairs(settings.rows) do
  for _, word in ipairs(row.words) do
    if not settings.by_word[word] then
      settings.by_word[word] = {}
      words[#words + 1] = word
    end
    local places = settings.by_word[word]
    places[#places + 1] = place
  end
  if row.safe and not row.own_rule then
    settings.others[row.key] = true
  end
end
-- The longest first, as one may begin another.
table.sort(words, function(a, b)
  return #a > #b or #a == #b and a < b
end)
settings.WORDS = "(" .. table.concat(words, "|") .. ")"

return settings
