-- CreateTable
CREATE TABLE "browser_session" (
    "id" UUID NOT NULL,
    "hash" BYTEA NOT NULL,
    "owner_key_id" INTEGER,
    "api_key_secret_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "browser_session_pkey" PRIMARY KEY ("id"),
    -- by hand: opened with the one or the other
    CONSTRAINT "browser_session_key_check" CHECK (num_nonnulls("owner_key_id", "api_key_secret_id") = 1)
);

-- CreateIndex
CREATE UNIQUE INDEX "browser_session_hash_key" ON "browser_session"("hash");

-- CreateIndex
CREATE INDEX "browser_session_expires_at_idx" ON "browser_session"("expires_at");

-- AddForeignKey
ALTER TABLE "browser_session" ADD CONSTRAINT "browser_session_owner_key_id_fkey" FOREIGN KEY ("owner_key_id") REFERENCES "owner_key"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "browser_session" ADD CONSTRAINT "browser_session_api_key_secret_id_fkey" FOREIGN KEY ("api_key_secret_id") REFERENCES "api_key_secret"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
