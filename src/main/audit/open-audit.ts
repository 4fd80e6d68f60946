import { readFileSync } from 'node:fs';
import { AuditBatches } from '#apiserver/audit/batches.ts';
import type { AuditOptions } from '#apiserver/audit/auditor.ts';
import { type DeliverySettings, defaultDelivery, delivery } from '#apiserver/audit/delivery.ts';
import type { AuditPolicy } from '#apiserver/audit/policy.ts';
import type { AuditSink } from '#apiserver/audit/sink.ts';
import { WebhookSink } from '#apiserver/audit/webhook-sink.ts';
import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import { createHttpsTransport } from '#client/https.ts';
import { accessOf, parseKubeConfig } from '#client/kubeconfig.ts';
import { AuditLog, type AuditLogOptions } from './audit-log.ts';

/** What the configuration file says of the audit log. Paths are absolute. */
export interface AuditSettings {
  readonly policy: AuditPolicy;
  /** `delivery`: default, as upstream has it for a file. */
  readonly log?: AuditLogOptions & { readonly delivery?: DeliverySettings };
  /** Events are posted to the server of a kubeconfig file. */
  readonly webhook?: {
    readonly configFile: string;
    readonly initialBackoffMs?: number;
    readonly delivery?: DeliverySettings;
  };
}

/** Opens what events go to; dispose of it once no request is handled any more. */
export async function openAudit(
  { policy, log, webhook }: AuditSettings,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<AuditOptions & AsyncDisposable> {
  await using parts = new AsyncDisposableStack();
  const sinks: [AuditSink, DeliverySettings | undefined][] = [];
  if (log) sinks.push([parts.use(await AuditLog.open(log, clock)), log.delivery]);
  if (webhook) {
    const { configFile, initialBackoffMs } = webhook;
    const transport = parts.use(createHttpsTransport({ access: readAccess(configFile) }));
    const send = async (list: object) =>
      void (await transport.request({ method: 'POST', path: '', body: list }));
    const backoff = initialBackoffMs === undefined ? {} : { initialBackoffMs };
    sinks.push([new WebhookSink({ clock, random, send, ...backoff }), webhook.delivery]);
  }
  const owned = parts.move();
  return {
    policy,
    backends: lost =>
      sinks.map(([sink, settings = defaultDelivery[sink.name]]) => {
        const backend = delivery(sink, settings, clock, lost);
        return backend instanceof AuditBatches ? owned.use(backend) : backend;
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function readAccess(file: string) {
  const text = (path: string) => readFileSync(path, 'utf8');
  return accessOf(parseKubeConfig(text(file)), text);
}
