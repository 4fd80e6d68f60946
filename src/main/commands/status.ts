import { statfs } from 'node:fs/promises';
import { componentStatuses, nodes, pods } from '#api/generated/refs.ts';
import type { ComponentStatus, Node, Pod } from '#api/generated/types/core.v1.ts';
import { loadPki } from '#apiserver/pki/pki-files.ts';
import { defineCommand } from '#cli/core/command.ts';
import { createClient } from '#client/client.ts';
import { createHttpsTransport } from '#client/https.ts';
import { readRecord } from '../cluster-record.ts';
import { extensionPrefix } from '../extensions/extension.ts';
import { contextName } from '../kubeconfig.ts';
import { statusLine } from '../live-status.ts';
import { runningServer } from '../process.ts';
import { clusterFlags, pathsOf } from './cluster-flags.ts';

export const statusCommand = defineCommand({
  name: 'status',
  summary: 'Say whether the cluster runs, and how it is.',
  flags: clusterFlags,
  run: async context => {
    const paths = pathsOf(context);
    const record = await readRecord(paths);
    const server = await runningServer(paths);
    if (!server) {
      context.out(
        record
          ? `Cluster ${paths.name} is stopped. Start it: ${context.program} up\n`
          : `There is no cluster ${paths.name}. Make it: ${context.program} up\n`,
      );
      return 3;
    }
    if (server.port === 0) {
      context.out(`Cluster ${paths.name} is being started (process ${server.pid}).\n`);
      return 3;
    }
    const pki = await loadPki(paths.pki);
    using transport = createHttpsTransport({
      access: {
        server: `https://127.0.0.1:${server.port}`,
        certificateAuthority: pki['ca.crt']!,
        clientCertificate: pki['admin.crt']!,
        clientKey: pki['admin.key']!,
      },
    });
    const client = createClient(transport);
    const [nodeList, podList, components] = await Promise.all([
      client.list(nodes, ''),
      client.list(pods, ''),
      client.list(componentStatuses, ''),
    ]);
    context.out(
      [
        `Cluster   ${paths.name}, running (process ${server.pid})`,
        `API       https://127.0.0.1:${server.port}`,
        `Context   ${contextName(paths.name)}`,
        `Data      ${paths.dataDir}`,
        ...(await diskLines(paths.dataDir)),
        `State     ${statusLine(nodeList.items as readonly Node[], podList.items as readonly Pod[])}`,
        ...extensionLines(components.items),
        '',
      ].join('\n'),
    );
    return 0;
  },
});

/** Below this, what a cluster writes in an hour may fill the disk. */
const spaceBytesLow = 256 * 2 ** 20;

/** How little space there is, where it is little. */
async function diskLines(folder: string): Promise<string[]> {
  const { bavail, bsize } = await statfs(folder);
  const bytes = bavail * bsize;
  if (bytes >= spaceBytesLow) return [];
  return [`Disk      ${(bytes / 2 ** 20).toFixed(1)} MiB left: writes are refused while it is full`];
}

/** Each extension and what keeps it from its work; nothing where there are none. */
function extensionLines(components: readonly ComponentStatus[]): string[] {
  return components
    .filter(({ metadata }) => metadata.name!.startsWith(extensionPrefix))
    .map(({ metadata, conditions }, i) => {
      const name = metadata.name!.slice(extensionPrefix.length);
      const [condition] = conditions ?? [];
      const state = condition?.status === 'True' ? 'ok' : (condition?.error ?? 'unknown');
      return `${i === 0 ? 'Extensions' : '          '} ${name}: ${state}`;
    });
}
