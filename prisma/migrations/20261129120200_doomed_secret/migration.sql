-- CreateTable
CREATE TABLE "doomed_secret" (
    "reference" TEXT NOT NULL,
    "try_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "doomed_secret_pkey" PRIMARY KEY ("reference")
);

-- CreateIndex
CREATE INDEX "doomed_secret_try_at_idx" ON "doomed_secret"("try_at");
