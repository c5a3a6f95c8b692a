-- AlterTable
ALTER TABLE "live_viewer" ADD COLUMN     "members" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "share_id" UUID NOT NULL DEFAULT gen_random_uuid();

-- What Prisma's language cannot say.

ALTER TABLE "live_viewer" ADD CONSTRAINT "live_viewer_members_check" CHECK ("members" >= 1);
