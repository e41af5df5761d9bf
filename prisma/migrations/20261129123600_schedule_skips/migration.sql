-- AlterTable
ALTER TABLE "connection" ADD COLUMN "schedule_skips" JSONB NOT NULL DEFAULT '{}';
