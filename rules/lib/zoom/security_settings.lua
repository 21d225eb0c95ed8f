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
--   switch    "more" if On is safer than Off, where the opposite is true of lists
--   keep      a regex for the safe value, where it has one of several
--   severity  of the change for the whole account
--   cis       the recommendations of CIS Zoom Benchmark 1.0 that the change goes against
--   own_rule  true if a rule of its own reports it for the account
--
-- The first row whose name fits counts, so exceptions stand before what they are exceptions from.
-- No function belongs here: as long as all of it is data, all rules share one table.

local settings = {}

local sub = string.sub

settings.rows = {
  -- A name that is a field's, with an underscore, is of webhooks alone.
  --
  -- Not about security, whatever words they contain.
  { key = "waiting_room_looks", words = { "waiting room" },
    name = "waiting room[^:]*\\b(?:chat|colou?rs?|logo|title|description|theme|video|messages?"
      .. "|background|music"
      .. "|image|branding|language)|\\b(?:chat|customi[sz]e\\w*|sounds?|chime|notif\\w+|e-?mails?)\\b"
      .. "[^:]*waiting room" },
  { key = "looks", words = { "colo", "logo", "font", "placeholder", "reminder", "theme", "icon" },
    name = "\\b(?:colou?rs?|logos?|fonts?|font size|placeholders?|reminders?|reminder e-?mails?|themes?"
      .. "|icons?)$" },
  { key = "advice", words = { "meter", "hint", "tooltip" },
    name = "\\b(?:strength meters?|password meters?|hints?|tooltips?)\\b" },
  { key = "calendar_consent", words = { "on behalf of entire account", "on behalf of the entire account" },
    name = "on behalf of (?:the )?entire account", safe = "less", severity = "medium", cis = "1.1.5.3" },
  { key = "disclaimer", words = { "disclaimer", "consent" }, name = "disclaimer|consent" },
  { key = "passcode_in_link", words = { "embed" }, name = "embed pass(?:code|word)", safe = "less",
    severity = "low" },

  -- Sign-in
  { key = "two_factor_exempt", words = { "exclud", "exempt", "except" },
    name = "(?:two[- ]factor|\\b2fa\\b|multi-factor)[^:]*\\b(?:exclud|exempt|except)"
      .. "|\\b(?:exclud|exempt|except)[^:]*(?:two[- ]factor|\\b2fa\\b|multi-factor)",
    safe = "less", list = true, severity = "high" },
  { key = "two_factor_scope", words = { "two_factor_auth_" }, name = "two_factor_auth_(?:groups|roles)",
    safe = "more", list = true, severity = "high", own_rule = true },
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
      .. "|(?:period (?:of|for) inactivity|idle time)",
    safe = "more", number = "less", severity = "medium", own_rule = true },
  { key = "password_reuse", words = { "reuse" },
    name = "cannot reuse|reuse of (?:old |previous )?passwords",
    safe = "more", number = "more", severity = "low", own_rule = true },
  { key = "password_expiry", words = { "expire", "change their password" },
    name = "password[^:]*expire|expire[^:]*password|change their passwords?[^:]*(?:maximum|at most)",
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

  { key = "equal_characters", words = { "consecutive_characters" }, name = "consecutive_characters",
    safe = "more", number = "less", severity = "low" },

  -- Who gets into meetings
  { key = "waiting_room_bypass", words = { "bypass", "skip", "without" },
    name = "(?:bypass|skip)[^:]*waiting room|waiting room[^:]*(?:bypass|skip"
      .. "|without)", safe = "less", list = true,
    severity = "low" },
  { key = "one_option", words = { "one security option" }, name = "one security option", safe = "more",
    severity = "medium", own_rule = true },
  { key = "waiting_room_scope", words = { "participants_to_place" },
    name = "participants_to_place", safe = "less", number = "less", keep = "0", severity = "medium" },
  { key = "sign_in_domains", words = { "login_domains" }, name = "login_domains",
    safe = "less", list = true, severity = "medium" },
  { key = "approved_countries", words = { "approved_list" }, name = "approved_list", safe = "less",
    list = true, severity = "medium" },
  { key = "denied_countries", words = { "denied_list" }, name = "denied_list", safe = "more", list = true,
    severity = "medium" },
  { key = "waiting_room",
    words = { "waiting room" }, name = "waiting room", safe = "more", severity = "medium",
    own_rule = true },
  { key = "new_passcode", words = { "when scheduling new meetings" },
    name = "pass(?:code"
      .. "|word) when scheduling new meetings", safe = "more", severity = "medium", own_rule = true },
  { key = "recording_passcode", words = { "shared cloud recording" },
    name = "pass(?:code|word)[^:]*shared cloud recordings?|shared cloud recordings?[^:]*pass(?:code|word)",
    safe = "more", severity = "medium", own_rule = true },
  { key = "recording_viewers", words = { "who can view", "who can access", "viewed by",
    "accessed by" },
    name = "who can (?:view|access)[^:]*recording|recordings?[^:]*(?:viewed|accessed) by"
      .. "|recording[^:]*: who can (?:view|access)",
    safe = "less", severity = "medium" },
  { key = "sign_in_options", words = { "authentication option", "authentication profile" },
    name = "(?:meeting|webinar|recording|join|viewer)[^:]*authentication (?:option|profile)s?",
    safe = "less", severity = "medium" },
  { key = "recording_sign_in",
    words = { "view cloud recording" }, name = "(?:can |to )view cloud recordings?",
    safe = "more", severity = "medium", own_rule = true },
  { key = "meeting_sign_in", words = { "authenticat", "sign in to join", "sign-in to join" },
    name = "authenticated [^:]*can join|authentication [^:]*(?:to join|join)"
      .. "|sign[- ]in to join", safe = "more",
    severity = "medium", own_rule = true },
  { key = "passcode_numeric", words = { "allow numeric", "only numeric" },
    name = "(?:allow|only) (?:only )?numeric",
    safe = "less", severity = "low", cis = "1.1.1.1.8 1.2.6.5" },
  { key = "passcode", words = { "passcode", "passcode requirement", "require a password",
    "require password" },

    name = "(?:require|meeting|webinar|pmi|phone|personal)[^:]*passcode|passcode (?:for|required"
      .. "|requirement|strength|must|have|include|cannot)|weak passcode"
      .. "|require (?:a )?password for (?:instant|personal|participants)"
      .. "|: (?:numeric )?passcode$|^passcode$",
    safe = "more", number = "more", severity = "medium",
    cis = "1.1.1.1 1.1.1.5 1.1.1.6 1.1.1.7 1.1.1.10 1.2.6" },
  { key = "join_before_host", words = { "join before host", "join before the host", "join anytime" },
    name = "join (?:before (?:the )?host|anytime)", safe = "less", number = "less", severity = "low",
    own_rule = true },
  { key = "removed_rejoin",
    words = { "rejoin" }, name = "(?:removed|participants?)[^:]*rejoin", safe = "less",
    severity = "low", cis = "1.1.3.19" },
  { key = "countries", words = { "countr" },
    name = "(?:\\bentry|\\bjoin|users from)[^:]*\\bcountr|\\bcountr[^:]*(?:entry|join)", safe = "more",
    severity = "medium" },
  { key = "content_rules", words = { "data loss prevention", "chat etiquette" },
    name = "data loss prevention|chat etiquette", safe = "more", severity = "medium" },
  { key = "block_domains", words = { "block users", "blocked domain", "block domain" },
    name = "block(?:ed)? (?:users in (?:specific )?)?(?:user )?domains?"
      .. "|block users", safe = "more", list = true,
    severity = "medium" },

  -- Encryption
  { key = "end_to_end", words = { "end-to-end", "e2e", "encryption type" },
    name = "end-to-end|\\be2ee?\\b|encryption type", safe = "more", keep = "end-to-end|\\be2e",
    severity = "high", own_rule = true },
  { key = "ip_block", words = { "block" }, name = "\\bblock[^:]*\\bips?\\b|\\bips?\\b[^:]*\\bblock",
    safe = "more", list = true, severity = "high", own_rule = true },
  { key = "ip_access", words = { "ip address", "ip range", "ip allow", "ip restrict", "ip access" },
    name = "\\bip (?:address(?:es)? )?(?:access|ranges?|allow|restrict|control)", safe = "less",
    list = true, switch = "more", severity = "high", own_rule = true },
  { key = "recording_addresses", words = { "addresses_or_ranges" }, name = "addresses_or_ranges",
    safe = "less", list = true, severity = "high" },
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
    name = "remote (?:control|support)|auto[- ]accept", safe = "less", severity = "medium",
    own_rule = true },
  { key = "screen_share", words = { "who can share", "who can start sharing", "screen sharing" },
    name = "who can (?:share|start sharing)|screen sharing", safe = "less", severity = "low",
    cis = "1.1.3.4.2 1.1.3.4.3" },
  { key = "chat_files", words = { "file transfer", "send files", "sending files", "share files" },
    name = "file transfer|send(?:ing)? files|share files", safe = "less", severity = "low",
    own_rule = true },
  { key = "live_stream", words = { "live stream", "live-stream", "livestream" }, name = "live[- ]?stream",
    safe = "less", list = true,
    severity = "low", own_rule = true },
  { key = "watermark", words = { "watermark" }, name = "watermark", safe = "more", severity = "low",
    cis = "1.1.2.8 1.1.2.9" },
  { key = "external_chat", words = { "external", "outside" },
    name = "(?:chat|contacts?|messag|channels?|share|shared|meeting summar)[^:]*(?:external|outside)"
      .. "|(?:external|outside)[^:]*(?:chat|contacts?|messag|channels?)",
    safe = "less", severity = "medium", cis = "2.1.3.5" },
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
  { key = "local_recording",
    words = { "local recording", "record to computer", "recording to computer", "record locally" },
    name = "local recording|record(?:ing)? (?:to computer|locally)", safe = "less", severity = "medium",
    own_rule = true },
  { key = "link_expiry", words = { "link expir", "links expir", "link to expire", "links to expire" },
    name = "links? (?:to )?expir", safe = "more", number = "less", severity = "low" },
  { key = "recording_share", words = { "shar" },
    name = "shar(?:e|ing)[^:]*(?:cloud )?recordings?|recordings?[^:]*shar(?:e|ing)", safe = "less",
    severity = "medium" },
  { key = "recording_notice", words = { "recording notification", "recording announcement", "of recorded" },
    name = "recording (?:notification|announcement)s?|notifications? of recorded",
    safe = "more", severity = "low", cis = "1.2.13" },
  { key = "auto_delete",
    words = { "delete", "deletion" }, name = "delete cloud recordings|auto(?:matic(?:ally)?)?[- ]delet",
    safe = "less", number = "more", severity = "medium", cis = "1.2.11" },
  { key = "retention", words = { "retention", "archiv", "retain", "store messages", "store chat",
      "message revisions", "cloud storage", "message history", "file history", "chat history" },
    name = "retention|archiv|retain|store (?:messages|chats?)|message revisions|: cloud storage$"
      .. "|(?:save|store|keep)[^:]*(?:message|chat|file) history", safe = "more",
    number = "more",
    severity = "medium",
    own_rule = true },

  { key = "archive_address", words = { "smtp_delivery_address" }, name = "smtp_delivery_address",
    safe = "less", list = true, severity = "medium" },

  -- The account
  { key = "media_streams", words = { "real-time me", "realtime me", "rtms" },
    name = "real-?time (?:media|meeting content)|\\brtms\\b", safe = "less", severity = "medium" },
  { key = "data_centers", words = { "data center", "data centre", "data region" },
    name = "data (?:cent(?:er|re)|region)s?", safe = "less", list = true, switch = "more",
    severity = "medium", cis = "1.1.4.1.2" },
  { key = "app_approval", words = { "approv" },
    name = "(?:require|need)[^:]*(?:pre-?)?approv|(?:pre-?)approv[^:]*(?:require|apps?)", safe = "more",
    severity = "medium" },

  -- What CIS Zoom Benchmark 1.0 recommends besides
  { key = "personal_id", words = { "use personal meeting id" }, name = "use personal meeting id",
    safe = "less",
    severity = "low", cis = "1.1.2.6 1.1.2.7" },
  { key = "topic", words = { "as the meeting topic" }, name = "as the meeting topic", safe = "more",
    severity = "low", cis = "1.1.2.10" },
  { key = "chat_saved", words = { "from saving chat" }, name = "prevent[^:]*from saving chat",
    safe = "more",
    severity = "low", cis = "1.1.3.1.2" },
  { key = "private_chat", words = { "private 1:1", "private chat" }, name = "private (?:1:1|chat)",
    safe = "less", severity = "low", cis = "1.1.3.8" },
  { key = "join_sound", words = { "joins or leaves" }, name = "joins or leaves", safe = "more",
    severity = "low", cis = "1.1.3.2.1" },
  { key = "file_types", words = { "specified file types" }, name = "only[^:]*specified file types",
    safe = "more", severity = "low", cis = "1.1.3.3.2" },
  { key = "screen_saved", words = { "saving of shared screens", "saving of whiteboard" },
    name = "saving of (?:shared screens|whiteboard)", safe = "less", severity = "low",
    cis = "1.1.3.5.2 1.1.3.6.2" },
  { key = "desktop_share", words = { "disable desktop" }, name = "disable desktop[^:]*shar", safe = "more",
    severity = "low", cis = "1.1.3.15" },
  { key = "peer_to_peer", words = { "peer to peer", "peer-to-peer" }, name = "peer[- ]to[- ]peer",
    safe = "less",
    severity = "low", cis = "1.1.4.4.1" },
  { key = "report_participants", words = { "report participants", "report to zoom" },
    name = "report (?:participants )?to zoom", safe = "more", severity = "low", cis = "1.1.4.5" },
  { key = "captions_saved", words = { "save captions" }, name = "save captions", safe = "less",
    severity = "low", cis = "1.1.4.8" },
  { key = "camera_control", words = { "far end camera", "far-end camera" }, name = "far[- ]end camera",
    safe = "less", severity = "low", cis = "1.1.4.9" },
  { key = "auto_answer", words = { "auto-answer", "auto answer" }, name = "auto[- ]answer", safe = "less",
    severity = "low", cis = "1.1.4.11" },
  { key = "skype", words = { "skype for business" }, name = "skype for business", safe = "less",
    severity = "low", cis = "1.1.4.16" },
  { key = "unmute", words = { "permission to unmute" }, name = "permission to unmute", safe = "more",
    severity = "low", cis = "1.1.4.17" },
  { key = "calendar_oauth", words = { "enforce oauth" }, name = "enforce oauth", safe = "more",
    severity = "medium", cis = "1.1.5.4" },
  { key = "calendar", words = { "calendar and contacts integration" },
    name = "calendar and contacts integration", safe = "less", severity = "low", cis = "1.1.5.1" },
  { key = "notice", words = { "when an alternative host", "when attendees join meeting before",
      "when someone scheduled a meeting", "permanently deleted from trash" },
    name = "when (?:an alternative host|attendees join meeting before|someone scheduled a meeting)"
      .. "|permanently deleted from trash", safe = "more", severity = "low",
    cis = "1.1.6.2 1.1.6.4 1.1.6.5 1.1.6.6" },
  { key = "blur_snapshot", words = { "blur snapshot" }, name = "blur snapshot", safe = "more",
    severity = "low", cis = "1.1.7.1" },
  { key = "recording_recovery", words = { "recovery of deleted" }, name = "recovery of deleted",
    safe = "more",
    severity = "medium", cis = "1.2.12" },
  { key = "recording_hosts", words = { "accessing their cloud recordings" },
    name = "prevent hosts from accessing their cloud recordings", safe = "more", severity = "low",
    cis = "1.2.8" },
  { key = "auto_recording", words = { "automatic recording" }, name = "automatic recording", safe = "more",
    severity = "low", cis = "1.2.4.1" },
  { key = "phone_masked", words = { "mask phone number" }, name = "mask phone number", safe = "more",
    severity = "low", cis = "1.3.2" },
  { key = "screen_capture", words = { "screen capture" }, name = "^(?!.*prevent).*screen capture",
    safe = "less",
    severity = "low", cis = "2.1.1.1" },
  { key = "chat_encryption", words = { "chat encryption" }, name = "chat encryption", safe = "more",
    severity = "high", cis = "2.1.3.1" },
  { key = "chat_contacts", words = { "add contacts", "chat with others" },
    name = "allow users to (?:add contacts|chat with others)", safe = "less", severity = "low",
    cis = "2.1.3.3 2.1.3.4" },
  { key = "id_by_admin", words = { "only account admin can change" },
    name = "only account admin can change",
    safe = "more", severity = "low", cis = "3.1.1.3.1" },
  { key = "photo_import", words = { "importing of photos" }, name = "importing of photos", safe = "less",
    severity = "low", cis = "3.1.1.3.2" },
  { key = "billing_hidden", words = { "hide billing" }, name = "hide billing", safe = "more",
    severity = "low", cis = "3.1.1.3.3" },
}

-- Any other setting that is unlocked.
settings.unlocked = { key = "unlocked", words = { "unlock" }, severity = "low" }

settings.by_key = {}
for _, row in ipairs(settings.rows) do
  settings.by_key[row.key] = row
end

-- Which rows have a name with a word, which words begin with the same two bytes, and all words as one regex.
settings.by_word, settings.by_start = {}, {}
settings.others = { unlocked = true }
local by_size, longest = {}, 0
for place, row in ipairs(settings.rows) do
  for _, word in ipairs(row.words) do
    local places = settings.by_word[word]
    if places then
      places[#places + 1] = place
    else
      settings.by_word[word] = { place }
      local start, size = sub(word, 1, 2), #word
      local alike, as_long = settings.by_start[start] or {}, by_size[size] or {}
      settings.by_start[start], by_size[size] = alike, as_long
      alike[#alike + 1], as_long[#as_long + 1] = word, word
      longest = math.max(longest, size)
    end
  end
  if row.safe and not row.own_rule then
    settings.others[row.key] = true
  end
end
-- The longest first, as one may begin another. Where a longer word is found, the shorter ones in it are not.
local words = {}
for size = longest, 1, -1 do
  for _, word in ipairs(by_size[size] or {}) do
    words[#words + 1] = word
  end
end
settings.WORDS = "(" .. table.concat(words, "|") .. ")"

return settings
