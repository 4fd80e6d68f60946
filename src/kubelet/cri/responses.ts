import type {
  Container,
  ContainerState,
  ContainerStats,
  ContainerStatus,
  Image,
  ImageFs,
  RuntimeEvent,
  Sandbox,
  SandboxStatus,
} from '../runtime.ts';
import type { Decoded } from './codec.ts';

/** From CRI's shapes to the port's. */

const toMs = (nanoseconds: number) => Math.floor(nanoseconds / 1e6);

const containerStates = {
  CONTAINER_CREATED: 'CREATED',
  CONTAINER_RUNNING: 'RUNNING',
  CONTAINER_EXITED: 'EXITED',
  CONTAINER_UNKNOWN: 'UNKNOWN',
} as const satisfies Record<Decoded<'Container'>['state'], ContainerState>;

const eventTypes = {
  CONTAINER_CREATED_EVENT: 'CREATED',
  CONTAINER_STARTED_EVENT: 'STARTED',
  CONTAINER_STOPPED_EVENT: 'STOPPED',
  CONTAINER_DELETED_EVENT: 'DELETED',
} as const satisfies Record<Decoded<'ContainerEventResponse'>['containerEventType'], RuntimeEvent['type']>;

const noMetadata: Decoded<'PodSandboxMetadata'> = { name: '', uid: '', namespace: '', attempt: 0 };

export function fromSandbox(sandbox: Decoded<'PodSandbox'> | Decoded<'PodSandboxStatus'>): Sandbox {
  return {
    id: sandbox.id,
    metadata: sandbox.metadata ?? noMetadata,
    state: sandbox.state === 'SANDBOX_READY' ? 'READY' : 'NOTREADY',
    createdAtMs: toMs(sandbox.createdAt),
    labels: sandbox.labels,
    annotations: sandbox.annotations,
  };
}

interface NamespaceOfSpec {
  readonly type?: string;
  readonly path?: string;
}

/** The runtime tells the path in its verbose `info` alone, as the sandbox's OCI spec. */
function netnsOf(info: Readonly<Record<string, string>>): string {
  if (!info.info) return '';
  const { runtimeSpec } = JSON.parse(info.info) as {
    runtimeSpec?: { linux?: { namespaces?: NamespaceOfSpec[] } };
  };
  return runtimeSpec?.linux?.namespaces?.find(one => one.type === 'network')?.path ?? '';
}

export function fromSandboxStatus(response: Decoded<'PodSandboxStatusResponse'>): SandboxStatus | undefined {
  const status = response.status;
  if (!status) return undefined;
  const { ip = '', additionalIps = [] } = status.network ?? {};
  return {
    ...fromSandbox(status),
    ips: [ip, ...additionalIps.map(more => more.ip)].filter(address => address !== ''),
    netns: netnsOf(response.info),
  };
}

function commonOf(container: Decoded<'Container'> | Decoded<'ContainerStatus'>, sandboxId: string) {
  return {
    id: container.id,
    sandboxId,
    name: container.metadata?.name ?? '',
    attempt: container.metadata?.attempt ?? 0,
    image: container.image?.userSpecifiedImage || container.image?.image || '',
    state: containerStates[container.state],
    createdAtMs: toMs(container.createdAt),
    labels: container.labels,
    annotations: container.annotations,
  };
}

export function fromContainer(container: Decoded<'Container'>): Container {
  return {
    ...commonOf(container, container.podSandboxId),
    imageId: container.imageId || container.imageRef,
  };
}

/** CRI's status leaves the sandbox out; the verbose `info` has it. */
function sandboxIdOf(info: Readonly<Record<string, string>>): string {
  if (!info.info) return '';
  return (JSON.parse(info.info) as { sandboxID?: string }).sandboxID ?? '';
}

export function fromContainerStatus(
  response: Decoded<'ContainerStatusResponse'>,
): ContainerStatus | undefined {
  const status = response.status;
  if (!status) return undefined;
  return {
    ...commonOf(status, sandboxIdOf(response.info)),
    imageId: status.imageRef || status.imageId,
    startedAtMs: toMs(status.startedAt),
    finishedAtMs: toMs(status.finishedAt),
    exitCode: status.exitCode,
    reason: status.reason,
    message: status.message,
    logPath: status.logPath,
  };
}

export function fromImage(image: Decoded<'Image'>): Image {
  const { id, repoTags, repoDigests, size, uid, username, pinned } = image;
  return { id, repoTags, repoDigests, sizeBytes: size, uid: uid?.value, username, pinned };
}

export function fromImageFs({ fsId, usedBytes, inodesUsed }: Decoded<'FilesystemUsage'>): ImageFs {
  return {
    mountpoint: fsId?.mountpoint ?? '',
    usedBytes: usedBytes?.value ?? 0,
    inodesUsed: inodesUsed?.value ?? 0,
  };
}

export function fromStats(stats: Decoded<'ContainerStats'>): ContainerStats {
  const { cpu, memory, writableLayer } = stats;
  return {
    id: stats.attributes?.id ?? '',
    timestampMs: toMs(cpu?.timestamp ?? 0),
    cpuUsageNanoseconds: cpu?.usageCoreNanoSeconds?.value ?? 0,
    memoryWorkingSetBytes: memory?.workingSetBytes?.value ?? 0,
    memoryUsageBytes: memory?.usageBytes?.value ?? 0,
    memoryRssBytes: memory?.rssBytes?.value ?? 0,
    fsUsedBytes: writableLayer?.usedBytes?.value ?? 0,
    fsInodesUsed: writableLayer?.inodesUsed?.value ?? 0,
  };
}

export function fromEvent(event: Decoded<'ContainerEventResponse'>): RuntimeEvent {
  return {
    podUid: event.podSandboxStatus?.metadata?.uid ?? '',
    containerId: event.containerId,
    type: eventTypes[event.containerEventType],
  };
}
