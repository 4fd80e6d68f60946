import type { Container, LifecycleHandler, Probe } from '#api/generated/types/core.v1.ts';
import {
  type Check,
  type Evaluate,
  containerCheck,
  containerNames,
  exceptUserNamespace,
  plural,
  quoteAll,
  setters,
  sortedSet,
} from './check.ts';
import { appArmor, seLinux, seccompAnnotations, seccompBaseline } from './profiles.ts';

const defaultCapabilities = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

const capabilities: Evaluate = ({ containers }) => {
  const added = ({ securityContext }: Container) =>
    (securityContext?.capabilities?.add ?? []).filter(name => !defaultCapabilities.has(name));
  const bad = containers.filter(container => added(container).length > 0);
  if (bad.length === 0) return undefined;
  const names = quoteAll(sortedSet(bad.flatMap(added)));
  return {
    reason: 'non-default capabilities',
    detail: `${containerNames(bad)} must not include ${names} in securityContext.capabilities.add`,
  };
};

const hostNamespaces: Evaluate = ({ spec }) => {
  const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter(name => spec[name]);
  if (used.length === 0) return undefined;
  return { reason: 'host namespaces', detail: used.map(name => `${name}=true`).join(', ') };
};

const hostPathVolumes: Evaluate = ({ spec }) => {
  const names = (spec.volumes ?? []).filter(volume => volume.hostPath).map(({ name }) => name);
  if (names.length === 0) return undefined;
  return { reason: 'hostPath volumes', detail: `${plural(names.length, 'volume')} ${quoteAll(names)}` };
};

const hostPorts: Evaluate = ({ containers }) => {
  const portsOf = (container: Container) =>
    (container.ports ?? []).filter(port => port.hostPort).map(port => String(port.hostPort));
  const bad = containers.filter(container => portsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const ports = sortedSet(bad.flatMap(portsOf));
  const uses = plural(bad.length, 'uses', 'use');
  return {
    reason: 'hostPort',
    detail: `${containerNames(bad)} ${uses} ${plural(ports.length, 'hostPort')} ${ports.join(', ')}`,
  };
};

function hostsOf({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Container): string[] {
  const handlers: (Probe | LifecycleHandler | undefined)[] = [
    livenessProbe,
    readinessProbe,
    startupProbe,
    lifecycle?.postStart,
    lifecycle?.preStop,
  ];
  return handlers.flatMap(handler =>
    [handler?.httpGet?.host, handler?.tcpSocket?.host].filter(host => host !== undefined && host !== ''),
  ) as string[];
}

const hostProbes: Evaluate = ({ containers }) => {
  const bad = containers.filter(container => hostsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const hosts = sortedSet(bad.flatMap(hostsOf));
  const names = quoteAll(sortedSet(bad.map(({ name }) => name)));
  const uses = plural(bad.length, 'uses', 'use');
  const what = plural(hosts.length, 'probe or lifecycle host');
  return {
    reason: 'probe or lifecycle host',
    detail: `${plural(bad.length, 'container')} ${names} ${uses} ${what} ${quoteAll(hosts)}`,
  };
};

const privileged = containerCheck(
  container => container.securityContext?.privileged === true,
  'privileged',
  'must not set securityContext.privileged=true',
);

export const procMount: Evaluate = ({ containers }) => {
  const bad = containers.filter(
    ({ securityContext }) => (securityContext?.procMount ?? 'Default') !== 'Default',
  );
  if (bad.length === 0) return undefined;
  const types = quoteAll(sortedSet(bad.map(({ securityContext }) => securityContext!.procMount!)));
  return {
    reason: 'procMount',
    detail: `${containerNames(bad)} must not set securityContext.procMount to ${types}`,
  };
};

const safeSysctls = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_syncookies',
];
const safeSysctlsSince27 = [...safeSysctls, 'net.ipv4.ip_local_reserved_ports'];
const safeSysctlsSince29 = [
  ...safeSysctlsSince27,
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
];
const safeSysctlsSince32 = [...safeSysctlsSince29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];

function sysctls(safe: readonly string[]): Evaluate {
  return ({ spec }) => {
    const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name);
    const forbidden = names.filter(name => !safe.includes(name));
    return forbidden.length > 0 ? { reason: 'forbidden sysctls', detail: forbidden.join(', ') } : undefined;
  };
}

const windowsHostProcess: Evaluate = ({ spec, containers }) => {
  const bad = containers.filter(container => container.securityContext?.windowsOptions?.hostProcess);
  const who = setters(spec.securityContext?.windowsOptions?.hostProcess === true, bad);
  if (who === '') return undefined;
  return {
    reason: 'hostProcess',
    detail: `${who} must not set securityContext.windowsOptions.hostProcess=true`,
  };
};

const seLinuxTypes = ['', 'container_t', 'container_init_t', 'container_kvm_t'];

/** What keeps a pod from known ways to escalate privileges, sorted by id. */
export const baselineChecks: readonly Check[] = [
  { id: 'appArmorProfile', versions: [[0, appArmor]] },
  { id: 'capabilities_baseline', versions: [[0, capabilities]], overlapped: true },
  { id: 'hostNamespaces', versions: [[0, hostNamespaces]] },
  { id: 'hostPathVolumes', versions: [[0, hostPathVolumes]], overlapped: true },
  { id: 'hostPorts', versions: [[0, hostPorts]] },
  { id: 'hostProbesAndHostLifecycle', versions: [[34, hostProbes]] },
  { id: 'privileged', versions: [[0, privileged]] },
  {
    id: 'procMount',
    versions: [
      [0, procMount],
      [35, exceptUserNamespace(procMount)],
    ],
  },
  {
    id: 'seLinuxOptions',
    versions: [
      [0, seLinux(seLinuxTypes)],
      [31, seLinux([...seLinuxTypes, 'container_engine_t'])],
    ],
  },
  {
    id: 'seccompProfile_baseline',
    versions: [
      [0, seccompAnnotations],
      [19, seccompBaseline],
    ],
    overlapped: true,
  },
  {
    id: 'sysctls',
    versions: [
      [0, sysctls(safeSysctls)],
      [27, sysctls(safeSysctlsSince27)],
      [29, sysctls(safeSysctlsSince29)],
      [32, sysctls(safeSysctlsSince32)],
    ],
  },
  { id: 'windowsHostProcess', versions: [[0, windowsHostProcess]] },
];
