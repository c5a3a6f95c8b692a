-- Why a request was refused whose key is free again: what `orderByKey` answers when nothing was made under the key.
CREATE TABLE "refused_request" (
    "buyer_id" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "refusal" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "refused_request_pkey" PRIMARY KEY ("buyer_id","operation","key")
);

CREATE INDEX "refused_request_at_idx" ON "refused_request"("at");
