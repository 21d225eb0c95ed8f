/* Making matches whole that alerts open with. */
#include "daemon/commit/commit_internal.h"

void commit_describe_with(struct committer *committer, struct detection *detection) {
  if (committer->described == detection)
    return;
  commit_free_describer(committer);
  committer->described = detection_hold(detection);
  committer->describer = match_describer_new(
      &(struct match_describer_options){.rules = detection->rules,
                                        .typing = {.schemas = detection->schemas},
                                        .lookups = detection->lookups,
                                        .breaker = detection->breaker});
}

void commit_describe(struct committer *committer, struct match *match) {
  match_describer_complete(committer->describer, match, &committer->scratch, &committer->notes);
}

void commit_free_describer(struct committer *committer) {
  match_describer_free(committer->describer);
  detection_release(committer->described);
  committer->describer = NULL;
  committer->described = NULL;
}
