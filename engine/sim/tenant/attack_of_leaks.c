#include "sim/tenant/attack_stories.h"

/* What AI wrote down of meetings goes to strangers, with the calendar that says when the
 * next one is; recordings follow. */
static const struct attack_step SUMMARY_LEAK[] = {
    SIGN_IN_ABROAD(0, ATTACK_VICTIM),
    MANY(5 * MINUTE, 14, 40, "AI summaries shared outside", ATTACK_VICTIM, ATTACK_GUEST,
         TENANT_WEBHOOK,
         WEBHOOK_BY("meeting.summary_shared",
                    "'meeting_host_id':'<who.id>','meeting_host_email':'<who.email>',"
                    "'meeting_uuid':'<uuid>','meeting_id':<meeting>,'meeting_topic':'<topic>',"
                    "'summary_title':'<topic>','summary_last_modified_time':'<time>',"
                    "'share_with_users':[{'user_email':'<whom.reachable>'}]")),
    ONCE(18 * MINUTE, "calendar shared outside", ATTACK_VICTIM, ATTACK_GUEST, TENANT_WEBHOOK,
         WEBHOOK_BY("calendar.acl_create",
                    "'resource_id':'<who.email>','acl_id':'user:<whom.reachable>'")),
    MANY(25 * MINUTE, 25, 20, "recordings downloaded", ATTACK_VICTIM, ATTACK_NOBODY,
         TENANT_OPERATION,
         OPERATION("Recording", "Download",
                   "Download Recording  - Meeting ID: <meeting.spaced> - Topic: <topic>")),
    MANY(
        40 * MINUTE, 16, 20, "recordings trashed", ATTACK_VICTIM, ATTACK_NOBODY, TENANT_WEBHOOK,
        WEBHOOK_BY("recording.trashed", MEETING_OBJECT_NUMBER
                   ",'account_id':'<account>','share_url':'https://example.zoom.us/rec/share/<id>',"
                   "'total_size':<size>,'recording_count':1,'recording_files':[]")),
};
const struct attack ATTACK_SUMMARY_LEAK = {
    "summary-leak",
    "A stolen account sends AI summaries and its calendar to strangers, and takes the recordings.",
    ATTACK_VICTIM,
    4,
    false,
    STEPS(SUMMARY_LEAK)};
