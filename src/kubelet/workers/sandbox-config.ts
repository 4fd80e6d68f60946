import { runtimeClasses } from '#api/generated/refs.ts';
import { podDns } from '../config/dns.ts';
import { sandboxConfig } from '../config/sandbox.ts';
import type { SandboxConfig } from '../runtime.ts';
import type { Pod } from '../types.ts';
import type { WorkerContext } from './context.ts';

/** The sandbox of a pod on this node. Rejects where the node cannot make one as the spec asks. */
export async function podSandboxConfig(
  context: WorkerContext,
  pod: Pod,
  attempt: number,
): Promise<SandboxConfig> {
  const { layout, clusterDns, hostDns, cgroupRoot } = context;
  const runtimeHandler = await handlerOf(context, pod);
  return sandboxConfig({
    pod,
    attempt,
    layout,
    dns: podDns(pod, clusterDns, hostDns),
    clusterDomain: clusterDns.domain,
    cgroupRoot,
    ...(runtimeHandler ? { runtimeHandler } : {}),
  });
}

/** What the pod's RuntimeClass calls the runtime that is to run it; undefined: the usual one. */
async function handlerOf({ client }: WorkerContext, pod: Pod): Promise<string | undefined> {
  const name = pod.spec?.runtimeClassName;
  if (!name) return undefined;
  try {
    return (await client.get(runtimeClasses, '', name)).handler;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`failed to get runtime class "${name}": ${why}`);
  }
}
