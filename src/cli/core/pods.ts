import type { KubeObject } from '#machinery/object.ts';
import { parseSelectorObject, selectorFromLabels } from '#machinery/selectors.ts';
import { CliError } from '../errors.ts';
import type { CliContext } from './context.ts';
import type { Mapping } from './discovery.ts';
import { type ResourceInfo, selectOne } from './resources.ts';
import { watchUntil } from './waiting.ts';

export interface ContainerStatus {
  name: string;
  ready?: boolean;
  restartCount?: number;
  state?: { running?: unknown; waiting?: { reason?: string; message?: string }; terminated?: unknown };
}

export interface Pod extends KubeObject {
  spec?: {
    nodeName?: string;
    containers: {
      name: string;
      ports?: { name?: string; containerPort: number }[];
      tty?: boolean;
      stdin?: boolean;
    }[];
    initContainers?: { name: string }[];
    ephemeralContainers?: { name: string; tty?: boolean }[];
  };
  status?: {
    phase?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: ContainerStatus[];
    ephemeralContainerStatuses?: ContainerStatus[];
  };
}

/** Kinds that select pods in a way that is known here. */
const podOwners = [
  'DaemonSet',
  'Deployment',
  'Job',
  'ReplicaSet',
  'ReplicationController',
  'Service',
  'StatefulSet',
];

const defaultContainerKey = 'kubectl.kubernetes.io/default-container';

/** The pod that 'pod', 'pod/x', 'deploy/x' or 'svc/x' stands for: of several, one that runs, the oldest ready. */
export async function attachablePod(context: CliContext, word: string): Promise<Pod> {
  return podBehind(
    context,
    word.includes('/')
      ? await selectOne(context, [word])
      : {
          mapping: await podMapping(context),
          namespace: (await context.namespace()).name,
          name: word,
          source: '',
        },
  );
}

/** The same of an object that was named or read already. */
export async function podBehind(context: CliContext, info: ResourceInfo): Promise<Pod> {
  const api = await context.api();
  const object = await api.get(info.mapping, info.namespace, info.name);
  return info.mapping.kind === 'Pod' ? (object as Pod) : podOf(context, info, object);
}

export async function podMapping(context: CliContext): Promise<Mapping> {
  return (await context.mapper()).resource('pods');
}

/** The pods that a workload or service selects. */
export async function podsOf(context: CliContext, info: ResourceInfo, object: KubeObject): Promise<Pod[]> {
  const api = await context.api();
  const labelSelector = podSelector(info, object);
  const list = await api.listAll(await podMapping(context), info.namespace, { labelSelector });
  return list.items as Pod[];
}

async function podOf(context: CliContext, info: ResourceInfo, object: KubeObject): Promise<Pod> {
  const pods = (await podsOf(context, info, object)).sort(byFitness);
  const [first] = pods;
  if (first) return first;
  throw new CliError('timed out waiting for the condition');
}

function podSelector({ mapping }: ResourceInfo, object: KubeObject): string {
  const { spec } = object as KubeObject & { spec?: { selector?: Record<string, unknown> } };
  const selector = spec?.selector ?? {};
  const type = `*${mapping.version}.${mapping.kind}`;
  if (!podOwners.includes(mapping.kind))
    throw new CliError(`cannot attach to ${type}: selector for ${type} not implemented`);
  if (mapping.kind === 'Service' && Object.keys(selector).length === 0)
    throw new CliError(
      `cannot attach to ${type}: invalid service '${object.metadata.name}': Service is defined without a selector`,
    );
  if (mapping.kind === 'Service' || mapping.kind === 'ReplicationController')
    return selectorFromLabels(selector as Record<string, string>).toString();
  return parseSelectorObject(selector).toString();
}

/** Running and ready first, then the older. */
function byFitness(a: Pod, b: Pod): number {
  const rank = (pod: Pod) =>
    Number(pod.spec?.nodeName ? 0 : 4) + (pod.status?.phase === 'Running' ? 0 : 2) + (isReady(pod) ? 0 : 1);
  const age = (pod: Pod) => pod.metadata.creationTimestamp ?? '';
  return rank(a) - rank(b) || (age(a) < age(b) ? -1 : 1);
}

function isReady(pod: Pod): boolean {
  return (
    pod.status?.conditions?.some(condition => condition.type === 'Ready' && condition.status === 'True') ??
    false
  );
}

/** The container asked for, or the pod's default one; says which it picked when there was a choice. */
export function containerOf(context: CliContext, pod: Pod, asked: string, quiet = false): string {
  const names = allContainers(pod);
  const named = asked || pod.metadata.annotations?.[defaultContainerKey];
  if (named) {
    if (!names.includes(named))
      throw new CliError(
        `container ${named} is not valid for pod ${pod.metadata.name} out of: ${describedContainers(pod)}`,
      );
    return named;
  }
  const [first = ''] = pod.spec?.containers.map(container => container.name) ?? [];
  if (names.length > 1 && !quiet)
    context.error(`Defaulted container ${JSON.stringify(first)} out of: ${describedContainers(pod)}\n`);
  return first;
}

export function allContainers(pod: Pod): string[] {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {};
  return [...containers, ...initContainers, ...ephemeralContainers].map(container => container.name);
}

function describedContainers(pod: Pod): string {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {};
  return [
    ...containers.map(({ name }) => name),
    ...ephemeralContainers.map(({ name }) => `${name} (ephem)`),
    ...initContainers.map(({ name }) => `${name} (init)`),
  ].join(', ');
}

/** Waits until the pod runs, or has ended. */
export async function waitForRunning(context: CliContext, pod: Pod, timeoutMs: number): Promise<Pod> {
  const mapping = await podMapping(context);
  const info = {
    mapping,
    namespace: pod.metadata.namespace ?? '',
    name: pod.metadata.name ?? '',
    source: '',
  };
  const seen = await watchUntil(context, info, timeoutMs, object => {
    if (!object) throw new CliError(`pods ${JSON.stringify(info.name)} not found`);
    return ['Running', 'Succeeded', 'Failed'].includes((object as Pod).status?.phase ?? '');
  });
  return seen as Pod;
}
