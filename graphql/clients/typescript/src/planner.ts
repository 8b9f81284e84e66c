// The API as typed functions: queries and mutations by POST, subscriptions over a WebSocket.
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { type ExecutionResult, print } from "graphql";
import { createClient } from "graphql-ws";

export class Planner {
  readonly #url: string;
  readonly #headers: Record<string, string>;

  constructor(url: string, token?: string) {
    this.#url = url;
    this.#headers = token ? { authorization: `Bearer ${token}` } : {};
  }

  /** The data of an answer; throws the answer's GraphQL errors, which are mistakes of the program and not of its user. */
  async ask<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Data> {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/graphql-response+json", ...this.#headers },
      body: JSON.stringify({ query: print(document), variables }),
    });
    return dataOf<Data>((await response.json()) as ExecutionResult<Data>);
  }

  /** The events of a subscription, until the caller returns. */
  async *watch<Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): AsyncGenerator<Data> {
    // A browser's WebSocket takes no headers, so the token goes with the first message.
    const client = createClient({ url: this.#url.replace(/^http/, "ws"), connectionParams: this.#headers });
    try {
      for await (const event of client.iterate<Data>({ query: print(document), variables })) yield dataOf<Data>(event as ExecutionResult<Data>);
    } finally {
      await client.dispose();
    }
  }
}

function dataOf<Data>({ data, errors }: ExecutionResult<Data>): Data {
  if (errors?.length || data === null || data === undefined) {
    throw new Error(errors?.map(({ message, extensions }) => `${extensions?.["code"]}: ${message}`).join("\n") ?? "no data");
  }
  return data;
}
