/* Sources: checkpoints, starts, backfills, progress, tokens of Zoom (statements.h). */

STATEMENT(STATEMENT_CHECKPOINT_GET, "t", "SELECT checkpoint FROM checkpoint WHERE source_id = ?1")
STATEMENT(STATEMENT_CHECKPOINT_SET, "tt",
          "INSERT INTO checkpoint (source_id, checkpoint) VALUES (?1, ?2)"
          " ON CONFLICT (source_id) DO UPDATE SET checkpoint = excluded.checkpoint")
STATEMENT(STATEMENT_CHECKPOINT_PART_SET, "ttt",
          "INSERT INTO checkpoint_part (source_id, part, checkpoint) VALUES (?1, ?2, ?3)"
          " ON CONFLICT (source_id, part) DO UPDATE SET checkpoint = excluded.checkpoint")
STATEMENT(STATEMENT_CHECKPOINT_PART_DELETE, "tt",
          "DELETE FROM checkpoint_part WHERE source_id = ?1 AND part = ?2")
STATEMENT(STATEMENT_CHECKPOINT_PART_LIST, "t",
          "SELECT part, checkpoint FROM checkpoint_part WHERE source_id = ?1 ORDER BY part")

STATEMENT(STATEMENT_SOURCE_START_ADD, "ti",
          "INSERT INTO source_start (source_id, started_at) VALUES (?1, ?2)"
          " ON CONFLICT (source_id) DO NOTHING")
STATEMENT(STATEMENT_SOURCE_START_GET, "t",
          "SELECT started_at FROM source_start WHERE source_id = ?1")

STATEMENT(
    STATEMENT_BACKFILL_ASK, "tiiii",
    "INSERT INTO backfill (source_id, from_day, to_day, alerts, state, asked_at, started_at,"
    " updated_at, share, records, error) VALUES (?1, ?2, ?3, ?4, 0, ?5, 0, ?5, 0, 0, '')"
    " ON CONFLICT (source_id, from_day, to_day) DO UPDATE SET alerts = excluded.alerts,"
    " share = iif(state = 1, 0, share), records = iif(state = 1, 0, records), state = 0,"
    " asked_at = excluded.asked_at, started_at = 0, updated_at = excluded.updated_at, error = ''")
STATEMENT(STATEMENT_BACKFILL_LIST, "",
          "SELECT id, source_id, from_day, to_day, alerts, state, started_at, updated_at, share,"
          " records, error FROM backfill ORDER BY id")
STATEMENT(STATEMENT_BACKFILL_UPDATE, "iiiiit",
          "UPDATE backfill SET state = ?2, started_at = iif(started_at = 0, ?3, started_at),"
          " updated_at = ?3, share = ?4, records = ?5, error = ?6 WHERE id = ?1 AND state = 0")

STATEMENT(STATEMENT_TOKEN_GET, "t", "SELECT token, expires FROM token WHERE key = ?1")
STATEMENT(STATEMENT_TOKEN_SET, "tti",
          "INSERT INTO token (key, token, expires) VALUES (?1, ?2, ?3)"
          " ON CONFLICT (key) DO UPDATE SET token = excluded.token, expires = excluded.expires")

STATEMENT(STATEMENT_PROGRESS_LIST, "",
          "SELECT source_id, log_type, latest_event_time, watermark FROM source_progress")
STATEMENT(STATEMENT_PROGRESS_SET, "ttii",
          "INSERT INTO source_progress (source_id, log_type, latest_event_time, watermark)"
          " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (source_id, log_type) DO UPDATE SET"
          " latest_event_time = excluded.latest_event_time, watermark = excluded.watermark")
