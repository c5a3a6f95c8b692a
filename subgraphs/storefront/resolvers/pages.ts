import { type Connection, type PageRequest, readPageRequest, toConnection } from "../../../platform/values/page.ts";
import type { RequestContext } from "../context.ts";
import { isKey } from "../domain/chronological-key.ts";
import type { Video } from "../domain/video.ts";

/** Arguments of a connection field. */
export interface PageArguments {
  readonly first: number;
  readonly after?: string | null;
}

/** Reads the arguments of a list that is newest first. @throws PageRequestError, which the client sees. */
export function readChronologicalPage(args: PageArguments): PageRequest {
  return readPageRequest(args, isKey);
}

/** The feed as a connection. @throws PageRequestError */
export async function readFeed(args: PageArguments, context: RequestContext): Promise<Connection<Video>> {
  return toConnection(await context.ports.videos.feed(readChronologicalPage(args)));
}
