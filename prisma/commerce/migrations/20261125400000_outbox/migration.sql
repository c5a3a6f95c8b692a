-- What other organisations are told, and what they were told last of a product's availability.

-- CreateTable
CREATE TABLE "outbox_event" (
    "id" UUID NOT NULL,
    "position" BIGSERIAL NOT NULL,
    "aggregate" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "due_at" TIMESTAMPTZ(3),
    "claim_id" UUID,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "first_attempt_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "dead_at" TIMESTAMPTZ(3),
    "last_fault" TEXT,

    CONSTRAINT "outbox_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "told_availability" (
    "product_id" UUID NOT NULL,
    "is_available" BOOLEAN NOT NULL,
    "told_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "told_availability_pkey" PRIMARY KEY ("product_id")
);

-- What Prisma's language cannot say.

ALTER TABLE "outbox_event"
  ADD CONSTRAINT "outbox_event_delivered_or_dead" CHECK ("delivered_at" IS NULL OR "dead_at" IS NULL),
  ADD CONSTRAINT "outbox_event_due_while_pending" CHECK ("due_at" IS NULL OR ("delivered_at" IS NULL AND "dead_at" IS NULL)),
  ADD CONSTRAINT "outbox_event_body_is_readable" CHECK (octet_length("body") BETWEEN 2 AND 65536);

-- What a relay claims, the queue of an aggregate, what waits for an operator, what may be forgotten.
CREATE INDEX "outbox_event_due_idx" ON "outbox_event" ("due_at", "position") WHERE "due_at" IS NOT NULL;
CREATE INDEX "outbox_event_queue_idx" ON "outbox_event" ("aggregate", "position")
  WHERE "delivered_at" IS NULL AND "dead_at" IS NULL;
CREATE INDEX "outbox_event_dead_idx" ON "outbox_event" ("dead_at", "position") WHERE "dead_at" IS NOT NULL;
CREATE INDEX "outbox_event_delivered_idx" ON "outbox_event" ("delivered_at") WHERE "delivered_at" IS NOT NULL;
