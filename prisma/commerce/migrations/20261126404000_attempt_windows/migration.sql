-- How often somebody tried something within a window of time.
CREATE TABLE "attempt_window" (
    "subject" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL,

    CONSTRAINT "attempt_window_pkey" PRIMARY KEY ("subject","action","starts_at")
);

CREATE INDEX "attempt_window_starts_at_idx" ON "attempt_window"("starts_at");
