-- AlterTable
ALTER TABLE "entity_state" ADD COLUMN "data_deleted_at" TIMESTAMPTZ(3),
ADD COLUMN "deletion_asked_at" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "entity_state_deletion_asked_at_idx" ON "entity_state"("deletion_asked_at");
