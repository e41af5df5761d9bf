-- How far the source's clock may be from ours, where the source does not tell its time: 0 when the window's end is the source's own time.
ALTER TABLE "entity_run" ADD COLUMN "window_skew_ms" INTEGER NOT NULL DEFAULT 0;
