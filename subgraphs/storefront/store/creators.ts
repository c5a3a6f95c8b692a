import type { Creators } from "../domain/ports.ts";
import { toCreator } from "./rows.ts";
import { recordViewer, type StorefrontClient } from "./transaction.ts";

/** Creators in PostgreSQL. */
export function createCreators(prisma: StorefrontClient): Creators {
  async function findBy(where: { id: string } | { handle: string } | { subject: string }) {
    const row = await prisma.creator.findUnique({ where });
    return row === null ? null : toCreator(row);
  }
  return {
    find: (id) => findBy({ id }),
    byHandle: (handle) => findBy({ handle }),
    bySubject: (subject) => findBy({ subject }),
    byIds: async (ids) => (await prisma.creator.findMany({ where: { id: { in: [...ids] } } })).map(toCreator),
    register: ({ owner, ...creator }) =>
      prisma.$transaction(async (transaction) => {
        const { subject } = owner;
        await recordViewer(transaction, owner, creator.joinedAt);
        // One row at most comes of it: both the subject and the handle are unique.
        const { count } = await transaction.creator.createMany({ data: { ...creator, subject }, skipDuplicates: true });
        if (count === 1) {
          await transaction.viewer.updateMany({ where: { subject }, data: { name: creator.displayName } });
        }
        const own = await transaction.creator.findUnique({ where: { subject } });
        return own === null ? null : toCreator(own);
      }),
  };
}
