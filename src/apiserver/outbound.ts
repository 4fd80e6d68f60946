/** One POST over TLS to a server that the cluster's users run: a webhook. */
export interface OutboundPost {
  /** https://name[:port]/path?query. The name is what the server's certificate must hold. */
  readonly url: string;
  /** Where to connect; absent: where the name leads. */
  readonly address?: { readonly host: string; readonly port: number };
  /** PEM of the authorities that may have signed the server's certificate; absent: the platform's. */
  readonly ca?: string;
  readonly body: string;
  /** Aborts the call, which then rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

export interface OutboundAnswer {
  readonly status: number;
  /** As the header has it; '' where there is none. */
  readonly contentType: string;
  readonly body: string;
  /** Where the server wants to be asked again later: the header's whole seconds. */
  readonly retryAfterSeconds?: number;
}

/** The way out of the API server. Rejects, in the words of Go's net/http, when no answer comes. */
export interface Outbound extends Disposable {
  post(call: OutboundPost): Promise<OutboundAnswer>;
}

/** For servers without a network. */
export const noOutbound: Outbound = {
  post: ({ url }) => Promise.reject(new Error(`dial tcp: ${new URL(url).host}: network is unreachable`)),
  [Symbol.dispose]: () => undefined,
};
