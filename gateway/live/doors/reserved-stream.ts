import { CancellationSource } from "../../cancellation.ts";
import { BadRequest } from "../../operations/bad-request.ts";
import type { Principal } from "../../request-context.ts";
import type { ConnectionCount } from "../stream-limits.ts";
import type { ClientStream } from "../subscriptions.ts";
import type { ResponseWriter } from "./response-writer.ts";

// Answers of one connection that are in memory at once: more would only wait for the same client to read them.
const answersAtOnce = 4;

/** An operation of a reserved stream, from its request until its last word is written. */
export class ReservedOperation {
  /** Set off when the client wants no more of it, or is gone. */
  readonly cancellation = new CancellationSource();
  #stream: ClientStream | undefined;

  /** Whether somebody still waits for it. */
  get isWanted(): boolean {
    return !this.cancellation.isCancelled;
  }

  /** Takes the stream that it has begun, which ends with it. */
  hold(stream: ClientStream): void {
    if (this.isWanted) this.#stream = stream;
    else stream.close();
  }

  stop(): void {
    this.cancellation.cancel();
    this.#stream?.close();
  }
}

/** Everything that runs on one connection of the single connection mode. */
export class ReservedStream {
  /** Who reserved it: nobody else may open it, run or end anything on it. */
  readonly principal: Principal;
  readonly connection: ConnectionCount = { streams: 0 };
  /** Undefined when it was never opened. */
  readonly opened: Promise<ResponseWriter | undefined>;
  readonly #mostOperations: number;
  readonly #running = new Map<string, ReservedOperation>();
  readonly #waiting: (() => void)[] = [];
  #open: (writer: ResponseWriter | undefined) => void = () => undefined;
  #isOpen = false;
  /** More than run: what the client has ended and is still at work counts too. */
  #present = 0;
  #answering = 0;

  constructor(principal: Principal, mostOperations: number) {
    this.principal = principal;
    this.#mostOperations = mostOperations;
    this.opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  /** @throws BadRequest when it is open already */
  claim(): void {
    if (this.#isOpen) throw new BadRequest("the stream is open already; reserve another one with PUT", 409);
    this.#isOpen = true;
  }

  open(writer: ResponseWriter): void {
    this.#open(writer);
  }

  /** Takes an operation in; undefined when as many are at work as may be. @throws BadRequest when its id is taken */
  enter(id: string): ReservedOperation | undefined {
    if (this.#running.has(id)) throw new BadRequest("an operation of this id is running; choose another id", 409);
    if (this.#present >= this.#mostOperations) return undefined;
    this.#present += 1;
    const operation = new ReservedOperation();
    this.#running.set(id, operation);
    return operation;
  }

  /** Counts an operation out that has ended or was never begun. */
  leave(id: string, operation: ReservedOperation): void {
    this.#present -= 1;
    if (this.#running.get(id) === operation) this.#running.delete(id);
  }

  /** Ends an operation because its client wants no more of it. */
  complete(id: string): void {
    const operation = this.#running.get(id);
    this.#running.delete(id);
    operation?.stop();
  }

  /** Runs and writes an answer when few others of the connection are at it: none is made ahead of a client that does not read. */
  async inTurn(answer: () => Promise<void>): Promise<void> {
    if (this.#answering >= answersAtOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#answering += 1;
    try {
      await answer();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#answering -= 1;
      else next();
    }
  }

  /** Ends everything: the connection is gone, or nobody came. */
  close(): void {
    this.#open(undefined);
    for (const operation of this.#running.values()) operation.stop();
    this.#running.clear();
  }
}
