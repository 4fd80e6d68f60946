import { type Clock, sleep } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import type { WebhookClients } from './admission/webhooks/clients.ts';
import type { Outbound, OutboundAnswer } from './outbound.ts';
import type { StateCache } from './resources/state-cache.ts';
import { resolveService } from './service-resolver.ts';

/** How a webhook is reached: admission's and conversion's configurations have the same shape. */
export interface WebhookAddress {
  readonly url?: string;
  readonly service?: {
    readonly name: string;
    readonly namespace: string;
    readonly path?: string;
    readonly port?: number;
  };
  /** PEM in base64. */
  readonly caBundle?: string;
}

/** How often a webhook that says when it has time is asked again (client-go). */
const retriesMax = 10;

export interface WebhookPost {
  readonly url: string;
  readonly timeoutSeconds: number;
  readonly body: string;
}

/** Paths are joined as Go's REST client joins them: no part of them is empty, and no slash ends them. */
export function webhookUrl({ url = '', service }: WebhookAddress, timeoutSeconds: number): string {
  const name = service && `${service.name}.${service.namespace}.svc`;
  const base = new URL(service ? `https://${name}${service.path ?? ''}` : url);
  const host = service ? `${name}:${service.port ?? 443}` : base.host;
  const parts = base.pathname.split('/').filter(part => part !== '');
  return `https://${host}/${parts.join('/')}?timeout=${timeoutSeconds}s`;
}

/** Posts to a webhook, at an endpoint of its Service where it names one. Rejects when no answer comes in time. */
export async function postToWebhook(
  way: {
    outbound: Outbound;
    state: StateCache;
    random: Random;
    clock: Clock;
    /** Absent: the server does not say who it is. */
    clients?: WebhookClients | undefined;
  },
  { service, caBundle }: WebhookAddress,
  { url, timeoutSeconds, body }: WebhookPost,
): Promise<OutboundAnswer> {
  const abort = new AbortController();
  using _timer = way.clock.after(timeoutSeconds * 1000, () =>
    abort.abort(new Error('context deadline exceeded')),
  );
  const address = service && resolveService(way.state, way.random, { ...service, port: service.port ?? 443 });
  const { host, port } = new URL(url);
  const client = way.clients?.to(port ? host : `${host}:443`);
  const call = {
    url,
    body,
    signal: abort.signal,
    ...(address ? { address } : {}),
    ...(client ? { client } : {}),
    ...(caBundle ? { ca: atob(caBundle) } : {}),
  };
  for (let retries = 0; ; retries++) {
    const answer = await way.outbound.post(call);
    const { status, retryAfterSeconds } = answer;
    const isBusy = status === 429 || status >= 500;
    if (!isBusy || retryAfterSeconds === undefined || retries === retriesMax) return answer;
    await sleep(way.clock, retryAfterSeconds * 1000, abort.signal);
  }
}
