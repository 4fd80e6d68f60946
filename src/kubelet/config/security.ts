import type { ContainerSecurityContext, Image, NamespaceOptions } from '../runtime.ts';
import type { ContainerSpec, Pod, SecurityContext } from '../types.ts';
import { ContainerConfigError } from './env.ts';

const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** Which namespaces the pod's containers share, and with whom. */
export function podNamespaces(pod: Pod): NamespaceOptions {
  const spec = pod.spec!;
  return {
    network: spec.hostNetwork ? 'NODE' : 'POD',
    pid: spec.hostPID ? 'NODE' : spec.shareProcessNamespace ? 'POD' : 'CONTAINER',
    ipc: spec.hostIPC ? 'NODE' : 'POD',
  };
}

/** The container's own settings over the pod's. */
export function effectiveSecurity(pod: Pod, container: ContainerSpec): SecurityContext {
  const { runAsUser, runAsGroup, runAsNonRoot, seccompProfile, appArmorProfile } =
    pod.spec?.securityContext ?? {};
  const inherited = { runAsUser, runAsGroup, runAsNonRoot, seccompProfile, appArmorProfile };
  return { ...dropUnset(inherited), ...dropUnset(container.securityContext ?? {}) };
}

function dropUnset<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as Partial<T>;
}

/** Refuses a container that would run as root although it must not. */
export function verifyNonRoot(pod: Pod, container: ContainerSpec, image: Image | undefined): void {
  const security = effectiveSecurity(pod, container);
  if (!security.runAsNonRoot) return;
  const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`;
  if (security.runAsUser !== undefined) {
    if (security.runAsUser === 0) {
      throw new ContainerConfigError(`container's runAsUser breaks non-root policy ${where}`);
    }
    return;
  }
  if (image?.uid === undefined && image?.username) {
    throw new ContainerConfigError(
      `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`,
    );
  }
  if (!image?.uid) {
    throw new ContainerConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  }
}

type Seccomp = NonNullable<ContainerSecurityContext['seccomp']>;

function seccompOf(security: SecurityContext, seccompRoot: string): Seccomp {
  const profile = security.seccompProfile;
  if (profile?.type === 'RuntimeDefault') return { type: 'RuntimeDefault' };
  if (profile?.type === 'Localhost') {
    return { type: 'Localhost', localhostRef: `${seccompRoot}/${profile.localhostProfile ?? ''}` };
  }
  return { type: 'Unconfined' };
}

/** Undefined leaves it to the runtime. */
function appArmorOf({ privileged, appArmorProfile: profile }: SecurityContext): Seccomp | undefined {
  if (!profile || privileged) return undefined;
  if (profile.type !== 'Localhost') return { type: profile.type as Seccomp['type'] };
  return { type: 'Localhost', localhostRef: profile.localhostProfile ?? '' };
}

/** The security context of one container as CRI takes it. */
export function containerSecurity(
  pod: Pod,
  container: ContainerSpec,
  image: Image | undefined,
  seccompRoot: string,
): ContainerSecurityContext {
  const security = effectiveSecurity(pod, container);
  const podContext = pod.spec?.securityContext ?? {};
  const groups = [...(podContext.supplementalGroups ?? [])];
  if (podContext.fsGroup !== undefined) groups.push(podContext.fsGroup);
  const user = security.runAsUser ?? image?.uid;
  const appArmor = appArmorOf(security);
  const unmasked = security.procMount === 'Unmasked' || security.privileged;
  return {
    privileged: security.privileged ?? false,
    ...(user !== undefined ? { runAsUser: user } : {}),
    ...(security.runAsGroup !== undefined ? { runAsGroup: security.runAsGroup } : {}),
    supplementalGroups: groups,
    readonlyRootfs: security.readOnlyRootFilesystem ?? false,
    noNewPrivs: security.allowPrivilegeEscalation === false,
    capabilities: { add: security.capabilities?.add ?? [], drop: security.capabilities?.drop ?? [] },
    seccomp: security.privileged ? { type: 'Unconfined' } : seccompOf(security, seccompRoot),
    ...(appArmor ? { appArmor } : {}),
    maskedPaths: unmasked ? [] : maskedPaths,
    readonlyPaths: unmasked ? [] : readonlyPaths,
    namespaces: podNamespaces(pod),
  };
}
