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
    read: (n) => `${n.toLocaleString()} read`,
    incomplete: "The search ended before it had read everything: narrow the time for the rest.",
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
    command: "Command", commandHelp: "The same in a terminal, without a limit of what is shown here:",
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
};
