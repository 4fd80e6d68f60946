import type { APIService } from '#api/generated/types/apiregistration.v1.ts';
import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import type { Backend, BackendAnswer, Backends } from '../proxy/backends.ts';
import type { StateCache } from '../resources/state-cache.ts';
import { type FrontProxy, aggregatorUser, backendOf, identityHeaders } from './front-proxy.ts';

export interface ExtensionServerOptions {
  readonly cache: StateCache;
  readonly random: Random;
  readonly clock: Clock;
  readonly backends: Backends;
  readonly frontProxy: () => FrontProxy;
}

/** A document of an extension API server. */
export interface RemoteDocument {
  readonly status: number;
  readonly contentType: string;
  readonly etag: string;
  readonly text: string;
}

const answerMsMax = 5_000;
const documentBytesMax = 32 * 1024 * 1024;

/** The aggregator's own requests to the servers behind APIServices. */
export class ExtensionServers {
  readonly #options: ExtensionServerOptions;

  constructor(options: ExtensionServerOptions) {
    this.#options = options;
  }

  get backends(): Backends {
    return this.#options.backends;
  }

  /** Throws when the service leads nowhere. */
  locate(object: APIService): Backend {
    return backendOf(object, this.#options);
  }

  /** The status of a GET. */
  status(backend: Backend, path: string): Promise<number> {
    return this.#get(backend, path, {}, async ({ status, body }) => {
      for await (const _ of body) break;
      return status;
    });
  }

  document(
    object: APIService,
    path: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<RemoteDocument> {
    return this.#get(this.locate(object), path, headers, async ({ status, headers: answered, body }) => ({
      status,
      contentType: String(answered['content-type'] ?? ''),
      etag: String(answered.etag ?? ''),
      text: await readText(body),
    }));
  }

  async #get<T>(
    backend: Backend,
    path: string,
    headers: Readonly<Record<string, string>>,
    read: (answer: BackendAnswer) => Promise<T>,
  ): Promise<T> {
    const { backends, clock } = this.#options;
    const abort = new AbortController();
    const timer = clock.after(answerMsMax, () =>
      abort.abort(new Error('context deadline exceeded (Client.Timeout exceeded while awaiting headers)')),
    );
    try {
      const request = { backend, path, method: 'GET', signal: abort.signal };
      const answer = await backends.request({
        ...request,
        headers: { ...headers, ...identityHeaders(aggregatorUser) },
      });
      return await read(answer);
    } catch (error) {
      throw abort.signal.aborted ? abort.signal.reason : error;
    } finally {
      timer[Symbol.dispose]();
    }
  }
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > documentBytesMax) throw new Error('the document is too large');
  }
  return text + decoder.decode();
}
