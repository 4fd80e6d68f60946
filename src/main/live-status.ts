import { nodes as nodesRef, pods as podsRef } from '#api/generated/refs.ts';
import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import { type Clock, every } from '#base/clock.ts';
import type { CliContext } from '#cli/core/context.ts';
import type { ClusterServer } from './server.ts';

const periodMs = 1_000;

/** One line on a terminal that says how the cluster is; nothing where the output is no terminal. */
export function liveStatus(context: CliContext, server: ClusterServer, clock: Clock): Disposable {
  if (!context.io.stdout.isTerminal) return { [Symbol.dispose]() {} };
  const { informers } = server.controlPlane;
  const nodes = informers.informer(nodesRef);
  const pods = informers.informer(podsRef);
  const startMs = clock.monotonicMs();
  const timer = every(clock, periodMs, () => {
    const line = statusLine(nodes.list() as readonly Node[], pods.list() as readonly Pod[]);
    const seconds = Math.round((clock.monotonicMs() - startMs) / 1000);
    context.out(`\r\x1b[K${line}  up ${Math.floor(seconds / 60)}m${seconds % 60}s  Ctrl-C stops`);
  });
  return {
    [Symbol.dispose]: () => {
      timer[Symbol.dispose]();
      context.out('\r\x1b[K');
    },
  };
}

/** '1/1 nodes ready  3/3 pods running' */
export function statusLine(nodes: readonly Node[], pods: readonly Pod[]): string {
  const isTrue = (conditions: readonly { type?: string; status?: string }[] | undefined) =>
    conditions?.some(condition => condition.type === 'Ready' && condition.status === 'True') ?? false;
  const ready = nodes.filter(node => isTrue(node.status?.conditions)).length;
  const alive = pods.filter(pod => pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed');
  const running = alive.filter(pod => isTrue(pod.status?.conditions)).length;
  return `${ready}/${nodes.length} nodes ready  ${running}/${alive.length} pods ready`;
}
