-- CreateTable
CREATE TABLE "viewer" (
    "subject" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "viewer_pkey" PRIMARY KEY ("subject")
);

-- CreateTable
CREATE TABLE "creator" (
    "id" UUID NOT NULL,
    "subject" TEXT,
    "handle" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "bio" TEXT NOT NULL,
    "avatar_url" TEXT NOT NULL,
    "follower_count" INTEGER NOT NULL DEFAULT 0,
    "joined_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "creator_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "video" (
    "id" UUID NOT NULL,
    "creator_id" UUID NOT NULL,
    "title" TEXT NOT NULL,
    "caption" TEXT NOT NULL,
    "media_url" TEXT NOT NULL,
    "mime_type" TEXT NOT NULL,
    "poster_url" TEXT NOT NULL,
    "width_px" INTEGER NOT NULL,
    "height_px" INTEGER NOT NULL,
    "duration_seconds" INTEGER NOT NULL,
    "published_at" TIMESTAMPTZ(3) NOT NULL,
    "like_count" INTEGER NOT NULL DEFAULT 0,
    "view_count" INTEGER NOT NULL DEFAULT 0,
    "comment_count" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "video_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "showcase_item" (
    "id" UUID NOT NULL,
    "video_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "product_id" UUID NOT NULL,

    CONSTRAINT "showcase_item_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "live_session" (
    "id" UUID NOT NULL,
    "creator_id" UUID NOT NULL,
    "title" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "live_session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "live_pin" (
    "id" UUID NOT NULL,
    "live_session_id" UUID NOT NULL,
    "product_id" UUID NOT NULL,
    "pinned_at" TIMESTAMPTZ(3) NOT NULL,
    "unpinned_at" TIMESTAMPTZ(3),

    CONSTRAINT "live_pin_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "comment" (
    "id" UUID NOT NULL,
    "video_id" UUID NOT NULL,
    "author_subject" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "comment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "video_like" (
    "subject" TEXT NOT NULL,
    "video_id" UUID NOT NULL,
    "liked_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "video_like_pkey" PRIMARY KEY ("subject","video_id")
);

-- CreateTable
CREATE TABLE "video_view" (
    "subject" TEXT NOT NULL,
    "video_id" UUID NOT NULL,
    "day" DATE NOT NULL,

    CONSTRAINT "video_view_pkey" PRIMARY KEY ("subject","video_id","day")
);

-- CreateTable
CREATE TABLE "follow" (
    "subject" TEXT NOT NULL,
    "creator_id" UUID NOT NULL,
    "followed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "follow_pkey" PRIMARY KEY ("subject","creator_id")
);

-- CreateTable
CREATE TABLE "idempotency" (
    "subject" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" BYTEA NOT NULL,
    "result_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_pkey" PRIMARY KEY ("subject","operation","key")
);

-- CreateTable
CREATE TABLE "applied_seed" (
    "name" TEXT NOT NULL,
    "applied_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "applied_seed_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE UNIQUE INDEX "creator_subject_key" ON "creator"("subject");

-- CreateIndex
CREATE UNIQUE INDEX "creator_handle_key" ON "creator"("handle");

-- CreateIndex
CREATE INDEX "video_published_at_id_idx" ON "video"("published_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "video_creator_id_published_at_id_idx" ON "video"("creator_id", "published_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "showcase_item_video_id_position_key" ON "showcase_item"("video_id", "position");

-- CreateIndex
CREATE UNIQUE INDEX "showcase_item_video_id_product_id_key" ON "showcase_item"("video_id", "product_id");

-- CreateIndex
CREATE INDEX "live_session_creator_id_started_at_idx" ON "live_session"("creator_id", "started_at" DESC);

-- CreateIndex
CREATE INDEX "live_pin_live_session_id_idx" ON "live_pin"("live_session_id");

-- CreateIndex
CREATE INDEX "comment_video_id_created_at_id_idx" ON "comment"("video_id", "created_at" DESC, "id" DESC);

-- AddForeignKey
ALTER TABLE "creator" ADD CONSTRAINT "creator_subject_fkey" FOREIGN KEY ("subject") REFERENCES "viewer"("subject") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "video" ADD CONSTRAINT "video_creator_id_fkey" FOREIGN KEY ("creator_id") REFERENCES "creator"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "showcase_item" ADD CONSTRAINT "showcase_item_video_id_fkey" FOREIGN KEY ("video_id") REFERENCES "video"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "live_session" ADD CONSTRAINT "live_session_creator_id_fkey" FOREIGN KEY ("creator_id") REFERENCES "creator"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "live_pin" ADD CONSTRAINT "live_pin_live_session_id_fkey" FOREIGN KEY ("live_session_id") REFERENCES "live_session"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "comment" ADD CONSTRAINT "comment_video_id_fkey" FOREIGN KEY ("video_id") REFERENCES "video"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "comment" ADD CONSTRAINT "comment_author_subject_fkey" FOREIGN KEY ("author_subject") REFERENCES "viewer"("subject") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "video_like" ADD CONSTRAINT "video_like_subject_fkey" FOREIGN KEY ("subject") REFERENCES "viewer"("subject") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "video_like" ADD CONSTRAINT "video_like_video_id_fkey" FOREIGN KEY ("video_id") REFERENCES "video"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "video_view" ADD CONSTRAINT "video_view_subject_fkey" FOREIGN KEY ("subject") REFERENCES "viewer"("subject") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "video_view" ADD CONSTRAINT "video_view_video_id_fkey" FOREIGN KEY ("video_id") REFERENCES "video"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "follow" ADD CONSTRAINT "follow_subject_fkey" FOREIGN KEY ("subject") REFERENCES "viewer"("subject") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "follow" ADD CONSTRAINT "follow_creator_id_fkey" FOREIGN KEY ("creator_id") REFERENCES "creator"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "idempotency" ADD CONSTRAINT "idempotency_subject_fkey" FOREIGN KEY ("subject") REFERENCES "viewer"("subject") ON DELETE RESTRICT ON UPDATE CASCADE;


-- What Prisma's language cannot say.

-- Handles and texts as the schema's descriptions bound them; the application refuses first, with a sentence.
ALTER TABLE "creator"
  ADD CONSTRAINT "creator_handle_check" CHECK ("handle" ~ '^[a-z0-9._]{3,30}$'),
  ADD CONSTRAINT "creator_display_name_check" CHECK (char_length("display_name") BETWEEN 1 AND 60),
  ADD CONSTRAINT "creator_bio_check" CHECK (char_length("bio") <= 300),
  ADD CONSTRAINT "creator_follower_count_check" CHECK ("follower_count" >= 0);
ALTER TABLE "video"
  ADD CONSTRAINT "video_title_check" CHECK (char_length("title") BETWEEN 1 AND 120),
  ADD CONSTRAINT "video_caption_check" CHECK (char_length("caption") <= 2200),
  ADD CONSTRAINT "video_duration_seconds_check" CHECK ("duration_seconds" BETWEEN 1 AND 600),
  ADD CONSTRAINT "video_size_check" CHECK ("width_px" BETWEEN 1 AND 7680 AND "height_px" BETWEEN 1 AND 7680),
  ADD CONSTRAINT "video_counts_check" CHECK ("like_count" >= 0 AND "view_count" >= 0 AND "comment_count" >= 0);
ALTER TABLE "showcase_item" ADD CONSTRAINT "showcase_item_position_check" CHECK ("position" BETWEEN 0 AND 19);
ALTER TABLE "comment" ADD CONSTRAINT "comment_text_check" CHECK (char_length("text") BETWEEN 1 AND 500);
ALTER TABLE "live_session"
  ADD CONSTRAINT "live_session_title_check" CHECK (char_length("title") BETWEEN 1 AND 120),
  ADD CONSTRAINT "live_session_ended_at_check" CHECK ("ended_at" >= "started_at");
ALTER TABLE "live_pin" ADD CONSTRAINT "live_pin_unpinned_at_check" CHECK ("unpinned_at" >= "pinned_at");
ALTER TABLE "idempotency"
  ADD CONSTRAINT "idempotency_key_check" CHECK (char_length("key") BETWEEN 8 AND 64),
  ADD CONSTRAINT "idempotency_request_hash_check" CHECK (octet_length("request_hash") = 32);

-- A creator has at most one session on air, a session at most one product pinned.
CREATE UNIQUE INDEX "live_session_on_air_creator_key" ON "live_session"("creator_id") WHERE "ended_at" IS NULL;
CREATE UNIQUE INDEX "live_pin_now_live_session_key" ON "live_pin"("live_session_id") WHERE "unpinned_at" IS NULL;

-- The list of sessions on air, in its order.
CREATE INDEX "live_session_on_air_idx" ON "live_session"("started_at" DESC, "id" DESC) WHERE "ended_at" IS NULL;
