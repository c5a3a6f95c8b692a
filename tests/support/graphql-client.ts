import { type DocumentNode, print } from "graphql";

/** An error of a GraphQL answer. */
export interface AnsweredError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** A GraphQL answer with what HTTP said. */
export interface Answer<Data> {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Data | null;
  readonly errors: readonly AnsweredError[];
}

/** A document of schema/generated/operations.ts, which knows its types, or the text of one. */
export type Document<Data, Variables> =
  | string
  | (DocumentNode & { readonly __apiType?: (variables: Variables) => Data });

/** Sends operations as one caller. */
export interface GraphqlClient {
  /** Answers whatever came back, errors among it. */
  readonly send: <Data = Record<string, unknown>, Variables = Record<string, unknown>>(
    document: Document<Data, Variables>,
    variables?: Variables,
  ) => Promise<Answer<Data>>;
  /** The data alone. @throws Error with the messages when there is any error */
  readonly data: <Data = Record<string, unknown>, Variables = Record<string, unknown>>(
    document: Document<Data, Variables>,
    variables?: Variables,
  ) => Promise<Data>;
}

/** A client of a GraphQL endpoint; without `token` it is anonymous. */
export function graphqlClient(
  url: string,
  token?: string,
  headers: Readonly<Record<string, string>> = {},
): GraphqlClient {
  async function send<Data, Variables>(
    document: Document<Data, Variables>,
    variables?: Variables,
  ): Promise<Answer<Data>> {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: JSON.stringify({ query: typeof document === "string" ? document : print(document), variables }),
    });
    const text = await response.text();
    let body: { data?: Data | null; errors?: AnsweredError[] };
    try {
      body = JSON.parse(text);
    } catch {
      throw new Error(`${url} answered ${response.status} with something that is not JSON: ${text.slice(0, 500)}`);
    }
    return { status: response.status, headers: response.headers, data: body.data ?? null, errors: body.errors ?? [] };
  }

  async function data<Data, Variables>(document: Document<Data, Variables>, variables?: Variables): Promise<Data> {
    const answer = await send(document, variables);
    if (answer.errors.length > 0 || answer.data === null) {
      const text = answer.errors.map(({ message, path, extensions }) => JSON.stringify({ message, path, extensions }));
      throw new Error(`the operation failed (HTTP ${answer.status}):\n${text.join("\n")}`);
    }
    return answer.data;
  }

  return { send, data } as GraphqlClient;
}
