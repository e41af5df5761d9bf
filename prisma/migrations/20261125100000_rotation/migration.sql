-- AlterTable
ALTER TABLE "connection_token" ADD COLUMN     "pending_until" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "api_key_secret" (
    "id" UUID NOT NULL,
    "api_key_id" UUID NOT NULL,
    "hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "pending_until" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_key_secret_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "api_key_secret_hash_key" ON "api_key_secret"("hash");

-- CreateIndex
CREATE INDEX "api_key_secret_api_key_id_idx" ON "api_key_secret"("api_key_id");

-- AddForeignKey
ALTER TABLE "api_key_secret" ADD CONSTRAINT "api_key_secret_api_key_id_fkey" FOREIGN KEY ("api_key_id") REFERENCES "api_key"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Every key has one secret so far. API processes of before find no key any more: stop them first.
INSERT INTO "api_key_secret" ("id", "api_key_id", "hash", "created_at")
  SELECT gen_random_uuid(), "id", "hash", "created_at" FROM "api_key";

-- DropIndex
DROP INDEX "api_key_hash_key";

-- AlterTable
ALTER TABLE "api_key" DROP COLUMN "hash";
