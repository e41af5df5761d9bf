-- CreateTable
CREATE TABLE "source_budget" (
    "connection_id" UUID NOT NULL,
    "tokens" DOUBLE PRECISION NOT NULL,
    "refilled_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "blocked_until" TIMESTAMPTZ(3),

    CONSTRAINT "source_budget_pkey" PRIMARY KEY ("connection_id")
) WITH (fillfactor = 50);

-- CreateTable
CREATE TABLE "source_lease" (
    "connection_id" UUID NOT NULL,
    "holder" UUID NOT NULL,
    "in_flight" INTEGER NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "source_lease_pkey" PRIMARY KEY ("connection_id","holder")
) WITH (fillfactor = 50);
