/** The schema of commerce's database that belongs to the durable engine. Made by prisma/commerce/migrate.ts. */
export const durableSchema = "durable";

/** The engine's name for commerce; its runs are told from those of others by it. */
export const durableApplication = "commerce";

/** The queue all workflows go through. */
export const durableQueue = "commerce";

/**
 * The version that runs are recorded under. It stays: what changes inside a workflow is told apart by a patch, so that any
 * release of the worker takes over the runs of another.
 */
export const durableVersion = "1";
