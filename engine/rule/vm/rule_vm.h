/*
 * The room rule/vm runs the functions of rules on events.
 *
 * A rule set's functions, ready to run: one sandboxed Lua state for one thread.
 *
 * The sandbox: a cap on the memory that a call may add, and on what all rules keep; an instruction
 * budget for each call, which pcall cannot swallow; text chunks only; no io, os, debug, load,
 * coroutine; `require` finds rules/lib and nothing else; the environment of one rule cannot be seen
 * or changed by another; string patterns are matched by code that charges its steps to the budget.
 * An error in a rule is a value here and touches nothing else. A rule whose call ran out of memory
 * starts afresh with its next call, and so do those that keep most when all rules together keep too
 * much; these fail once, so that somebody learns of it.
 */
#ifndef RULE_VM_RULE_VM_H
#define RULE_VM_RULE_VM_H

#include "event/lookup/lookup.h"
#include "rule/kv/kv.h"
#include "rule/rule_tuning.h"
#include "rule/sandbox/sandbox.h"
#include "rule/set/rule_set.h"
#include "rule/vm/rule_breaker.h"

struct rule_vm;

struct rule_vm_options {
  /* Bytes that one call may add; also what all rules together may keep, with 256 KiB more for each
   * rule. 0 = 64 MiB. */
  size_t memory_max;
  int64_t instruction_max;        /* VM instructions of one function call; 0 = 10,000,000 */
  bool counts_late;               /* as in struct sandbox_limits */
  struct sandbox_printer printer; /* what `print` of rules goes to; as a rule nowhere */
  struct rule_breaker *breaker;   /* pauses costly rules; NULL = none are. It outlives the vm */
};

/* Makes the state without running anything: a rule's file is run once more when one of its
 * functions is first called. So a vm costs what the rules cost that matched, not what all cost. A
 * file that ran when the set was loaded may fail here for want of memory; that is an error of the
 * call, and the next call tries again. The set must outlive the vm. */
struct rule_vm *rule_vm_new(const struct rule_set *set, const struct rule_vm_options *options);
void rule_vm_free(struct rule_vm *vm); /* NULL is fine */

/* What stateful rules remember from now on; it stays the caller's and must outlive the vm or be
 * taken away by NULL. Without one their functions fail. Each call of a function keeps all that it
 * changed when it comes back, and nothing when it raises an error. */
void rule_vm_set_kv(struct rule_vm *vm, struct kv *kv);

/* The tables that event:lookup and where find, from now on; NULL = none. The caller keeps the set
 * held. */
void rule_vm_set_lookups(struct rule_vm *vm, const struct lookup_set *lookups);

/* Between these all events are of one batch, and one arena is given to rule_vm_ask, which like the
 * records' bytes stays as it is until the next beginning. */
void rule_vm_begin_batch(struct rule_vm *vm);
void rule_vm_end_batch(struct rule_vm *vm);

/* Starts an event: every later call is about it, until the next. */
void rule_vm_set_event(struct rule_vm *vm, const struct event *event);

/* The values that conditions are asked about, at the vm's event, with its tables and mocks.
 * Conditions of the set may be matched with it between calls. It is the vm's. */
struct field_view *rule_vm_view(struct rule_vm *vm);

/* Starts an event, and says which enabled rules of its log type may match it, in order of id: no
 * other can. The list lives until the next event. */
struct rule_list rule_vm_candidates(struct rule_vm *vm, const struct event *event);

enum rule_verdict { RULE_NO_MATCH, RULE_MATCH, RULE_FAILED /* the error says why */ };

/* where, then rule(event). The rule's log types are the caller's business. */
enum rule_verdict rule_vm_match(struct rule_vm *vm, const struct rule *rule, struct error *error);

/* The two halves of it: where alone, and rule(event) alone. */
enum rule_verdict rule_vm_match_where(struct rule_vm *vm, const struct rule *rule,
                                      struct error *error);
enum rule_verdict rule_vm_match_function(struct rule_vm *vm, const struct rule *rule,
                                         struct error *error);

/*
 * Goes on through the list at *position until a rule says other than RULE_NO_MATCH: that is its
 * verdict, and *position is behind it. RULE_NO_MATCH: the list is at its end. Of stateful rules
 * only where is asked. The same as rule_vm_match of each, but where most rules are functions that
 * say no, they share the price of a protected call. Rules that the breaker has paused are passed
 * over.
 */
enum rule_verdict rule_vm_next_match(struct rule_vm *vm, struct rule_list rules, size_t *position,
                                     struct error *error);

/* What a match says of itself. Texts live until the vm's next call. */
struct rule_outcome {
  struct text title, dedup, unique, description, reference, runbook;
  bool has_unique;
  enum severity severity;
  bool destinations_given;       /* destinations() or the metadata named them (maybe none) */
  struct text_list destinations; /* names as given */
  struct text context;           /* JSON object */
  struct text actor;             /* who did it: the data model's actor_user; may be empty */
  struct text object; /* to whom, of a rule that says_object: the data model's user; may be empty */
};

/* Runs the functions after a match, with Panther's fallbacks and limits. Each function that failed
 * or broke its limit adds a note (a problem) "title: …". */
void rule_vm_describe(struct rule_vm *vm, const struct rule *rule, struct rule_outcome *outcome,
                      struct problems *notes);

/* Its two halves. The first is what groups matches: dedup, unique, severity and actor, and the
 * title where dedup is made of it. The second adds what people read to such an outcome, when the vm
 * is at the event: texts of the first half stay as they are, and live as long as they did. */
void rule_vm_describe_key(struct rule_vm *vm, const struct rule *rule, struct rule_outcome *outcome,
                          struct problems *notes);
void rule_vm_describe_rest(struct rule_vm *vm, const struct rule *rule,
                           struct rule_outcome *outcome, struct problems *notes);

/* What takes a match of the rule on the vm's event away from alerts (rule/rule_tuning.h); NULL:
 * nothing. */
const struct rule_suppressor *rule_vm_suppressor(struct rule_vm *vm, const struct rule *rule,
                                                 time_us event_time);

/*
 * For unit tests: from now on the rule sees the mocks of its own test number `test` (from 0) in the
 * place of what they are named after; its file is run anew for that. rule_vm_unmock gives
 * everything back. Mocks by name:
 *
 *   "library.name"   what require("library").name is, also of the modules (re, ip, time, …)
 *   "event:name"     a method of the event. A table is looked up by the call's arguments.
 *
 * In the place of a function, any other value is what the function gives. False when a name means
 * nothing; then nothing is mocked, and *name, which lives until the next call, is that name (empty
 * when the file fails).
 */
bool rule_vm_mock(struct rule_vm *vm, const struct rule *rule, size_t test, struct text *name,
                  struct error *error);
void rule_vm_unmock(struct rule_vm *vm, const struct rule *rule);

/* Reports every function call: what it returned as JSON (what has no JSON: its type), or why it
 * failed, and the VM instructions that it took. The texts live during the call. */
struct rule_trace {
  void (*called)(void *context, enum rule_function function, struct text result,
                 const struct error *error, int64_t instructions);
  void *context;
};
/* From now on; slower, for people who want to know. */
void rule_vm_set_trace(struct rule_vm *vm, const struct rule_trace *trace);

#endif
