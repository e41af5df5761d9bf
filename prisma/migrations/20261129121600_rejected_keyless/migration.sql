-- Counted, as what is kept of rejected records is bounded.
ALTER TABLE "entity_run" ADD COLUMN "rejected_keyless" INTEGER NOT NULL DEFAULT 0;
