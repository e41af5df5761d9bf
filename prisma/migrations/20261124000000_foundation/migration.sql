-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "EnvironmentKind" AS ENUM ('PRODUCTION', 'DEVELOPMENT', 'TESTING');

-- CreateEnum
CREATE TYPE "Scope" AS ENUM ('CONNECTIONS_READ', 'CONNECTIONS_WRITE', 'SYNCS_READ', 'SYNCS_WRITE', 'RECORDS_READ', 'RECORDS_RAW_READ', 'RECORDS_DELETE', 'KEYS_MANAGE', 'AUDIT_READ');

-- CreateEnum
CREATE TYPE "EntityType" AS ENUM ('SITE', 'LOCATION', 'ASSET', 'METER', 'PART', 'INVENTORY_BALANCE', 'VENDOR', 'WORK_ORDER', 'SERVICE_REQUEST', 'PREVENTIVE_MAINTENANCE', 'PURCHASE_REQUISITION', 'PURCHASE_ORDER', 'RECEIPT', 'INVOICE');

-- CreateEnum
CREATE TYPE "ConnectionStatus" AS ENUM ('ACTIVE', 'PAUSED', 'ACTION_REQUIRED', 'DISCONNECTED');

-- CreateEnum
CREATE TYPE "SyncMode" AS ENUM ('INITIAL', 'INCREMENTAL', 'FULL_RESYNC');

-- CreateEnum
CREATE TYPE "SyncTrigger" AS ENUM ('CONNECT', 'SCHEDULE', 'MANUAL');

-- CreateEnum
CREATE TYPE "SyncStatus" AS ENUM ('QUEUED', 'RUNNING', 'CANCELING', 'SUCCEEDED', 'PARTIALLY_SUCCEEDED', 'FAILED', 'CANCELED');

-- CreateEnum
CREATE TYPE "Slot" AS ENUM ('ACTIVE', 'WAITING');

-- CreateEnum
CREATE TYPE "SyncErrorCategory" AS ENUM ('AUTHENTICATION', 'PERMISSION', 'RATE_LIMIT', 'SOURCE_UNAVAILABLE', 'SOURCE_DATA', 'CONFIGURATION', 'CANCELED', 'INTERNAL');

-- CreateEnum
CREATE TYPE "SyncEventType" AS ENUM ('RUN_QUEUED', 'RUN_STARTED', 'RUN_FINISHED', 'ENTITY_STARTED', 'ENTITY_PROGRESS', 'ENTITY_RETRYING', 'ENTITY_FINISHED', 'SYNC_SKIPPED', 'DELETES_HELD', 'TOKEN_ROTATED', 'TOKEN_REVOKED', 'CONNECTION_CREATED', 'CONNECTION_PAUSED', 'CONNECTION_RESUMED', 'CONNECTION_ACTION_REQUIRED', 'CONNECTION_DISCONNECTED', 'CONNECTION_DATA_DELETED');

-- CreateTable
CREATE TABLE "environment" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" "EnvironmentKind" NOT NULL,
    "credit_total" INTEGER NOT NULL,
    "credit_used" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "environment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "owner_key" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "owner_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key" (
    "id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "prefix" TEXT NOT NULL,
    "last_four" TEXT NOT NULL,
    "scopes" "Scope"[],
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "connection" (
    "id" UUID NOT NULL,
    "key" SERIAL NOT NULL,
    "environment_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "system" TEXT NOT NULL,
    "customer_external_id" TEXT,
    "customer_name" TEXT,
    "config" JSONB NOT NULL,
    "credentials_ref" TEXT,
    "history_days" INTEGER NOT NULL,
    "credit_cost" INTEGER NOT NULL,
    "delete_guard_percent" INTEGER NOT NULL DEFAULT 20,
    "status_reason" TEXT,
    "reconnected_from_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disconnected_at" TIMESTAMPTZ(3),
    "cleaned_up_at" TIMESTAMPTZ(3),
    "data_deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "connection_pkey" PRIMARY KEY ("id")
);

-- CreateTable
-- Updated once a batch: half-empty pages keep those updates on the same page (HOT).
CREATE TABLE "connection_gate" (
    "connection_id" UUID NOT NULL,
    "status" "ConnectionStatus" NOT NULL,
    "event_seq" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "connection_gate_pkey" PRIMARY KEY ("connection_id")
) WITH (fillfactor = 50);

-- CreateTable
CREATE TABLE "connection_token" (
    "id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "hash" BYTEA NOT NULL,
    "prefix" TEXT NOT NULL,
    "last_four" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "connection_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "entity_state" (
    "id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "connection_key" INTEGER NOT NULL,
    "entity" "EntityType" NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "schedule" JSONB,
    "watermark" TEXT,
    "last_successful_sync_at" TIMESTAMPTZ(3),
    "record_count" INTEGER NOT NULL DEFAULT 0,
    "change_seq" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "entity_state_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sync_run" (
    "id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "mode" "SyncMode" NOT NULL,
    "trigger" "SyncTrigger" NOT NULL,
    "status" "SyncStatus" NOT NULL DEFAULT 'QUEUED',
    "requested_by" TEXT NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "workflow_id" TEXT NOT NULL,
    "temporal_run_id" TEXT,

    CONSTRAINT "sync_run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "entity_run" (
    "id" UUID NOT NULL,
    "sync_run_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "entity" "EntityType" NOT NULL,
    "mode" "SyncMode" NOT NULL,
    "status" "SyncStatus" NOT NULL DEFAULT 'QUEUED',
    "slot" "Slot",
    "fence" INTEGER NOT NULL DEFAULT 0,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "window_start" TIMESTAMPTZ(3),
    "window_end" TIMESTAMPTZ(3),
    "checkpoint" JSONB,
    "max_stamp" TIMESTAMPTZ(6),
    "fetched" INTEGER NOT NULL DEFAULT 0,
    "created" INTEGER NOT NULL DEFAULT 0,
    "updated" INTEGER NOT NULL DEFAULT 0,
    "unchanged" INTEGER NOT NULL DEFAULT 0,
    "deleted" INTEGER NOT NULL DEFAULT 0,
    "rejected" INTEGER NOT NULL DEFAULT 0,
    "held_deletes" INTEGER NOT NULL DEFAULT 0,
    "estimated_total" INTEGER,
    "source_requests" INTEGER NOT NULL DEFAULT 0,
    "source_bytes" BIGINT NOT NULL DEFAULT 0,
    "error_category" "SyncErrorCategory",
    "error_code" TEXT,
    "error_message" TEXT,
    "error_retryable" BOOLEAN,
    "progress_at" TIMESTAMPTZ(3),
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "entity_run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event" (
    "connection_id" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "type" "SyncEventType" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sync_run_id" UUID,
    "entity" "EntityType",
    "status" "SyncStatus",
    "counts" JSONB,
    "estimated_total" INTEGER,
    "message" TEXT,

    CONSTRAINT "event_pkey" PRIMARY KEY ("connection_id","sequence")
);

-- CreateTable
-- Built for hundreds of millions of rows: one hash partition holds a connection's rows whole, so that every read and commit
-- touches one partition. Keys compare bytewise, as a source's keyset paging does.
CREATE TABLE "record" (
    "connection_key" INTEGER NOT NULL,
    "entity" SMALLINT NOT NULL,
    "external_id" TEXT COLLATE "C" NOT NULL,
    "change_seq" BIGINT NOT NULL,
    "created_seq" BIGINT NOT NULL,
    "content_hash" BYTEA NOT NULL,
    "number" TEXT COLLATE "C",
    "status" TEXT,
    "source_created_at" TIMESTAMPTZ(6),
    "source_updated_at" TIMESTAMPTZ(6),
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "deleted_at" TIMESTAMPTZ(3),
    "deletion_kind" SMALLINT,
    "data" JSON NOT NULL,
    "raw" TEXT NOT NULL,

    CONSTRAINT "record_pkey" PRIMARY KEY ("connection_key","entity","external_id")
) PARTITION BY HASH ("connection_key");

DO $$
BEGIN
  FOR i IN 0..31 LOOP
    -- Rows of up to 4 KB are kept as they come: compressing what is over 2 KB took a fifth of the commit's time.
    EXECUTE format('CREATE TABLE %I PARTITION OF "record" FOR VALUES WITH (MODULUS 32, REMAINDER %s) WITH (toast_tuple_target = 4080)', 'record_p' || lpad(i::text, 2, '0'), i);
  END LOOP;
END $$;

-- CreateTable
CREATE TABLE "seen_batch" (
    "entity_run_id" UUID NOT NULL,
    "pass" SMALLINT NOT NULL,
    "batch" INTEGER NOT NULL,
    "hashes" BYTEA NOT NULL,

    CONSTRAINT "seen_batch_pkey" PRIMARY KEY ("entity_run_id","pass","batch")
);

-- CreateTable
CREATE TABLE "held_delete" (
    "entity_run_id" UUID NOT NULL,
    "external_id" TEXT COLLATE "C" NOT NULL,
    "change_seq" BIGINT NOT NULL,

    CONSTRAINT "held_delete_pkey" PRIMARY KEY ("entity_run_id","external_id")
);

-- CreateTable
CREATE TABLE "rejected_record" (
    "connection_key" INTEGER NOT NULL,
    "entity" SMALLINT NOT NULL,
    "external_id" TEXT COLLATE "C" NOT NULL,
    "entity_run_id" UUID NOT NULL,
    "reason" TEXT NOT NULL,
    "raw" TEXT NOT NULL,
    "rejected_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rejected_record_pkey" PRIMARY KEY ("connection_key","entity","external_id")
);

-- CreateTable
CREATE TABLE "credit_ledger" (
    "id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "delta" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "connection_id" UUID,
    "balance" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "credit_ledger_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_entry" (
    "id" UUID NOT NULL,
    "environment_id" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "target" TEXT,
    "outcome" TEXT NOT NULL,
    "ip" TEXT,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "environment_id" UUID NOT NULL,
    "caller" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "input_hash" BYTEA NOT NULL,
    "result" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("environment_id","caller","operation","key")
);

-- CreateTable
CREATE TABLE "local_secret" (
    "id" UUID NOT NULL,
    "key_id" TEXT NOT NULL,
    "ciphertext" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "local_secret_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "environment_name_key" ON "environment"("name");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_hash_key" ON "api_key"("hash");

-- CreateIndex
CREATE INDEX "api_key_environment_id_id_idx" ON "api_key"("environment_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "connection_key_key" ON "connection"("key");

-- CreateIndex
CREATE UNIQUE INDEX "connection_reconnected_from_id_key" ON "connection"("reconnected_from_id");

-- CreateIndex
CREATE INDEX "connection_environment_id_id_idx" ON "connection"("environment_id", "id");

-- CreateIndex
CREATE INDEX "connection_environment_id_customer_external_id_idx" ON "connection"("environment_id", "customer_external_id");

-- CreateIndex
CREATE UNIQUE INDEX "connection_token_hash_key" ON "connection_token"("hash");

-- CreateIndex
CREATE INDEX "connection_token_connection_id_idx" ON "connection_token"("connection_id");

-- CreateIndex
CREATE UNIQUE INDEX "entity_state_connection_id_entity_key" ON "entity_state"("connection_id", "entity");

-- CreateIndex
CREATE INDEX "sync_run_connection_id_id_idx" ON "sync_run"("connection_id", "id");

-- CreateIndex
CREATE INDEX "sync_run_status_requested_at_idx" ON "sync_run"("status", "requested_at");

-- CreateIndex
CREATE INDEX "entity_run_connection_id_entity_id_idx" ON "entity_run"("connection_id", "entity", "id");

-- CreateIndex
CREATE UNIQUE INDEX "entity_run_connection_id_entity_slot_key" ON "entity_run"("connection_id", "entity", "slot");

-- CreateIndex
CREATE UNIQUE INDEX "entity_run_sync_run_id_entity_key" ON "entity_run"("sync_run_id", "entity");

-- CreateIndex
CREATE INDEX "event_sync_run_id_sequence_idx" ON "event"("sync_run_id", "sequence");

-- CreateIndex
CREATE INDEX "record_connection_key_entity_change_seq_idx" ON "record"("connection_key", "entity", "change_seq");

-- CreateIndex
CREATE INDEX "record_source_updated_at_idx" ON "record"("connection_key", "entity", "source_updated_at", "external_id");

-- CreateIndex
CREATE INDEX "record_number_idx" ON "record"("connection_key", "entity", "number", "external_id");

-- CreateIndex
CREATE INDEX "rejected_record_entity_run_id_idx" ON "rejected_record"("entity_run_id");

-- CreateIndex
CREATE INDEX "credit_ledger_environment_id_id_idx" ON "credit_ledger"("environment_id", "id");

-- CreateIndex
CREATE INDEX "audit_entry_environment_id_id_idx" ON "audit_entry"("environment_id", "id");

-- CreateIndex
CREATE INDEX "idempotency_key_created_at_idx" ON "idempotency_key"("created_at");

-- AddForeignKey
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "connection" ADD CONSTRAINT "connection_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "connection" ADD CONSTRAINT "connection_reconnected_from_id_fkey" FOREIGN KEY ("reconnected_from_id") REFERENCES "connection"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "connection_gate" ADD CONSTRAINT "connection_gate_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "connection_token" ADD CONSTRAINT "connection_token_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "entity_state" ADD CONSTRAINT "entity_state_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sync_run" ADD CONSTRAINT "sync_run_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "entity_run" ADD CONSTRAINT "entity_run_sync_run_id_fkey" FOREIGN KEY ("sync_run_id") REFERENCES "sync_run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credit_ledger" ADD CONSTRAINT "credit_ledger_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "audit_entry" ADD CONSTRAINT "audit_entry_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "idempotency_key" ADD CONSTRAINT "idempotency_key_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;



-- The owner's key is one.
ALTER TABLE "owner_key" ADD CONSTRAINT "owner_key_single" CHECK ("id" = 1);
-- Credits never over-commit, whatever the code does.
ALTER TABLE "environment" ADD CONSTRAINT "environment_credits" CHECK ("credit_used" >= 0 AND "credit_used" <= "credit_total");

-- What exists at first start (three environments with 100 credits each).
INSERT INTO "environment" ("id", "name", "kind", "credit_total") VALUES
  (gen_random_uuid(), 'production', 'PRODUCTION', 100),
  (gen_random_uuid(), 'development', 'DEVELOPMENT', 100),
  (gen_random_uuid(), 'testing', 'TESTING', 100);
INSERT INTO "credit_ledger" ("id", "environment_id", "delta", "reason", "balance")
  SELECT gen_random_uuid(), "id", "credit_total", 'GRANT', "credit_total" FROM "environment";
