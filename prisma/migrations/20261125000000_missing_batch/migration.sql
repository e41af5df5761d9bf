-- CreateTable
CREATE TABLE "missing_batch" (
    "entity_run_id" UUID NOT NULL,
    "batch" INTEGER NOT NULL,
    "external_ids" TEXT[],
    "change_seqs" BIGINT[],

    CONSTRAINT "missing_batch_pkey" PRIMARY KEY ("entity_run_id","batch")
);
