import type {
  ContainerConfig,
  ContainerSecurityContext,
  LinuxResources,
  Mount,
  NamespaceOptions,
  SandboxConfig,
} from '../runtime.ts';
import type { Encodable } from './codec.ts';

/** From the port's shapes to CRI's. */

const propagations = {
  PRIVATE: 'PROPAGATION_PRIVATE',
  HOST_TO_CONTAINER: 'PROPAGATION_HOST_TO_CONTAINER',
  BIDIRECTIONAL: 'PROPAGATION_BIDIRECTIONAL',
} as const satisfies Record<Mount['propagation'], string>;

function int64Value(value: number | undefined): Encodable<'Int64Value'> | undefined {
  return value === undefined ? undefined : { value };
}

function namespaceOption(options: NamespaceOptions): Encodable<'NamespaceOption'> {
  const { network, pid, ipc, targetId } = options;
  return { network, pid, ipc, targetId };
}

function securityProfile(
  seccomp: ContainerSecurityContext['seccomp'],
): Encodable<'SecurityProfile'> | undefined {
  return seccomp && { profileType: seccomp.type, localhostRef: seccomp.localhostRef };
}

export function toResources(resources: LinuxResources): Encodable<'LinuxContainerResources'> {
  const { memoryLimitBytes, ...rest } = resources;
  return { ...rest, memoryLimitInBytes: memoryLimitBytes };
}

export function toSandboxConfig(config: SandboxConfig): Encodable<'PodSandboxConfig'> {
  const { metadata, hostname, logDirectory, dns, portMappings, labels, annotations } = config;
  const security = config.securityContext;
  return {
    metadata,
    hostname,
    logDirectory,
    dnsConfig: dns,
    portMappings,
    labels,
    annotations,
    linux: {
      cgroupParent: config.cgroupParent,
      sysctls: config.sysctls,
      securityContext: {
        namespaceOptions: namespaceOption(config.namespaces),
        runAsUser: int64Value(security.runAsUser),
        runAsGroup: int64Value(security.runAsGroup),
        readonlyRootfs: security.readonlyRootfs,
        supplementalGroups: security.supplementalGroups,
        privileged: security.privileged,
        seccomp: securityProfile(security.seccomp),
      },
    },
  };
}

function toSecurityContext(
  security: ContainerSecurityContext,
  sandbox: SandboxConfig,
): Encodable<'LinuxContainerSecurityContext'> {
  const { capabilities } = security;
  return {
    capabilities: capabilities && {
      addCapabilities: capabilities.add,
      dropCapabilities: capabilities.drop,
    },
    privileged: security.privileged,
    namespaceOptions: namespaceOption(security.namespaces ?? sandbox.namespaces),
    runAsUser: int64Value(security.runAsUser),
    runAsGroup: int64Value(security.runAsGroup),
    readonlyRootfs: security.readonlyRootfs,
    supplementalGroups: security.supplementalGroups,
    noNewPrivs: security.noNewPrivs,
    maskedPaths: security.maskedPaths,
    readonlyPaths: security.readonlyPaths,
    seccomp: securityProfile(security.seccomp),
    apparmor: securityProfile(security.appArmor),
  };
}

export function toContainerConfig(
  config: ContainerConfig,
  sandbox: SandboxConfig,
): Encodable<'ContainerConfig'> {
  const { command, args, workingDir, labels, annotations, logPath, stdin, stdinOnce, tty } = config;
  return {
    metadata: { name: config.name, attempt: config.attempt },
    image: { image: config.image },
    command,
    args,
    workingDir,
    envs: config.env.map(({ key, value }) => ({ key, value: Buffer.from(value) })),
    mounts: config.mounts.map(({ containerPath, hostPath, readonly, propagation }) => ({
      containerPath,
      hostPath,
      readonly,
      propagation: propagations[propagation],
    })),
    devices: config.devices ?? [],
    labels,
    annotations,
    logPath,
    stdin,
    stdinOnce,
    tty,
    linux: {
      resources: toResources(config.resources),
      securityContext: toSecurityContext(config.securityContext, sandbox),
    },
  };
}
