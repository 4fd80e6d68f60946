import type { Pod } from '../types.ts';

/** Sysctls that belong to one pod alone and do no harm to others: all that a pod may set, as no more are allowed here. */
const safeSysctls: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);

/** The name with dots between its parts; a name that begins with parts between slashes has the two the other way round. */
function dotted(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  if (first !== '/') return name;
  return name.replace(/[./]/g, separator => (separator === '/' ? '.' : '/'));
}

/** Why the pod may not set a sysctl; undefined: it may. */
export function sysctlProblem(pod: Pod, name: string): string | undefined {
  const sysctl = dotted(name);
  if (!safeSysctls.has(sysctl)) return `"${sysctl}" not allowlisted`;
  const isNet = sysctl.startsWith('net.');
  if (isNet && pod.spec?.hostNetwork) return `"${sysctl}" not allowed with host net enabled`;
  if (!isNet && pod.spec?.hostIPC) return `"${sysctl}" not allowed with host ipc enabled`;
  return undefined;
}
