/* What rule_vm.c and rule_describe.c share. The vm's thread only. */
#ifndef RULE_VM_RULE_VM_INTERNAL_H
#define RULE_VM_RULE_VM_INTERNAL_H

#include "rule/binding/event_binding.h"
#include "rule/binding/rule_kv.h"
#include "rule/index/rule_index.h"
#include "rule/sandbox/sandbox.h"
#include "rule/vm/rule_vm.h"

/* The row that questions looked up last: several of an event ask for the same. */
struct rule_vm_row {
  uint64_t event;    /* in which, as the vm counts them; 0: in none */
  struct text table; /* the rule's */
  struct text key;   /* where it stands in the event */
  bool found;
  struct buffer scratch;
  struct lookup_cursor row; /* lives as long as the tables, and as nothing else is looked up */
};

#define RULE_VM_ROW_TEXTS 1024 /* a power of two: rows by what questions take of them */
#define ROW_TEXT_SIZE 24       /* bytes; longer ones are not kept */

/* The one text that a part of a question takes of a row: to go through the row, and to write a
 * number, takes a thousand instructions. */
struct rule_vm_row_text {
  uint64_t tables; /* lookup_set_number */
  const char *row; /* where its value lies in them */
  const struct question_part *part;
  uint64_t hash;                   /* of the folded one */
  uint8_t shown_size, folded_size; /* 0: the row has nothing for the part */
  bool same;                       /* it is folded as it is shown */
  char shown[ROW_TEXT_SIZE], folded[ROW_TEXT_SIZE];
};

#define RULE_VM_RECALLED_BITS 11 /* of 2,048 places for texts and what tables gave for them */
#define RULE_VM_RECALLED_SIZE 88 /* bytes of one with what it gave; longer ones are not kept */

/* The one value that the parts of a question had for a text (question_recall.h). */
struct rule_vm_recalled {
  uint64_t tables;                   /* lookup_set_number */
  uint64_t hash;                     /* of the folded value */
  unsigned parts;                    /* question_parts.shared */
  uint8_t key_size;                  /* of the text */
  uint8_t shown_size, folded_size;   /* of the value; 0: there is none, or it is folded as shown */
  char bytes[RULE_VM_RECALLED_SIZE]; /* the text, and the value as it is shown, and folded */
};

/* What the parts of a question gave for an event. */
struct rule_vm_gathered {
  uint64_t event; /* which one, as the vm counts them; 0: none yet */
  const struct question_found *found;
};

#define RULE_VM_REPEATED_BITS 7 /* of 128 places for what the events of a batch have */

/* What a part of a question was found to be for a short text (question_repeat.h). */
struct rule_vm_repeated {
  uint64_t batch;    /* which one, as the vm counts them */
  uint64_t bytes[2]; /* the text's first eight and last eight, or all of fewer */
  uint32_t parts;    /* question_parts.shared */
  uint32_t size;     /* of the text */
  const struct question_found *found;
};

struct rule_vm {
  const struct rule_set *set;
  struct rule_vm_options options;
  struct sandbox *sandbox;
  struct event_binding binding;
  struct rule_kv kv;
  struct field_view *view;   /* for conditions */
  bool *loaded;              /* by rule index: its file has been run */
  int *functions;            /* references: rule index * RULE_FUNCTION_COUNT + function */
  int *modules;              /* by rule index: its own set of modules, or LUA_NOREF */
  const struct rule *mocked; /* whose modules hold mocks; NULL = none */
  bool has_event_value;      /* the current event's value stands in the state */
  size_t memory_base;        /* bytes of the state without any rule */
  size_t memory_look_at;     /* bytes in use above which rule_memory_look is due */
  size_t *kept_too_much;     /* by rule index: bytes for which it was forgotten; 0 = none */
  bool must_rebuild;
  struct rule_index_scratch *index;
  /* The last schema that an event had, and the rules of its log type. */
  const struct schema *schema;
  const struct rule_index_type *schema_type;
  struct arena arena; /* the outcome's texts */
  struct buffer buffer;
  struct buffer filled; /* a template's text */
  struct rule_vm_row row;
  struct rule_vm_row_text *row_texts; /* RULE_VM_ROW_TEXTS places; NULL: none was wanted yet */
  struct rule_vm_recalled *recalled;  /* by hash; NULL: none was wanted yet */
  uint64_t tables;                    /* lookup_set_number of those that are set */
  uint64_t event_number;              /* counts events, from 1 on */
  struct rule_vm_gathered *gathered;  /* by question_parts' number */
  uint64_t batch, batch_count;        /* the current one's number, or 0; how many there were */
  struct rule_vm_repeated *repeated;  /* by hash; NULL: none was wanted yet */
  /* By rule.where_shared: the event in which it was asked, twice, and 1 when it held. */
  uint64_t *wheres;
  struct rule_trace trace; /* called NULL: nobody wants to know */
};

/* Calls a function of the rule with the event and leaves its one result on the stack. On an error
 * there is no result, and the error has a file. The rule must define it. */
bool rule_vm_call(struct rule_vm *vm, const struct rule *rule, enum rule_function function,
                  struct error *error);

/* Calls event:udm(name) and leaves its one result on the stack. On an error there is no result. */
bool rule_vm_call_model(struct rule_vm *vm, const struct rule *rule, const char *name,
                        struct error *error);

/* Calls event:lookup(table, key, …) with the parts of a dotted path in the row, and leaves its one
 * result on the stack. On an error there is no result. */
bool rule_vm_call_lookup(struct rule_vm *vm, const struct rule *rule, struct text table,
                         struct text key, struct text column, struct error *error);

/* "a string", "nil", ...: the value at the top of the stack, for errors. */
const char *rule_vm_value_type(lua_State *lua);

#endif
