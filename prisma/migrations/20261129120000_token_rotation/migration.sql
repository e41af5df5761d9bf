-- CreateTable
CREATE TABLE "token_rotation" (
    "connection_id" UUID NOT NULL,
    "store" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "every" TEXT NOT NULL,
    "overlap" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "take_at" TIMESTAMPTZ(3) NOT NULL,
    "rotated_at" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "failure" TEXT,
    "failed_at" TIMESTAMPTZ(3),

    CONSTRAINT "token_rotation_pkey" PRIMARY KEY ("connection_id")
);

-- CreateIndex
CREATE INDEX "token_rotation_take_at_idx" ON "token_rotation"("take_at");

-- AddForeignKey
ALTER TABLE "token_rotation" ADD CONSTRAINT "token_rotation_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
