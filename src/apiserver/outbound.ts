/** How whoever asks proves who it is, from a kubeconfig. */
export interface OutboundClient {
  /** PEM. */
  readonly cert?: string;
  readonly key?: string;
  /** The header's value. */
  readonly authorization?: string;
  readonly insecureSkipTlsVerify?: boolean;
  /** What the server's certificate must hold instead of its name. */
  readonly tlsServerName?: string;
}

/** A server that a kubeconfig names, and who asks it. */
export interface OutboundServer {
  readonly url: string;
  /** PEM. */
  readonly ca?: string;
  readonly client: OutboundClient;
}

/** One POST over TLS to a server that the cluster's users run: a webhook. */
export interface OutboundPost {
  /** https://name[:port]/path?query. The name is what the server's certificate must hold. */
  readonly url: string;
  /** Where to connect; absent: where the name leads. */
  readonly address?: { readonly host: string; readonly port: number };
  /** PEM of the authorities that may have signed the server's certificate; absent: the platform's. */
  readonly ca?: string;
  /** Who asks, and what is believed of the server. */
  readonly client?: OutboundClient;
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

/** An answer that began, and did not come whole. */
export class BrokenAnswer extends Error {
  override readonly name = 'BrokenAnswer';

  constructor(reason: string) {
    super(`unexpected error when reading response body. Please retry. Original error: ${reason}`);
  }
}

/** Why a call failed, as Go's clients tell it. */
export function callFailure(url: string, error: Error): string {
  return error instanceof BrokenAnswer ? error.message : `Post ${JSON.stringify(url)}: ${error.message}`;
}

/** The way out of the API server. Rejects, in the words of Go's net/http, when no answer comes. */
export interface Outbound extends Disposable {
  post(call: OutboundPost): Promise<OutboundAnswer>;
  get(call: Omit<OutboundPost, 'body'>): Promise<OutboundAnswer>;
}

/** For servers without a network. */
const unreachable = ({ url }: { readonly url: string }) =>
  Promise.reject(new Error(`dial tcp: ${new URL(url).host}: network is unreachable`));

export const noOutbound: Outbound = {
  post: unreachable,
  get: unreachable,
  [Symbol.dispose]: () => undefined,
};
