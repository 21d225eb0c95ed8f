/**
 * What the pages Search, Rules and Health say, in English: the same as web/texts/en.js for them.
 */

const plural = (count, one, many) => `${count.toLocaleString()} ${count === 1 ? one : many}`;
const seconds = (n) => n % 86400 === 0 ? plural(n / 86400, "day", "days") : n % 3600 === 0 ? plural(n / 3600, "hour", "hours")
  : n % 60 === 0 ? plural(n / 60, "minute", "minutes") : plural(n, "second", "seconds");

export const texts = {
  tree: {
    emptyText: "(empty)",
    whole: "show all",
    more: (n) => `Show ${plural(n, "more", "more")}`,
  },

  histogram: {
    label: "Events by time",
    help: "Arrow keys move from bar to bar, with Shift they choose several, Enter narrows the time to what is chosen, Escape drops the choice.",
    reads: (from, to, n) => `${from} to ${to}: ${plural(n, "event", "events")}`,
    width: (n) => `A bar is ${seconds(n)}. Drag over some to narrow the time.`,
    numbers: "Numbers",
    caption: "Events by time",
    from: "From", events: "Events",
  },

  range: {
    label: "Time range", from: "From", to: "To", own: "From … to …",
    presets: { "15m": "Last 15 minutes", "1h": "Last hour", "24h": "Last 24 hours", "7d": "Last 7 days", "30d": "Last 30 days", "90d": "Last 90 days", all: "All time" },
  },

  search: {
    title: "Search",
    form: "Search events",
    where: "Conditions",
    placeholder: "operation_detail|contains=Passcode   action=Delete   a word",
    whereHelp: "FIELD=VALUE, or a word that any field may hold. All must hold; several values of one field are alternatives. Modifiers: |contains |startswith |endswith |neq |re |cidr |exists |gt |lt. Quotes for values with spaces.",
    go: "Search",
    more: "More",
    logType: "Log type", anyLogType: "Any",
    actor: "Who", actorHint: "An e-mail address or a name",
    ip: "IP address",
    indicator: "In any field", indicatorHint: "An e-mail or IP address, host, user name or hash; found by an index",
    lua: "Lua", luaHint: "An expression that is true: event.operator ~= event.account_owner",
    openQuote: "This quote does not end.",
    total: (n, complete) => `${complete ? "" : "At least "}${plural(n, "event", "events")}`,
    shown: (n) => `${n.toLocaleString()} shown`,
    incomplete: (back) => `The time for one search was up before everything was read${back ? ` (back to ${back})` : ""}. Load more goes on, or narrow the time.`,
    noSchema: "No schema takes this record any more:",
    results: (n) => `${plural(n, "event", "events")}, the latest first. Arrow keys move between rows, Enter opens one.`,
    time: "Time", type: "Log type", event: "Event",
    none: "No event fits",
    noneHelp: "Widen the time, or take a condition away.",
    noneAll: "Search all time",
    noneClear: "Clear the conditions",
    empty: "No event is kept yet",
    emptyHelp: "Events are kept with state.keep_events, and come from sources. Are they well?",
    toHealth: "Health",
    fields: "Fields",
    fieldsHelp: "Fields of the events shown. Press one for its most common values.",
    column: (path) => `Show ${path} as a column`, noColumn: (path) => `Take the column ${path} away`,
    share: (n, all) => `in ${n} of ${all}`,
    top: (n) => `Of the latest ${plural(n, "event", "events")}`,
    topNone: "No values",
    only: "Only this", without: "Without this", copy: "Copy value", topOf: "Most common values", addColumn: "Add as column", removeColumn: "Take column away",
    everything: "Everything of this",
    export: "Export", exportCsv: "CSV of what is shown", exportNdjson: "NDJSON of what is shown",
    command: "Command", commandHelp: "The same in a terminal; -n 1000 lists more than the latest 100:",
    copyCommand: "Copy",
    copied: "Copied.", notCopied: "The browser did not allow to copy; select the text.",
    open: "Open event", around: "What happened around it", copyJson: "Copy JSON",
    treeOf: "Fields of the event",
    more100: "Load more",
  },

  event: {
    title: (type) => `${type} event`,
    back: "Search",
    time: "Time", type: "Log type", source: "Source", row: "Row", actor: "Who",
    fields: "Event", record: "Record as it came", recordHelp: "The bytes that the source gave, before the schema.",
    around: "Around it", aroundRange: "How long before and after",
    ranges: { "1m": "1 minute", "10m": "10 minutes", "1h": "1 hour" },
    this: "this event",
    aroundCaption: (n) => `${plural(n, "event", "events")} around it, in order of time`,
    aroundNone: "Nothing else happened in this time.",
    sameType: "More of this log type, around this time",
    searchOnly: "Search for this, around this time", searchWithout: "Search without this, around this time",
    explainCommand: (row) => `margay explain RULE --row ${row}`,
    newCommand: (row) => `margay new rule --row ${row} My.Rule`,
    commands: "In a terminal",
    missing: "This event is not in the archive",
    missingHelp: "It may be older than the archive keeps (retention), or the address is wrong.",
  },

  mode: {
    alert: "Alert", signal: "Signal", off: "Off",
    help: { alert: "A match opens an alert.", signal: "A match is recorded, and opens no alert.", off: "The rule does not run." },
  },

  evidence: {
    documented: "Documented", sample: "Sample", guess: "Guess",
    help: {
      documented: "The words that the rule looks for are in the product's documentation, or in a public rule or sample that quotes it.",
      sample: "The words that the rule looks for were read in a published sample.",
      guess: "Nobody has seen the words that the rule looks for yet.",
    },
  },

  rules: {
    title: "Rules", attackTitle: "Rules by ATT&CK",
    views: "Views", list: "List", attack: "ATT&CK",
    search: "Search names, ids, tags, log types",
    filter: { pack: "Pack", severity: "Severity", mode: "Mode", evidence: "Evidence" },
    any: { pack: "Any pack", severity: "Any severity", mode: "Any mode", evidence: "Any evidence" },
    noPack: "(no pack)", noEvidence: "(not said)",
    tacticChip: (name) => `Tactic ${name}`, techniqueChip: (id, name) => `Technique ${id}${name ? ` ${name}` : ""}`, tunedChip: "Changed by tuning",
    remove: (what) => `Remove the filter ${what}`,
    count: (n, all) => n === all ? plural(n, "rule", "rules") : `${n.toLocaleString()} of ${plural(all, "rule", "rules")}`,
    caption: "Rules. Arrow keys move between rows, Enter opens one.",
    columns: { severity: "Severity", rule: "Rule", pack: "Pack", mode: "Mode", evidence: "Evidence", types: "Log types", correlation: "Correlation", matches: "Matches, 30 d", alerts: "Alerts, 30 d" },
    tuned: "tuned",
    more: (n) => `Show ${plural(n, "more rule", "more rules")}`,
    none: "No rule is loaded", noneHelp: "margay.yml names the folders of rules; this reports every mistake in them:",
    noneMeant: "No rule fits these filters", clear: "Clear filters",
  },

  attack: {
    count: "What is counted",
    counts: { rules: "Rules", alerting: "Rules that alert", alerts_30d: "Alerts, 30 d" },
    cell: (id, name, n, what) => `${id} ${name}: ${what} ${n}`,
    covered: (n, all) => n === all ? plural(n, "technique", "techniques") : `${n} of ${plural(all, "technique", "techniques")}`,
    summary: (n, version) => `${plural(n, "technique", "techniques")} of MITRE ATT&CK${version ? ` v${version}` : ""}. A cell leads to its rules.`,
    bare: (names) => `No rule names a technique of: ${names}.`,
    none: "No rule names a technique", noneHelp: "Rules name techniques in reports = { [\"MITRE ATT&CK\"] = { \"TA0009:T1125\" } }.",
  },

  rule: {
    back: "Rules",
    missing: "There is no such rule", missingHelp: "It may have been renamed, or left out for a mistake: margay check reports those.",
    description: "What it looks for", noDescription: "The rule has no description.",
    reference: "Reference", runbook: "What to do",
    noise: "The last 30 days",
    matches: "Matches", suppressed: "Suppressed", alerts: "Alerts", share: "Of all alerts", actors: "Actors",
    aDay: (n) => `${n.toLocaleString()} a day`,
    topActor: "Most matches:",
    judged: (yes, no, benign) => `Resolved as true positive ${yes}, false positive ${no}, benign ${benign}.`,
    tuning: "Changed by the configuration", tuningNone: "Nothing: it runs as its file says.", noReason: "no reason given",
    lastMatches: "Last matches", time: "Time", match: "Match", dedup: "Grouped by", outcome: "Became",
    toAlert: "Alert", suppressedMatch: "suppressed", recorded: "recorded",
    noMatches: "No match is kept", noMatchesHelp: "A backtest shows what it would have found in the archive.",
    searchTypes: "Search its log types",
    source: "Text of the rule", noText: "Its file cannot be read.",
  },

  tests: {
    title: (n) => n > 0 ? `Tests (${n})` : "Tests",
    none: "The rule has no tests.",
    run: "Run tests", passed: "passed", failed: "failed", match: "expects a match", noMatch: "expects none",
    summary: (passed, failed) => failed > 0 ? `${plural(failed, "test", "tests")} failed, ${passed} passed` : `All ${plural(passed, "test", "tests")} passed`,
  },

  backtest: {
    title: "Backtest",
    help: "Runs the rule over the events that are kept, and compares with the alerts of the same time. Nothing is written.",
    role: "Analysts can run the rule over the events that are kept.",
    length: "How far back", lengths: { "7d": "7 days", "30d": "30 days", "90d": "90 days", "365d": "1 year" },
    start: "Run backtest", cancel: "Cancel", progress: "Progress",
    queued: "Waits for another backtest",
    reached: (n) => plural(n, "event", "events"),
    failed: (why) => `The backtest failed: ${why}`, cancelled: "Cancelled.",
    forgotten: "That backtest is over: results are kept for an hour.",
    alerts: (n) => plural(n ?? 0, "alert", "alerts"),
    of: (matches, events) => `${plural(matches ?? 0, "match", "matches")} in ${plural(events ?? 0, "event", "events")}`,
    suppressed: (n) => `${n.toLocaleString()} suppressed by tuning`,
    byDay: "Alerts by day", day: "Day", alertsOf: "Alerts",
    compared: (live, more, fewer) => more + fewer === 0 ? `The same ${plural(live, "alert", "alerts")} as live.`
      : `Live in this time: ${plural(live, "alert", "alerts")}; here ${more} more, ${fewer} fewer.`,
    more: "Only here", fewer: "Only live", actors: "Who had most matches",
  },

  healthState: {
    working: "Working", failing: "Failing", failed: "Failed", starting: "Starting", ended: "Ended", closed: "Working", open: "Failing", probing: "Trying",
    gone: "Not configured", pending: "Waiting", parked: "Parked", held: "Held back", delivered: "Delivered",
  },

  health: {
    title: "Health",
    well: "All is well", problems: (n) => n === 1 ? "One thing is wrong" : `${n.toLocaleString()} things are wrong`,
    alarms: "Alarms", noAlarms: "No alarm has begun.", since: "since", toAlert: "Alert",
    daemon: "Daemon", up: (time) => `up ${time}`, version: "Version", heartbeat: "Heartbeat",
    rules: "Rules", mistakes: (n) => `${n.toLocaleString()} left out`, paused: (n) => `${n} paused`,
    archive: "Archive", events: (n) => plural(n, "event", "events"), oldest: "the oldest", file: "State file", disk: "Disk", diskOf: (free, all) => `${free} free of ${all}`,
    counters: { events: "Events", matches: "Matches", alerts: "Alerts" }, rate: (n) => `${n.toLocaleString(undefined, { maximumFractionDigits: n < 10 ? 1 : 0 })} a second`,
    sources: "Sources", source: "Source", kind: "Kind", state: "State", lastEvent: "Last event", read: "Read", lag: "Behind", today: "Rows today", error: "Error",
    times: (n) => `(${n} times in a row)`,
    noSources: "No source is configured. Add one to margay.yml, and try it:",
    destinations: "Destinations", destination: "Destination", circuit: "State", gets: "Gets", waiting: "Waiting", parked: "Parked", lastSuccess: "Took an alert",
    test: "Test", testOf: (id) => `Send a test alert to ${id}`,
    tested: (id, message, ok) => ok ? `${id} took the test alert.` : `${id} did not take the test alert: ${message}`,
    noDestinations: "No destination is configured", noDestinationsHelp: "Alerts are kept here, and sent to nobody.",
  },

  outbox: {
    title: "Outbox", alert: "Alert", severity: "Severity", destination: "Destination", state: "State", due: "Due", attempts: "Attempts", error: "Error", actions: "Change",
    retry: "Try again", drop: "Drop", dropTitle: "Drop this delivery", dropHelp: "It will not be sent. The alert stays.",
    done: { retry: "It is tried again.", drop: "Dropped." },
    oldest: (n) => `the oldest ${n}`, all: (n) => `Show all ${n.toLocaleString()}`,
    none: "Nothing waits", noneHelp: "All alerts have reached their destinations.",
  },

  deadLetters: {
    title: "Dead letters", reason: "Reason", source: "Source", type: "Log type", records: "Records", toRetry: "Being tried", last: "Last",
    retry: "Try again", retryAll: "Try all again", retried: "margay tries them again, with the schemas and rules as they are.",
    recordsOf: (source, type) => `Refused records of ${source}${type ? `, ${type}` : ""}`,
    none: "No record was refused", noneHelp: "Every record that came is an event.",
  },
};
