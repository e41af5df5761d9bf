-- The source's clock less ours, so that a clock that was set back shows: at the last good run, and at each run with what it found.
ALTER TABLE "entity_state" ADD COLUMN "clock_offset_ms" BIGINT;
ALTER TABLE "entity_run" ADD COLUMN "clock_offset_ms" BIGINT,
ADD COLUMN "clock_set_back_ms" BIGINT NOT NULL DEFAULT 0;
