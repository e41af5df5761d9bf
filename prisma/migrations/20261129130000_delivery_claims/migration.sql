-- CreateTable
CREATE TABLE "delivery_claim" (
    "store" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "connection_id" UUID,
    "api_key_id" UUID,

    CONSTRAINT "delivery_claim_pkey" PRIMARY KEY ("store","name"),
    -- by hand: of the one or the other
    CONSTRAINT "delivery_claim_owner_check" CHECK (num_nonnulls("connection_id", "api_key_id") = 1)
);

-- CreateIndex
CREATE INDEX "delivery_claim_connection_id_idx" ON "delivery_claim"("connection_id");

-- CreateIndex
CREATE INDEX "delivery_claim_api_key_id_idx" ON "delivery_claim"("api_key_id");

-- AddForeignKey
ALTER TABLE "delivery_claim" ADD CONSTRAINT "delivery_claim_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery_claim" ADD CONSTRAINT "delivery_claim_api_key_id_fkey" FOREIGN KEY ("api_key_id") REFERENCES "api_key"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- by hand: what is rotated into a target has claimed it; of several the one that has been so the longest
INSERT INTO "delivery_claim" ("store", "name", "connection_id")
SELECT "store", CASE WHEN "store" = 'azure' THEN lower("name") ELSE "name" END, "connection_id"
FROM "token_rotation" ORDER BY COALESCE("rotated_at", 'infinity'), "connection_id"
ON CONFLICT DO NOTHING;

-- CreateIndex
CREATE INDEX "connection_token_pending_until_idx" ON "connection_token"("pending_until");

-- CreateIndex
CREATE INDEX "api_key_secret_pending_until_idx" ON "api_key_secret"("pending_until");
