import type { PemFiles } from '#apiserver/pki/pki.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Client } from '#client/client.ts';
import type { NodeAccess } from '#kubelet/server/access.ts';
import {
  type KubeletServer,
  type KubeletServerTls,
  startKubeletServer,
} from '#kubelet/server/kubelet-server.ts';
import type { ClusterRecord } from './cluster-record.ts';
import { DelegatedAccess } from './delegated-access.ts';
import type { LivePki } from './live-pki.ts';
import { nodeAddresses } from './node-address.ts';
import { processMetrics } from './process-metrics.ts';

const defaultPort = 10_250;

export interface KubeletServerSettings {
  readonly record: ClusterRecord;
  readonly pki: LivePki;
  /** The node's own, which asks who may read what. */
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
}

/** The node's own server, at the node's address; its usual port gives way to a free one. */
export async function openKubeletServer(settings: KubeletServerSettings): Promise<KubeletServer> {
  const server = await open(settings);
  settings.pki.onRenewal(files => server.renew(tlsOf(files)));
  return server;
}

function tlsOf(pki: PemFiles): KubeletServerTls {
  return { cert: pki['kubelet.crt']!, key: pki['kubelet.key']!, clientCa: pki['ca.crt']! };
}

async function open(settings: KubeletServerSettings): Promise<KubeletServer> {
  const { record, pki, clock, log } = settings;
  const openAt = (port: number) =>
    startKubeletServer({
      host: nodeAddresses(record)[0]!,
      port,
      tls: tlsOf(pki.files),
      access: nodeAccess(settings),
      metrics: processMetrics(clock),
      clock,
      log,
    });
  try {
    return await openAt(defaultPort);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return openAt(0);
  }
}

function nodeAccess({ record, client, clock }: KubeletServerSettings): NodeAccess {
  const access = new DelegatedAccess({ clock, authentication: client, authorization: client, openPaths: [] });
  const node = { version: 'v1', resource: 'nodes', name: record.nodeName };
  return {
    caller: token => access.caller(token),
    allows: (caller, attributes) => access.may(caller, { resourceAttributes: { ...node, ...attributes } }),
  };
}
