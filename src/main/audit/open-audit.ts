import { readFileSync } from 'node:fs';
import { AuditBatches } from '#apiserver/audit/batches.ts';
import type { AuditBackend, AuditOptions } from '#apiserver/audit/auditor.ts';
import type { AuditPolicy } from '#apiserver/audit/policy.ts';
import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import { createHttpsTransport } from '#client/https.ts';
import { accessOf, parseKubeConfig } from '#client/kubeconfig.ts';
import { AuditLog, type AuditLogOptions } from './audit-log.ts';

/** What the configuration file says of the audit log. Paths are absolute. */
export interface AuditSettings {
  readonly policy: AuditPolicy;
  readonly log?: AuditLogOptions;
  /** Events are posted to the server of a kubeconfig file. */
  readonly webhook?: { readonly configFile: string };
}

/** Opens what events go to; dispose of it once no request is handled any more. */
export async function openAudit(
  { policy, log, webhook }: AuditSettings,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<AuditOptions & AsyncDisposable> {
  await using parts = new AsyncDisposableStack();
  const file = log && parts.use(await AuditLog.open(log, clock));
  const transport = webhook && parts.use(createHttpsTransport({ access: readAccess(webhook.configFile) }));
  const owned = parts.move();
  return {
    policy,
    backends(lost) {
      const backends: AuditBackend[] = file ? [file] : [];
      if (transport) {
        const send = async (list: object) =>
          void (await transport.request({ method: 'POST', path: '', body: list }));
        const told = (events: number, error: Error) => lost('webhook', events, error);
        backends.push(owned.use(new AuditBatches({ clock, random, send, lost: told })));
      }
      return backends;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function readAccess(file: string) {
  const text = (path: string) => readFileSync(path, 'utf8');
  return accessOf(parseKubeConfig(text(file)), text);
}
