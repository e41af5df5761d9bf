-- AlterEnum
ALTER TYPE "SyncEventType" ADD VALUE 'DELETES_CONFIRMED';
ALTER TYPE "SyncEventType" ADD VALUE 'DELETES_DISMISSED';

-- AlterTable
ALTER TABLE "entity_state" ADD COLUMN "held_run_id" UUID;

-- AlterTable
ALTER TABLE "entity_run" ADD COLUMN "source_count_end" INTEGER,
ADD COLUMN "held_in_window" INTEGER,
ADD COLUMN "pages" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN "overlap_hits" INTEGER NOT NULL DEFAULT 0;
