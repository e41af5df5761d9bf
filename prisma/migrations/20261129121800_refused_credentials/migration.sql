-- AlterTable
ALTER TABLE "connection" ADD COLUMN "refused_at" TIMESTAMPTZ(3);

-- what asks for action now was refused at some time before
UPDATE "connection" c SET "refused_at" = CURRENT_TIMESTAMP
FROM "connection_gate" g WHERE g."connection_id" = c."id" AND g."status" = 'ACTION_REQUIRED';
