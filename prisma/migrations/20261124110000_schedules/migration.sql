-- AlterTable
ALTER TABLE "connection" ADD COLUMN "schedules_changed_at" TIMESTAMPTZ(6) DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN "schedules_checked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- AlterTable
ALTER TABLE "entity_state" ADD COLUMN "due_mode" "SyncMode",
ADD COLUMN "due_since" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "connection_schedules_changed_at_idx" ON "connection"("schedules_changed_at");

-- CreateIndex
CREATE INDEX "connection_schedules_checked_at_idx" ON "connection"("schedules_checked_at");
