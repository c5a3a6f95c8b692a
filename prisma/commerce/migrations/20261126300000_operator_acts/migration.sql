-- What people did by hand, to runs and to money: who, with whom, to what, and by which login.

-- CreateTable
CREATE TABLE "operator_act" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
    "actor" TEXT NOT NULL,
    "second_person" TEXT,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "outcome" TEXT,
    "note" TEXT,
    "login" TEXT NOT NULL DEFAULT SESSION_USER,

    CONSTRAINT "operator_act_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "operator_act_subject_at_idx" ON "operator_act"("subject", "at");

-- What Prisma's language cannot say.
ALTER TABLE "operator_act"
  ADD CONSTRAINT "operator_act_named" CHECK ("actor" ~ '\S' AND "subject" ~ '\S'),
  ADD CONSTRAINT "operator_act_by_two_people" CHECK (
    "second_person" IS NULL OR ("second_person" ~ '\S' AND lower(btrim("second_person")) <> lower(btrim("actor"))));

-- A run has one successor: who retries it a second time is told of the first.
CREATE UNIQUE INDEX "operator_act_retried_once" ON "operator_act" ("subject") WHERE "kind" = 'RUN_RETRIED';

-- When it was, and who was logged in, is not for the caller to say.
CREATE FUNCTION "stamp_act"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."at" := clock_timestamp();
  NEW."login" := session_user;
  RETURN NEW;
END
$$;

CREATE TRIGGER "stamp_act" BEFORE INSERT ON "operator_act"
  FOR EACH ROW EXECUTE FUNCTION "stamp_act"();
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "operator_act"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "append_only_truncate" BEFORE TRUNCATE ON "operator_act"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

-- The run-time role gets SELECT and INSERT, as on every table with that trigger: prisma/commerce/migration.ts.
