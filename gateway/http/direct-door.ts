import type { IncomingHttpHeaders } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GraphQLError, type OperationTypeNode } from "graphql";
import type { Logger } from "../../platform/runtime/logger.ts";
import type { Admit } from "../admission.ts";
import { type Cancellation, CancellationSource } from "../cancellation.ts";
import { answerText, type OperationAnswer } from "../operations/answer.ts";
import { BadRequest, subscriptionAdvice } from "../operations/bad-request.ts";
import { type OperationRequest, readOperationRequest, readSearchParameters } from "../operations/operation-request.ts";
import type { Operations } from "../operations/operations.ts";
import { anonymous, type RequestContext } from "../request-context.ts";
import { createTypeChooser } from "./accepted-type.ts";
import { assertNotCrossSite, essenceOf } from "./cross-site.ts";
import { correlationOf } from "./request-guard.ts";

/** What the door is made of. */
export interface DirectDoorParts {
  readonly operations: Operations;
  readonly admit: Admit;
  /** The explorer's page. */
  readonly renderExplorer: () => Promise<string>;
  /** Operations that one request may carry; 1 turns batching off. */
  readonly operationsPerRequest: number;
  readonly logger: Logger;
}

const json = "application/json; charset=utf-8";
const graphqlJson = "application/graphql-response+json; charset=utf-8";
const html = "text/html";

const chooseType = createTypeChooser([json, graphqlJson]);
const choosePage = createTypeChooser([json, graphqlJson, "multipart/mixed", html]);

function onlyQueries(kind: OperationTypeNode): GraphQLError | undefined {
  if (kind === "query") return undefined;
  const message = `GET requests only support query operations, not ${kind} operations`;
  return new BadRequest(message, 405, [["allow", "POST"]]);
}

function noSubscriptions(kind: OperationTypeNode): GraphQLError | undefined {
  if (kind !== "subscription") return undefined;
  return new BadRequest(subscriptionAdvice);
}

function readGet({ headers, url }: FastifyRequest): OperationRequest {
  const contentType = headers["content-type"];
  if (contentType !== undefined && essenceOf(contentType) !== "application/json") {
    throw new BadRequest("GET requests may not have a content-type header other than application/json.", 415);
  }
  const start = url.indexOf("?");
  return readSearchParameters(new URLSearchParams(start < 0 ? "" : url.slice(start)));
}

function readBatch(body: readonly unknown[], most: number): readonly OperationRequest[] {
  if (most === 1) throw new BadRequest("Operation batching disabled.");
  if (body.length === 0) throw new BadRequest("No operations found in request.");
  if (body.length > most) throw new BadRequest(`a request carries at most ${most} operations`);
  return body.map(readOperationRequest);
}

function responseType(headers: IncomingHttpHeaders): string {
  const type = chooseType(headers.accept);
  if (type !== undefined) return type;
  const message = `An 'accept' header was provided for this request which does not accept ${json} or ${graphqlJson}`;
  throw new BadRequest(message, 406);
}

function headerReader(headers: IncomingHttpHeaders): (name: string) => string | undefined {
  return (name) => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  };
}

/** Tells when the client hangs up before its answer was sent. */
function watchClient(reply: FastifyReply): CancellationSource {
  const cancellation = new CancellationSource();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) cancellation.cancel();
  });
  return cancellation;
}

interface Incoming {
  readonly context: RequestContext;
  readonly request: FastifyRequest;
  readonly cancellation: Cancellation;
}

/** Queries and mutations without a server of others in between: GET and POST /graphql, and the explorer for browsers. */
class DirectDoor {
  readonly #parts: DirectDoorParts;

  constructor(parts: DirectDoorParts) {
    this.#parts = parts;
  }

  readonly handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { headers } = request;
    const isGet = request.method === "GET";
    if (isGet && headers.accept !== undefined && choosePage(headers.accept) === html) {
      return reply.type(html).send(await this.#parts.renderExplorer());
    }
    const correlationId = correlationOf(request);
    let context: RequestContext = { correlationId, principal: anonymous, logger: this.#parts.logger };
    try {
      assertNotCrossSite(headers);
      context = await this.#parts.admit(headers, correlationId);
      const type = responseType(headers);
      if (!isGet && Array.isArray(request.body)) {
        const requests = readBatch(request.body, this.#parts.operationsPerRequest);
        const cancellation = watchClient(reply);
        const answers = await Promise.all(requests.map((one) => this.#run(one, { context, request, cancellation })));
        return this.#sendBatch(reply, answers, type);
      }
      const read = isGet ? readGet(request) : readOperationRequest(request.body);
      const cancellation = watchClient(reply);
      return this.#send(reply, await this.#run(read, { context, request, cancellation }), type);
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      const answer = this.#parts.operations.refuse([error], context);
      return this.#send(reply, answer, chooseType(headers.accept) ?? json);
    }
  };

  #run(
    read: OperationRequest,
    { context, request, cancellation }: Incoming,
  ): Promise<OperationAnswer> | OperationAnswer {
    const { operations } = this.#parts;
    const preparation = operations.prepare(read, request.method === "GET" ? onlyQueries : noSubscriptions);
    if ("refused" in preparation) return operations.refuse(preparation.refused, context);
    const header = headerReader(request.headers);
    return operations.run(preparation.prepared, { context, header, cancellation });
  }

  #send(reply: FastifyReply, answer: OperationAnswer, type: string): FastifyReply {
    const { status, headers } = answer;
    for (const [name, value] of headers) reply.header(name, value);
    return reply.code(status).type(type).send(answerText(answer));
  }

  #sendBatch(reply: FastifyReply, answers: readonly OperationAnswer[], type: string): FastifyReply {
    for (const { headers } of answers) for (const [name, value] of headers) reply.header(name, value);
    const status = answers.map((answer) => answer.status).findLast((one) => one !== 200) ?? 200;
    const texts = answers.map(answerText);
    return reply
      .code(status)
      .type(type)
      .send(`[${texts.join(",")}]`);
  }
}

/** Opens the door at /graphql. */
export function openDirectDoor(http: FastifyInstance, parts: DirectDoorParts): void {
  http.route({ url: "/graphql", method: ["GET", "POST"], handler: new DirectDoor(parts).handle });
}
