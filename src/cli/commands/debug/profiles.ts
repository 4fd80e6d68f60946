import type { Container, PodSpec, SecurityContext } from '#api/generated/types/core.v1.ts';
import type { Pod } from '../../core/pods.ts';

/** How something is debugged: with a container more in the pod, in a copy of the pod, or in a pod on the node. */
export type DebugStyle = 'ephemeral' | 'copy' | 'node';

/** What of a pod its copy keeps. */
export interface Kept {
  readonly annotations: boolean;
  readonly initContainers: boolean;
  readonly labels: boolean;
  readonly liveness: boolean;
  readonly readiness: boolean;
  readonly startup: boolean;
}

/** What a debugging profile gives (KEP-1441). */
export interface Profile {
  /** The container's security context, from what it was. */
  readonly container: (before: SecurityContext | undefined, style: DebugStyle) => SecurityContext | undefined;
  /** A pod on a node shares the node's namespaces. */
  readonly hostNamespaces?: boolean;
  /** A pod on a node has the node's files under /host. */
  readonly hostFiles?: boolean;
  /** A copy is the pod as it is, but for its labels: probes stay, and processes are not shared. */
  readonly wholeCopy?: boolean;
}

const adding =
  (...capabilities: string[]) =>
  (before: SecurityContext | undefined): SecurityContext => ({
    ...before,
    capabilities: {
      ...before?.capabilities,
      add: [...(before?.capabilities?.add ?? []), ...capabilities],
    },
  });

/** Every profile, sorted by name. */
export const profiles: Readonly<Record<string, Profile>> = {
  baseline: { container: () => undefined },
  general: {
    container: (before, style) => (style === 'node' ? undefined : adding('SYS_PTRACE')(before)),
    hostNamespaces: true,
    hostFiles: true,
  },
  legacy: { container: before => before, hostNamespaces: true, hostFiles: true, wholeCopy: true },
  netadmin: { container: adding('NET_ADMIN', 'NET_RAW'), hostNamespaces: true },
  restricted: {
    container: () => ({
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      allowPrivilegeEscalation: false,
      seccompProfile: { type: 'RuntimeDefault' },
    }),
  },
  sysadmin: {
    container: before => ({ ...before, privileged: true }),
    hostNamespaces: true,
    hostFiles: true,
  },
};

/** A container as the profile has it. */
export function profiled<T extends Pick<Container, 'securityContext'>>(
  container: T,
  profile: Profile,
  style: DebugStyle,
): T {
  const { securityContext: before, ...rest } = container;
  const securityContext = profile.container(before, style);
  return (securityContext ? { ...rest, securityContext } : rest) as T;
}

/** The spec of a pod on a node, whose one container debugs. */
export function onNode(spec: PodSpec, profile: Profile): PodSpec {
  const shared = profile.hostNamespaces ? { hostNetwork: true, hostPID: true, hostIPC: true } : {};
  if (!profile.hostFiles) return { ...spec, ...shared };
  const volumeMounts = [{ mountPath: '/host', name: 'host-root' }];
  return {
    ...spec,
    ...shared,
    containers: spec.containers.map(container => ({ ...container, volumeMounts })),
    volumes: [{ name: 'host-root', hostPath: { path: '/' } }],
  };
}

/** A pod's copy without what the profile and the flags do not keep. */
export function copied(pod: Pod, profile: Profile, kept: Kept): Pod {
  const { labels, annotations, ...metadata } = pod.metadata;
  const { initContainers, containers = [], ...spec } = pod.spec as unknown as PodSpec;
  const whole = profile.wholeCopy ?? false;
  const copy = {
    ...pod,
    metadata: {
      ...metadata,
      ...(labels && kept.labels && !whole ? { labels } : {}),
      ...(annotations && (kept.annotations || whole) ? { annotations } : {}),
    },
    spec: {
      ...(whole ? {} : { shareProcessNamespace: true }),
      ...spec,
      ...(initContainers && (kept.initContainers || whole) ? { initContainers } : {}),
      containers: containers.map(({ livenessProbe, readinessProbe, startupProbe, ...container }) => ({
        ...container,
        ...(livenessProbe && (kept.liveness || whole) ? { livenessProbe } : {}),
        ...(readinessProbe && (kept.readiness || whole) ? { readinessProbe } : {}),
        ...(startupProbe && (kept.startup || whole) ? { startupProbe } : {}),
      })),
    },
  };
  return copy as unknown as Pod;
}
