import type { Logger } from "../../../platform/runtime/logger.ts";
import { type Issuing, issueNextDocument } from "../domain/actions/issue-documents.ts";

const idleMs = 1_000;
const afterFaultMs = 5_000;

/**
 * Issues documents as they become due, one after the other, until it is stopped; answers how to stop, which resolves when the
 * last one is issued. Several processes may do so at once.
 */
export function keepIssuingDocuments(issuing: Issuing, logger: Logger): () => Promise<void> {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  async function issueAll(): Promise<number> {
    try {
      while (!isStopped && (await issueNextDocument(issuing)) !== "none");
      return idleMs;
    } catch (error) {
      logger.warn({ err: error }, "a document could not be issued; trying again later");
      return afterFaultMs;
    }
  }
  function next(delayMs: number): void {
    if (isStopped) return;
    timer = setTimeout(() => {
      running = issueAll().then(next);
    }, delayMs);
  }
  next(0);
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await running;
  };
}
